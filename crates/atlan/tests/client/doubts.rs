//! A write whose answer was lost, and a next attempt that is refused: what came of the first one counts.

use std::time::Duration;

use atlan::{Cancelled, UserStatus, WorkspaceRole};
use atlan_sim::{Entry, Moment, Rule, Sim};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::*;

/// Such an error would say that nothing was changed.
#[tokio::test]
async fn a_refusal_does_not_count_if_the_attempt_before_takes_effect_after_it() {
    // The next attempt is refused long before the first one takes effect, and that is long before its time is over.
    let late = |path| Rule::on("POST", path).drop(Moment::Before).late(Duration::from_millis(700));
    let patient = |sim: &Sim| client(sim, |config| config.request_timeout = Duration::from_secs(5));
    let (sim, _) = tenant().await;
    let client = patient(&sim);
    sim.set(json!({ "last_admin": "allow", "enable_disable_with": "all" })).expect("a switch");
    let admin = active(&sim, &client, "ada@example.com", WorkspaceRole::Admin).await;
    let disable = async move { client.disable(&admin.id).await };
    let leaves = || sim.disable("admin@example.com").expect("there");
    let disabled = meanwhile(&sim, "*/users/*", late("*/users/*"), disable, leaves).await.expect("disabled");
    assert_eq!(disabled.status, UserStatus::Disabled);
    assert_eq!(sim.journal().count("POST", "*/users/*"), 1, "she was the last admin: {}", sim.journal());

    let (sim, _) = tenant_of_admin().await;
    let client = patient(&sim);
    let id = client.invite(&ada()).await.expect("invited").id;
    sim.set_faults(vec![late("*/delete").times(1), Rule::on("POST", "*/delete").status(403)]).expect("rules");
    let cancelled = client.cancel_invitation(&id).await.expect("cancelled");
    assert_eq!((cancelled, sim.journal().count("POST", "*/delete")), (Cancelled::Removed, 2));
}

/// The list shows Bob as he was before the opposite request, so it says nothing about one that failed.
#[tokio::test]
async fn a_list_that_lags_is_no_proof_that_a_failed_request_took_effect() {
    let lost = Rule::on("POST", "*/users/*").drop(Moment::Before).times(1);
    let refused = |status| Rule::on("POST", "*/users/*").status(status).retry_after(0);
    for rules in [vec![refused(503)], vec![lost, refused(403)]] {
        for enables in [true, false] {
            let (sim, _) = tenant_of_admin().await;
            let client = impatient(&sim);
            let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
            if !enables {
                client.disable(&bob.id).await.expect("disabled");
            }
            sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
            let switch = async |enabled| match enabled {
                true => client.enable(&bob.id).await,
                false => client.disable(&bob.id).await,
            };
            switch(!enables).await.expect_err("it does not show");
            sim.set_faults(rules.clone()).expect("rules");
            let failed = switch(enables).await;
            let error = failed.expect_err("nothing shows that it took effect");
            assert_eq!(error.is_unclear(), rules.len() == 2, "{enables}: {error:?}");
            // Nor does a later call believe it.
            sim.set_faults(Vec::new()).expect("no rules");
            sim.clear_journal();
            switch(enables).await.ok();
            assert_eq!(sim.user("bob@example.com").expect("there").enabled, enables, "{}", sim.journal());
        }
    }
}

/// Ctrl-C ends the look for what has come of the attempt before a refusal.
#[tokio::test]
async fn a_look_for_a_lost_attempt_that_is_cancelled_leaves_the_outcome_unknown() {
    let (sim, _) = tenant_of_admin().await;
    let client = client(&sim, |config| config.request_timeout = Duration::from_secs(30));
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    let lost = Rule::on("POST", "*/users/*").drop(Moment::Before).late(Duration::from_secs(20)).times(1);
    sim.set_faults(vec![lost, Rule::on("POST", "*/users/*").status(403)]).expect("rules");
    let cancel = CancellationToken::new();
    let scoped = client.within(None, cancel.clone());
    let disable = tokio::spawn(async move { scoped.disable(&bob.id).await });
    sim.until(|journal| {
        let is_refused = |entry: &Entry| entry.fits("POST", "*/users/*") && entry.status == Some(403);
        journal.iter().any(is_refused).then_some(())
    })
    .await;
    cancel.cancel();
    let error = disable.await.expect("no panic").expect_err("cancelled");
    assert!(error.is_unclear() && error.status().is_none(), "{error:?}");
}
