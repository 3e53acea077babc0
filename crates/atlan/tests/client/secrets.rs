//! A planted secret appears in no log line and no error, whatever the server echoes.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::sync::Once;

use atlan::{Client, Config, Credentials, ReadMode, Secret};
use atlan_sim::{Options, Rule, Sim};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::support::*;

thread_local! {
    /// What this thread has logged since it started to listen; a test and its client share a thread.
    static LOG: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Collects everything that is logged, from every crate, at every level. There is one for the whole process, because
/// subscribers that each test installs and removes would disturb each other's callsites.
struct Everything;

impl<S: tracing::Subscriber> Layer<S> for Everything {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        LOG.with_borrow_mut(|log| {
            if let Some(text) = log {
                let _ = write!(text, "\n{} {}", event.metadata().level(), event.metadata().target());
                event.record(&mut Line(text));
            }
        });
    }
}

/// Starts to listen to what this thread logs.
pub(crate) fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(Everything);
        tracing::subscriber::set_global_default(subscriber).expect("the only one");
    });
    LOG.set(Some(String::new()));
}

/// What this thread has logged since.
pub(crate) fn heard() -> String {
    LOG.take().expect("listening")
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

#[tokio::test]
async fn no_log_line_and_no_error_contains_the_key() {
    const CANARY: &str = "canary-c1d7a52e";
    let sim = Sim::start(Options { api_key: Some(CANARY.into()), ..Options::default() })
        .await
        .expect("a simulator");
    listen();
    // Each list is a request.
    let client = client(&sim, |config| config.read_mode = ReadMode::Single);
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
    let log = heard();
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
async fn no_log_line_contains_the_client_secret_or_the_token() {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    let (client_id, secret) = sim.oauth_client();
    let url = atlan::parse_base_url(&sim.base_url()).expect("a URL");
    listen();
    let credentials = Credentials::OAuth { client_id, client_secret: Secret::new(secret.clone()) };
    let client = Client::new(Config::new(url, credentials)).expect("good settings");
    client.groups().await.expect("read");
    let text = format!("{client:?}");
    let log = heard();
    assert!(log.contains("[redacted]"), "both bodies of the token request are logged, masked: {log}");
    for text in [&log, &text] {
        assert!(!text.contains(&secret), "{text}");
        assert!(!text.contains("\"accessToken\":\"ey") && !text.contains("Bearer ey"), "{text}");
    }
}
