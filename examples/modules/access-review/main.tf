# Compares who has access with who should have it. It manages nothing.
terraform {
  required_version = ">= 1.8"

  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

module "tenant" {
  source = "./tenant"

  max_people = var.max_people
}

locals {
  expected = {
    for email, role in var.people :
    provider::atlan::normalize_email(email) => provider::atlan::role_name(role)
  }

  # Disabled people have no access, and expired invitations give none.
  present = {
    for email, person in module.tenant.users : email => person
    if contains(["active", "pending"], person.status) && !contains(var.ignore, email)
  }

  unexpected  = sort(setsubtract(keys(local.present), keys(local.expected)))
  missing     = sort(setsubtract(keys(local.expected), keys(local.present)))
  wrong_roles = sort([for email, person in local.present : email if lookup(local.expected, email, person.role) != person.role])

  unexpected_admins = sort([
    for email, person in local.present : email
    if person.role == "$admin" && lookup(local.expected, email, "") != "$admin"
  ])
}

check "admins" {
  assert {
    condition     = length(local.unexpected_admins) == 0
    error_message = "Admins who should not be: ${join(", ", local.unexpected_admins)}."
  }
}

check "people" {
  assert {
    condition     = length(local.unexpected) == 0
    error_message = "Not on the list: ${join(", ", local.unexpected)}."
  }

  assert {
    condition     = length(local.missing) == 0
    error_message = "On the list and without access: ${join(", ", local.missing)}."
  }
}
