# terraform query -generate-config-out=generated.tf
list "atlan_oauth_client" "all" {
  provider         = atlan
  include_resource = true
  limit            = 10000

  config {
    created_by = "admin"
  }
}
