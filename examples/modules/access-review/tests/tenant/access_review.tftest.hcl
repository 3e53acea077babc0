# With a local tenant (atlan-sim), the provider itself is tested:
#   terraform init -test-directory=tests/tenant
#   terraform test -test-directory=tests/tenant
provider "atlan" {}

run "people" {
  variables {
    people = { "ada@example.com" = "$member", "eve@example.com" = "$guest" }
  }

  module {
    source = "./tests/tenant/people"
  }
}

run "who_is_not_on_the_list_fails_the_review" {
  command = plan

  variables {
    people = { "Admin@example.com" = "admin", "ada@example.com" = "member" }
  }

  expect_failures = [check.people]
}

run "as_on_the_list" {
  variables {
    people = { "admin@example.com" = "admin", "ada@example.com" = "member", "EVE@example.com" = "Guest" }
  }

  assert {
    condition     = length(flatten(values(output.review))) == 0
    error_message = "Nothing differs."
  }
}
