//! Every kind of object and every attribute shape, driven by the real Terraform: the example providers
//! `examples/library.rs` (objects) and `examples/shapes` (shapes).
//!
//! The provider is this executable under another name, so that what is tested is never older than the tests. Each test
//! runs with the Terraform that is found first (1.11, if that is 1.15) and with 1.15; what a version lacks it passes over.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and all of this is a test")]

mod broken;
mod commands;
mod courier;
mod first;
mod identities;
#[path = "../../examples/library.rs"]
mod library;
mod life;
mod schemas;
#[path = "../../examples/shapes/main.rs"]
mod shapes;
mod stops;
mod workspace;
mod zones;

use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use serde_json::json;
use workspace::Workspace;

/// A Terraform and its version, major and minor.
#[derive(Clone)]
struct Terraform {
    name: &'static str,
    path: PathBuf,
    version: (u32, u32),
}

/// Tests by their names, each with the lowest version that has the feature, for a provider each.
macro_rules! trials {
    ($terraforms:expr; $($provider:literal { $($name:path: $minor:literal),* $(,)? })*) => {{
        let mut trials = Vec::new();
        for terraform in $terraforms {
            $($(if terraform.version >= (1, $minor) {
                let terraform = terraform.clone();
                let name = stringify!($name).replace(' ', "");
                trials.push(Trial::test(format!("{}::{name}", terraform.name), move || {
                    $name(&Workspace::new(&terraform.path, terraform.version.1, $provider));
                    Ok(())
                }));
            })*)*
        }
        trials
    }};
}

fn main() -> ExitCode {
    match workspace::provider().as_deref() {
        Some("broken") => return broken::main(),
        Some("courier") => return courier::main(),
        Some("notes") => return first::main(),
        Some("shapes") => return shapes::main(),
        Some("zones") => return zones::main(),
        Some(_) => return library::main(),
        None => {}
    }
    let newest = terraform("v1_15", xtask::terraform::install("1.15").unwrap());
    let mut first = terraform("path", xtask::terraform::find().unwrap());
    if first.version == newest.version {
        // As on a machine that has none.
        first = terraform("path", xtask::terraform::install("1.11").unwrap());
    }
    let terraforms = [first, newest];
    let trials = trials![&terraforms;
        "library" {
            a_resource_lives_and_dies: 6,
            a_change_of_mark_replaces_the_book: 6,
            a_write_only_value_reaches_the_provider_and_no_state: 11,
            a_data_source_reads_at_each_plan: 6,
            functions_compute_and_blame_their_arguments: 8,
            an_ephemeral_key_is_opened_renewed_and_closed: 11,
            an_ephemeral_key_is_closed_after_a_failed_apply: 11,
            a_state_of_version_0_is_upgraded: 6,
            what_an_upgrade_cannot_read_is_not_repeated: 6,
            what_a_move_cannot_read_is_not_repeated: 8,
            terraform_data_becomes_a_book: 8,
            modules_speak_to_the_provider: 6,
            import_by_text_and_generated_configuration: 6,
            import_by_identity: 12,
            books_are_listed: 14,
            actions_run_by_hand_and_by_trigger: 14,
            commands::terraform_test_plans_applies_and_expects_failures: 6,
            commands::settings_may_be_known_only_after_apply: 6,
            commands::a_failing_action_stops_the_change_before_it: 14,
            commands::life_cycle_options_hold: 6,
        }
        "broken" {
            broken::every_broken_schema_is_refused_with_what_is_wrong: 11,
        }
        "courier" {
            courier::private_values_travel_with_the_object: 6,
            courier::a_tainted_object_keeps_its_private_values_from_its_replacement: 6,
            courier::a_state_without_an_attribute_of_today_keeps_what_was_told_once: 6,
            courier::an_import_is_completed_by_the_read_after_it: 6,
            courier::an_unclear_create_is_looked_for_before_it_is_deleted: 6,
            courier::a_failed_update_keeps_the_true_state: 6,
            courier::a_create_whose_answer_cannot_be_written_keeps_the_object: 6,
            courier::a_create_that_tells_of_another_object_keeps_the_true_one: 6,
            courier::a_failed_delete_that_tells_of_another_object_keeps_the_true_one: 6,
            courier::a_sensitive_number_is_masked_in_an_error: 6,
        }
        "notes" {
            first::the_first_provider_keeps_notes: 6,
        }
        "shapes" {
            life::every_shape_lives_through_every_change: 11,
            life::another_spelling_is_no_change: 6,
            life::every_shape_is_imported: 11,
            life::generated_configuration_applies_without_edits: 11,
            life::an_ephemeral_value_reaches_settings_and_write_only_arguments: 11,
            life::functions_take_and_give_every_type: 8,
            schemas::every_broken_rule_is_named_at_once: 6,
            schemas::deprecated_attributes_are_warned_about: 11,
            schemas::terraform_sees_every_shape: 15,
            identities::every_kind_of_part_names_an_object: 12,
            identities::an_identity_of_version_0_is_upgraded: 12,
            identities::a_move_hands_over_identity_and_private_values: 8,
            identities::objects_are_found_by_query_and_imported: 14,
            stops::ctrl_c_keeps_what_was_half_created: 6,
            stops::sigterm_to_the_group_keeps_what_was_half_created: 6,
            stops::ctrl_c_leaves_no_ephemeral_object_open: 11,
            stops::sigterm_to_the_group_leaves_no_ephemeral_object_open: 11,
            stops::a_killed_terraform_keeps_what_was_done: 6,
        }
        "zones" {
            zones::only_the_touched_entries_of_a_map_are_planned_anew: 6,
            zones::values_follow_what_plan_fills_in: 6,
            zones::new_nested_objects_force_replacement: 6,
            zones::runs_of_a_test_have_a_client_each: 6,
            zones::runs_of_a_test_may_share_a_process: 6,
            zones::walks_of_one_process_share_nothing: 6,
            zones::a_panic_on_the_main_thread_shows_no_secret: 6,
        }
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn terraform(name: &'static str, path: PathBuf) -> Terraform {
    let said = std::process::Command::new(&path)
        .args(["version", "-json"])
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .output()
        .unwrap();
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let version = said["terraform_version"].as_str().unwrap().to_owned();
    let mut parts = version.split(['.', '-']).map(|part| part.parse().unwrap_or(0));
    Terraform { name, path, version: (parts.next().unwrap(), parts.next().unwrap()) }
}

const BOOK: &str = r#"
resource "library_book" "emma" {
  title = "Emma"
  pages = 474
  tags  = ["novel", "england"]
  chapter {
    heading = "Volume I"
  }
  chapter {
    heading = "Volume II"
    page    = 160
  }
  timeouts = { create = "10s" }
}
"#;

fn a_resource_lives_and_dies(workspace: &Workspace) {
    workspace.configure(BOOK);
    workspace.run(&["validate"]);
    workspace.run(&["apply", "-auto-approve"]);
    let book = workspace.state("library_book.emma");
    assert_eq!(book["id"], "emma");
    assert_eq!(book["heading"], "EMMA");
    assert_eq!(
        book["chapter"],
        json!([{"heading": "Volume I", "page": 1}, {"heading": "Volume II", "page": 160}])
    );
    workspace.assert_no_changes();
    // The file has neither an empty set nor none: what the configuration says stays.
    workspace.configure(&BOOK.replace("474", "475").replace(r#"["novel", "england"]"#, "[]"));
    let plan = workspace.run(&["apply", "-auto-approve"]);
    assert!(plan.contains("0 added, 1 changed, 0 destroyed"), "{plan}");
    workspace.assert_no_changes();
    workspace.run(&["destroy", "-auto-approve"]);
    assert_eq!(workspace.books(), [""; 0]);
}

fn a_change_of_mark_replaces_the_book(workspace: &Workspace) {
    workspace.configure(r#"resource "library_book" "b" { title = "Persuasion" }"#);
    workspace.run(&["apply", "-auto-approve"]);
    workspace.configure("resource \"library_book\" \"b\" {\n  title = \"Persuasion\"\n  mark = \"p1\"\n}");
    let said = workspace.run(&["apply", "-auto-approve"]);
    assert!(
        said.contains("forces replacement") && said.contains("1 added, 0 changed, 1 destroyed"),
        "{said}"
    );
    assert_eq!(workspace.books(), ["p1"]);
}

fn a_write_only_value_reaches_the_provider_and_no_state(workspace: &Workspace) {
    let book = "resource \"library_book\" \"b\" {\n  title = \"Sanditon\"\n  lock = \"open-sesame\"\n  lock_version = 1\n}";
    workspace.configure(book);
    workspace.run(&["apply", "-auto-approve"]);
    assert_eq!(workspace.book("sanditon")["lock"], "open-sesame");
    assert!(!workspace.state_file().contains("open-sesame"));
    workspace.assert_no_changes();
    workspace
        .configure(&book.replace("open-sesame", "friend").replace("lock_version = 1", "lock_version = 2"));
    workspace.run(&["apply", "-auto-approve"]);
    assert_eq!(workspace.book("sanditon")["lock"], "friend");
}

fn a_data_source_reads_at_each_plan(workspace: &Workspace) {
    workspace.configure(&format!(
        "{BOOK}\ndata \"library_catalogue\" \"thick\" {{\n  at_least = 400\n  depends_on = [library_book.emma]\n}}\n\
         output \"titles\" {{\n  value = data.library_catalogue.thick.titles\n}}"
    ));
    workspace.run(&["apply", "-auto-approve"]);
    assert_eq!(workspace.outputs()["titles"]["value"], json!({"emma": "Emma"}));
    workspace.assert_no_changes();
}

fn functions_compute_and_blame_their_arguments(workspace: &Workspace) {
    workspace.configure(
        r#"
        resource "terraform_data" "late" { input = "late" }
        output "loud"    { value = provider::library::shout("hey", 1, 2) }
        output "quiet"   { value = provider::library::shout(null) }
        output "longest" { value = provider::library::longest(["a", "abc", "ab"]) }
        output "later"   { value = provider::library::longest([terraform_data.late.id]) }
        output "none"    { value = provider::library::longest(null) }
        "#,
    );
    workspace.run(&["apply", "-auto-approve"]);
    let outputs = workspace.outputs();
    assert_eq!(outputs["loud"]["value"], "HEY!!!");
    assert_eq!(outputs["quiet"]["value"], "");
    assert_eq!(outputs["longest"]["value"], "abc");
    workspace.configure(r#"output "loud" { value = provider::library::shout("hey", 2, 2) }"#);
    let said = workspace.fail(&["plan"]);
    assert!(said.contains("Nobody can shout that loudly."), "{said}");
}

/// A book whose lock is an ephemeral value.
const A_BOOK_WITH_A_KEY: &str = r#"
    ephemeral "library_key" "k" { reader = "jane" }
    resource "library_book" "b" {
      title        = "Lady Susan"
      lock         = ephemeral.library_key.k.code
      lock_version = 1
    }
"#;

fn assert_every_opened_key_was_closed(workspace: &Workspace) {
    let log = workspace.log();
    let count = |what: &str| log.iter().filter(|line| line.starts_with(what)).count();
    assert!(count("opened for jane") >= 2, "in plan and in apply: {log:?}");
    assert_eq!(count("opened for jane"), count("closed for jane"), "{log:?}");
}

fn an_ephemeral_key_is_opened_renewed_and_closed(workspace: &Workspace) {
    workspace.configure(A_BOOK_WITH_A_KEY);
    workspace.run(&["apply", "-auto-approve"]);
    assert_eq!(workspace.book("lady-susan")["lock"], "key-of-jane");
    assert!(!workspace.state_file().contains("key-of-jane"));
    assert_every_opened_key_was_closed(workspace);
}

/// Terraform itself does not close it then.
fn an_ephemeral_key_is_closed_after_a_failed_apply(workspace: &Workspace) {
    workspace.put_book("lady-susan", &json!({"title": "Lady Susan"}));
    workspace.configure(A_BOOK_WITH_A_KEY);
    let said = workspace.fail(&["apply", "-auto-approve"]);
    assert!(said.contains("The mark is taken"), "{said}");
    assert_every_opened_key_was_closed(workspace);
}

fn a_state_of_version_0_is_upgraded(workspace: &Workspace) {
    workspace.configure(r#"resource "library_book" "b" { title = "Emma" }"#);
    workspace.run(&["apply", "-auto-approve"]);
    workspace.change_state(|state| {
        let instance = &mut state["resources"][0]["instances"][0];
        instance["schema_version"] = json!(0);
        instance["attributes"] = json!({"id": "emma", "name": "Emma"});
    });
    workspace.assert_no_changes();
}

/// An attribute of an older version may hold a secret, so neither the error nor the log repeats its value.
fn what_an_upgrade_cannot_read_is_not_repeated(workspace: &Workspace) {
    workspace.configure(r#"resource "library_book" "b" { title = "Emma" }"#);
    workspace.run(&["apply", "-auto-approve"]);
    workspace.change_state(|state| {
        let instance = &mut state["resources"][0]["instances"][0];
        instance["schema_version"] = json!(0);
        instance["attributes"] = json!({"id": "emma", "name": 47_114_711});
    });
    let said = workspace.fail_with(&[("TF_LOG_PROVIDER", "TRACE")], &["plan"]);
    assert!(said.contains("(sensitive)") && !said.contains("47114711"), "{said}");
}

fn what_a_move_cannot_read_is_not_repeated(workspace: &Workspace) {
    workspace.configure(r#"resource "terraform_data" "old" { input = 47114711 }"#);
    workspace.run(&["apply", "-auto-approve"]);
    workspace.configure(
        "moved {\n  from = terraform_data.old\n  to = library_book.new\n}\nresource \"library_book\" \"new\" {\n  title = \"Emma\"\n}",
    );
    let said = workspace.fail_with(&[("TF_LOG_PROVIDER", "TRACE")], &["plan"]);
    assert!(said.contains("(sensitive)") && !said.contains("47114711"), "{said}");
}

fn terraform_data_becomes_a_book(workspace: &Workspace) {
    workspace.configure(r#"resource "terraform_data" "old" { input = "Emma" }"#);
    workspace.run(&["apply", "-auto-approve"]);
    workspace.put_book("emma", &json!({"title": "Emma"}));
    workspace.configure(
        "moved {\n  from = terraform_data.old\n  to = library_book.new\n}\nresource \"library_book\" \"new\" {\n  title = \"Emma\"\n}",
    );
    let said = workspace.run(&["apply", "-auto-approve"]);
    assert!(said.contains("0 added, 0 changed, 0 destroyed"), "{said}");
    assert_eq!(workspace.state("library_book.new")["id"], "emma");
}

fn modules_speak_to_the_provider(workspace: &Workspace) {
    workspace.configure_with_meta(r#"author = "Jane""#, r#"resource "library_book" "b" { title = "Emma" }"#);
    workspace.run(&["apply", "-auto-approve"]);
    assert_eq!(workspace.state("library_book.b")["added_by"], "Jane");
}

fn import_by_text_and_generated_configuration(workspace: &Workspace) {
    workspace.put_book("emma", &json!({"title": "Emma", "pages": 474}));
    workspace.configure("import {\n  to = library_book.b\n  id = \"emma\"\n}");
    workspace.run(&["plan", "-generate-config-out=generated.tf"]);
    let said = workspace.run(&["apply", "-auto-approve"]);
    assert!(said.contains("1 imported, 0 added, 0 changed, 0 destroyed"), "{said}");
    workspace.assert_no_changes();
}

fn import_by_identity(workspace: &Workspace) {
    workspace.put_book("emma", &json!({"title": "Emma"}));
    workspace.configure(
        "import {\n  to = library_book.b\n  identity = { id = \"emma\" }\n}\nresource \"library_book\" \"b\" {\n  title = \"Emma\"\n}",
    );
    let said = workspace.run(&["apply", "-auto-approve"]);
    assert!(said.contains("1 imported, 0 added, 0 changed, 0 destroyed"), "{said}");
}

fn books_are_listed(workspace: &Workspace) {
    for mark in ["a1", "a2", "a3", "b1"] {
        workspace.put_book(mark, &json!({"title": format!("Book {mark}")}));
    }
    workspace.configure("");
    workspace.write(
        "all.tfquery.hcl",
        "list \"library_book\" \"a\" {\n  provider = library\n  limit = 2\n  include_resource = true\n  config {\n    prefix = \"a\"\n  }\n}",
    );
    let said = workspace.run(&["query", "-json"]);
    let found: Vec<serde_json::Value> = said
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|line| line["type"] == "list_resource_found")
        .collect();
    let names: Vec<_> = found.iter().map(|found| &found["list_resource_found"]["display_name"]).collect();
    assert_eq!(names, ["Book a1", "Book a2"], "{said}");
    assert_eq!(found[0]["list_resource_found"]["resource_object"]["title"], "Book a1", "{said}");
}

fn actions_run_by_hand_and_by_trigger(workspace: &Workspace) {
    workspace.configure(
        r#"
        action "library_dust" "top" {
          config { shelf = "top" }
        }
        action "library_dust" "restricted" {
          config { shelf = "restricted" }
        }
        resource "library_book" "b" {
          title = "Emma"
          lifecycle {
            action_trigger {
              events  = [after_create]
              actions = [action.library_dust.top]
            }
          }
        }
        "#,
    );
    let said = workspace.run(&["apply", "-auto-approve"]);
    assert!(said.contains("dusting top"), "{said}");
    assert_eq!(workspace.log(), ["dusted top"]);
    workspace.run(&["apply", "-auto-approve", "-invoke=action.library_dust.top"]);
    assert_eq!(workspace.log(), ["dusted top", "dusted top"]);
    let said = workspace.fail(&["apply", "-auto-approve", "-invoke=action.library_dust.restricted"]);
    assert!(said.contains("The restricted shelf is not dusted."), "{said}");
}
