//! API tokens: one list for all readers, a name of its own for each attempt, and no useless token left alive.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use atlan::{ApiToken, ApiTokenUpdate, Client, Credential as _, Error, NewApiToken};
use atlan_sim::{Moment, Rule, Sim};
use serde_json::json;

use crate::support::*;

const TOKENS: &str = "/api/service/apikeys";
const ONE: &str = "/api/service/apikeys/*";

fn new() -> NewApiToken {
    NewApiToken {
        display_name: "dbt".into(),
        description: "Runs at night".into(),
        personas: BTreeSet::from(["default/LzgnFM".to_owned()]),
        validity: Duration::from_secs(3600),
    }
}

fn update(name: &str) -> ApiTokenUpdate {
    ApiTokenUpdate { display_name: name.into(), description: "Runs at night".into(), personas: None }
}

/// Makes a token; its attempts are called `dbt ~00000001`, `dbt ~00000002`, ….
async fn make(client: &Client) -> atlan::Result<ApiToken> {
    let attempt = AtomicU32::new(1);
    let name = || atlan::attempt_name("dbt", &format!("{:08x}", attempt.fetch_add(1, Ordering::Relaxed)));
    client.create_credential::<ApiToken>(&new(), name).await
}

fn names(sim: &Sim) -> Vec<String> {
    sim.tokens().into_iter().map(|token| token.display_name).collect()
}

#[tokio::test]
async fn a_token_is_made_in_one_request_named_changed_and_deleted() {
    let (sim, client) = tenant().await;
    let made = make(&client).await.expect("made");
    assert_eq!((made.display_name.as_str(), sim.journal().len()), ("dbt ~00000001", 1), "{}", sim.journal());
    assert!(made.secret.is_some() && made.client_id.starts_with("apikey-"));
    assert_eq!(made.username(), format!("service-account-{}", made.client_id));
    let life = made.expires_at().expect("an end").duration_since(made.created_at.expect("a start"));
    assert_eq!((life.as_secs(), made.life_seconds), (3600, Some(3600)));

    assert!(client.name_credential(&made, &update("dbt")).await.expect("named"));
    assert_eq!(sim.journal().len(), 3, "create, rename, look: {}", sim.journal());
    let read = client.credential::<ApiToken>(&made.id).await.expect("read").expect("there");
    assert!(read.secret.is_none() && read.personas == new().personas, "{read:?}");

    let none = ApiTokenUpdate { personas: Some(BTreeSet::new()), ..update("dbt Cloud") };
    let changed = client.update_credential::<ApiToken>(&made.id, &none).await.expect("changed");
    assert!(changed.display_name == "dbt Cloud" && changed.personas.is_empty(), "{changed:?}");
    let writes = sim.journal().writes().len();
    client.update_credential::<ApiToken>(&made.id, &none).await.expect("as it is");
    assert_eq!(sim.journal().writes().len(), writes, "nothing differs, so nothing is sent");

    client.delete_credential::<ApiToken>(&made.id, &made.username()).await.expect("deleted");
    assert!(
        client.credential::<ApiToken>(&made.id).await.expect("read").is_none() && sim.tokens().is_empty()
    );
    client.delete_credential::<ApiToken>(&made.id, &made.username()).await.expect("already deleted");
    let absent = client.update_credential::<ApiToken>(&made.id, &none).await;
    assert!(matches!(absent, Err(Error::NotFound { .. })), "{absent:?}");
}

#[tokio::test]
async fn readers_at_the_same_time_share_one_list_and_absence_is_confirmed_once() {
    let (sim, client) = tenant().await;
    let made = make(&client).await.expect("made");
    let client = crate::support::client(&sim, |_| {});
    sim.clear_journal();
    let read = || client.credential::<ApiToken>(&made.id);
    let (one, two, three) = tokio::join!(read(), read(), read());
    assert!([one, two, three].into_iter().all(|read| read.expect("read").is_some()));
    assert!(client.left_over_credentials::<ApiToken>("other").await.expect("read").is_empty());
    assert_eq!(sim.journal().len(), 1, "{}", sim.journal());
    let nobody = "0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910".parse().expect("a GUID");
    let absent = || client.credential::<ApiToken>(&nobody);
    let (one, two) = tokio::join!(absent(), absent());
    assert!(one.expect("read").is_none() && two.expect("read").is_none());
    assert!(sim.journal().len() <= 3, "{}", sim.journal());
}

/// The name of the attempt tells the token whose answer was lost from that of another program.
#[tokio::test]
async fn a_lost_answer_loses_the_secret_so_that_token_is_deleted_and_one_more_is_made() {
    for rule in [
        Rule::on("POST", TOKENS).drop(Moment::After).times(1),
        Rule::on("POST", TOKENS).truncate(5).times(1),
        Rule::on("POST", TOKENS).status(504).applied().times(1),
        Rule::on("POST", TOKENS).drop(Moment::Before).late(Duration::from_millis(60)).times(1),
    ] {
        let (sim, _) = tenant().await;
        let client = impatient(&sim);
        by_other_means(&sim, TOKENS, &json!({ "displayName": "dbt ~ffffffff" }).to_string()).await;
        sim.fault(rule).expect("a rule");
        let made = make(&client).await.expect("made");
        assert_eq!(names(&sim), ["dbt ~ffffffff", "dbt ~00000002"], "{}", sim.journal());
        assert!(made.secret.is_some() && made.display_name == "dbt ~00000002", "{made:?}");
        assert_eq!(sim.journal().count("DELETE", ONE), 1, "{}", sim.journal());
        let left = client.left_over_credentials::<ApiToken>("dbt").await.expect("read");
        let left: Vec<&str> = left.iter().map(|token| token.display_name.as_str()).collect();
        assert_eq!(left, ["dbt ~ffffffff"], "our own attempt is none");
    }
}

/// Atlan takes long to answer, and a lost answer costs the secret.
#[tokio::test]
async fn a_create_may_take_three_times_as_long_as_another_request() {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| config.request_timeout = Duration::from_millis(500));
    sim.fault(Rule::on("POST", TOKENS).delay(Duration::from_millis(1_000)).times(1)).expect("a rule");
    let made = make(&client).await.expect("made");
    assert!(made.secret.is_some(), "{made:?}");
    assert_eq!(names(&sim), ["dbt ~00000001"], "{}", sim.journal());
    assert_eq!(sim.journal().count("POST", TOKENS), 1, "{}", sim.journal());
}

#[tokio::test]
async fn what_had_no_effect_is_sent_again_and_deletes_nothing() {
    for rule in [
        Rule::on("POST", TOKENS).drop(Moment::Before).times(1),
        Rule::on("POST", TOKENS).status(503).times(1),
        Rule::on("POST", TOKENS).status(429).retry_after(0).times(1),
    ] {
        let (sim, _) = tenant().await;
        sim.fault(rule).expect("a rule");
        let made = make(&impatient(&sim)).await.expect("made");
        assert_eq!(names(&sim), ["dbt ~00000001"], "{}", sim.journal());
        assert!(made.secret.is_some());
        assert_eq!(sim.journal().count("DELETE", ONE), 0, "{}", sim.journal());
    }
}

#[tokio::test]
async fn two_lost_answers_leave_nothing_and_a_refused_delete_says_so() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "token_create_lost": true })).expect("a switch");
    let lost = make(&client).await;
    assert!(matches!(lost, Err(Error::SecretLost { .. })), "{lost:?}");
    assert!(sim.tokens().is_empty());
    assert_eq!((sim.journal().count("POST", TOKENS), sim.journal().count("DELETE", ONE)), (2, 2));

    sim.fault(Rule::on("DELETE", ONE).status(403)).expect("a rule");
    let unknown = make(&client).await.expect_err("it stays");
    assert!(matches!(unknown, Error::OutcomeUnknown { .. }), "{unknown:?}");
    assert!(story(&unknown).contains("it is not certain that it was deleted"), "{}", story(&unknown));
    // A later program finds it by that name.
    sim.set_faults(vec![]).expect("rules");
    let found = impatient(&sim).credential_after_unknown::<ApiToken>("dbt ~00000001").await.expect("read");
    assert_eq!(found.map(|token| token.id.to_string()), Some(sim.tokens()[0].id.clone()));
    assert!(
        impatient(&sim).credential_after_unknown::<ApiToken>("dbt ~00000009").await.expect("read").is_none()
    );
}

#[tokio::test]
async fn the_token_that_makes_the_requests_is_not_deleted() {
    let (sim, client) = tenant().await;
    let own = client.credentials::<ApiToken>().await.expect("read")[0].clone();
    let refused = client.delete_credential::<ApiToken>(&own.id, &own.username()).await;
    assert!(matches!(refused, Err(Error::OwnCredential { .. })), "{refused:?}");
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    let careless = crate::support::client(&sim, |config| config.allow_self_lockout = true);
    careless.delete_credential::<ApiToken>(&own.id, &own.username()).await.expect("as asked");
}

#[tokio::test]
async fn an_update_keeps_the_personas_that_it_does_not_manage() {
    for rule in ["replace", "merge", "keep_when_empty"] {
        let (sim, client) = tenant().await;
        sim.set(json!({ "token_update_personas": rule })).expect("a switch");
        let made = make(&client).await.expect("made");
        client.update_credential::<ApiToken>(&made.id, &update("other")).await.expect("changed");
        assert_eq!(sim.tokens()[0].personas, ["default/LzgnFM"], "{rule}");
        let none = ApiTokenUpdate { personas: Some(BTreeSet::new()), ..update("other") };
        let emptied = client.update_credential::<ApiToken>(&made.id, &none).await;
        // A server that keeps what an update removes has not done what was asked, which is no success.
        let refused = matches!(emptied, Err(Error::NotApplied { .. }));
        assert_eq!(refused, rule != "replace", "{rule}: {emptied:?}");
    }
}

/// Another program deletes a token and makes one while the second page is on its way. The total stays, and one token moves over.
#[tokio::test]
async fn a_token_that_moves_between_two_pages_is_not_gone() {
    let sim =
        Sim::start(atlan_sim::Options { page_limit: 20, ..Default::default() }).await.expect("a simulator");
    for number in 0..25 {
        by_other_means(&sim, TOKENS, &json!({ "displayName": format!("t{number:02}") }).to_string()).await;
        sim.advance(Duration::from_millis(10));
    }
    let tokens = sim.tokens();
    let id = |name: &str| tokens.iter().find(|token| token.display_name == name).expect("there").id.clone();
    let hold = sim.hold("GET", TOKENS, Moment::After);
    let (client, ours) = (client(&sim, |_| {}), id("t19").parse().expect("a GUID"));
    let reading = tokio::spawn(async move { client.credential::<ApiToken>(&ours).await });
    sim.arrived("GET", TOKENS).await;
    delete_by_other_means(&sim, &format!("{TOKENS}/{}", id("t00"))).await;
    by_other_means(&sim, TOKENS, &json!({ "displayName": "newcomer" }).to_string()).await;
    hold.release();
    let found = reading.await.expect("no panic").expect("read");
    assert!(names(&sim).contains(&"t19".to_owned()) && found.is_some(), "it is there: {}", sim.journal());
}

/// A `DELETE` by somebody else.
async fn delete_by_other_means(sim: &Sim, path: &str) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = sim.base_url().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.expect("connected");
    let request = format!(
        "DELETE {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        sim.api_key()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// A record that another program has left without a name keeps nobody from managing the others. If it may be the one looked for, that one
/// does not count as absent.
#[tokio::test]
async fn a_token_that_cannot_be_read_hides_no_other() {
    let (sim, client) = tenant().await;
    let made = make(&client).await.expect("made");
    let record =
        |id: &str, name: &str| json!({ "id": id, "clientId": format!("apikey-{id}"), "displayName": name });
    let strange = |id: &str| json!({ "id": id, "clientId": format!("apikey-{id}"), "displayName": null });
    let lost = "0a1b2c3d-0000-4000-8000-000000000001";
    let records = json!([record(made.id.as_str(), "dbt"), strange(lost)]);
    let body = json!({ "totalRecord": 2, "filterRecord": 2, "records": records });
    sim.fault(Rule { body: Some(body), ..Rule::on("GET", TOKENS).status(200) }).expect("a rule");
    let client = self::client(&sim, |_| {});
    let read = |id: &str| {
        let (client, id) = (client.clone(), id.parse().expect("a GUID"));
        async move { client.credential::<ApiToken>(&id).await.map(|token| token.is_some()) }
    };
    assert!(read(made.id.as_str()).await.expect("readable"));
    assert!(!read("0a1b2c3d-0000-4000-8000-000000000002").await.expect("readable"));
    let unreadable = |error: Error| assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
    unreadable(read(lost).await.expect_err("it may be there"));
    unreadable(client.credentials::<ApiToken>().await.expect_err("not all can be read"));
}
