//! `atlan-sim`: a local Atlan tenant on a port, until SIGTERM or SIGINT.
//!
//! Prints one JSON line on stdout once it accepts connections; everything else goes to stderr.

mod stop;

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use atlan_sim::{KeyKind, Options, Sim};
use clap::Parser;

use self::stop::Stop;

/// A local Atlan tenant to try the Terraform provider, and test modules, without an account.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Address to listen on; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:8900")]
    listen: SocketAddr,
    /// Bearer token to accept; generated if left out.
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// What kind of credential the key is.
    #[arg(long, value_enum, default_value_t)]
    key_kind: KeyKind,
    /// People to generate.
    #[arg(long, value_name = "N", default_value_t = 0)]
    users: usize,
    /// Groups to generate.
    #[arg(long, value_name = "N", default_value_t = 0)]
    groups: usize,
    /// Delay before each request is processed, for example `50ms`.
    #[arg(long, value_parser = atlan_sim::parse_duration, default_value = "0ms")]
    latency: Duration,
    /// Records on the largest page.
    #[arg(long, value_name = "N", default_value_t = 100)]
    page_limit: usize,
    /// Alias of an identity provider; repeatable. Default: azure, google, jumpcloud, okta, onelogin.
    #[arg(long, value_name = "ALIAS")]
    idp: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}"); // without standard error, the exit code has to do
            ExitCode::FAILURE
        }
    }
}

/// Serves until the end is requested. An error is one line that says what to do.
async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).init();
    let Arguments { listen, api_key, key_kind, users, groups, latency, page_limit, idp } = arguments;
    // Before the ready line is printed, because its reader may send a signal at once.
    let stop = Stop::new()?;

    let idps = if idp.is_empty() { Options::default().idps } else { idp };
    let options = Options { listen, api_key, key_kind, users, groups, latency, page_limit, idps };
    let sim = Sim::start(options).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable | io::ErrorKind::PermissionDenied => {
            let advice = "end what listens there, or name another address by --listen";
            format!("can't listen on {listen} ({error}): {advice}")
        }
        _ => error.to_string(),
    })?;
    let ready = serde_json::json!({ "base_url": sim.base_url(), "api_key": sim.api_key() });
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{ready}")?;
    stdout.flush()?;
    drop(stdout);
    tracing::info!(base_url = sim.base_url(), users, groups, "ready");

    stop.requested().await;
    tracing::info!("stopping");
    Ok(())
}
