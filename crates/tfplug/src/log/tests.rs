use std::sync::Mutex;

use serde_json::{Value, json};
use tracing::{debug, error, info, info_span, trace, warn};

use super::*;

/// What one test wrote. The sink is a function without state, so each thread has a list of its own.
fn lines(masker: &Masker, log: impl FnOnce()) -> Vec<String> {
    thread_local! { static WRITTEN: Mutex<Vec<String>> = const { Mutex::new(Vec::new()) }; }
    let sink: Sink = |line| {
        WRITTEN.with(|written| written.lock().unwrap().push(String::from_utf8(line.to_vec()).unwrap()));
    };
    let subscriber = tracing_subscriber::registry()
        .with(filter(Some(LevelFilter::TRACE), LevelFilter::OFF, &["provider"]))
        .with(hclog::Hclog::new(masker.clone(), sink));
    tracing::subscriber::with_default(subscriber, log);
    WRITTEN.with(|written| written.lock().unwrap().drain(..).collect())
}

/// The one line that a test wrote, as JSON.
fn line(log: impl FnOnce()) -> Value {
    let lines = lines(&Masker::default(), log);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with('\n') && lines[0].matches('\n').count() == 1, "{lines:?}");
    serde_json::from_str(&lines[0]).unwrap()
}

#[test]
fn event_and_spans_make_one_object() {
    let line = line(|| {
        let span = info_span!("rpc", tf_rpc = "ReadResource", attempt = 1, late = tracing::field::Empty);
        let _entered = span.enter();
        span.record("late", "known");
        info!(target: "provider::read", attempt = 2, ok = true, r#type = "group", "read {}", 3);
    });
    let mut line = line;
    let time = line["@timestamp"].take();
    assert_eq!(
        line,
        json!({
            "@level": "info", "@message": "read 3", "@module": "provider.read", "@timestamp": null,
            "tf_rpc": "ReadResource", "attempt": 2, "ok": true, "type": "group", "late": "known",
        })
    );
    let time = time.as_str().unwrap();
    assert_eq!(time.len(), "2006-01-02T15:04:05.000000Z".len(), "{time}");
    assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
}

#[test]
fn message_is_a_string_whatever_was_logged() {
    assert_eq!(line(|| info!(message = 5))["@message"], json!("5"));
    assert_eq!(line(|| info!(message = true))["@message"], json!("true"));
    assert_eq!(line(|| info!(message = ?vec![1]))["@message"], json!("[1]"));
    assert_eq!(line(|| info!(answer = 42))["@message"], json!(""));
}

#[test]
fn fields_cant_take_the_place_of_hclogs_own() {
    let line = line(|| warn!("@message" = 1, "@level" = 2, "@timestamp" = 3, "kept"));
    assert_eq!(line["@message"], json!("kept"));
    assert_eq!(line["@level"], json!("warn"));
    assert!(line["@timestamp"].is_string());
    assert_eq!(line["level"], json!(2));
}

#[test]
fn errors_come_with_their_causes() {
    let cause = std::io::Error::other("disk full");
    let error = serve_error(cause);
    let line = line(|| error!(error = &error as &dyn std::error::Error, "failed"));
    assert_eq!(line["error"], json!("could not save: disk full"));
}

fn serve_error(cause: std::io::Error) -> impl std::error::Error + 'static {
    #[derive(Debug, thiserror::Error)]
    #[error("could not save")]
    struct Save(#[source] std::io::Error);
    Save(cause)
}

#[test]
fn a_line_stays_below_what_go_plugin_reads() {
    let body = "ü".repeat(100_000);
    let one = line(|| trace!(body, "answer"));
    assert!(one.to_string().len() < 10_000);
    assert!(one["body"].as_str().unwrap().ends_with("… (200000 bytes in all)"));
    let many = line(|| {
        trace!(a = body, b = body, c = body, d = body, e = body, f = body, g = body, h = body, "answer");
    });
    assert_eq!(many["@message"], json!("answer"));
    assert_eq!(many.get("a"), None, "{many}");
}

#[test]
fn secrets_are_masked_in_messages_fields_spans_and_numbers() {
    let masker = Masker::default();
    masker.mask("hunter22");
    masker.mask("12345678");
    let lines = lines(&masker, || {
        let _entered = info_span!("rpc", key = "hunter22").entered();
        info!(pin = 12_345_678, url = "http://h/?k=hunter22", debug = ?Some("hunter22"), "key is hunter22");
    });
    assert!(lines[0].contains("(sensitive)"), "{lines:?}");
    assert!(!lines[0].contains("hunter22") && !lines[0].contains("12345678"), "{lines:?}");
}

#[test]
fn other_crates_are_heard_from_warnings_on() {
    let lines = lines(&Masker::default(), || {
        debug!(target: "h2::codec", "frame");
        info!(target: "hyper", "connection");
        warn!(target: "h2", "odd");
        trace!(target: "provider", "ours");
    });
    assert_eq!(lines.len(), 2, "{lines:?}");
}

#[test]
fn the_most_particular_variable_sets_the_level() {
    let level = |variables: &[(&str, &str)]| {
        level("my-cloud", |name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    };
    assert_eq!(level(&[]), None);
    assert_eq!(level(&[("TF_LOG", "info")]), Some(LevelFilter::INFO));
    assert_eq!(level(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "WARN")]), Some(LevelFilter::WARN));
    let all = [("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "WARN"), ("TF_LOG_PROVIDER_MY_CLOUD", "off")];
    assert_eq!(level(&all), Some(LevelFilter::OFF));
    assert_eq!(level(&[("TF_LOG", "json")]), Some(LevelFilter::TRACE));
    assert_eq!(level(&[("TF_LOG", "loud")]), Some(LevelFilter::TRACE));
    assert_eq!(level(&[("TF_LOG_PROVIDER", ""), ("TF_LOG", "ERROR")]), Some(LevelFilter::ERROR));
}

#[test]
fn with_no_level_asked_for_nothing_is_logged() {
    let filter = filter(None, LevelFilter::OFF, &["provider"]);
    assert!(!filter.would_enable("provider", &tracing::Level::ERROR));
    assert!(!filter.would_enable("h2", &tracing::Level::ERROR));
}

#[test]
fn lines_for_people_are_short() {
    thread_local! { static WRITTEN: Mutex<String> = const { Mutex::new(String::new()) }; }
    let sink: Sink = |line| {
        WRITTEN.with(|written| written.lock().unwrap().push_str(std::str::from_utf8(line).unwrap()));
    };
    let subscriber = tracing_subscriber::registry().with(terminal::Terminal::new(Masker::default(), sink));
    tracing::subscriber::with_default(subscriber, || {
        info!(target: "provider", path = "/groups", text = "two words", count = 3, "read");
    });
    let line = WRITTEN.with(|written| written.lock().unwrap().clone());
    let (time, rest) = line.split_once(' ').unwrap();
    assert_eq!(time.len(), "12:30:01.123".len(), "{time}");
    assert_eq!(rest, "INFO  provider: read count=3 path=/groups text=\"two words\"\n");
}
