terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

resource "atlan_user_invites" "all" {
  people = {
    "ada@example.com" = { role = "$member" }
    "bob@example.com" = { role = "$guest" }
  }

  lifecycle {
    # Without this, the create only warns about people whom Atlan refuses.
    postcondition {
      condition     = length(self.failed) == 0
      error_message = "Not invited: ${join(", ", keys(self.failed))}"
    }
  }
}
