//! The life of an `atlan_sso_group_mapping`.

use atlan_sim::Sim;

use crate::harness::{IDENTITY, Terraform, apply_until, each_terraform, kill, start, stop_at};

each_terraform![
    a_mapping_is_created_changed_imported_and_destroyed,
    after_a_kill_adopting_or_the_import_block_converges,
    ctrl_c_or_a_kill_in_each_write_leaves_one_mapping,
    an_import_block_takes_the_identity,
];

const MAPPERS: &str = "/api/service/idp/okta/mappers";

const GROUP: &str = r#"resource "atlan_group" "a" { alias = "Data Stewards" }"#;

fn hcl(sso_group: &str, more: &str) -> String {
    format!(
        r#"
        {GROUP}
        resource "atlan_sso_group_mapping" "a" {{
          idp_alias = "okta"
          group_id  = atlan_group.a.id
          sso_group = "{sso_group}"
          {more}
        }}"#
    )
}

fn members(sim: &Sim) -> Vec<String> {
    sim.groups().remove(0).members
}

fn a_mapping_is_created_changed_imported_and_destroyed(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&hcl("data-stewards", ""));
    ws.plan().does(&["create atlan_group.a", "create atlan_sso_group_mapping.a"]);
    ws.apply().ok();
    ws.plan_is_empty();
    sim.sign_in("ada@example.com", "okta", &["data-stewards"], None).unwrap();
    assert_eq!(members(&sim), ["ada@example.com"]);
    ws.plan_is_empty();

    ws.write(&hcl("stewards", ""));
    ws.plan().does(&["update atlan_sso_group_mapping.a"]);
    ws.apply().ok();
    ws.plan_is_empty();
    let id = ws.state().text("atlan_sso_group_mapping.a", "id");

    for import in [format!("okta/{id}"), "okta/group:data_stewards".to_owned()] {
        ws.terraform(&["state", "rm", "atlan_sso_group_mapping.a"]).ok();
        ws.import("atlan_sso_group_mapping.a", &import).ok();
        ws.plan_is_empty();
    }
    ws.destroy().ok();
    assert!(ws.state().addresses().is_empty() && sim.groups().is_empty());
}

fn an_import_block_takes_the_identity(terraform: &Terraform) {
    if terraform.lacks(IDENTITY) {
        return;
    }
    let (_sim, ws) = start(terraform);
    ws.write(&hcl("stewards", ""));
    ws.apply().ok();
    let id = ws.state().text("atlan_sso_group_mapping.a", "id");
    ws.terraform(&["state", "rm", "atlan_sso_group_mapping.a"]).ok();
    let block = format!(
        "import {{\n  to = atlan_sso_group_mapping.a\n  identity = {{\n    idp_alias = \"okta\"\n    id = {id:?}\n  }}\n}}\n"
    );
    ws.write(&format!("{}\n{block}", hcl("stewards", "")));
    ws.plan().does(&["import atlan_sso_group_mapping.a"]);
    ws.apply().ok();
    ws.plan_is_empty();
}

fn after_a_kill_adopting_or_the_import_block_converges(terraform: &Terraform) {
    for adopts in [true, false] {
        let (sim, ws) = start(terraform);
        // The group by an apply of its own, because OpenTofu, unlike Terraform, loses it in a kill soon after its creation.
        ws.write(GROUP);
        ws.apply().ok();
        let hcl = hcl("stewards", if adopts { "on_existing = \"adopt\"" } else { "" });
        ws.write(&hcl);
        let (running, hold) = apply_until(&sim, &ws, MAPPERS);
        kill(&ws, running, hold);
        if !adopts {
            let refused = ws.apply().fails().says(&["already exists", "import {"]);
            ws.write(&format!("{hcl}\n{}", refused.block("import {").replace("data_stewards", "a")));
        }
        ws.apply().ok();
        ws.plan_is_empty();
        assert_eq!(sim.journal().count("POST", MAPPERS), 1);
    }
}

fn ctrl_c_or_a_kill_in_each_write_leaves_one_mapping(terraform: &Terraform) {
    for kills in [false, true] {
        let (sim, ws) = start(terraform);
        ws.write(GROUP);
        ws.apply().ok();
        let stop = |path: &str| stop_at(&sim, &ws, "POST", path, kills);
        ws.write(&hcl("stewards", "on_existing = \"adopt\""));
        stop(MAPPERS);
        ws.apply().ok();
        ws.plan_is_empty();
        assert_eq!(sim.journal().count("POST", MAPPERS), 1);
        ws.write(&hcl("Stewards", ""));
        stop(&format!("{MAPPERS}/*"));
        ws.apply().ok();
        ws.plan_is_empty();
        assert_eq!(sim.journal().count("POST", MAPPERS), 0);
        ws.write(GROUP);
        stop(&format!("{MAPPERS}/*/delete"));
        ws.apply().ok();
        ws.plan_is_empty();
        assert_eq!(ws.state().addresses(), ["atlan_group.a"]);
        assert_eq!(sim.journal().count("POST", &format!("{MAPPERS}/*/delete")), 1);
    }
}
