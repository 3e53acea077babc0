terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# terraform apply -invoke=action.atlan_disable_user.leavers
action "atlan_disable_user" "leavers" {
  config {
    users = ["grace@example.com"]
  }
}
