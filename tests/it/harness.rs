//! A fresh tenant, Terraform's side of one resource, and texts made repeatable for snapshots.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use atlan_sim::{KeyKind, Moment, Options, Rule, Sim};
use expect_test::Expect;
use serde_json::{Value, json};
use terraform_provider_atlan::provider::Atlan;
use tfplug::testing::{Core, Instance, Report};
use tokio::task::JoinSet;

use crate::chance::{Dice, Step};

pub(crate) const USERS: &str = "/api/service/users";
pub(crate) const GROUPS: &str = "/api/service/groups";
pub(crate) const GROUP_LIST: &str = "/api/service/v2/groups";
pub(crate) const OF_PERSON: &str = "/api/service/users/*/groups";
pub(crate) const OF_GROUP: &str = "/api/service/groups/*/members";
pub(crate) const ROLES: &str = "/api/service/roles";
pub(crate) const ROLE_UPDATES: &str = "/api/service/users/*/roles/update";

/// A fresh tenant with an API token, and one resource of it that is not created yet.
pub(crate) async fn managed(resource: &str) -> (Sim, Instance) {
    managed_by(KeyKind::ApiToken, resource).await
}

/// The same with another kind of credential.
pub(crate) async fn managed_by(key_kind: KeyKind, resource: &str) -> (Sim, Instance) {
    let sim = tenant(key_kind).await;
    let instance = core(&sim).resource(resource);
    (sim, instance)
}

/// A fresh tenant.
pub(crate) async fn tenant(key_kind: KeyKind) -> Sim {
    Sim::start(Options { key_kind, ..Options::default() }).await.expect("a simulator")
}

/// Terraform's side, with settings for that tenant.
pub(crate) fn core(sim: &Sim) -> Core {
    core_with(sim, json!({}))
}

/// The same with more arguments in the provider block.
pub(crate) fn core_with(sim: &Sim, more: Value) -> Core {
    let settings = json!({
        "base_url": sim.base_url(),
        "api_key": sim.api_key(),
        "request_timeout": "5s",
        "requests_per_second": 0,
    });
    bare_core().config(with(settings, more))
}

/// The same for one apply of a random history.
pub(crate) fn core_of(sim: &Sim, dice: &mut Dice, timeout: Duration) -> Core {
    core_of_with(sim, dice, timeout, json!({}))
}

/// The same with more arguments in the provider block.
pub(crate) fn core_of_with(sim: &Sim, dice: &mut Dice, timeout: Duration, more: Value) -> Core {
    let settings = json!({
        "request_timeout": format!("{}ms", timeout.as_millis()),
        "max_retries": 2,
        "max_concurrent_requests": dice.pick(&[1, 2, 10]),
    });
    core_with(sim, with(settings, more))
}

/// Terraform's side without any settings, and with waits of milliseconds.
pub(crate) fn bare_core() -> Core {
    Core::new::<Atlan>().give(quick_timing())
}

/// Waits of milliseconds.
pub(crate) fn quick_timing() -> atlan::Timing {
    atlan::Timing {
        backoff: Duration::from_millis(1),
        poll: Duration::from_millis(2),
        poll_max: Duration::from_millis(20),
        absent_at_least: Duration::from_millis(100),
        grace: Duration::from_millis(500),
        visible_within: Duration::from_secs(3),
        progress: Duration::from_secs(10),
        settle: Duration::from_millis(400),
    }
}

/// As [`core`], for tests that lose an answer: it counts as lost, and its effect as absent, after a third of a second.
pub(crate) fn impatient(sim: &Sim) -> Core {
    core_with(sim, json!({ "request_timeout": "300ms" }))
}

/// One object laid over another.
pub(crate) fn with(mut object: Value, more: Value) -> Value {
    let (Some(entries), Value::Object(more)) = (object.as_object_mut(), more) else { panic!("objects") };
    entries.extend(more);
    object
}

/// The error of a call that must fail.
pub(crate) trait Failed {
    fn failed(self) -> Report;
}

impl<T: std::fmt::Debug> Failed for Result<T, Report> {
    fn failed(self) -> Report {
        self.expect_err("an error")
    }
}

/// Compares a text with a snapshot. Values that differ from run to run are replaced by their names.
pub(crate) trait Check {
    fn check(&self, expected: Expect);
}

impl<T: Display + ?Sized> Check for T {
    fn check(&self, expected: Expect) {
        expected.assert_eq(&repeatable(&self.to_string()));
    }
}

/// What this operating system says about a file that does not exist.
pub(crate) fn no_such_file() -> String {
    std::io::Error::from_raw_os_error(2).to_string()
}

/// The text with names in place of GUIDs, request ids, the port and waits.
pub(crate) fn repeatable(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, length) = if let Some(length) = uuid_at(rest) {
            (if result.ends_with("request id ") { "<id>" } else { "<guid>" }, length)
        } else if let Some(digits) = rest.strip_prefix("127.0.0.1:") {
            ("<tenant>", rest.len() - digits.trim_start_matches(|c: char| c.is_ascii_digit()).len())
        } else if result.ends_with("after waiting ") {
            ("<time>", rest.find(' ').unwrap_or(rest.len()))
        } else {
            result.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        result.push_str(token);
        rest = &rest[length..];
    }
    result
}

fn uuid_at(text: &str) -> Option<usize> {
    let candidate = text.get(..36)?;
    let fits = candidate.char_indices().all(|(at, c)| match at {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_hexdigit(),
    });
    fits.then_some(36)
}

/// The requests of the journal that ask for a change, one a line: method, path, and what was sent.
pub(crate) fn writes(sim: &Sim) -> String {
    let lines = sim
        .journal()
        .writes()
        .iter()
        .map(|entry| {
            let path = entry.path.strip_prefix("/api/service").unwrap_or(&entry.path);
            let body = entry.body.as_ref().map(|body| format!(" {body}")).unwrap_or_default();
            format!("{} {path}{body}", entry.method)
        })
        .collect::<Vec<_>>();
    lines.join("\n")
}

/// Runs cases of a table side by side, a few at a time: each has a tenant of its own, which is a thread.
pub(crate) async fn side_by_side<C, F>(cases: Vec<C>, run: impl Fn(C) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut cases = cases.into_iter().peekable();
    while cases.peek().is_some() {
        let some: Vec<_> = cases.by_ref().take(8).map(|case| tokio::spawn(run(case))).collect();
        for case in some {
            case.await.expect("no panic");
        }
    }
}

/// Where the errors of a report point, in their order.
pub(crate) fn places(report: &impl Display) -> Vec<String> {
    let text = report.to_string();
    let place = |line: &str| Some(line.strip_prefix("error at ")?.split_once(": ")?.0.to_owned());
    text.lines().filter_map(place).collect()
}

/// Runs work side by side, and returns what comes of it in its order.
pub(crate) async fn at_once<T: Send + 'static>(
    work: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = work.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await.expect("no panic"));
    }
    results
}

/// Runs work as Terraform does by default: on ten objects at a time.
pub(crate) async fn ten_at_a_time<T, R, F>(objects: Vec<T>, work: impl Fn(T) -> F) -> Vec<R>
where
    T: Send + 'static,
    R: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    let gate = Arc::new(tokio::sync::Semaphore::new(10));
    let in_turn = |object| {
        let (gate, work) = (Arc::clone(&gate), work(object));
        async move {
            let _turn = gate.acquire_owned().await.expect("open");
            work.await
        }
    };
    at_once(objects.into_iter().map(in_turn)).await
}

/// A `POST` by somebody else: not by the provider and its client.
pub(crate) fn by_other_means(sim: &Sim, path: &str, body: &Value) -> Value {
    exchange(sim, "POST", path, &body.to_string())
}

/// A `GET` by somebody else.
pub(crate) fn by_other_means_get(sim: &Sim, path: &str) -> Value {
    exchange(sim, "GET", path, "")
}

fn exchange(sim: &Sim, method: &str, path: &str, body: &str) -> Value {
    use std::io::{Read as _, Write as _};
    let address = sim.base_url().trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(&address).expect("connected");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        sim.api_key(),
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    serde_json::from_str(body).unwrap_or_default()
}

/// A group made by somebody else; its GUID.
pub(crate) fn group_by_other_means(sim: &Sim, name: &str, attributes: Value) -> String {
    let answer = by_other_means(sim, GROUPS, &json!({ "group": { "name": name, "attributes": attributes } }));
    answer["group"].as_str().expect("a GUID").to_owned()
}

/// Somebody who is in the tenant already, invited by somebody else; their GUID.
pub(crate) fn person_by_other_means(sim: &Sim, email: &str) -> String {
    sim.invite(email, "$member").expect("invited");
    sim.accept(email).expect("pending");
    sim.user(email).expect("there").id
}

/// People put into a group by somebody else.
pub(crate) fn join_by_other_means(sim: &Sim, group: &str, people: &[&str]) {
    by_other_means(sim, &format!("{GROUPS}/{group}/members"), &json!({ "users": people }));
}

/// Email addresses of the members of a group.
pub(crate) fn members(sim: &Sim, group: &str) -> Vec<String> {
    sim.groups().into_iter().find(|view| view.id == group).expect("a group").members
}

/// Ways in which a write may fail that come to a good end within one apply.
pub(crate) fn passing(method: &str, path: &str) -> Vec<(&'static str, Rule)> {
    let on = || Rule::on(method, path).times(1);
    vec![
        ("dropped before", on().drop(Moment::Before)),
        ("dropped after", on().drop(Moment::After)),
        ("500, done", on().status(500).applied()),
        ("503", on().status(503)),
        ("504, done", on().status(504).applied()),
        ("cut off", on().truncate(5)),
        ("429 with Retry-After", on().status(429).retry_after(0)),
    ]
}

/// Interrupts Terraform when that step is reached, as Ctrl-C does, until it is dropped.
pub(crate) fn interrupting(step: Option<Step>, sim: &Arc<Sim>, core: &Core) -> JoinSet<()> {
    let mut interrupting = JoinSet::new();
    if let Some(step) = step {
        let (sim, core) = (Arc::clone(sim), core.clone());
        interrupting.spawn(async move {
            step.reached(&sim).await;
            core.stop().await;
        });
    }
    interrupting
}

/// Interrupts a change, as Ctrl-C does, while its write is in the tenant: before or after it takes effect.
pub(crate) async fn interrupted<T>(
    sim: &Sim,
    core: &Core,
    (method, path, moment): (&str, &str, Moment),
    change: impl Future<Output = T>,
) -> T {
    sim.clear_journal();
    let hold = sim.hold(method, path, moment);
    let interrupt = async {
        sim.arrived(method, path).await;
        core.stop().await;
        hold.release();
    };
    tokio::join!(change, interrupt).0
}

/// Atlan accepts such a request and does nothing.
pub(crate) fn ignored(method: &str, path: &str) -> Rule {
    Rule { body: Some(json!({})), ..Rule::on(method, path).status(200) }
}

/// As [`quick_timing`], for tests of a membership that never shows as written.
pub(crate) fn soon_given_up() -> atlan::Timing {
    atlan::Timing { visible_within: Duration::from_millis(200), ..quick_timing() }
}
