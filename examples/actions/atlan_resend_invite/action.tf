terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

resource "atlan_user_invite" "bob" {
  email = "bob@example.com"
  role  = "$member"
}

# terraform apply -invoke=action.atlan_resend_invite.waiting
action "atlan_resend_invite" "waiting" {
  config {
    users      = [atlan_user_invite.bob.id]
    older_than = "72h"
    max_mails  = 10
  }
}
