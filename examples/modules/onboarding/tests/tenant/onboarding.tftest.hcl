# With a local tenant (atlan-sim), the provider itself is tested:
#   terraform init -test-directory=tests/tenant
#   terraform test -test-directory=tests/tenant
provider "atlan" {}

run "people_are_invited_and_join" {
  variables {
    people = { " Ada@Example.com" = "Member", "bob@example.com" = "guest" }
  }

  assert {
    condition     = output.pending == tolist(["ada@example.com", "bob@example.com"])
    error_message = "Both are invited, and neither has accepted yet."
  }

  assert {
    condition     = atlan_group_member.newcomers["bob@example.com"].user_id == atlan_user_invites.all.people["bob@example.com"].id
    error_message = "The membership must be of the person who was invited."
  }
}

run "another_role_is_changed_in_place" {
  variables {
    people = { "ada@example.com" = "admin", "bob@example.com" = "guest" }
  }

  assert {
    condition     = atlan_user_invites.all.people["ada@example.com"].role == "$admin" && length(output.pending) == 2
    error_message = "Ada must have the new role, and nobody is invited again."
  }
}
