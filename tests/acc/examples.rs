//! Every example is run, so that what people copy works.

use std::fs;
use std::path::Path;

use crate::harness::{
    EPHEMERAL, FUNCTIONS, IDENTITY, OFFLINE_FUNCTIONS, Terraform, Workspace, each_terraform, known_tenant,
    tenant,
};

each_terraform![
    the_quickstart_is_applied_and_destroyed,
    examples_of_data_sources_are_read,
    examples_of_resources_are_applied,
    examples_of_import_by_text_are_planned,
    examples_of_ephemeral_resources_are_applied,
    examples_of_functions_give_what_they_say,
    functions_need_neither_a_tenant_nor_settings,
    the_example_of_the_provider_block_is_valid,
    examples_of_import_by_identity_are_valid,
];

fn example(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The example without the block that every workspace already has.
pub(crate) fn without_versions(hcl: &str) -> String {
    let Some((before, after)) = hcl.split_once("terraform {\n") else { return hcl.to_owned() };
    let end = after.find("\n}\n").map_or(after.len(), |end| end + 3);
    format!("{before}{}", &after[end..])
}

const RESOURCES: [&str; 9] = [
    "atlan_api_token",
    "atlan_group",
    "atlan_group_member",
    "atlan_group_members",
    "atlan_oauth_client",
    "atlan_sso_group_mapping",
    "atlan_user_invite",
    "atlan_user_invites",
    "atlan_user_role",
];

fn the_quickstart_is_applied_and_destroyed(terraform: &Terraform) {
    let sim = tenant();
    let ws = Workspace::new(terraform, &sim);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "tf") {
            let text = without_versions(&fs::read_to_string(&path).unwrap());
            ws.write_file(path.file_name().unwrap().to_str().unwrap(), &text);
        }
    }
    ws.write_file(
        "versions.tf",
        "terraform {\n  required_providers {\n    atlan = { source = \"atlanhq/atlan\" }\n  }\n}\n",
    );
    ws.apply().ok();
    ws.plan_is_empty();
    assert!(!sim.groups().is_empty() && !sim.mails().is_empty());
    ws.destroy().ok();
    assert!(sim.groups().is_empty());
}

fn examples_of_resources_are_applied(terraform: &Terraform) {
    for resource in RESOURCES {
        // The role is that of somebody who is there.
        let sim = if resource == "atlan_user_role" { known_tenant() } else { tenant() };
        let ws = Workspace::new(terraform, &sim);
        ws.write(&without_versions(&example(&format!("resources/{resource}/resource.tf"))));
        ws.apply().ok();
        ws.plan_is_empty();
        ws.destroy().ok();
    }
}

/// The examples read what a tenant has already.
fn examples_of_data_sources_are_read(terraform: &Terraform) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data-sources");
    for entry in fs::read_dir(folder).unwrap() {
        for file in fs::read_dir(entry.unwrap().path()).unwrap() {
            let file = file.unwrap().path();
            let sim = known_tenant();
            let ws = Workspace::new(terraform, &sim);
            ws.write(&without_versions(&fs::read_to_string(&file).unwrap()));
            ws.apply().ok().does_not_say(&["assertion failed"]);
            ws.plan_is_empty();
        }
    }
}

/// Those of what Atlan has as one object, which can be imported.
fn imported() -> impl Iterator<Item = &'static str> {
    RESOURCES.into_iter().filter(|resource| *resource != "atlan_user_invites")
}

fn examples_of_import_by_text_are_planned(terraform: &Terraform) {
    for resource in imported() {
        let sim = tenant();
        let ws = Workspace::new(terraform, &sim);
        ws.write(&without_versions(&example(&format!("resources/{resource}/import-by-string-id.tf"))));
        // Nothing has the GUIDs and names in it, so only the configuration can be checked.
        let said = ws.terraform(&["plan", "-input=false", "-generate-config-out=generated.tf"]).fails();
        assert!(!said.stderr.contains("Invalid") && !said.stderr.contains("Unsupported"), "{said}");
    }
}

fn examples_of_ephemeral_resources_are_applied(terraform: &Terraform) {
    if terraform.lacks(EPHEMERAL) {
        return;
    }
    let sim = tenant();
    let ws = Workspace::new(terraform, &sim);
    ws.write(&without_versions(&example("ephemeral-resources/atlan_api_token/ephemeral-resource.tf")));
    ws.apply().ok();
    ws.plan_is_empty();
    ws.destroy().ok();
    assert!(sim.tokens().is_empty() && sim.groups().is_empty());
}

fn examples_of_functions_give_what_they_say(terraform: &Terraform) {
    if terraform.lacks(FUNCTIONS) {
        return;
    }
    let sim = tenant();
    for (function, output) in [
        ("group_name", "internal_name = \"data_stewards\""),
        ("normalize_email", "\"ada@example.com\",\n  \"bob@example.com\","),
        ("role_name", "role = \"$admin\""),
    ] {
        let ws = Workspace::new(terraform, &sim);
        ws.write(&without_versions(&example(&format!("functions/{function}/function.tf"))));
        ws.apply().ok().says(&[output]);
    }
    assert!(sim.journal().is_empty());
}

fn functions_need_neither_a_tenant_nor_settings(terraform: &Terraform) {
    if terraform.lacks(OFFLINE_FUNCTIONS) {
        return;
    }
    let ws = Workspace::bare(terraform);
    ws.write(&without_versions(&example("functions/role_name/function.tf")));
    ws.apply().ok().says(&["role = \"$admin\""]);
    ws.write("output \"role\" {\n  value = provider::atlan::role_name(\"owner\")\n}\n");
    ws.try_plan().fails().says(&[
        "Invalid value for \"role\" parameter",
        "is not a workspace role",
        "$guest",
    ]);
}

fn the_example_of_the_provider_block_is_valid(terraform: &Terraform) {
    let ws = Workspace::bare(terraform);
    ws.write(&without_versions(&example("provider/provider.tf")));
    ws.validate().ok();
}

fn examples_of_import_by_identity_are_valid(terraform: &Terraform) {
    if terraform.lacks(IDENTITY) {
        return;
    }
    for resource in imported() {
        let sim = tenant();
        let ws = Workspace::new(terraform, &sim);
        ws.write(&without_versions(&example(&format!("resources/{resource}/import-by-identity.tf"))));
        let said = ws.terraform(&["plan", "-input=false", "-generate-config-out=generated.tf"]).fails();
        assert!(!said.stderr.contains("Invalid") && !said.stderr.contains("Unsupported"), "{said}");
    }
}
