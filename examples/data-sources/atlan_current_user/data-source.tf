terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

data "atlan_current_user" "me" {}

# Warns in the last thirty days of the API token that Terraform uses.
check "api_token" {
  assert {
    condition = (
      data.atlan_current_user.me.api_token_expires_at == null
      || timecmp(plantimestamp(), timeadd(coalesce(data.atlan_current_user.me.api_token_expires_at, plantimestamp()), "-720h")) < 0
    )
    error_message = "The API token expires at ${coalesce(data.atlan_current_user.me.api_token_expires_at, "an unknown time")}."
  }
}
