//! Many calls at once over mutual TLS, and messages as large as they may be.

use std::collections::BTreeSet;

use super::plugin::Plugin;
use super::wire::{NULL, Raw, object};
use super::{Client, PROVIDER, started};

pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
    trials![
        two_hundred_calls_at_once_get_their_own_answers,
        stopping_two_hundred_applies_loses_no_object_and_the_process_serves_on,
        shutdown_amid_two_hundred_applies_loses_no_object,
        a_value_near_the_limit_is_taken_and_one_above_it_refused,
    ]
}

/// How many calls run side by side.
const CALLS: usize = 200;

/// The workshop, configured.
async fn workshop() -> (Plugin, Client) {
    let (plugin, _, client) = started(&[(PROVIDER, "workshop"), ("TF_LOG", "INFO")]).await;
    assert!(client.configure().await.unwrap().diagnostics.is_empty());
    (plugin, client)
}

/// The creation of a job that is told this.
fn creation(told: &str) -> Raw {
    let planned = [&[0x82][..], &object(&[("told", Some(told))])[1..], b"\xa2id\xd4\x00\x00"].concat();
    Raw::default()
        .with(1, "workshop_job")
        .with_value(2, NULL)
        .with_value(3, &planned)
        .with_value(4, &object(&[("id", None), ("told", Some(told))]))
}

/// A job that was told this, as it is stored.
fn stored(told: &str) -> Vec<u8> {
    object(&[("id", Some(&format!("job-{told}"))), ("told", Some(told))])
}

async fn create(client: &Client, told: &str) -> Raw {
    client.raw("ApplyResourceChange", creation(told)).await.unwrap().remove(0)
}

/// Asks one of five kinds of object, and says which answer came.
async fn ask(client: &Client, kind: usize, told: &str) -> String {
    let config = object(&[("told", Some(told))]);
    let outcome = |failed: bool, text: &str| {
        if text.contains(told) {
            format!("{}{told}", if failed { "not " } else { "" })
        } else {
            text.to_owned()
        }
    };
    let (rpc, request, failure, success) = match kind {
        0 => ("ApplyResourceChange", creation(told), 3, 1),
        1 => ("ReadResource", Raw::default().with(1, "workshop_job").with_value(2, &stored(told)), 2, 1),
        2 => {
            let config = object(&[("seen", None), ("told", Some(told))]);
            ("ReadDataSource", Raw::default().with(1, "workshop_look").with_value(2, &config), 2, 1)
        }
        3 => {
            let text = [&[0xd9, told.len() as u8], told.as_bytes()].concat();
            ("CallFunction", Raw::default().with(1, "echo").with_value(2, &text), 2, 1)
        }
        _ => ("InvokeAction", Raw::default().with(1, "workshop_ring").with_value(2, &config), 0, 0),
    };
    let answers = client.raw(rpc, request).await.unwrap();
    if kind == 4 {
        let [progress, completed] = answers.as_slice() else { panic!("{answers:?}") };
        assert!(progress.all(1)[0].text().contains(told), "another's progress");
        let end = &completed.all(2)[0];
        return outcome(!end.0.is_empty(), &if end.0.is_empty() { told.to_owned() } else { end.text() });
    }
    let failures = answers[0].all(failure);
    match failures.first() {
        Some(failure) => outcome(true, &failure.text()),
        None => outcome(false, &answers[0].all(success)[0].text()),
    }
}

async fn two_hundred_calls_at_once_get_their_own_answers() {
    let (plugin, client) = workshop().await;
    let mut calls = tokio::task::JoinSet::new();
    let mut slow = 0;
    for index in 0..CALLS {
        // A function has nothing to wait for.
        let manners: &[&str] = if index % 5 == 3 {
            &["well", "fail", "panic", "well"]
        } else {
            &["well", "fail", "panic", "slow"]
        };
        let manner = manners[index / 5 % 4];
        slow += usize::from(manner == "slow");
        let (client, told) = (client.clone(), format!("{manner}-{index:03}."));
        let expected = format!("{}{told}", if matches!(manner, "fail" | "panic") { "not " } else { "" });
        calls.spawn(async move { (ask(&client, index % 5, &told).await, expected) });
    }
    let mut answers = BTreeSet::new();
    while answers.len() < CALLS - slow {
        let (answer, expected) = calls.join_next().await.unwrap().unwrap();
        assert_eq!(answer, expected);
        answers.insert(answer);
    }
    // All that are quick have been answered while the slow ones were running.
    for _ in 0..slow {
        plugin.wait_for_log("slow");
    }
    assert_eq!(ask(&client, 0, "open-gate").await, "open-gate");
    while let Some(call) = calls.join_next().await {
        let (answer, expected) = call.unwrap();
        assert_eq!(answer, expected);
        answers.insert(answer);
    }
    assert_eq!(answers.len(), CALLS, "each its own");
}

/// Two hundred creations that are under way and go on until somebody ends them.
async fn hanging(plugin: &Plugin, client: &Client) -> tokio::task::JoinSet<(String, Raw)> {
    let mut calls = tokio::task::JoinSet::new();
    for index in 0..CALLS {
        let (client, told) = (client.clone(), format!("hang-{index:03}"));
        calls.spawn(async move {
            let answer = create(&client, &told).await;
            (told, answer)
        });
    }
    for _ in 0..CALLS {
        plugin.wait_for_log("hanging");
    }
    calls
}

/// Each of them answers with the object that it has begun, and says that it was ended.
async fn all_tell_what_exists(mut calls: tokio::task::JoinSet<(String, Raw)>) {
    let mut answered = 0;
    while let Some(call) = calls.join_next().await {
        let (told, answer) = call.unwrap();
        assert_eq!(answer.value(1), Some(stored(&told)));
        let diagnostics = answer.all(3);
        assert!(diagnostics[0].text().contains("The job was ended"), "{diagnostics:?}");
        answered += 1;
    }
    assert_eq!(answered, CALLS);
}

async fn stopping_two_hundred_applies_loses_no_object_and_the_process_serves_on() {
    let (mut plugin, client) = workshop().await;
    let calls = hanging(&plugin, &client).await;
    client.raw("StopProvider", Raw::default()).await.unwrap();
    all_tell_what_exists(calls).await;
    assert!(plugin.is_running());
    let later = create(&client, "well").await;
    assert_eq!((later.value(1), later.all(3)), (Some(stored("well")), vec![]), "later calls aren't stopped");
}

async fn shutdown_amid_two_hundred_applies_loses_no_object() {
    let (mut plugin, client) = workshop().await;
    let calls = hanging(&plugin, &client).await;
    client.shutdown().await.unwrap();
    all_tell_what_exists(calls).await;
    assert!(plugin.end().1.success());
}

async fn a_value_near_the_limit_is_taken_and_one_above_it_refused() {
    const LIMIT: usize = 256 << 20;
    let (_plugin, client) = workshop().await;
    // A text of that length that a function says again.
    let call = |length: usize| {
        let mut bytes = Vec::with_capacity(length + 64);
        rmp::encode::write_str_len(&mut bytes, length.try_into().unwrap()).unwrap();
        bytes.resize(bytes.len() + length, b'x');
        Raw::default().with(1, "echo").with_value(2, &bytes)
    };
    let answer = client.raw("CallFunction", call(LIMIT - 64)).await.unwrap().remove(0);
    assert_eq!(answer.value(1).unwrap().len(), LIMIT - 64 + 5, "all of it came back");
    let refused = client.raw("CallFunction", call(LIMIT)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::OutOfRange, "{refused:?}");
    assert!(refused.message().contains("too large"), "{refused:?}");
    let answer = client.raw("CallFunction", call(1)).await.unwrap().remove(0);
    assert_eq!(answer.value(1).unwrap(), b"\xa1x", "the next call is served");
}
