//! What goes wrong between Terraform and Atlan: the state tells the truth, and the next apply converges.

use std::time::{Duration, Instant};

use atlan_sim::Rule;
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_refused_invitation_says_what_to_do_and_leaves_nothing() {
    let post = || Rule::on("POST", USERS).times(1);
    let roles = || Rule::on("GET", ROLES).times(1);
    let html = |status| Rule { html: true, ..Rule::on("GET", USERS).times(1).status(status) };
    let cases = vec![
        ("401", post().status(401), "Check `api_key` (ATLAN_API_KEY)"),
        ("403", post().status(403), "The credential may not do this"),
        ("400", post().status(400), "was refused with 400"),
        ("role list 500", roles().status(500), "Atlan could not answer"),
        ("role list 403", roles().status(403), "The credential may not do this"),
        ("HTML instead of JSON", html(200), "Something other than Atlan may have answered"),
        ("cut off", Rule::on("GET", USERS).times(1).truncate(9), "The connection was lost"),
    ];
    side_by_side(cases, |(case, rule, advice)| async move {
        let (sim, mut invite) = managed("atlan_user_invite").await;
        invite.set_core(&core_with(&sim, json!({ "max_retries": 0 })));
        sim.fault(rule).expect("a rule");
        let said = invite.try_apply(ada("$member")).await.failed().to_string();
        assert!(said.contains(advice), "{case}: {said}");
        assert!(!said.contains(&sim.api_key()), "{case}: {said}");
        assert!(invite.state().is_null() && sim.mails().is_empty(), "{case}");
        invite.apply(ada("$member")).await;
        invite.plan_is_empty().await;
        assert_eq!(sim.mails().len(), 1, "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_role_list_without_the_role_sends_nothing() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    let body = json!({ "totalRecord": 0, "filterRecord": 0, "records": [] });
    sim.fault(Rule { body: Some(body), ..Rule::on("GET", ROLES).status(200) }).expect("a rule");
    let said = invite.try_apply(ada("$member")).await.failed().to_string();
    assert!(said.contains("error at role:") && said.contains("list of roles has no"), "{said}");
    assert_eq!(writes(&sim), "");
}

#[tokio::test]
async fn a_tenant_with_single_sign_on_is_explained() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    sim.set(json!({ "sso_enforced": true })).expect("a switch");
    let said = invite.try_apply(ada("$member")).await.failed().to_string();
    assert!(said.contains("by single sign-on only") && said.contains("identity provider"), "{said}");
    assert!(invite.state().is_null());
}

#[tokio::test]
async fn throttling_is_waited_out() {
    for header in ["seconds", "date", "none"] {
        let (sim, mut invite) = managed("atlan_user_invite").await;
        sim.set(json!({ "rate_limit_header": header })).expect("a switch");
        sim.fault(Rule::on("*", "/api/service/*").status(429).times(3)).expect("a rule");
        invite.apply(ada("$member")).await;
        assert_eq!(sim.mails().len(), 1, "{header}");
        invite.plan_is_empty().await;
    }
}

#[tokio::test]
async fn a_pause_that_is_too_long_is_named() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    sim.fault(Rule::on("GET", USERS).status(429).retry_after(3600)).expect("a rule");
    let said = invite.try_apply(ada("$member")).await.failed().to_string();
    assert!(said.contains("3600 s") && said.contains("retry_max_wait"), "{said}");
    assert!(invite.state().is_null());
}

#[tokio::test]
async fn a_person_who_shows_late_is_waited_for_and_does_not_count_as_deleted() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    sim.set(json!({ "invite_visible_after_ms": 150 })).expect("a switch");
    invite.apply(ada("$member")).await;
    invite.plan_is_empty().await;
    assert_eq!(sim.mails().len(), 1);
}

#[tokio::test]
async fn failed_reads_updates_and_deletes_leave_the_state() {
    let (sim, mut invite) = invited().await;
    let before = invite.state();
    invite.set_core(&core_with(&sim, json!({ "max_retries": 0 })));
    for status in [401, 403, 500] {
        sim.fault(Rule::on("GET", USERS).status(status)).expect("a rule");
        invite.try_refresh().await.failed();
        assert_eq!(invite.state(), before, "{status}");
        sim.set_faults(vec![]).expect("rules");
    }
    sim.fault(Rule::on("POST", ROLE_UPDATES).status(403)).expect("a rule");
    invite.try_apply(ada("$guest")).await.failed();
    assert_eq!(invite.state()["role"], before["role"]);
    sim.set_faults(vec![]).expect("rules");
    invite.apply(ada("$guest")).await;
    invite.plan_is_empty().await;
}

#[tokio::test]
async fn a_person_removed_in_atlan_is_invited_again() {
    let (sim, mut invite) = invited().await;
    sim.remove(ADA).expect("there");
    invite.refresh().await;
    assert!(invite.state().is_null());
    invite.apply(ada("$member")).await;
    invite.plan_is_empty().await;
}

#[tokio::test]
async fn ctrl_c_ends_waiting_and_keeps_what_was_sent() {
    // Without Ctrl-C each of these waits for minutes: for somebody who does not show, for a pause, for an answer.
    let cases = [
        ("the look", json!({}), json!({ "invite_visible_after_ms": 3_600_000 }), None),
        ("the pause", json!({}), json!({}), Some(Rule::on("GET", USERS).status(429).retry_after(50))),
        ("the answer", json!({ "request_timeout": "700ms" }), json!({}), None),
    ];
    for (case, settings, switches, rule) in cases {
        let (sim, mut invite) = managed("atlan_user_invite").await;
        sim.set(switches).expect("switches");
        let terraform = core_with(&sim, settings);
        invite.set_core(&terraform);
        let hold = (case == "the answer").then(|| sim.hold("POST", USERS, atlan_sim::Moment::After));
        if let Some(rule) = rule {
            sim.fault(rule).expect("a rule");
        }
        let apply = tokio::spawn(async move { (invite.try_apply(ada("$member")).await, invite) });
        match case {
            "the pause" => drop(sim.arrived("GET", USERS).await),
            // The look has begun.
            "the look" => {
                sim.until(|entries| {
                    let post = entries.iter().position(|entry| entry.fits("POST", USERS))?;
                    entries[post..].iter().any(|entry| entry.fits("GET", USERS)).then_some(())
                })
                .await;
            }
            _ => drop(sim.arrived("POST", USERS).await),
        }
        let stopped = Instant::now();
        terraform.stop().await;
        // The answer is never released: the request has as long as one may take, and no more.
        let (result, mut invite) = apply.await.expect("no panic");
        assert!(stopped.elapsed() < Duration::from_secs(3), "{case}: {:?}", stopped.elapsed());
        let said = result.failed().to_string();
        if case == "the look" {
            assert!(
                said.contains("but the command ended before the person showed in the list of users"),
                "{said}"
            );
        }
        let sent = sim.mails().len();
        assert_eq!(sent, usize::from(case != "the pause"), "{case}");
        if sent == 1 {
            assert_eq!(invite.state()["email"], ADA, "{case}: in the state, at least as an attempt");
        } else {
            assert!(invite.state().is_null(), "{case}");
        }
        drop(hold);
        sim.set_faults(vec![]).expect("no rules");
        sim.set(json!({ "invite_visible_after_ms": null })).expect("a switch");
        sim.advance(Duration::from_secs(3_600));
        invite.set_core(&core(&sim));
        invite.apply(ada("$member")).await;
        invite.plan_is_empty().await;
        assert_eq!(sim.mails().len(), 1, "{case}");
    }
}

#[tokio::test]
async fn one_person_of_a_large_tenant_costs_one_request_a_plan() {
    let sim =
        Sim::start(atlan_sim::Options { users: 5_000, ..Default::default() }).await.expect("a simulator");
    let mut invite = core(&sim).resource("atlan_user_invite");
    invite.apply(ada("$member")).await;
    sim.clear_journal();
    invite.plan_is_empty().await;
    assert!(sim.journal().len() <= 2, "{}", sim.journal());
}
