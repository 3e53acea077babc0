//! Refusals of some people among many; lock-out.

use std::time::Duration;

use atlan_sim::{Moment, Rule};

use super::*;

/// The simulator refuses an address with a `+`.
const BAD: &str = "a+b@example.com";

/// Hard case 1, small: the others are seated, nothing is tainted, and the next plan is an update of the one entry.
#[tokio::test]
async fn one_refusal_of_many_is_a_warning_and_planned_again() {
    for batch in ["atomic", "partial"] {
        let (sim, mut invites) = managed(RESOURCE).await;
        sim.set(json!({ "invite_batch": batch })).expect("a switch");
        let mut config = crowd(30);
        config["people"][BAD] = json!({ "role": "$guest" });
        let applied = invites.apply(config.clone()).await;
        let said = applied.report().to_string();
        assert!(said.contains("Could not invite 1 person"), "{batch}: {said}");
        assert!(said.contains("a+b@example.com: not invited: ") && said.contains("400"), "{batch}: {said}");
        assert!(!invites.is_tainted());
        let state = invites.state();
        assert_eq!(
            state["people"][BAD],
            json!({ "role": "$guest", "id": null, "status": "failed" }),
            "{batch}"
        );
        let failed = state["failed"].as_object().cloned().unwrap_or_default();
        assert_eq!(failed.keys().collect::<Vec<_>>(), [BAD], "{batch}");
        assert_eq!(sim.mails().len(), 30, "{batch}");
        for core in [core(&sim).without_refresh(), core(&sim)] {
            invites.set_core(&core);
            let plan = invites.plan(config.clone()).await;
            assert_eq!(
                plan.known_after_apply(),
                ["people[\"a+b@example.com\"].id", "people[\"a+b@example.com\"].status"],
                "{batch}: {plan}"
            );
        }
        // An update fails with the true state, and taints nothing.
        let said = invites.try_apply(config.clone()).await.failed().to_string();
        assert!(said.contains("Could not invite a+b@example.com"), "{batch}: {said}");
        assert_eq!(invites.state()["people"][BAD]["status"], "failed");
        assert!(!invites.is_tainted());
        assert_eq!(sim.mails().len(), 30, "{batch}");
        config["people"].as_object_mut().expect("people").remove(BAD);
        invites.apply(config).await;
        assert_eq!(invites.state()["failed"], json!({}));
        invites.plan_is_empty().await;
        assert_eq!(sim.mails().len(), 30, "{batch}");
    }
}

/// The three are far apart, in a batch of a hundred. A tenant that answers for each entry says nothing of them, so they are waited for.
#[tokio::test]
async fn three_bad_entries_of_one_batch_hold_up_nobody_else() {
    let bad = ["a+1@example.com", "p0048+2@example.com", "zoe@yopmail.com"];
    let cases = vec![
        ("atomic", "failed", "not invited: "),
        ("partial", "failed", "not invited: "),
        ("per_entry", "unknown", "it is unknown whether"),
    ];
    side_by_side(cases, move |(batch, status, why)| async move {
        let (sim, mut invites) = managed(RESOURCE).await;
        sim.set(json!({ "invite_batch": batch, "invite_duplicate": "resend" })).expect("switches");
        // Half an hour would be left otherwise.
        let timing = atlan::Timing { visible_within: Duration::from_secs(1), ..quick_timing() };
        invites.set_core(&core_with(&sim, json!({ "request_timeout": "2s" })).give(timing));
        let mut config = crowd(97);
        for email in bad {
            config["people"][email] = json!({ "role": "$guest" });
        }
        let applied = invites.apply(config.clone()).await;
        let said = applied.report().to_string();
        assert!(said.contains("Could not invite 3 people"), "{batch}: {said}");
        let journal = sim.journal();
        let posts = journal.on("POST", USERS);
        let has_all = |body: String| bad.iter().all(|email| body.contains(email));
        assert!(posts.iter().any(|post| has_all(format!("{:?}", post.body))), "{batch}: {journal}");
        assert!(posts.len() <= 1 + 14 * bad.len(), "{batch}: {journal}");
        let everybody_once = |case: &str| {
            let mut mailed: Vec<String> = sim.mails().into_iter().map(|mail| mail.email).collect();
            mailed.sort();
            let people = crowd(97);
            let people: Vec<&str> =
                people["people"].as_object().into_iter().flatten().map(|(email, _)| email.as_str()).collect();
            assert_eq!(mailed, people, "{case}");
        };
        everybody_once(batch);
        let check = |invites: &Instance| {
            assert!(!invites.is_tainted(), "{batch}");
            let state = invites.state();
            for (email, person) in state["people"].as_object().into_iter().flatten() {
                match bad.contains(&email.as_str()) {
                    true => {
                        assert_eq!(*person, json!({ "role": "$guest", "id": null, "status": status }));
                        let reason = state["failed"][email].as_str().unwrap_or_default();
                        assert!(reason.starts_with(why), "{batch}: {email}: {reason}");
                    }
                    false => assert_eq!(person["id"], *id(&sim, email), "{batch}: {email}"),
                }
            }
            assert_eq!(state["failed"].as_object().map(serde_json::Map::len), Some(3), "{batch}");
        };
        check(&invites);
        let plan = invites.plan(config.clone()).await;
        let retried = bad
            .iter()
            .flat_map(|email| ["id", "status"].map(|attribute| format!("people[\"{email}\"].{attribute}")));
        assert_eq!(plan.known_after_apply(), retried.collect::<Vec<_>>(), "{batch}: {plan}");
        // An update fails with the true state.
        let said = invites.try_apply(config.clone()).await.failed().to_string();
        assert!(said.contains("Could not invite 3 people"), "{batch}: {said}");
        check(&invites);
        invites.apply(crowd(97)).await;
        assert_eq!(invites.state()["failed"], json!({}), "{batch}");
        invites.plan_is_empty().await;
        everybody_once(batch);
    })
    .await;
}

/// A tenant that leaves out bad entries without a word: nothing tells that from an invitation that shows late.
#[tokio::test]
async fn an_entry_that_never_shows_is_unknown_and_the_others_are_seated() {
    let (sim, mut invites) = managed(RESOURCE).await;
    // Half an hour would be left otherwise.
    let timing = atlan::Timing { visible_within: Duration::from_secs(1), ..quick_timing() };
    invites.set_core(&core_with(&sim, json!({ "request_timeout": "2s" })).give(timing));
    sim.set(json!({ "invite_batch": "per_entry" })).expect("a switch");
    let config = people(&[(ADA, "$member"), (BAD, "$guest"), (BOB, "$guest")]);
    let said = invites.apply(config.clone()).await.report().to_string();
    assert!(said.contains("a+b@example.com: it is unknown whether"), "{said}");
    assert_eq!(
        held(&invites),
        ["a+b@example.com unknown", "ada@example.com pending", "bob@example.com pending"]
    );
    assert_eq!(sim.mails().len(), 2);
    let said = invites.try_apply(config).await.failed().to_string();
    assert!(said.contains("unknown whether a+b@example.com"), "{said}");
    assert_eq!(sim.mails().len(), 2);
    assert_eq!(held(&invites).len(), 3);
}

#[tokio::test]
async fn an_accepted_entry_that_shows_long_after_an_interrupt_is_not_mailed_again() {
    for refreshes in [true, false] {
        let (sim, mut invites) = managed(RESOURCE).await;
        sim.set(json!({ "invite_visible_after_ms": 1_500, "invite_duplicate": "resend" })).expect("switches");
        let core = core_with(&sim, json!({ "request_timeout": "300ms" }));
        invites.set_core(&core);
        let config = people(&[(ADA, "$member"), (BOB, "$guest")]);
        let interrupt = async {
            sim.arrived("POST", USERS).await;
            core.stop().await;
        };
        let (applied, ()) = tokio::join!(invites.apply(config.clone()), interrupt);
        assert!(applied.report().to_string().contains("Atlan accepted the invitation"), "{refreshes}");
        let again = core_with(&sim, json!({ "request_timeout": "300ms" }));
        invites.set_core(&if refreshes { again } else { again.without_refresh() });
        invites.apply(config).await;
        assert_eq!(sim.mails().len(), 2, "refreshes: {refreshes}");
    }
}

#[tokio::test]
async fn a_create_that_seats_nobody_leaves_no_state() {
    let (sim, mut invites) = managed(RESOURCE).await;
    sim.set_faults(vec![Rule::on("POST", USERS).status(403)]).expect("a rule");
    let said = invites.try_apply(people(&[(ADA, "$member"), (BOB, "$guest")])).await.failed().to_string();
    assert!(said.contains("Could not invite 2 people"), "{said}");
    assert!(said.contains("  - ada@example.com, bob@example.com: not invited: "), "{said}");
    assert!(invites.state().is_null());
    sim.set_faults(vec![]).expect("no rule");
    invites.apply(people(&[(ADA, "$member"), (BOB, "$guest")])).await;
    assert_eq!(sim.mails().len(), 2);
}

#[tokio::test]
async fn a_tenant_with_single_sign_on_refuses_once_and_adopts_people_who_are_there() {
    for status in [400, 422, 403] {
        let (sim, mut invites) = managed(RESOURCE).await;
        sim.set(json!({ "sso_enforced": true, "sso_refused_with": status })).expect("switches");
        let said = invites.try_apply(crowd(250)).await.failed().to_string();
        assert!(
            said.contains("Could not invite 250 people") && said.contains("single sign-on only"),
            "{said}"
        );
        assert!(said.contains("and 230 more") && said.matches("was refused with").count() == 1, "{said}");
        assert!(said.contains("takes them over here") && !said.contains("import"), "{said}");
        assert!(invites.state().is_null());
        assert_eq!(sim.journal().count("POST", USERS), 1, "{status}: {}", sim.journal());
    }
    let (sim, mut invites) = managed(RESOURCE).await;
    sim.set(json!({ "sso_enforced": true })).expect("a switch");
    sim.admit(ADA, "$guest", false).expect("nobody yet");
    invites.apply(with(people(&[(ADA, "$member")]), json!({ "on_existing": "adopt" }))).await;
    assert_eq!(sim.journal().count("POST", USERS), 0, "{}", sim.journal());
    assert_eq!(sim.user(ADA).expect("there").role, "$member");
    invites.plan_is_empty().await;
}

/// What is true of the tenant says nothing about those who are in it.
#[tokio::test]
async fn single_sign_on_hides_no_other_failure() {
    let (sim, mut invites) = managed(RESOURCE).await;
    invites.apply(people(&[(ADA, "$member")])).await;
    sim.set(json!({ "sso_enforced": true })).expect("a switch");
    sim.fault(Rule::on("POST", ROLE_UPDATES).status(403)).expect("a rule");
    let said = invites.try_apply(people(&[(ADA, "$guest"), (BOB, "$guest")])).await.failed().to_string();
    assert!(said.contains("Not invited: bob@example.com.") && said.contains("single sign-on only"), "{said}");
    assert!(said.contains("For others:") && said.contains("  - ada@example.com: "), "{said}");
}

/// The access that the list has given back is not forgotten.
#[tokio::test]
async fn somebody_who_was_enabled_before_the_role_was_refused_belongs_to_the_list() {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    person_by_other_means(&sim, ADA);
    sim.disable(ADA).expect("active");
    let ada = id(&sim, ADA);
    sim.fault(Rule::on("POST", &format!("/api/service/users/{ada}/roles/update")).status(403).times(1))
        .expect("a rule");
    let config = |all| with(people(all), json!({ "on_existing": "adopt" }));
    let said = invites.apply(config(&[(ADA, "$admin"), (BOB, "$guest")])).await.report().to_string();
    assert!(said.contains("ada@example.com was disabled and can log in again"), "{said}");
    assert!(said.contains("ada@example.com: managed, but not as configured"), "{said}");
    assert_eq!(invites.state()["people"][ADA]["id"], *ada);
    assert_eq!(held(&invites), ["ada@example.com active", "bob@example.com pending"]);
    invites.apply(config(&[(ADA, "$admin"), (BOB, "$guest")])).await;
    assert_eq!(sim.user(ADA).expect("there").role, "$admin");
    invites.apply(config(&[(BOB, "$guest")])).await;
    assert!(!sim.user(ADA).expect("there").enabled);
    invites.plan_is_empty().await;
}

/// Also if nobody else is in the list.
#[tokio::test]
async fn a_list_of_one_person_who_was_enabled_before_the_role_was_refused_exists() {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    person_by_other_means(&sim, ADA);
    sim.disable(ADA).expect("active");
    let ada = id(&sim, ADA);
    sim.fault(Rule::on("POST", &format!("/api/service/users/{ada}/roles/update")).status(403))
        .expect("a rule");
    let config = with(people(&[(ADA, "$admin")]), json!({ "on_existing": "adopt" }));
    let said = invites.apply(config).await.report().to_string();
    assert!(said.contains("ada@example.com was disabled and can log in again"), "{said}");
    assert_eq!(
        (invites.state()["people"][ADA]["id"].clone(), held(&invites)),
        (json!(ada), vec![format!("{ADA} active")])
    );
    invites.destroy().await;
    assert!(!sim.user(ADA).expect("there").enabled);
}

/// Nor does a refused read after the write prove that nothing was done.
#[tokio::test]
async fn a_list_of_one_person_who_was_enabled_and_could_not_be_read_afterwards_exists() {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    person_by_other_means(&sim, ADA);
    sim.disable(ADA).expect("active");
    let (ada, config) = (id(&sim, ADA), with(people(&[(ADA, "$member")]), json!({ "on_existing": "adopt" })));
    let enables = format!("/api/service/users/{ada}");
    let hold = sim.hold("POST", &enables, Moment::After);
    let applied = tokio::spawn(async move {
        let said = invites.apply(config).await.report().to_string();
        (invites, said)
    });
    sim.arrived("POST", &enables).await;
    sim.fault(Rule::on("GET", USERS).status(403)).expect("a rule");
    hold.release();
    let (mut invites, said) = applied.await.expect("no panic");
    assert!(said.contains("ada@example.com: managed, but not as configured"), "{said}");
    assert_eq!(invites.state()["people"][ADA]["id"], *ada);
    sim.set_faults(Vec::new()).expect("no rules");
    invites.destroy().await;
    assert!(!sim.user(ADA).expect("there").enabled);
}

/// The refresh need not come first.
#[tokio::test]
async fn somebody_whom_an_update_enables_is_active_in_the_state_at_once() {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    person_by_other_means(&sim, ADA);
    sim.disable(ADA).expect("active");
    let ada = id(&sim, ADA);
    sim.fault(Rule::on("POST", &format!("/api/service/users/{ada}")).status(403).times(1)).expect("a rule");
    let mut config = with(people(&[(ADA, "$member"), (BOB, "$guest")]), json!({ "on_existing": "adopt" }));
    invites.apply(config.clone()).await;
    assert_eq!(held(&invites), ["ada@example.com disabled", "bob@example.com pending"]);
    config["on_destroy"] = json!("disable");
    let plan = invites.plan(config.clone()).await;
    assert_eq!(
        plan.to_string(),
        "update: on_destroy, failed; known after apply: people[\"ada@example.com\"].status"
    );
    assert!(!plan.report().to_string().contains("disabled"), "{}", plan.report());
    invites.apply(config).await;
    assert!(sim.user(ADA).expect("there").enabled);
    assert_eq!(held(&invites), ["ada@example.com active", "bob@example.com pending"]);
    invites.plan_is_empty().await;
}

/// Only somebody whom the list could not enable when it took them over is enabled by an update.
#[tokio::test]
async fn somebody_whom_an_admin_has_disabled_stays_disabled_although_a_change_of_their_role_failed() {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    let list = |role| with(people(&[(ADA, role), (BOB, "$guest")]), json!({ "on_existing": "adopt" }));
    invites.apply(list("$guest")).await;
    sim.accept(ADA).expect("pending");
    let update = format!("/api/service/users/{}/roles/update", id(&sim, ADA));
    sim.fault(Rule::on("POST", &update).status(403).times(1)).expect("a rule");
    invites.try_apply(list("$member")).await.failed();
    sim.disable(ADA).expect("active");
    invites.apply(list("$member")).await;
    let ada = sim.user(ADA).expect("there");
    assert_eq!((ada.enabled, ada.role), (false, "$member"), "{}", sim.journal());
    invites.plan_is_empty().await;
}

/// If nothing was done for anybody, no list exists, and another resource of the run may have the person.
#[tokio::test]
async fn a_create_that_takes_over_nobody_leaves_no_state() {
    let (sim, mut invites) = managed_by(KeyKind::ApiToken, RESOURCE).await;
    person_by_other_means(&sim, ADA);
    sim.disable(ADA).expect("active");
    let run = core(&sim).one_run();
    invites.set_core(&run);
    let config = with(people(&[(ADA, "$member")]), json!({ "on_existing": "adopt" }));
    let said = invites.try_apply(config.clone()).await.failed().to_string();
    assert!(said.contains("Could not enable ada@example.com"), "{said}");
    assert!(invites.state().is_null());
    sim.enable(ADA).expect("there");
    invites.apply(config).await;
    assert_eq!(held(&invites), ["ada@example.com active"]);
}

/// A list of one reason is one line, and what may be done about it is said once.
#[tokio::test]
async fn what_is_true_of_many_people_is_one_line_with_the_way_out() {
    let (sim, mut invites) = managed_by(KeyKind::ApiToken, RESOURCE).await;
    for number in 0..30 {
        let email = format!("p{number:04}@example.com");
        sim.admit(&email, "$member", false).expect("nobody yet");
        sim.disable(&email).expect("there");
    }
    let mut config = with(crowd(30), json!({ "on_existing": "adopt" }));
    config["people"][EVE] = json!({ "role": "$guest" });
    let said = invites.apply(config.clone()).await.report().to_string();
    assert!(said.contains("Could not set up 30 people"), "{said}");
    assert!(said.contains("p0019@example.com, and 10 more: managed, but not as configured"), "{said}");
    assert_eq!(said.matches("Use an admin's own token as `api_key`").count(), 1, "{said}");
    assert!(said.lines().count() < 20, "{said}");
    let said = invites.try_apply(config).await.failed().to_string();
    assert_eq!(said.matches("Use an admin's own token as `api_key`").count(), 1, "{said}");
    assert_eq!(sim.mails().len(), 1);
}

#[tokio::test]
async fn a_tainted_list_of_whom_many_leave_names_them_in_one_line() {
    let (sim, mut invites) = managed(RESOURCE).await;
    invites.apply(crowd(40)).await;
    invites.taint();
    let said = invites.try_apply(crowd(20)).await.failed().to_string();
    assert_eq!(said.matches("terraform untaint").count(), 1, "{said}");
    assert!(said.contains("p0039@example.com"), "{said}");
    assert_eq!(sim.users().iter().filter(|user| user.enabled).count(), 41);
}

#[tokio::test]
async fn a_removal_that_is_refused_keeps_its_entry_and_holds_up_nobody_else() {
    let (sim, mut invites) = managed_by(KeyKind::ApiToken, RESOURCE).await;
    let disable = json!({ "on_destroy": "disable" });
    invites.apply(with(people(&[(ADA, "$member"), (BOB, "$guest")]), disable.clone())).await;
    sim.accept(ADA).expect("pending");
    // An API token may not disable people, nor cancel invitations.
    let config = with(people(&[(EVE, "$guest"), (BOB, "$member")]), disable);
    let said = invites.try_apply(config).await.failed().to_string();
    assert!(said.contains("Could not disable ada@example.com"), "{said}");
    assert!(said.contains("weaker policy: for an entry that leaves the map, set `on_destroy"), "{said}");
    assert_eq!(
        held(&invites),
        ["ada@example.com active", "bob@example.com pending", "eve@example.com pending"]
    );
    assert_eq!(invites.state()["people"][BOB]["role"], "$member");
    assert!(invites.state()["failed"][ADA].as_str().is_some_and(|why| why.starts_with("not removed: ")));
    assert!(!invites.is_tainted());
    let said = invites.try_destroy().await.failed().to_string();
    assert!(said.contains(ADA), "{said}");
    assert!(held(&invites).contains(&"ada@example.com active".to_owned()));
    // Those who are done leave the state.
    sim.accept(BOB).expect("pending");
    sim.give_role(BOB, "$guest").expect("there");
    let lowered = with(people(&[(ADA, "$member"), (BOB, "$guest")]), json!({ "on_destroy": "downgrade" }));
    invites.apply(lowered).await;
    let refused = Rule::on("POST", &format!("/api/service/users/{}/roles/update", id(&sim, ADA))).status(403);
    sim.fault(refused).expect("a rule");
    let said = invites.try_destroy().await.failed().to_string();
    assert!(said.contains(ADA) && !said.contains(BOB), "{said}");
    assert_eq!(held(&invites), ["ada@example.com active"]);
}

/// Hard case 4.
#[tokio::test]
async fn a_map_that_lowers_all_admins_is_refused_as_a_whole() {
    let (sim, mut invites) = managed_by(KeyKind::ApiToken, RESOURCE).await;
    sim.set(json!({ "last_admin": "allow" })).expect("a switch");
    let admins = [(ADA, "$admin"), (BOB, "$admin"), (EVE, "$admin")];
    invites.apply(people(&admins)).await;
    sim.accept(ADA).expect("pending");
    sim.accept(BOB).expect("pending");
    let first = sim.users().first().expect("somebody").email.clone();
    sim.give_role(&first, "$member").expect("there");
    sim.clear_journal();
    let lower = [(ADA, "$member"), (BOB, "$member"), (EVE, "$admin"), ("kim@example.com", "$guest")];
    let said = invites.try_apply(people(&lower)).await.failed().to_string();
    assert!(said.contains("It is not safe to lower the role of"), "{said}");
    assert_eq!(writes(&sim), "", "nobody is invited either");
    // Nor may they leave the map.
    let said = invites.try_apply(people(&[(EVE, "$admin")])).await.failed().to_string();
    assert!(said.contains("It is not safe to disable"), "{said}");
    let said = invites.try_destroy().await.failed().to_string();
    assert!(said.contains("It is not safe to disable"), "{said}");
    assert_eq!(writes(&sim), "");
    // With a third admin who can log in, roles are raised first.
    sim.accept(EVE).expect("pending");
    invites.apply(people(&lower)).await;
    assert_eq!(sim.user(ADA).expect("there").role, "$member");
}

/// The check is made once more before the first loss.
#[tokio::test]
async fn nobody_is_lowered_if_the_admin_who_was_to_remain_could_not_be_raised() {
    let (sim, mut invites) = managed_by(KeyKind::ApiToken, RESOURCE).await;
    sim.set(json!({ "last_admin": "allow" })).expect("a switch");
    invites.apply(people(&[(ADA, "$admin"), (BOB, "$member")])).await;
    for email in [ADA, BOB] {
        sim.accept(email).expect("pending");
    }
    let first = sim.users().first().expect("somebody").email.clone();
    sim.give_role(&first, "$member").expect("there");
    let of_bob = format!("/api/service/users/{}/roles/update", id(&sim, BOB));
    sim.set_faults(vec![Rule::on("POST", &of_bob).status(403)]).expect("a rule");
    let swapped = people(&[(ADA, "$member"), (BOB, "$admin")]);
    let said = invites.try_apply(swapped.clone()).await.failed().to_string();
    assert!(said.contains("ada@example.com: role not changed: it is not safe"), "{said}");
    assert_eq!(sim.user(ADA).expect("there").role, "$admin");
    assert_eq!(invites.state()["people"][ADA]["role"], "$admin");
    sim.set_faults(vec![]).expect("no rule");
    invites.apply(swapped).await;
    assert_eq!(
        (sim.user(ADA).expect("there").role, sim.user(BOB).expect("there").role),
        ("$member", "$admin")
    );
}

/// The state must not show a change of spelling that nobody has made.
#[tokio::test]
async fn a_refused_change_keeps_the_spelling_of_the_role() {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    invites.apply(people(&[(ADA, "guest"), (BOB, "member")])).await;
    let refused = format!("/api/service/users/{}/roles/update", id(&sim, ADA));
    sim.fault(Rule::on("POST", &refused).status(403)).expect("a rule");
    invites.try_apply(people(&[(ADA, "member"), (BOB, "guest")])).await.failed();
    let roles = |invites: &Instance| [ADA, BOB].map(|email| invites.state()["people"][email]["role"].clone());
    assert_eq!(roles(&invites), ["guest", "guest"]);
}

/// Under `create_before_destroy`, the people of the new object are those of the old one. The provider cannot see that.
#[tokio::test]
async fn a_create_of_people_who_are_there_says_how_to_replace_the_list() {
    let (sim, mut invites) = world().await;
    let config = people(&[(ADA, "$member"), (BOB, "$guest")]);
    let said = core(&sim).resource(RESOURCE).try_apply(config).await.failed().to_string();
    let hint = "If this resource manages these people already and Terraform is replacing it";
    assert!(said.contains(hint) && said.contains("`terraform untaint`"), "{said}");
    // An update replaces nothing.
    sim.admit(EVE, "$guest", false).expect("nobody yet");
    let more = people(&[(ADA, "$member"), (BOB, "$guest"), (EVE, "$guest")]);
    let said = invites.try_apply(more).await.failed().to_string();
    assert!(said.contains("eve@example.com is in the tenant already") && !said.contains(hint), "{said}");
}

/// Only the role was refused, so an admin who disables the person afterwards has done so on purpose.
#[tokio::test]
async fn somebody_whom_an_admin_disables_after_only_the_role_was_refused_stays_disabled() {
    for was_disabled in [false, true] {
        let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
        person_by_other_means(&sim, ADA);
        if was_disabled {
            sim.disable(ADA).expect("active");
        }
        let update = format!("/api/service/users/{}/roles/update", id(&sim, ADA));
        sim.fault(Rule::on("POST", &update).status(403).times(1)).expect("a rule");
        let config = with(people(&[(ADA, "$admin"), (BOB, "$guest")]), json!({ "on_existing": "adopt" }));
        invites.apply(config.clone()).await;
        assert!(sim.user(ADA).expect("there").enabled);
        sim.disable(ADA).expect("active");
        let applied = invites.try_apply(config).await;
        assert!(!sim.user(ADA).expect("there").enabled, "{was_disabled}: {applied:?}");
    }
}

/// Somebody else has invited the person meanwhile, so `on_existing` decides.
#[tokio::test]
async fn an_entry_that_was_refused_is_checked_as_new_by_the_next_apply() {
    let (sim, mut invites) = managed(RESOURCE).await;
    sim.fault(Rule::on("POST", USERS).body_has(BOB).status(400)).expect("a rule");
    let config = people(&[(ADA, "$member"), (BOB, "$guest")]);
    invites.apply(config.clone()).await;
    assert_eq!(held(&invites), ["ada@example.com pending", "bob@example.com failed"]);
    sim.set_faults(vec![]).expect("no rule");
    sim.invite(BOB, "$guest").expect("by somebody else");
    sim.clear_journal();
    let said = invites.try_apply(config.clone()).await.failed().to_string();
    assert!(said.contains("in the tenant already") && said.contains(BOB), "{said}");
    assert_eq!(writes(&sim), "");
    assert_eq!(held(&invites), ["ada@example.com pending", "bob@example.com failed"]);
    invites.apply(with(config, json!({ "on_existing": "adopt" }))).await;
    assert_eq!(sim.journal().count("POST", USERS), 0, "{}", sim.journal());
    assert_eq!(held(&invites), ["ada@example.com pending", "bob@example.com pending"]);
    invites.plan_is_empty().await;
}

/// As [`held`], the number of those for whom nothing was sent for this reason.
fn not_sent(invites: &Instance, why: &str) -> usize {
    let failed = invites.state()["failed"].as_object().cloned().unwrap_or_default();
    failed.values().filter_map(Value::as_str).filter(|reason| reason.contains(why)).count()
}

/// Ctrl-C counts like a refusal: who was invited is in the state, and nobody is mailed twice.
#[tokio::test]
async fn whom_ctrl_c_kept_from_being_invited_is_in_failed_and_invited_by_the_next_apply() {
    let (sim, mut invites) = managed(RESOURCE).await;
    let stopped = core(&sim);
    invites.set_core(&stopped);
    let applied =
        interrupted(&sim, &stopped, ("POST", USERS, Moment::Before), invites.try_apply(crowd(250))).await;
    let said = applied.expect("some are invited").report().to_string();
    assert!(said.contains("not sent: interrupted"), "{said}");
    assert!(!invites.is_tainted());
    let left = not_sent(&invites, "not sent: interrupted");
    assert!(left > 0 && sim.mails().len() + left == 250, "{left}, {}", sim.mails().len());
    invites.set_core(&core(&sim).without_refresh());
    invites.apply(crowd(250)).await;
    assert_eq!((sim.mails().len(), &invites.state()["failed"]), (250, &json!({})));
    invites.set_core(&core(&sim));
    invites.plan_is_empty().await;
}

/// So does the end of the timeout.
#[tokio::test]
async fn whom_the_end_of_the_time_kept_from_being_invited_is_in_failed_and_invited_by_the_next_apply() {
    let (sim, mut invites) = managed(RESOURCE).await;
    // The second batch takes longer than there is time.
    sim.fault(Rule::on("POST", USERS).after_n(1).delay(Duration::from_secs(3))).expect("a rule");
    let hurry = with(crowd(250), json!({ "timeouts": { "create": "2s" } }));
    let said = invites.apply(hurry).await.report().to_string();
    assert!(said.contains("not sent: the time of the operation was over"), "{said}");
    assert!(!invites.is_tainted() && not_sent(&invites, "not sent: the time of the operation was over") > 0);
    sim.set_faults(vec![]).expect("no rule");
    sim.idle().await;
    invites.set_core(&core(&sim));
    invites.apply(crowd(250)).await;
    assert_eq!((sim.mails().len(), &invites.state()["failed"]), (250, &json!({})));
    invites.plan_is_empty().await;
}
