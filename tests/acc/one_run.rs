//! One person, one group, one run: lists shift, blocks are renamed, objects are tainted, two resources name one person. Nobody
//! loses the access that the configuration grants, and nobody is invited twice.
//!
//! What Terraform tells a provider differs between its commands and versions, so all of this runs with the oldest, the
//! usual and the newest one.

use atlan_sim::{KeyKind, Moment, Options, Rule, Sim};
use serde_json::Value;

use crate::harness::{Output, REMOVED, Terraform, USERS, Workspace, call, tenant_with, with_terraforms};

with_terraforms!([v1_6, on_path, v1_15] {
    a_person_removed_here_and_created_there_is_an_error_in_the_plan,
    a_shifted_count_is_an_error_in_the_plan,
    addresses_that_each_pass_to_another_resource_are_moved_in_the_state,
    a_person_managed_at_another_address_is_an_error_in_the_plan,
    two_new_resources_for_one_person_or_name_are_an_error_in_the_apply,
    a_tainted_person_keeps_the_seat,
    under_create_before_destroy_nothing_is_deleted,
    an_expired_invitation_is_sent_anew_if_the_credential_may,
    a_disabled_person_who_is_added_again_is_enabled_or_refused,
    changes_in_place_do_not_replace_what_depends_on_them,
    without_a_refresh_an_unclear_invitation_is_not_forgotten,
    an_unclear_invitation_is_not_removed_here_and_created_there,
    an_address_that_is_not_known_yet_replaces_nobody,
    an_address_that_turns_out_to_be_that_of_a_removed_person_ends_no_access,
    a_deposed_person_whose_access_may_not_be_ended_can_be_let_go,
    a_person_removed_from_the_state_here_is_adopted_there,
    run_blocks_of_a_test_share_a_provider,
});

mod test_command {
    use super::run_blocks_of_a_test_share_a_provider;

    crate::harness::with_terraforms!([v1_13] { run_blocks_of_a_test_share_a_provider });
}

const ADA: &str = "ada@example.com";

fn tenant_of(key_kind: KeyKind, terraform: &Terraform) -> (Sim, Workspace) {
    let sim = tenant_with(Options { key_kind, ..Options::default() });
    let ws = Workspace::new(terraform, &sim);
    (sim, ws)
}

/// A resource for Ada.
fn ada(label: &str, role: &str, more: &str) -> String {
    format!(
        "resource \"atlan_user_invite\" {label:?} {{\n  email = {ADA:?}\n  role = {role:?}\n  {more}\n}}\n"
    )
}

const ADOPT: &str = "on_existing = \"adopt\"";

/// The plan fails, says this, and nothing was sent.
#[track_caller]
fn refused(sim: &Sim, ws: &Workspace, words: &[&str]) -> Output {
    sim.clear_journal();
    let said = ws.try_plan().fails().says(words);
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    said
}

fn a_person_removed_here_and_created_there_is_an_error_in_the_plan(terraform: &Terraform) {
    for (key_kind, accepted, on_existing) in [
        (KeyKind::User, true, ADOPT),
        (KeyKind::User, true, ""),
        (KeyKind::User, false, ADOPT),
        (KeyKind::ApiToken, true, ADOPT),
    ] {
        let (sim, ws) = tenant_of(key_kind, terraform);
        ws.write(&ada("member", "$member", ""));
        ws.apply().ok();
        if accepted {
            sim.accept(ADA).unwrap();
        }
        let before = sim.user(ADA).unwrap();
        let admin = ada("admin", "$admin", on_existing);
        ws.write(&admin);
        refused(
            &sim,
            &ws,
            &["ada@example.com is both removed and created", "moved {", "for_each", "destroy = false"],
        );
        ws.apply().fails();
        let after = sim.user(ADA).unwrap();
        assert_eq!((after.enabled, after.role, &after.id), (true, "$member", &before.id));

        ws.write(&format!(
            "{admin}moved {{\n  from = atlan_user_invite.member\n  to = atlan_user_invite.admin\n}}\n"
        ));
        ws.apply().ok();
        let after = sim.user(ADA).unwrap();
        assert_eq!((after.enabled, after.role, &after.id), (true, "$admin", &before.id));
        assert_eq!(sim.mails().len(), 1);
        ws.plan_is_empty();
    }
}

fn a_shifted_count_is_an_error_in_the_plan(terraform: &Terraform) {
    let (sim, ws) = tenant_of(KeyKind::User, terraform);
    let list = |names: &str| {
        ws.write(&format!(
            "locals {{\n  names = {names}\n}}\nresource \"atlan_user_invite\" \"all\" {{\n  count = length(local.names)\n  \
             email = \"${{local.names[count.index]}}@example.com\"\n  role = \"$member\"\n}}\n"
        ));
    };
    list(r#"["ada", "bob", "eve"]"#);
    ws.apply().ok();
    for name in ["ada", "bob", "eve"] {
        sim.accept(&format!("{name}@example.com")).unwrap();
    }
    list(r#"["bob", "eve"]"#);
    refused(
        &sim,
        &ws,
        &[
            "bob@example.com is both removed and created",
            "eve@example.com is both removed and created",
            "for_each",
        ],
    )
    .does_not_say(&["ada@example.com is both removed and created"]);
    ws.apply().fails();
    assert!(sim.users().iter().all(|user| user.enabled));
    // Removing the end of the list shifts nothing.
    list(r#"["ada", "bob"]"#);
    ws.apply().ok();
    assert!(!sim.user("eve@example.com").unwrap().enabled);
    ws.plan_is_empty();
}

fn addresses_that_each_pass_to_another_resource_are_moved_in_the_state(terraform: &Terraform) {
    let (sim, ws) = tenant_of(KeyKind::User, terraform);
    let person = |label: &str, name: &str| {
        format!(
            "resource \"atlan_user_invite\" {label:?} {{\n  email = \"{name}@example.com\"\n  role = \"$member\"\n}}\n"
        )
    };
    ws.write(&[person("a", "ada"), person("b", "bob")].concat());
    ws.apply().ok();
    for name in ["ada", "bob"] {
        sim.accept(&format!("{name}@example.com")).unwrap();
    }
    let bob = sim.user("bob@example.com").unwrap();
    let wanted = [person("a", "bob"), person("b", "eve")].concat();
    ws.write(&wanted);
    refused(&sim, &ws, &["bob@example.com is both removed and created", "terraform state mv"]);
    // The advice works.
    ws.write(&person("b", "bob"));
    ws.apply().ok();
    ws.terraform(&["state", "mv", "atlan_user_invite.b", "atlan_user_invite.a"]).ok();
    ws.write(&wanted);
    ws.apply().ok();
    ws.plan_is_empty();
    let after = sim.user("bob@example.com").unwrap();
    assert_eq!((&after.id, after.enabled), (&bob.id, true));
    assert!(!sim.user(ADA).unwrap().enabled);
    assert_eq!(sim.mails().len(), 3, "ada, bob and eve");
}

fn a_person_managed_at_another_address_is_an_error_in_the_plan(terraform: &Terraform) {
    let (sim, ws) = tenant_of(KeyKind::User, terraform);
    let sales = "resource \"atlan_group\" \"a\" {\n  alias = \"Sales\"\n}\n";
    let member = ada("a", "$member", "");
    ws.write(&format!("{sales}{member}"));
    ws.apply().ok();
    // A group that is renamed in place keeps its internal name.
    ws.write(&format!(
        "{}{member}resource \"atlan_group\" \"b\" {{\n  alias = \"Sales\"\n  {ADOPT}\n}}\n{}",
        sales.replace("Sales", "Sales EMEA"),
        ada("b", "$admin", ADOPT)
    ));
    refused(
        &sim,
        &ws,
        &[
            "ada@example.com is managed at another resource address",
            "Group sales is managed at another resource address",
        ],
    );
    ws.apply().fails();
    assert_eq!((sim.groups().len(), sim.user(ADA).unwrap().role), (1, "$member"));
}

fn two_new_resources_for_one_person_or_name_are_an_error_in_the_apply(terraform: &Terraform) {
    for on_existing in ["", ADOPT] {
        let (sim, ws) = tenant_of(KeyKind::User, terraform);
        let group = |label: &str, alias: &str| {
            format!("resource \"atlan_group\" {label:?} {{\n  alias = {alias:?}\n  {on_existing}\n}}\n")
        };
        let both = [ada("a", "$member", on_existing), group("a", "Data Team")].concat();
        ws.write(&[&both, ada("b", "$member", on_existing).as_str(), &group("b", "data team")].concat());
        ws.try_plan().ok();
        ws.apply().fails().says(&[
            "ada@example.com is managed by another resource of this configuration already",
            "Group data_team is managed by another resource of this configuration already",
        ]);
        assert_eq!((sim.mails().len(), sim.groups().len()), (1, 1));
        assert_eq!(ws.state().addresses().len(), 2, "one address for each");
        let label = |kind: &str| {
            let state = ws.state();
            let address = state.addresses().into_iter().find(|address| address.starts_with(kind)).unwrap();
            address.rsplit_once('.').unwrap().1.to_owned()
        };
        let (person, team) = (label("atlan_user_invite"), label("atlan_group"));
        ws.write(&[ada(&person, "$member", on_existing), group(&team, "Data Team")].concat());
        ws.apply().ok();
        ws.plan_is_empty();
    }
}

fn a_tainted_person_keeps_the_seat(terraform: &Terraform) {
    for (key_kind, accepted, refresh) in [
        (KeyKind::ApiToken, false, "true"),
        (KeyKind::ApiToken, true, "false"),
        (KeyKind::User, false, "false"),
        (KeyKind::User, true, "true"),
    ] {
        let (sim, ws) = tenant_of(key_kind, terraform);
        ws.write(&ada("a", "$member", "provisioner \"local-exec\" {\n    command = \"false\"\n  }"));
        ws.apply().fails();
        assert!(ws.state().is_tainted("atlan_user_invite.a"));
        let before = sim.user(ADA).unwrap();
        if accepted {
            sim.accept(ADA).unwrap();
        }
        ws.write(&ada("a", "$member", ""));
        let refresh = format!("-refresh={refresh}");
        sim.clear_journal();
        ws.terraform(&["apply", "-auto-approve", "-input=false", &refresh])
            .ok()
            .says(&["ada@example.com keeps the seat", "no second mail was sent"]);
        assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
        let after = sim.user(ADA).unwrap();
        assert_eq!((after.enabled, after.role, &after.id), (true, "$member", &before.id));
        assert_eq!(ws.state().text("atlan_user_invite.a", "id"), before.id);
        assert_eq!(sim.mails().len(), 1);
        ws.plan_is_empty();
        // The replacement may change the role at the same time.
        ws.write(&ada("a", "$admin", ""));
        ws.terraform(&["apply", "-auto-approve", "-input=false", "-replace=atlan_user_invite.a"]).ok();
        let after = sim.user(ADA).unwrap();
        assert_eq!((after.enabled, after.role, &after.id), (true, "$admin", &before.id));
        assert_eq!(sim.mails().len(), 1);
        ws.plan_is_empty();
        // A destroy still ends the access.
        ws.destroy().ok();
        let gone = sim.user(ADA).is_none_or(|user| !user.enabled || user.role == "$guest");
        assert!(gone, "{:?}", sim.user(ADA));
    }
}

/// Fails once the new object of a replacement is there, so Terraform leaves the old one as a deposed object.
const STOP: &str = "    postcondition {\n      condition     = self.id == \"\"\n      error_message = \"Stop here.\"\n    }\n";

fn under_create_before_destroy_nothing_is_deleted(terraform: &Terraform) {
    let (sim, ws) = tenant_of(KeyKind::User, terraform);
    let first = "on_existing = \"adopt\"\n  lifecycle {\n    create_before_destroy = true\n  }";
    let config = |more: &str| {
        format!(
            "{}resource \"atlan_group\" \"a\" {{\n  alias = \"Sales\"\n  {more}\n}}\n",
            ada("a", "$member", more)
        )
    };
    ws.write(&config(first));
    ws.apply().ok();
    sim.accept(ADA).unwrap();
    let (person, group) = (sim.user(ADA).unwrap(), sim.groups().remove(0));
    for round in ["replaced", "tainted", "stopped between the halves"] {
        let mut apply = vec!["apply", "-auto-approve", "-input=false"];
        if round == "tainted" {
            ws.terraform(&["taint", "atlan_user_invite.a"]).ok();
            ws.terraform(&["taint", "atlan_group.a"]).ok();
        } else {
            apply.extend(["-replace=atlan_user_invite.a", "-replace=atlan_group.a"]);
        }
        sim.clear_journal();
        if round == "stopped between the halves" {
            ws.write(&config(&first.replace("true\n", &format!("true\n{STOP}"))));
            ws.terraform(&apply).fails().says(&["Stop here."]);
            // The condition stays: Terraform would check it twice if the old object left the state without a destroy, and crash.
            ws.write(&config(
                &first.replace("true\n", &format!("true\n{}", STOP.replace("== \"\"", "!= \"\""))),
            ));
            ws.apply().ok().says(&[
                "Another object of the state manages ada@example.com",
                "Another object of the state manages the group \"Sales\"",
            ]);
        } else {
            ws.terraform(&apply)
                .ok()
                .says(&["ada@example.com was not removed", "Group sales was not replaced"]);
        }
        assert!(sim.journal().writes().is_empty(), "{round}: {}", sim.journal());
        let after = sim.user(ADA).unwrap();
        assert_eq!((after.enabled, after.role, &after.id), (true, "$member", &person.id), "{round}");
        assert_eq!(sim.groups().remove(0).id, group.id, "{round}");
        assert_eq!(ws.state().text("atlan_group.a", "id"), group.id, "{round}");
        ws.plan_is_empty();
    }
    assert_eq!(sim.mails().len(), 1);
    ws.destroy().ok();
    assert!(sim.groups().is_empty() && !sim.user(ADA).unwrap().enabled);
}

fn an_expired_invitation_is_sent_anew_if_the_credential_may(terraform: &Terraform) {
    for (key_kind, mails) in [(KeyKind::User, 2), (KeyKind::ApiToken, 1)] {
        let (sim, ws) = tenant_of(key_kind, terraform);
        ws.write(&ada("a", "$member", ""));
        ws.apply().ok();
        sim.expire(ADA).unwrap();
        let said =
            ws.terraform(&["apply", "-auto-approve", "-input=false", "-replace=atlan_user_invite.a"]).ok();
        if mails == 1 {
            said.says(&["has expired", "atlan_resend_invite", "Atlan's admin center"]);
        }
        let after = sim.user(ADA).unwrap();
        assert_eq!((after.enabled, after.role, sim.mails().len()), (true, "$member", mails));
        assert_eq!(ws.state().text("atlan_user_invite.a", "id"), after.id);
        ws.plan_is_empty();
    }
}

fn a_disabled_person_who_is_added_again_is_enabled_or_refused(terraform: &Terraform) {
    let (sim, ws) = tenant_of(KeyKind::User, terraform);
    let returns = |on_existing: &str| ws.write(&ada("a", "$member", on_existing));
    returns("");
    ws.apply().ok();
    sim.accept(ADA).unwrap();
    ws.destroy().ok();
    assert!(!sim.user(ADA).unwrap().enabled);
    ws.apply().fails().says(&[
        "Could not invite ada@example.com",
        "disabled",
        "on_existing = \"adopt\"",
        "cannot log in",
    ]);

    ws.import("atlan_user_invite.a", ADA).ok().says(&["ada@example.com is disabled", "does not enable them"]);
    ws.terraform(&["state", "rm", "atlan_user_invite.a"]).ok();

    sim.set(serde_json::json!({ "key_kind": "api_token" })).unwrap();
    returns(ADOPT);
    ws.apply().fails().says(&[
        "Could not enable ada@example.com",
        "may not enable people",
        "GUID",
        "admin's own token",
    ]);
    assert!(ws.state().addresses().is_empty() && !sim.user(ADA).unwrap().enabled);

    sim.set(serde_json::json!({ "key_kind": "user" })).unwrap();
    ws.apply().ok();
    assert!(sim.user(ADA).unwrap().enabled);
    assert_eq!(ws.state().text("atlan_user_invite.a", "status"), "active");
    assert_eq!(sim.mails().len(), 1);
    ws.plan_is_empty();

    // Somebody disables the person, and the resource is replaced: it stays in the state, so an import would be refused.
    sim.disable(ADA).unwrap();
    returns("");
    let replace = ["apply", "-auto-approve", "-input=false", "-replace=atlan_user_invite.a"];
    ws.terraform(&replace)
        .fails()
        .says(&["Could not replace ada@example.com", "on_existing = \"adopt\""])
        .does_not_say(&["import"]);
    assert!(ws.state().is_tainted("atlan_user_invite.a") && !sim.user(ADA).unwrap().enabled);
    returns(ADOPT);
    ws.apply().ok().says(&["can log in again"]);
    assert!(sim.user(ADA).unwrap().enabled);
    assert_eq!(sim.mails().len(), 1);
    ws.plan_is_empty();
}

fn changes_in_place_do_not_replace_what_depends_on_them(terraform: &Terraform) {
    let (_sim, ws) = tenant_of(KeyKind::User, terraform);
    let with = |role: &str, more: &str| {
        ws.write(&format!(
            "{}resource \"terraform_data\" \"badge\" {{\n  triggers_replace = [\n    atlan_user_invite.a.username, \
             atlan_user_invite.a.status,\n    atlan_user_invite.a.invited_at, atlan_user_invite.a.invited_by,\n  ]\n}}\n",
            ada("a", role, more)
        ));
    };
    with("$member", "");
    ws.apply().ok();
    for (role, more) in [("$member", "on_destroy = \"forget\""), ("$admin", ""), ("$guest", ADOPT)] {
        with(role, more);
        ws.plan().does(&["update atlan_user_invite.a"]);
        ws.apply().ok();
        ws.plan_is_empty();
    }
}

/// An apply whose invitation took effect, and could not learn so.
fn unclear(sim: &Sim, ws: &Workspace) {
    sim.set_faults(vec![
        Rule::on("POST", USERS).drop(Moment::After),
        Rule::on("GET", USERS).after_n(1).status(500),
    ])
    .unwrap();
    ws.apply().fails();
    sim.set_faults(vec![]).unwrap();
    assert!(ws.state().is_tainted("atlan_user_invite.a"));
    assert_eq!(ws.state().object("atlan_user_invite.a")["id"], Value::Null);
}

fn without_a_refresh_an_unclear_invitation_is_not_forgotten(terraform: &Terraform) {
    let blind = ["-auto-approve", "-input=false", "-refresh=false"];
    for refreshed in [false, true] {
        let (sim, ws) = tenant_of(KeyKind::User, terraform);
        let ws = ws.set("ATLAN_MAX_RETRIES", "0");
        ws.write(&ada("a", "$member", ""));
        unclear(&sim, &ws);
        let before = sim.user(ADA).unwrap();
        if refreshed {
            ws.terraform(&["apply", "-refresh-only", "-auto-approve", "-input=false"]).ok();
            assert_eq!(ws.state().text("atlan_user_invite.a", "id"), before.id);
        }
        ws.terraform(&[&["apply"], blind.as_slice()].concat()).ok();
        assert_eq!(ws.state().text("atlan_user_invite.a", "id"), before.id, "{refreshed}");
        assert_eq!(sim.mails().len(), 1, "{refreshed}");
        ws.plan_is_empty();
    }
    // A destroy looks before it forgets.
    let (sim, ws) = tenant_of(KeyKind::User, terraform);
    let ws = ws.set("ATLAN_MAX_RETRIES", "0");
    ws.write(&ada("a", "$member", ""));
    unclear(&sim, &ws);
    ws.terraform(&[&["destroy"], blind.as_slice()].concat()).ok();
    assert!(sim.user(ADA).is_none(), "the invitation is cancelled");
}

fn an_unclear_invitation_is_not_removed_here_and_created_there(terraform: &Terraform) {
    for (refresh, accepted) in [("-refresh=false", false), ("-refresh=true", true)] {
        let (sim, ws) = tenant_of(KeyKind::User, terraform);
        let ws = ws.set("ATLAN_MAX_RETRIES", "0");
        ws.write(&ada("a", "$member", ""));
        unclear(&sim, &ws);
        if accepted {
            sim.accept(ADA).unwrap();
        }
        ws.write(&ada("b", "$member", ADOPT));
        sim.clear_journal();
        ws.terraform(&["apply", "-auto-approve", "-input=false", refresh])
            .fails()
            .says(&["ada@example.com is both removed and created", "moved {"]);
        assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
        let moved = "moved {\n  from = atlan_user_invite.a\n  to = atlan_user_invite.b\n}\n";
        ws.write(&[&ada("b", "$member", ADOPT), moved].concat());
        ws.apply().ok();
        assert!(sim.user(ADA).unwrap().enabled);
        assert_eq!(sim.mails().len(), 1);
        ws.plan_is_empty();
    }
}

fn an_address_that_turns_out_to_be_that_of_a_removed_person_ends_no_access(terraform: &Terraform) {
    for key_kind in [KeyKind::User, KeyKind::ApiToken] {
        let (sim, ws) = tenant_of(key_kind, terraform);
        ws.write(&ada("a", "$member", ""));
        ws.apply().ok();
        sim.accept(ADA).unwrap();
        let late = ada("b", "$member", ADOPT).replace(&format!("{ADA:?}"), "terraform_data.hr.output");
        ws.write(&format!("resource \"terraform_data\" \"hr\" {{\n  input = {ADA:?}\n}}\n{late}"));
        // Terraform orders neither of the two before the other.
        if ws.apply().status != Some(0) {
            ws.apply().ok();
        }
        let after = sim.user(ADA).unwrap();
        assert_eq!((after.enabled, after.role), (true, "$member"));
        assert_eq!(sim.mails().len(), 1);
        ws.plan_is_empty();
    }
}

fn a_deposed_person_whose_access_may_not_be_ended_can_be_let_go(terraform: &Terraform) {
    let (sim, ws) = tenant_of(KeyKind::ApiToken, terraform);
    let first = "on_destroy = \"disable\"\n  lifecycle {\n    create_before_destroy = true\n  }";
    ws.write(&ada("seat", "$member", first));
    ws.apply().ok();
    let bob = "bob@example.com";
    ws.write(&ada("seat", "$member", first).replace(ADA, bob));
    for _ in 0..2 {
        ws.apply().fails().says(&["Could not cancel the invitation of ada@example.com", "deposed object"]);
    }
    // The configuration no longer reaches the old object, so a weaker policy there changes nothing.
    ws.write(&ada("seat", "$member", &first.replace("disable", "forget")).replace(ADA, bob));
    ws.apply().fails();
    ws.terraform(&["state", "rm", "atlan_user_invite.seat"]).ok();
    ws.import("atlan_user_invite.seat", bob).ok();
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!((sim.mails().len(), sim.user(ADA).unwrap().role), (2, "$member"));
}

fn an_address_that_is_not_known_yet_replaces_nobody(terraform: &Terraform) {
    let (sim, ws) = tenant_of(KeyKind::User, terraform);
    let from = |version: &str| {
        ws.write(&format!(
            "resource \"terraform_data\" \"hr\" {{\n  input = {ADA:?}\n  triggers_replace = {version:?}\n}}\n{}",
            ada("a", "$member", "").replace(&format!("{ADA:?}"), "terraform_data.hr.output")
        ));
    };
    from("1");
    ws.apply().ok();
    sim.accept(ADA).unwrap();
    from("2");
    refused(&sim, &ws, &["Could not replace ada@example.com yet", "-target"]);
    ws.terraform(&["apply", "-auto-approve", "-input=false", "-target=terraform_data.hr"]).ok();
    ws.apply().ok();
    assert!(sim.user(ADA).unwrap().enabled);
    assert_eq!(sim.mails().len(), 1);
    ws.plan_is_empty();
}

fn a_person_removed_from_the_state_here_is_adopted_there(terraform: &Terraform) {
    if terraform.lacks(REMOVED) {
        return;
    }
    let (sim, ws) = tenant_of(KeyKind::User, terraform);
    ws.write(&ada("old", "$member", ""));
    ws.apply().ok();
    sim.accept(ADA).unwrap();
    ws.write(&format!(
        "{}removed {{\n  from = atlan_user_invite.old\n  lifecycle {{\n    destroy = false\n  }}\n}}\n",
        ada("new", "$member", ADOPT)
    ));
    ws.apply().ok();
    assert_eq!(ws.state().addresses(), ["atlan_user_invite.new"]);
    assert!(sim.user(ADA).unwrap().enabled);
    ws.plan_is_empty();
}

fn run_blocks_of_a_test_share_a_provider(terraform: &Terraform) {
    let (sim, ws) = tenant_of(KeyKind::User, terraform);
    ws.write(
        r#"
        variable "role" { default = "$member" }
        variable "names" { default = ["ada"] }
        resource "atlan_user_invite" "all" {
          for_each = toset(var.names)
          email    = "${each.key}@example.com"
          role     = var.role
        }
        resource "atlan_group" "a" { alias = "Sales" }
        "#,
    );
    ws.write_file(
        "one.tftest.hcl",
        r#"
        provider "atlan" {}
        run "plans" { command = plan }
        run "creates" { command = apply }
        run "plans_again" { command = plan }
        run "changes" {
          command = apply
          variables { role = "$guest" }
        }
        run "adds" {
          command = apply
          variables { names = ["ada", "bob"] }
        }
        run "removes" {
          command = apply
          variables { names = ["bob"] }
        }
        run "returns" {
          command = apply
          variables { names = ["ada", "bob"] }
        }
        "#,
    );
    ws.write_file("two.tftest.hcl", "provider \"atlan\" {}\nrun \"creates\" {\n  command = apply\n}\n");
    ws.terraform(&["test"]).ok().says(&["8 passed, 0 failed"]);
    assert!(sim.groups().is_empty(), "torn down");
    let left = call(&sim, "GET", "/api/service/users", &Value::Null);
    assert_eq!(left["records"].as_array().map(Vec::len), Some(1), "the admin: {left}");
}
