//! Nobody gets two mails, whatever happens to the request and its answer.

use std::time::Duration;

use atlan_sim::{Moment, Rule, Sim};
use expect_test::expect;
use serde_json::{Value, json};
use tfplug::testing::{Action, Instance};

use super::*;
use crate::chance::quiet;

/// What may happen to the request that invites. In each case there is one invitation after the second apply.
fn losses() -> Vec<(&'static str, Rule)> {
    let post = || Rule::on("POST", USERS).times(1);
    let late = Duration::from_millis(150);
    vec![
        ("dropped before", post().drop(Moment::Before)),
        ("dropped after", post().drop(Moment::After)),
        ("dropped, in effect late", post().drop(Moment::Before).late(late)),
        ("500, in effect", post().status(500).applied()),
        ("500, not in effect", post().status(500)),
        ("502, in effect late", post().status(502).late(late)),
        ("503, not in effect", post().status(503)),
        ("503, in effect", post().status(503).applied()),
        ("504, in effect", post().status(504).applied()),
        ("429, not in effect", post().status(429)),
    ]
}

#[tokio::test]
async fn a_lost_answer_mails_once_and_ends_in_a_managed_person() {
    side_by_side(losses(), |(case, rule)| async move {
        let (sim, mut invite) = managed("atlan_user_invite").await;
        invite.set_core(&impatient(&sim));
        sim.fault(rule).expect("a rule");
        invite
            .try_apply(ada("$member"))
            .await
            .unwrap_or_else(|report| panic!("{case}: {report}\n{}", sim.journal()));
        assert_eq!(sim.mails().len(), 1, "{case}");
        assert_eq!(invite.state()["id"], *sim.user(ADA).expect("invited").id, "{case}");
        invite.plan_is_empty().await;
        invite.destroy().await;
    })
    .await;
}

/// A tenant in which the answer to Ada's invitation was lost, and an apply that could not learn its outcome.
async fn unclear(rule: Rule, more: Value) -> (Sim, Instance, String) {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    // Looking the person up fails, too, once the invitation was sent.
    sim.set_faults(vec![rule, Rule::on("GET", USERS).after_n(1).status(500)]).expect("rules");
    let report = invite.try_apply(with(ada("$member"), more)).await.failed().to_string();
    sim.set_faults(vec![]).expect("rules");
    (sim, invite, report)
}

fn in_effect() -> Rule {
    Rule::on("POST", USERS).drop(Moment::After)
}

fn without_effect() -> Rule {
    Rule::on("POST", USERS).drop(Moment::Before)
}

#[tokio::test]
async fn an_unclear_outcome_is_reported_as_unknown_and_kept_in_the_state() {
    let (sim, invite, report) = unclear(in_effect(), json!({})).await;
    report.check(expect![[r#"
        error: Could not invite ada@example.com
          It is unknown whether ada@example.com was invited: no clear answer came, and looking the person up failed: GET /api/service/users was refused with 500: fault injected by the simulator (request id <id>).

          Run `terraform apply` again, without `-refresh=false`. Before it sends anything, the provider looks for the person. If Atlan still does not list them, it sends the invitation again. If Atlan lists them, and its record says that this credential invited them, the provider takes them over; if the record says otherwise, `on_existing` decides."#]]);
    assert!(invite.is_tainted());
    assert_eq!((invite.state()["email"].as_str(), invite.state()["id"].as_str()), (Some(ADA), None));
    assert_eq!(sim.mails().len(), 1);
}

#[tokio::test]
async fn after_an_unclear_outcome_the_next_apply_takes_over_the_person() {
    let (sim, mut invite, _) = unclear(in_effect(), json!({})).await;
    let id = sim.user(ADA).expect("invited").id;
    sim.clear_journal();
    let applied = invite.apply(ada("$member")).await;
    assert_eq!(applied.plan().action(), Action::Replace);
    applied.report().check(expect![[r#"
        warning: ada@example.com keeps the seat
          Terraform replaced this resource by one for the same person. A delete and a create would have ended the person's access and invited them again, so the provider kept the seat: the GUID is still <guid>, nobody was disabled, and no second mail was sent. To send another invitation mail, invoke the action `atlan_resend_invite` (Terraform 1.14 and later), or resend the invitation on the page Users of Atlan's admin center."#]]);
    assert_eq!(invite.state()["id"], *id, "not revoked and invited again");
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    assert_eq!(sim.mails().len(), 1);
    assert!(!invite.is_tainted());
    invite.plan_is_empty().await;
    invite.destroy().await;
    assert_eq!(sim.user(ADA).expect("an API token cannot cancel").role, "$guest", "managed like any other");
}

#[tokio::test]
async fn a_failure_while_an_unclear_invitation_is_taken_over_does_not_forget_it() {
    let (sim, mut invite, _) = unclear(in_effect(), json!({})).await;
    let id = sim.user(ADA).expect("invited").id;
    // Whose invitation it is cannot be learned.
    sim.set_faults(vec![Rule::on("GET", "/api/service/users/current").status(500)]).expect("a rule");
    invite.set_core(&core(&sim).without_refresh());
    invite.try_apply(ada("$member")).await.failed();
    assert!(invite.is_tainted(), "forgotten");
    sim.set_faults(vec![]).expect("rules");
    invite.apply(ada("$member")).await;
    assert_eq!(invite.state()["id"], *id);
    assert_eq!(sim.mails().len(), 1);
}

#[tokio::test]
async fn after_an_unclear_outcome_the_replacement_may_come_first() {
    let (sim, mut invite, _) = unclear(in_effect(), json!({})).await;
    invite.create_before_destroy();
    let id = sim.user(ADA).expect("invited").id;
    let report = invite.try_apply(ada("$member")).await;
    assert_eq!(sim.mails().len(), 1, "{report:?}");
    assert_eq!(sim.user(ADA).expect("not revoked").id, id, "{report:?}");
}

#[tokio::test]
async fn after_an_unclear_outcome_without_effect_the_next_apply_invites() {
    let (sim, mut invite, _) = unclear(without_effect(), json!({})).await;
    invite.set_core(&impatient(&sim));
    assert!(sim.user(ADA).is_none());
    invite.apply(ada("$member")).await.check(expect!["create: email, role, on_existing, on_destroy; known after apply: id, role_id, status, username, invited_at, invited_by"]);
    assert_eq!(sim.mails().len(), 1);
    invite.plan_is_empty().await;
}

#[tokio::test]
async fn after_an_unclear_outcome_a_late_effect_is_waited_for() {
    // The next command comes while the lost request is still on its way: a refresh that is kept, or an apply at once.
    for refreshed in [false, true] {
        let late = Rule::on("POST", USERS).drop(Moment::Before).late(Duration::from_millis(600)).times(1);
        let (sim, mut invite, _) = unclear(late, json!({})).await;
        sim.set(json!({ "invite_duplicate": "resend" })).expect("a switch");
        invite.set_core(&core_with(&sim, json!({ "request_timeout": "2s" })));
        if refreshed {
            invite.refresh().await;
        }
        invite.apply(ada("$member")).await;
        quiet(&sim, &[0]).await;
        assert_eq!(sim.mails().len(), 1, "{refreshed}: {}", sim.journal());
        assert_eq!(invite.state()["id"], *sim.user(ADA).expect("invited").id);
        invite.plan_is_empty().await;
    }
}

#[tokio::test]
async fn a_refresh_takes_the_time_to_know_the_outcome_however_short_its_timeout() {
    let late = Rule::on("POST", USERS).drop(Moment::Before).late(Duration::from_millis(2000)).times(1);
    let (sim, mut invite, _) = unclear(late, json!({ "timeouts": { "read": "1s" } })).await;
    invite.set_core(&core_with(&sim, json!({ "request_timeout": "6s" })));
    invite.refresh().await;
    assert_eq!(invite.state()["id"], *sim.user(ADA).expect("invited").id);
    assert_eq!(sim.mails().len(), 1);
}

#[tokio::test]
async fn an_apply_without_a_refresh_takes_the_time_to_know_the_outcome_however_short_its_timeout() {
    let late = without_effect().late(Duration::from_millis(1800));
    for (case, rule, posts) in [("without effect", without_effect(), 1), ("late effect", late, 0)] {
        let short = json!({ "timeouts": { "create": "1s" } });
        let (sim, mut invite, _) = unclear(rule.times(1), short.clone()).await;
        sim.clear_journal();
        invite.set_core(&core_with(&sim, json!({ "request_timeout": "3s" })).without_refresh());
        let applied = invite.try_apply(with(ada("$member"), short)).await;
        applied.unwrap_or_else(|report| panic!("{case}: {report}"));
        assert_eq!((sim.mails().len(), sim.journal().count("POST", USERS)), (1, posts), "{case}");
        assert_eq!(invite.state()["id"], *sim.user(ADA).expect("invited").id, "{case}");
        invite.set_core(&core(&sim));
        invite.plan_is_empty().await;
    }
}

#[tokio::test]
async fn after_an_unclear_outcome_destroy_cancels_the_invitation() {
    let (sim, mut invite, _) = unclear(in_effect(), json!({})).await;
    sim.set(json!({ "cancel_invite_with": "all" })).expect("a switch");
    invite.destroy().await;
    assert!(sim.user(ADA).is_none());
    assert_eq!(invite.state(), Value::Null);
}

#[tokio::test]
async fn after_an_unclear_outcome_destroy_follows_the_policy() {
    let (sim, mut invite, _) = unclear(in_effect(), json!({ "on_destroy": "forget" })).await;
    sim.set(json!({ "cancel_invite_with": "all" })).expect("a switch");
    invite.destroy().await;
    assert!(sim.user(ADA).is_some_and(|ada| ada.pending), "`forget` leaves the invitation alone");
}

#[tokio::test]
async fn after_an_unclear_outcome_another_role_is_set_without_a_second_mail() {
    let (sim, mut invite, _) = unclear(in_effect(), json!({})).await;
    invite.apply(ada("$admin")).await;
    assert_eq!((sim.user(ADA).expect("there").role, sim.mails().len()), ("$admin", 1));
    invite.plan_is_empty().await;
}

#[tokio::test]
async fn after_an_unclear_outcome_another_address_invites_somebody_else() {
    let (sim, mut invite, _) = unclear(in_effect(), json!({})).await;
    sim.set(json!({ "cancel_invite_with": "all" })).expect("a switch");
    let bob = json!({ "email": "bob@example.com", "role": "$member" });
    // The plan of a tainted object does not show whether the plan invites Ada at another address.
    let said = invite.try_apply(bob.clone()).await.failed().to_string();
    assert!(
        said.contains("ada@example.com was not replaced") && said.contains("terraform untaint"),
        "{said}"
    );
    assert_eq!(invite.state()["id"], *sim.user(ADA).expect("there").id);
    invite.untaint();
    invite.apply(bob).await;
    assert!(sim.user(ADA).is_none(), "the invitation that is no longer wanted is withdrawn");
    assert_eq!((sim.mails_to(ADA), sim.mails_to("bob@example.com")), (1, 1));
    invite.plan_is_empty().await;
}

#[tokio::test]
async fn a_person_who_shows_late_is_waited_for() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    sim.set(json!({ "invite_visible_after_ms": 150 })).expect("a switch");
    invite.apply(ada("$member")).await;
    assert_eq!(invite.state()["id"], *sim.user(ADA).expect("invited").id);
    assert_eq!(sim.mails().len(), 1);
    invite.plan_is_empty().await;
}

#[tokio::test]
async fn a_person_who_shows_after_the_timeout_is_taken_over_by_the_next_apply() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    sim.set(json!({ "invite_visible_after_ms": 3_600_000 })).expect("a switch");
    let config = with(ada("$member"), json!({ "timeouts": { "create": "300ms" } }));
    invite.try_apply(config.clone()).await.failed().check(expect![[r#"
        error: Could not invite ada@example.com
          It is unknown whether ada@example.com was invited: Atlan accepted the invitation, but the person does not show in the list of users.

          Run `terraform apply` again, without `-refresh=false`. Before it sends anything, the provider looks for the person. If Atlan still does not list them, it sends the invitation again. If Atlan lists them, and its record says that this credential invited them, the provider takes them over; if the record says otherwise, `on_existing` decides."#]]);
    sim.advance(Duration::from_secs(3_600));
    invite.apply(config).await;
    assert_eq!(sim.mails().len(), 1);
    invite.plan_is_empty().await;
}

/// For a lost answer the look may end sooner than for an invitation that Atlan has accepted.
#[tokio::test]
async fn an_accepted_invitation_that_shows_long_after_the_apply_is_not_sent_again() {
    for refreshes in [true, false] {
        let (sim, mut invite) = managed("atlan_user_invite").await;
        sim.set(json!({ "invite_visible_after_ms": 1_500, "invite_duplicate": "resend" })).expect("switches");
        let core = core_with(&sim, json!({ "request_timeout": "300ms" }));
        invite.set_core(&if refreshes { core } else { core.without_refresh() });
        let config = with(ada("$member"), json!({ "timeouts": { "create": "300ms" } }));
        invite.try_apply(config).await.failed();
        invite.apply(ada("$member")).await;
        assert_eq!(sim.mails().len(), 1, "refreshes: {refreshes}");
        assert_eq!(invite.state()["id"], *sim.user(ADA).expect("invited").id);
    }
}

#[tokio::test]
async fn a_destroy_waits_for_an_accepted_invitation_that_does_not_show_yet() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    sim.set(json!({ "invite_visible_after_ms": 1_500, "cancel_invite_with": "all" })).expect("switches");
    invite.set_core(&core_with(&sim, json!({ "request_timeout": "300ms" })));
    let config = with(ada("$member"), json!({ "timeouts": { "create": "300ms" } }));
    invite.try_apply(config).await.failed();
    invite.destroy().await;
    assert!(sim.user(ADA).is_none(), "the invitation is withdrawn");
}

#[tokio::test]
async fn ctrl_c_lets_the_invitation_in_flight_finish() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    let core = core(&sim);
    invite.set_core(&core);
    let hold = sim.hold("POST", USERS, Moment::Before);
    let interrupt = async {
        sim.arrived("POST", USERS).await;
        core.stop().await;
        hold.release();
    };
    let (applied, ()) = tokio::join!(invite.try_apply(ada("$member")), interrupt);
    assert_eq!(sim.mails().len(), 1);
    assert_eq!(invite.state()["id"], *sim.user(ADA).expect("invited").id, "{applied:?}");
    invite.apply(ada("$member")).await;
    assert_eq!(sim.mails().len(), 1);
    invite.plan_is_empty().await;
}

#[tokio::test]
async fn ctrl_c_before_the_invitation_sends_none() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    let core = core(&sim);
    invite.set_core(&core);
    let hold = sim.hold("GET", USERS, Moment::Before);
    let interrupt = async {
        sim.arrived("GET", USERS).await;
        core.stop().await;
    };
    // The answer comes only after Ctrl-C; otherwise the apply might go on with the invitation.
    let (applied, ()) = tokio::join!(invite.try_apply(ada("$member")), interrupt);
    hold.release();
    applied.failed().check(expect![[r#"
        error: Could not invite ada@example.com
          GET /api/service/users was cancelled.

          Run the command again to continue."#]]);
    assert!(sim.mails().is_empty());
    assert_eq!(invite.state(), Value::Null);
}

/// Without a refresh, no plan has shown that somebody has disabled the person since.
#[tokio::test]
async fn an_apply_without_a_refresh_tells_of_a_person_who_is_disabled_by_now() {
    let (sim, mut invite, _) = unclear(in_effect(), json!({})).await;
    sim.accept(ADA).expect("invited");
    sim.disable(ADA).expect("there");
    invite.set_core(&core(&sim).without_refresh());
    let said = match invite.try_apply(ada("$member")).await {
        Ok(applied) => applied.report().to_string(),
        Err(report) => report.to_string(),
    };
    assert!(said.contains("disabled"), "nothing says that Ada cannot log in: {said:?}");
    assert_eq!(
        (sim.mails().len(), invite.state()["id"].as_str()),
        (1, Some(&*sim.user(ADA).expect("there").id))
    );
}
