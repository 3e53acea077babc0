# Needs neither a tenant nor a credential: terraform test
mock_provider "atlan" {
  mock_resource "atlan_group" {
    defaults = { id = "0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910" }
  }
}

run "addresses_and_roles_become_one_spelling" {
  command = plan

  variables {
    people = { " Ada@Example.com" = "Admin", "bob@example.com" = "$guest" }
  }

  assert {
    condition     = atlan_user_invites.all.people["ada@example.com"].role == "$admin"
    error_message = "normalize_email and role_name must be applied."
  }
}

run "everybody_joins_the_group" {
  variables {
    people = { "ada@example.com" = "admin", "bob@example.com" = "guest" }
  }

  assert {
    condition     = alltrue([for email, member in atlan_group_member.newcomers : member.user == email && member.group_id == output.group_id])
    error_message = "Each person must be in the group."
  }
}

run "who_leaves_the_list_leaves_the_group" {
  variables {
    people = { "ada@example.com" = "admin" }
  }

  assert {
    condition     = keys(atlan_user_invites.all.people) == tolist(["ada@example.com"]) && keys(atlan_group_member.newcomers) == ["ada@example.com"]
    error_message = "Only those on the list may be left."
  }
}

run "a_typo_in_a_role_is_refused" {
  command = plan

  variables {
    people = { "ada@example.com" = "owner" }
  }

  expect_failures = [var.people]
}

run "two_spellings_of_one_address_are_refused" {
  command = plan

  variables {
    people = { "ada@example.com" = "admin", "ADA@example.com" = "guest" }
  }

  expect_failures = [var.people]
}
