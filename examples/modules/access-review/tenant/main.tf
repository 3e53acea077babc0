# Who is in the tenant. A module of its own, so that tests can override its output.
terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

variable "max_people" {
  type = number
}

data "atlan_users" "all" {
  max_results = var.max_people
}

output "users" {
  value = data.atlan_users.all.users
}
