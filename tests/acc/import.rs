//! Import in all its forms: the plan that follows must be empty.

use atlan_sim::{Options, Sim};

use crate::harness::{IDENTITY, Terraform, Workspace, each_terraform, tenant_with};

each_terraform![
    the_command_takes_every_form_of_id,
    import_blocks_take_an_id_and_change_nothing,
    configuration_is_generated_for_imports,
    an_object_that_does_not_exist_is_not_imported,
    import_blocks_take_an_identity,
];

/// A tenant with people and groups that no Terraform has made.
fn grown(terraform: &Terraform) -> (Sim, Workspace) {
    let sim = tenant_with(Options { users: 8, groups: 3, ..Options::default() });
    let workspace = Workspace::new(terraform, &sim);
    (sim, workspace)
}

/// The configuration that says what is there: three groups, an active person and an invitation.
fn described(sim: &Sim) -> String {
    let mut hcl = String::new();
    for (n, group) in sim.groups().iter().enumerate() {
        let description = group.attributes.get("description").map(|texts| texts.concat()).unwrap_or_default();
        let is_default = group.attributes.get("isDefault").is_some_and(|texts| texts.concat() == "true");
        hcl += &format!(
            "resource \"atlan_group\" \"g{n}\" {{\n  alias = {:?}\n  name = {:?}\n  description = {description:?}\n  \
             is_default = {is_default}\n}}\n",
            group.alias, group.name
        );
    }
    for (label, n) in [("active", 1), ("pending", 8)] {
        let user = &sim.users()[n];
        hcl += &format!(
            "resource \"atlan_user_invite\" \"{label}\" {{\n  email = {:?}\n  role = {:?}\n}}\n",
            user.email, user.role
        );
    }
    hcl
}

/// Addresses with the GUIDs of what [`described`] describes.
fn guids(sim: &Sim) -> Vec<(String, String)> {
    let groups = sim.groups();
    let groups = groups.iter().enumerate().map(|(n, group)| (format!("atlan_group.g{n}"), group.id.clone()));
    let people = [("active", 1), ("pending", 8)];
    let people = people.map(|(label, n)| (format!("atlan_user_invite.{label}"), sim.users()[n].id.clone()));
    groups.chain(people).collect()
}

fn assert_imported(sim: &Sim, ws: &Workspace) {
    let state = ws.state();
    for (address, guid) in guids(sim) {
        assert_eq!(state.text(&address, "id"), guid, "{address}");
    }
}

fn the_command_takes_every_form_of_id(terraform: &Terraform) {
    let (sim, ws) = grown(terraform);
    let (groups, users) = (sim.groups(), sim.users());
    ws.write(&described(&sim));
    for (address, id) in [
        ("atlan_group.g0", groups[0].id.clone()),
        ("atlan_group.g1", groups[1].name.clone()),
        ("atlan_group.g2", format!("alias:{}", groups[2].alias)),
        ("atlan_user_invite.active", users[1].id.clone()),
        ("atlan_user_invite.pending", users[8].email.to_uppercase()),
    ] {
        ws.import(address, &id).ok();
    }
    assert_imported(&sim, &ws);
    ws.plan_is_empty();
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
}

fn import_blocks_take_an_id_and_change_nothing(terraform: &Terraform) {
    let (sim, ws) = grown(terraform);
    let (groups, users) = (sim.groups(), sim.users());
    let blocks: String = [
        ("atlan_group.g0", groups[0].id.clone()),
        ("atlan_group.g1", groups[1].name.clone()),
        ("atlan_group.g2", format!("alias:{}", groups[2].alias)),
        ("atlan_user_invite.active", users[1].email.clone()),
        ("atlan_user_invite.pending", users[8].id.clone()),
    ]
    .map(|(address, id)| format!("import {{\n  to = {address}\n  id = {id:?}\n}}\n"))
    .concat();
    ws.write(&(described(&sim) + &blocks));
    ws.plan().does(&[
        "import atlan_group.g0",
        "import atlan_group.g1",
        "import atlan_group.g2",
        "import atlan_user_invite.active",
        "import atlan_user_invite.pending",
    ]);
    ws.apply().ok();
    assert_imported(&sim, &ws);
    ws.plan_is_empty();
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
}

fn import_blocks_take_an_identity(terraform: &Terraform) {
    if terraform.lacks(IDENTITY) {
        return;
    }
    let (sim, ws) = grown(terraform);
    let blocks: String = guids(&sim)
        .iter()
        .map(|(address, guid)| format!("import {{\n  to = {address}\n  identity = {{ id = {guid:?} }}\n}}\n"))
        .collect();
    ws.write(&(described(&sim) + &blocks));
    ws.apply().ok().says(&["5 imported, 0 added, 0 changed, 0 destroyed"]);
    assert_imported(&sim, &ws);
    ws.plan_is_empty();
}

fn configuration_is_generated_for_imports(terraform: &Terraform) {
    let (sim, ws) = grown(terraform);
    let blocks: String = guids(&sim)
        .iter()
        .map(|(address, guid)| format!("import {{\n  to = {address}\n  id = {guid:?}\n}}\n"))
        .collect();
    ws.write(&blocks);
    ws.terraform(&["plan", "-input=false", "-generate-config-out=generated.tf"]).ok();
    ws.apply().ok().says(&["5 imported, 0 added, 0 changed, 0 destroyed"]);
    assert_imported(&sim, &ws);
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
}

fn an_object_that_does_not_exist_is_not_imported(terraform: &Terraform) {
    let (sim, ws) = grown(terraform);
    let ids = [
        ("atlan_group", "00000000-0000-4000-8000-000000000000"),
        ("atlan_group", "no_such_group"),
        ("atlan_group", "alias:No Such Group"),
        ("atlan_user_invite", "00000000-0000-4000-8000-000000000000"),
        ("atlan_user_invite", "nobody@example.com"),
    ];
    let block = |(n, (kind, id)): (usize, &(&str, &str))| {
        let required = if *kind == "atlan_group" {
            "alias = \"A\"\n  name = \"a${N}\""
        } else {
            "email = \"aN@b.org\"\n  role = \"guest\""
        };
        let required = required.replace("${N}", &n.to_string()).replace('N', &n.to_string());
        format!(
            "import {{\n  to = {kind}.r{n}\n  id = {id:?}\n}}\nresource {kind:?} \"r{n}\" {{\n  {required}\n}}\n"
        )
    };
    ws.write(&ids.iter().enumerate().map(block).collect::<String>());
    ws.try_plan().fails().says(&[
        "no_such_group",
        "No Such Group",
        "nobody@example.com",
        "has no group with this GUID",
        "has nobody with this GUID",
        &sim.base_url(),
    ]);
    assert!(ws.state().addresses().is_empty());
}
