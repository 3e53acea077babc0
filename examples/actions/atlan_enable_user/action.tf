terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# terraform apply -invoke=action.atlan_enable_user.back_again
action "atlan_enable_user" "back_again" {
  config {
    users = ["grace@example.com"]
  }
}
