//! The provider block: rules of its arguments, where their values come from, what is sent with every request.

use atlan_sim::{KeyKind, Rule};
use serde_json::{Value, json};
use tfplug::testing::unknown;

use crate::harness::*;

#[tokio::test]
async fn wrong_arguments_are_named_with_what_is_allowed() {
    let cases: [(Value, &str, &str); 18] = [
        (json!({ "base_url": "example.atlan.com" }), "base_url", "must be absolute"),
        (json!({ "base_url": "http://example.atlan.com" }), "base_url", "https"),
        (json!({ "base_url": "https://a:b@example.atlan.com" }), "base_url", "user name or password"),
        (json!({ "base_url": "https://example.atlan.com/?x=1" }), "base_url", "query"),
        (json!({ "api_key": "two words" }), "api_key", "visible ASCII"),
        (json!({ "api_key": "line\n" }), "api_key", "visible ASCII"),
        (json!({ "request_timeout": "30" }), "request_timeout", "30s"),
        (json!({ "request_timeout": "0s" }), "request_timeout", "longer than zero"),
        (json!({ "request_timeout": "-5s" }), "request_timeout", "negative"),
        (json!({ "max_retries": -1 }), "max_retries", "whole number"),
        (json!({ "max_retries": 1.5 }), "max_retries", "whole number"),
        (json!({ "retry_max_wait": "soon" }), "retry_max_wait", "1h30m"),
        (json!({ "max_concurrent_requests": 0 }), "max_concurrent_requests", "at least 1"),
        (json!({ "requests_per_second": -1 }), "requests_per_second", "0, or at least 0.017"),
        (json!({ "requests_per_second": 1e-7 }), "requests_per_second", "one request a minute"),
        (json!({ "read_mode": "pages" }), "read_mode", "\"snapshot\""),
        (json!({ "ca_certificate_file": "" }), "ca_certificate_file", "blank"),
        (json!({ "oauth_client_id": "x", "oauth_client_secret": "y" }), "api_key", "not both"),
    ];
    let sim = tenant(KeyKind::ApiToken).await;
    for (arguments, attribute, words) in cases {
        let said = core_with(&sim, arguments.clone()).configure().await.to_string();
        assert!(said.contains(&format!("error at {attribute}:")), "{arguments}: {said}");
        assert!(said.contains(words), "{arguments} should be answered with {words:?}: {said}");
        assert!(!said.contains("two words") && !said.contains("a:b@"), "{said}");
    }
    assert_eq!(sim.journal().len(), 0, "configuring makes no request");
}

#[tokio::test]
async fn wrong_values_in_the_environment_are_named_like_those_of_the_configuration() {
    let cases = [
        ("ATLAN_BASE_URL", "example.atlan.com", "base_url", "must be absolute"),
        ("ATLAN_BASE_URL", "http://example.atlan.com", "base_url", "https"),
        ("ATLAN_API_KEY", "two words", "api_key", "visible ASCII"),
        ("ATLAN_REQUEST_TIMEOUT", "30", "request_timeout", "30s"),
        ("ATLAN_REQUEST_TIMEOUT", "0s", "request_timeout", "longer than zero"),
        ("ATLAN_REQUEST_TIMEOUT", "-5s", "request_timeout", "negative"),
        ("ATLAN_MAX_RETRIES", "-1", "max_retries", "whole number"),
        ("ATLAN_MAX_RETRIES", "1.5", "max_retries", "whole number"),
        ("ATLAN_MAX_RETRIES", "many", "max_retries", "number"),
        ("ATLAN_RETRY_MAX_WAIT", "soon", "retry_max_wait", "1h30m"),
        ("ATLAN_RETRY_MAX_WAIT", "-1s", "retry_max_wait", "negative"),
        ("ATLAN_MAX_CONCURRENT_REQUESTS", "0", "max_concurrent_requests", "at least 1"),
        ("ATLAN_MAX_CONCURRENT_REQUESTS", "-3", "max_concurrent_requests", "whole number"),
        ("ATLAN_REQUESTS_PER_SECOND", "-1", "requests_per_second", "at least 0.017"),
        ("ATLAN_REQUESTS_PER_SECOND", "0.0000001", "requests_per_second", "one request a minute"),
        ("ATLAN_REQUESTS_PER_SECOND", "NaN", "requests_per_second", "number"),
        ("ATLAN_REQUESTS_PER_SECOND", "inf", "requests_per_second", "number"),
        ("ATLAN_READ_MODE", "pages", "read_mode", "\"snapshot\""),
        ("ATLAN_CA_CERTIFICATE_FILE", " ", "ca_certificate_file", "blank"),
    ];
    let sim = tenant(KeyKind::ApiToken).await;
    for (name, value, attribute, words) in cases {
        let core = bare_core()
            .config(json!({}))
            .env("ATLAN_BASE_URL", sim.base_url())
            .env("ATLAN_API_KEY", sim.api_key())
            .env(name, value);
        let said = core.configure().await.to_string();
        assert!(said.contains(&format!("error at {attribute}:")), "{name}={value}: {said}");
        assert!(said.contains(name) && said.contains(words), "{name}={value} wants {words:?}: {said}");
        assert!(!said.contains("two words") && !said.contains(&sim.api_key()), "{said}");
    }
    assert_eq!(sim.journal().len(), 0, "configuring makes no request");
}

#[tokio::test]
async fn a_missing_setting_is_named_with_both_ways_to_supply_it() {
    let said = bare_core().config(json!({})).configure().await.to_string();
    for word in [
        "error at base_url:",
        "ATLAN_BASE_URL",
        "error at api_key:",
        "ATLAN_API_KEY",
        "ATLAN_OAUTH_CLIENT_ID",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let half = json!({ "base_url": "https://example.atlan.com", "oauth_client_id": "x" });
    let said = bare_core().config(half).configure().await.to_string();
    assert!(said.contains("error at oauth_client_secret:") && said.contains("needs both"), "{said}");
    let file = json!({ "ca_certificate_file": "no-such-file.pem" });
    let said = core_with(&tenant(KeyKind::ApiToken).await, file).configure().await.to_string();
    assert!(said.contains("error at ca_certificate_file:") && said.contains("no-such-file.pem"), "{said}");
}

#[tokio::test]
async fn the_configuration_wins_over_the_environment() {
    let sim = tenant(KeyKind::ApiToken).await;
    let (id, secret) = sim.oauth_client();
    let settings = [
        // The environment alone.
        bare_core()
            .config(json!({}))
            .env("ATLAN_BASE_URL", sim.base_url())
            .env("ATLAN_API_KEY", sim.api_key()),
        // Both, and the value in the environment is wrong.
        core(&sim).env("ATLAN_BASE_URL", "https://wrong.example.com").env("ATLAN_API_KEY", "wrong"),
        // Credentials of the configuration replace all of the environment: a key there and an OAuth client here, and the reverse.
        core(&sim).env("ATLAN_OAUTH_CLIENT_ID", "x").env("ATLAN_OAUTH_CLIENT_SECRET", "y"),
        bare_core()
            .config(
                json!({ "base_url": sim.base_url(), "oauth_client_id": id, "oauth_client_secret": secret }),
            )
            .env("ATLAN_API_KEY", "wrong"),
    ];
    for (index, core) in settings.into_iter().enumerate() {
        let mut group = core.resource("atlan_group");
        group.apply(json!({ "alias": format!("Group {index}") })).await;
    }
    let both = bare_core()
        .config(json!({ "base_url": sim.base_url() }))
        .env("ATLAN_API_KEY", "k")
        .env("ATLAN_OAUTH_CLIENT_ID", "x")
        .env("ATLAN_OAUTH_CLIENT_SECRET", "y");
    let said = both.configure().await.to_string();
    assert!(said.contains("Both an API token and an OAuth client"), "{said}");
    let said = bare_core().config(json!({})).env("ATLAN_MAX_RETRIES", "many").configure().await.to_string();
    assert!(said.contains("Invalid value in the environment variable ATLAN_MAX_RETRIES"), "{said}");
}

/// The advice is about the client, and not about what it may do.
#[tokio::test]
async fn a_client_that_gets_no_token_is_to_be_checked() {
    let sim = tenant(KeyKind::ApiToken).await;
    let (id, secret) = sim.oauth_client();
    let settings =
        json!({ "base_url": sim.base_url(), "oauth_client_id": id, "oauth_client_secret": secret });
    for status in [400, 401, 403] {
        sim.set_faults(vec![Rule::on("POST", "/api/service/oauth-clients/token").status(status)])
            .expect("a rule");
        let mut group = bare_core().config(settings.clone()).resource("atlan_group");
        let said = group.try_apply(json!({ "alias": "Stewards" })).await.failed().to_string();
        assert!(said.contains("Check `oauth_client_id` (ATLAN_OAUTH_CLIENT_ID)"), "{status}: {said}");
    }
    // Without a token nothing was sent, whatever has answered.
    for (rule, words) in [
        (Rule::on("POST", "*").status(500), "Atlan could not answer. Try again later."),
        (Rule::on("POST", "*").status(200).html(), "Atlan gave no token, so this request was not sent."),
    ] {
        sim.set_faults(vec![rule]).expect("a rule");
        let core = bare_core().config(with(settings.clone(), json!({ "max_retries": 0 })));
        let said = core.resource("atlan_group").try_apply(json!({ "alias": "Stewards" })).await.failed();
        let said = said.to_string();
        assert!(said.contains(words) && !said.contains("may have taken effect"), "{said}");
    }
}

#[tokio::test]
async fn settings_that_are_unknown_at_plan_time_are_tolerated() {
    let sim = tenant(KeyKind::ApiToken).await;
    let core = core(&sim).config_while_planning(json!({ "base_url": unknown(), "api_key": sim.api_key() }));
    let mut group = core.resource("atlan_group");
    let plan = group.plan(json!({ "alias": "Data Team" })).await;
    assert!(plan.to_string().starts_with("create:"), "{plan}");
    assert_eq!(sim.journal().len(), 0);
    group.apply(json!({ "alias": "Data Team" })).await;
    assert_eq!(group.state()["name"], "data_team");
    // Nothing was read, so the plan cannot show what others have changed.
    sim.clear_journal();
    let said = group.refresh().await.to_string();
    assert!(
        said.contains("warning: Objects were not read") && said.contains("known only after apply"),
        "{said}"
    );
    assert_eq!(sim.journal().len(), 0);
}

#[tokio::test]
async fn every_request_carries_the_headers_that_identify_the_provider() {
    let sim = tenant(KeyKind::ApiToken).await;
    let core = core(&sim).terraform_version("1.15.5").env("TF_APPEND_USER_AGENT", "audit/7");
    core.resource("atlan_group").apply(json!({ "alias": "Data" })).await;
    let expected = format!(
        "Terraform/1.15.5 (+https://www.terraform.io) terraform-provider-atlan/{} audit/7",
        env!("CARGO_PKG_VERSION")
    );
    let journal = sim.journal();
    assert!(!journal.is_empty());
    for entry in journal.iter() {
        assert_eq!(entry.user_agent.as_deref(), Some(expected.as_str()));
    }
}

#[tokio::test]
async fn proxies_come_from_the_environment_and_are_not_used_for_loopback_addresses() {
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    proxy.set_nonblocking(true).expect("supported");
    let address = proxy.local_addr().expect("an address").to_string();
    let sim = tenant(KeyKind::ApiToken).await;
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let behind_proxy = names.into_iter().fold(core(&sim), |core, name| core.env(name, &address));
    behind_proxy.resource("atlan_group").apply(json!({ "alias": "Data" })).await;
    assert!(proxy.accept().is_err(), "the tenant is on this machine");

    let elsewhere = || {
        let settings = json!({ "base_url": "https://example.atlan.com", "api_key": "k", "max_retries": 0 });
        bare_core().config(settings).env("ALL_PROXY", "nowhere.invalid")
    };
    for (name, no_proxy) in [("HTTPS_PROXY", ""), ("https_proxy", ".example.atlan.com")] {
        let core = elsewhere().env(name, &address).env("no_proxy", no_proxy);
        let accepted = tokio::task::spawn_blocking({
            let proxy = proxy.try_clone().expect("a handle");
            move || {
                use std::io::{Read as _, Write as _};
                proxy.set_nonblocking(false).expect("supported");
                let (mut stream, _) = proxy.accept().expect("the proxy is asked");
                stream.set_nonblocking(false).expect("supported");
                let mut head = [0; 4096];
                let length = stream.read(&mut head).expect("a request");
                stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").expect("answered");
                String::from_utf8_lossy(&head[..length]).into_owned()
            }
        });
        core.resource("atlan_group").try_apply(json!({ "alias": "Data" })).await.failed();
        let head = accepted.await.expect("no panic");
        assert!(head.starts_with("CONNECT example.atlan.com:443 "), "{name}: {head}");
    }
    let said = elsewhere().env("HTTPS_PROXY", "ftp://ada:canary@proxy").configure().await.to_string();
    assert!(said.contains("HTTPS_PROXY") && said.contains("NO_PROXY") && !said.contains("canary"), "{said}");
    let unneeded = elsewhere().env("HTTPS_PROXY", "ftp://proxy").env("NO_PROXY", "atlan.com:443");
    assert_eq!(unneeded.configure().await.to_string(), "");
}
