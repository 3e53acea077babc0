# terraform query -generate-config-out=generated.tf
list "atlan_group_member" "ada" {
  provider         = atlan
  include_resource = true
  limit            = 10000

  config {
    user = "ada@example.com"
  }
}
