//! What goes wrong between Terraform and Atlan: nothing is lost, nothing is made twice, the next apply converges.

use std::time::{Duration, Instant};

use atlan_sim::{Moment, Rule};
use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::*;

#[tokio::test]
async fn a_lost_answer_makes_one_group() {
    let post = || Rule::on("POST", GROUPS).times(1);
    let late = Duration::from_millis(60);
    let cases = vec![
        ("dropped before", post().drop(Moment::Before)),
        ("dropped after", post().drop(Moment::After)),
        ("dropped, late", post().drop(Moment::Before).late(late)),
        ("500, done", post().status(500).applied()),
        ("500, not done", post().status(500)),
        ("502, late", post().status(502).late(late)),
        ("503", post().status(503)),
        ("504, done", post().status(504).applied()),
        ("cut off", post().truncate(5)),
    ];
    side_by_side(cases, |(case, rule)| async move {
        let (sim, mut group) = managed("atlan_group").await;
        sim.fault(rule).expect("a rule");
        let applied = group.try_apply(json!({ "alias": "Data" })).await;
        assert!(applied.is_ok(), "{case}: {applied:?}");
        group.plan_is_empty().await;
        assert_eq!(sim.groups().len(), 1, "{case}");
        assert_eq!(group.state()["id"], *sim.groups()[0].id, "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_group_that_shows_late_is_waited_for() {
    let (sim, mut group) = managed("atlan_group").await;
    sim.set(json!({ "group_visible_after_ms": 150 })).expect("a switch");
    group.apply(json!({ "alias": "Data" })).await;
    group.plan_is_empty().await;
    assert_eq!(sim.groups().len(), 1);
}

#[tokio::test]
async fn a_group_that_does_not_show_in_time_does_not_count_as_deleted_in_the_next_refresh() {
    let (sim, mut group) = managed("atlan_group").await;
    sim.set(json!({ "group_visible_after_ms": 900 })).expect("a switch");
    let config = json!({ "alias": "Data", "timeouts": { "create": "300ms" } });
    group.apply(config.clone()).await;
    let made = group.state();
    assert_eq!(made["id"], *sim.groups()[0].id);
    group.refresh().await;
    assert_eq!(group.state(), made);
    group.plan_is_empty().await;

    // A group that was seen once can be deleted; so can one that was never seen, after a while.
    by_other_means(&sim, &format!("{GROUPS}/{}/delete", made["id"].as_str().expect("a GUID")), &Value::Null);
    group.refresh().await;
    assert_eq!(group.state(), Value::Null);
    sim.set(json!({ "group_visible_after_ms": 3_600_000 })).expect("a switch");
    group.apply(config).await;
    group.refresh().await;
    assert_eq!(group.state(), Value::Null);
}

#[tokio::test]
async fn a_failed_update_and_a_failed_delete_leave_the_state() {
    let (sim, mut group) = managed("atlan_group").await;
    group.apply(json!({ "alias": "Data" })).await;
    let before = group.state();
    sim.fault(Rule::on("POST", "/api/service/groups/*").status(403)).expect("a rule");
    group.try_apply(json!({ "alias": "Team" })).await.failed();
    assert_eq!(group.state(), before);
    group.try_destroy().await.failed();
    assert_eq!(group.state(), before);
    assert!(!group.is_tainted());
    sim.set_faults(vec![]).expect("rules");
    group.apply(json!({ "alias": "Team" })).await.check(expect!["update: alias"]);
    group.destroy().await;
    assert!(sim.groups().is_empty());
}

#[tokio::test]
async fn an_update_that_atlan_ignores_is_an_error_that_says_so() {
    let (sim, mut group) = managed("atlan_group").await;
    group.apply(json!({ "alias": "Data" })).await;
    let ignored = Rule { body: Some(json!({})), ..Rule::on("POST", "/api/service/groups/*").status(200) };
    sim.fault(ignored).expect("a rule");
    group.try_apply(json!({ "alias": "Team" })).await.failed().check(expect![[r#"
        error: Could not update group "Data"
          Atlan accepted the change of the group "Data" to alias "Team", description "", default false, but the record still shows alias "Data", description "", default false.

          The next plan shows what Atlan has recorded. If the change never takes effect, give Atlan's support the request ids, which `TF_LOG=DEBUG` shows."#]]);
    assert_eq!(group.state()["alias"], "Data");
}

#[tokio::test]
async fn a_timeout_ends_the_waiting() {
    let (sim, mut group) = managed("atlan_group").await;
    sim.fault(Rule::on("POST", GROUPS).status(503).retry_after(30)).expect("a rule");
    let start = Instant::now();
    let config = json!({ "alias": "Data", "timeouts": { "create": "200ms" } });
    group.try_apply(config).await.failed().check(expect![[r#"
        error: Could not create group "Data"
          It is unknown whether the group data was created: an earlier attempt got no clear answer: POST /api/service/groups was given up, because the time for the whole operation is over: POST /api/service/groups was refused with 503: fault injected by the simulator (request id <id>).

          Run `terraform apply` again, without `-refresh=false`. Before it sends anything, the provider looks for a group of that name. If Atlan's record says that this credential created the group, the provider takes it over; otherwise `on_existing` decides."#]]);
    assert!(start.elapsed() < Duration::from_secs(10));
    // A service behind the busy server may have made it.
    assert!(group.is_tainted());
    sim.set_faults(vec![]).expect("rules");
    group.apply(json!({ "alias": "Data" })).await;
    group.plan_is_empty().await;
    assert_eq!(sim.groups().len(), 1);
}

#[tokio::test]
async fn ctrl_c_ends_the_waiting_and_lets_the_write_in_flight_finish() {
    let (sim, mut group) = managed("atlan_group").await;
    let core = core(&sim);
    group.set_core(&core);
    let hold = sim.hold("POST", GROUPS, Moment::Before);
    let interrupt = async {
        sim.arrived("POST", GROUPS).await;
        core.stop().await;
        hold.release();
    };
    let (applied, ()) = tokio::join!(group.try_apply(json!({ "alias": "Data" })), interrupt);
    assert_eq!(sim.groups().len(), 1);
    assert_eq!(group.state()["id"], *sim.groups()[0].id, "{applied:?}");
    group.plan_is_empty().await;
}

#[tokio::test]
async fn a_read_that_fails_leaves_the_state() {
    let (sim, mut group) = managed("atlan_group").await;
    group.apply(json!({ "alias": "Data" })).await;
    let before = group.state();
    for rule in [
        Rule::on("GET", GROUP_LIST).status(500),
        Rule { html: true, ..Rule::on("GET", GROUP_LIST).status(200) },
        Rule::on("GET", GROUP_LIST).truncate(20),
        Rule::on("GET", GROUP_LIST).drop(Moment::Before),
    ] {
        sim.set_faults(vec![rule]).expect("rules");
        group.try_refresh().await.failed();
        assert_eq!(group.state(), before);
    }
    sim.set_faults(vec![]).expect("rules");
    group.plan_is_empty().await;
}

/// A tenant in which the answer to the create of a group was lost, and an apply that could not learn its outcome.
async fn unclear(moment: Moment) -> (atlan_sim::Sim, tfplug::testing::Instance) {
    let (sim, mut group) = managed("atlan_group").await;
    sim.set_faults(vec![
        Rule::on("POST", GROUPS).drop(moment),
        Rule::on("GET", GROUP_LIST).after_n(1).status(500),
    ])
    .expect("rules");
    let said = group.try_apply(json!({ "alias": "Data" })).await.failed().to_string();
    assert!(said.contains("unknown whether"), "{said}");
    sim.set_faults(vec![]).expect("rules");
    assert!(group.is_tainted());
    (sim, group)
}

#[tokio::test]
async fn after_an_unclear_outcome_the_next_apply_takes_over_the_group() {
    for (moment, refreshes) in
        [(Moment::After, true), (Moment::After, false), (Moment::Before, true), (Moment::Before, false)]
    {
        let (sim, mut group) = unclear(moment).await;
        let before = sim.groups().first().map(|group| group.id.clone());
        let core = core(&sim);
        group.set_core(&if refreshes { core } else { core.without_refresh() });
        group.apply(json!({ "alias": "Data" })).await;
        assert_eq!(sim.groups().len(), 1, "{moment:?} {refreshes}");
        let id = sim.groups().remove(0).id;
        assert_eq!(group.state()["id"], *id, "{moment:?} {refreshes}");
        assert!(before.is_none_or(|before| before == id), "{moment:?} {refreshes}: taken over");
        group.plan_is_empty().await;
    }
}

#[tokio::test]
async fn after_an_unclear_outcome_a_destroy_deletes_the_group() {
    for refreshes in [true, false] {
        let (sim, mut group) = unclear(Moment::After).await;
        let core = core(&sim);
        group.set_core(&if refreshes { core } else { core.without_refresh() });
        group.destroy().await;
        assert!(sim.groups().is_empty(), "{refreshes}");
    }
}

#[tokio::test]
async fn after_a_refresh_that_keeps_it_an_apply_without_refresh_takes_over_the_group() {
    let (sim, mut group) = unclear(Moment::After).await;
    group.refresh().await;
    let before = sim.groups().remove(0).id;
    assert_eq!(group.state()["id"], *before);
    assert!(group.is_tainted());
    sim.clear_journal();
    group.set_core(&core(&sim).without_refresh());
    group.apply(json!({ "alias": "Data", "description": "Ours" })).await;
    assert_eq!(sim.groups().len(), 1);
    assert_eq!(sim.groups().remove(0).id, before, "neither deleted nor created again: {}", sim.journal());
    assert_eq!(sim.journal().count("POST", GROUPS), 0, "{}", sim.journal());
    assert_eq!(group.state()["path"], "/data");
    group.set_core(&core(&sim));
    group.plan_is_empty().await;
    // From now on it is an ordinary group: a replacement makes a new one.
    group.taint();
    group.apply(json!({ "alias": "Data", "description": "Ours" })).await;
    assert_ne!(group.state()["id"], *before);
    assert_eq!(sim.groups().len(), 1);
}

#[tokio::test]
async fn a_failure_while_an_unclear_group_is_taken_over_does_not_forget_it() {
    let update = Rule::on("POST", "/api/service/groups/*").status(403);
    let who = Rule::on("GET", "/api/service/users/current").status(500);
    let list = Rule::on("GET", GROUP_LIST).status(403);
    for (rule, refreshed) in [(update.clone(), true), (list, true), (update, false), (who, false)] {
        let (sim, mut group) = unclear(Moment::After).await;
        if refreshed {
            group.refresh().await;
        }
        let before = sim.groups().remove(0).id;
        sim.set_faults(vec![rule.clone()]).expect("a rule");
        let config = json!({ "alias": "Data", "description": "Ours" });
        group.set_core(&core(&sim).without_refresh());
        group.try_apply(config.clone()).await.failed();
        assert!(group.is_tainted(), "{rule:?}: forgotten");
        sim.set_faults(vec![]).expect("rules");
        group.apply(config).await;
        assert_eq!(group.state()["id"], *before, "{rule:?}");
        assert_eq!(sim.groups().len(), 1, "{rule:?}");
        group.set_core(&core(&sim));
        group.plan_is_empty().await;
    }
}

/// A group of the same name, made by a colleague.
async fn by_a_colleague(sim: &atlan_sim::Sim) -> String {
    let (id, secret) = sim.oauth_client();
    let settings = json!({ "api_key": null, "oauth_client_id": id, "oauth_client_secret": secret });
    let mut theirs = core_with(sim, settings).resource("atlan_group");
    theirs.apply(json!({ "alias": "Data", "description": "Theirs" })).await;
    theirs.state()["id"].as_str().expect("a GUID").to_owned()
}

#[tokio::test]
async fn after_an_unclear_outcome_a_colleague_s_group_is_neither_taken_over_nor_deleted() {
    for refreshes in [true, false] {
        let (sim, mut group) = unclear(Moment::Before).await;
        let theirs = by_a_colleague(&sim).await;
        let core = core(&sim);
        group.set_core(&if refreshes { core } else { core.without_refresh() });
        let said = group.try_apply(json!({ "alias": "Data" })).await.failed().to_string();
        assert!(said.contains("already exists") && said.contains(&theirs), "{refreshes}: {said}");
        group.destroy().await;
        let left = sim.groups();
        assert_eq!((left.len(), left[0].id.as_str()), (1, theirs.as_str()), "{refreshes}");
    }
    let (sim, mut group) = unclear(Moment::Before).await;
    let theirs = by_a_colleague(&sim).await;
    group.destroy().await;
    assert_eq!(sim.groups()[0].id, theirs, "a destroy without an apply in between");
    let (sim, mut group) = unclear(Moment::Before).await;
    let theirs = by_a_colleague(&sim).await;
    group.apply(json!({ "alias": "Data", "on_existing": "adopt" })).await;
    assert_eq!(group.state()["id"], *theirs, "taken over because the configuration says so");
}

#[tokio::test]
async fn a_destroy_looks_for_an_unclear_group_for_as_long_as_a_request_may_take() {
    for refreshes in [true, false] {
        let (sim, mut group) = managed("atlan_group").await;
        let core = core_with(&sim, json!({ "request_timeout": "1500ms" }));
        group.set_core(&core);
        sim.set_faults(vec![
            Rule::on("POST", GROUPS).drop(Moment::Before).late(Duration::from_millis(700)),
            Rule::on("GET", GROUP_LIST).after_n(1).status(500),
        ])
        .expect("rules");
        group.try_apply(json!({ "alias": "Data" })).await.failed();
        assert!(sim.groups().is_empty(), "not yet");
        sim.set_faults(vec![]).expect("rules");
        group.set_core(&if refreshes { core } else { core.without_refresh() });
        group.destroy().await;
        let deleted = sim.journal().count("POST", "/api/service/groups/*/delete");
        assert_eq!((deleted, sim.groups().len()), (1, 0), "{refreshes}: {}", sim.journal());
    }
}

#[tokio::test]
async fn a_tainted_group_is_made_anew() {
    let (sim, mut group) = managed("atlan_group").await;
    group.apply(json!({ "alias": "Data" })).await;
    let before = group.state()["id"].clone();
    group.taint();
    group.apply(json!({ "alias": "Data" })).await;
    assert_ne!(group.state()["id"], before);
    assert_eq!(sim.groups().len(), 1);
    group.plan_is_empty().await;
}
