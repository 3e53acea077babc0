use std::sync::Mutex;

use serde_json::{Value, json};
use tracing::{debug, error, info, info_span, trace, warn};

use super::*;

/// What one test wrote. The sink is a function without state, so each thread has a list of its own.
fn lines(masker: &Masker, log: impl FnOnce()) -> Vec<String> {
    lines_with(masker, &settings(&[("TF_LOG", "TRACE")]), log)
}

/// The settings of a provider called `my-cloud` with these variables.
fn settings(variables: &[(&str, &str)]) -> Settings {
    Settings::new("my-cloud", &["provider"], &[("api-calls", "provider::api")], RULES, |name| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })
}

const RULES: &[LogRule] = &[
    LogRule::MaskField("cookie"),
    LogRule::MaskMatches(|text| text.find("tok-").map(|start| start..text.len().min(start + 8))),
    LogRule::MaskMatches(|text| text.find("half").map(|start| start..start)),
    LogRule::OmitField("body_of_login"),
    LogRule::OmitMessage(|message| message.starts_with("heartbeat")),
];

fn lines_with(masker: &Masker, settings: &Settings, log: impl FnOnce()) -> Vec<String> {
    thread_local! { static WRITTEN: Mutex<Vec<String>> = const { Mutex::new(Vec::new()) }; }
    let sink: Sink = |line| {
        WRITTEN.with(|written| written.lock().unwrap().push(String::from_utf8(line.to_vec()).unwrap()));
    };
    let subscriber = tracing_subscriber::registry()
        .with(settings.filter(LevelFilter::OFF))
        .with(hclog::Hclog::new(Screen::new(settings, masker), settings.caller(), sink));
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
    line["@caller"].take();
    assert_eq!(
        line,
        json!({
            "@level": "info", "@message": "read 3", "@module": "provider.read", "@timestamp": null, "@caller": null,
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
    let filter = settings(&[]).filter(LevelFilter::OFF);
    assert!(!filter.would_enable("provider", &tracing::Level::ERROR));
    assert!(!filter.would_enable("h2", &tracing::Level::ERROR));
}

#[test]
fn who_asks_for_everything_learns_where_lines_come_from() {
    let caller = |level| {
        let lines = lines_with(
            &Masker::default(),
            &settings(&[("TF_LOG", level)]),
            || info!(target: "provider", "x"),
        );
        serde_json::from_str::<Value>(&lines[0]).unwrap()["@caller"].take()
    };
    assert_eq!(caller("DEBUG"), json!(null));
    let caller = caller("TRACE");
    let (file, number) = caller.as_str().unwrap().rsplit_once(':').unwrap();
    assert!(file.ends_with(file!()) && number.parse::<u32>().is_ok(), "{caller}");
}

#[test]
fn a_subsystem_has_a_level_of_its_own() {
    let heard = |variables: &[(&str, &str)]| {
        let filter = settings(variables).filter(LevelFilter::OFF);
        ["provider", "provider::api", "provider::api::http", "provider::apis"]
            .map(|target| filter.would_enable(target, &tracing::Level::DEBUG))
    };
    assert_eq!(heard(&[("TF_LOG", "DEBUG")]), [true; 4]);
    assert_eq!(heard(&[("TF_LOG", "DEBUG"), ("TF_LOG_PROVIDER_MY_CLOUD_API_CALLS", "")]), [true; 4]);
    let quiet = [("TF_LOG", "DEBUG"), ("TF_LOG_PROVIDER_MY_CLOUD_API_CALLS", "warn")];
    assert_eq!(heard(&quiet)[..3], [true, false, false]);
    let alone = [("TF_LOG", "WARN"), ("TF_LOG_PROVIDER_MY_CLOUD_API_CALLS", "trace")];
    assert_eq!(heard(&alone)[..3], [false, true, true]);
}

#[test]
fn rules_mask_fields_by_name_and_texts_by_look() {
    let line = line(|| {
        let _entered = info_span!("rpc", cookie = 5).entered();
        info!(url = "/?a=tok-1234&b=tok-5678", half = "half", "tok-1234 and tok-");
    });
    assert_eq!(line["cookie"], json!("(sensitive)"));
    assert_eq!(line["url"], json!("/?a=(sensitive)&b=(sensitive)"));
    assert_eq!(line["@message"], json!("(sensitive) and (sensitive)"));
    assert_eq!(line["half"], json!("half"), "an empty match is none");
}

#[test]
fn rules_leave_lines_out_by_field_and_by_message() {
    let lines = lines(&Masker::default(), || {
        info!("heartbeat 1");
        info!(body_of_login = "name and password", "answer");
        info_span!("login", body_of_login = 1).in_scope(|| info!("answer"));
        info!("no heartbeat");
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("no heartbeat"));
}

#[test]
fn lines_for_people_are_short() {
    thread_local! { static WRITTEN: Mutex<String> = const { Mutex::new(String::new()) }; }
    let sink: Sink = |line| {
        WRITTEN.with(|written| written.lock().unwrap().push_str(std::str::from_utf8(line).unwrap()));
    };
    let subscriber = tracing_subscriber::registry()
        .with(terminal::Terminal::new(Screen::new(&settings(&[]), &Masker::default()), sink));
    tracing::subscriber::with_default(subscriber, || {
        info!(target: "provider", path = "/groups", text = "two words", count = 3, "read");
    });
    let line = WRITTEN.with(|written| written.lock().unwrap().clone());
    let (time, rest) = line.split_once(' ').unwrap();
    assert_eq!(time.len(), "12:30:01.123".len(), "{time}");
    assert_eq!(rest, "INFO  provider: read count=3 path=/groups text=\"two words\"\n");
}
