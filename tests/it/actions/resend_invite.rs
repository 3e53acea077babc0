//! `atlan_resend_invite`: one mail, or none, or an error that says that one may have been sent.

use std::time::Duration;

use atlan_sim::{Moment, Rule};

use super::*;

const RESEND: &str = "/api/service/users/*/resendinvite";

#[tokio::test]
async fn invitations_are_sent_again_to_pending_and_expired_people_only() {
    let sim = cast().await;
    sim.invite(EVE, "$guest").expect("invited");
    sim.expire(EVE).expect("pending");
    let sent = core(&sim).action("atlan_resend_invite").invoke(json!({ "users": [ADA, BOB, EVE] })).await;
    assert_eq!(
        lines(&sent),
        [
            "ada@example.com: skipped (active)",
            "bob@example.com: the invitation was sent again",
            "eve@example.com: the invitation was sent again",
        ]
    );
    assert_eq!([ADA, BOB, EVE].map(|email| sim.mails_to(email)), [1, 2, 2]);
    assert_eq!(writes(&sim).lines().count(), 2);
}

#[tokio::test]
async fn only_old_invitations_and_not_too_many_are_sent_again() {
    let sim = cast().await;
    sim.advance(Duration::from_secs(48 * 3600));
    sim.invite(EVE, "$guest").expect("invited");
    let old = json!({ "users": [BOB, EVE], "older_than": "24h" });
    let sent = core(&sim).action("atlan_resend_invite").invoke(old).await;
    assert!(sent.to_string().contains("eve@example.com: skipped (invited at"), "{sent}");
    assert_eq!((sim.mails_to(BOB), sim.mails_to(EVE)), (2, 1));
    sim.clear_journal();
    let config = json!({ "users": [ADA, BOB, EVE], "max_mails": 1 });
    let said = refused(&core(&sim), "atlan_resend_invite", config).await;
    assert!(said.contains("This would send 2 mails, more than max_mails = 1. Nothing was sent."), "{said}");
    assert_eq!((places(&said), writes(&sim)), (vec!["max_mails".to_owned()], String::new()));
}

/// A mail cannot be taken back. Only some tenants note that it was sent.
#[tokio::test]
async fn a_mail_whose_answer_was_lost_is_not_sent_a_second_time() {
    let on = || Rule::on("POST", RESEND).times(1);
    let mut cases = passing("POST", RESEND);
    cases.extend([
        ("503 by a gateway", on().status(503).html()),
        ("503 by a gateway, done", on().status(503).html().applied()),
        // Without a code and an identifier, which Atlan's errors have.
        (
            "503 in JSON by a gateway, done",
            Rule { body: Some(json!({ "message": "Busy" })), ..on().status(503).applied() },
        ),
    ]);
    for is_noted in [true, false] {
        side_by_side(cases.clone(), move |(case, rule)| async move {
            let sim = cast().await;
            sim.advance(Duration::from_secs(3600));
            sim.set(json!({ "resend_updates_invited_at": is_noted })).expect("a switch");
            sim.fault(rule).expect("a rule");
            let run = impatient(&sim);
            let sent = run.action("atlan_resend_invite").try_invoke(json!({ "users": [BOB] })).await;
            // The body of the answer is empty, so nothing is cut off.
            let is_refused = case.starts_with("429") || case == "503";
            let is_done = case.ends_with("done") || case == "dropped after";
            assert_eq!(sent.is_ok(), is_refused || case == "cut off" || (is_done && is_noted), "{case}");
            assert_eq!(sim.journal().count("POST", RESEND), if is_refused { 2 } else { 1 }, "{case}");
            match sent {
                Ok(_) => assert_eq!(sim.mails_to(BOB), 2, "{case}"),
                Err(sent) => {
                    let said = sent.to_string();
                    let unknown = "it is unknown whether the invitation of bob@example.com was sent again";
                    assert!(said.contains(unknown), "{case}: {said}");
                    assert!(said.contains("Ask the person whether the mail has come"), "{case}: {said}");
                    let is_answered = said.contains("the answer does not say how far the request got");
                    assert_eq!(is_answered, !case.starts_with("dropped"), "{case}: {said}");
                }
            }
        })
        .await;
    }
}

/// Atlan itself says that it was too busy, so the request had no effect.
#[tokio::test]
async fn a_mail_that_atlan_was_too_busy_for_is_sent_later_or_reported_as_refused() {
    let sim = cast().await;
    sim.fault(Rule::on("POST", RESEND).status(503).retry_after(0).times(2)).expect("a rule");
    let sent = core(&sim).action("atlan_resend_invite").invoke(json!({ "users": [BOB] })).await;
    assert_eq!(lines(&sent), ["bob@example.com: the invitation was sent again"]);
    assert_eq!((sim.mails_to(BOB), sim.journal().count("POST", RESEND)), (2, 3));

    sim.fault(Rule::on("POST", RESEND).status(503)).expect("a rule");
    let twice = core_with(&sim, json!({ "max_retries": 1 }));
    let said = refused(&twice, "atlan_resend_invite", json!({ "users": [BOB] })).await;
    assert!(said.contains("failed 2 times") && said.contains("was refused with 503"), "{said}");
    assert!(!said.contains("it is unknown whether"), "{said}");
    assert_eq!(sim.mails_to(BOB), 2);
}

/// The same action would mail them again.
#[tokio::test]
async fn an_action_that_fails_for_some_names_those_whom_it_has_mailed() {
    let sim = cast().await;
    sim.invite(EVE, "$guest").expect("invited");
    let eve = sim.user(EVE).expect("there").id;
    sim.fault(Rule::on("POST", &format!("/api/service/users/{eve}/resendinvite")).status(400))
        .expect("a rule");
    let users = json!({ "users": [BOB, EVE] });
    let said = refused(&core(&sim), "atlan_resend_invite", users).await;
    assert!(said.contains("Already mailed: bob@example.com. The action would mail them again"), "{said}");
    assert_eq!((sim.mails_to(BOB), sim.mails_to(EVE)), (2, 1));
}

/// Atlan may drop the record of an invitation that has expired.
#[tokio::test]
async fn nobody_is_mailed_if_an_expired_invitation_is_no_longer_there() {
    let sim = cast().await;
    sim.set(json!({ "expired_record": "remove" })).expect("a switch");
    sim.invite(EVE, "$guest").expect("invited");
    sim.expire(EVE).expect("pending");
    let said = refused(&core(&sim), "atlan_resend_invite", json!({ "users": [BOB, EVE] })).await;
    assert!(said.contains("There is no such person") && said.contains("eve@example.com"), "{said}");
    assert_eq!((places(&said), sim.mails_to(BOB), sim.mails_to(EVE)), (vec!["users".to_owned()], 1, 1));
    assert_eq!(writes(&sim), "");
}

#[tokio::test]
async fn a_tenant_without_the_request_is_named_and_nothing_is_withdrawn() {
    let sim = cast().await;
    sim.invite(EVE, "$guest").expect("invited");
    sim.set(json!({ "resend_invite": false })).expect("a switch");
    let said = refused(&core(&sim), "atlan_resend_invite", json!({ "users": [BOB, EVE] })).await;
    assert!(
        said.contains("This tenant cannot resend invitations")
            && said.contains("page Users of Atlan's admin center"),
        "{said}"
    );
    assert_eq!(
        (sim.journal().count("POST", RESEND), sim.journal().writes().len()),
        (1, 1),
        "{}",
        sim.journal()
    );
    assert!(sim.user(BOB).expect("there").pending);
    sim.set(json!({ "resend_invite": true, "resend_with": ["api_token"] })).expect("a switch");
    let said = refused(&core(&sim), "atlan_resend_invite", json!({ "users": [BOB] })).await;
    assert!(said.contains("This credential may not do this"), "{said}");
}

/// What has left is finished, and nobody else is mailed.
#[tokio::test]
async fn ctrl_c_ends_an_action_between_two_people() {
    let sim = cast().await;
    sim.invite(EVE, "$guest").expect("invited");
    let core = core(&sim);
    let hold = sim.hold("POST", RESEND, Moment::After);
    let resend = core.action("atlan_resend_invite");
    let interrupt = async {
        sim.arrived("POST", RESEND).await;
        core.stop().await;
        hold.release();
    };
    let (sent, ()) = tokio::join!(resend.try_invoke(json!({ "users": [BOB, EVE] })), interrupt);
    let sent = sent.expect_err("interrupted");
    let said = sent.report().to_string();
    for words in
        ["bob@example.com: the invitation was sent again", "eve@example.com: failed", "was cancelled"]
    {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!((sim.mails_to(BOB), sim.mails_to(EVE)), (2, 1));
}

/// The request is there, so this 404 is about one person.
#[tokio::test]
async fn a_404_after_the_first_mail_is_about_one_person_and_stops_nobody() {
    let sim = cast().await;
    for email in [EVE, "kim@example.com"] {
        sim.invite(email, "$guest").expect("invited");
    }
    let eve = sim.user(EVE).expect("there").id;
    sim.fault(Rule::on("POST", &format!("/api/service/users/{eve}/resendinvite")).status(404))
        .expect("a rule");
    let said =
        refused(&core(&sim), "atlan_resend_invite", json!({ "users": [BOB, EVE, "kim@example.com"] })).await;
    assert!(said.contains("eve@example.com") && said.contains("404"), "{said}");
    assert!(said.contains("Already mailed: bob@example.com, kim@example.com."), "{said}");
    assert_eq!((sim.mails_to(BOB), sim.mails_to(EVE), sim.mails_to("kim@example.com")), (2, 1, 2));
}

/// With `for_each`, Terraform invokes the action once for each instance that fires the event. The docs name `older_than` as the remedy.
#[tokio::test]
async fn older_than_spares_those_whom_this_run_has_just_mailed() {
    let sim = cast().await;
    let people: Vec<String> = (1..=6).map(|n| format!("p{n}@example.com")).collect();
    for email in &people {
        sim.invite(email, "$guest").expect("invited");
    }
    sim.advance(Duration::from_secs(3 * 86_400));
    let run = core(&sim).one_run();
    let config = json!({ "users": people, "older_than": "24h" });
    run.action("atlan_resend_invite").invoke(config.clone()).await;
    let second = run.action("atlan_resend_invite").invoke(config).await;
    let mails: Vec<usize> = people.iter().map(|email| sim.mails_to(email)).collect();
    assert_eq!(mails, [2; 6], "{second}");
}

/// Two instances that fire at the same time.
#[tokio::test]
async fn older_than_spares_those_whom_another_invocation_mails_at_the_same_time() {
    let sim = cast().await;
    sim.advance(Duration::from_secs(3 * 86_400));
    let run = core(&sim).one_run();
    let config = json!({ "users": [BOB], "older_than": "24h" });
    let (one, two) = (run.action("atlan_resend_invite"), run.action("atlan_resend_invite"));
    tokio::join!(one.invoke(config.clone()), two.invoke(config));
    assert_eq!(sim.mails_to(BOB), 2);
}

/// Bob has been mailed, and nobody knows. Then Eve's request meets a 404.
#[tokio::test]
async fn a_404_after_a_lost_answer_does_not_hide_that_a_mail_may_have_been_sent() {
    let sim = cast().await;
    sim.invite(EVE, "$guest").expect("invited");
    sim.set(json!({ "resend_updates_invited_at": false })).expect("a switch");
    let (bob, eve) = (sim.user(BOB).expect("there").id, sim.user(EVE).expect("there").id);
    let on = |id: &str| Rule::on("POST", &format!("/api/service/users/{id}/resendinvite"));
    sim.fault(on(&bob).drop(Moment::After).times(1)).expect("a rule");
    sim.fault(on(&eve).status(404)).expect("a rule");
    let said = refused(&impatient(&sim), "atlan_resend_invite", json!({ "users": [BOB, EVE] })).await;
    assert_eq!(sim.mails_to(BOB), 2);
    assert!(!said.contains("Nothing was sent"), "{said}");
    assert!(
        said.contains("it is unknown whether the invitation of bob@example.com was sent again"),
        "{said}"
    );
}

/// A resource of the run has read all people. Bob is removed between the look at him and the request for his mail, so the 404 is about him.
#[tokio::test]
async fn a_404_for_somebody_who_was_just_removed_is_about_that_person_and_stops_nobody() {
    let sim = cast().await;
    sim.invite(EVE, "$guest").expect("invited");
    let run = core_with(&sim, json!({ "read_mode": "snapshot" })).one_run();
    run.resource("atlan_user_role").apply(json!({ "user": ADA, "role": "$guest" })).await;
    let hold = sim.hold("POST", RESEND, Moment::Before);
    let remove = async {
        sim.arrived("POST", RESEND).await;
        sim.remove(BOB).expect("there");
        hold.release();
    };
    let resend = run.action("atlan_resend_invite");
    let (sent, ()) = tokio::join!(resend.try_invoke(json!({ "users": [BOB, EVE] })), remove);
    let said = sent.expect_err("Bob is gone").to_string();
    assert!(!said.contains("This tenant cannot resend invitations"), "{said}");
    assert_eq!(sim.mails_to(EVE), 2, "{said}");
}

/// The 404 about Bob, who was removed right before, does not tell whether the tenant has the request.
#[tokio::test]
async fn a_tenant_without_the_request_is_named_although_the_first_404_was_about_a_person() {
    let sim = cast().await;
    sim.invite(EVE, "$guest").expect("invited");
    sim.set(json!({ "resend_invite": false })).expect("a switch");
    let core = core(&sim);
    let hold = sim.hold("POST", RESEND, Moment::Before);
    let remove = async {
        sim.arrived("POST", RESEND).await;
        sim.remove(BOB).expect("there");
        hold.release();
    };
    let resend = core.action("atlan_resend_invite");
    let (sent, ()) = tokio::join!(resend.try_invoke(json!({ "users": [BOB, EVE] })), remove);
    let said = sent.expect_err("nobody was mailed").to_string();
    assert_eq!(sim.journal().count("POST", RESEND), 2, "{}", sim.journal());
    assert!(said.contains("This tenant cannot resend invitations"), "{said}");
}

/// Nothing was sent for Bob, so it is not known yet whether the tenant has the request.
#[tokio::test]
async fn a_tenant_without_the_request_is_named_although_the_first_person_is_gone() {
    let sim = cast().await;
    sim.invite(EVE, "$guest").expect("invited");
    sim.set(json!({ "resend_invite": false })).expect("a switch");
    let core = core_with(&sim, json!({ "read_mode": "snapshot" }));
    let run = core.one_run();
    run.resource("atlan_user_role").apply(json!({ "user": ADA, "role": "$guest" })).await;
    let bob = sim.user(BOB).expect("there").id;
    sim.remove(BOB).expect("there");
    let said = refused(&run, "atlan_resend_invite", json!({ "users": [bob, EVE] })).await;
    assert!(said.contains("This tenant cannot resend invitations"), "{said}");
}
