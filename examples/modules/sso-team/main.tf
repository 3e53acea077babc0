# A team that comes by single sign-on: its group follows the identity provider, and people who have signed in get their roles.
terraform {
  required_version = ">= 1.8"

  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

locals {
  roles = {
    for email, role in var.roles :
    provider::atlan::normalize_email(email) => provider::atlan::role_name(role)
  }
}

# People exist after their first sign-in. This does not fail for people who are not in the tenant yet.
module "tenant" {
  source = "./tenant"

  emails = keys(local.roles)
}

resource "atlan_user_role" "team" {
  for_each = {
    for email, role in local.roles : email => role if contains(keys(module.tenant.users), email)
  }

  user = each.key
  role = each.value
}

resource "atlan_group" "team" {
  alias = var.name
}

resource "atlan_sso_group_mapping" "team" {
  idp_alias = var.idp_alias
  group_id  = atlan_group.team.id
  sso_group = var.sso_group
}
