//! Refusals of some people among many; lost answers; lock-out.

use std::time::Duration;

use atlan_sim::{Moment, Rule};

use super::*;
use crate::chance::quiet;

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
    for (batch, status, why) in [
        ("atomic", "failed", "not invited: "),
        ("partial", "failed", "not invited: "),
        ("per_entry", "unknown", "it is unknown whether"),
    ] {
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
    }
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

/// A create whose invitations fail by that rule, and after which nobody can be looked up.
async fn unclear(sim: &Sim, mut invites: Instance, config: Value, rule: Rule) -> Instance {
    sim.set_faults(vec![rule.times(1).delay(Duration::from_millis(100))]).expect("a rule");
    let applying = tokio::spawn(async move {
        let applied = invites.try_apply(config).await;
        (invites, applied)
    });
    sim.arrived("POST", USERS).await;
    sim.fault(Rule::on("GET", USERS).status(500)).expect("a rule");
    let (invites, applied) = applying.await.expect("no panic");
    sim.set_faults(vec![]).expect("no rule");
    let applied = applied.unwrap_or_else(|report| panic!("{report}\n{}", sim.journal()));
    assert!(applied.report().to_string().contains("unknown whether"), "{}", applied.report());
    assert!(!invites.is_tainted());
    invites
}

/// Hard case 2, in process: the answer of the batch is lost, and the effect comes late.
#[tokio::test]
async fn entries_whose_outcome_is_unknown_are_looked_for_and_never_sent_twice() {
    for (case, rule) in [
        ("in effect", Rule::on("POST", USERS).drop(Moment::After)),
        ("in effect late", Rule::on("POST", USERS).drop(Moment::Before).late(Duration::from_millis(700))),
        ("not in effect", Rule::on("POST", USERS).drop(Moment::Before)),
    ] {
        let (sim, invites) = managed(RESOURCE).await;
        let config = people(&[(ADA, "$member"), (BOB, "$guest"), (EVE, "$guest")]);
        let mut invites = unclear(&sim, invites, config.clone(), rule).await;
        assert_eq!(
            held(&invites),
            ["ada@example.com unknown", "bob@example.com unknown", "eve@example.com unknown"],
            "{case}"
        );
        invites.set_core(&impatient(&sim));
        invites.apply(config.clone()).await;
        assert_eq!(sim.mails().len(), 3, "{case}: {}", sim.journal());
        assert_eq!(
            held(&invites),
            ["ada@example.com pending", "bob@example.com pending", "eve@example.com pending"],
            "{case}"
        );
        invites.plan_is_empty().await;
        assert_eq!(invites.state()["failed"], json!({}), "{case}");
    }
}

/// Directly after the apply it waits; two hours later, a single look is enough.
#[tokio::test]
async fn a_refresh_finds_out_that_an_unclear_invitation_had_no_effect() {
    for (later, timeout) in [(0, "300ms"), (7_200, "60s")] {
        let (sim, invites) = managed(RESOURCE).await;
        let lost = Rule::on("POST", USERS).drop(Moment::Before);
        let mut invites = unclear(&sim, invites, people(&[(ADA, "$member")]), lost).await;
        sim.advance(Duration::from_secs(later));
        invites.set_core(&core_with(&sim, json!({ "request_timeout": timeout })));
        let refreshed = tokio::time::timeout(Duration::from_secs(30), invites.refresh()).await;
        refreshed.expect("no wait for a minute");
        assert_eq!(held(&invites), [format!("{ADA} failed")], "{later}");
        let why = invites.state()["failed"][ADA].clone();
        assert!(
            why.as_str().is_some_and(|why| why.contains("had no effect; the next apply invites")),
            "{later}: {why}"
        );
        invites.apply(people(&[(ADA, "$member")])).await;
        assert_eq!(sim.mails().len(), 1, "{later}");
        invites.plan_is_empty().await;
    }
}

/// Nor are they forgotten: whoever was invited after all is removed with the entry.
#[tokio::test]
async fn an_unknown_entry_that_leaves_the_map_is_looked_for_before_it_is_forgotten() {
    for destroys in [false, true] {
        let (sim, invites) = managed_by(KeyKind::User, RESOURCE).await;
        let lost = Rule::on("POST", USERS).drop(Moment::After);
        let mut invites = unclear(&sim, invites, people(&[(ADA, "$member")]), lost).await;
        invites.set_core(&impatient(&sim).without_refresh());
        match destroys {
            true => drop(invites.destroy().await),
            false => drop(invites.apply(people(&[])).await),
        }
        assert!(sim.user(ADA).is_none_or(|ada| !ada.enabled), "{destroys}");
    }
}

/// But nobody is forgotten without a word: that the invitation had no effect is likely, not certain.
#[tokio::test]
async fn an_unknown_entry_of_whom_nothing_shows_leaves_with_a_warning() {
    for (destroys, is_there) in [(false, false), (true, false), (false, true)] {
        let (sim, invites) = managed_by(KeyKind::User, RESOURCE).await;
        let lost = Rule::on("POST", USERS).drop(Moment::Before);
        let mut invites = unclear(&sim, invites, people(&[(ADA, "$member")]), lost).await;
        invites.set_core(&impatient(&sim).without_refresh());
        if is_there {
            sim.admit(ADA, "$guest", false).expect("nobody yet");
        }
        sim.clear_journal();
        let said = match destroys {
            true => invites.destroy().await.to_string(),
            false => invites.apply(people(&[])).await.report().to_string(),
        };
        assert!(said.contains("ada@example.com is no longer managed"), "{said}");
        let found = if is_there { "does not say that this credential invited them" } else { "had no effect" };
        assert!(said.contains(found) && said.contains("page Users of Atlan's admin center"), "{said}");
        assert!(sim.journal().count("GET", USERS) > 0, "{}", sim.journal());
        assert_eq!(writes(&sim), "");
        assert_eq!(sim.user(ADA).is_some_and(|ada| ada.enabled), is_there);
    }
}

/// An entry whose invitation is unclear, in a tenant that sends another mail to somebody who is invited again.
pub(super) async fn unclear_where_a_second_invitation_is_a_second_mail() -> (Sim, Instance) {
    let (sim, invites) = managed_by(KeyKind::User, RESOURCE).await;
    sim.set(json!({ "invite_duplicate": "resend" })).expect("a switch");
    let late = Rule::on("POST", USERS).drop(Moment::Before).late(Duration::from_millis(700));
    let config = with(people(&[(ADA, "$member")]), json!({ "on_destroy": "forget" }));
    let invites = unclear(&sim, invites, config, late).await;
    (sim, invites)
}

/// A failed delete half leaves the private state of the create's plan in the state, which knows of no invitation.
#[tokio::test]
async fn an_unclear_entry_of_a_list_that_was_tainted_is_not_mailed_again() {
    let (sim, mut invites) = managed_by(KeyKind::User, RESOURCE).await;
    sim.set(json!({ "invite_duplicate": "resend" })).expect("a switch");
    invites.apply(people(&[(ADA, "$member")])).await;
    let late = Rule::on("POST", USERS).drop(Moment::Before).late(Duration::from_millis(2_500)).times(1);
    sim.set_faults(vec![late.delay(Duration::from_millis(100))]).expect("a rule");
    sim.clear_journal();
    let both = people(&[(ADA, "$member"), (BOB, "$guest")]);
    let looks_fail = async {
        sim.arrived("POST", USERS).await;
        sim.fault(Rule::on("GET", USERS).status(500)).expect("a rule");
    };
    tokio::join!(invites.try_apply(both.clone()), looks_fail).0.failed();
    sim.set_faults(vec![]).expect("no rule");
    assert_eq!(held(&invites), [format!("{ADA} pending"), format!("{BOB} unknown")]);
    invites.set_core(&core_with(&sim, json!({ "request_timeout": "4s" })).without_refresh());
    invites.taint();
    let said = invites.try_apply(people(&[(BOB, "$guest")])).await.failed().to_string();
    assert!(said.contains("terraform untaint"), "{said}");
    invites.untaint();
    invites.apply(both).await;
    quiet(&sim, &[0]).await;
    assert_eq!((sim.mails_to(ADA), sim.mails_to(BOB)), (1, 1), "{}", sim.journal());
    assert_eq!(invites.state()["people"][BOB]["id"], *id(&sim, BOB));
}

/// Two states may be managed with one token. Whoever was invited before the attempt of this one belongs to the other.
#[tokio::test]
async fn an_accepted_invitation_does_not_claim_whom_the_same_token_has_invited_before() {
    let (sim, mut invites) = managed(RESOURCE).await;
    let timing = atlan::Timing { visible_within: Duration::from_millis(500), ..quick_timing() };
    invites.set_core(&core_with(&sim, json!({ "request_timeout": "2s" })).give(timing));
    sim.set(json!({ "invite_visible_after_ms": 180_000, "invite_duplicate": "skip" })).expect("switches");
    let role = by_other_means_get(&sim, ROLES)["records"][0].clone();
    let entry = json!({ "email": BOB, "roleName": role["name"], "roleId": role["id"] });
    by_other_means(&sim, USERS, &json!({ "users": [entry] }));
    sim.advance(Duration::from_secs(60));
    let config = people(&[(BOB, role["name"].as_str().expect("a name"))]);
    let said = invites.apply(config.clone()).await.report().to_string();
    assert!(said.contains("Atlan accepted the invitation"), "{said}");
    sim.advance(Duration::from_secs(300));
    invites.refresh().await;
    assert_eq!(held(&invites), [format!("{BOB} unknown")]);
    let said = invites.try_apply(config).await.failed().to_string();
    assert!(said.contains("`on_existing = \"adopt\"`"), "{said}");
    assert_eq!(sim.mails_to(BOB), 1);
}

/// `forget` promises to leave the person alone, but the lost request may still invite them.
#[tokio::test]
async fn an_unknown_entry_does_not_move_to_another_resource_in_one_plan() {
    for (created_first, destroys) in [(false, false), (true, false), (false, true), (true, true)] {
        let (sim, mut invites) = unclear_where_a_second_invitation_is_a_second_mail().await;
        let run = impatient(&sim).without_refresh().one_run();
        invites.set_core(&run);
        let mut single = run.resource("atlan_user_invite");
        let config = json!({ "email": ADA, "role": "$member", "on_existing": "adopt" });
        if created_first {
            single.plan(config.clone()).await;
        }
        let old = match destroys {
            true => invites.try_plan_destroy().await.map(drop),
            false => invites.try_plan(with(people(&[]), json!({ "on_destroy": "forget" }))).await.map(drop),
        };
        let said = match created_first {
            true => old.failed(),
            false => {
                old.expect("no clash yet");
                single.try_plan(config).await.map(drop).failed()
            }
        };
        let said = said.to_string();
        assert!(said.contains("ada@example.com is both removed and created"), "{said}");
        assert!(said.contains("its outcome is unknown") && said.contains("Then move the person."), "{said}");
    }
}

/// Terraform may begin with the create, and a lost request that takes effect afterwards would be the second mail.
#[tokio::test]
async fn nobody_unknown_is_invited_in_a_plan_with_an_unclear_invitation() {
    let role = json!({ "role": "$member" });
    let unknown = tfplug::testing::unknown;
    let new = [
        ("atlan_user_invite", with(json!({ "email": unknown() }), role)),
        (RESOURCE, json!({ "people": unknown() })),
    ];
    let forget = json!({ "on_destroy": "forget" });
    let old =
        [Some(with(people(&[]), forget.clone())), Some(with(people(&[(ADA, "$member")]), forget)), None];
    for (kind, config) in new {
        let (sim, mut invites) = unclear_where_a_second_invitation_is_a_second_mail().await;
        for (created_first, old) in
            [false, true].into_iter().flat_map(|first| old.iter().map(move |old| (first, old)))
        {
            let run = impatient(&sim).without_refresh().one_run();
            invites.set_core(&run);
            let mut other = run.resource(kind);
            if created_first {
                other.plan(config.clone()).await;
            }
            let planned = match old {
                Some(config) => invites.try_plan(config.clone()).await.map(drop),
                None => invites.try_plan_destroy().await.map(drop),
            };
            let said = match created_first {
                true => planned.failed(),
                false => {
                    planned.expect("no clash yet");
                    other.try_plan(config.clone()).await.map(drop).failed()
                }
            };
            let said = said.to_string();
            assert!(said.contains("ada@example.com could be invited twice"), "{kind}: {said}");
            assert!(said.contains("First apply what the unknown address depends on"), "{kind}: {said}");
        }
    }
}

/// Whoever is added to the same map is somebody else.
#[tokio::test]
async fn an_unclear_entry_does_not_hinder_its_own_resource() {
    let (sim, mut invites) = unclear_where_a_second_invitation_is_a_second_mail().await;
    invites.set_core(&impatient(&sim).without_refresh().one_run());
    invites.plan(json!({ "people": tfplug::testing::unknown() })).await;
}

/// In `terraform test`, one process plans and applies several times.
#[tokio::test]
async fn an_entry_whose_outcome_is_known_by_now_hinders_nobody_unknown() {
    let role = json!({ "role": "$member" });
    let address = json!({ "email": tfplug::testing::unknown() });
    let new = [
        ("atlan_user_invite", with(address, role)),
        (RESOURCE, json!({ "people": tfplug::testing::unknown() })),
    ];
    for (kind, config) in new {
        // The next apply finds the person, or invites them.
        for moment in [Moment::After, Moment::Before] {
            let (sim, invites) = managed_by(KeyKind::User, RESOURCE).await;
            let ada = people(&[(ADA, "$member")]);
            let mut invites = unclear(&sim, invites, ada.clone(), Rule::on("POST", USERS).drop(moment)).await;
            let process = impatient(&sim).without_refresh().one_process();
            invites.set_core(&process);
            invites.plan(ada.clone()).await;
            let mut other = process.resource(kind);
            let said = other.try_plan(config.clone()).await.failed().to_string();
            assert!(said.contains("ada@example.com could be invited twice"), "{kind}: {said}");
            invites.apply(ada).await;
            assert_eq!((held(&invites), sim.mails_to(ADA)), (vec![format!("{ADA} pending")], 1), "{kind}");
            other.plan(config.clone()).await;
            invites.plan_is_empty().await;
        }
    }
}

/// An apply of which the plan has not seen the unclear invitation, with `-target` for example: the create waits for the look.
#[tokio::test]
async fn a_create_waits_until_the_outcome_of_an_unclear_invitation_is_known() {
    let (sim, mut invites) = unclear_where_a_second_invitation_is_a_second_mail().await;
    // Long enough for the lost request to have its effect while the entry is looked for.
    let run = core_with(&sim, json!({ "request_timeout": "2s" })).without_refresh().one_run();
    invites.set_core(&run);
    let mut single = core(&sim).resource("atlan_user_invite");
    let (email, config) = (json!({ "email": tfplug::testing::unknown() }), json!({ "email": ADA }));
    let rest = json!({ "role": "$member", "on_existing": "adopt" });
    let coming = single.plan(with(email, rest.clone())).await;
    single.set_core(&run);
    sim.clear_journal();
    let leaving = tokio::spawn(async move { invites.destroy().await });
    sim.arrived("GET", USERS).await;
    single.apply_plan(&coming, with(config, rest)).await;
    leaving.await.expect("no panic");
    assert_eq!(writes(&sim), "", "the lost request has invited the person meanwhile");
    assert_eq!((sim.mails_to(ADA), &single.state()["status"]), (1, &json!("pending")));
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
    assert!(said.contains("Could not invite 30 people"), "{said}");
    assert!(said.contains("p0019@example.com, and 10 more: not invited"), "{said}");
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
