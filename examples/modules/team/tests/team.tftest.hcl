# Needs neither a tenant nor a credential: terraform test
mock_provider "atlan" {
  mock_resource "atlan_group" {
    defaults = { id = "0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910" }
  }
}

variables {
  name    = "Data Stewards"
  members = ["ada@example.com", " Bob@Example.com"]
}

run "everybody_of_the_team_is_in_its_group" {
  assert {
    condition     = toset(keys(atlan_group_member.team)) == toset(["ada@example.com", "bob@example.com"])
    error_message = "Each member of the list must have one membership."
  }

  assert {
    condition     = alltrue([for member in atlan_group_member.team : member.group_id == output.group_id])
    error_message = "All memberships must be of the team's group."
  }
}

run "two_spellings_are_one_person" {
  command = plan

  variables {
    members = ["ada@example.com", "ADA@example.com "]
  }

  assert {
    condition     = length(atlan_group_member.team) == 1
    error_message = "Two spellings of an address must be one membership."
  }
}

run "leaving_the_list_removes_the_membership_only" {
  variables {
    members = ["ada@example.com"]
  }

  assert {
    condition     = keys(atlan_group_member.team) == ["ada@example.com"]
    error_message = "Only those on the list may be left."
  }
}

run "what_is_no_address_is_refused" {
  command = plan

  variables {
    members = ["Ada Lovelace"]
  }

  expect_failures = [var.members]
}
