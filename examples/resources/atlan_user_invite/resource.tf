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

# Someone who may be in the tenant already, and whose access is not to end with this configuration.
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
