//! Faults of the requests of an update and of a destroy. Those of a create are in `failures.rs`.

use atlan_sim::{Moment, Rule};

use super::*;

const KIM: &str = "kim@example.com";

/// What an update or a destroy sends, with the person whom it is about.
const REQUESTS: [(&str, &str); 4] =
    [(ROLE_UPDATES, ADA), (USERS, EVE), ("/api/service/users/*/delete", BOB), ("/api/service/users/*", KIM)];

/// The path of such a request in this tenant. A pattern for the disabling would match all the others, too.
fn path_in(sim: &Sim, path: &str, email: &str) -> String {
    if email == KIM { format!("/api/service/users/{}", id(sim, KIM)) } else { path.to_owned() }
}

/// Each of these requests with each passing fault, by number.
fn faults(requests: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str, usize)> {
    let count = passing("POST", USERS).len();
    requests.iter().flat_map(|(path, email)| (0..count).map(|fault| (*path, *email, fault))).collect()
}

fn strict(all: &[(&str, &str)]) -> Value {
    with(people(all), json!({ "on_destroy": "disable" }))
}

/// Ada's role is lowered, Eve is invited, Bob's invitation is cancelled, and Kim is disabled.
fn changed() -> Value {
    strict(&[(ADA, "$guest"), (EVE, "$guest")])
}

/// Ada and Kim are active, and Bob is invited.
async fn before() -> (Sim, Instance) {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    invites.apply(strict(&[(ADA, "$member"), (BOB, "$guest"), (KIM, "$member")])).await;
    for email in [ADA, KIM] {
        sim.accept(email).expect("pending");
    }
    invites.refresh().await;
    invites.set_core(&impatient(&sim));
    sim.clear_journal();
    (sim, invites)
}

/// The change has had its effect, once, and the next plan is empty.
async fn is_changed(sim: &Sim, invites: &mut Instance, case: &str) {
    let role = |email: &str| sim.user(email).map(|user| (user.role, user.enabled));
    assert_eq!(role(ADA), Some(("$guest", true)), "{case}");
    assert_eq!(role(EVE), Some(("$guest", true)), "{case}");
    assert_eq!((role(BOB), role(KIM)), (None, Some(("$member", false))), "{case}");
    for email in [ADA, BOB, EVE, KIM] {
        assert_eq!(sim.mails_to(email), 1, "{case}: {email}\n{}", sim.journal());
    }
    assert_eq!(held(invites), ["ada@example.com active", "eve@example.com pending"], "{case}");
    assert_eq!(invites.state()["failed"], json!({}), "{case}");
    let plan = invites.plan(changed()).await;
    assert!(plan.is_empty(), "{case}: {plan}");
}

#[tokio::test]
async fn an_update_survives_every_passing_fault_of_each_of_its_requests() {
    side_by_side(faults(&REQUESTS), |(path, email, fault)| async move {
        let (sim, mut invites) = before().await;
        let (fault, rule) = passing("POST", &path_in(&sim, path, email)).swap_remove(fault);
        let case = format!("{path} {fault}");
        sim.set_faults(vec![rule]).expect("a rule");
        let applied = invites.try_apply(changed()).await;
        applied.unwrap_or_else(|report| panic!("{case}: {report}\n{}", sim.journal()));
        is_changed(&sim, &mut invites, &case).await;
    })
    .await;
}

#[tokio::test]
async fn a_destroy_survives_every_passing_fault_of_each_of_its_requests() {
    side_by_side(faults(&REQUESTS[2..]), |(path, email, fault)| async move {
        let (sim, mut invites) = before().await;
        let (fault, rule) = passing("POST", &path_in(&sim, path, email)).swap_remove(fault);
        let case = format!("{path} {fault}");
        sim.set_faults(vec![rule]).expect("a rule");
        let destroyed = invites.try_destroy().await;
        destroyed.unwrap_or_else(|report| panic!("{case}: {report}\n{}", sim.journal()));
        is_destroyed(&sim, &invites, &case);
    })
    .await;
}

/// The others get what the plan says, and the next apply does the rest.
#[tokio::test]
async fn a_refusal_of_one_request_of_an_update_holds_up_nobody_else() {
    side_by_side(REQUESTS.to_vec(), |(path, email)| async move {
        let (sim, mut invites) = before().await;
        sim.set_faults(vec![Rule::on("POST", &path_in(&sim, path, email)).status(403)]).expect("a rule");
        let said = invites.try_apply(changed()).await.failed().to_string();
        assert!(said.contains(email), "{path}: {said}");
        let state = invites.state();
        assert_eq!(state["failed"].as_object().map(serde_json::Map::len), Some(1), "{path}: {state}");
        assert!(!invites.is_tainted());
        let has = |email: &str| state["people"].get(email).is_some();
        assert_eq!((has(BOB), has(KIM), has(EVE)), (email == BOB, email == KIM, true), "{path}: {state}");
        let role = if email == ADA { "$member" } else { "$guest" };
        assert_eq!(
            (&state["people"][ADA]["role"], sim.user(ADA).map(|ada| ada.role)),
            (&json!(role), Some(role))
        );
        sim.set_faults(vec![]).expect("no rule");
        invites.apply(changed()).await;
        is_changed(&sim, &mut invites, path).await;
    })
    .await;
}

/// Ctrl-C while a request is in flight. What it had as its effect is in the state, or is found.
#[tokio::test]
async fn an_interrupted_update_is_completed_by_the_next_one() {
    let cases = REQUESTS
        .iter()
        .flat_map(|(path, email)| [Moment::Before, Moment::After].map(|moment| (*path, *email, moment)));
    side_by_side(cases.collect(), |(path, email, moment)| async move {
        let (sim, mut invites) = before().await;
        let path = path_in(&sim, path, email);
        let core = core_with(&sim, json!({ "request_timeout": "2s" }));
        invites.set_core(&core);
        let _ = interrupted(&sim, &core, ("POST", &path, moment), invites.try_apply(changed())).await;
        invites.set_core(&impatient(&sim));
        invites.apply(changed()).await;
        is_changed(&sim, &mut invites, &format!("{path} {moment:?}")).await;
    })
    .await;
}

/// The provider's process is killed when a request has had its effect, so the state is that of before. Somebody who was invited is taken
/// over by `adopt`, as after a kill in a create.
#[tokio::test]
async fn after_a_kill_the_state_of_before_is_enough() {
    side_by_side(REQUESTS.to_vec(), |(path, email)| async move {
        let (sim, mut invites) = before().await;
        match email {
            ADA => sim.give_role(ADA, "$guest"),
            EVE => sim.invite(EVE, "$guest"),
            BOB => sim.remove(BOB),
            _ => sim.disable(KIM),
        }
        .expect("possible");
        for core in [impatient(&sim).without_refresh(), impatient(&sim)] {
            invites.set_core(&core);
            invites.apply(with(changed(), json!({ "on_existing": "adopt" }))).await;
        }
        invites.apply(changed()).await;
        is_changed(&sim, &mut invites, path).await;
    })
    .await;
}

/// As [`is_changed`], for a destroy.
fn is_destroyed(sim: &Sim, invites: &Instance, case: &str) {
    assert!(invites.state().is_null(), "{case}");
    let enabled = [ADA, KIM].map(|email| sim.user(email).map(|user| user.enabled));
    assert_eq!((enabled, sim.user(BOB)), ([Some(false); 2], None), "{case}");
    assert_eq!([ADA, BOB, KIM].map(|email| sim.mails_to(email)), [1; 3], "{case}");
}

/// Ctrl-C while a request of a destroy is in flight: the state has whoever may have access, and the next destroy ends it.
#[tokio::test]
async fn an_interrupted_destroy_is_completed_by_the_next_one() {
    let cases = REQUESTS[2..]
        .iter()
        .flat_map(|(path, email)| [Moment::Before, Moment::After].map(|moment| (*path, *email, moment)));
    side_by_side(cases.collect(), |(path, email, moment)| async move {
        let (sim, mut invites) = before().await;
        let path = path_in(&sim, path, email);
        let core = core_with(&sim, json!({ "request_timeout": "2s" }));
        invites.set_core(&core);
        let _ = interrupted(&sim, &core, ("POST", &path, moment), invites.try_destroy()).await;
        invites.set_core(&impatient(&sim));
        let case = format!("{path} {moment:?}");
        if !invites.state().is_null() {
            invites.try_destroy().await.unwrap_or_else(|report| panic!("{case}: {report}"));
        }
        is_destroyed(&sim, &invites, &case);
    })
    .await;
}

/// The provider's process is killed when a request has had its effect, so the state is that of before.
#[tokio::test]
async fn after_a_kill_in_a_destroy_the_state_of_before_is_enough() {
    let cases =
        REQUESTS[2..].iter().flat_map(|(_, email)| [false, true].map(|refreshes| (*email, refreshes)));
    side_by_side(cases.collect(), |(email, refreshes)| async move {
        let (sim, mut invites) = before().await;
        if email == BOB { sim.remove(BOB) } else { sim.disable(KIM) }.expect("possible");
        let core = impatient(&sim);
        invites.set_core(&if refreshes { core } else { core.without_refresh() });
        let case = format!("{email}, {refreshes}");
        invites.try_destroy().await.unwrap_or_else(|report| panic!("{case}: {report}"));
        is_destroyed(&sim, &invites, &case);
    })
    .await;
}
