terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

resource "atlan_user_invite" "ada" {
  email = "ada@example.com"
  role  = "$member"
}

# A person who may already be in the tenant and who keeps access after a destroy.
resource "atlan_user_invite" "grace" {
  email       = "grace@example.com"
  role        = "$admin"
  on_existing = "adopt"
  on_destroy  = "forget"
}

output "ada" {
  value = {
    guid   = atlan_user_invite.ada.id
    status = atlan_user_invite.ada.status
  }
}
