//! A planted secret appears in no log line and no error, whatever the server echoes.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};

use atlan::{Client, Config, Credentials, Secret};
use atlan_sim::{Options, Rule, Sim};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::support::*;

/// Everything that is logged, of every crate, at every level.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

impl<S: tracing::Subscriber> Layer<S> for Everything {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut text = self.0.lock().expect("no panic");
        let _ = write!(text, "\n{} {}", event.metadata().level(), event.metadata().target());
        event.record(&mut Line(&mut text));
    }
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl Everything {
    fn text(&self) -> String {
        self.0.lock().expect("no panic").clone()
    }
}

#[tokio::test]
async fn a_canary_key_is_never_seen_again() {
    const CANARY: &str = "canary-c1d7a52e";
    let sim = Sim::start(Options { api_key: Some(CANARY.into()), ..Options::default() })
        .await
        .expect("a simulator");
    let log = Everything::default();
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(log.clone()));
    let client = client(&sim, |_| {});
    let mut texts = vec![format!("{client:?}")];
    client.create_group(&stewards()).await.expect("created");
    client.invite(&ada()).await.expect("invited");
    let echoes = [
        json!({ "message": format!("bad token {CANARY} given") }),
        json!({ "error": format!("Bearer {CANARY}"), "code": CANARY, "errorId": CANARY }),
        json!(format!("<html><title>{CANARY}</title>Authorization: {CANARY}</html>")),
        json!(CANARY),
    ];
    for body in echoes {
        for status in [200, 403, 500] {
            sim.set_faults(vec![Rule { body: Some(body.clone()), ..Rule::on("*", "*").status(status) }])
                .expect("a rule");
            let error = client.groups().await.expect_err("no list");
            texts.push(format!("{error:?} {}", story(&error)));
        }
    }
    drop(guard);
    let log = log.text();
    assert!(
        log.contains("DEBUG atlan::transport") && log.contains("request_id="),
        "one line a request: {log}"
    );
    assert!(
        log.contains("TRACE atlan::transport") && log.contains("ada@example.com"),
        "bodies at TRACE: {log}"
    );
    for text in texts.iter().chain([&log]) {
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[tokio::test]
async fn neither_client_secret_nor_token_is_ever_seen() {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    let (client_id, secret) = sim.oauth_client();
    let url = atlan::parse_base_url(&sim.base_url()).expect("a URL");
    let log = Everything::default();
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(log.clone()));
    let credentials = Credentials::OAuth { client_id, client_secret: Secret::new(secret.clone()) };
    let client = Client::new(Config::new(url, credentials)).expect("good settings");
    client.groups().await.expect("read");
    let text = format!("{client:?}");
    drop(guard);
    let log = log.text();
    assert!(log.contains("[redacted]"), "both bodies of the token request are logged, masked: {log}");
    for text in [&log, &text] {
        assert!(!text.contains(&secret), "{text}");
        assert!(!text.contains("\"accessToken\":\"ey") && !text.contains("Bearer ey"), "{text}");
    }
}
