//! Ephemeral `atlan_api_token`: made when it is opened, deleted when it is closed, and never another one.

use std::time::Duration;

use atlan_sim::{KeyKind, Moment, Rule};
use serde_json::json;

use crate::api_token::{ONE, TOKENS, acts, alive, made_by_others};
use crate::harness::*;

#[tokio::test]
async fn a_token_is_made_at_open_and_deleted_at_close() {
    let sim = tenant(KeyKind::ApiToken).await;
    let block = core(&sim).ephemeral("atlan_api_token");
    sim.clear_journal();
    let opened = block.open(json!({ "description": "For a test" })).await;
    assert_eq!(sim.journal().len(), 1, "one request: {}", sim.journal());
    let value = opened.value();
    let token = sim.tokens().remove(0);
    assert_eq!((&value["id"], &value["display_name"]), (&json!(token.id), &json!(token.display_name)));
    let parts: Vec<&str> = token.display_name.split(' ').collect();
    assert!(parts[0] == "terraform" && parts.len() == 3 && parts[2].len() == 8, "{parts:?}");
    parts[1].parse::<jiff::Timestamp>().expect("the time in UTC");
    let secret = value["token"].as_str().expect("a secret").to_owned();
    assert!(acts(&sim, &secret).await);
    assert_eq!(opened.renew_after(), None);
    assert!(opened.close().await.is_empty());
    assert!(sim.tokens().is_empty() && !acts(&sim, &secret).await);
    assert_eq!(sim.journal().count("DELETE", ONE), 1);
}

#[tokio::test]
async fn what_nobody_closes_is_deleted_at_the_end_of_the_process_or_dies_in_time() {
    let sim = tenant(KeyKind::ApiToken).await;
    let block = core(&sim).ephemeral("atlan_api_token");
    block.open(json!({})).await.end_of_process().await;
    assert!(sim.tokens().is_empty(), "{}", sim.journal());
    // Killed: nothing is called any more.
    drop(block.open(json!({ "validity": "10m" })).await);
    assert_eq!(alive(&sim).len(), 1);
    sim.advance(Duration::from_secs(601));
    assert!(alive(&sim).is_empty());
}

#[tokio::test]
async fn a_lost_answer_leaves_one_token_and_no_other_is_touched() {
    let post = || Rule::on("POST", TOKENS).times(1);
    let cases = vec![
        (post().drop(Moment::After), false),
        // The request may have taken effect and not show yet.
        (post().drop(Moment::Before), true),
        (post().status(503), false),
        (post().status(429).retry_after(0), false),
        (post().status(500).applied(), false),
    ];
    side_by_side(cases, |(rule, warns)| async move {
        let sim = tenant(KeyKind::ApiToken).await;
        made_by_others(&sim, "terraform");
        sim.fault(rule).expect("a rule");
        let opened = impatient(&sim).ephemeral("atlan_api_token").open(json!({})).await;
        assert_eq!(alive(&sim).len(), 2, "{}", sim.journal());
        assert!(acts(&sim, opened.value()["token"].as_str().expect("a secret")).await);
        let said = opened.close().await;
        assert_eq!(!said.is_empty(), warns, "{said:?}");
        assert_eq!(alive(&sim), ["terraform"]);
    })
    .await;
}

#[tokio::test]
async fn a_lost_token_that_shows_after_another_was_made_is_deleted_or_named() {
    for shows in [true, false] {
        let sim = tenant(KeyKind::ApiToken).await;
        made_by_others(&sim, "terraform");
        sim.set(json!({ "token_visible_after_ms": 3_600_000 })).expect("a switch");
        sim.fault(Rule::on("POST", TOKENS).times(1).drop(Moment::After)).expect("a rule");
        let opened = impatient(&sim).ephemeral("atlan_api_token").open(json!({ "validity": "24h" })).await;
        let name = opened.value()["display_name"].as_str().expect("a name").to_owned();
        assert_eq!(alive(&sim).iter().filter(|one| **one == name).count(), 2, "{}", sim.journal());
        if shows {
            sim.advance(Duration::from_secs(3601));
        }
        let said = opened.close().await;
        let left: Vec<_> = alive(&sim).into_iter().filter(|one| *one == name).collect();
        if shows {
            assert!(said.is_empty() && left.is_empty(), "{said:?}, {left:?}");
        } else {
            assert_eq!(left.len(), 1, "{}", sim.journal());
            let said = format!("{said:?}");
            assert!(said.contains("may exist") && said.contains(&name), "{said}");
            assert!(!said.contains("   "), "indentation of the source is in the text: {said}");
        }
    }
}

/// One token of the two is deleted, or none, and each that stays is named.
#[tokio::test]
async fn each_of_two_tokens_that_is_not_deleted_is_named() {
    for (refused, shows) in [(&[0][..], true), (&[1], true), (&[0, 1], true), (&[0], false)] {
        let sim = tenant(KeyKind::ApiToken).await;
        sim.set(json!({ "token_visible_after_ms": 3_600_000 })).expect("a switch");
        sim.fault(Rule::on("POST", TOKENS).times(1).drop(Moment::After)).expect("a rule");
        let opened = impatient(&sim).ephemeral("atlan_api_token").open(json!({ "validity": "24h" })).await;
        let own = opened.value()["id"].as_str().expect("a GUID").to_owned();
        let mut ids = vec![own.clone()];
        ids.extend(sim.tokens().into_iter().map(|token| token.id).filter(|id| *id != own));
        if shows {
            sim.advance(Duration::from_secs(3601));
        }
        for number in refused {
            sim.fault(Rule::on("DELETE", &format!("{TOKENS}/{}", ids[*number])).status(403)).expect("a rule");
        }
        let said = opened.close().await.to_string();
        for number in refused {
            assert!(said.contains(&format!("Its GUID is {}.", ids[*number])), "{said}");
        }
        assert_eq!(said.matches("was not deleted").count(), refused.len(), "{said}");
        assert_eq!(said.contains("A second API token"), !shows, "{said}");
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_made_or_deleted_is_named() {
    let sim = tenant(KeyKind::ApiToken).await;
    let block = impatient(&sim).ephemeral("atlan_api_token");
    sim.set(json!({ "token_min_validity_seconds": 3600 })).expect("a switch");
    let said = block.try_open(json!({ "validity": "1m" })).await.map(drop).failed().to_string();
    assert!(said.contains("create an API token valid for 1m") && said.contains("400"), "{said}");

    sim.set_faults(vec![Rule::on("POST", TOKENS).drop(Moment::After), Rule::on("GET", TOKENS).status(500)])
        .expect("rules");
    let said = block.try_open(json!({})).await.map(drop).failed().to_string();
    let name = sim.tokens().pop().expect("made").display_name;
    assert!(said.contains("Unknown whether an API token was created") && said.contains(&name), "{said}");
    assert!(said.contains("it expires after 1h"), "{said}");

    sim.set_faults(vec![]).expect("rules");
    let opened = block.open(json!({})).await;
    let value = opened.value();
    sim.fault(Rule::on("DELETE", ONE).status(403)).expect("a rule");
    let said = opened.close().await.to_string();
    assert!(said.starts_with("warning"), "the run goes on: {said}");
    for part in ["id", "display_name", "expires_at"] {
        assert!(said.contains(value[part].as_str().expect("text")), "{part}: {said}");
    }
    // Somebody has deleted it meanwhile.
    sim.set_faults(vec![]).expect("rules");
    for switch in ["not_found", "ok"] {
        sim.set(json!({ "token_delete_missing": switch })).expect("a switch");
        let opened = block.open(json!({})).await;
        let mut other = core(&sim).resource("atlan_api_token");
        other.import(opened.value()["id"].as_str().expect("a GUID")).await;
        other.destroy().await;
        assert!(opened.close().await.is_empty(), "{switch}");
    }
}

/// By Atlan, or by the tenant's rule on kinds of credentials: no token is made, and the error says who may make one.
#[tokio::test]
async fn a_token_that_the_credential_may_not_make_is_an_error_with_the_way_out() {
    let sim = tenant(KeyKind::OauthClient).await;
    for (case, switch, rule) in [
        ("one refusal", json!({}), Some(Rule::on("POST", TOKENS).status(403))),
        ("no such credential may", json!({ "token_with": ["user"] }), None),
    ] {
        sim.set(switch).expect("a switch");
        sim.set_faults(rule.into_iter().collect()).expect("a rule");
        sim.clear_journal();
        let said = core(&sim).ephemeral("atlan_api_token").try_open(json!({})).await.map(drop).failed();
        let said = said.to_string();
        assert!(said.contains("Could not create an API token valid for 1h"), "{case}: {said}");
        assert!(said.contains("was refused with 403"), "{case}: {said}");
        assert_eq!(sim.journal().count("POST", TOKENS), 1, "{case}: {}", sim.journal());
        assert!(sim.tokens().is_empty(), "{case}");
    }
}

#[tokio::test]
async fn a_close_survives_what_passes() {
    side_by_side(passing("DELETE", ONE), |(case, rule)| async move {
        let sim = tenant(KeyKind::ApiToken).await;
        let opened = impatient(&sim).ephemeral("atlan_api_token").open(json!({})).await;
        sim.fault(rule).expect("a rule");
        let said = opened.close().await;
        assert!(said.is_empty(), "{case}: {said}");
        assert!(sim.tokens().is_empty(), "{case}: {}", sim.journal());
    })
    .await;
}

#[tokio::test]
async fn bad_values_are_refused_before_any_request_and_unknown_ones_wait() {
    let sim = tenant(KeyKind::ApiToken).await;
    let block = core(&sim).ephemeral("atlan_api_token");
    for (wrong, path, words) in [
        (json!({ "validity": "59s" }), "validity", "from `1m` to `24h`"),
        (json!({ "validity": "25h" }), "validity", "from `1m` to `24h`"),
        (json!({ "name_prefix": " ci" }), "name_prefix", "Did you mean \"ci\"?"),
        (json!({ "persona_qualified_names": [null] }), "persona_qualified_names", "It must not hold null."),
    ] {
        let said = block.validate(wrong.clone()).await;
        assert_eq!(places(&said), [path], "{wrong}: {said}");
        assert!(said.to_string().contains(words), "{wrong}: {said}");
    }
    let waiting = block.open(json!({ "description": tfplug::testing::unknown() })).await;
    assert!(waiting.is_put_off());
    assert!(sim.journal().is_empty(), "{}", sim.journal());
}

/// Terraform closes nothing after Ctrl-C; what is open then is deleted at the end of the process.
#[tokio::test]
async fn ctrl_c_in_an_open_or_a_close_leaves_no_token() {
    for moment in [Moment::Before, Moment::After] {
        let sim = tenant(KeyKind::ApiToken).await;
        let stopped = core(&sim);
        let block = stopped.ephemeral("atlan_api_token");
        let opened = interrupted(&sim, &stopped, ("POST", TOKENS, moment), block.try_open(json!({}))).await;
        if let Ok(opened) = opened {
            opened.end_of_process().await;
        }
        assert!(sim.tokens().is_empty(), "{moment:?}: {}", sim.journal());

        let stopped = core(&sim);
        let opened = stopped.ephemeral("atlan_api_token").open(json!({})).await;
        let said = interrupted(&sim, &stopped, ("DELETE", ONE, moment), opened.close()).await;
        assert!(said.is_empty() && sim.tokens().is_empty(), "{moment:?}: {said}\n{}", sim.journal());
    }
}

/// The name of a late attempt is `terraform <time> <digits>`, and no later apply looks for it.
#[tokio::test]
async fn two_lost_answers_name_what_may_still_appear() {
    let sim = tenant(KeyKind::ApiToken).await;
    sim.set(json!({ "token_create_lost": true })).expect("a switch");
    let said = impatient(&sim).ephemeral("atlan_api_token").try_open(json!({})).await;
    let said = said.expect_err("lost").to_string();
    assert!(!said.contains("terraform ~") && !said.contains("next apply warns"), "{said}");
}

/// What the block says is what Atlan gets; by default, the token has no persona and lives for an hour.
#[tokio::test]
async fn a_token_is_made_as_configured() {
    let sim = tenant(KeyKind::ApiToken).await;
    let block = core(&sim).ephemeral("atlan_api_token");
    let end = |value: &serde_json::Value| {
        let end = value["expires_at"].as_str().expect("a time");
        end.parse::<jiff::Timestamp>().expect("RFC 3339").as_second()
    };
    let config = json!({ "name_prefix": "nightly run", "description": "For a test", "validity": "10m",
        "persona_qualified_names": ["default/LzgnFM"] });
    let opened = block.open(config).await;
    let (token, short) = (sim.tokens().remove(0), end(&opened.value()));
    assert!(token.display_name.starts_with("nightly run 20"), "{token:?}");
    assert_eq!(
        (token.description.as_str(), token.personas),
        ("For a test", vec!["default/LzgnFM".to_owned()])
    );
    assert!(opened.close().await.is_empty());

    let opened = block.open(json!({})).await;
    let (token, long) = (sim.tokens().remove(0), end(&opened.value()));
    assert!(token.description.is_empty() && token.personas.is_empty(), "{token:?}");
    assert!((long - short - 50 * 60).abs() < 30, "an hour, and not ten minutes: {short} and {long}");
    assert!(opened.close().await.is_empty());
}
