//! Creating objects that are already in Atlan: an error with advice, or adoption.

use atlan_sim::{Options, Sim};

use crate::harness::{Terraform, Workspace, each_terraform, tenant_with};

each_terraform![
    an_existing_object_is_an_error_whose_import_block_works,
    existing_objects_are_adopted_with_what_is_not_stated,
    adopting_never_lowers_a_role,
];

fn grown(terraform: &Terraform) -> (Sim, Workspace) {
    let sim = tenant_with(Options { users: 8, groups: 1, ..Options::default() });
    let workspace = Workspace::new(terraform, &sim);
    (sim, workspace)
}

fn an_existing_object_is_an_error_whose_import_block_works(terraform: &Terraform) {
    let (sim, ws) = grown(terraform);
    let (group, user) = (sim.groups().remove(0), sim.users().remove(8));
    // The label that the message proposes, as a practitioner would have to put in their own.
    let label = user.email.split('@').next().unwrap().replace('.', "_");
    let hcl = |only: &str| {
        let group =
            format!("resource \"atlan_group\" {:?} {{\n  alias = {:?}\n}}\n", group.name, group.alias);
        let invite = format!(
            "resource \"atlan_user_invite\" {label:?} {{\n  email = {:?}\n  role = {:?}\n}}\n",
            user.email, user.role
        );
        if only == "group" { group } else { invite }
    };

    ws.write(&hcl("group"));
    let refused = ws.apply().fails().says(&[&group.id, "on_existing", "import"]);
    ws.write(&(hcl("group") + &refused.block("import {")));
    ws.apply().ok().says(&["1 imported, 0 added"]);
    assert_eq!(ws.state().text(&format!("atlan_group.{}", group.name), "id"), group.id);

    ws.write(&(hcl("group") + &hcl("invite")));
    let refused = ws.apply().fails().says(&[&user.id, "was already invited", "on_existing"]);
    ws.write(&(hcl("group") + &hcl("invite") + &refused.block("import {")));
    ws.apply().ok().says(&["1 imported, 0 added, 0 changed"]);
    assert_eq!(ws.state().text(&format!("atlan_user_invite.{label}"), "id"), user.id);
    assert!(sim.mails().is_empty());
    ws.plan_is_empty();
}

fn existing_objects_are_adopted_with_what_is_not_stated(terraform: &Terraform) {
    let (sim, ws) = grown(terraform);
    let (group, guest) = (sim.groups().remove(0), sim.users().remove(5));
    assert_eq!(guest.role, "$guest");
    ws.write(&format!(
        r#"
        resource "atlan_group" "a" {{
          alias       = "Renamed on the way"
          name        = "{}"
          on_existing = "adopt"
        }}
        resource "atlan_user_invite" "a" {{
          email       = "{}"
          role        = "$member"
          on_existing = "adopt"
        }}"#,
        group.name, guest.email
    ));
    ws.apply().ok();
    let adopted = sim.groups().remove(0);
    assert_eq!((adopted.id.as_str(), adopted.alias.as_str()), (group.id.as_str(), "Renamed on the way"));
    assert_eq!(adopted.attributes.get("description"), group.attributes.get("description"), "left alone");
    assert_eq!(ws.state().text("atlan_group.a", "id"), group.id);
    assert_eq!(sim.user(&guest.email).unwrap().role, "$member");
    assert_eq!(ws.state().text("atlan_user_invite.a", "id"), guest.id);
    assert!(sim.mails().is_empty());
    ws.plan_is_empty();
}

fn adopting_never_lowers_a_role(terraform: &Terraform) {
    let (sim, ws) = grown(terraform);
    let member = sim.users().remove(1);
    ws.write(&format!(
        r#"
        resource "atlan_user_invite" "a" {{
          email       = "{}"
          role        = "$guest"
          on_existing = "adopt"
        }}"#,
        member.email
    ));
    ws.apply().fails().says(&[
        "The person already has a higher role",
        &member.id,
        "never lowers a role",
        "role        = \"$guest\"",
    ]);
    assert_eq!(sim.user(&member.email).unwrap().role, "$member");
    assert!(ws.state().addresses().is_empty(), "a person not taken over isn't managed");
}
