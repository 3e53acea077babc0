//! Three answers of ten are lost, of every request, half of them before the request takes effect. Each object comes to its end all
//! the same: what an apply leaves undone, the next one does. Those of `atlan_group_members` and `atlan_user_role` are beside their
//! other failures; the random histories have other faults, too. Actions and the token of a run have tests of their own here.

use atlan_sim::{KeyKind, Moment, Rule, Sim};
use serde_json::{Value, json};

use crate::harness::*;

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const MAPPERS: &str = "/api/service/idp/okta/mappers";

/// A resource, its configuration before and after a change, and what the tenant then has of it.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    config: fn(group: &str, is_changed: bool) -> Value,
    there: fn(sim: &Sim, group: &str) -> Vec<String>,
    /// That after the create, and after the change.
    wanted: [&'static [&'static str]; 2],
}

const KINDS: [Kind; 5] = [
    Kind {
        name: "atlan_group_member",
        config: |group, is_changed| json!({ "group_id": group, "user": if is_changed { BOB } else { ADA } }),
        there: members,
        wanted: [&[ADA], &[BOB]],
    },
    Kind {
        name: "atlan_user_invites",
        config: |_, is_changed| {
            let role = if is_changed { "$member" } else { "$guest" };
            json!({ "people": { "eve@example.com": { "role": role }, "kim@example.com": { "role": "$guest" } } })
        },
        there: |sim, _| {
            let invited = sim.users().into_iter().filter(|user| user.pending && user.enabled);
            invited.map(|user| format!("{} {}", user.email, user.role)).collect()
        },
        wanted: [
            &["eve@example.com $guest", "kim@example.com $guest"],
            &["eve@example.com $member", "kim@example.com $guest"],
        ],
    },
    Kind {
        name: "atlan_api_token",
        config: |_, is_changed| {
            let name = if is_changed { "dbt Cloud" } else { "dbt" };
            json!({ "display_name": name, "validity": "2160h", "store_token": true })
        },
        there: |sim, _| sim.tokens().into_iter().map(|token| token.display_name).collect(),
        wanted: [&["dbt"], &["dbt Cloud"]],
    },
    Kind {
        name: "atlan_oauth_client",
        config: |_, is_changed| {
            let name = if is_changed { "pipeline 2" } else { "pipeline" };
            json!({ "display_name": name, "role": "$guest", "store_secret": true })
        },
        there: |sim, _| sim.oauth_clients().into_iter().map(|client| client.display_name).collect(),
        wanted: [&["pipeline"], &["pipeline 2"]],
    },
    Kind {
        name: "atlan_sso_group_mapping",
        config: |group, is_changed| {
            let name = if is_changed { "Stewards" } else { "data-stewards" };
            json!({ "idp_alias": "okta", "group_id": group, "sso_group": name })
        },
        there: |sim, _| {
            let mappers = by_other_means_get(sim, MAPPERS);
            let values = mappers.as_array().into_iter().flatten();
            values
                .filter_map(|mapper| mapper["config"]["attribute.value"].as_str().map(str::to_owned))
                .collect()
        },
        wanted: [&["data-stewards"], &["Stewards"]],
    },
];

fn lost(seed: u64) -> Vec<Rule> {
    [(Moment::Before, seed), (Moment::After, seed + 100)]
        .map(|(moment, seed)| Rule::on("*", "/api/service/*").drop(moment).probability(0.15, seed))
        .into()
}

#[tokio::test]
async fn with_three_answers_of_ten_lost_the_next_apply_converges() {
    let cases = KINDS.iter().flat_map(|kind| (0..4).map(|seed| (*kind, seed)));
    side_by_side(cases.collect(), |(kind, seed)| async move {
        let Kind { name, config, there, wanted } = kind;
        let sim = tenant(KeyKind::User).await;
        let group = group_by_other_means(&sim, "stewards", json!({ "alias": ["Stewards"] }));
        for email in [ADA, BOB] {
            person_by_other_means(&sim, email);
        }
        let before = sim.mails().len();
        let hurried = || core_with(&sim, json!({ "max_retries": 2, "request_timeout": "400ms" }));
        let mut object = hurried().resource(name);
        for (is_changed, wanted) in [false, true].into_iter().zip(wanted) {
            let config = config(&group, is_changed);
            sim.set_faults(lost(seed)).expect("rules");
            object.set_core(&hurried());
            // It may fail.
            let said = match object.try_apply(config.clone()).await {
                Ok(applied) => applied.report().to_string(),
                Err(report) => report.to_string(),
            };
            sim.set_faults(vec![]).expect("no rules");
            object.set_core(&hurried());
            object.apply(config).await;
            object.plan_is_empty().await;
            let mut now = there(&sim, &group);
            now.sort();
            assert_eq!(now, wanted, "{name} {seed}: {said}\n{}", sim.journal());
        }
        if name == "atlan_user_invites" {
            assert_eq!(sim.mails().len(), before + 2, "{seed}: one mail each: {}", sim.journal());
        }
        sim.set_faults(lost(seed)).expect("rules");
        object.set_core(&hurried());
        let destroyed = object.try_destroy().await;
        sim.set_faults(vec![]).expect("no rules");
        assert_eq!(object.state().is_null(), destroyed.is_ok(), "{name} {seed}: {destroyed:?}");
        if destroyed.is_err() {
            object.set_core(&hurried());
            object.destroy().await;
        }
        assert_eq!(there(&sim, &group), Vec::<String>::new(), "{name} {seed}: {}", sim.journal());
    })
    .await;
}

/// What an action leaves undone, the same action does afterwards, in another process.
#[tokio::test]
async fn with_three_answers_of_ten_lost_the_same_action_finishes() {
    side_by_side((0..6).collect(), |seed| async move {
        let sim = tenant(KeyKind::User).await;
        for email in [ADA, BOB, "eve@example.com"] {
            person_by_other_means(&sim, email);
        }
        let hurried = || core_with(&sim, json!({ "max_retries": 2, "request_timeout": "400ms" }));
        for (action, to) in [("atlan_disable_user", false), ("atlan_enable_user", true)] {
            let users = json!({ "users": [ADA, BOB] });
            sim.set_faults(lost(seed)).expect("rules");
            // It may fail.
            let first = hurried().action(action).try_invoke(users.clone()).await;
            sim.set_faults(vec![]).expect("no rules");
            hurried().action(action).invoke(users).await;
            for email in [ADA, BOB] {
                assert_eq!(sim.user(email).expect("there").enabled, to, "{action} {seed} {email}: {first:?}");
            }
        }
        sim.set_faults(lost(seed)).expect("rules");
        let leaver =
            json!({ "user": ADA, "transfer_to": "eve@example.com", "confirm_email": ADA, "timeout": "2s" });
        let first = hurried().action("atlan_remove_user").try_invoke(leaver.clone()).await;
        sim.set_faults(vec![]).expect("no rules");
        let submitted = sim.journal().count("POST", "/api/service/workflows");
        assert!(submitted <= 1, "{seed}: submitted {submitted} times: {first:?}");
        if sim.user(ADA).is_some() {
            hurried().action("atlan_remove_user").invoke(leaver).await;
        }
        assert!(sim.user(ADA).is_none() && sim.user(BOB).is_some(), "{seed}: {first:?}");
    })
    .await;
}

/// A token of the run that is still there afterwards was named.
#[tokio::test]
async fn with_three_answers_of_ten_lost_no_token_of_a_run_is_left_in_silence() {
    side_by_side((0..12).collect(), |seed| async move {
        let sim = tenant(KeyKind::User).await;
        let hurried = core_with(&sim, json!({ "max_retries": 2, "request_timeout": "400ms" }));
        sim.set_faults(lost(seed)).expect("rules");
        let said = match hurried.ephemeral("atlan_api_token").try_open(json!({})).await {
            Ok(opened) => opened.close().await.to_string(),
            Err(report) => report.to_string(),
        };
        for token in sim.tokens() {
            let is_named = said.contains(&token.display_name) || said.contains(&token.id);
            assert!(is_named, "{seed}: {:?} is left: {said}\n{}", token.display_name, sim.journal());
        }
    })
    .await;
}
