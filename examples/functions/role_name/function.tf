terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

output "role" {
  value = provider::atlan::role_name("Admin") # $admin
}
