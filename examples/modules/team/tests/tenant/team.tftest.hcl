# Mocks neither plan nor know names. With a local tenant (atlan-sim), the provider itself is tested:
#   terraform init -test-directory=tests/tenant
#   terraform test -test-directory=tests/tenant
provider "atlan" {}

run "people" {
  variables {
    people = { "ada@example.com" = "$member", "bob@example.com" = "$guest" }
  }

  module {
    source = "./tests/tenant/people"
  }
}

run "the_plan_shows_the_internal_name" {
  command = plan

  variables {
    name    = "Data Stewards"
    members = []
  }

  assert {
    condition     = output.internal_name == "data_stewards"
    error_message = "The plan must show the internal name before the group exists."
  }
}

run "members_join" {
  variables {
    name    = "Data Stewards"
    members = ["ada@example.com", "bob@example.com"]
  }

  assert {
    condition     = atlan_group_member.team["ada@example.com"].user_id != atlan_group_member.team["bob@example.com"].user_id
    error_message = "Each membership must be of its own person."
  }
}

run "bob_leaves" {
  variables {
    name    = "Data Stewards"
    members = ["ada@example.com"]
  }

  assert {
    condition     = keys(atlan_group_member.team) == ["ada@example.com"]
    error_message = "The other membership must stay."
  }
}
