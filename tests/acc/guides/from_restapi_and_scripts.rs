//! The guide From REST calls and scripts.

use serde_json::json;

use super::{Guide, stand_in};
use crate::harness::{FUNCTIONS, REMOVED, Terraform, call, start};

pub(super) fn run(guide: &Guide, terraform: &Terraform) {
    an_object_of_restapi_becomes_a_group(&guide.block("before"), &guide.block("after"), terraform);

    let (csv, people) = (guide.block("csv"), guide.block("people"));
    if !terraform.lacks(FUNCTIONS) {
        let (sim, ws) = start(terraform);
        sim.admit("grace@example.com", "$member", false).unwrap();
        ws.write_file("people.csv", &csv);
        ws.write(&people);
        ws.apply().ok();
        ws.plan_is_empty();
        assert_eq!((sim.mails_to("ada@example.com"), sim.mails().len()), (1, 1), "grace gets none");
        assert_eq!(sim.user("ada@example.com").unwrap().role, "$admin");
        ws.write_file("people.csv", &format!("{csv}ada@example.com,guest\n"));
        ws.try_plan().fails().says(&["Duplicate object key"]);
        ws.write_file("people.csv", &csv.replace("Admin", "owner"));
        ws.try_plan().fails().says(&["$admin", "$member", "$guest"]);
        let many = (0..20).map(|n| format!("person{n}@example.com,guest\n")).collect::<String>();
        ws.write_file("people.csv", &format!("{csv}{many}"));
        ws.apply().ok();
        ws.write_file("people.csv", &csv);
        sim.clear_journal();
        ws.try_plan().fails().says(&["max_removals = 10", "removes 20 of 22 people"]);
        assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    }

    let (sim, ws) = start(terraform);
    ws.write(&guide.block("task"));
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(sim.groups()[0].members, ["ada@example.com"]);
}

fn an_object_of_restapi_becomes_a_group(before: &str, after: &str, terraform: &Terraform) {
    if terraform.lacks(REMOVED) {
        return;
    }
    let (sim, ws) = stand_in::start_with(terraform, "Mastercard", "restapi");
    let group = json!({ "group": { "name": "data_stewards", "attributes": {
        "alias": ["Data Stewards"], "description": ["Own the glossary"] } } });
    call(&sim, "POST", "/api/service/groups", &group);
    sim.clear_journal();
    ws.write(before);
    ws.apply().ok();
    ws.plan_is_empty();
    let (provider, _) = before.split_once("resource").unwrap();
    ws.write(&format!("{provider}{after}"));
    ws.terraform(&["plan", "-input=false"]).ok().says(&["1 to import, 0 to add, 0 to change, 0 to destroy"]);
    ws.apply().ok();
    assert_eq!(ws.state().addresses(), ["atlan_group.stewards"]);
    let (_, resource) = after.split_once("\nresource ").unwrap();
    ws.write(&format!("resource {resource}"));
    ws.plan_is_empty();
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
}
