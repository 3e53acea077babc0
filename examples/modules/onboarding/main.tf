# Invites people from a list, each with a role, and puts all of them into one group.
terraform {
  required_version = ">= 1.8"

  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

locals {
  people = {
    for email, role in var.people :
    provider::atlan::normalize_email(email) => provider::atlan::role_name(role)
  }
}

resource "atlan_user_invite" "all" {
  for_each = local.people

  email       = each.key
  role        = each.value
  on_existing = "adopt"
  on_destroy  = var.on_leaving
}

resource "atlan_group" "newcomers" {
  alias = var.group
}

# The address comes from the invitation, so Terraform invites first.
resource "atlan_group_member" "newcomers" {
  for_each = local.people

  group_id = atlan_group.newcomers.id
  user     = atlan_user_invite.all[each.key].email
}
