terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# A group that other means than this configuration manage.
data "atlan_group" "teams" {
  alias = "Data Teams"
}

output "members" {
  value = "${data.atlan_group.teams.id} has ${coalesce(data.atlan_group.teams.member_count, 0)} members"
}
