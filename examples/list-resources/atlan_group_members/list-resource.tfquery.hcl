# terraform query -generate-config-out=generated.tf
list "atlan_group_members" "all" {
  provider         = atlan
  include_resource = true
  limit            = 10000

  config {
    is_default = false
  }
}
