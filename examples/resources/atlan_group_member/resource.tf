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

resource "atlan_user_invite" "ada" {
  email = "ada@example.com"
  role  = "$member"
}

# Ada joins the group before she has accepted the invitation.
resource "atlan_group_member" "ada" {
  group_id = atlan_group.stewards.id
  user     = atlan_user_invite.ada.email
}

# Several people, one resource for each.
resource "atlan_user_invite" "readers" {
  for_each = toset(["bob@example.com", "eve@example.com"])
  email    = each.value
  role     = "$guest"
}

resource "atlan_group_member" "readers" {
  for_each = atlan_user_invite.readers
  group_id = atlan_group.stewards.id
  user     = each.value.email
}
