//! Data sources in the real Terraform: arguments that are known only at apply, and a second plan that is empty.

use crate::harness::{Terraform, Workspace, each_terraform, known_tenant};

each_terraform![
    arguments_that_are_known_at_apply_are_read_then,
    a_report_in_a_check_warns_and_fails_no_apply
];

/// A data source, an argument of it, a value for that, and what it gives.
const LATE: [(&str, &str, &str, &str); 7] = [
    ("atlan_groups", "name_prefix", r#""data_""#, "groups[\"data_teams\"].alias == \"Data Teams\""),
    ("atlan_users", "email_domain", r#""example.com""#, "users[\"ada@example.com\"].role == \"$admin\""),
    ("atlan_group", "alias", r#""Data Teams""#, "name == \"data_teams\""),
    ("atlan_role", "name", r#""member""#, "description == \"Member\""),
    ("atlan_user", "email", r#""ada@example.com""#, "role == \"$admin\""),
    ("atlan_roles", "level", r#""workspace""#, "roles[\"$admin\"].description == \"Admin\""),
    (
        "atlan_access_report",
        "expected_users",
        r#"{ "admin@example.com" = "admin", "grace@example.com" = "member" }"#,
        "unexpected_users[0].email == \"ada@example.com\"",
    ),
];

fn arguments_that_are_known_at_apply_are_read_then(terraform: &Terraform) {
    let sim = known_tenant();
    let ws = Workspace::new(terraform, &sim);
    let block = |(n, (source, argument, value, gives)): (usize, &(&str, &str, &str, &str))| {
        format!(
            r#"
            resource "terraform_data" "r{n}" {{ input = {value} }}
            data {source:?} "r{n}" {{ {argument} = terraform_data.r{n}.output }}
            output "r{n}" {{ value = data.{source}.r{n}.{gives} }}
            "#
        )
    };
    ws.write(&LATE.iter().enumerate().map(block).collect::<String>());
    let plan = ws.plan();
    for (n, (source, ..)) in LATE.iter().enumerate() {
        let read = format!("data.{source}.r{n}");
        assert!(plan.actions().iter().any(|action| action.ends_with(&read)), "{read}: {:?}", plan.actions());
    }
    assert!(sim.journal().is_empty(), "nothing is known to read by: {}", sim.journal());
    let applied = ws.apply().ok();
    for (n, (source, ..)) in LATE.iter().enumerate() {
        assert!(applied.stdout.contains(&format!("r{n} = true")), "{source}: {applied}");
    }
    ws.plan_is_empty();
}

fn a_report_in_a_check_warns_and_fails_no_apply(terraform: &Terraform) {
    let sim = known_tenant();
    let ws = Workspace::new(terraform, &sim);
    ws.write(
        r#"
        resource "terraform_data" "other" { input = "applied" }

        check "access" {
          data "atlan_access_report" "now" {
            expected_users = { "admin@example.com" = null, "grace@example.com" = "member" }
          }
          assert {
            condition     = length(data.atlan_access_report.now.unexpected_users) == 0
            error_message = "Not expected: ${join(", ", data.atlan_access_report.now.unexpected_users[*].email)}"
          }
        }"#,
    );
    ws.apply().ok().says(&["Check block assertion failed", "Not expected: ada@example.com"]);
    assert!(ws.state().addresses().contains(&"terraform_data.other"));
    // A report that cannot be read is a warning, too, and says who may not.
    let refused = atlan_sim::Rule::on("GET", "/api/service/users").status(403);
    sim.fault(refused).unwrap();
    ws.apply().ok().says(&["Could not read people as service-account-apikey-"]);
    assert!(sim.journal().writes().is_empty());
}
