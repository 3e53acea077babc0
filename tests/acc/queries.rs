//! `terraform query`: a whole tenant is listed, its configuration generated, imported, and the plan is empty.

use std::fs;

use atlan_sim::{GroupView, Options, Sim};
use serde_json::json;

use crate::harness::{QUERY, Terraform, Workspace, call, each_terraform, known_tenant, tenant_with};

each_terraform![
    a_whole_tenant_is_queried_generated_imported_and_plans_empty,
    the_memberships_of_a_tenant_are_queried_generated_imported_and_plan_empty,
    the_roles_of_a_tenant_are_queried_generated_imported_and_plan_empty,
    wrong_filters_are_named_by_validate_and_nothing_is_sent,
    examples_of_list_resources_are_queried,
];

const EVERYTHING: &str = r#"
list "atlan_api_token" "all" {
  provider         = atlan
  include_resource = true
  limit            = 10000
}
list "atlan_group" "all" {
  provider         = atlan
  include_resource = true
  limit            = 10000
}
list "atlan_oauth_client" "all" {
  provider         = atlan
  include_resource = true
  limit            = 10000
}
list "atlan_sso_group_mapping" "okta" {
  provider         = atlan
  include_resource = true
  limit            = 10000
  config {
    idp_alias = "okta"
  }
}
list "atlan_user_invite" "all" {
  provider         = atlan
  include_resource = true
  limit            = 10000
}
"#;

/// Maps an SSO group to a group, by other means than the provider.
pub(crate) fn map(sim: &Sim, group: &GroupView) {
    let config = json!({ "syncMode": "FORCE", "attributes": "[]", "group": group.name, "attribute.name": "memberOf",
        "attribute.value": group.name.replace('_', "-") });
    let body = json!({ "name": format!("{}--1700000000000", group.id), "identityProviderAlias": "okta",
        "identityProviderMapper": "saml-group-idp-mapper", "config": config });
    call(sim, "POST", "/api/service/idp/okta/mappers", &body);
}

fn a_whole_tenant_is_queried_generated_imported_and_plans_empty(terraform: &Terraform) {
    if terraform.lacks(QUERY) {
        return;
    }
    let sim = tenant_with(Options { users: 120, groups: 15, ..Options::default() });
    for group in sim.groups().into_iter().take(3) {
        map(&sim, &group);
    }
    // Made by other means, with a name that no configuration may set.
    let group = json!({ "group": { "name": "psdk-admin-x", "attributes": { "alias": ["Admins"] } } });
    call(&sim, "POST", "/api/service/groups", &group);
    sim.clear_journal();
    let ws = Workspace::new(terraform, &sim);
    ws.write("provider \"atlan\" {}\n");
    ws.write_file("all.tfquery.hcl", EVERYTHING);
    ws.terraform(&["query", "-generate-config-out=generated.tf"])
        .ok()
        .says(&["admin@example.com ($admin, active)"]);
    fs::remove_file(ws.folder().join("all.tfquery.hcl")).unwrap();
    let plan = ws.plan();
    let count = "the token of the run, an OAuth client, 16 groups, 3 mappings, 120 people and the admin";
    assert_eq!(plan.actions().len(), 142, "{count}");
    assert!(plan.actions().iter().all(|action| action.starts_with("import ")), "{:?}", plan.actions());
    ws.apply().ok().says(&["142 imported, 0 added, 0 changed, 0 destroyed"]);
    ws.plan_is_empty();
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal().writes());
}

/// In a tenant with single sign-on, people have roles and no invitations.
fn the_roles_of_a_tenant_are_queried_generated_imported_and_plan_empty(terraform: &Terraform) {
    if terraform.lacks(QUERY) {
        return;
    }
    let sim = tenant_with(Options { users: 120, ..Options::default() });
    sim.set(json!({ "sso_enforced": true })).unwrap();
    let ws = Workspace::new(terraform, &sim);
    ws.write("provider \"atlan\" {}\n");
    ws.write_file(
        "all.tfquery.hcl",
        "list \"atlan_user_role\" \"all\" {\n  provider = atlan\n  include_resource = true\n  limit = 10000\n}\n",
    );
    ws.terraform(&["query", "-generate-config-out=generated.tf"])
        .ok()
        .says(&["admin@example.com ($admin, active)"]);
    fs::remove_file(ws.folder().join("all.tfquery.hcl")).unwrap();
    ws.apply().ok().says(&["121 imported, 0 added, 0 changed, 0 destroyed"]);
    ws.plan_is_empty();
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal().writes());
}

/// Once as single memberships, and once as sets.
fn the_memberships_of_a_tenant_are_queried_generated_imported_and_plan_empty(terraform: &Terraform) {
    if terraform.lacks(QUERY) {
        return;
    }
    let sim = tenant_with(Options { users: 60, groups: 4, ..Options::default() });
    let people: Vec<String> = sim.users().into_iter().map(|user| user.id).collect();
    for (number, group) in sim.groups().into_iter().enumerate().take(3) {
        let some = &people[number * 15..(number + 1) * 15];
        call(&sim, "POST", &format!("/api/service/groups/{}/members", group.id), &json!({ "users": some }));
    }
    let memberships: usize = sim.groups().iter().map(|group| group.members.len()).sum();
    assert!(memberships >= 45, "{memberships}");
    sim.clear_journal();
    for (resource, count) in
        [("atlan_group_member", memberships), ("atlan_group_members", sim.groups().len())]
    {
        let ws = Workspace::new(terraform, &sim);
        ws.write("provider \"atlan\" {}\n");
        let list = format!(
            "list \"{resource}\" \"all\" {{\n  provider = atlan\n  include_resource = true\n  limit = 10000\n}}\n"
        );
        ws.write_file("all.tfquery.hcl", &list);
        ws.terraform(&["query", "-generate-config-out=generated.tf"]).ok();
        fs::remove_file(ws.folder().join("all.tfquery.hcl")).unwrap();
        ws.apply().ok().says(&[&format!("{count} imported, 0 added, 0 changed, 0 destroyed")]);
        ws.plan_is_empty();
    }
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal().writes());
}

fn wrong_filters_are_named_by_validate_and_nothing_is_sent(terraform: &Terraform) {
    if terraform.lacks(QUERY) {
        return;
    }
    let sim = tenant_with(Options::default());
    let ws = Workspace::new(terraform, &sim);
    ws.write("provider \"atlan\" {}\n");
    ws.write_file(
        "all.tfquery.hcl",
        "list \"atlan_user_invite\" \"x\" {\n  provider = atlan\n  config {\n    role = \"owner\"\n  }\n}\n",
    );
    ws.terraform(&["validate", "-query"]).fails().says(&["role", "$guest"]);
    assert!(sim.journal().is_empty(), "{}", sim.journal());
}

/// The examples, with what they list.
fn examples_of_list_resources_are_queried(terraform: &Terraform) {
    if terraform.lacks(QUERY) {
        return;
    }
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/list-resources");
    for (example, found) in [
        ("atlan_api_token", "terraform"),
        ("atlan_group", "Data Teams"),
        ("atlan_group_member", "Data Teams: ada@example.com"),
        ("atlan_group_members", "Data Teams"),
        ("atlan_oauth_client", "terraform"),
        ("atlan_sso_group_mapping", "data-teams → data_teams"),
        ("atlan_user_invite", "ada@example.com ($admin, active)"),
        ("atlan_user_role", "ada@example.com ($admin, active)"),
    ] {
        let sim = known_tenant();
        let groups = sim.groups();
        let group = groups.iter().find(|group| group.name == "data_teams").unwrap();
        map(&sim, group);
        let ada = json!({ "users": [sim.user("ada@example.com").unwrap().id] });
        call(&sim, "POST", &format!("/api/service/groups/{}/members", group.id), &ada);
        let ws = Workspace::new(terraform, &sim);
        ws.write("provider \"atlan\" {}\n");
        let text = fs::read_to_string(examples.join(example).join("list-resource.tfquery.hcl")).unwrap();
        ws.write_file("all.tfquery.hcl", &text);
        ws.terraform(&["query"]).ok().says(&[found]);
    }
}
