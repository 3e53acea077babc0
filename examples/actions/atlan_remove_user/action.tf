terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# terraform apply -invoke=action.atlan_remove_user.leaver
action "atlan_remove_user" "leaver" {
  config {
    user          = "grace@example.com"
    transfer_to   = "ada@example.com"
    confirm_email = "grace@example.com"
  }
}
