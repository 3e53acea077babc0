# Groups and invitations from two maps. The address of the tenant and the API token come from ATLAN_BASE_URL and
# ATLAN_API_KEY. `cargo xtask demo` runs this example against a local tenant.

terraform {
  required_version = ">= 1.6"

  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

provider "atlan" {}

resource "atlan_group" "this" {
  for_each = var.groups

  alias       = each.value.alias
  description = each.value.description
  is_default  = each.value.is_default
}

resource "atlan_user_invite" "this" {
  for_each = var.people

  email = each.key
  role  = each.value
}
