//! `atlan_oauth_client`: a role of its own, a secret where the configuration says so and nowhere else, and no client left alive and
//! forgotten.

use std::time::Duration;

use atlan_sim::{KeyKind, Moment, Rule, Sim};
use expect_test::expect;
use serde_json::{Value, json};
use tfplug::testing::Instance;

use crate::harness::*;

const CLIENTS: &str = "/api/service/oauth-clients";
const ONE: &str = "/api/service/oauth-clients/*";
const OAUTH_CLIENT: &str = "atlan_oauth_client";

fn pipeline() -> Value {
    json!({ "display_name": "pipeline", "role": "$member", "store_secret": true })
}

fn names(sim: &Sim) -> Vec<String> {
    sim.oauth_clients().into_iter().map(|client| client.display_name).collect()
}

fn made_by_others(sim: &Sim, name: &str) -> Value {
    let body = json!({ "displayName": name, "description": "Theirs", "role": "$guest", "personaQNs": ["default/LzgnFM"] });
    by_other_means(sim, CLIENTS, &body)
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// Whether the tenant gives a bearer token for the secret in a state.
async fn acts(sim: &Sim, state: &Value) -> bool {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let body = json!({ "clientId": state["client_id"], "clientSecret": state["client_secret"] });
    let request = client.post(format!("{}{CLIENTS}/token", sim.base_url())).body(body.to_string());
    let sent = request.header("content-type", "application/json").send().await.expect("answered");
    sent.status().is_success()
}

#[tokio::test]
async fn a_client_is_made_changed_and_deleted() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    client.plan(pipeline()).await.check(expect![[
        r#"create: display_name, description, role, store_secret; known after apply: id, client_secret, client_id, created_by, created_at"#
    ]]);
    client.apply(pipeline()).await;
    client.plan_is_empty().await;
    let made = sim.oauth_clients().remove(0);
    assert_eq!((made.display_name.as_str(), made.role.as_str()), ("pipeline", "$member"));
    let state = client.state();
    assert_eq!((&state["id"], &state["client_id"]), (&json!(made.id), &json!(made.client_id)));
    assert!(acts(&sim, &state).await, "it is a credential");

    let more = json!({ "display_name": "pipeline 2", "description": "Runs at night" });
    client.apply(with(pipeline(), more)).await.check(expect!["update: display_name, description"]);
    client.plan_is_empty().await;
    let changed = sim.oauth_clients().remove(0);
    assert_eq!(
        (changed.display_name.as_str(), changed.description.as_str()),
        ("pipeline 2", "Runs at night")
    );
    assert_eq!(client.state()["client_secret"], state["client_secret"]);

    client.destroy().await;
    assert!(sim.oauth_clients().is_empty() && !acts(&sim, &state).await);
}

#[tokio::test]
async fn another_spelling_of_the_role_or_of_no_description_plans_nothing() {
    let (_sim, mut client) = managed(OAUTH_CLIENT).await;
    client.apply(pipeline()).await;
    for same in [json!({ "role": "member" }), json!({ "description": "" }), json!({ "description": " " })] {
        assert!(client.plan(with(pipeline(), same.clone())).await.is_empty(), "{same}");
    }
}

#[tokio::test]
async fn another_role_or_other_personas_replace_the_client() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    client.create_before_destroy();
    client.apply(pipeline()).await;
    let before = client.state();
    let sub_role = with(pipeline(), json!({ "role": "$admin_connections" }));
    assert_eq!(client.plan(sub_role.clone()).await.replaced_for(), ["role"]);
    client.apply(sub_role.clone()).await;
    assert_eq!(
        (names(&sim), sim.oauth_clients()[0].role.as_str()),
        (vec!["pipeline".to_owned()], "$admin_connections")
    );
    assert_ne!(client.state()["client_secret"], before["client_secret"]);
    assert!(acts(&sim, &client.state()).await && !acts(&sim, &before).await);

    // None are managed, so these are no others.
    assert!(
        client
            .plan(with(sub_role.clone(), json!({ "persona_qualified_names": [] })))
            .await
            .replaced_for()
            .is_empty()
    );
    let personas = with(sub_role.clone(), json!({ "persona_qualified_names": ["default/LzgnFM"] }));
    assert_eq!(client.plan(personas.clone()).await.replaced_for(), ["persona_qualified_names"]);
    client.apply(personas.clone()).await;
    client.plan_is_empty().await;
    assert_eq!(sim.oauth_clients()[0].personas, ["default/LzgnFM"]);
    let none = with(sub_role.clone(), json!({ "persona_qualified_names": [] }));
    assert_eq!(client.plan(none).await.replaced_for(), ["persona_qualified_names"]);
    assert!(client.plan(sub_role).await.replaced_for().is_empty(), "from now on they are not managed");
    // The old one would go, and the secret of the new one would be lost.
    let writes = sim.journal().writes().len();
    let said =
        client.try_plan(with(personas, json!({ "role": "$guest", "store_secret": false }))).await.failed();
    assert!(said.to_string().contains("Nobody would have the secret of the new client"), "{said}");
    assert_eq!(sim.journal().writes().len(), writes);
}

#[tokio::test]
async fn a_role_that_the_tenant_lacks_is_refused_while_planning() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    let said = client.try_plan(with(pipeline(), json!({ "role": "$admin_conections" }))).await.failed();
    assert_eq!(places(&said), ["role"], "{said}");
    let said = said.to_string();
    assert!(
        said.contains("There is no such role") && said.contains("Similar: \"$admin_connections\""),
        "{said}"
    );
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    sim.clear_journal();
    client.plan(pipeline()).await;
    assert!(sim.journal().is_empty(), "every tenant has the workspace roles: {}", sim.journal());
}

#[tokio::test]
async fn settings_that_are_unknown_while_planning_are_no_obstacle() {
    let (sim, _) = managed(OAUTH_CLIENT).await;
    let unknown = json!({ "base_url": tfplug::testing::unknown(), "api_key": sim.api_key() });
    let mut client = core(&sim).config_while_planning(unknown).resource(OAUTH_CLIENT);
    client.apply(with(pipeline(), json!({ "description": " " }))).await;
    assert_eq!(sim.oauth_clients()[0].description, "");
    client.apply(with(pipeline(), json!({ "display_name": "pipeline 2" }))).await;
    assert_eq!(names(&sim), ["pipeline 2"]);
    // A role that is known only in the apply is checked there.
    let unknown = with(pipeline(), json!({ "role": tfplug::testing::unknown() }));
    let mut other = core(&sim).resource(OAUTH_CLIENT);
    let plan = other.plan(unknown).await;
    sim.clear_journal();
    let wrong = with(pipeline(), json!({ "role": "$admin_conections" }));
    let said = other.try_apply_plan(&plan, wrong).await.failed();
    assert_eq!((places(&said), writes(&sim)), (vec!["role".to_owned()], String::new()), "{said}");
}

/// If the value turned out to be wrong, the create would be refused after the delete. Once it is applied, the next plan knows it.
#[tokio::test]
async fn a_client_is_not_deleted_for_one_of_which_the_plan_did_not_know_enough() {
    for (argument, value) in
        [("role", json!("$guest")), ("persona_qualified_names", json!(["default/LzgnFM"]))]
    {
        for tainted in [false, true] {
            let (sim, mut client) = managed(OAUTH_CLIENT).await;
            client.apply(pipeline()).await;
            if tainted {
                client.taint();
            }
            let before = client.state();
            let plan = client.plan(with(pipeline(), json!({ argument: tfplug::testing::unknown() }))).await;
            let config = with(pipeline(), json!({ argument: value }));
            sim.clear_journal();
            let said = client.try_apply_plan(&plan, config.clone()).await.failed();
            assert_eq!(places(&said), [argument], "{said}");
            assert!(said.to_string().contains("Could not replace the client yet"), "{said}");
            assert!(said.to_string().contains("with `-target`"), "{said}");
            assert_eq!((client.state(), writes(&sim)), (before, String::new()), "{argument}");
            client.apply(config).await;
            client.plan_is_empty().await;
            assert_eq!(names(&sim), ["pipeline"]);
        }
    }
}

/// Atlan knows whether there is such a persona, and no list tells.
#[tokio::test]
async fn a_persona_that_the_tenant_lacks_is_warned_of_and_the_error_says_that_the_old_client_is_gone() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    client.apply(pipeline()).await;
    let wrong = with(pipeline(), json!({ "persona_qualified_names": ["default/typo"] }));
    let said = client.plan(wrong.clone()).await.to_string();
    assert!(said.contains("are not checked yet") && said.contains("default/typo"), "{said}");
    let said = client.try_apply(wrong).await.failed().to_string();
    assert!(said.contains("The old OAuth client \"pipeline\" is deleted"), "{said}");
    let right = with(pipeline(), json!({ "persona_qualified_names": ["default/LzgnFM"] }));
    let said = client.apply(right).await.to_string();
    assert!(!said.contains("is deleted") && !said.contains("not checked"), "{said}");
    client.plan_is_empty().await;
    assert_eq!(names(&sim), ["pipeline"]);
}

/// There, the create comes first.
#[tokio::test]
async fn create_before_destroy_replaces_a_client_whose_role_is_not_known_yet() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    client.create_before_destroy();
    client.apply(pipeline()).await;
    let before = client.state();
    let plan = client.plan(with(pipeline(), json!({ "role": tfplug::testing::unknown() }))).await;
    let wrong = with(pipeline(), json!({ "role": "$admin_conections" }));
    client.try_apply_plan(&plan, wrong).await.failed();
    assert_eq!((client.state(), names(&sim)), (before, vec!["pipeline".to_owned()]));
    let plan = client.plan(with(pipeline(), json!({ "role": tfplug::testing::unknown() }))).await;
    client.apply_plan(&plan, with(pipeline(), json!({ "role": "$guest" }))).await;
    assert_eq!((sim.oauth_clients()[0].role.as_str(), sim.oauth_clients().len()), ("$guest", 1));
}

/// The plan cannot check the role while the provider's settings are unknown. Nothing of the refusal hinders a destroy.
#[tokio::test]
async fn a_client_is_not_deleted_for_one_whose_role_the_tenant_lacks() {
    for (create_first, destroys) in [(false, false), (false, true), (true, false)] {
        let (sim, mut client) = managed(OAUTH_CLIENT).await;
        if create_first {
            client.create_before_destroy();
        }
        client.apply(pipeline()).await;
        let before = client.state();
        let unknown = json!({ "base_url": sim.base_url(), "api_key": tfplug::testing::unknown() });
        client.set_core(&core(&sim).config_while_planning(unknown));
        sim.clear_journal();
        let wrong = with(pipeline(), json!({ "role": "$admin_conections" }));
        let said = client.try_apply(wrong).await.failed();
        assert_eq!(places(&said), ["role"], "{said}");
        assert!(said.to_string().contains("There is no such role"), "{said}");
        assert_eq!((client.state(), writes(&sim)), (before, String::new()), "{create_first}");
        client.set_core(&core(&sim));
        if destroys {
            client.destroy().await;
            assert!(sim.oauth_clients().is_empty());
            continue;
        }
        client.apply(with(pipeline(), json!({ "role": "$admin_connections" }))).await;
        client.plan_is_empty().await;
        assert_eq!(names(&sim), ["pipeline"]);
    }
}

#[tokio::test]
async fn the_secret_is_stored_by_an_explicit_word_only_and_can_leave_the_state() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    for wrong in [json!({ "store_secret": false }), json!({ "store_secret": null })] {
        let said = client.try_plan(with(pipeline(), wrong)).await.failed();
        assert_eq!(places(&said), ["store_secret"], "{said}");
        assert!(said.to_string().contains("Set `store_secret = true`"), "{said}");
    }
    assert!(sim.journal().is_empty(), "{}", sim.journal());
    let plan = client.plan(with(pipeline(), json!({ "store_secret": tfplug::testing::unknown() }))).await;
    client.try_apply_plan(&plan, with(pipeline(), json!({ "store_secret": false }))).await.failed();
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());

    client.apply(pipeline()).await;
    let (id, secret) = (client.state()["id"].clone(), text(&client.state()["client_secret"]));
    client
        .apply(with(pipeline(), json!({ "store_secret": false })))
        .await
        .check(expect!["update: store_secret; known after apply: client_secret"]);
    assert!(!String::from_utf8_lossy(client.stored()).contains(&secret));
    let applied = client.apply(pipeline()).await;
    assert!(applied.to_string().contains("The secret of this client is not known"), "{applied}");
    assert_eq!((&client.state()["client_secret"], &client.state()["id"]), (&Value::Null, &id));
    assert_eq!(sim.oauth_clients().len(), 1, "no credential is replaced");
}

#[tokio::test]
async fn imports_by_every_id_plan_nothing() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    let theirs = made_by_others(&sim, "theirs");
    let config = json!({ "display_name": "theirs", "description": "Theirs", "role": "guest" });
    let id = text(&theirs["id"]);
    for text in [id.clone(), id.to_uppercase(), text(&theirs["clientId"]), "name:theirs".to_owned()] {
        client.forget();
        client.import(&text).await;
        assert_eq!(
            (&client.state()["id"], &client.state()["client_secret"]),
            (&theirs["id"], &Value::Null),
            "{text}"
        );
        assert!(client.plan(config.clone()).await.is_empty(), "{text}");
    }
    // A configuration that begins to manage the personas it has keeps the client.
    let same = with(config, json!({ "persona_qualified_names": ["default/LzgnFM"] }));
    assert!(client.plan(same.clone()).await.replaced_for().is_empty());
    client.apply(same).await;
    client.plan_is_empty().await;
    assert_eq!(sim.journal().writes().len(), 1, "the create by others: {}", sim.journal());

    let twins = [made_by_others(&sim, "twice"), made_by_others(&sim, "twice")];
    client.forget();
    let said = client.try_import("name:twice").await.failed().to_string();
    assert!(said.contains("2 OAuth clients have this name. Import by GUID"), "{said}");
    assert!(twins.iter().all(|twin| said.contains(&text(&twin["id"]))), "{said}");
    for nobody in ["name:nobody", "oauth-client-nobody", "6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b"] {
        let said = client.try_import(nobody).await.failed().to_string();
        assert!(said.contains(nobody) && said.contains("has no OAuth client"), "{said}");
    }
}

#[tokio::test]
async fn a_change_made_outside_is_repaired_and_a_deleted_client_is_gone() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    client.apply(pipeline()).await;
    let path = format!("{CLIENTS}/{}", text(&client.state()["client_id"]));
    by_other_means(&sim, &path, &json!({ "displayName": "renamed", "description": "by hand" }));
    client.apply(pipeline()).await.check(expect!["update: display_name, description"]);
    assert_eq!(names(&sim), ["pipeline"]);
    let mut second = core(&sim).resource(OAUTH_CLIENT);
    second.import("name:pipeline").await;
    second.destroy().await;
    client.refresh().await;
    assert_eq!(client.state(), Value::Null);
}

/// Atlan's SDKs differ in the method of an update.
#[tokio::test]
async fn an_update_is_a_put_and_where_there_is_none_one_post() {
    for (method, requests) in [("put", (1, 0)), ("post", (1, 1)), ("both", (1, 0))] {
        let (sim, mut client) = managed(OAUTH_CLIENT).await;
        client.apply(pipeline()).await;
        sim.set(json!({ "oauth_update_method": method })).expect("a switch");
        sim.clear_journal();
        client.apply(with(pipeline(), json!({ "display_name": "other" }))).await;
        assert_eq!(names(&sim), ["other"], "{method}");
        let journal = sim.journal();
        assert_eq!((journal.count("PUT", ONE), journal.count("POST", ONE)), requests, "{method}: {journal}");
    }
}

#[tokio::test]
async fn the_client_of_the_run_is_neither_deleted_nor_replaced() {
    let (sim, mut client) = managed_by(KeyKind::OauthClient, OAUTH_CLIENT).await;
    client.import("name:terraform").await;
    let own = json!({ "display_name": "terraform", "description": "A client to try the client-credentials flow with", "role": "$admin" });
    assert!(client.plan(own.clone()).await.is_empty());
    let replaced = with(own.clone(), json!({ "role": "$member", "store_secret": true }));
    let mut refused = vec![
        client.try_plan(replaced.clone()).await.failed(),
        client.try_plan_destroy().await.failed(),
        client.try_destroy().await.failed(),
    ];
    client.create_before_destroy();
    refused.push(client.try_plan(replaced).await.failed());
    for said in refused {
        assert!(said.to_string().contains("makes the requests of this run"), "{said}");
        assert!(said.to_string().contains("allow_self_lockout"), "{said}");
    }
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    client.set_core(&core_with(&sim, json!({ "allow_self_lockout": true })));
    client.try_plan_destroy().await.expect("a plan");
}

#[tokio::test]
async fn bad_values_are_refused_before_any_request() {
    let (sim, client) = managed(OAUTH_CLIENT).await;
    let cases = [
        (json!({ "display_name": " pipeline" }), "display_name", "Did you mean \"pipeline\"?"),
        (json!({ "display_name": " " }), "display_name", "It must not be blank."),
        (json!({ "role": "" }), "role", "It must not be blank."),
        (json!({ "role": "$member " }), "role", "Did you mean \"$member\"?"),
        (json!({ "persona_qualified_names": [" "] }), "persona_qualified_names", "blank"),
        (json!({ "persona_qualified_names": [null] }), "persona_qualified_names", "It must not hold null."),
        (json!({ "persona_qualified_names": "default/LzgnFM" }), "persona_qualified_names", "set"),
    ];
    for (wrong, path, words) in cases {
        let said = client.validate(with(pipeline(), wrong.clone())).await;
        assert_eq!(places(&said), [path], "{wrong}: {said}");
        assert!(said.to_string().contains(words), "{wrong}: {said}");
    }
    assert!(sim.journal().is_empty(), "{}", sim.journal());
}

#[tokio::test]
async fn what_fifty_clients_cost() {
    let sim = tenant(KeyKind::ApiToken).await;
    let run = core(&sim);
    let made = (0..50).map(|n| {
        let mut client = run.resource(OAUTH_CLIENT);
        async move {
            client.apply(with(pipeline(), json!({ "display_name": format!("client {n}") }))).await;
            client
        }
    });
    let made = at_once(made).await;
    sim.clear_journal();
    let again = run.one_run();
    at_once(made.into_iter().map(|mut client| {
        client.set_core(&again);
        async move { client.refresh().await }
    }))
    .await;
    assert_eq!((sim.journal().len(), sim.journal().count("GET", CLIENTS)), (1, 1), "{}", sim.journal());
    let mut last = run.resource(OAUTH_CLIENT);
    let plan = last.plan(pipeline()).await;
    sim.clear_journal();
    last.apply_plan(&plan, pipeline()).await;
    let journal = sim.journal();
    assert!(journal.writes().len() == 2 && journal.len() <= 3, "{journal}");
}

#[tokio::test]
async fn a_lost_answer_leaves_one_client_with_its_secret() {
    let late = Duration::from_millis(60);
    let mut cases = passing("POST", CLIENTS);
    cases.push(("dropped, late", Rule::on("POST", CLIENTS).times(1).drop(Moment::Before).late(late)));
    side_by_side(cases, |(case, rule)| async move {
        let (sim, mut client) = managed(OAUTH_CLIENT).await;
        // A namesake, and what looks like the attempt of a run beside this one.
        made_by_others(&sim, "pipeline");
        made_by_others(&sim, "pipeline ~0a1b2c3d");
        client.set_core(&core_with(&sim, json!({ "request_timeout": "100ms" })));
        sim.fault(rule).expect("a rule");
        let applied = client.try_apply(pipeline()).await;
        assert!(applied.is_ok(), "{case}: {applied:?}");
        client.plan_is_empty().await;
        assert_eq!(names(&sim), ["pipeline", "pipeline ~0a1b2c3d", "pipeline"], "{case}: {}", sim.journal());
        assert_eq!(client.state()["id"], *sim.oauth_clients()[2].id, "{case}");
        assert!(acts(&sim, &client.state()).await, "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_tenant_that_always_loses_the_answer_keeps_no_client() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    sim.set(json!({ "token_create_lost": true })).expect("a switch");
    let said = client.try_apply(pipeline()).await.failed().to_string();
    assert!(said.contains("what has appeared of these attempts was deleted"), "{said}");
    assert!(names(&sim).is_empty() && client.state().is_null() && !client.is_tainted());
    assert_eq!(sim.journal().count("POST", CLIENTS), 2);
}

#[tokio::test]
async fn changes_and_deletes_survive_what_passes() {
    let cases = ["PUT", "DELETE"]
        .into_iter()
        .flat_map(|method| passing(method, ONE).into_iter().map(move |case| (method, case)));
    side_by_side(cases.collect(), |(method, (case, rule))| async move {
        let (sim, mut client) = managed(OAUTH_CLIENT).await;
        client.set_core(&impatient(&sim));
        client.apply(pipeline()).await;
        sim.fault(rule).expect("a rule");
        let left = if method == "PUT" {
            let changed = client.try_apply(with(pipeline(), json!({ "display_name": "other" }))).await;
            assert!(changed.is_ok(), "{case}: {changed:?}");
            vec!["other".to_owned()]
        } else {
            let deleted = client.try_destroy().await;
            assert!(deleted.is_ok(), "{case}: {deleted:?}");
            vec![]
        };
        assert_eq!(names(&sim), left, "{method} {case}");
    })
    .await;
}

#[tokio::test]
async fn a_refused_write_leaves_the_state_true_and_a_refused_rename_is_a_warning() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    sim.fault(Rule::on("POST", CLIENTS).status(403)).expect("a rule");
    client.try_apply(pipeline()).await.failed();
    assert!(client.state().is_null() && !client.is_tainted());
    sim.set_faults(vec![Rule::on("PUT", ONE).status(409).times(1)]).expect("rules");
    let applied = client.apply(pipeline()).await;
    assert!(applied.to_string().contains("keeps a temporary name"), "{applied}");
    assert!(!client.is_tainted() && names(&sim)[0].starts_with("pipeline ~"), "{:?}", names(&sim));
    let secret = client.state()["client_secret"].clone();
    client.apply(pipeline()).await.check(expect!["update: display_name"]);
    assert_eq!((names(&sim), &client.state()["client_secret"]), (vec!["pipeline".to_owned()], &secret));

    let before = client.state();
    sim.set_faults(vec![Rule::on("*", ONE).status(403)]).expect("rules");
    client.try_apply(with(pipeline(), json!({ "display_name": "other" }))).await.failed();
    client.try_destroy().await.failed();
    assert_eq!(client.state(), before);
}

/// A tenant in which the answer to a create was lost, and an apply that could not learn what came of it.
async fn unclear(moment: Moment) -> (Sim, Instance) {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    client.set_core(&core_with(&sim, json!({ "request_timeout": "100ms" })));
    sim.set_faults(vec![Rule::on("POST", CLIENTS).drop(moment), Rule::on("GET", CLIENTS).status(500)])
        .expect("rules");
    let said = client.try_apply(pipeline()).await.failed().to_string();
    assert!(said.contains("unknown whether the OAuth client \"pipeline ~"), "{said}");
    assert!(client.is_tainted());
    sim.set_faults(vec![]).expect("rules");
    (sim, client)
}

#[tokio::test]
async fn after_an_unclear_outcome_the_useless_client_is_deleted() {
    let cases = [Moment::After, Moment::Before].into_iter().flat_map(|moment| {
        [(true, true), (true, false), (false, true), (false, false)].map(|flags| (moment, flags))
    });
    side_by_side(cases.collect(), |(moment, (refreshes, destroys))| async move {
        let (sim, mut client) = unclear(moment).await;
        let core = impatient(&sim);
        client.set_core(&if refreshes { core } else { core.without_refresh() });
        if destroys {
            client.destroy().await;
            assert!(names(&sim).is_empty(), "{moment:?}, {refreshes}");
        } else {
            client.apply(pipeline()).await;
            assert_eq!(names(&sim), ["pipeline"], "{moment:?}, {refreshes}");
            assert!(acts(&sim, &client.state()).await);
            client.plan_is_empty().await;
        }
    })
    .await;
}

/// A state knows nothing of a client that was being made when the process was killed.
#[tokio::test]
async fn what_a_killed_apply_may_have_left_is_warned_of_and_stays() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    for name in ["pipeline ~0a1b2c3d", "pipeline ~0a1b2c3", "pipeline", "other ~0a1b2c3d"] {
        made_by_others(&sim, name);
    }
    let applied = client.apply(pipeline()).await.to_string();
    let refreshed = client.refresh().await.to_string();
    for said in [applied, refreshed] {
        assert_eq!(said.matches("may be forgotten").count(), 1, "{said}");
        assert!(said.contains("OAuth client \"pipeline ~0a1b2c3d\" may be forgotten"), "{said}");
        assert!(said.contains(&*sim.oauth_clients()[0].id), "{said}");
    }
    assert_eq!(sim.oauth_clients().len(), 5);
}

/// As if Terraform had been killed after a create and before it stored the state.
#[tokio::test]
async fn a_client_with_the_same_values_that_this_identity_made_lately_is_named() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    client.apply(pipeline()).await;
    let first = sim.oauth_clients().remove(0).id;
    // Of the same name, but with other values.
    made_by_others(&sim, "pipeline");
    for (passed, warns) in [(0, true), (3500, true), (200, false)] {
        sim.advance(Duration::from_secs(passed));
        // Two of one run do not name each other.
        let run = core(&sim).one_run();
        let (mut one, mut two) = (run.resource(OAUTH_CLIENT), run.resource(OAUTH_CLIENT));
        let said = format!("{}{}", one.apply(pipeline()).await, two.apply(pipeline()).await);
        let all = said.matches("There is another OAuth client \"pipeline\"").count();
        let named = said
            .matches(&*format!("({first}) has the same name and description. It was created at "))
            .count();
        // A client has no end.
        assert_eq!((all, named), if warns { (2, 2) } else { (0, 0) }, "{passed}: {said}");
        assert!(!said.contains("it works until"), "{said}");
        one.destroy().await;
        two.destroy().await;
    }
    assert_eq!(sim.oauth_clients().len(), 2, "none is deleted");
}

#[tokio::test]
async fn ctrl_c_keeps_the_secret_of_the_client_that_is_made() {
    for moment in [Moment::Before, Moment::After] {
        let (sim, mut client) = managed(OAUTH_CLIENT).await;
        let core = core(&sim);
        client.set_core(&core);
        let hold = sim.hold("POST", CLIENTS, moment);
        let interrupt = async {
            sim.arrived("POST", CLIENTS).await;
            core.stop().await;
            hold.release();
        };
        let (applied, ()) = tokio::join!(client.try_apply(pipeline()), interrupt);
        assert!(sim.oauth_clients().len() == 1 && !client.is_tainted(), "{applied:?}");
        assert!(acts(&sim, &client.state()).await);
        client.set_core(&self::core(&sim));
        client.apply(pipeline()).await;
        assert_eq!(names(&sim), ["pipeline"]);
        client.plan_is_empty().await;
    }
}

#[tokio::test]
async fn ctrl_c_in_a_rename_and_in_a_delete_leaves_the_state_true() {
    for moment in [Moment::Before, Moment::After] {
        let (sim, mut client) = managed(OAUTH_CLIENT).await;
        client.apply(pipeline()).await;
        let before = client.state();
        let other = with(pipeline(), json!({ "display_name": "other" }));
        let stopped = core(&sim);
        client.set_core(&stopped);
        let renamed =
            interrupted(&sim, &stopped, ("PUT", ONE, moment), client.try_apply(other.clone())).await;
        assert_eq!(names(&sim), ["other"], "{renamed:?}");
        assert!(!client.is_tainted(), "{renamed:?}");
        assert_eq!(client.state()["client_secret"], before["client_secret"]);
        client.set_core(&core(&sim));
        client.apply(other).await;
        client.plan_is_empty().await;
        assert!(acts(&sim, &before).await);

        let stopped = core(&sim);
        client.set_core(&stopped);
        let deleted = interrupted(&sim, &stopped, ("DELETE", ONE, moment), client.try_destroy()).await;
        assert!(names(&sim).is_empty(), "{deleted:?}");
        client.set_core(&core(&sim));
        client.destroy().await;
        assert!(client.state().is_null());
        assert_eq!(sim.journal().count("DELETE", ONE), 1, "{}", sim.journal());
    }
}

/// A destroy that trusted the answer would forget a client that still works.
#[tokio::test]
async fn a_delete_that_atlan_ignores_is_an_error_that_says_so_and_the_client_is_kept() {
    let (sim, mut client) = managed(OAUTH_CLIENT).await;
    client.apply(pipeline()).await;
    let before = client.state();
    sim.fault(ignored("DELETE", ONE)).expect("a rule");
    let said = client.try_destroy().await.failed().to_string();
    assert!(said.contains("Atlan accepted the deletion of the OAuth client"), "{said}");
    assert!(said.contains("but the record still shows the OAuth client"), "{said}");
    assert_eq!((client.state(), names(&sim)), (before, vec!["pipeline".to_owned()]));
    sim.set_faults(vec![]).expect("no rule");
    client.destroy().await;
    assert!(names(&sim).is_empty());
}
