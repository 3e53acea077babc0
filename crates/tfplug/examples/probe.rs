//! How fast a provider starts, and how small it is: `cargo run --release --example probe -- BINARY [--runs N]`.
//!
//! Plays the part of Terraform that starts a provider, with the client of the process tests: a P-521 certificate, made
//! before the clock runs as go-plugin does, mutual TLS over the socket, the schema as the first question, Shutdown. Each
//! run is a process of its own. Prints one line of JSON with a list per measurement, in milliseconds and KiB; medians are
//! for the reader. Memory is told by Linux only and null elsewhere. Not a test: nothing here fails on a time.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the tests' client panics when the other end misbehaves"
)]

#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../tests/process/client.rs"]
mod client;

use std::error::Error;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use client::{Client, ClientCertificate};
use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

/// Longest wait for one run. Nothing takes as long unless it's broken.
const PATIENCE: Duration = Duration::from_secs(20);

const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// What was measured, a value per run.
#[derive(Debug, Default, Serialize)]
struct Measured {
    /// From the start of the process to the handshake line, milliseconds.
    line_ms: Vec<f64>,
    /// From the start of the process to the answer with the schema, milliseconds: TLS is part of it.
    schema_ms: Vec<f64>,
    /// From the call of Shutdown until the process has ended, milliseconds.
    gone_ms: Vec<f64>,
    /// Resident memory after the schema, KiB.
    resident_kib: Vec<Option<u64>>,
    /// Of it what isn't backed by a file and so isn't shared with other processes, KiB.
    anonymous_kib: Vec<Option<u64>>,
}

// One thread for the client, so that it doesn't take the processor from what it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (binary, runs) = arguments(std::env::args_os().skip(1))?;
    let mut measured = Measured::default();
    for _ in 0..runs {
        timeout(PATIENCE, run(&binary, &mut measured)).await.map_err(|_| "the provider hangs")??;
    }
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, &measured)?;
    writeln!(stdout)?;
    Ok(())
}

/// The executable, and how often to start it.
fn arguments(mut given: impl Iterator<Item = OsString>) -> Result<(OsString, usize), Box<dyn Error>> {
    let usage = "usage: probe BINARY [--runs N]";
    let binary = given.next().ok_or(usage)?;
    let runs = match given.next() {
        None => 50,
        Some(option) if option == "--runs" => given.next().ok_or(usage)?.to_string_lossy().parse()?,
        Some(_) => return Err(usage.into()),
    };
    if given.next().is_some() || runs == 0 {
        return Err(usage.into());
    }
    Ok((binary, runs))
}

/// One process from its start to its end.
async fn run(binary: &OsString, measured: &mut Measured) -> Result<(), Box<dyn Error>> {
    let ours = ClientCertificate::new();
    let mut command = Command::new(binary);
    command
        .env_clear()
        .envs([COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "5,6"), ("PLUGIN_CLIENT_CERT", &ours.pem())])
        .env("TMPDIR", std::env::temp_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);

    let started = Instant::now();
    let mut process = command.spawn()?;
    let mut output = BufReader::new(process.stdout.take().ok_or("no standard output")?);
    let mut line = String::new();
    output.read_line(&mut line).await?;
    measured.line_ms.push(milliseconds(started));

    let handshake: Vec<String> = line.trim().split('|').map(str::to_owned).collect();
    if handshake.get(5).is_none_or(String::is_empty) {
        return Err(format!("no handshake with a certificate: {line:?}").into());
    }
    let client = Client::connect(&handshake, Some(ours.presented())).await?;
    let schema = client.schema().await?;
    measured.schema_ms.push(milliseconds(started));
    if schema.provider.is_none() {
        return Err("the answer holds no schema".into());
    }

    let status = process.id().and_then(|id| std::fs::read_to_string(format!("/proc/{id}/status")).ok());
    let field = |name| status.as_deref().and_then(|status| kib(status, name));
    measured.resident_kib.push(field("VmRSS:"));
    measured.anonymous_kib.push(field("RssAnon:"));

    let told = Instant::now();
    client.shutdown().await?;
    drop(client);
    let ended = process.wait().await?;
    measured.gone_ms.push(milliseconds(told));
    if ended.success() { Ok(()) } else { Err(format!("the provider ended with {ended}").into()) }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// A line such as `VmRSS:      9216 kB` of `/proc/…/status`.
fn kib(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
