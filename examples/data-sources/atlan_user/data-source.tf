terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

data "atlan_user" "ada" {
  email = "ada@example.com"
}

# Warns while the person cannot log in.
check "ada_can_log_in" {
  assert {
    condition     = data.atlan_user.ada.status == "active"
    error_message = "ada@example.com is ${data.atlan_user.ada.status}."
  }
}
