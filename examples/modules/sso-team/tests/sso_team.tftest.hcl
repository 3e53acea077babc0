# Needs neither a tenant nor a credential: terraform test
mock_provider "atlan" {
  mock_resource "atlan_group" {
    defaults = { id = "0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910" }
  }
}

variables {
  name      = "Data Stewards"
  sso_group = "data-stewards"
  roles     = { "Ada@example.com" = "Admin", "grace@example.com" = "member" }
}

run "those_who_are_there_get_roles" {
  override_module {
    target = module.tenant
    outputs = {
      users = {
        "ada@example.com" = { role = "$guest", status = "active" }
      }
      missing = ["grace@example.com"]
    }
  }

  assert {
    condition     = { for email, role in atlan_user_role.team : email => role.role } == { "ada@example.com" = "$admin" }
    error_message = "Only those who are in the tenant may get a role."
  }

  assert {
    condition     = length(output.not_signed_in_yet) == 1 && contains(output.not_signed_in_yet, "grace@example.com")
    error_message = "The others must be named."
  }
}

run "before_the_first_sign_in_nobody_has_a_role" {
  command = plan

  override_module {
    target  = module.tenant
    outputs = { users = {}, missing = ["ada@example.com", "grace@example.com"] }
  }

  assert {
    condition     = length(atlan_user_role.team) == 0 && length(output.not_signed_in_yet) == 2
    error_message = "Nobody is there, so nobody may get a role."
  }
}

run "a_typo_in_a_role_is_refused" {
  command = plan

  variables {
    roles = { "ada@example.com" = "owner" }
  }

  override_module {
    target  = module.tenant
    outputs = { users = {}, missing = [] }
  }

  expect_failures = [var.roles]
}
