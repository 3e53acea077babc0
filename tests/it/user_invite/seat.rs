//! Who has a seat: whom an unclear attempt may claim, what a destroy finds, and what a replacement keeps.

use std::time::Duration;

use atlan_sim::{KeyKind, Moment, Rule};
use serde_json::json;

use super::*;

const ADOPT: &str = "adopt";

/// A tenant in which the outcome of Ada's invitation is unknown: it was sent, and had no effect.
async fn attempted() -> (Sim, Instance) {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    sim.set_faults(vec![
        Rule::on("POST", USERS).drop(Moment::Before),
        Rule::on("GET", USERS).after_n(1).status(500),
    ])
    .expect("rules");
    invite.try_apply(ada("$member")).await.failed();
    sim.set_faults(vec![]).expect("rules");
    (sim, invite)
}

/// A colleague, who is a person and no token, invites Ada.
fn colleague_invites(sim: &Sim, role: &str) -> String {
    sim.set(json!({ "key_kind": "user" })).expect("a switch");
    let id = invited_by_other_means(sim, ADA, role);
    sim.set(json!({ "key_kind": "api_token" })).expect("a switch");
    id
}

#[tokio::test]
async fn an_unclear_attempt_does_not_claim_whom_a_colleague_has_invited() {
    for refreshes in [true, false] {
        let (sim, mut invite) = attempted().await;
        let core = impatient(&sim);
        invite.set_core(&if refreshes { core } else { core.without_refresh() });
        let id = colleague_invites(&sim, "$admin");
        sim.clear_journal();
        let said = invite.try_apply(ada("$member")).await.failed().to_string();
        assert!(said.contains(&id) && said.contains("was already invited"), "{refreshes}: {said}");
        assert_eq!(writes(&sim), "", "{refreshes}");
        assert_eq!(sim.user(ADA).expect("there").role, "$admin", "{refreshes}");
        assert!(invite.state().is_null(), "{refreshes}");
    }
}

#[tokio::test]
async fn a_destroy_after_an_unclear_attempt_leaves_a_colleagues_guest_alone() {
    for refreshes in [true, false] {
        let (sim, mut invite) = attempted().await;
        let core = impatient(&sim);
        invite.set_core(&if refreshes { core } else { core.without_refresh() });
        colleague_invites(&sim, "$member");
        sim.clear_journal();
        invite.destroy().await;
        assert_eq!(writes(&sim), "", "{refreshes}");
        assert_eq!(sim.user(ADA).expect("there").role, "$member", "{refreshes}");
    }
}

#[tokio::test]
async fn a_destroy_treats_a_person_who_accepts_meanwhile_as_active() {
    for (policy, enabled, role) in
        [("revoke", false, "$member"), ("disable", false, "$member"), ("downgrade", true, "$guest")]
    {
        let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
        invite.apply(with(ada("$member"), json!({ "on_destroy": policy }))).await;
        invite.set_core(&core(&sim).without_refresh());
        // The look of the destroy still sees the invitation.
        let hold = sim.hold("GET", USERS, Moment::After);
        let accept = async {
            sim.arrived("GET", USERS).await;
            sim.accept(ADA).expect("there");
            hold.release();
        };
        sim.clear_journal();
        let (destroyed, ()) = tokio::join!(invite.try_destroy(), accept);
        destroyed.unwrap_or_else(|report| panic!("{policy}: {report}"));
        let user = sim.user(ADA).expect("an active person is never deleted");
        assert_eq!((user.enabled, user.role), (enabled, role), "{policy}");
        assert!(invite.state().is_null(), "{policy}");
    }
}

#[tokio::test]
async fn a_replacement_that_fails_half_way_keeps_the_person_for_the_next_apply() {
    let (sim, mut invite) = invited().await;
    let id = invite.state()["id"].clone();
    invite.taint();
    sim.fault(Rule::on("POST", ROLE_UPDATES).status(403)).expect("a rule");
    invite.try_apply(ada("$admin")).await.failed();
    assert_eq!((&invite.state()["id"], invite.is_tainted()), (&id, true));
    sim.set_faults(vec![]).expect("rules");
    invite.apply(ada("$admin")).await;
    assert_eq!(invite.state()["id"], id);
    assert_eq!((sim.user(ADA).expect("there").role, sim.mails().len()), ("$admin", 1));
    assert!(!invite.is_tainted());
    invite.plan_is_empty().await;
}

#[tokio::test]
async fn a_replacement_lowers_no_role_that_the_person_gets_meanwhile() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    invite.apply(ada("$guest")).await;
    let id = invite.state()["id"].clone();
    invite.taint();
    let busy = Rule::on("POST", ROLE_UPDATES).status(429).retry_after(1).times(1);
    sim.set_faults(vec![busy]).expect("a rule");
    let raised = async {
        sim.arrived("POST", ROLE_UPDATES).await;
        sim.give_role(ADA, "$admin").expect("there");
    };
    let said = tokio::join!(invite.try_apply(ada("$member")), raised).0.failed().to_string();
    assert_eq!(sim.user(ADA).expect("there").role, "$admin", "{said}");
    assert!(said.contains("The role of ada@example.com changed since the plan"), "{said}");
    assert_eq!(invite.state()["id"], id, "the person stays in the state");
}

/// The person is there by an invitation of an earlier apply, whose answer was lost.
#[tokio::test]
async fn the_end_of_a_lost_invitation_lowers_no_role_that_the_person_gets_meanwhile() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    sim.set_faults(vec![
        Rule::on("POST", USERS).drop(Moment::After),
        Rule::on("GET", USERS).after_n(1).status(500),
    ])
    .expect("rules");
    invite.try_apply(ada("$guest")).await.failed();
    let id = sim.user(ADA).expect("invited").id;
    let busy = Rule::on("POST", ROLE_UPDATES).status(429).retry_after(1).times(1);
    sim.set_faults(vec![busy]).expect("a rule");
    invite.set_core(&core(&sim).without_refresh());
    let raised = async {
        sim.arrived("POST", ROLE_UPDATES).await;
        sim.give_role(ADA, "$admin").expect("there");
    };
    let said = tokio::join!(invite.try_apply(ada("$member")), raised).0.failed().to_string();
    assert_eq!(sim.user(ADA).expect("there").role, "$admin", "{said}");
    assert!(said.contains("The role of ada@example.com changed since the plan"), "{said}");
    assert_eq!((&invite.state()["id"], sim.mails_to(ADA)), (&json!(id), 1));
    invite.set_core(&core(&sim));
    invite.apply(ada("$admin")).await;
    invite.plan_is_empty().await;
}

#[tokio::test]
async fn a_replacement_that_cannot_read_the_roles_loses_nobody() {
    let roles = || Rule::on("GET", ROLES).status(403);
    let (sim, mut invite) = invited().await;
    let id = invite.state()["id"].clone();
    invite.taint();
    sim.fault(roles()).expect("a rule");
    invite.try_apply(ada("$member")).await.failed();
    assert_eq!((&invite.state()["id"], invite.is_tainted()), (&id, true));
    sim.set_faults(vec![]).expect("rules");
    invite.apply(ada("$member")).await;
    assert_eq!((&invite.state()["id"], sim.mails().len()), (&id, 1));

    // The same without a refresh, where the outcome of an invitation is unknown.
    let (sim, mut invite) = attempted().await;
    invite.set_core(&core(&sim).without_refresh());
    sim.fault(roles()).expect("a rule");
    invite.try_apply(ada("$member")).await.failed();
    assert_eq!((&invite.state()["email"], &invite.state()["id"]), (&json!(ADA), &Value::Null));
    sim.set_faults(vec![]).expect("rules");
    invite.set_core(&impatient(&sim));
    invite.apply(ada("$member")).await;
    assert_eq!(sim.mails().len(), 1);
    invite.plan_is_empty().await;
}

#[tokio::test]
async fn a_replacement_leaves_no_mark_in_the_state() {
    let (_sim, mut invite) = invited().await;
    let keys = |invite: &Instance| -> Vec<String> {
        let private: Value = serde_json::from_slice(invite.private()).expect("JSON");
        private.as_object().expect("an object").keys().cloned().collect()
    };
    assert_eq!(keys(&invite), ["created", "token"]);
    invite.apply(ada("$guest")).await;
    assert_eq!(keys(&invite), ["created", "token"]);
    invite.taint();
    invite.apply(ada("$guest")).await;
    assert_eq!(keys(&invite), ["created", "token"]);
}

#[tokio::test]
async fn an_expired_invitation_that_the_tenant_keeps_is_not_lost() {
    // Cancelled invitations stay as disabled records in this tenant, and nobody can be invited at such an address.
    for may_enable in [true, false] {
        let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
        let update = if may_enable { "allow" } else { "reject" };
        sim.set(json!({ "cancel_invite": "disable_instead", "update_pending": update })).expect("switches");
        invite.apply(ada("$member")).await;
        let id = invite.state()["id"].clone();
        sim.expire(ADA).expect("there");
        invite.taint();
        let applied = invite.try_apply(ada("$member")).await;
        assert_eq!((&invite.state()["id"], sim.mails().len()), (&id, 1), "{applied:?}");
        assert_eq!(sim.user(ADA).expect("there").enabled, may_enable, "{applied:?}");
        if may_enable {
            let said = applied.expect("enabled").to_string();
            assert!(said.contains("keeps the records of cancelled invitations"), "{said}");
            invite.plan_is_empty().await;
        } else {
            let said = applied.failed().to_string();
            assert!(said.contains("Could not enable ada@example.com"), "{said}");
        }
    }
}

#[tokio::test]
async fn a_new_invitation_in_place_of_an_expired_one_keeps_the_groups() {
    for (case, fault, told) in [
        ("all is well", None, vec!["put the person back into \"Legal\", \"Stewards\"", "another mail"]),
        (
            "a group refuses",
            Some(Rule::on("POST", OF_PERSON).status(403)),
            vec!["could not put the person back into \"Legal\"", "Run `terraform apply` again"],
        ),
        (
            "groups cannot be read",
            Some(Rule::on("GET", OF_PERSON).status(403)),
            vec!["was not sent again", "memberships in groups, and these could not be read"],
        ),
        (
            "nobody can be invited",
            Some(Rule::on("POST", USERS).status(403)),
            vec!["which failed", "from these groups: \"Legal\", \"Stewards\"", "Could not invite"],
        ),
    ] {
        let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
        invite.apply(ada("$member")).await;
        let old = invite.state()["id"].as_str().expect("a GUID").to_owned();
        for (name, alias) in [("legal", "Legal"), ("stewards", "Stewards")] {
            let group = group_by_other_means(&sim, name, json!({ "alias": [alias] }));
            join_by_other_means(&sim, &group, &[&old]);
        }
        sim.expire(ADA).expect("there");
        invite.taint();
        invite.set_core(&core_with(&sim, json!({ "max_retries": 0 })));
        sim.set_faults(fault.into_iter().collect()).expect("a rule");
        let applied = invite.try_apply(ada("$member")).await;
        let said = match applied {
            Ok(applied) => applied.report().to_string(),
            Err(report) => report.to_string(),
        };
        for told in told {
            assert!(said.contains(told), "{case}: {told}: {said}");
        }
        if case == "groups cannot be read" {
            assert_eq!((invite.state()["id"].as_str(), sim.mails().len()), (Some(&*old), 1), "{said}");
        }
        if case == "all is well" {
            assert_ne!(invite.state()["id"], old, "{said}");
            assert_eq!(sim.user(ADA).expect("there").groups, ["legal", "stewards"], "{said}");
            assert_eq!(sim.mails().len(), 2);
        }
    }
}

#[tokio::test]
async fn a_disabled_person_is_not_created() {
    let (sim, mut invite) = invited().await;
    sim.accept(ADA).expect("there");
    sim.disable(ADA).expect("there");
    invite.forget();
    for on_existing in ["error", ADOPT] {
        sim.clear_journal();
        let config = with(ada("$member"), json!({ "on_existing": on_existing }));
        let said = invite.try_apply(config).await.failed().to_string();
        assert!(said.contains("disabled") && said.contains("admin's own token"), "{on_existing}: {said}");
        assert!(invite.state().is_null(), "{on_existing}");
        assert!(!sim.user(ADA).expect("there").enabled, "{on_existing}");
    }
    let said = invite.try_import(ADA).await.expect("imported").to_string();
    assert!(said.contains("warning: ada@example.com is disabled"), "{said}");
}

#[tokio::test]
async fn a_changed_address_ends_the_access_of_the_old_person() {
    for first in [false, true] {
        let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
        invite.apply(ada("$member")).await;
        sim.accept(ADA).expect("there");
        if first {
            invite.create_before_destroy();
        }
        invite.apply(json!({ "email": "bob@example.com", "role": "$member" })).await;
        assert!(!sim.user(ADA).expect("there").enabled, "{first}");
        assert!(sim.user("bob@example.com").expect("invited").pending, "{first}");
        assert_eq!((sim.mails().len(), invite.deposed()), (2, 0));
        invite.plan_is_empty().await;
    }
}

#[tokio::test]
async fn a_disabled_person_whose_resource_is_replaced_is_told_a_way_that_works() {
    for way in ["adopt", "enabled in Atlan"] {
        let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
        invite.apply(ada("$member")).await;
        sim.accept(ADA).expect("there");
        sim.disable(ADA).expect("there");
        let before = invite.state()["id"].clone();
        invite.taint();
        sim.clear_journal();
        let said = invite.try_apply(ada("$member")).await.failed().to_string();
        assert!(said.contains("Could not replace ada@example.com") && said.contains("is disabled"), "{said}");
        // The object is in the state, so Terraform would refuse an import.
        assert!(!said.contains("import"), "{said}");
        let refreshed = invite.refresh().await.to_string();
        assert!(!refreshed.contains("no plan will change that"), "it is to be replaced: {refreshed}");
        assert_eq!((writes(&sim).as_str(), &invite.state()["id"], invite.is_tainted()), ("", &before, true));
        if way == "adopt" {
            assert!(said.contains("on_existing = \"adopt\""), "{said}");
            let adopting = with(ada("$member"), json!({ "on_existing": ADOPT }));
            let said = invite.apply(adopting).await.to_string();
            assert!(said.contains("is enabled and can log in again"), "{said}");
        } else {
            assert!(said.contains("enable the person in Atlan"), "{said}");
            sim.enable(ADA).expect("there");
            invite.apply(ada("$member")).await;
        }
        assert_eq!((&invite.state()["id"], sim.user(ADA).expect("there").enabled), (&before, true), "{way}");
        assert_eq!(sim.mails().len(), 1);
        invite.plan_is_empty().await;
    }
}

/// The state has only a part of an object whose replacement has failed half-way, and the policy is in that part.
#[tokio::test]
async fn a_destroy_after_a_replacement_that_failed_half_way_follows_the_policy() {
    for refreshes in [true, false] {
        for (policy, enabled, role) in [("forget", true, "$member"), ("downgrade", true, "$guest")] {
            let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
            let config = with(ada("$member"), json!({ "on_destroy": policy }));
            invite.apply(config.clone()).await;
            sim.accept(ADA).expect("pending");
            invite.taint();
            sim.fault(Rule::on("GET", ROLES).status(403)).expect("a rule");
            invite.try_apply(config).await.failed();
            sim.set_faults(vec![]).expect("no rule");
            assert_eq!(invite.state()["on_destroy"], policy, "so far");
            let core = core(&sim);
            invite.set_core(&if refreshes { core } else { core.without_refresh() });
            if refreshes {
                invite.refresh().await;
                assert_eq!(invite.state()["on_destroy"], policy, "the refresh has changed it");
            }
            let said = invite.destroy().await.to_string();
            let user = sim.user(ADA).expect("there");
            assert_eq!((user.enabled, user.role), (enabled, role), "{policy}, refresh {refreshes}: {said}");
        }
    }
}

/// Between two applies. Without a refresh, no plan shows the role that the person has by now.
#[tokio::test]
async fn the_take_over_after_a_lost_invitation_lowers_no_role_that_no_plan_has_shown() {
    for kind in ["atlan_user_invite", "atlan_user_invites"] {
        let (sim, mut resource) = managed(kind).await;
        let config = match kind {
            "atlan_user_invite" => ada("$member"),
            _ => json!({ "people": { ADA: { "role": "$member" } } }),
        };
        let lost = Rule::on("POST", USERS).drop(Moment::After).delay(Duration::from_millis(100));
        sim.set_faults(vec![lost]).expect("a rule");
        let first = config.clone();
        let applying = tokio::spawn(async move {
            // A list warns, a single resource fails.
            drop(resource.try_apply(first).await);
            resource
        });
        sim.arrived("POST", USERS).await;
        sim.fault(Rule::on("GET", USERS).status(500)).expect("a rule");
        let mut resource = applying.await.expect("no panic");
        sim.set_faults(vec![]).expect("no rules");
        sim.accept(ADA).expect("invited");
        sim.give_role(ADA, "$admin").expect("there");
        resource.set_core(&core(&sim).without_refresh());
        let applied = resource.try_apply(config).await;
        assert_eq!(sim.user(ADA).expect("there").role, "$admin", "{kind}: {applied:?}");
    }
}

/// The state has the role that a plan has shown. Without a refresh, the provider completes the object from Atlan, where the role is newer.
#[tokio::test]
async fn a_role_that_was_raised_after_a_replacement_that_failed_half_way_stays() {
    for refreshes in [true, false] {
        let (sim, mut invite) = invited().await;
        sim.accept(ADA).expect("pending");
        invite.taint();
        sim.fault(Rule::on("GET", ROLES).status(403)).expect("a rule");
        invite.try_apply(ada("$member")).await.failed();
        sim.set_faults(vec![]).expect("no rule");
        sim.give_role(ADA, "$admin").expect("there");
        let core = core(&sim);
        invite.set_core(&if refreshes { core } else { core.without_refresh() });
        let applied = invite.try_apply(ada("$member")).await;
        let is_shown = applied.as_ref().is_ok_and(|applied| applied.plan().to_string().contains("role"));
        assert!(
            is_shown == refreshes && (is_shown || sim.user(ADA).expect("there").role == "$admin"),
            "{refreshes}: {applied:?}"
        );
    }
}

/// Without a refresh, no plan knows that the address of the person has changed. The removal sees it.
#[tokio::test]
async fn a_person_with_a_new_address_who_moves_without_a_refresh_keeps_the_access() {
    const NEW: &str = "ada.l@example.com";
    for removed_first in [true, false] {
        let (sim, mut old) = managed_by(KeyKind::User, "atlan_user_invite").await;
        old.apply(ada("$member")).await;
        sim.accept(ADA).expect("pending");
        sim.give_address(ADA, NEW).expect("free");
        let run = core(&sim).without_refresh().one_run();
        old.set_core(&run);
        let mut new = run.resource("atlan_user_invite");
        let config = json!({ "email": NEW, "role": "$member", "on_existing": ADOPT });
        let destroy = old.try_plan_destroy().await.expect("no clash").expect("a plan");
        let plan = new.plan(config.clone()).await;
        if removed_first {
            old.apply_plan(&destroy, Value::Null).await;
            new.apply_plan(&plan, config).await;
        } else {
            new.apply_plan(&plan, config).await;
            old.apply_plan(&destroy, Value::Null).await;
        }
        let user = sim.user(NEW).expect("there");
        assert_eq!((user.enabled, user.role, sim.mails().len()), (true, "$member", 1), "{removed_first}");
    }
}

/// Carries out `apply`, which invites Ada. As soon as Atlan has accepted the invitation, somebody gives her another role, which Atlan then
/// refuses to change.
async fn while_the_role_changes<T>(sim: &Sim, apply: impl Future<Output = T>) -> T {
    sim.fault(Rule::on("POST", ROLE_UPDATES).status(403)).expect("a rule");
    let hold = sim.hold("POST", USERS, Moment::After);
    let other = async {
        sim.until(|entries| {
            entries.iter().any(|entry| entry.method == "POST" && entry.applied).then_some(())
        })
        .await;
        sim.give_role(ADA, "$guest").expect("invited");
        hold.release();
    };
    tokio::join!(apply, other).0
}

/// Atlan has accepted the invitation. Before it is read back, somebody gives the person another role, and Atlan refuses the change of it.
#[tokio::test]
async fn an_invitee_whose_role_cannot_be_set_stays_in_the_state() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    let said = while_the_role_changes(&sim, invite.try_apply(ada("$member"))).await.failed().to_string();
    assert_eq!(sim.mails_to(ADA), 1);
    assert_eq!(invite.state()["id"], *sim.user(ADA).expect("invited").id, "{said}\n{}", sim.journal());
}

/// The same for an entry of a list.
#[tokio::test]
async fn an_invited_entry_whose_role_cannot_be_set_keeps_the_person() {
    let (sim, mut list) = managed("atlan_user_invites").await;
    let config =
        json!({ "people": { ADA: { "role": "$member" }, "bob@example.com": { "role": "$member" } } });
    let applied = while_the_role_changes(&sim, list.try_apply(config.clone())).await;
    assert_eq!(
        list.state()["people"][ADA]["id"],
        *sim.user(ADA).expect("invited").id,
        "{applied:?}\n{}",
        sim.journal()
    );
    sim.set_faults(vec![]).expect("no rule");
    list.apply(config).await;
    assert_eq!(sim.user(ADA).expect("invited").role, "$member");
}

/// Atlan has accepted the change. A weaker policy would give the access back, and an admin has nothing to do.
#[tokio::test]
async fn a_change_that_no_list_shows_in_time_is_tried_again_and_nobody_is_told_otherwise() {
    let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
    let config = |more: Value| with(ada("$member"), more);
    invite.apply(config(json!({ "on_destroy": "downgrade" }))).await;
    sim.accept(ADA).expect("pending");
    invite.refresh().await;
    sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
    let said = invite.try_destroy().await.failed().to_string();
    assert!(said.contains("Could not see that the access of ada@example.com has ended"), "{said}");
    assert!(said.contains("Run `terraform apply` again") && !said.contains("keeps the access"), "{said}");
    sim.advance(Duration::from_secs(3_601));
    invite.set_core(&core(&sim));
    invite.destroy().await;
    assert_eq!(sim.user(ADA).map(|user| user.role), Some("$guest"));

    sim.disable(ADA).expect("active");
    sim.advance(Duration::from_secs(3_601));
    let adopt = json!({ "on_existing": "adopt" });
    let said = invite.try_apply(config(adopt.clone())).await.failed().to_string();
    assert!(said.contains("Could not see that ada@example.com is enabled"), "{said}");
    sim.set(json!({ "user_changes_visible_after_ms": 0 })).expect("a switch");
    sim.advance(Duration::from_secs(3_601));
    invite.set_core(&core(&sim));
    invite.apply(config(adopt)).await;
    assert!(sim.user(ADA).is_some_and(|user| user.enabled && user.role == "$member"));
}

/// A tainted object is planned as a new one, so its configured address means whoever has it now. Nobody has said that Ada should go.
#[tokio::test]
async fn under_create_before_destroy_a_tainted_invitation_takes_nothing_from_the_person_with_a_new_address() {
    for is_free in [true, false] {
        let (sim, mut invite) = managed_by(KeyKind::User, "atlan_user_invite").await;
        let config = with(ada("$member"), json!({ "on_existing": "adopt" }));
        invite.create_before_destroy();
        invite.apply(config.clone()).await;
        sim.accept(ADA).expect("pending");
        invite.taint();
        sim.give_address(ADA, "ada.l@example.com").expect("free");
        if !is_free {
            sim.admit(ADA, "$guest", false).expect("a newcomer");
        }
        let said = invite.apply(config).await.report().to_string();
        assert!(said.contains("ada.l@example.com keeps the access"), "{said}");
        let old = sim.user("ada.l@example.com").expect("there");
        assert_eq!((old.enabled, old.role, invite.deposed()), (true, "$member", 0), "{said}");
        invite.plan_is_empty().await;
    }
}
