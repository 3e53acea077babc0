# A group and its members. Other members of the group, added by hand or by another module, stay.
terraform {
  required_version = ">= 1.8"

  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

locals {
  members = toset([for member in var.members : provider::atlan::normalize_email(member)])
}

resource "atlan_group" "team" {
  alias       = var.name
  description = var.description
}

resource "atlan_group_member" "team" {
  for_each = local.members

  group_id = atlan_group.team.id
  user     = each.key
}
