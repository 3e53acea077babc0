//! What Terraform's commands and options do with a provider: `terraform test`, actions that fail, lifecycle options.

use serde_json::json;

use crate::workspace::Workspace;

pub(crate) fn terraform_test_plans_applies_and_expects_failures(workspace: &Workspace) {
    workspace.configure(
        r#"
        variable "title" {
          type = string
          validation {
            condition     = var.title != "Ulysses"
            error_message = "Not that one."
          }
        }
        resource "library_book" "b" {
          title = var.title
          lifecycle {
            postcondition {
              condition     = self.heading != "SANDITON"
              error_message = "Not finished."
            }
          }
        }
        "#,
    );
    workspace.write(
        "books.tftest.hcl",
        r#"
        variables { title = "Emma" }
        run "planned" {
          command = plan
          assert {
            condition     = library_book.b.mark == "emma"
            error_message = "The plan tells the mark."
          }
        }
        run "applied" {
          assert {
            condition     = library_book.b.heading == "EMMA" && library_book.b.id == "emma"
            error_message = "The library gives the heading."
          }
        }
        run "renamed" {
          variables { title = "Emma, again" }
          assert {
            condition     = library_book.b.id == "emma"
            error_message = "The id stays."
          }
        }
        run "refused" {
          command = plan
          variables { title = "Ulysses" }
          expect_failures = [var.title]
        }
        run "unfinished" {
          variables { title = "Sanditon" }
          expect_failures = [library_book.b]
        }
        "#,
    );
    let said = workspace.run(&["test"]);
    assert!(said.contains("5 passed, 0 failed"), "{said}");
    assert_eq!(workspace.books(), [""; 0], "all is destroyed afterwards");
    workspace.write("books.tftest.hcl", "run \"wrong\" {\n  variables {\n    title = \"\"\n  }\n}");
    let said = workspace.fail(&["test"]);
    assert!(said.contains("0 passed, 1 failed") && said.contains("title"), "{said}");
}

pub(crate) fn settings_may_be_known_only_after_apply(workspace: &Workspace) {
    let shelf = workspace.shelf();
    let configuration = |book: &str| {
        format!(
            "resource \"terraform_data\" \"f\" {{\n  input = {shelf:?}\n}}\nprovider \"library\" {{\n  folder = \
             terraform_data.f.output\n}}\n{book}"
        )
    };
    workspace.configure_all("", &configuration("resource \"library_book\" \"b\" {\n  title = \"Emma\"\n}"));
    workspace.apply([2, 0, 0]);
    assert_eq!(workspace.books(), ["emma"]);
    // No release lets a provider defer; what it would do then is tried in process.
    let said = workspace.fail(&["plan", "-allow-deferral"]);
    assert!(said.contains("-allow-deferral"), "{said}");
}

pub(crate) fn a_failing_action_stops_the_change_before_it(workspace: &Workspace) {
    workspace.configure(
        r#"
        action "library_dust" "restricted" {
          config { shelf = "restricted" }
        }
        resource "library_book" "b" {
          title = "Emma"
          lifecycle {
            action_trigger {
              events  = [before_create]
              actions = [action.library_dust.restricted]
            }
          }
        }
        "#,
    );
    let said = workspace.fail(&["apply", "-auto-approve"]);
    assert!(said.contains("dusting restricted") && said.contains("No entry"), "{said}");
    assert_eq!(workspace.books(), [""; 0]);
}

pub(crate) fn life_cycle_options_hold(workspace: &Workspace) {
    workspace.configure(
        r#"
        resource "library_book" "many" {
          for_each = toset(["a", "b"])
          title    = "Book ${each.key}"
          lifecycle { ignore_changes = [pages] }
        }
        resource "library_book" "two" {
          count = 2
          title = "Number ${count.index}"
          lifecycle { create_before_destroy = true }
        }
        "#,
    );
    workspace.run(&["apply", "-auto-approve", "-target=library_book.two[1]"]);
    assert_eq!(workspace.books(), ["number-1"]);
    workspace.apply([3, 0, 0]);
    workspace.put_book("book-a", &json!({"title": "Book a", "pages": 7}));
    workspace.apply([0, 0, 0]);
    let said = workspace.run(&["apply", "-auto-approve", "-replace=library_book.many[\"b\"]"]);
    assert!(said.contains("1 added, 0 changed, 1 destroyed"), "{said}");
    workspace.put_book("number-0", &json!({"title": "Number 0", "pages": 9}));
    let said = workspace.run(&["apply", "-auto-approve", "-refresh-only"]);
    assert!(said.contains("0 added, 0 changed, 0 destroyed"), "{said}");
    assert_eq!(workspace.state("library_book.two[0]")["pages"], 9);

    // Created before destroyed; and what may not be destroyed stays.
    workspace.configure(
        r#"
        moved {
          from = library_book.two[0]
          to   = library_book.kept
        }
        resource "library_book" "kept" {
          title = "Number 0"
          mark  = "other"
          lifecycle { create_before_destroy = true }
        }
        "#,
    );
    let said = workspace.apply([1, 0, 4]);
    let (created, destroyed) =
        (said.find("Creation complete"), said.find("library_book.kept (deposed object"));
    assert!(created.unwrap() < destroyed.unwrap(), "{said}");
    assert_eq!(workspace.books(), ["other"]);
    workspace.configure("resource \"library_book\" \"kept\" {\n  title = \"Number 0\"\n  mark = \"third\"\n  lifecycle {\n    prevent_destroy = true\n  }\n}");
    let said = workspace.fail(&["apply", "-auto-approve"]);
    assert!(said.contains("Instance cannot be destroyed"), "{said}");
    assert_eq!(workspace.books(), ["other"]);
}
