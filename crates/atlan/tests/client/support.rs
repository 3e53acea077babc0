//! A tenant, a client for it, and short waits.

use std::time::Duration;

use atlan::{Client, Config, Credentials, Invite, NewGroup, Secret, Timing, User, WorkspaceRole};
use atlan_sim::{KeyKind, Moment, Options, Rule, Sim};

pub(crate) const USERS: &str = "/api/service/users";
pub(crate) const GROUPS: &str = "/api/service/groups";

/// A fresh tenant, and a client with its API token.
pub(crate) async fn tenant() -> (Sim, Client) {
    let sim = Sim::start(Options::default()).await.expect("a simulator");
    let client = client(&sim, |_| {});
    (sim, client)
}

/// A tenant whose key is the session token of its only admin.
pub(crate) async fn tenant_of_admin() -> (Sim, Client) {
    let sim =
        Sim::start(Options { key_kind: KeyKind::User, ..Options::default() }).await.expect("a simulator");
    let client = client(&sim, |_| {});
    (sim, client)
}

pub(crate) fn client(sim: &Sim, change: impl FnOnce(&mut Config)) -> Client {
    let mut config = config(sim);
    change(&mut config);
    Client::new(config).expect("good settings")
}

/// Settings with waits of milliseconds.
pub(crate) fn config(sim: &Sim) -> Config {
    let url = atlan::parse_base_url(&sim.base_url()).expect("a URL");
    let mut config = Config::new(url, Credentials::ApiKey(Secret::new(sim.api_key())));
    config.request_timeout = Duration::from_secs(5);
    config.requests_per_second = 0.0;
    config.timing = Timing {
        backoff: Duration::from_millis(1),
        poll: Duration::from_millis(2),
        poll_max: Duration::from_millis(20),
        absent_at_least: Duration::from_millis(100),
        grace: Duration::from_millis(500),
        visible_within: Duration::from_secs(3),
        progress: Duration::from_secs(10),
        settle: Duration::from_millis(400),
    };
    config
}

/// As [`client`], for tests that lose an answer: it counts as lost after a fifth of a second.
pub(crate) fn impatient(sim: &Sim) -> Client {
    client(sim, |config| config.request_timeout = Duration::from_millis(200))
}

pub(crate) fn stewards() -> NewGroup {
    NewGroup {
        name: "data_stewards".into(),
        alias: "Data Stewards".into(),
        description: Some("Own the glossary".into()),
        is_default: false,
    }
}

pub(crate) fn ada() -> Invite {
    Invite { email: "ada@example.com".into(), role: WorkspaceRole::Member }
}

/// Somebody invited and accepted.
pub(crate) async fn active(sim: &Sim, client: &Client, email: &str, role: WorkspaceRole) -> User {
    let invited = client.invite(&Invite { email: email.into(), role }).await.expect("invited");
    sim.accept(email).expect("pending");
    client.user(&invited.id).await.expect("readable").expect("there")
}

/// An error and its causes, as a person would read them.
pub(crate) fn story(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// A `POST` by somebody else: not by the client.
pub(crate) async fn by_other_means(sim: &Sim, path: &str, body: &str) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = sim.base_url().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.expect("connected");
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        sim.api_key(),
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Runs a write whose first attempt meets `fault`, and lets something happen before that fails.
pub(crate) async fn meanwhile<T: Send + 'static>(
    sim: &Sim,
    path: &str,
    fault: Rule,
    call: impl Future<Output = T> + Send + 'static,
    happens: impl FnOnce(),
) -> T {
    sim.set_faults(vec![Rule { hold: Some(Moment::Before), ..fault.times(1) }]).expect("a rule");
    let call = tokio::spawn(call);
    sim.arrived("POST", path).await;
    happens();
    sim.set_faults(Vec::new()).expect("no rules, and the held one goes on");
    call.await.expect("no panic")
}

/// Ways in which the first attempt of a write at this path fails without an effect.
pub(crate) fn failures(path: &str) -> [Rule; 4] {
    let post = || Rule::on("POST", path);
    [post().status(503), post().status(429).retry_after(0), post().status(502), post().drop(Moment::Before)]
}
