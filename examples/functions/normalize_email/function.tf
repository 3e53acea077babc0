terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

locals {
  addresses = [" Ada@Example.com", "bob@example.com"] # from a file, for example
}

output "people" {
  value = toset([for address in local.addresses : provider::atlan::normalize_email(address)])
}
