terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

resource "atlan_group" "stewards" {
  alias = "Data Stewards"
}

# At each sign-in through Okta, members whom the claim does not list are removed from the group.
resource "atlan_sso_group_mapping" "stewards" {
  idp_alias = "okta"
  group_id  = atlan_group.stewards.id
  sso_group = "data-stewards"
}

# Azure sends the object id of a group, in another claim.
resource "atlan_sso_group_mapping" "stewards_azure" {
  idp_alias      = "azure"
  group_id       = atlan_group.stewards.id
  sso_group      = "5f0c8a52-3c7d-4c4e-9d43-0a6f6f0c7b11"
  attribute_name = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"
}
