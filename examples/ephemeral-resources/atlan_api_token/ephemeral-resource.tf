terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# Created for this run and deleted at its end. Neither a plan nor the state holds it.
ephemeral "atlan_api_token" "run" {
  description             = "For one run of Terraform"
  persona_qualified_names = ["default/LzgnFM"]
  validity                = "30m"
}

# A second provider block uses the token. Any other provider that takes a token can use it, too.
provider "atlan" {
  alias   = "run"
  api_key = ephemeral.atlan_api_token.run.token
}

resource "atlan_group" "stewards" {
  provider = atlan.run
  alias    = "Data Stewards"
}
