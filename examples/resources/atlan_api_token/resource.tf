terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# The secret goes into the state: everybody who can read the state can read it.
resource "atlan_api_token" "dbt" {
  display_name  = "dbt"
  description   = "Runs at night"
  validity      = "2160h"
  rotate_before = "336h"
  store_token   = true

  # The old token works until everything that depends on it has the new one.
  lifecycle {
    create_before_destroy = true
  }
}

output "dbt_token" {
  value     = atlan_api_token.dbt.token
  sensitive = true
}
