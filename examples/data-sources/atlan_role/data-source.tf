terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

data "atlan_role" "admin" {
  name = "$admin"
}

output "admin_role_guid" {
  value = data.atlan_role.admin.id
}
