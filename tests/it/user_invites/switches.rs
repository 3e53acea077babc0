//! Single switches of the tenant and their effect on entries; `tests/it/switches.rs` tries all of them.

use super::*;

/// The change is in `failed`, and planned again until it succeeds.
#[tokio::test]
async fn where_pending_people_keep_their_role_a_change_fails_until_they_accept() {
    let (sim, mut invites) = world().await;
    sim.set(json!({ "role_change_pending": "reject" })).expect("a switch");
    let raised = people(&[(ADA, "$member"), (BOB, "$member")]);
    let said = invites.try_apply(raised.clone()).await.failed().to_string();
    assert!(said.contains("error at people[\"bob@example.com\"].role: "), "{said}");
    assert!(said.contains("bob@example.com has not accepted the invitation yet"), "{said}");
    assert!(said.contains("was refused with 400"), "{said}");
    let state = invites.state();
    assert_eq!(state["people"][BOB]["role"], "$guest");
    let reason = state["failed"][BOB].as_str().unwrap_or_default();
    assert!(reason.starts_with("role not changed: "), "{state}");
    assert!(!invites.is_tainted());
    for core in [core(&sim).without_refresh(), core(&sim)] {
        invites.set_core(&core);
        let plan = invites.plan(raised.clone()).await;
        assert!(plan.to_string().starts_with("update"), "{plan}");
    }
    sim.accept(BOB).expect("pending");
    invites.apply(raised).await;
    assert_eq!((sim.user(BOB).expect("there").role, &invites.state()["failed"]), ("$member", &json!({})));
    invites.plan_is_empty().await;
}

/// Where Atlan drops the record of an invitation that has expired, the person is somebody new.
#[tokio::test]
async fn an_expired_invitation_without_a_record_leaves_the_map_and_is_planned_anew() {
    let (sim, mut invites) = managed(RESOURCE).await;
    sim.set(json!({ "expired_record": "remove" })).expect("a switch");
    let both = people(&[(ADA, "$member"), (BOB, "$guest")]);
    invites.apply(both.clone()).await;
    sim.expire(BOB).expect("pending");
    invites.refresh().await;
    assert_eq!(held(&invites), ["ada@example.com pending"]);
    let plan = invites.plan(both.clone()).await;
    assert_eq!(
        plan.known_after_apply(),
        ["people[\"bob@example.com\"].id", "people[\"bob@example.com\"].status"],
        "{plan}"
    );
    invites.apply(both).await;
    assert_eq!((sim.mails_to(ADA), sim.mails_to(BOB)), (1, 2));
    assert_eq!(held(&invites), ["ada@example.com pending", "bob@example.com pending"]);
    invites.plan_is_empty().await;
}

/// With `allow_self_lockout`, the tenant's own refusal is what the practitioner reads.
#[tokio::test]
async fn the_tenants_own_guards_are_explained() {
    let (sim, mut invites) = managed(RESOURCE).await;
    let careless = core_with(&sim, json!({ "allow_self_lockout": true }));
    invites.apply(people(&[(ADA, "$admin"), (BOB, "$guest")])).await;
    sim.accept(ADA).expect("pending");
    let maker = sim.users().first().expect("somebody").email.clone();
    sim.give_role(&maker, "$member").expect("another admin is there");
    invites.set_core(&careless);
    let said = invites.try_apply(people(&[(ADA, "$member"), (BOB, "$guest")])).await.failed().to_string();
    assert!(said.contains("error at people[\"ada@example.com\"].role: "), "{said}");
    assert!(said.contains("was refused with 403") && said.contains("last enabled admin"), "{said}");
    assert!(!said.contains("another credential"), "{said}");
    assert_eq!(
        (sim.user(ADA).expect("there").role, &invites.state()["people"][ADA]["role"]),
        ("$admin", &json!("$admin"))
    );
}

/// Some servers refuse an invitation of nobody.
#[tokio::test]
async fn no_invitation_is_sent_for_nobody() {
    let (sim, mut invites) = managed(RESOURCE).await;
    sim.set(json!({ "invite_empty_list": "bad_request" })).expect("a switch");
    invites.apply(people(&[])).await;
    invites.apply(people(&[(ADA, "$member")])).await;
    sim.clear_journal();
    let same = with(people(&[(ADA, "$guest")]), json!({ "max_removals": 1 }));
    invites.apply(same).await;
    invites.apply(people(&[])).await;
    assert_eq!(sim.journal().count("POST", USERS), 0, "{}", sim.journal());
}
