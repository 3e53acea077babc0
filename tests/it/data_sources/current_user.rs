//! `atlan_current_user`.

use atlan_sim::{KeyKind, Rule};
use expect_test::expect;
use serde_json::json;

use super::{read, refused, requests};
use crate::harness::*;

const WHOAMI: &str = "/api/service/whoami";
const TOKENS: &str = "/api/service/apikeys";

#[tokio::test]
async fn each_kind_of_credential_is_told() {
    for (kind, requests_of_it) in [
        (KeyKind::ApiToken, vec!["GET users/current", "GET whoami", "GET apikeys"]),
        (KeyKind::OauthClient, vec!["GET users/current", "GET whoami"]),
        (KeyKind::User, vec!["GET users/current", "GET whoami"]),
    ] {
        let sim = tenant(kind).await;
        let mut me = read(&core(&sim), "atlan_current_user", json!({})).await;
        let once = requests_of_it.into_iter().map(|request| (request.to_owned(), 1));
        assert_eq!(requests(&sim), once.collect::<Vec<_>>(), "{kind:?}");
        assert_eq!(me["role"], "$admin", "{me}");
        if let Some(end) = me["api_token_expires_at"].as_str() {
            let tokens = by_other_means_get(&sim, TOKENS);
            let made = tokens["records"][0]["attributes"]["createdAt"].as_str().expect("a time");
            let made = jiff::Timestamp::from_millisecond(made.parse().expect("a number")).expect("a time");
            let end: jiff::Timestamp = end.parse().expect("a time");
            assert_eq!(end.duration_since(made).as_hours(), 24 * 5 * 365, "five years after it was made");
            me["api_token_expires_at"] = json!("<time>");
        }
        match kind {
            KeyKind::ApiToken => me.check(expect![[r#"{"api_token_created_by":"admin","api_token_expires_at":"<time>","api_token_id":"<guid>","api_token_name":"terraform","email":null,"id":"<guid>","kind":"api_token","role":"$admin","timeouts":null,"username":"service-account-apikey-<guid>"}"#]]),
            KeyKind::OauthClient => me.check(expect![[r#"{"api_token_created_by":null,"api_token_expires_at":null,"api_token_id":null,"api_token_name":null,"email":null,"id":"<guid>","kind":"oauth_client","role":"$admin","timeouts":null,"username":"service-account-oauth-client-<guid>"}"#]]),
            KeyKind::User => me.check(expect![[r#"{"api_token_created_by":null,"api_token_expires_at":null,"api_token_id":null,"api_token_name":null,"email":"admin@example.com","id":"<guid>","kind":"person","role":"$admin","timeouts":null,"username":"admin"}"#]]),
        }
    }
}

#[tokio::test]
async fn what_whoami_does_not_tell_is_null_and_what_it_refuses_is_an_error() {
    let cases = [
        (Rule { body: Some(json!({})), ..Rule::on("GET", WHOAMI).status(200) }, None),
        (Rule::on("GET", WHOAMI).status(404), None),
        (Rule::on("GET", WHOAMI).status(403), Some("403")),
    ];
    for (rule, refusal) in cases {
        let sim = tenant(KeyKind::ApiToken).await;
        sim.fault(rule).expect("a rule");
        let source = core(&sim).data_source("atlan_current_user");
        match (source.try_read(json!({})).await, refusal) {
            (Ok(me), None) => {
                assert_eq!(me.value()["role"], json!(null));
                assert_eq!(me.value()["kind"], "api_token");
            }
            (Err(said), Some(words)) => assert!(said.to_string().contains(words), "{said}"),
            (result, _) => panic!("{result:?}"),
        }
    }
}

#[tokio::test]
async fn a_token_whose_record_is_not_shown_is_a_warning() {
    let refused = Rule::on("GET", TOKENS).status(403);
    let empty = Rule {
        body: Some(json!({ "totalRecord": 0, "filterRecord": 0, "records": [] })),
        ..Rule::on("GET", TOKENS).status(200)
    };
    for (rule, words) in [(refused, "may not read its own record"), (empty, "not in Atlan's list")] {
        let sim = tenant(KeyKind::ApiToken).await;
        sim.fault(rule).expect("a rule");
        let me = core(&sim).data_source("atlan_current_user").read(json!({})).await;
        assert!(me.report().to_string().contains(words), "{}", me.report());
        assert_eq!(me.value()["api_token_expires_at"], json!(null));
        assert_eq!(me.value()["kind"], "api_token");
    }
}

#[tokio::test]
async fn a_wrong_credential_is_named() {
    let sim = tenant(KeyKind::ApiToken).await;
    let core = core_with(&sim, json!({ "api_key": "another" }));
    refused(&core, "atlan_current_user", json!({})).await.check(expect![[r#"
        error: Could not read who the credential belongs to
          GET /api/service/users/current was refused with 401: authentication error 401: invalid or expired token (request id <id>).

          The credential is wrong, expired or revoked. Check `api_key` (ATLAN_API_KEY), or the OAuth client, and that it belongs to the tenant at `base_url`."#]]);
    let core = crate::harness::core(&sim);
    sim.clear_journal();
    refused(&core, "atlan_current_user", json!({ "kind": "person" })).await.check(expect![[r#"
        error at kind: "kind" cannot be configured
          `kind` is decided by the provider. Remove it from the configuration."#]]);
    assert!(sim.journal().is_empty());
}
