//! OAuth clients: what differs from API tokens. Their own requests name them by client id, and an update is a `PUT` or a `POST`.

use std::collections::BTreeSet;

use atlan::{Credential as _, Error, NewOauthClient, OauthClient, OauthClientUpdate};
use atlan_sim::{Moment, Rule};
use serde_json::json;

use crate::support::*;

const CLIENTS: &str = "/api/service/oauth-clients";
const ONE: &str = "/api/service/oauth-clients/*";

fn new() -> NewOauthClient {
    NewOauthClient {
        display_name: "pipeline".into(),
        description: "Runs at night".into(),
        role: "$guest".into(),
        personas: BTreeSet::from(["default/LzgnFM".to_owned()]),
    }
}

fn update(name: &str, description: &str) -> OauthClientUpdate {
    OauthClientUpdate { display_name: name.into(), description: description.into() }
}

#[tokio::test]
async fn a_client_is_made_in_one_request_named_changed_and_deleted() {
    let (sim, client) = tenant().await;
    let made: OauthClient =
        client.create_credential(&new(), || "pipeline ~00000001".to_owned()).await.expect("made");
    assert_eq!(sim.journal().len(), 1, "{}", sim.journal());
    assert!(made.secret.is_some() && made.client_id.as_str().starts_with("oauth-client-"), "{made:?}");
    assert_eq!(made.username(), format!("service-account-{}", made.client_id));
    assert_eq!((made.role.as_str(), &made.personas), ("$guest", &new().personas));

    assert!(client.name_credential(&made, &update("pipeline", "Runs at night")).await.expect("named"));
    let put = sim.journal().writes().iter().last().expect("a write").clone();
    assert_eq!((put.method.as_str(), put.body), ("PUT", Some(json!({ "displayName": "pipeline" }))));
    let read = client.credential::<OauthClient>(&made.id).await.expect("read").expect("there");
    assert!(
        read.secret.is_none() && read.personas == new().personas && read.created_at.is_some(),
        "{read:?}"
    );

    client.update_credential::<OauthClient>(&made.id, &update("pipeline", "")).await.expect("changed");
    assert_eq!(sim.oauth_clients()[0].description, "");
    let writes = sim.journal().writes().len();
    client.update_credential::<OauthClient>(&made.id, &update("pipeline", " ")).await.expect("as it is");
    assert_eq!(sim.journal().writes().len(), writes, "nothing differs, so nothing is sent");

    for _ in ["deleted", "deleted already"] {
        let deleted = client.delete_credential::<OauthClient>(&made.client_id, &made.username()).await;
        deleted.expect("deleted");
    }
    assert!(sim.oauth_clients().is_empty());
    let absent = client.update_credential::<OauthClient>(&made.id, &update("x", "")).await;
    assert!(matches!(absent, Err(Error::NotFound { .. })), "{absent:?}");
}

#[tokio::test]
async fn what_refuses_both_methods_is_asked_once_with_each() {
    for status in [404, 405] {
        let (sim, client) = tenant().await;
        let made: OauthClient =
            client.create_credential(&new(), || "pipeline".to_owned()).await.expect("made");
        sim.fault(Rule::on("*", ONE).status(status)).expect("a rule");
        sim.clear_journal();
        let refused = client.update_credential::<OauthClient>(&made.id, &update("x", "")).await;
        assert_eq!(refused.expect_err("refused").status(), Some(status));
        assert_eq!((sim.journal().count("PUT", ONE), sim.journal().count("POST", ONE)), (1, 1), "{status}");
    }
}

#[tokio::test]
async fn a_lost_answer_loses_the_secret_so_that_client_is_deleted_by_its_client_id() {
    let (sim, _) = tenant().await;
    let client = impatient(&sim);
    sim.fault(Rule::on("POST", CLIENTS).drop(Moment::After).times(1)).expect("a rule");
    let attempts = std::sync::atomic::AtomicU32::new(1);
    let name = || format!("pipeline ~{}", attempts.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let made: OauthClient = client.create_credential(&new(), name).await.expect("made");
    let names: Vec<String> = sim.oauth_clients().into_iter().map(|client| client.display_name).collect();
    assert_eq!((names, made.secret.is_some()), (vec!["pipeline ~2".to_owned()], true), "{}", sim.journal());
    assert_eq!(sim.journal().count("DELETE", &format!("{CLIENTS}/oauth-client-*")), 1, "{}", sim.journal());
}

#[tokio::test]
async fn the_client_that_makes_the_requests_is_not_deleted() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "key_kind": "oauth_client" })).expect("a switch");
    let own = client.credentials::<OauthClient>().await.expect("read")[0].clone();
    let refused = client.delete_credential::<OauthClient>(&own.client_id, &own.username()).await;
    assert!(matches!(refused, Err(Error::OwnCredential { .. })), "{refused:?}");
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
}
