terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# Made for this run, deleted at its end, and in no plan and no state.
ephemeral "atlan_api_token" "run" {
  description             = "For one run of Terraform"
  persona_qualified_names = ["default/LzgnFM"]
  validity                = "30m"
}

# A second provider block that uses it. Any other provider that takes a token does, too.
provider "atlan" {
  alias   = "run"
  api_key = ephemeral.atlan_api_token.run.token
}

resource "atlan_group" "stewards" {
  provider = atlan.run
  alias    = "Data Stewards"
}
