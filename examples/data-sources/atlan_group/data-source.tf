terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# A group that is managed outside this configuration.
data "atlan_group" "teams" {
  alias           = "Data Teams"
  include_members = true
}

output "members" {
  value = "${data.atlan_group.teams.id} has ${length(data.atlan_group.teams.members)} members"
}
