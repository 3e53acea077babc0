//! Addresses that change places, in the configuration or in Atlan. An entry keeps its person by GUID.

use super::*;

/// The address that somebody gets in between.
const BETWEEN: &str = "between@example.com";

/// Ada and Bob are active, and no request is in the journal.
async fn both_active(policy: &str) -> (Sim, Instance) {
    let (sim, mut invites) = world().await;
    invites.apply(config(&[(ADA, "$member"), (BOB, "$guest")], policy)).await;
    for email in [ADA, BOB] {
        sim.accept(email).expect("pending");
    }
    sim.clear_journal();
    (sim, invites)
}

fn config(all: &[(&str, &str)], policy: &str) -> Value {
    with(people(all), json!({ "on_destroy": policy }))
}

/// Both have the address of the other.
fn exchange(sim: &Sim) {
    for (email, address) in [(ADA, BETWEEN), (BOB, ADA), (BETWEEN, BOB)] {
        sim.give_address(email, address).expect("free");
    }
}

/// The GUIDs of entries.
fn ids(invites: &Instance, emails: &[&str]) -> Vec<String> {
    let state = invites.state();
    emails.iter().map(|email| state["people"][*email]["id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn addresses_that_change_places_in_the_configuration_change_two_roles() {
    let (sim, mut invites) = both_active("revoke").await;
    let before = ids(&invites, &[ADA, BOB]);
    let swapped = config(&[(BOB, "$member"), (ADA, "$guest")], "revoke");
    let plan = invites.plan(swapped.clone()).await.to_string();
    assert_eq!(plan, "update: people[\"ada@example.com\"].role, people[\"bob@example.com\"].role");
    invites.apply(swapped).await;
    // Bob's role is raised before Ada's is lowered.
    let paths: Vec<String> =
        writes(&sim).lines().filter_map(|line| Some(line.split(' ').nth(1)?.to_owned())).collect();
    assert_eq!(paths, [&before[1], &before[0]].map(|id| format!("/users/{id}/roles/update")));
    assert_eq!(ids(&invites, &[ADA, BOB]), before);
    assert_eq!((sim.mails_to(ADA), sim.mails_to(BOB)), (1, 1));
    invites.plan_is_empty().await;
}

#[tokio::test]
async fn people_who_have_exchanged_addresses_keep_their_entries_and_the_plan_says_so() {
    let (sim, mut invites) = both_active("revoke").await;
    let before = ids(&invites, &[ADA, BOB]);
    exchange(&sim);
    let plan = invites.plan(config(&[(ADA, "$member"), (BOB, "$guest")], "revoke")).await;
    assert!(plan.is_empty(), "{plan}");
    let said = plan.report().to_string();
    assert!(said.contains("warning at people: A person has the address of another entry"), "{said}");
    assert!(said.contains("the person of \"ada@example.com\" has bob@example.com"), "{said}");
    assert!(said.contains("the person of \"bob@example.com\" has ada@example.com"), "{said}");
    // A change of a role is about the person of the entry.
    invites.apply(config(&[(ADA, "$member"), (BOB, "$member")], "revoke")).await;
    assert_eq!(writes(&sim).lines().count(), 1, "{}", writes(&sim));
    assert!(writes(&sim).contains(&before[1]), "{}", writes(&sim));
    assert_eq!(ids(&invites, &[ADA, BOB]), before);
    assert_eq!(sim.mails().len(), 2);
}

/// Whose access should end: that of the person of the entry, or that of the person with the address?
#[tokio::test]
async fn an_entry_whose_person_has_the_address_of_another_one_is_not_removed() {
    for policy in ["revoke", "disable", "downgrade"] {
        for refreshes in [true, false] {
            let (sim, mut invites) = both_active(policy).await;
            let before = ids(&invites, &[ADA, BOB]);
            exchange(&sim);
            let core = core(&sim);
            invites.set_core(&if refreshes { core } else { core.without_refresh() });
            let said = invites.try_apply(config(&[(BOB, "$guest")], policy)).await.failed().to_string();
            assert!(
                said.contains("error at people: A person who leaves has another entry's address"),
                "{said}"
            );
            assert!(said.contains("\"ada@example.com\"") && said.contains(&before[0]), "{said}");
            assert_eq!(writes(&sim), "", "{policy}");
            assert_eq!(ids(&invites, &[ADA, BOB]), before);
            // The advice.
            invites.apply(config(&[], "forget")).await;
            let adopted = with(config(&[(BOB, "$member")], policy), json!({ "on_existing": "adopt" }));
            invites.apply(adopted).await;
            assert_eq!(ids(&invites, &[BOB]), [before[0].clone()]);
            assert_eq!(writes(&sim), "", "{policy}");
            assert!(sim.user(ADA).expect("there").enabled && sim.user(BOB).expect("there").enabled);
            invites.plan_is_empty().await;
            assert_eq!(sim.mails().len(), 2);
        }
    }
}

/// Nobody has the entry's old address any more: that person was removed, or there was none.
#[tokio::test]
async fn a_new_entry_for_the_person_of_another_one_is_refused_with_a_way_that_works() {
    for new in [BOB, EVE] {
        let (sim, mut invites) = both_active("revoke").await;
        let before = ids(&invites, &[ADA]);
        if new == BOB {
            sim.remove(BOB).expect("there");
        }
        sim.give_address(ADA, new).expect("free");
        let mut all = vec![(ADA, "$member"), (BOB, "$guest")];
        all.retain(|(email, _)| *email != new);
        all.push((new, "$member"));
        let adopt = json!({ "on_existing": "adopt" });
        for more in [json!({}), adopt.clone()] {
            let said = invites.try_apply(with(config(&all, "revoke"), more)).await.failed().to_string();
            assert!(
                said.contains(&format!("error at people[{new:?}]: Two entries are one person")),
                "{said}"
            );
            assert!(said.contains(&before[0]) && said.contains("\"ada@example.com\""), "{said}");
            assert_eq!(writes(&sim), "", "{new}");
        }
        all.retain(|(email, _)| *email != ADA);
        invites.apply(with(config(&all, "forget"), adopt)).await;
        assert_eq!(ids(&invites, &[new]), before, "{new}");
        assert_eq!(writes(&sim), "", "{new}");
        assert!(sim.user(new).expect("there").enabled);
        assert_eq!((sim.mails_to(ADA), sim.mails_to(BOB), sim.mails_to(EVE)), (1, 1, 0));
        invites.plan_is_empty().await;
    }
}

/// Without `forget` in that apply, too, the person keeps the access.
#[tokio::test]
async fn a_person_whose_entry_gets_the_new_address_keeps_the_access() {
    let (sim, mut invites) = both_active("revoke").await;
    let before = ids(&invites, &[ADA]);
    sim.give_address(ADA, EVE).expect("free");
    // Somebody new may have the old address.
    sim.admit(ADA, "$guest", false).expect("free");
    let as_before = config(&[(ADA, "$member"), (BOB, "$guest")], "revoke");
    let plan = invites.plan(as_before).await;
    let said = plan.report().to_string();
    assert!(
        plan.is_empty() && said.contains("warning at people: A key in `people` is an old address"),
        "{said}"
    );
    assert!(said.contains("the person of \"ada@example.com\" has eve@example.com"), "{said}");
    let renamed =
        with(config(&[(EVE, "$member"), (BOB, "$guest")], "revoke"), json!({ "on_existing": "adopt" }));
    let said = invites.apply(renamed).await.report().to_string();
    assert!(
        !said.contains("lose access"),
        "neither the plan nor the one that Terraform makes in the apply: {said}"
    );
    assert_eq!(ids(&invites, &[EVE]), before);
    let eve = sim.user(EVE).expect("there");
    assert_eq!((eve.enabled, eve.role, sim.mails_to(EVE)), (true, "$member", 0));
    assert_eq!(writes(&sim), "");
    invites.plan_is_empty().await;
}

/// The entry follows the address, and while the apply waits somebody gives the person a higher role. The new entry is refused then, and
/// the old one must not end the access of the same person.
#[tokio::test]
async fn a_person_whose_entry_gets_the_new_address_keeps_the_access_if_the_role_was_raised_meanwhile() {
    let (sim, mut invites) = both_active("revoke").await;
    sim.give_address(BOB, EVE).expect("free");
    let busy = atlan_sim::Rule::on("POST", ROLE_UPDATES).status(429).retry_after(1).times(1);
    sim.fault(busy).expect("a rule");
    let renamed =
        with(config(&[(ADA, "$member"), (EVE, "$member")], "revoke"), json!({ "on_existing": "adopt" }));
    let raised = async {
        sim.arrived("POST", ROLE_UPDATES).await;
        sim.give_role(EVE, "$admin").expect("there");
    };
    let said = tokio::join!(invites.try_apply(renamed), raised).0.failed().to_string();
    let eve = sim.user(EVE).expect("there");
    assert_eq!((eve.enabled, eve.role), (true, "$admin"), "{said}");
}

/// An entry that only follows the changed address of its person takes nothing away, also from somebody who is guarded.
#[tokio::test]
async fn an_entry_of_the_caller_that_gets_the_new_address_is_no_lock_out() {
    let (sim, mut invites) = both_active("revoke").await;
    let admin = sim.users().into_iter().map(|user| user.email).find(|email| email.starts_with("admin@"));
    let admin = admin.expect("the tenant's own admin");
    let adopting = |first: &str| {
        let all = config(&[(first, "$admin"), (ADA, "$member"), (BOB, "$guest")], "revoke");
        with(all, json!({ "on_existing": "adopt" }))
    };
    invites.apply(adopting(&admin)).await;
    sim.give_address(&admin, EVE).expect("free");
    sim.clear_journal();
    // What the warning of the refresh advises.
    let applied = invites.try_apply(adopting(EVE)).await;
    assert!(applied.is_ok(), "{applied:?}");
    assert_eq!(writes(&sim), "");
    invites.plan_is_empty().await;
}

/// The entry follows the new address, and Atlan refuses the role of the new entry only, which keeps the person in part. The state must not have
/// the person twice: no later plan would pass.
#[tokio::test]
async fn an_entry_that_follows_the_address_and_is_taken_over_in_part_leaves_no_second_entry() {
    let (sim, mut invites) = both_active("revoke").await;
    let bob = ids(&invites, &[BOB]);
    sim.give_address(BOB, EVE).expect("free");
    sim.fault(atlan_sim::Rule::on("POST", ROLE_UPDATES).status(403).times(1)).expect("a rule");
    let renamed =
        with(config(&[(ADA, "$member"), (EVE, "$member")], "revoke"), json!({ "on_existing": "adopt" }));
    let said = invites.try_apply(renamed.clone()).await.failed().to_string();
    assert_eq!(ids(&invites, &[EVE]), bob, "{said}");
    assert!(invites.state()["people"][BOB].is_null(), "one person, two entries: {}", invites.state());
    // "The next plan tries again."
    let applied = invites.try_apply(renamed).await;
    assert!(applied.is_ok(), "{applied:?}");
    let eve = sim.user(EVE).expect("there");
    assert_eq!((eve.enabled, eve.role), (true, "$member"));
    invites.plan_is_empty().await;
}

/// The same with somebody who is disabled, and a credential that may not enable people.
#[tokio::test]
async fn an_entry_of_somebody_disabled_that_follows_the_address_leaves_no_second_entry() {
    let (sim, mut invites) = both_active("revoke").await;
    let bob = ids(&invites, &[BOB]);
    sim.disable(BOB).expect("active");
    sim.give_address(BOB, EVE).expect("free");
    let own = format!("/api/service/users/{}", bob[0]);
    sim.fault(atlan_sim::Rule::on("POST", &own).status(403)).expect("a rule");
    let renamed =
        with(config(&[(ADA, "$member"), (EVE, "$guest")], "revoke"), json!({ "on_existing": "adopt" }));
    let said = invites.try_apply(renamed.clone()).await.failed().to_string();
    assert!(invites.state()["people"][BOB].is_null(), "{said}\n{}", invites.state());
    let planned = invites.try_plan(renamed).await;
    assert!(planned.is_ok(), "{planned:?}");
}

/// An entry keeps its person by GUID. So does a replacement of the list, whoever has the address of the entry by now.
#[tokio::test]
async fn a_replacement_keeps_the_person_of_an_entry_whoever_has_the_address_by_now() {
    for on_existing in ["error", "adopt"] {
        for exchanged in [true, false] {
            let (sim, mut invites) = both_active("revoke").await;
            let all = with(
                config(&[(ADA, "$member"), (BOB, "$guest")], "revoke"),
                json!({ "on_existing": on_existing }),
            );
            invites.apply(all.clone()).await;
            let before = ids(&invites, &[ADA, BOB]);
            if exchanged {
                exchange(&sim);
            } else {
                sim.give_address(ADA, EVE).expect("free");
                sim.admit(ADA, "$admin", false).expect("nobody has it");
            }
            let users = sim.users();
            sim.clear_journal();
            invites.replace_next();
            let applied = invites.try_apply(all).await;
            assert!(applied.is_ok(), "{on_existing}, {exchanged}: {applied:?}");
            assert_eq!(ids(&invites, &[ADA, BOB]), before, "{on_existing}, {exchanged}");
            assert_eq!(writes(&sim), "", "{on_existing}, {exchanged}");
            assert_eq!((sim.users(), sim.mails().len()), (users, 2), "{on_existing}, {exchanged}");
            invites.plan_is_empty().await;
        }
    }
}

/// Somebody has removed Ada and Bob, and there is another person under the address of Ada.
#[tokio::test]
async fn taking_over_whoever_has_the_address_of_somebody_who_is_gone_is_warned_of_in_the_plan() {
    for (on_existing, is_told) in [("adopt", true), ("error", false)] {
        let (sim, mut invites) = both_active("forget").await;
        let old = ids(&invites, &[ADA]).remove(0);
        for email in [ADA, BOB] {
            sim.remove(email).expect("there");
        }
        let new = person_by_other_means(&sim, ADA);
        let config = config(&[(ADA, "$admin"), (BOB, "$guest")], "forget");
        let plan = invites.plan(with(config, json!({ "on_existing": on_existing }))).await;
        let said = plan.report().to_string();
        let warned =
            r#"warning at people["ada@example.com"]: The person of an `atlan_user_invites` has another GUID"#;
        assert_eq!(said.contains(warned), is_told, "{said}");
        assert_eq!(said.contains(&old) && said.contains(&new), is_told, "{said}");
        assert!(!said.contains(BOB), "nobody has his address: {said}");
    }
}

/// Another list has Ada as she was before somebody removed her and invited her anew.
#[tokio::test]
async fn a_list_that_has_the_new_person_is_not_warned_of_them() {
    let (sim, mut old) = both_active("forget").await;
    sim.remove(ADA).expect("there");
    person_by_other_means(&sim, ADA);
    let mut new = core(&sim).resource(RESOURCE);
    let config = with(config(&[(ADA, "$member")], "forget"), json!({ "on_existing": "adopt" }));
    new.apply(config.clone()).await;
    let run = core(&sim).one_run();
    old.set_core(&run);
    new.set_core(&run);
    old.refresh().await;
    let said = new.plan(config).await.report().to_string();
    assert!(!said.contains("another GUID"), "{said}");
}
