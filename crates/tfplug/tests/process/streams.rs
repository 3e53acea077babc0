//! Streams that the other end has closed. A write into nothing is no reason to end.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::plugin::{COOKIE, Plugin, command, executable};
use super::{Client, ClientCertificate, empty};

pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
    trials![
        a_closed_log_is_written_into_nothing_and_calls_are_answered,
        a_closed_standard_output_after_the_handshake_changes_nothing,
        without_a_reader_of_the_handshake_it_ends_and_says_why,
        a_standard_input_that_ends_or_stays_open_changes_nothing,
    ]
}

async fn a_closed_log_is_written_into_nothing_and_calls_are_answered() {
    let ours = ClientCertificate::new();
    let variables =
        [COOKIE, ("PLUGIN_CLIENT_CERT", &ours.pem()), ("TF_LOG", "TRACE"), (empty::MISBEHAVIOUR, "panic")];
    let mut plugin = Plugin::spawn_without_log(command(&executable(), &variables));
    let client = Client::connect(&plugin.handshake(), Some(ours.presented())).await.unwrap();
    for _ in 0..2 {
        // Each is a panic, whose line in the log goes nowhere.
        assert_eq!(client.configure().await.unwrap().diagnostics.len(), 1);
    }
    assert!(plugin.is_running());
    client.shutdown().await.unwrap();
    assert!(plugin.end().1.success());
}

async fn a_closed_standard_output_after_the_handshake_changes_nothing() {
    let mut child = command(&executable(), &[COOKIE]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap(); // and closed
    let handshake: Vec<String> = line.trim_end().split('|').map(str::to_owned).collect();
    let client = Client::connect(&handshake, None).await.unwrap();
    client.schema().await.unwrap();
    client.shutdown().await.unwrap();
    assert!(child.wait().unwrap().success());
}

async fn without_a_reader_of_the_handshake_it_ends_and_says_why() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command(&executable(), &[COOKIE]);
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let text = String::from_utf8(ended.stderr).unwrap();
    assert!(text.starts_with("[ERROR] could not write the handshake to standard output: "), "{text}");
}

async fn a_standard_input_that_ends_or_stays_open_changes_nothing() {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = command(&executable(), &[COOKIE]);
    command.stdin(reader);
    let plugin = Plugin::spawn(command);
    let client = Client::connect(&plugin.handshake(), None).await.unwrap();
    client.schema().await.unwrap();
    drop(writer);
    client.schema().await.unwrap();
}
