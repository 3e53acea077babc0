terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

data "atlan_users" "admins" {
  role   = "$admin"
  status = "active"
}

# Warns if more than three people can administer the workspace.
check "few_admins" {
  assert {
    condition     = length(data.atlan_users.admins.users) <= 3
    error_message = "There are ${length(data.atlan_users.admins.users)} admins: ${join(", ", keys(data.atlan_users.admins.users))}."
  }
}
