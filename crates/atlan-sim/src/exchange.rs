//! One request to the API, from arrival to answer: journal, latency, fault, tenant.
//!
//! A request is processed independently of its connection, because on a real tenant a request takes effect even if the
//! client stops waiting; only the answer is lost.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::http::request::Parts;
use serde_json::Value;

use crate::clock::Clock;
use crate::faults::{Effect, Fault, Faults, Moment};
use crate::journal::{Authorization, Entry, Outcome, Recorder};
use crate::query::Query;
use crate::reply::Reply;
use crate::routes::{self, Body, Call};
use crate::state::Tenant;

/// Everything one simulator consists of, shared by its connections and by tests in the same process.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) latency: Duration,
    pub(crate) recorder: Recorder,
    tenant: Mutex<Tenant>,
    faults: Mutex<Faults>,
}

/// The connection ends without an answer.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("connection closed on purpose")]
pub(crate) struct Dropped;

impl Shared {
    pub(crate) fn new(tenant: Tenant, latency: Duration) -> Self {
        Self {
            clock: tenant.clock.clone(),
            latency,
            recorder: Recorder::new(),
            tenant: Mutex::new(tenant),
            faults: Mutex::default(),
        }
    }

    pub(crate) fn tenant(&self) -> MutexGuard<'_, Tenant> {
        self.tenant.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tenant as it was at the start, without faults and with an empty journal. Time does not go back.
    pub(crate) fn reset(&self) {
        self.faults().replace(Vec::new());
        self.tenant().reset();
        self.recorder.clear();
    }
}

/// Answers one request, or breaks its connection.
pub(crate) async fn exchange(
    shared: Arc<Shared>,
    parts: Parts,
    body: Bytes,
    request_id: String,
    from: IpAddr,
) -> Result<Reply, Dropped> {
    let arrived = Instant::now();
    let (came, call) = (shared.clock.now(), read(&parts, &body, request_id, from));
    let fault = shared.faults().take(call.method.as_str(), &call.path, &String::from_utf8_lossy(&body));
    let number = shared.recorder.arrived(entry(&shared, &parts, &call, fault.as_ref()));
    tokio::time::sleep(shared.latency).await;
    let reply = match fault {
        None => apply(&shared, number, &call),
        Some(fault) => match suffer(&shared, number, &call, &fault, came).await {
            Ok(reply) => reply,
            Err(dropped) => {
                shared.recorder.dropped(number);
                tracing::debug!(method = %call.method, path = call.path, "dropped");
                return Err(dropped);
            }
        },
    };
    shared.recorder.answered(number, reply.status, arrived.elapsed());
    tracing::debug!(method = %call.method, path = call.path, status = reply.status, elapsed = ?arrived.elapsed());
    Ok(reply)
}

fn apply(shared: &Shared, number: u64, call: &Call) -> Reply {
    let reply = routes::answer(&mut shared.tenant(), call);
    shared.recorder.applied(number);
    reply
}

/// Applies a fault rule to a request. `came` is the arrival of the request on the tenant's clock.
async fn suffer(
    shared: &Arc<Shared>,
    number: u64,
    call: &Call,
    fault: &Fault,
    came: Duration,
) -> Result<Reply, Dropped> {
    if let Some(delay) = fault.rule.delay {
        shared.clock.sleep_until(came.saturating_add(delay)).await;
    }
    fault.hold(Moment::Before).await;
    let applied = match fault.effect() {
        Effect::Now => Some(apply(shared, number, call)),
        Effect::Never => None,
        Effect::Late(late) => {
            let (shared, call, due) =
                (Arc::clone(shared), call.clone(), shared.clock.now().saturating_add(late));
            tokio::spawn(async move {
                shared.clock.sleep_until(due).await;
                apply(&shared, number, &call);
            });
            None
        }
    };
    fault.hold(Moment::After).await;
    if fault.rule.drop.is_some() {
        return Err(Dropped);
    }
    let instead = {
        let tenant = shared.tenant();
        fault.reply(&tenant.settings, &call.request_id, tenant.today())
    };
    let mut reply = instead.or(applied).ok_or(Dropped)?;
    reply.cut = fault.rule.truncate;
    Ok(reply)
}

fn read(parts: &Parts, body: &Bytes, request_id: String, from: IpAddr) -> Call {
    let body = match serde_json::from_slice(body) {
        _ if body.is_empty() => None,
        Ok(value) => Some(Body::Json(value)),
        Err(_) => Some(Body::Text(String::from_utf8_lossy(body).into_owned())),
    };
    let authorization = header(&parts.headers, "authorization");
    let bearer = authorization.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    Call {
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        body,
        bearer,
        request_id,
        from,
    }
}

/// The id a client gave its request, else one made for it.
pub(crate) fn request_id(headers: &HeaderMap) -> String {
    header(headers, REQUEST_ID).unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
}

/// Header that carries the id of a request.
pub(crate) const REQUEST_ID: &str = "x-atlan-request-id";

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(String::from)
}

fn entry(shared: &Shared, parts: &Parts, call: &Call, fault: Option<&Fault>) -> Entry {
    let tenant = shared.tenant();
    let authorization = match &call.bearer {
        None => Authorization::Missing,
        Some(bearer) if tenant.caller(Some(bearer)).is_ok() => Authorization::Right,
        Some(_) => Authorization::Wrong,
    };
    let agent: BTreeMap<String, String> = parts
        .headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-atlan-") && name.as_str() != REQUEST_ID)
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    Entry {
        number: 0,
        method: call.method.to_string(),
        path: call.path.clone(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body: call.body.as_ref().map(masked),
        status: None,
        outcome: Outcome::Open,
        applied: false,
        at: tenant.today().to_string(),
        elapsed_ms: None,
        fault: fault.map(|fault| fault.number),
        authorization,
        user_agent: header(&parts.headers, "user-agent"),
        request_id: header(&parts.headers, REQUEST_ID),
        agent,
    }
}

/// The body for the journal, without what must not be shown.
fn masked(body: &Body) -> Value {
    match body {
        Body::Text(text) => Value::String(text.clone()),
        Body::Json(value) => {
            let mut value = value.clone();
            if let Some(secret) = value.get_mut("clientSecret") {
                *secret = "***".into();
            }
            value
        }
    }
}
