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

/// The tenant forbids it, too, unless `role_change_self` and `disable_self` say otherwise.
#[tokio::test]
async fn the_callers_own_entry_is_neither_lowered_nor_removed_with_the_others() {
    for (case, role, unsafe_to, why) in [
        ("lowered", Some("$member"), "lower the role of", "you cannot change the role of yourself"),
        ("removed", None, "disable", "you cannot disable yourself"),
    ] {
        let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
        let me = sim.users().first().expect("somebody").email.clone();
        // Another admin, so that nothing else protects the caller.
        sim.admit(ADA, "$admin", false).expect("a newcomer");
        let of = |mine: Option<&str>, others: &[(&str, &str)]| {
            let mine = mine.map(|role| (me.as_str(), role));
            let entries: Vec<_> = mine.into_iter().chain(others.iter().copied()).collect();
            with(people(&entries), json!({ "on_existing": "adopt", "on_destroy": "disable" }))
        };
        invites.apply(of(Some("$admin"), &[(BOB, "$member")])).await;
        sim.clear_journal();
        let wanted = of(role, &[(BOB, "$guest"), (EVE, "$guest")]);
        let said = invites.try_apply(wanted.clone()).await.failed().to_string();
        assert!(said.contains(&format!("It is not safe to {unsafe_to} {me}")), "{case}: {said}");
        assert!(said.contains("this is the identity that makes the requests"), "{case}: {said}");
        assert_eq!(writes(&sim), "", "{case}: nobody else is changed either");

        invites.set_core(&core_with(&sim, json!({ "allow_self_lockout": true })));
        let said = invites.try_apply(wanted.clone()).await.failed().to_string();
        assert!(said.contains("was refused with 403") && said.contains(why), "{case}: {said}");
        assert!(said.contains(&me) && !said.contains(BOB) && !said.contains(EVE), "{case}: {said}");
        let state = invites.state();
        let failed = state["failed"].as_object().expect("a map");
        assert_eq!(failed.keys().collect::<Vec<_>>(), [&me], "{case}: {state}");
        for (email, role) in [(me.as_str(), "$admin"), (BOB, "$guest"), (EVE, "$guest")] {
            let there = sim.user(email).expect("there");
            assert_eq!((there.role, there.enabled || there.pending), (role, true), "{case}: {email}");
            assert_eq!(state["people"][email]["role"], role, "{case}: {email}");
        }
        sim.set(json!({ "role_change_self": "allow", "disable_self": "allow" })).expect("switches");
        drop(invites.try_apply(wanted).await);
        let there = sim.user(&me).expect("there");
        assert_eq!((there.role, there.enabled), (role.unwrap_or("$admin"), role.is_some()), "{case}");
    }
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
