terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

data "atlan_roles" "sub_roles" {
  level = "admin-subrole"
}

output "sub_roles" {
  value = keys(data.atlan_roles.sub_roles.roles)
}
