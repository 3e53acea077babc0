# terraform query -generate-config-out=generated.tf
list "atlan_api_token" "all" {
  provider         = atlan
  include_resource = true
  limit            = 10000

  config {
    created_by = "admin"
  }
}
