terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# The people of a team who are in the tenant already. With single sign-on, people appear one by one.
data "atlan_users" "team" {
  emails = ["ada@example.com", "grace@example.com"]
}

output "guids" {
  value = { for email, person in data.atlan_users.team.users : email => person.id }
}

output "not_there_yet" {
  value = data.atlan_users.team.missing
}
