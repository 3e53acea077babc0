# Which of these people are in the tenant. A module of its own, so that tests can override its output.
terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

variable "emails" {
  type = set(string)
}

data "atlan_users" "team" {
  emails = var.emails
}

output "users" {
  value = data.atlan_users.team.users
}

output "missing" {
  value = data.atlan_users.team.missing
}
