//! The life of many seats in one resource.

use super::*;

#[tokio::test]
async fn people_are_invited_together_and_the_second_plan_is_empty() {
    let (sim, mut invites) = managed(RESOURCE).await;
    let config = people(&[(ADA, "$member"), ("Bob@Example.com", "guest")]);
    let plan = invites.plan(config.clone()).await;
    assert_eq!(plan.to_string(), "create: people, on_existing, on_destroy; known after apply: id, failed");
    invites.apply(config.clone()).await;
    assert_eq!(sim.journal().count("POST", USERS), 1, "{}", sim.journal());
    assert_eq!((sim.mails_to(ADA), sim.mails_to(BOB)), (1, 1));
    let state = invites.state();
    assert_eq!(state["people"][ADA], json!({ "role": "$member", "id": id(&sim, ADA), "status": "pending" }));
    assert_eq!(
        state["people"]["Bob@Example.com"],
        json!({ "role": "guest", "id": id(&sim, BOB), "status": "pending" })
    );
    assert_eq!((&state["failed"], &state["max_removals"]), (&json!({}), &Value::Null));
    invites.plan_is_empty().await;
    // Nor does an accepted invitation plan anything.
    sim.accept(ADA).expect("pending");
    invites.plan_is_empty().await;
    invites.refresh().await;
    assert_eq!(invites.state()["people"][ADA]["status"], "active");
}

/// An access that somebody else has ended, and an invitation that nobody has accepted in time, are no reason to plan anything.
#[tokio::test]
async fn disabled_people_and_expired_invitations_plan_nothing() {
    let (sim, mut invites) = world().await;
    sim.accept(ADA).expect("pending");
    sim.disable(ADA).expect("there");
    sim.expire(BOB).expect("pending");
    let plan = invites.plan(people(&[(ADA, "$member"), (BOB, "$guest")])).await;
    assert!(plan.is_empty(), "{plan}");
    invites.refresh().await;
    assert_eq!(held(&invites), ["ada@example.com disabled", "bob@example.com expired"]);
    assert_eq!(sim.mails().len(), 2);
}

#[tokio::test]
async fn nobody_is_a_list_too() {
    let (sim, mut invites) = managed(RESOURCE).await;
    invites.apply(people(&[])).await;
    invites.plan_is_empty().await;
    invites.apply(people(&[(ADA, "$member")])).await;
    assert_eq!(held(&invites), ["ada@example.com pending"]);
    invites.apply(people(&[])).await;
    assert_eq!(invites.state()["people"], json!({}));
    assert_eq!(sim.mails().len(), 1);
    invites.destroy().await;
}

#[tokio::test]
async fn a_change_adds_raises_lowers_and_removes_in_this_order_and_leaves_others_alone() {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    let more = [("kim@example.com", "$member"), ("lee@example.com", "$admin")];
    let before = [(ADA, "$member"), (BOB, "$guest"), more[0], more[1]];
    invites.apply(people(&before)).await;
    for (email, _) in before {
        sim.accept(email).expect("pending");
    }
    let ids: Vec<String> = before.iter().map(|(email, _)| id(&sim, email)).collect();
    let after =
        people(&[(ADA, "$member"), (BOB, "$member"), (EVE, "$guest"), ("lee@example.com", "$member")]);
    let plan = invites.plan(after.clone()).await;
    assert_eq!(
        plan.known_after_apply(),
        ["people[\"eve@example.com\"].id", "people[\"eve@example.com\"].status"]
    );
    sim.clear_journal();
    invites.apply(after).await;
    let writes: Vec<String> =
        writes(&sim).lines().map(|line| line.split(' ').nth(1).unwrap_or_default().to_owned()).collect();
    assert_eq!(
        writes,
        [
            "/users".to_owned(),
            format!("/users/{}/roles/update", ids[1]),
            format!("/users/{}/roles/update", ids[3]),
            format!("/users/{}", ids[2]),
        ]
    );
    assert!(!sim.user("kim@example.com").expect("there").enabled);
    let state = invites.state();
    for (email, _) in [before[0], before[1], before[3]] {
        assert_eq!(state["people"][email]["id"], *id(&sim, email), "{email}");
    }
    assert_eq!((sim.mails_to(EVE), sim.mails().len()), (1, 5));
    invites.plan_is_empty().await;
}

#[tokio::test]
async fn one_new_person_among_a_thousand_shows_one_line() {
    let (sim, mut invites) = managed(RESOURCE).await;
    invites.apply(crowd(1000)).await;
    assert_eq!(sim.mails().len(), 1000);
    let mut config = crowd(1000);
    config["people"][ADA] = json!({ "role": "$guest" });
    let plan = invites.plan(config.clone()).await.to_string();
    assert_eq!(
        plan,
        "update: people[\"ada@example.com\"].role; known after apply: people[\"ada@example.com\"].id, \
         people[\"ada@example.com\"].status"
    );
    sim.clear_journal();
    invites.apply(config).await;
    assert_eq!(sim.journal().writes().len(), 1, "{}", sim.journal());
}

#[tokio::test]
async fn another_spelling_shows_in_the_plan_and_sends_nothing() {
    let (sim, mut invites) = world().await;
    let before = invites.state();
    let config = people(&[("Ada@Example.com", "member"), (BOB, "$guest")]);
    let plan = invites.plan(config.clone()).await;
    assert!(!plan.is_empty() && plan.known_after_apply().is_empty(), "{plan}");
    sim.clear_journal();
    invites.apply(config).await;
    assert_eq!(writes(&sim), "");
    assert_eq!(invites.state()["people"]["Ada@Example.com"]["id"], before["people"][ADA]["id"]);
    invites.plan_is_empty().await;
}

#[tokio::test]
async fn drift_is_repaired_and_somebody_who_is_gone_is_invited_again() {
    let (sim, mut invites) = world().await;
    let config = people(&[(ADA, "$member"), (BOB, "$guest")]);
    sim.accept(ADA).expect("pending");
    sim.give_role(ADA, "$admin").expect("there");
    sim.remove(BOB).expect("there");
    let plan = invites.plan(config.clone()).await.to_string();
    assert!(plan.contains("people[\"ada@example.com\"].role"), "{plan}");
    assert!(plan.contains("known after apply: people[\"bob@example.com\"].id"), "{plan}");
    // Another admin remains.
    invites.apply(config).await;
    assert_eq!((sim.user(ADA).expect("there").role, sim.mails_to(BOB)), ("$member", 2));
    invites.plan_is_empty().await;
}

#[tokio::test]
async fn people_who_are_there_are_an_error_that_names_them_all_or_are_adopted_without_a_mail() {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    person_by_other_means(&sim, ADA);
    person_by_other_means(&sim, BOB);
    sim.disable(BOB).expect("there");
    sim.clear_journal();
    let mails = sim.mails().len();
    let config = people(&[(ADA, "$admin"), (BOB, "$member"), (EVE, "$guest")]);
    let said = invites.try_apply(config.clone()).await.failed().to_string();
    assert!(said.contains("error at people: 2 people are in the tenant already"), "{said}");
    assert!(said.contains(ADA) && said.contains(BOB) && said.contains("on_existing = \"adopt\""), "{said}");
    assert_eq!(writes(&sim), "");
    assert!(invites.state().is_null());
    let lower = with(people(&[(ADA, "$guest"), (EVE, "$guest")]), json!({ "on_existing": "adopt" }));
    let said = invites.try_apply(lower).await.failed().to_string();
    assert!(said.contains("ada@example.com has a higher role already"), "{said}");
    assert_eq!(writes(&sim), "");
    let config = with(config, json!({ "on_existing": "adopt" }));
    let said = invites.apply(config).await.report().to_string();
    assert!(said.contains("bob@example.com was disabled and can log in again"), "{said}");
    assert!(!said.contains("ada@example.com was disabled"), "{said}");
    assert_eq!(
        held(&invites),
        ["ada@example.com active", "bob@example.com active", "eve@example.com pending"]
    );
    assert_eq!((sim.user(ADA).expect("there").role, sim.user(BOB).expect("there").enabled), ("$admin", true));
    assert_eq!(sim.mails().len(), mails + 1);
    invites.plan_is_empty().await;
}

#[tokio::test]
async fn each_policy_ends_the_access_of_people_who_leave_the_map_and_of_a_destroy() {
    for (policy, pending_stays, active) in [
        ("revoke", false, ("$member", false)),
        ("disable", false, ("$member", false)),
        ("downgrade", false, ("$guest", true)),
        ("forget", true, ("$member", true)),
    ] {
        for destroys in [false, true] {
            let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
            let on_destroy = json!({ "on_destroy": policy });
            invites.apply(with(people(&[(ADA, "$member"), (BOB, "$member")]), on_destroy.clone())).await;
            sim.accept(ADA).expect("pending");
            let said = if destroys {
                let plan = invites.try_plan_destroy().await.expect("no clash").expect("a plan");
                let warned = plan.report().to_string();
                let ends = match policy {
                    "downgrade" => "lowers the role of 1 active person to $guest and cancels 1 invitation",
                    _ => "ends the access of 1 active person and cancels 1 invitation",
                };
                assert_eq!(warned.contains(ends), policy != "forget", "{policy}: {warned}");
                let said = invites.destroy().await.to_string();
                assert!(invites.state().is_null());
                said
            } else {
                let said = invites.apply(with(people(&[]), on_destroy)).await.report().to_string();
                assert_eq!(held(&invites), [""; 0]);
                invites.plan_is_empty().await;
                said
            };
            let ada = sim.user(ADA).expect("there");
            assert_eq!((ada.role, ada.enabled), active, "{policy}");
            let bob = sim.user(BOB).is_some_and(|bob| bob.enabled);
            assert_eq!(bob, pending_stays, "{policy}");
            assert_eq!(said.contains("stays in Atlan"), policy == "forget", "{policy}: {said}");
        }
    }
}

#[tokio::test]
async fn a_tainted_resource_keeps_every_seat_and_nobody_gets_a_second_mail() {
    let (sim, mut invites) = world().await;
    sim.accept(ADA).expect("pending");
    invites.taint();
    let config = people(&[(ADA, "$member"), (BOB, "$guest"), (EVE, "$guest")]);
    let (ada, bob) = (sim.user(ADA), sim.user(BOB));
    let applied = invites.apply(config).await;
    assert_eq!((sim.user(ADA), sim.user(BOB)), (ada, bob));
    assert_eq!((sim.mails_to(ADA), sim.mails_to(BOB), sim.mails_to(EVE)), (1, 1, 1));
    assert!(applied.report().to_string().contains("ada@example.com keeps the seat"), "{}", applied.report());
    assert!(!invites.is_tainted());
    invites.plan_is_empty().await;
}

/// The plan of a tainted resource does not show who leaves.
#[tokio::test]
async fn nobody_is_removed_by_the_replacement_of_a_tainted_resource() {
    let (sim, mut invites) = world().await;
    let before = invites.state();
    invites.taint();
    sim.clear_journal();
    let said = invites.try_apply(people(&[(ADA, "$member")])).await.failed().to_string();
    assert!(
        said.contains("bob@example.com was not replaced") && said.contains("terraform untaint"),
        "{said}"
    );
    assert_eq!(writes(&sim), "");
    assert_eq!(invites.state()["people"], before["people"]);
    invites.untaint();
    invites.apply(people(&[(ADA, "$member")])).await;
    assert_eq!(held(&invites), ["ada@example.com pending"]);
}

#[tokio::test]
async fn what_is_unknown_while_planning_is_decided_by_the_apply() {
    use tfplug::testing::unknown;
    let (sim, mut invites) = managed(RESOURCE).await;
    let plan = invites.plan(json!({ "people": unknown() })).await;
    invites.apply_plan(&plan, people(&[(ADA, "$member")])).await;
    assert_eq!(held(&invites), ["ada@example.com pending"]);
    let plan = invites.plan(json!({ "people": { ADA: { "role": unknown() } } })).await;
    invites.apply_plan(&plan, people(&[(ADA, "$admin")])).await;
    assert_eq!(sim.user(ADA).expect("there").role, "$admin");
    let plan = invites.plan(json!({ "people": { ADA: { "role": "$admin" }, BOB: unknown() } })).await;
    invites.apply_plan(&plan, people(&[(ADA, "$admin"), (BOB, "$guest")])).await;
    assert_eq!(held(&invites), ["ada@example.com pending", "bob@example.com pending"]);
    invites.plan_is_empty().await;
    assert_eq!(sim.mails().len(), 2);
}

/// In the plan, Terraform shows no more than that their entries are removed.
#[tokio::test]
async fn an_update_that_ends_the_access_of_active_people_names_them() {
    let (sim, mut invites) = world().await;
    for (email, role) in [(EVE, "$guest"), ("kim@example.com", "$member")] {
        sim.admit(email, role, false).expect("nobody yet");
    }
    let adopt = json!({ "on_existing": "adopt" });
    let all = people(&[(ADA, "$member"), (BOB, "$guest"), (EVE, "$guest"), ("kim@example.com", "$member")]);
    invites.apply(with(all, adopt.clone())).await;
    let without = |emails: &[&str], more: Value| {
        let all = [(ADA, "$member"), (BOB, "$guest"), (EVE, "$guest"), ("kim@example.com", "$member")];
        let left: Vec<_> = all.into_iter().filter(|(email, _)| !emails.contains(email)).collect();
        with(with(people(&left), adopt.clone()), more)
    };
    for (emails, more, summary) in [
        (&[EVE][..], json!({}), "1 active person will lose access"),
        (&[ADA, EVE, "kim@example.com"], json!({}), "2 active people will lose access"),
        (&[EVE], json!({ "on_destroy": "disable" }), "1 active person will lose access"),
        (&[EVE], json!({ "on_destroy": "downgrade" }), "1 active person will be lowered to $guest"),
    ] {
        let said = invites.plan(without(emails, more)).await.report().to_string();
        assert!(said.contains(&format!("warning at people: {summary}")), "{said}");
        assert!(
            said.contains(EVE) && !said.contains("ada@example.com"),
            "Ada's invitation is pending: {said}"
        );
    }
    for (emails, more) in
        [(&[EVE][..], json!({ "on_destroy": "forget" })), (&[ADA, BOB], json!({})), (&[], json!({}))]
    {
        let said = invites.plan(without(emails, more)).await.report().to_string();
        assert!(!said.contains("active person") && !said.contains("active people"), "{said}");
    }
}

/// As in an update, those who leave in the same change leave by the new policy: the plan has said so.
#[tokio::test]
async fn a_replacement_lets_people_go_by_the_policy_of_the_configuration() {
    let (sim, mut invites) = managed("atlan_user_invites").await;
    let both = json!({ "people": { ADA: { "role": "$member" }, BOB: { "role": "$member" } } });
    invites.apply(both.clone()).await;
    sim.accept(BOB).expect("invited");
    invites.refresh().await;
    let left = json!({ "people": { ADA: { "role": "$member" } }, "on_destroy": "forget" });
    invites.taint();
    invites.apply(left.clone()).await;
    let bob = sim.user(BOB).expect("there");
    assert!(bob.enabled && bob.role == "$member", "{bob:?}");
    invites.plan_is_empty().await;
}
