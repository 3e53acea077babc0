terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

output "internal_name" {
  value = provider::atlan::group_name("Data Stewards") # data_stewards
}
