terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

data "atlan_groups" "data" {
  name_prefix = "data_"
}

output "group_guids" {
  value = { for name, group in data.atlan_groups.data.groups : name => group.id }
}
