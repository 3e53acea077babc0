//! Invitations whose outcome is unknown: they are looked for, and never sent twice.

use std::time::Duration;

use atlan_sim::{Moment, Rule};

use super::*;
use crate::chance::quiet;

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
