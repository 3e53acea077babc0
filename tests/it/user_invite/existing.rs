//! Somebody who is in the tenant already.

use atlan_sim::{KeyKind, Rule};
use expect_test::expect;
use serde_json::json;

use super::*;

async fn present(role: &str) -> (Sim, String, Instance) {
    let sim = tenant(KeyKind::ApiToken).await;
    let id = invited_by_other_means(&sim, ADA, role);
    let invite = core(&sim).resource("atlan_user_invite");
    sim.clear_journal();
    (sim, id, invite)
}

#[tokio::test]
async fn an_error_names_the_guid_and_prints_an_import_block() {
    let (sim, id, mut invite) = present("$member").await;
    let report = invite.try_apply(ada("$member")).await.failed();
    assert!(report.to_string().contains(&id), "{report}");
    report.check(expect![[r#"
        error at email: Could not invite ada@example.com
          ada@example.com was already invited, with GUID <guid>.

          To manage it here, set `on_existing = "adopt"`, or import it (replace the address in `to` by that of your resource):

            import {
              to = atlan_user_invite.ada
              id = "<guid>"
            }

          If this resource manages this person already and Terraform is replacing it, remove `create_before_destroy` from its `lifecycle` block. If it has none, remove it from the resources that refer to this one, because Terraform passes it on. If Terraform replaces the resource only because it is tainted, run `terraform untaint` instead."#]]);
    assert!(invite.state().is_null());
    assert_eq!(writes(&sim), "");
    invite.import(&id).await;
    assert_eq!(invite.plan(ada("$member")).await.to_string(), "no-op");
}

#[tokio::test]
async fn adopting_raises_a_role_and_never_lowers_it() {
    for (present_role, wanted, outcome) in [
        ("$member", "$member", true),
        ("$guest", "$admin", true),
        ("$admin", "$member", false),
        ("$member", "guest", false),
    ] {
        let (sim, id, mut invite) = present(present_role).await;
        let result = invite.try_apply(with(ada(wanted), json!({ "on_existing": "adopt" }))).await;
        assert_eq!(result.is_ok(), outcome, "{present_role} to {wanted}");
        let role = sim.user(ADA).expect("there").role;
        if outcome {
            assert_eq!(invite.state()["id"], *id);
            assert_eq!(role, wanted);
            invite.plan_is_empty().await;
        } else {
            let said = result.failed().to_string();
            assert!(said.contains("error at role:") && said.contains("never lowers a role"), "{said}");
            assert_eq!(role, present_role);
            assert!(invite.state().is_null() && writes(&sim).is_empty(), "nobody is managed or changed");
        }
        assert_eq!(sim.mails_to(ADA), 1, "only the one that was there");
    }
}

/// The answer to the first attempt leaves time for somebody else to raise the role.
#[tokio::test]
async fn adopting_lowers_no_role_that_the_person_gets_meanwhile() {
    for kind in ["atlan_user_invite", "atlan_user_invites"] {
        let (sim, _, _) = present("$guest").await;
        let busy = Rule::on("POST", ROLE_UPDATES).status(429).retry_after(1).times(1);
        sim.set_faults(vec![busy]).expect("a rule");
        let config = match kind {
            "atlan_user_invite" => ada("$member"),
            _ => json!({ "people": { ADA: { "role": "$member" } } }),
        };
        let mut resource = core(&sim).resource(kind);
        let raised = async {
            sim.arrived("POST", ROLE_UPDATES).await;
            sim.give_role(ADA, "$admin").expect("there");
        };
        let applying = resource.try_apply(with(config, json!({ "on_existing": "adopt" })));
        let said = tokio::join!(applying, raised).0.failed().to_string();
        assert_eq!(sim.user(ADA).expect("there").role, "$admin", "{kind}: {said}");
        assert!(said.contains("higher role") && said.contains("$admin"), "{kind}: {said}");
        assert!(resource.state().is_null(), "{kind}: {said}");
    }
}

#[tokio::test]
async fn a_person_of_another_state_is_refused_in_the_apply() {
    let sim = tenant(KeyKind::ApiToken).await;
    let core = core(&sim);
    let (mut first, mut second) = (core.resource("atlan_user_invite"), core.resource("atlan_user_invite"));
    first.apply(ada("$member")).await;
    let again = json!({ "email": "ADA@example.com", "role": "$member" });
    let plan = second.plan(again.clone()).await;
    let said = second.try_apply_plan(&plan, again).await.failed().to_string();
    assert!(said.contains("was already invited"), "{said}");
    assert_eq!(sim.mails().len(), 1);
}

/// As with two exchanged addresses, of which `-target` leaves one out.
#[tokio::test]
async fn a_replacement_by_somebody_who_is_there_ends_no_access_before_it_fails() {
    let bob = "bob@example.com";
    for (on_existing, role, why) in [
        ("error", "$admin", Some("`on_existing` is `error`")),
        ("adopt", "$member", Some("with the role $admin, which is higher than `role`")),
        ("adopt", "$admin", None),
    ] {
        let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
        invite.apply(ada("$member")).await;
        sim.accept(ADA).expect("there");
        sim.admit(bob, "$admin", false).expect("a newcomer");
        sim.clear_journal();
        let config = json!({ "email": bob, "role": role, "on_existing": on_existing });
        let Some(why) = why else {
            invite.apply(config).await;
            assert!(!sim.user(ADA).expect("there").enabled);
            continue;
        };
        let said = invite.try_apply(config).await.failed().to_string();
        assert!(said.contains("Replacing ada@example.com would fail after the delete"), "{said}");
        assert!(said.contains(why) && said.contains(&*sim.user(bob).expect("there").id), "{said}");
        assert_eq!((writes(&sim).as_str(), sim.user(ADA).expect("there").enabled), ("", true));
        assert_eq!(invite.state()["email"], ADA, "the state keeps who was there");
        // A plain destroy is not part of a replacement.
        invite.destroy().await;
        assert!(!sim.user(ADA).expect("there").enabled);
    }
}

/// The address changed in Atlan, and the configuration followed, but not the state.
#[tokio::test]
async fn a_replacement_by_the_same_person_under_a_new_address_ends_no_access() {
    let bob = "bob@example.com";
    let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
    invite.apply(ada("$member")).await;
    sim.accept(ADA).expect("there");
    sim.give_address(ADA, bob).expect("there");
    let id = sim.user(bob).expect("there").id;
    invite.set_core(&core(&sim).without_refresh());
    sim.clear_journal();
    let said = invite.apply(json!({ "email": bob, "role": "$member" })).await.report().to_string();
    assert!(said.contains("bob@example.com keeps the seat"), "{said}");
    assert_eq!((writes(&sim).as_str(), sim.user(bob).expect("there").enabled), ("", true));
    assert_eq!(invite.state()["id"], *id);
    invite.set_core(&core(&sim));
    invite.plan_is_empty().await;
    invite.destroy().await;
    assert!(!sim.user(bob).expect("there").enabled);
}

#[tokio::test]
async fn adopting_an_expired_invitation_warns_that_nobody_can_accept_it() {
    let (sim, id, mut invite) = present("$member").await;
    sim.expire(ADA).expect("pending");
    let said =
        invite.apply(with(ada("$member"), json!({ "on_existing": "adopt" }))).await.report().to_string();
    assert!(
        said.contains("has expired") && said.contains("no mail was sent") && said.contains("resend"),
        "{said}"
    );
    assert_eq!((invite.state()["id"].as_str(), sim.mails_to(ADA)), (Some(&*id), 1));
}

#[tokio::test]
async fn a_person_who_was_enabled_before_the_create_failed_is_named_as_enabled() {
    let sim = tenant(KeyKind::User).await;
    invited_by_other_means(&sim, ADA, "$guest");
    sim.accept(ADA).expect("pending");
    sim.disable(ADA).expect("active");
    sim.fault(atlan_sim::Rule::on("POST", ROLE_UPDATES).status(403)).expect("a rule");
    let mut invite = core(&sim).resource("atlan_user_invite");
    let config = with(ada("$admin"), json!({ "on_existing": "adopt" }));
    let said = invite.try_apply(config).await.failed().to_string();
    assert!(said.contains("ada@example.com, who is enabled now and can log in with $guest"), "{said}");
    assert!(sim.user(ADA).expect("there").enabled && invite.state().is_null());
}

/// No credential may do that.
#[tokio::test]
async fn somebody_of_scim_is_not_enabled_by_a_take_over() {
    for key in [KeyKind::User, KeyKind::ApiToken] {
        let sim = tenant(key).await;
        sim.admit(ADA, "$member", true).expect("a newcomer");
        sim.disable(ADA).expect("active");
        let mut invite = core(&sim).resource("atlan_user_invite");
        let adopt = with(ada("$member"), json!({ "on_existing": "adopt" }));
        let said = invite.try_apply(adopt).await.failed().to_string();
        assert!(said.contains("SCIM manages the person, so only the identity provider can enable"), "{said}");
        assert!(!said.contains("admin's own token") && !said.contains("ask an admin"), "{said}");
        assert!(!sim.user(ADA).expect("there").enabled && invite.state().is_null());
    }
}

/// An action of the same run has disabled the person, and the list of people lags by an hour.
#[tokio::test]
async fn somebody_whom_this_run_has_disabled_is_enabled_by_the_take_over_although_no_list_shows_it() {
    let sim = tenant(KeyKind::User).await;
    person_by_other_means(&sim, ADA);
    sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
    let run = core(&sim).one_run();
    let disabled = run.action("atlan_disable_user").try_invoke(json!({ "users": [ADA] })).await;
    disabled.expect_err("it does not show");
    assert!(!sim.user(ADA).expect("there").enabled);
    let mut invite = run.resource("atlan_user_invite");
    invite.apply(with(ada("$member"), json!({ "on_existing": "adopt" }))).await;
    assert!(sim.user(ADA).expect("there").enabled, "{}", sim.journal());
    assert_eq!(sim.mails_to(ADA), 1);
}

/// Somebody else has enabled the person, and the list lags.
#[tokio::test]
async fn somebody_whom_the_list_still_shows_as_disabled_is_taken_over_once_it_is_up_to_date() {
    let sim = tenant(KeyKind::User).await;
    person_by_other_means(&sim, ADA);
    sim.disable(ADA).expect("there");
    sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
    let id = sim.user(ADA).expect("there").id;
    by_other_means(&sim, &format!("{USERS}/{id}"), &json!({ "enabled": true }));
    let mut invite = core(&sim).resource("atlan_user_invite");
    let config = with(ada("$member"), json!({ "on_existing": "adopt" }));
    let said = invite.try_apply(config.clone()).await.failed().to_string();
    assert!(
        said.contains("Could not see that ada@example.com is enabled") && said.contains("still shows"),
        "{said}"
    );
    assert!(invite.state().is_null() && !invite.is_tainted());
    sim.advance(std::time::Duration::from_secs(3_601));
    invite.apply(config).await;
    invite.plan_is_empty().await;
    assert_eq!((sim.mails_to(ADA), sim.user(ADA).expect("there").enabled), (1, true));
}

/// Somebody has removed Ada and invited her again, or another person under her address.
#[tokio::test]
async fn taking_over_whoever_has_the_address_of_somebody_who_is_gone_is_warned_of_in_the_plan() {
    for (on_existing, is_told) in [("adopt", true), ("error", false)] {
        let (sim, old, mut invite) = present("$guest").await;
        let config = with(ada("$admin"), json!({ "on_existing": on_existing }));
        invite.import(&old).await;
        sim.remove(ADA).expect("there");
        let new = invited_by_other_means(&sim, ADA, "$guest");
        let plan = invite.plan(config).await;
        let said = plan.report().to_string();
        assert_eq!(
            said.contains("warning at email: The person of an `atlan_user_invite` has another GUID"),
            is_told,
            "{said}"
        );
        assert_eq!(said.contains(&old) && said.contains(&new), is_told, "{said}");
    }
}
