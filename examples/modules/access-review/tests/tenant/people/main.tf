# People for the tests of the module.
terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

variable "people" {
  type = map(string)
}

resource "atlan_user_invite" "all" {
  for_each = var.people

  email = each.key
  role  = each.value
}
