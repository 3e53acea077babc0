//! The guide Importing a tenant: whichever way, the plan only imports and nothing is written.

use std::fs;

use atlan_sim::{Options, Sim};
use serde_json::json;

use super::Guide;
use crate::harness::{IMPORT_FOR_EACH, QUERY, Terraform, Workspace, call, start, tenant_with};

const ONLY_IMPORTS: &str = "0 to add, 0 to change, 0 to destroy";

/// People, groups, memberships, a token, an OAuth client and a mapping.
fn grown_tenant() -> Sim {
    let sim = tenant_with(Options { users: 120, groups: 4, ..Options::default() });
    let group = json!({ "group": { "name": "data_stewards", "attributes": { "alias": ["Data Stewards"] } } });
    let group = call(&sim, "POST", "/api/service/groups", &group)["group"].as_str().unwrap().to_owned();
    for person in sim.users().iter().take(3) {
        let path = format!("/api/service/users/{}/groups", person.id);
        call(&sim, "POST", &path, &json!({ "groups": [group] }));
    }
    let token = json!({ "displayName": "dbt", "validitySeconds": 7_776_000 });
    call(&sim, "POST", "/api/service/apikeys", &token);
    let client = json!({ "displayName": "pipeline", "role": "$member" });
    call(&sim, "POST", "/api/service/oauth-clients", &client);
    let mapping = json!({
        "name": format!("{group}--1700000000000"),
        "identityProviderAlias": "okta",
        "identityProviderMapper": "saml-group-idp-mapper",
        "config": { "syncMode": "FORCE", "attributes": "[]", "are.attribute.values.regex": "",
            "attribute.name": "memberOf", "group": "data_stewards", "attribute.value": "stewards" },
    });
    call(&sim, "POST", "/api/service/idp/okta/mappers", &mapping);
    sim.clear_journal();
    sim
}

pub(super) fn run(guide: &Guide, terraform: &Terraform) {
    let blocks = ["query", "generate", "query-roles", "query-members"].map(|name| guide.block(name));
    let [query, generate, roles, members] = blocks;
    if !terraform.lacks(QUERY) {
        let sim = grown_tenant();
        let ws = Workspace::new(terraform, &sim);
        ws.write("provider \"atlan\" {}\n");
        ws.write_file("tenant.tfquery.hcl", &query);
        // 120 people and the admin, 5 groups, 2 tokens, 2 OAuth clients, 1 mapping.
        ws.shell(&generate).ok().says(&["Plan: 131 to import", ONLY_IMPORTS]);
        let generated = fs::read_to_string(ws.folder().join("generated.tf")).unwrap();
        assert!(generated.contains("resource \"atlan_user_invite\" \"all_0\""), "{generated}");
        nothing_is_written(&sim, &ws);

        let ws = Workspace::new(terraform, &sim);
        ws.write("provider \"atlan\" {}\n");
        ws.write_file("tenant.tfquery.hcl", &roles);
        ws.shell(&generate).ok().says(&["Plan: 121 to import", ONLY_IMPORTS]);
        nothing_is_written(&sim, &ws);

        let ws = Workspace::new(terraform, &sim);
        ws.write("provider \"atlan\" {}\n");
        ws.write_file("tenant.tfquery.hcl", &members);
        // One set for each group that is no default group.
        ws.shell(&generate).ok().says(&["Plan: 5 to import", ONLY_IMPORTS]);
        nothing_is_written(&sim, &ws);
    }
    let blocks = ["query-memberships", "found", "for-each"].map(|name| guide.block(name));
    let [query, found, for_each] = blocks;
    if !terraform.lacks(QUERY) {
        let sim = grown_tenant();
        let ws = Workspace::new(terraform, &sim);
        ws.write("provider \"atlan\" {}\n");
        ws.write_file("tenant.tfquery.hcl", &query);
        ws.shell(&found).ok();
        ws.write(&for_each);
        ws.try_plan().ok().says(&["Plan: 123 to import", ONLY_IMPORTS, "all[\"Data Stewards: "]);
        nothing_is_written(&sim, &ws);
    }

    let blocks = ["inventory", "read", "managed", "few", "few-generated"].map(|name| guide.block(name));
    let [inventory, read, managed, few, few_generated] = blocks;
    if !terraform.lacks(IMPORT_FOR_EACH) {
        let sim = grown_tenant();
        let ws = Workspace::new(terraform, &sim);
        ws.write(&inventory);
        ws.shell(&read.replace("apply", "apply -auto-approve")).ok();
        let [state, file] = ["terraform.tfstate", "inventory.json"].map(|name| ws.folder().join(name));
        fs::remove_file(state).unwrap();
        assert!(file.exists());
        ws.write(&managed);
        // 121 people, 5 groups, a membership of each generated person, and 3 more.
        ws.try_plan().ok().says(&["Plan: 249 to import", ONLY_IMPORTS]);
        nothing_is_written(&sim, &ws);
        ws.write(&few);
        fs::remove_file(ws.folder().join("terraform.tfstate")).unwrap();
        ws.shell(&few_generated).ok().says(&["Plan: 3 to import", ONLY_IMPORTS]);
        nothing_is_written(&sim, &ws);
    }

    let (sim, ws) = start(terraform);
    let group = json!({ "group": { "name": "data_stewards", "attributes": { "alias": ["Data Stewards"] } } });
    call(&sim, "POST", "/api/service/groups", &group);
    sim.admit("ada@example.com", "$member", false).unwrap();
    ws.write(&guide.block("adopt"));
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!((sim.groups().len(), sim.mails().len()), (1, 0));
}

#[track_caller]
fn nothing_is_written(sim: &Sim, ws: &Workspace) {
    ws.apply().ok();
    ws.plan_is_empty();
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal().writes());
}
