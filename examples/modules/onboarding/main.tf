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

resource "atlan_user_invites" "all" {
  people      = { for email, role in local.people : email => { role = role } }
  on_existing = "adopt"
  on_destroy  = var.on_leaving

  lifecycle {
    postcondition {
      condition     = length(self.failed) == 0
      error_message = "Not invited: ${join(", ", keys(self.failed))}"
    }
  }
}

resource "atlan_group" "newcomers" {
  alias = var.group
}

# The reference makes Terraform invite first: a person who is not in the tenant cannot join a group.
resource "atlan_group_member" "newcomers" {
  for_each = local.people

  group_id = atlan_group.newcomers.id
  user     = each.key

  depends_on = [atlan_user_invites.all]
}
