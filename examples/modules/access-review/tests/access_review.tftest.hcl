# Needs neither a tenant nor a credential: terraform test
mock_provider "atlan" {}

variables {
  people = { "Ada@example.com" = "Admin", "bob@example.com" = "guest" }
}

run "as_on_the_list" {
  override_module {
    target = module.tenant
    outputs = {
      users = {
        "ada@example.com" = { role = "$admin", status = "active" }
        "bob@example.com" = { role = "$guest", status = "pending" }
        "eve@example.com" = { role = "$admin", status = "disabled" }
      }
    }
  }

  assert {
    condition     = length(flatten(values(output.review))) == 0
    error_message = "Nothing differs: disabled people have no access."
  }
}

run "an_unexpected_admin_fails_the_review" {
  command = plan

  override_module {
    target = module.tenant
    outputs = {
      users = {
        "ada@example.com" = { role = "$admin", status = "active" }
        "bob@example.com" = { role = "$admin", status = "active" }
      }
    }
  }

  expect_failures = [check.admins]
}

run "a_stranger_and_a_leaver_fail_the_review" {
  command = plan

  override_module {
    target = module.tenant
    outputs = {
      users = {
        "ada@example.com" = { role = "$admin", status = "active" }
        "eve@example.com" = { role = "$member", status = "active" }
      }
    }
  }

  expect_failures = [check.people]
}

run "a_break_glass_account_is_ignored" {
  variables {
    ignore = ["break-glass@example.com"]
  }

  override_module {
    target = module.tenant
    outputs = {
      users = {
        "ada@example.com"         = { role = "$admin", status = "active" }
        "bob@example.com"         = { role = "$guest", status = "active" }
        "break-glass@example.com" = { role = "$admin", status = "active" }
      }
    }
  }

  assert {
    condition     = length(flatten(values(output.review))) == 0
    error_message = "Ignored accounts must be in no list."
  }
}
