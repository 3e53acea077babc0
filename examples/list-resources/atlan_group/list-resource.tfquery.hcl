# terraform query -generate-config-out=generated.tf
list "atlan_group" "data" {
  provider         = atlan
  include_resource = true
  limit            = 10000

  config {
    name_prefix = "data_"
  }
}
