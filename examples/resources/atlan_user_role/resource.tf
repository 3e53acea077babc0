terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# Ada is in the tenant already: by single sign-on, by SCIM, or because somebody invited her.
resource "atlan_user_role" "ada" {
  user = "ada@example.com"
  role = "$admin"
}

# With single sign-on, people appear one by one. This finds the people of the team who are in the tenant.
data "atlan_users" "team" {
  emails = ["grace@example.com", "edsger@example.com"]
}

resource "atlan_user_role" "team" {
  for_each   = data.atlan_users.team.users
  user       = each.key
  role       = "$member"
  on_destroy = "downgrade"
}

output "role_before" {
  value = atlan_user_role.ada.previous_role
}
