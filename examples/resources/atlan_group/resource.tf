terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# Internal name: data_stewards, derived from the alias.
resource "atlan_group" "stewards" {
  alias       = "Data Stewards"
  description = "Own the glossary"
}

# A group that every new person joins. Its internal name does not come from its alias.
resource "atlan_group" "everyone" {
  alias      = "Everyone"
  name       = "all_people"
  is_default = true
}

output "stewards_guid" {
  value = atlan_group.stewards.id
}
