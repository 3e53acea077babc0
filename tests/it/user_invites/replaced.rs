//! `-replace` and its kind: the old object is deleted first. Nobody loses access for a create that would then fail.

use super::*;

/// Ada and Bob are active, Eve came by other means, and no request is in the journal.
async fn with_eve(on_existing: &str) -> (Sim, Instance) {
    let (sim, mut invites) = world().await;
    invites.apply(list(&[(ADA, "$member"), (BOB, "$guest")], on_existing)).await;
    for email in [ADA, BOB] {
        sim.accept(email).expect("pending");
    }
    sim.admit(EVE, "$member", false).expect("nobody yet");
    invites.refresh().await;
    sim.clear_journal();
    (sim, invites)
}

fn list(all: &[(&str, &str)], on_existing: &str) -> Value {
    with(people(all), json!({ "on_existing": on_existing }))
}

/// Replaces the list. Nothing is sent, everybody keeps the access, and the state has them.
async fn is_refused(sim: &Sim, invites: &mut Instance, config: Value) -> String {
    let (before, users) = (invites.state(), sim.users());
    invites.replace_next();
    let said = invites.try_apply(config).await.failed().to_string();
    assert_eq!(writes(sim), "", "{said}");
    assert_eq!((&invites.state()["people"], sim.users()), (&before["people"], users), "{said}");
    assert!(!invites.is_tainted(), "{said}");
    assert!(said.contains("nobody was removed. The resource stays in the state"), "{said}");
    said
}

#[tokio::test]
async fn nobody_is_removed_if_somebody_new_is_in_the_tenant_already() {
    let (sim, mut invites) = with_eve("error").await;
    let next = [(EVE, "$member"), (BOB, "$guest")];
    let said = is_refused(&sim, &mut invites, list(&next, "error")).await;
    assert!(said.contains("error at people: eve@example.com is in the tenant already"), "{said}");
    // As the message says.
    invites.replace_next();
    invites.apply(list(&next, "adopt")).await;
    assert_eq!(held(&invites), ["bob@example.com active", "eve@example.com active"]);
    assert!(!sim.user(ADA).expect("there").enabled);
    invites.plan_is_empty().await;
}

/// Nobody leaves, so it is the create half that fails. Nothing was sent for anybody, and the state says how they are.
#[tokio::test]
async fn the_state_after_a_refused_create_half_has_everybody_as_they_are() {
    let (sim, mut invites) = with_eve("error").await;
    let next = [(ADA, "$admin"), (BOB, "$guest"), (EVE, "$member")];
    invites.replace_next();
    let said = invites.try_apply(list(&next, "error")).await.failed().to_string();
    assert!(said.contains("eve@example.com is in the tenant already"), "{said}");
    assert_eq!(writes(&sim), "", "{said}");
    assert_eq!(
        held(&invites),
        ["ada@example.com active", "bob@example.com active", "eve@example.com failed"]
    );
    assert_eq!(invites.state()["people"][ADA]["role"], "$member");
    assert!(
        invites.state()["failed"][EVE].as_str().is_some_and(|why| why.starts_with("not invited: nothing"))
    );
    invites.apply(list(&next, "adopt")).await;
    assert_eq!(sim.user(ADA).expect("there").role, "$admin");
    invites.plan_is_empty().await;
}

#[tokio::test]
async fn nobody_is_removed_if_somebody_new_has_a_higher_role() {
    let (sim, mut invites) = with_eve("adopt").await;
    let next = |role| list(&[(EVE, role), (BOB, "$guest")], "adopt");
    let said = is_refused(&sim, &mut invites, next("$guest")).await;
    assert!(said.contains("error at people: eve@example.com has a higher role already"), "{said}");
    invites.replace_next();
    invites.apply(next("$member")).await;
    assert!(!sim.user(ADA).expect("there").enabled);
    invites.plan_is_empty().await;
}

#[tokio::test]
async fn nobody_is_removed_if_somebody_who_stays_is_disabled() {
    let (sim, mut invites) = with_eve("error").await;
    sim.disable(BOB).expect("there");
    invites.refresh().await;
    let next = [(BOB, "$guest")];
    let said = is_refused(&sim, &mut invites, list(&next, "error")).await;
    assert!(said.contains("error at people: bob@example.com is disabled and would stay so"), "{said}");
    // Somebody new stands in the way, too.
    let more = [(BOB, "$guest"), (EVE, "$member")];
    let said = is_refused(&sim, &mut invites, list(&more, "error")).await;
    assert!(said.contains("error at people: 2 people are in the tenant already"), "{said}");
    assert_eq!(said.matches("has an entry in the state").count(), 1, "{said}");
    invites.replace_next();
    let applied = invites.apply(list(&next, "adopt")).await;
    let planned = applied.plan().report().to_string();
    assert!(
        planned.contains("If this plan replaces the resource, the replacement enables them"),
        "{planned}"
    );
    assert_eq!(held(&invites), ["bob@example.com active"]);
    assert!(!sim.user(ADA).expect("there").enabled);
}

/// The address of Ada changes in Atlan, and the configuration follows.
#[tokio::test]
async fn a_person_whose_address_has_changed_keeps_the_seat() {
    for (on_existing, policy) in [("error", "revoke"), ("adopt", "revoke"), ("error", "forget")] {
        for refreshes in [true, false] {
            let (sim, mut invites) = world().await;
            let policy = json!({ "on_existing": on_existing, "on_destroy": policy });
            invites.apply(with(people(&[(ADA, "$member"), (BOB, "$guest")]), policy.clone())).await;
            sim.accept(ADA).expect("pending");
            let ada = id(&sim, ADA);
            sim.give_address(ADA, EVE).expect("free");
            sim.clear_journal();
            let core = core(&sim);
            invites.set_core(&if refreshes { core } else { core.without_refresh() });
            invites.replace_next();
            let applied = invites.apply(with(people(&[(EVE, "$member")]), policy)).await;
            let said = applied.plan().report().to_string();
            assert!(!refreshes || !said.contains("lose access"), "{said}");
            assert_eq!(invites.state()["people"][EVE]["id"], ada.as_str());
            let eve = sim.user(EVE).expect("there");
            assert!(eve.enabled && eve.role == "$member" && eve.id == ada, "{eve:?}");
            assert!(!writes(&sim).contains(&ada), "{}", writes(&sim));
            invites.plan_is_empty().await;
        }
    }
}

/// Both entries would be the same person.
#[tokio::test]
async fn a_person_who_stays_gets_no_second_entry() {
    for on_existing in ["error", "adopt"] {
        let (sim, mut invites) = with_eve(on_existing).await;
        sim.give_address(BOB, "bobby@example.com").expect("free");
        let (before, next) = (invites.state(), [(BOB, "$guest"), ("bobby@example.com", "$guest")]);
        for next in [&next[..], &[(ADA, "$member"), next[0], next[1]]] {
            invites.replace_next();
            let said = invites.try_apply(list(next, on_existing)).await.failed().to_string();
            assert!(said.contains("Two entries are one person"), "{said}");
            assert_eq!(writes(&sim), "", "{said}");
        }
        for email in [ADA, BOB] {
            assert_eq!(invites.state()["people"][email]["id"], before["people"][email]["id"]);
        }
    }
}

/// Ada has the address of Bob's entry, which stays.
#[tokio::test]
async fn a_person_who_has_the_address_of_an_entry_that_stays_is_not_removed() {
    let (sim, mut invites) = with_eve("error").await;
    sim.give_address(BOB, "bobby@example.com").expect("free");
    sim.give_address(ADA, BOB).expect("free");
    invites.replace_next();
    let said = invites.try_apply(list(&[(BOB, "$guest")], "error")).await.failed().to_string();
    assert!(said.contains("A person who leaves has another entry's address"), "{said}");
    assert_eq!(writes(&sim), "", "{said}");
    assert_eq!(held(&invites), ["ada@example.com active", "bob@example.com active"]);
}
