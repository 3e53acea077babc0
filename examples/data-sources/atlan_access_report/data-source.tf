terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

locals {
  people = {
    "ada@example.com"   = { role = "$admin" }
    "grace@example.com" = { role = "$member" }
  }
}

data "atlan_access_report" "now" {
  expected_users = { for email, person in local.people : email => person.role }
  pending_days   = 14
  ignore         = ["admin@example.com"] # the account for emergencies
}

# Warns in each plan, but does not make it fail.
check "access" {
  assert {
    condition     = length(data.atlan_access_report.now.unexpected_users) == 0
    error_message = "Not in configuration: ${join(", ", data.atlan_access_report.now.unexpected_users[*].email)}"
  }
}
