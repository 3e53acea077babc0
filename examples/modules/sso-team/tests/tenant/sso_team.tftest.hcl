# With a local tenant (atlan-sim), the provider itself is tested:
#   terraform init -test-directory=tests/tenant
#   terraform test -test-directory=tests/tenant
provider "atlan" {}

variables {
  name      = "Data Stewards"
  sso_group = "data-stewards"
}

run "nobody_is_there" {
  variables {
    roles = { "grace@example.com" = "member" }
  }

  assert {
    condition     = length(atlan_user_role.team) == 0 && length(output.not_signed_in_yet) == 1
    error_message = "Nobody may get a role."
  }

  assert {
    condition     = atlan_sso_group_mapping.team.group_name == "data_stewards"
    error_message = "The mapping must be of the team's group."
  }
}

# The admin of the local tenant exists already, like a person after the first sign-in.
run "who_is_there_gets_a_role" {
  variables {
    roles = { "Admin@example.com" = "Admin", "grace@example.com" = "member" }
  }

  assert {
    condition     = { for email, role in atlan_user_role.team : email => role.role } == { "admin@example.com" = "$admin" }
    error_message = "Only those who are in the tenant may get a role."
  }
}
