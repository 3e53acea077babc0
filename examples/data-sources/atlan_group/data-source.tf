terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# A group that other means than this configuration manage.
data "atlan_group" "teams" {
  alias           = "Data Teams"
  include_members = true
}

output "members" {
  value = "${data.atlan_group.teams.id} has ${length(data.atlan_group.teams.members)} members"
}
