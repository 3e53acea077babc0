//! The guide Offboarding.

use atlan_sim::{KeyKind, Options};
use serde_json::json;

use super::Guide;
use crate::harness::{ACTIONS, QUERY, Terraform, Workspace, call, start, tenant_with};

const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";

pub(super) fn run(guide: &Guide, terraform: &Terraform) {
    who_leaves_the_list_is_disabled(&guide.block("people"), &guide.block("as-admin"), terraform);

    let names = ["disable", "invoke-disable", "remove", "invoke-remove"];
    let [disable, invoke_disable, remove, invoke_remove] = names.map(|name| guide.block(name));
    if !terraform.lacks(ACTIONS) {
        let sim = tenant_with(Options { key_kind: KeyKind::User, ..Options::default() });
        sim.admit(ADA, "$member", false).unwrap();
        sim.admit(GRACE, "$member", false).unwrap();
        let ws = Workspace::new(terraform, &sim);
        ws.write(&format!("{disable}\n{remove}"));
        ws.shell(&unasked(&invoke_disable)).ok();
        assert!(!sim.user(GRACE).unwrap().enabled);
        ws.shell(&unasked(&invoke_remove)).ok();
        assert!(sim.user(GRACE).is_none() && sim.user(ADA).unwrap().enabled);
    }

    let tokens = guide.block("tokens");
    if !terraform.lacks(QUERY) {
        let (sim, ws) = start(terraform);
        call(&sim, "POST", "/api/service/apikeys", &json!({ "displayName": "etl", "validitySeconds": 3600 }));
        ws.write("provider \"atlan\" {}\n");
        ws.write_file("tokens.tfquery.hcl", &tokens);
        ws.terraform(&["query"]).ok().does_not_say(&["etl"]);
        let made_by = sim.tokens()[0].created_by.clone();
        ws.write_file("tokens.tfquery.hcl", &tokens.replace("\"grace\"", &format!("{made_by:?}")));
        ws.terraform(&["query"]).ok().says(&["etl"]);
    }

    let (sim, ws) = start(terraform);
    sim.admit("break-glass@example.com", "$admin", false).unwrap();
    ws.write(&guide.block("break-glass"));
    ws.apply().ok();
    ws.plan_is_empty();
    ws.destroy().fails().says(&["prevent_destroy"]);
    ws.write("");
    ws.apply().ok();
    let left = sim.user("break-glass@example.com").unwrap();
    assert!(left.enabled && left.role == "$admin");
}

fn who_leaves_the_list_is_disabled(people: &str, as_admin: &str, terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(people);
    ws.write_file("people.csv", "email,role\nada@example.com,$member\ngrace@example.com,$member\n");
    ws.apply().ok();
    for email in [ADA, GRACE] {
        sim.accept(email).unwrap();
    }
    ws.plan_is_empty();

    // With an API token, the membership ends and the destroy fails.
    ws.write_file("people.csv", "email,role\nada@example.com,$member\n");
    ws.apply().fails().says(&["grace@example.com"]);
    assert_eq!(sim.groups()[0].members, [ADA]);
    let grace = sim.user(GRACE).unwrap();
    assert!(grace.enabled && grace.role == "$member");

    // The same key becomes that of an admin.
    sim.set(json!({ "key_kind": "user" })).unwrap();
    let ws = ws.set("ADMIN_TOKEN", &sim.api_key());
    ws.shell(&unasked(as_admin)).ok();
    assert!(!sim.user(GRACE).unwrap().enabled && sim.user(ADA).unwrap().enabled);
    ws.plan_is_empty();
}

/// A script that asks nobody for approval.
fn unasked(script: &str) -> String {
    script.replace("terraform apply", "terraform apply -auto-approve")
}
