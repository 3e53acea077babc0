//! `atlan_resend_invite`: one mail, or none, or an error that says that one may have been sent.

use std::time::Duration;

use atlan_sim::Moment;

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

/// A mail cannot be taken back, and no list shows it.
#[tokio::test]
async fn a_mail_whose_answer_was_lost_is_not_sent_a_second_time() {
    for (case, rule) in passing("POST", RESEND) {
        let sim = cast().await;
        sim.fault(rule).expect("a rule");
        let sent = impatient(&sim).action("atlan_resend_invite").try_invoke(json!({ "users": [BOB] })).await;
        // The body of the answer is empty, so nothing is cut off.
        let is_known = case.starts_with("429") || case == "cut off";
        assert_eq!(sent.is_ok(), is_known, "{case}");
        if let Err(sent) = sent {
            let said = sent.to_string();
            assert!(
                said.contains("it is unknown whether the invitation of bob@example.com was sent again"),
                "{said}"
            );
            assert!(said.contains("Ask the person whether the mail has come"), "{said}");
            assert_eq!(sim.journal().count("POST", RESEND), 1, "{case}: {}", sim.journal());
        }
        assert!(sim.mails_to(BOB) <= 2, "{case}");
    }
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
    assert_eq!(lines(&sent), ["bob@example.com: the invitation was sent again", "eve@example.com: failed"]);
    assert!(sent.report().to_string().contains("was cancelled"), "{sent}");
    assert_eq!((sim.mails_to(BOB), sim.mails_to(EVE)), (2, 1));
}
