//! The process: how Terraform or OpenTofu starts this program, finds its socket, and ends it.
//!
//! In order of events: arguments that a person gave are answered at once; without the cookie that Terraform sets, the
//! program explains itself and leaves; then logging, a socket in a private folder, TLS that accepts exactly the client
//! whose certificate came in the environment, one handshake line on standard output, and gRPC until Shutdown. With
//! `-debug` there is no parent: no cookie, no TLS, and a person ends it.
//!
//! What the calls mean is none of its business: it serves whatever implements the generated trait. Nothing but this
//! module and the provider's own configuration reads the environment. What differs between systems is in `system`.
//!
//! Sources: `hashicorp/go-plugin:docs/internals.md`, `server.go` and `client.go` there.

mod launch;
mod lifecycle;
mod reattach;
mod schemas;
mod services;
mod tls;

use std::error::Error;
use std::io::{self, Write};
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use tokio_stream::Stream;
use tonic::transport::Server;
use tonic::transport::server::Connected;

use self::launch::{Handshake, Launch};
pub(crate) use self::lifecycle::Lifecycle;
use self::schemas::Prepared;
use self::tls::Identity;
use crate::log::{self, LogRule, Masker};
use crate::proto::plugin::grpc_broker_server::GrpcBrokerServer;
use crate::proto::plugin::grpc_controller_server::GrpcControllerServer;
use crate::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use crate::proto::tfplugin6::provider_server::{Provider, ProviderServer};
use crate::system::{self, Address, Listener, Place};

/// Largest message we read, in bytes. Terraform sends up to 2 GiB; Go providers stop at this size, too. tonic's own
/// limit of 4 MiB is soon passed by a large state.
pub(crate) const MAX_MESSAGE: usize = 256 << 20;

/// How long calls in flight may go on after the end was asked for. The client kills the process after two seconds.
const GRACE: Duration = Duration::from_secs(1);

/// The most threads that work on calls.
const MAX_THREADS: usize = 4;

/// How long the process may take to end, with what the service still has to do.
const END: Duration = Duration::from_millis(1500);

/// A service that still has work when the process is to end.
pub(crate) trait Ending {
    /// Does what is left, and returns by that time.
    fn end(&self, by: Instant) -> impl Future<Output = ()> + Send;
}

/// What the process says about itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PluginInfo {
    /// Provider type as Terraform spells it, for example `atlan`.
    pub(crate) name: &'static str,
    /// Version of the provider, for example `0.1.0`.
    pub(crate) version: &'static str,
    /// Full address, for example `registry.terraform.io/atlanhq/atlan`.
    pub(crate) address: &'static str,
    /// Crates whose log lines are the provider's own and follow `TF_LOG`; of others, only warnings and errors.
    pub(crate) log_targets: &'static [&'static str],
    /// Parts of the log with a level of their own: name in the variable, target.
    pub(crate) log_subsystems: &'static [(&'static str, &'static str)],
    /// What log lines must not show.
    pub(crate) log_rules: &'static [LogRule],
}

impl PluginInfo {
    fn log_settings(&self, variable: impl Fn(&str) -> Option<String>) -> log::Settings {
        log::Settings::new(self.name, self.log_targets, self.log_subsystems, self.log_rules, variable)
    }
}

/// Does all that the process is for: the body of `main`.
///
/// `service` makes the provider. It is called once, when the process is really to serve, and gets the handle by which
/// work in progress learns of the end, and the list of secrets that no log line may show.
///
/// The exit code is 0 after an orderly end, 1 if the program was started by hand or can't serve, 2 for an argument it
/// doesn't know; the reason is then on standard error.
pub(crate) fn run<S: Provider + Ending>(
    info: &PluginInfo,
    service: impl FnOnce(&Lifecycle, &Masker) -> S,
) -> ExitCode {
    let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    match Launch::new(std::env::args_os().skip(1), variable) {
        Launch::Help => say(&mut io::stdout(), &launch::help(info)),
        Launch::Version => say(&mut io::stdout(), &launch::version(info)),
        Launch::ByHand => {
            say(&mut io::stderr(), &launch::explanation(info));
            ExitCode::FAILURE
        }
        Launch::Unknown(argument) => {
            say(&mut io::stderr(), &format!("unknown argument {argument:?}\n\n{}", launch::help(info)));
            ExitCode::from(2)
        }
        Launch::Plugin(handshake) => {
            let masker = Masker::default();
            log::to_terraform(&info.log_settings(variable), &masker);
            block_on(async |lifecycle| {
                let service = || service(lifecycle, &masker);
                plugin(&handshake, service, lifecycle, &mut io::stdout()).await
            })
        }
        Launch::Debug => {
            let masker = Masker::default();
            log::to_terminal(&info.log_settings(variable), &masker);
            block_on(async |lifecycle| {
                let service = service(lifecycle, &masker);
                debug(info, service, lifecycle, &mut io::stdout()).await
            })
        }
    }
}

/// Runs `serve` on a runtime of our own and says on standard error why it failed.
fn block_on(serve: impl AsyncFnOnce(&Lifecycle) -> Result<(), Failure>) -> ExitCode {
    let cores = std::thread::available_parallelism().map_or(MAX_THREADS, NonZero::get);
    let runtime = match runtime(cores) {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Failure::Runtime(error)),
    };
    let result = runtime.block_on(async {
        let lifecycle = Lifecycle::new();
        serve(&lifecycle).await
    });
    runtime.shutdown_background(); // what still runs has had its time
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure),
    }
}

/// Where everything runs. Calls mostly wait for the network, and each thread costs time at the start.
fn runtime(cores: usize) -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(cores.min(MAX_THREADS)).enable_all().build()
}

/// Serves Terraform, which started us and waits for the handshake line on `out`. The service, with all its schemas, is made
/// after that line, while the client connects.
async fn plugin<S: Provider + Ending>(
    handshake: &Handshake,
    service: impl FnOnce() -> S,
    lifecycle: &Lifecycle,
    out: &mut impl Write,
) -> Result<(), Failure> {
    lifecycle.heed_signals(lifecycle::Signals::Plugin).map_err(Failure::Signals)?;
    lifecycle.end_with_parent();
    if !handshake.versions_include_ours {
        tracing::error!(
            ours = launch::PROTOCOL,
            "the client speaks no version of the plugin protocol that we serve"
        );
    }
    let identity = handshake.client_certificate.as_deref().map(Identity::new).transpose()?;
    let listener = Listener::bind(&handshake.place)?;
    let certificate = identity.as_ref().map(|identity| STANDARD_NO_PAD.encode(&identity.certificate));
    let line = handshake.line(listener.address(), certificate.as_deref().unwrap_or_default());
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Line)?;
    tracing::debug!(network = listener.address().network(), address = %listener.address(), "listening");
    if matches!(listener.address(), Address::Tcp(_)) {
        lifecycle.end_with_connections(listener.connections());
    }
    match identity {
        Some(identity) => {
            let incoming = tls::accept(listener, identity, lifecycle);
            serve(service(), incoming, lifecycle).await
        }
        None => serve(service(), accept(listener), lifecycle).await,
    }
}

/// Serves every client that is told the socket's address, until Ctrl-C.
async fn debug<S: Provider + Ending>(
    info: &PluginInfo,
    service: S,
    lifecycle: &Lifecycle,
    out: &mut impl Write,
) -> Result<(), Failure> {
    lifecycle.heed_signals(lifecycle::Signals::Debug).map_err(Failure::Signals)?;
    let listener = Listener::bind(&Place::default())?;
    let instructions = reattach::instructions(info, listener.address(), std::process::id());
    out.write_all(instructions.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Line)?;
    serve(service, accept(listener), lifecycle).await
}

/// The connections on `listener`, as they come.
fn accept(listener: Listener) -> impl Stream<Item = io::Result<system::Stream>> {
    futures_util::stream::unfold(listener, async |listener| Some((listener.accept().await, listener)))
}

/// Answers calls on the connections of `incoming` until the end is asked for, and then for [`GRACE`] at most.
async fn serve<S, IO>(
    service: S,
    incoming: impl Stream<Item = io::Result<IO>>,
    lifecycle: &Lifecycle,
) -> Result<(), Failure>
where
    S: Provider + Ending,
    IO: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
{
    let service = Arc::new(service);
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("plugin", tonic_health::ServingStatus::Serving).await;
    let provider = ProviderServer::from_arc(Arc::clone(&service)).max_decoding_message_size(MAX_MESSAGE);
    // Nothing that limits time or number of calls: applies are long, and two streams are held all the time.
    let server = Server::builder()
        .add_service(Prepared::new(provider, &*service).await)
        .add_service(GrpcControllerServer::new(services::Controller(lifecycle.clone())))
        .add_service(GrpcStdioServer::new(services::Stdio(lifecycle.clone())))
        .add_service(GrpcBrokerServer::new(services::Broker(lifecycle.clone())))
        .add_service(health)
        .serve_with_incoming_shutdown(incoming, lifecycle.ended());
    let overdue = async {
        lifecycle.ended().await;
        tokio::time::sleep(GRACE).await;
    };
    let serving = async {
        let result = tokio::select! {
            result = server => result.map_err(Failure::Server),
            () = overdue => Ok(()),
        };
        lifecycle.end(); // also when the server failed
        result
    };
    let ending = async {
        lifecycle.ended().await;
        let by = Instant::now() + END;
        service.end(by).await;
        by
    };
    let (result, by) = tokio::join!(serving, ending);
    service.end(by).await; // what the last calls have left
    result
}

/// Why we can't serve.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("could not start the runtime")]
    Runtime(#[source] io::Error),
    #[error("could not prepare for signals")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
    #[error(transparent)]
    Listen(#[from] system::ListenError),
    #[error("could not write the handshake to standard output")]
    Line(#[source] io::Error),
    #[error("the gRPC server failed")]
    Server(#[source] tonic::transport::Error),
}

/// Says why, with the causes. Plain text: before the handshake there may be nobody who reads log lines.
fn fail(failure: &Failure) -> ExitCode {
    let mut text = format!("{failure}");
    let mut source = failure.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    say(&mut io::stderr(), &format!("[ERROR] {text}\n"));
    ExitCode::FAILURE
}

/// Says what is wrong with the provider that is to be served.
pub(crate) fn complain(problems: &[String]) {
    for problem in problems {
        say(&mut io::stderr(), &format!("[ERROR] the provider's schema is wrong: {problem}\n"));
    }
}

/// Writes for people; a closed terminal is no reason to fail.
fn say(to: &mut impl Write, text: &str) -> ExitCode {
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
    ExitCode::SUCCESS
}

/// What is made of a client's variables, for the targets in `fuzz`: whether it speaks our version, and the line to answer
/// with; `None` where they are not those of a client.
#[cfg(test)]
pub(crate) fn started_with(variable: impl Fn(&str) -> Option<String>) -> Option<(bool, String)> {
    match Launch::new(std::iter::empty(), variable) {
        Launch::Plugin(handshake) => {
            Some((handshake.versions_include_ours, handshake.line(&Address::Unix("/tmp/s".into()), "MII")))
        }
        _ => None,
    }
}

/// Whether there is a certificate in a client's PEM text, for the targets in `fuzz`.
#[cfg(test)]
pub(crate) fn client_certificate(pem: &str) -> Result<(), String> {
    tls::pinned(pem).map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_machine_gets_four_threads_and_a_small_one_a_thread_for_each_core() {
        for (cores, threads) in [(1, 1), (2, 2), (64, 4)] {
            assert_eq!(runtime(cores).unwrap().metrics().num_workers(), threads);
        }
    }
}
