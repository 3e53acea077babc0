//! Replacements under `create_before_destroy`: Terraform plans the removal of the old object in the apply, and keeps what could not be
//! deleted as a deposed object.

use atlan_sim::{Moment, Rule};

use super::unclear::unclear_where_a_second_invitation_is_a_second_mail;
use super::*;
use crate::chance::quiet;

const KIM: &str = "kim@example.com";

fn adopting(all: &[(&str, &str)]) -> Value {
    with(people(all), json!({ "on_existing": "adopt", "on_destroy": "disable" }))
}

/// Ada, Bob and Eve are active people of a tainted list that is to be replaced with its new half first.
async fn tainted() -> (Sim, Instance) {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    invites.create_before_destroy();
    invites.apply(adopting(&[(ADA, "$member"), (BOB, "$guest"), (EVE, "$guest")])).await;
    for email in [ADA, BOB, EVE] {
        sim.accept(email).expect("pending");
    }
    invites.refresh().await;
    invites.taint();
    (sim, invites)
}

/// The one deposed object.
fn deposed(invites: &mut Instance) -> Instance {
    let mut all = invites.take_deposed();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Whether people can log in.
fn enabled(sim: &Sim, emails: &[&str]) -> Vec<bool> {
    emails.iter().map(|email| sim.user(email).is_some_and(|user| user.enabled)).collect()
}

#[tokio::test]
async fn the_old_half_ends_the_access_of_those_who_leave_in_a_later_apply() {
    for status in [403, 500] {
        for old_first in [true, false] {
            let (sim, mut invites) = tainted().await;
            let ids = [ADA, BOB].map(|email| id(&sim, email));
            let refused = Rule::on("POST", &format!("/api/service/users/{}", ids[1])).status(status);
            sim.set_faults(vec![refused]).expect("a rule");
            invites.set_core(&core_with(&sim, json!({ "max_retries": 0 })));
            let said = invites.try_apply(adopting(&[(ADA, "$member")])).await.failed().to_string();
            assert!(said.contains("bob@example.com"), "{status}: {said}");
            let mut old = deposed(&mut invites);
            // Ada has her seat in the new list, and Eve's access has ended.
            assert_eq!(
                (held(&invites), held(&old)),
                (vec![format!("{ADA} active")], vec![format!("{BOB} active")])
            );
            assert!(!invites.is_tainted());
            assert_eq!(enabled(&sim, &[ADA, BOB, EVE]), [true, true, false], "{status}");
            sim.set_faults(vec![]).expect("no rule");
            let run = core(&sim).one_run();
            invites.set_core(&run);
            old.set_core(&run);
            let warned = if old_first {
                let plan = old.try_plan_destroy().await.expect("no clash");
                invites.plan_is_empty().await;
                plan
            } else {
                invites.plan_is_empty().await;
                old.try_plan_destroy().await.expect("no clash")
            };
            let warned = warned.expect("a plan").report().to_string();
            assert!(warned.contains("ends the access of 1 active person"), "{warned}");
            old.destroy().await;
            assert!(old.state().is_null());
            assert_eq!(enabled(&sim, &[ADA, BOB, EVE]), [true, false, false], "{status}");
            assert_eq!(id(&sim, ADA), ids[0]);
            invites.plan_is_empty().await;
            assert_eq!(sim.mails().len(), 3);
        }
    }
}

fn parting(all: &[(&str, &str)], policy: &str, max_removals: u32) -> Value {
    with(people(all), json!({ "on_existing": "adopt", "on_destroy": policy, "max_removals": max_removals }))
}

/// Ada, Bob and Eve are active members of a tainted list with that policy. Its new half comes first.
async fn tainted_with(policy: &str, max_removals: u32) -> (Sim, Instance) {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    invites.create_before_destroy();
    let all = [(ADA, "$member"), (BOB, "$member"), (EVE, "$member")];
    invites.apply(parting(&all, policy, max_removals)).await;
    for email in [ADA, BOB, EVE] {
        sim.accept(email).expect("pending");
    }
    invites.refresh().await;
    invites.taint();
    (sim, invites)
}

#[tokio::test]
async fn those_who_leave_leave_by_the_policy_of_the_configuration() {
    let cases = [
        ("revoke", "forget", (true, "$member")),
        ("forget", "revoke", (false, "$member")),
        ("disable", "downgrade", (true, "$guest")),
    ];
    for (before, after, left) in cases {
        // The number of removals that the state allows does not count, either.
        let (sim, mut invites) = tainted_with(before, 1).await;
        let said = invites.apply(parting(&[(ADA, "$member")], after, 2)).await.report().to_string();
        let role = |email| sim.user(email).map(|user| (user.enabled, user.role));
        assert_eq!(role(ADA), Some((true, "$member")), "{before} to {after}: {said}");
        assert_eq!([BOB, EVE].map(role), [Some(left); 2], "{before} to {after}: {said}");
        assert_eq!((invites.deposed(), said.contains("stays in Atlan")), (0, after == "forget"), "{said}");
        invites.plan_is_empty().await;
    }
}

#[tokio::test]
async fn the_number_of_removals_that_the_configuration_allows_counts() {
    let (sim, mut invites) = tainted_with("revoke", 2).await;
    let said = invites.try_apply(parting(&[(ADA, "$member")], "revoke", 1)).await.failed().to_string();
    let refused =
        |said: &str| said.contains("more than max_removals = 1") && said.contains("terraform state rm");
    assert!(refused(&said), "{said}");
    // It is not enough to run the command again.
    let mut old = deposed(&mut invites);
    assert_eq!(held(&old), [BOB, EVE].map(|email| format!("{email} active")));
    old.set_core(&core(&sim).one_process());
    let said = old.try_destroy().await.failed().to_string();
    assert!(refused(&said), "{said}");
    assert_eq!(enabled(&sim, &[ADA, BOB, EVE]), [true; 3]);
    // As the message says.
    let all = [(ADA, "$member"), (BOB, "$member"), (EVE, "$member")];
    let mut invites = core(&sim).resource(RESOURCE);
    invites.apply(parting(&all, "revoke", 1)).await;
    invites.apply(parting(&all[..1], "revoke", 2)).await;
    assert_eq!(enabled(&sim, &[ADA, BOB, EVE]), [true, false, false]);
    invites.plan_is_empty().await;
}

/// The list of Ada is new at another address. Nothing says so to the removal of the old object.
#[tokio::test]
async fn a_list_that_takes_over_somebody_does_not_end_the_access_of_the_others() {
    for (own, other) in [("forget", "revoke"), ("revoke", "forget")] {
        let (sim, mut invites) = tainted_with(own, 9).await;
        let run = core(&sim).one_run();
        invites.set_core(&run);
        run.resource(RESOURCE).apply(parting(&[(ADA, "$member")], other, 9)).await;
        let said = invites.try_apply(parting(&[(KIM, "$member")], own, 9)).await.failed().to_string();
        assert!(said.contains("not certain which of them replaces the object"), "{said}");
        assert!(said.contains("does that by `on_destroy = \"forget\"`, which leaves them alone"), "{said}");
        let mut old = deposed(&mut invites);
        old.set_core(&core(&sim));
        old.destroy().await;
        let role = |email| sim.user(email).map(|user| (user.enabled, user.role));
        assert_eq!([ADA, BOB, EVE].map(role), [Some((true, "$member")); 3], "{own} {other}");
    }
}

/// Ctrl-C has come between the halves in an earlier apply, so nothing is recorded.
#[tokio::test]
async fn an_object_that_was_left_keeps_its_policy_if_another_list_is_created() {
    let (sim, mut old) = tainted_with("forget", 9).await;
    let run = core(&sim).one_process();
    run.resource(RESOURCE).apply(parting(&[(KIM, "$member")], "revoke", 9)).await;
    old.set_core(&run);
    let said = old.try_destroy().await.failed().to_string();
    assert!(said.contains("does that by `on_destroy = \"forget\"`"), "{said}");
    assert_eq!(old.state()["on_destroy"], "forget");
    old.set_core(&core(&sim));
    old.destroy().await;
    assert_eq!(enabled(&sim, &[ADA, BOB, EVE]), [true; 3]);
}

/// Ada has the address of Bob by now, so the new object takes her over under his key. Nobody has said that he should lose access.
#[tokio::test]
async fn a_person_whose_key_has_somebody_else_in_the_new_object_keeps_the_access() {
    let (sim, mut invites) = tainted().await;
    sim.give_address(BOB, "bobby@example.com").expect("free");
    sim.give_address(ADA, BOB).expect("free");
    let said = invites.apply(adopting(&[(BOB, "$member")])).await.report().to_string();
    assert!(said.contains("bobby@example.com keeps the access"), "{said}");
    assert_eq!((held(&invites), invites.deposed()), (vec![format!("{BOB} active")], 0));
    assert_eq!(enabled(&sim, &[BOB, "bobby@example.com", EVE]), [true, true, false]);
    // What the warning advises.
    invites.apply(adopting(&[(BOB, "$member"), ("bobby@example.com", "$member")])).await;
    invites.plan_is_empty().await;
    assert_eq!(sim.mails().len(), 3, "nobody is mailed twice");
}

/// The check of those who leave fails. A later apply is not to end the access of somebody of whom this one has said that they keep it.
#[tokio::test]
async fn a_person_who_keeps_the_access_has_left_the_state_although_the_delete_fails() {
    let (sim, mut invites) = tainted().await;
    sim.give_address(BOB, "bobby@example.com").expect("free");
    sim.give_address(ADA, BOB).expect("free");
    sim.fault(Rule::on("GET", "/api/service/users/current").status(403)).expect("a rule");
    invites.set_core(&core_with(&sim, json!({ "max_retries": 0 })));
    let said = invites.try_apply(adopting(&[(BOB, "$member")])).await.failed().to_string();
    assert!(said.contains("bobby@example.com keeps the access"), "{said}");
    let mut old = deposed(&mut invites);
    assert_eq!(held(&old), [format!("{EVE} active")]);
    sim.set_faults(vec![]).expect("no rule");
    old.set_core(&core(&sim).one_process());
    old.destroy().await;
    assert_eq!(enabled(&sim, &[BOB, "bobby@example.com", EVE]), [true, true, false]);
}

/// The new object invites Ada at her old address, and Atlan refuses.
#[tokio::test]
async fn a_person_with_a_new_address_keeps_the_access_if_the_new_object_has_nobody_for_the_entry() {
    let (sim, mut invites) = tainted().await;
    sim.give_address(ADA, "new@example.com").expect("free");
    sim.fault(Rule::on("POST", USERS).status(400)).expect("a rule");
    let said = invites.apply(adopting(&[(ADA, "$member"), (BOB, "$member")])).await.report().to_string();
    assert!(said.contains("new@example.com keeps the access"), "{said}");
    assert_eq!(enabled(&sim, &["new@example.com", BOB, EVE]), [true, true, false], "{said}");
    assert_eq!(invites.deposed(), 0);
}

/// A later apply knows nothing of the new object.
#[tokio::test]
async fn what_remains_of_the_old_object_keeps_the_policy_of_the_configuration() {
    for before in ["revoke", "forget"] {
        let (sim, mut invites) = tainted_with(before, 2).await;
        let refused = |email| {
            let path = format!("/api/service/users/{}/roles/update", id(&sim, email));
            Rule::on("POST", &path).status(500)
        };
        sim.set_faults(vec![refused(BOB), refused(EVE)]).expect("rules");
        invites.set_core(&core_with(&sim, json!({ "max_retries": 0 })));
        let applied = invites.try_apply(parting(&[(ADA, "$member")], "downgrade", 2)).await;
        let said = applied.failed().to_string();
        let mut old = deposed(&mut invites);
        assert_eq!(old.state()["on_destroy"], "downgrade", "{said}");
        sim.set_faults(vec![]).expect("no rule");
        let run = core(&sim).one_run();
        invites.set_core(&run);
        old.set_core(&run);
        invites.plan_is_empty().await;
        let plan = old.try_plan_destroy().await.expect("no clash").expect("a plan");
        let said = plan.report().to_string();
        assert!(said.contains("lowers the role of 2 active people to $guest"), "{said}");
        assert!(said.contains("deposed object"), "{said}");
        old.destroy().await;
        for email in [BOB, EVE] {
            let user = sim.user(email).expect("there");
            assert_eq!((user.enabled, user.role), (true, "$guest"));
        }
    }
}

/// The new half comes first, and nothing tells it of the old one. So the refresh must find out what became of the invitation.
#[tokio::test]
async fn an_unclear_entry_is_looked_for_before_the_new_half_invites_anybody() {
    let (sim, mut invites) = unclear_where_a_second_invitation_is_a_second_mail().await;
    invites.create_before_destroy();
    invites.taint();
    invites.set_core(&core_with(&sim, json!({ "request_timeout": "2s" })));
    let said = invites.apply(adopting(&[(ADA, "$member"), (BOB, "$guest")])).await.report().to_string();
    quiet(&sim, &[0]).await;
    assert_eq!((sim.mails_to(ADA), sim.mails_to(BOB)), (1, 1), "{said}\n{}", sim.journal());
    assert_eq!(invites.state()["people"][ADA]["id"], *id(&sim, ADA));
    assert_eq!((invites.deposed(), enabled(&sim, &[ADA, BOB])), (0, vec![true, true]), "{said}");
    invites.plan_is_empty().await;
}

/// Nobody is removed before anybody knows which of the two objects is to stay.
#[tokio::test]
async fn an_interrupt_between_the_halves_is_told_with_a_way_that_works() {
    let (sim, mut invites) = tainted().await;
    let wanted = adopting(&[(ADA, "$member"), (BOB, "$guest"), (KIM, "$guest")]);
    let core = core_with(&sim, json!({ "request_timeout": "2s" }));
    invites.set_core(&core);
    let applied =
        interrupted(&sim, &core, ("POST", USERS, Moment::After), invites.try_apply(wanted.clone())).await;
    let said = applied.failed().to_string();
    let mut old = deposed(&mut invites);
    assert_eq!(held(&old).len(), 3, "{said}");
    assert_eq!(enabled(&sim, &[ADA, BOB, EVE, KIM]), [true; 4], "{said}");
    sim.clear_journal();
    // Without a read of the new list, the removal would end the access of those who stay.
    let run = self::core(&sim).one_run();
    invites.set_core(&run);
    old.set_core(&run);
    old.try_plan_destroy().await.expect("no clash yet");
    let said = invites.try_plan(wanted.clone()).await.map(drop).failed().to_string();
    assert!(said.contains("ada@example.com is managed at two resource addresses"), "{said}");
    assert!(said.contains("deposed object") && said.contains("terraform state rm"), "{said}");
    assert_eq!(writes(&sim), "");
    // The advice: Terraform reads both lists before it plans any.
    let run = self::core(&sim).one_run();
    invites.set_core(&run);
    old.set_core(&run);
    invites.refresh().await;
    let plan = old.try_plan_destroy().await.expect("no clash").expect("a plan");
    assert!(plan.report().to_string().contains("ends the access of 1 active person"), "{plan}");
    old.set_core(&self::core(&sim));
    old.apply_plan(&plan, Value::Null).await;
    invites.set_core(&self::core(&sim));
    invites.apply(wanted).await;
    assert_eq!(enabled(&sim, &[ADA, BOB, EVE, KIM]), [true, true, false, true]);
    let mails = [ADA, BOB, EVE, KIM].map(|email| sim.mails_to(email));
    assert_eq!(mails, [1; 4]);
    invites.plan_is_empty().await;
}

/// If the old object kept him, every later plan would be refused; if neither had him, nobody would end his access.
#[tokio::test]
async fn somebody_whom_the_new_half_could_not_enable_is_in_it_and_is_tried_again() {
    for leaves in [false, true] {
        let (sim, mut invites, next) = replaced_by_a_token_with_bob_disabled().await;
        if leaves {
            let said = invites.apply(parting(&[(ADA, "$member")], "downgrade", 9)).await.report().to_string();
            assert_eq!(held(&invites), [format!("{ADA} active")], "{said}");
            // He cannot log in, so there is nothing to end.
            assert!(!sim.user(BOB).expect("there").enabled);
            continue;
        }
        let said = invites.try_apply(next.clone()).await.failed().to_string();
        assert!(said.contains("bob@example.com") && said.contains("Could not enable"), "{said}");
        // An admin enables him, as the message says.
        sim.enable(BOB).expect("there");
        invites.plan_is_empty().await;
        invites.refresh().await;
        assert_eq!(held(&invites), [ADA, BOB].map(|email| format!("{email} active")));
        assert_eq!(invites.state()["failed"], json!({}));
    }
}

/// Ada stays, Bob stays and was disabled by others, and Eve leaves. Also the configuration.
async fn replaced_by_a_token_with_bob_disabled() -> (Sim, Instance, Value) {
    let (sim, mut invites) = managed_by(KeyKind::ApiToken, RESOURCE).await;
    let list = |all: &[(&str, &str)]| parting(all, "downgrade", 9);
    invites.create_before_destroy();
    invites.apply(list(&[(ADA, "$member"), (BOB, "$member"), (EVE, "$member")])).await;
    for email in [ADA, BOB, EVE] {
        sim.accept(email).expect("pending");
    }
    sim.disable(BOB).expect("active");
    invites.refresh().await;
    invites.replace_next();
    let next = list(&[(ADA, "$member"), (BOB, "$member")]);
    let said = invites.apply(next.clone()).await.report().to_string();
    assert!(said.contains("bob@example.com: managed, but not as configured"), "{said}");
    assert_eq!(
        (held(&invites), invites.deposed()),
        (vec![format!("{ADA} active"), format!("{BOB} disabled")], 0)
    );
    let people = [ADA, BOB, EVE].map(|email| sim.user(email).map(|user| (user.enabled, user.role)));
    assert_eq!(people, [Some((true, "$member")), Some((false, "$member")), Some((true, "$guest"))], "{said}");
    (sim, invites, next)
}

/// Somebody who stays loses nothing, so the old half does not ask for another admin.
#[tokio::test]
async fn an_admin_who_stays_does_not_hold_up_the_old_half() {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    let own = sim.users().first().expect("the caller").email.clone();
    invites.create_before_destroy();
    invites.apply(adopting(&[(&own, "$admin"), (BOB, "$guest")])).await;
    sim.accept(BOB).expect("pending");
    invites.taint();
    invites.apply(adopting(&[(&own, "$admin")])).await;
    assert_eq!((invites.deposed(), invites.is_tainted()), (0, false));
    assert_eq!(held(&invites), [format!("{own} active")]);
    assert_eq!(enabled(&sim, &[&own, BOB]), [true, false]);
    invites.plan_is_empty().await;
    // But somebody who leaves does.
    invites.taint();
    let said = invites.try_apply(adopting(&[(EVE, "$guest")])).await.failed().to_string();
    assert!(said.contains("It is not safe to disable"), "{said}");
    assert_eq!(enabled(&sim, &[&own]), [true]);
}
