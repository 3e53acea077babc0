//! `atlan_api_token`: its secret is kept where the configuration says so and nowhere else, and no token is left alive and forgotten.

use std::time::Duration;

use atlan_sim::{KeyKind, Moment, Rule, Sim};
use expect_test::expect;
use serde_json::{Value, json};
use tfplug::testing::Instance;

use crate::harness::*;

mod failures;

pub(crate) const TOKENS: &str = "/api/service/apikeys";
pub(crate) const ONE: &str = "/api/service/apikeys/*";

pub(crate) fn dbt() -> Value {
    json!({ "display_name": "dbt", "validity": "2160h", "store_token": true })
}

/// Names of the tokens that are alive.
pub(crate) fn alive(sim: &Sim) -> Vec<String> {
    sim.tokens().into_iter().filter(|token| token.alive).map(|token| token.display_name).collect()
}

pub(crate) fn made_by_others(sim: &Sim, name: &str) -> Value {
    let body = json!({ "displayName": name, "description": "Theirs", "personaQualifiedNames": ["default/LzgnFM"],
        "validitySeconds": 7_776_000 });
    by_other_means(sim, TOKENS, &body)
}

#[tokio::test]
async fn a_token_is_made_changed_and_deleted() {
    let (sim, mut token) = managed("atlan_api_token").await;
    token.plan(dbt()).await.check(expect![[r#"
        create: display_name, description, validity, store_token, rotation_due; known after apply: id, token, client_id, username, created_by, created_at, expires_at"#]]);
    token.apply(dbt()).await;
    token.plan_is_empty().await;
    let made = sim.tokens().remove(0);
    assert_eq!((made.display_name.as_str(), made.alive), ("dbt", true));
    let state = token.state();
    assert_eq!(state["id"], *made.id);
    let client_id = state["client_id"].as_str().expect("a client id");
    assert_eq!(state["username"], format!("service-account-{client_id}"));
    let time =
        |name: &str| state[name].as_str().expect("a time").parse::<jiff::Timestamp>().expect("RFC 3339");
    assert_eq!(time("expires_at").as_second() - time("created_at").as_second(), 2160 * 3600);
    let secret = state["token"].as_str().expect("a secret").to_owned();
    assert!(acts(&sim, &secret).await, "it is a credential");

    let more = json!({ "display_name": "dbt Cloud", "description": "Runs at night",
        "persona_qualified_names": ["default/LzgnFM"] });
    token
        .apply(with(dbt(), more.clone()))
        .await
        .check(expect!["update: display_name, description, persona_qualified_names"]);
    token.plan_is_empty().await;
    let changed = sim.tokens().remove(0);
    assert_eq!((changed.display_name.as_str(), changed.description.as_str()), ("dbt Cloud", "Runs at night"));
    assert_eq!(
        (changed.personas, &token.state()["token"]),
        (vec!["default/LzgnFM".to_owned()], &json!(secret))
    );
    token.apply(with(dbt(), json!({ "persona_qualified_names": [] }))).await;
    assert!(sim.tokens()[0].personas.is_empty() && sim.tokens()[0].description.is_empty());

    token.destroy().await;
    assert!(sim.tokens().is_empty());
    assert!(!acts(&sim, &secret).await);
}

/// Whether the tenant accepts a bearer token.
pub(crate) async fn acts(sim: &Sim, secret: &str) -> bool {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = client.get(format!("{}/api/service/users/current", sim.base_url())).bearer_auth(secret);
    request.send().await.expect("answered").status().is_success()
}

#[tokio::test]
async fn another_spelling_of_a_duration_or_of_no_description_plans_nothing() {
    let (sim, mut token) = managed("atlan_api_token").await;
    token.apply(with(dbt(), json!({ "description": " " }))).await;
    assert_eq!(sim.tokens()[0].description, "");
    token.plan_is_empty().await;
    token.apply(dbt()).await;
    for same in
        [json!({ "validity": "7776000s" }), json!({ "description": "" }), json!({ "description": " " })]
    {
        assert!(token.plan(with(dbt(), same.clone())).await.is_empty(), "{same}");
    }
}

/// Atlan cannot prolong a token, nor shorten it.
#[tokio::test]
async fn another_validity_replaces_the_token_and_its_secret() {
    for create_first in [false, true] {
        let (sim, mut token) = managed("atlan_api_token").await;
        if create_first {
            token.create_before_destroy();
        }
        token.apply(dbt()).await;
        let before = token.state();
        let longer = with(dbt(), json!({ "validity": "4320h" }));
        assert_eq!(token.plan(longer.clone()).await.replaced_for(), ["validity"]);
        token.apply(longer).await;
        token.plan_is_empty().await;
        let state = token.state();
        assert_eq!(
            (alive(&sim), sim.tokens()[0].id.as_str()),
            (vec!["dbt".to_owned()], state["id"].as_str().expect("a GUID"))
        );
        let secret = |state: &Value| state["token"].as_str().expect("a secret").to_owned();
        assert!(acts(&sim, &secret(&state)).await && !acts(&sim, &secret(&before)).await, "{create_first}");
        let time =
            |name: &str| state[name].as_str().expect("a time").parse::<jiff::Timestamp>().expect("RFC 3339");
        assert_eq!(time("expires_at").as_second() - time("created_at").as_second(), 4320 * 3600);
    }
}

#[tokio::test]
async fn without_store_token_nothing_is_made() {
    let (sim, mut token) = managed("atlan_api_token").await;
    for wrong in [json!({ "store_token": false }), json!({ "store_token": null })] {
        let said = token.try_plan(with(dbt(), wrong)).await.failed();
        assert_eq!(places(&said), ["store_token"], "{said}");
        assert!(said.to_string().contains("Set `store_token = true`"), "{said}");
    }
    assert!(sim.journal().is_empty(), "{}", sim.journal());
    let unknown = with(dbt(), json!({ "store_token": tfplug::testing::unknown() }));
    let plan = token.plan(unknown).await;
    token.try_apply_plan(&plan, with(dbt(), json!({ "store_token": false }))).await.failed();
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
}

/// Terraform plans the creation of what was deleted elsewhere before it plans a destroy, so an error would keep the destroy from all
/// objects.
#[tokio::test]
async fn a_token_that_is_gone_and_was_not_stored_blocks_no_plan_and_fails_in_the_apply() {
    let (sim, mut token) = managed("atlan_api_token").await;
    let unstored = with(dbt(), json!({ "store_token": false }));
    token.apply(dbt()).await;
    token.apply(unstored.clone()).await;
    let mut elsewhere = core(&sim).resource("atlan_api_token");
    elsewhere.import("name:dbt").await;
    elsewhere.destroy().await;
    let plan = token.plan(unstored.clone()).await;
    let said = plan.to_string();
    assert!(said.starts_with("create") && said.contains("API token \"dbt\" no longer exists"), "{said}");
    assert!(said.contains("The apply will fail"), "{said}");
    let said = token.try_apply_plan(&plan, unstored.clone()).await.failed();
    assert_eq!(places(&said), ["store_token"], "{said}");
    assert!(token.state().is_null() && sim.tokens().iter().all(|token| !token.alive), "{said}");
    let said = token.try_plan(unstored).await.failed().to_string();
    assert!(said.contains("`terraform destroy -refresh=false`"), "{said}");
}

#[tokio::test]
async fn the_secret_leaves_the_state_and_does_not_come_back() {
    let (sim, mut token) = managed("atlan_api_token").await;
    token.apply(dbt()).await;
    let (id, secret) = (token.state()["id"].clone(), token.state()["token"].clone());
    token
        .apply(with(dbt(), json!({ "store_token": false })))
        .await
        .check(expect!["update: store_token; known after apply: token"]);
    assert_eq!(token.state()["token"], Value::Null);
    assert!(!String::from_utf8_lossy(token.stored()).contains(secret.as_str().expect("a secret")));
    let applied = token.apply(dbt()).await;
    assert!(applied.to_string().contains("The secret of this token is not known"), "{applied}");
    assert_eq!(
        (&token.state()["token"], &token.state()["id"]),
        (&Value::Null, &id),
        "no credential is replaced"
    );
    assert_eq!(sim.tokens().len(), 1);
}

#[tokio::test]
async fn imports_by_every_id_plan_nothing() {
    let (sim, mut token) = managed("atlan_api_token").await;
    let theirs = made_by_others(&sim, "theirs");
    let config = json!({ "display_name": "theirs", "description": "Theirs", "validity": "2160h" });
    let id = theirs["id"].as_str().expect("a GUID");
    for text in [id.to_owned(), id.to_uppercase(), text(&theirs["clientId"]), "name:theirs".to_owned()] {
        token.forget();
        token.import(&text).await;
        assert_eq!((&token.state()["id"], &token.state()["token"]), (&theirs["id"], &Value::Null), "{text}");
        assert!(token.plan(config.clone()).await.is_empty(), "{text}");
    }
    let stored = token.apply(with(config.clone(), json!({ "store_token": true }))).await.to_string();
    assert!(stored.contains("The secret of this token is not known"), "{stored}");
    assert_eq!((&token.state()["token"], sim.tokens().len()), (&Value::Null, 1));
    token.apply(config.clone()).await;
    // Personas are not managed: what Atlan has is sent back.
    token.apply(with(config, json!({ "display_name": "ours" }))).await;
    assert_eq!(sim.tokens()[0].personas, ["default/LzgnFM"]);
    assert_eq!(sim.tokens()[0].display_name, "ours");

    let twins = [made_by_others(&sim, "twice"), made_by_others(&sim, "twice")];
    token.forget();
    let said = token.try_import("name:twice").await.failed().to_string();
    assert!(said.contains("2 API tokens have this name. Import by GUID"), "{said}");
    assert!(twins.iter().all(|twin| said.contains(&text(&twin["id"]))), "{said}");
    for nobody in ["name:nobody", "apikey-nobody", "6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b"] {
        let said = token.try_import(nobody).await.failed().to_string();
        assert!(said.contains(nobody) && said.contains("has no API token"), "{said}");
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

#[tokio::test]
async fn a_change_made_outside_is_repaired_and_a_deleted_token_is_gone() {
    let (sim, mut token) = managed("atlan_api_token").await;
    token.apply(dbt()).await;
    let id = text(&token.state()["id"]);
    by_other_means(
        &sim,
        &format!("{TOKENS}/{id}"),
        &json!({ "displayName": "renamed", "description": "by hand" }),
    );
    token.apply(dbt()).await.check(expect!["update: display_name, description"]);
    assert_eq!(alive(&sim), ["dbt"]);
    let mut second = core(&sim).resource("atlan_api_token");
    second.import(&id).await;
    second.destroy().await;
    token.refresh().await;
    assert_eq!(token.state(), Value::Null);
}

#[tokio::test]
async fn rotation_is_decided_by_the_refresh_and_replaces_the_token() {
    for create_first in [false, true] {
        let (sim, mut token) = managed("atlan_api_token").await;
        if create_first {
            token.create_before_destroy();
        }
        let config = with(dbt(), json!({ "rotate_before": "336h" }));
        token.apply(config.clone()).await;
        let before = token.state();
        sim.advance(Duration::from_secs((2160 - 337) * 3600));
        token.plan_is_empty().await;
        // It becomes due after the refresh, and before the apply: both go by what the refresh has decided.
        let other = with(config.clone(), json!({ "display_name": "other" }));
        let plan = token.plan(other.clone()).await;
        sim.advance(Duration::from_secs(2 * 3600));
        token.apply_plan(&plan, other).await;
        assert_eq!(token.state()["id"], before["id"], "as planned");

        let plan = token.plan(config.clone()).await;
        assert_eq!(plan.replaced_for(), ["rotation_due"], "{plan}");
        token.apply(config.clone()).await;
        token.plan_is_empty().await;
        let after = token.state();
        assert_ne!((&after["id"], &after["token"]), (&before["id"], &before["token"]));
        assert_eq!((after["rotation_due"].clone(), alive(&sim)), (json!(false), vec!["dbt".to_owned()]));
    }
}

#[tokio::test]
async fn an_expired_token_is_warned_of_or_gone() {
    for record in ["keep", "remove"] {
        let (sim, mut token) = managed("atlan_api_token").await;
        sim.set(json!({ "expired_token_record": record })).expect("a switch");
        token.apply(dbt()).await;
        sim.advance(Duration::from_secs(2161 * 3600));
        let plan = token.plan(dbt()).await;
        assert_eq!(plan.to_string().contains("has expired"), record == "keep", "{plan}");
        assert_eq!(plan.is_empty(), record == "keep", "{plan}");
    }
}

/// What the warning of an expired token advises replaces it in the next apply.
#[tokio::test]
async fn an_expired_token_is_replaced_as_soon_as_rotate_before_is_set() {
    for create_first in [false, true] {
        let (sim, mut token) = managed("atlan_api_token").await;
        if create_first {
            token.create_before_destroy();
        }
        token.apply(dbt()).await;
        let before = token.state();
        sim.advance(Duration::from_secs(2161 * 3600));
        for more in [json!({}), json!({ "display_name": "other" })] {
            let said = token.plan(with(dbt(), more)).await.to_string();
            assert!(said.contains("has expired") && said.contains("Set `rotate_before`"), "{said}");
        }
        let rotating = with(dbt(), json!({ "rotate_before": "336h" }));
        let plan = token.plan(rotating.clone()).await;
        assert_eq!(plan.replaced_for(), ["rotate_before"], "{plan}");
        assert!(!plan.to_string().contains("has expired"), "{plan}");
        let unknown = with(dbt(), json!({ "rotate_before": tfplug::testing::unknown() }));
        let plan = token.plan(unknown.clone()).await;
        assert_eq!(plan.replaced_for(), ["rotate_before"], "{plan}");
        token.apply_plan(&plan, rotating).await;
        let after = token.state();
        assert_ne!((&after["id"], &after["token"]), (&before["id"], &before["token"]));
        token.plan_is_empty().await;
    }
}

/// The secret of an imported token stays unknown, unless this plan replaces the token anyway.
#[tokio::test]
async fn a_replacement_that_is_planned_is_not_advised() {
    let (sim, mut token) = managed("atlan_api_token").await;
    made_by_others(&sim, "dbt");
    token.import("name:dbt").await;
    let stored = with(dbt(), json!({ "description": "Theirs" }));
    let said = token.plan(stored.clone()).await.to_string();
    assert!(said.contains("is not known") && said.contains("Unless this run replaces the token"), "{said}");
    let shorter = with(stored.clone(), json!({ "validity": "24h" }));
    let said = token.plan(shorter).await.to_string();
    assert!(said.starts_with("replace") && !said.contains("is not known"), "{said}");
    let rotating = with(stored, json!({ "rotate_before": "336h" }));
    token.apply(rotating.clone()).await;
    sim.advance(Duration::from_secs((2160 - 335) * 3600));
    let said = token.plan(rotating).await.to_string();
    assert!(said.starts_with("replace") && !said.contains("is not known"), "{said}");
}

#[tokio::test]
async fn the_token_of_the_run_is_neither_deleted_nor_replaced() {
    let (sim, mut token) = managed("atlan_api_token").await;
    token.import("name:terraform").await;
    let own = json!({ "display_name": "terraform", "description": "The key this simulator was started with", "validity": "43800h" });
    assert!(token.plan(own.clone()).await.is_empty());
    sim.clear_journal();
    let replaced = with(own.clone(), json!({ "validity": "24h", "store_token": true }));
    let mut refused = vec![
        token.try_plan(replaced).await.failed(),
        token.try_plan_destroy().await.failed(),
        token.try_destroy().await.failed(),
    ];
    // Also as the old half of a rotation.
    let rotating = with(own.clone(), json!({ "rotate_before": "43799h", "store_token": true }));
    token.apply(rotating.clone()).await;
    sim.advance(Duration::from_secs(2 * 3600));
    for create_first in [false, true] {
        if create_first {
            token.create_before_destroy();
        }
        refused.push(token.try_plan(rotating.clone()).await.failed());
        refused.push(token.try_apply(rotating.clone()).await.failed());
    }
    for said in refused {
        assert!(said.to_string().contains("makes the requests of this run"), "{said}");
        assert!(said.to_string().contains("allow_self_lockout"), "{said}");
    }
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    token.set_core(&core_with(&sim, json!({ "allow_self_lockout": true })));
    token.try_plan_destroy().await.expect("a plan");
}

#[tokio::test]
async fn bad_values_are_refused_before_any_request() {
    let (sim, token) = managed("atlan_api_token").await;
    let cases = [
        (json!({ "display_name": " dbt" }), "display_name", "Did you mean \"dbt\"?"),
        (json!({ "display_name": " " }), "display_name", "It must not be blank."),
        (json!({ "validity": "59s" }), "validity", "from `1m` to `43800h`"),
        (json!({ "validity": "43801h" }), "validity", "from `1m` to `43800h`"),
        (json!({ "validity": "90.5s" }), "validity", "whole number of seconds"),
        (json!({ "validity": "soon" }), "validity", "duration"),
        (json!({ "rotate_before": "2160h" }), "rotate_before", "is not shorter than `validity`"),
        (json!({ "persona_qualified_names": [null] }), "persona_qualified_names", "It must not hold null."),
        (
            json!({ "persona_qualified_names": [" "] }),
            "persona_qualified_names",
            "It must not hold a blank name.",
        ),
        (json!({ "persona_qualified_names": "default/LzgnFM" }), "persona_qualified_names", "set"),
    ];
    for (wrong, path, words) in cases {
        let said = token.validate(with(dbt(), wrong.clone())).await;
        assert_eq!(places(&said), [path], "{wrong}: {said}");
        assert!(said.to_string().contains(words), "{wrong}: {said}");
    }
    assert!(sim.journal().is_empty(), "{}", sim.journal());
}

#[tokio::test]
async fn what_fifty_tokens_cost() {
    let sim = tenant(KeyKind::ApiToken).await;
    let run = core(&sim);
    let made = (0..50).map(|n| {
        let mut token = run.resource("atlan_api_token");
        async move {
            token.apply(with(dbt(), json!({ "display_name": format!("token {n}") }))).await;
            token
        }
    });
    let made = at_once(made).await;
    sim.clear_journal();
    let again = run.one_run();
    at_once(made.into_iter().map(|mut token| {
        token.set_core(&again);
        async move { token.refresh().await }
    }))
    .await;
    assert_eq!(sim.journal().by_kind().to_string(), "1 GET /apikeys");
    let mut last = run.resource("atlan_api_token");
    let plan = last.plan(dbt()).await;
    sim.clear_journal();
    last.apply_plan(&plan, dbt()).await;
    assert_eq!(sim.journal().by_kind().to_string(), "1 GET /apikeys, 1 POST /apikeys, 1 POST /apikeys/*");
}

/// Somebody uses the token. The error must not lead to its end without a word.
#[tokio::test]
async fn a_replacement_that_would_lose_the_secret_says_why_it_is_one() {
    let (sim, mut token) = managed("atlan_api_token").await;
    made_by_others(&sim, "looker");
    token.import("name:looker").await;
    let validity = text(&token.state()["validity"]);
    let config = |validity: &str| json!({ "display_name": "looker", "validity": validity });
    let said = token.try_plan(config("1h")).await.failed();
    assert_eq!(places(&said), ["store_token"], "{said}");
    let said = said.to_string();
    assert!(
        said.contains(&format!("The `validity` of the token is {validity}, and the configuration says 1h")),
        "{said}"
    );
    assert!(said.contains(&format!("To keep the token, write `validity = \"{validity}\"`")), "{said}");
    let plan = token.plan(config(&validity)).await;
    assert!(plan.replaced_for().is_empty(), "{plan}");
}

/// The way out that the error names has to be one.
#[tokio::test]
async fn a_token_that_is_due_is_kept_by_what_the_error_advises() {
    let (sim, mut token) = managed("atlan_api_token").await;
    made_by_others(&sim, "looker");
    token.import("name:looker").await;
    let validity = text(&token.state()["validity"]);
    let config = json!({ "display_name": "looker", "description": "Theirs", "validity": validity });
    let rotating = with(config.clone(), json!({ "rotate_before": "336h" }));
    token.apply(rotating.clone()).await;
    sim.advance(Duration::from_secs((2160 - 335) * 3600));
    let said = token.try_plan(rotating).await.failed().to_string();
    assert!(said.contains("To keep the token, remove `rotate_before`"), "{said}");
    // The refresh of this plan goes by the `rotate_before` of the state, so `rotation_due` is still true.
    let plan = token.try_plan(config).await;
    assert!(plan.is_ok(), "the advice leads nowhere: {plan:?}");
}

/// The refresh goes by the `rotate_before` of the state, by which the token is due.
#[tokio::test]
async fn a_shorter_rotate_before_keeps_a_token_until_it_is_due_by_it() {
    let (sim, mut token) = managed("atlan_api_token").await;
    token.apply(with(dbt(), json!({ "rotate_before": "336h" }))).await;
    let before = token.state();
    sim.advance(Duration::from_secs((2160 - 335) * 3600));
    let shorter = with(dbt(), json!({ "rotate_before": "24h" }));
    token.apply(shorter.clone()).await;
    assert_eq!(token.state()["id"], before["id"], "{}", sim.journal());
    token.plan_is_empty().await;
    sim.advance(Duration::from_secs(312 * 3600));
    let plan = token.plan(shorter).await;
    assert_eq!(plan.replaced_for(), ["rotation_due"], "{plan}");
}

/// The word comes from another resource, and turns out to be `false`.
#[tokio::test]
async fn the_secret_leaves_the_state_by_a_word_that_is_known_after_apply() {
    let (_sim, mut token) = managed("atlan_api_token").await;
    token.apply(dbt()).await;
    let plan = token.plan(with(dbt(), json!({ "store_token": tfplug::testing::unknown() }))).await;
    let applied = token.try_apply_plan(&plan, with(dbt(), json!({ "store_token": false }))).await;
    assert!(applied.is_ok(), "{}", applied.failed());
    assert!(token.state()["token"].is_null());
}

/// Personas that the configuration manages are repaired; others are none of its business.
#[tokio::test]
async fn personas_changed_outside_are_repaired_if_they_are_managed() {
    for managed_here in [true, false] {
        let (sim, mut token) = managed("atlan_api_token").await;
        let persona = json!({ "persona_qualified_names": ["default/LzgnFM"] });
        token.apply(with(dbt(), persona.clone())).await;
        let config = if managed_here { with(dbt(), persona) } else { dbt() };
        token.apply(config.clone()).await;
        assert_eq!(sim.tokens()[0].personas, ["default/LzgnFM"]);
        let by_hand = json!({ "displayName": "dbt", "description": "", "personaQualifiedNames": [] });
        by_other_means(&sim, &format!("{TOKENS}/{}", text(&token.state()["id"])), &by_hand);
        let plan = token.plan(config.clone()).await;
        assert_eq!(plan.is_empty(), !managed_here, "{plan}");
        if managed_here {
            token.apply(config).await.check(expect!["update: persona_qualified_names"]);
            assert_eq!(sim.tokens()[0].personas, ["default/LzgnFM"]);
            token.plan_is_empty().await;
        }
    }
}

#[tokio::test]
async fn settings_that_are_unknown_while_planning_are_no_obstacle() {
    let (sim, _) = managed("atlan_api_token").await;
    let unknown = json!({ "base_url": tfplug::testing::unknown(), "api_key": sim.api_key() });
    let mut token = core(&sim).config_while_planning(unknown).resource("atlan_api_token");
    token.apply(dbt()).await;
    token.apply(with(dbt(), json!({ "display_name": "dbt 2" }))).await;
    assert_eq!(alive(&sim), ["dbt 2"]);
}

/// If the value turned out to be wrong, the create would be refused after the delete. The next plan knows it.
#[tokio::test]
async fn a_token_is_not_deleted_for_one_of_which_the_plan_did_not_know_enough() {
    for tainted in [false, true] {
        let (sim, mut token) = managed("atlan_api_token").await;
        token.apply(dbt()).await;
        if tainted {
            token.taint();
        }
        let before = token.state();
        let plan = token.plan(with(dbt(), json!({ "validity": tfplug::testing::unknown() }))).await;
        let config = with(dbt(), json!({ "validity": "24h" }));
        sim.clear_journal();
        let said = token.try_apply_plan(&plan, config.clone()).await.failed();
        assert_eq!(places(&said), ["validity"], "{said}");
        assert!(said.to_string().contains("Could not replace the token yet"), "{said}");
        assert_eq!((token.state(), writes(&sim)), (before, String::new()), "{tainted}");
        // Nothing of the refusal hinders a destroy.
        if tainted {
            token.destroy().await;
            assert!(alive(&sim).is_empty());
            continue;
        }
        token.apply(config).await;
        token.plan_is_empty().await;
        assert_eq!(alive(&sim), ["dbt"]);
    }
}

/// If the word turned out to be `false`, the create would be refused after the delete, and nobody would have the secret.
#[tokio::test]
async fn a_replacement_by_the_command_line_is_refused_until_it_is_known_that_the_secret_is_stored() {
    for create_first in [false, true] {
        let (sim, mut token) = managed("atlan_api_token").await;
        if create_first {
            token.create_before_destroy();
        }
        token.apply(dbt()).await;
        sim.clear_journal();
        token.replace_next();
        let said = token.try_plan(with(dbt(), json!({ "store_token": tfplug::testing::unknown() }))).await;
        let said = said.failed();
        assert_eq!(places(&said), ["store_token"], "{said}");
        assert!(said.to_string().contains("Could not replace the token yet"), "{said}");
        assert_eq!((alive(&sim).len(), writes(&sim)), (1, String::new()), "{create_first}");
    }
}
