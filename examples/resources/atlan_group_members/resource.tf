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

resource "atlan_user_invite" "stewards" {
  for_each = toset(["ada@example.com", "bob@example.com"])
  email    = each.value
  role     = "$member"
}

# People who are not listed are removed from the group.
resource "atlan_group_members" "stewards" {
  group_id = atlan_group.stewards.id
  members  = [for invite in atlan_user_invite.stewards : invite.email]

  # One plan removes at most this many people.
  max_removals = 20

  lifecycle {
    # Without this, the create only warns about people whom Atlan refuses.
    postcondition {
      condition     = length(self.failed) == 0
      error_message = "Not as configured: ${join(", ", keys(self.failed))}"
    }
  }
}
