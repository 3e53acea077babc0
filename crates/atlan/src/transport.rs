//! One request: authentication, pace, retry, timing, redaction. The only user of the HTTP library, together with
//! its part `exchange.rs` and with `connect.rs`, which builds its client.
//!
//! A request passes the limiter and is sent; its answer becomes a success or one of the errors of `error.rs`. Requests
//! that are safe to repeat are retried here by the policy of `retry.rs`. All others return after one attempt, and
//! their callers look up the effect before they decide. A read is dropped when its scope ends. A write that was sent
//! is always awaited, at most for the time of one attempt, so that its result is never lost.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::answer::{Answer, page_title, refusal};
use crate::config::{Config, ConfigError, Credentials};
use crate::connect;
use crate::error::{Call, Error, NotSentReason, Result, Stop};
use crate::limiter::{Limiter, Priority};
use crate::oauth::Tokens;
use crate::redact::Mask;
use crate::request::{Method, Request};
use crate::retry::{self, Next, Policy, Repeat};
use crate::scope::{Scope, Waited};
use crate::secret::Secret;
use crate::summary::Counts;

mod exchange;

use exchange::Exchange;

/// A pause long enough to tell the user about.
const LONG_PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Transport {
    config: Config,
    /// Path of the service below the tenant's address, with a slash at its end.
    root: String,
    policy: Policy,
    limiter: Limiter,
    tokens: Tokens,
    mask: Mask,
    pub(crate) counts: Counts,
    /// The server's time in its last answer, and when that came.
    clock: Mutex<Option<(Timestamp, Instant)>>,
    http: OnceLock<reqwest::Client>,
}

/// How an attempt without success ended.
struct Failed {
    error: Error,
    /// The token that was refused, when a new one may help.
    refused_token: Option<Secret>,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, refused_token: None }
    }
}

impl Transport {
    pub(crate) fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        connect::headers(&config)?;
        let mask = Mask::default();
        match &config.credentials {
            Credentials::ApiKey(secret) => mask.learn(secret),
            Credentials::OAuth { client_secret, .. } => mask.learn(client_secret),
        }
        if let Some(password) = config.proxy.password() {
            mask.learn(&password);
        }
        Ok(Self {
            root: format!("{}/api/service/", config.base_url.path().trim_end_matches('/')),
            policy: Policy {
                max_retries: config.max_retries,
                retry_max_wait: config.retry_max_wait,
                backoff: config.timing.backoff,
            },
            limiter: Limiter::new(config.max_concurrent_requests, config.requests_per_second),
            tokens: Tokens::new(config.credentials.clone()),
            mask,
            counts: Counts::default(),
            clock: Mutex::default(),
            http: OnceLock::new(),
            config,
        })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// The time by the server's clock, from its answers so far; rather too early than too late. `None`: no answer has told it.
    pub(crate) fn server_time(&self) -> Option<Timestamp> {
        let (date, at) = (*self.clock.lock().unwrap_or_else(PoisonError::into_inner))?;
        date.checked_add(at.elapsed()).ok()
    }

    /// A path as errors name it.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    /// How long requests have been held back so far, by the pace or by a pause.
    pub(crate) fn held_back(&self) -> Waited {
        self.limiter.closed_so_far()
    }

    /// Sends a request until it succeeds, fails for good, or its scope ends.
    pub(crate) async fn send(&self, scope: &Scope, request: Request) -> Result<Answer> {
        self.send_telling(scope, request, || ()).await
    }

    /// As [`Transport::send`]. `leaves` is called before each attempt, when nothing holds it back any more.
    pub(crate) async fn send_telling(
        &self,
        scope: &Scope,
        mut request: Request,
        mut leaves: impl FnMut() + Send,
    ) -> Result<Answer> {
        let mut call = self.call(&request);
        let mut formed = |_: &mut Request| {
            leaves();
            true
        };
        self.send_formed(scope, &mut request, &mut call, &mut formed).await
    }

    /// As [`Transport::send`], for a request that is formed at the last moment: when nothing holds it back any more, `form`
    /// fills in what it says, or returns false, and nothing is sent. `None`: `form` returned false.
    pub(crate) async fn send_when_due(
        &self,
        scope: &Scope,
        mut request: Request,
        mut form: impl FnMut(&mut Request) -> bool + Send,
    ) -> Option<Result<Answer>> {
        let mut call = self.call(&request);
        let mut nothing = false;
        let mut formed = |request: &mut Request| {
            nothing = !form(request);
            !nothing
        };
        let result = self.send_formed(scope, &mut request, &mut call, &mut formed).await;
        (!nothing).then_some(result)
    }

    fn call(&self, request: &Request) -> Call {
        Call {
            method: request.method.as_str(),
            path: self.path(&request.path),
            request_id: uuid::Uuid::new_v4().to_string(),
            attempts: 0,
            late: false,
        }
    }

    /// Calls `form` before each attempt, when the limiter has let the request in.
    async fn send_formed(
        &self,
        scope: &Scope,
        request: &mut Request,
        call: &mut Call,
        form: &mut (dyn FnMut(&mut Request) -> bool + Send),
    ) -> Result<Answer> {
        let (start, waited_before) = (Instant::now(), scope.waited());
        let mut last: Option<Box<Error>> = None;
        let mut renewed_token = false;
        let priority = if request.method == Method::Get { Priority::Read } else { Priority::Write };
        loop {
            // Another call may be fetching it.
            let token = match scope.run(self.token(scope, request)).await {
                Ok(Ok(token)) => token,
                Err(stop) => return Err(Error::Stopped { call: Box::new(call.clone()), stop, last }),
                Ok(Err(error @ Error::Stopped { .. })) => return Err(error),
                Ok(Err(error)) => {
                    let (call, reason) = (Box::new(call.clone()), NotSentReason::Other);
                    return Err(Error::NotSent { call, reason, cause: Box::new(error) });
                }
            };
            let closed_before = self.limiter.closed_so_far();
            let entered = scope.run(self.limiter.enter(priority)).await;
            let waited = match &entered {
                Ok(permit) => permit.waited,
                Err(_) => self.limiter.closed_so_far() - closed_before,
            };
            scope.count_wait(waited);
            self.counts.waited(waited.total());
            if waited.total() > Duration::from_secs(1) {
                let pace_ms = waited.pace.as_millis() as u64;
                let throttled_ms = waited.throttled.as_millis() as u64;
                tracing::debug!(
                    method = call.method,
                    path = call.path,
                    pace_ms,
                    throttled_ms,
                    "held back by the pace of requests or a pause"
                );
            }
            let permit = match (entered, scope.stop()) {
                (Ok(permit), None) => permit,
                // The end and the permit may come at once, and after the end nothing is sent.
                (Err(stop), _) | (Ok(_), Some(stop)) => {
                    return Err(Error::Stopped { call: Box::new(call.clone()), stop, last });
                }
            };
            if !form(request) {
                permit.unused();
                return Err(Error::Stopped { call: Box::new(call.clone()), stop: Stop::Cancelled, last });
            }
            // Only now is it certain what the request is about.
            call.path = self.path(&request.path);
            call.attempts += 1;
            self.counts.sent(request, call.attempts);
            let failed = match self.attempt(scope, request, call, token).await {
                Ok(answer) => {
                    permit.succeeded();
                    return Ok(answer);
                }
                Err(failed) => failed,
            };
            if let Some(token) = failed.refused_token.filter(|_| !renewed_token) {
                drop(permit);
                renewed_token = true;
                if let Err(stop) = scope.run(self.tokens.refused(&token)).await {
                    let last = Some(Box::new(failed.error));
                    return Err(Error::Stopped { call: Box::new(call.clone()), stop, last });
                }
                continue;
            }
            call.late |= failed.error.may_take_effect();
            let throttled = failed.error.status() == Some(429);
            // Other requests of the call wait, too, perhaps at the same time.
            let waited = (scope.waited() - waited_before).total().min(start.elapsed());
            // The limiter closes before the permit is given back, so that no request enters in between.
            let pause = self.pause_after(request, call, failed.error, waited);
            if throttled {
                permit.throttled();
                self.counts.throttled();
            }
            drop(permit);
            let pause = pause?;
            last = Some(Box::new(pause.error));
            // The limiter keeps a pause that holds for all requests, and counts it for each.
            if !pause.everybody {
                self.counts.waited(pause.length);
            }
            if !pause.everybody
                && let Err(stop) = scope.sleep(pause.length).await
            {
                return Err(Error::Stopped { call: Box::new(call.clone()), stop, last });
            }
        }
    }

    /// Decides what follows a failed attempt: an error for the caller, or a pause.
    fn pause_after(&self, request: &Request, call: &Call, error: Error, waited: Duration) -> Result<Pause> {
        let everybody = error.status() == Some(429);
        let next = self.next(&error, call.attempts);
        if let (true, Next::After(length)) = (everybody, &next) {
            self.limiter.pause(*length);
            if *length >= LONG_PAUSE {
                let pause = crate::error::seconds(*length);
                tracing::warn!(pause, "Atlan limits requests: everybody waits");
            }
        }
        if let Next::TooLong(retry_after) = next {
            let retry_max_wait = self.policy.retry_max_wait;
            let (call, last) = (Box::new(call.clone()), Box::new(error));
            return Err(Error::PauseTooLong { call, retry_after, retry_max_wait, last });
        }
        match (request.repeat, next) {
            (Repeat::Never, _) | (_, Next::Stop) => Err(error),
            (_, Next::After(length)) => Ok(Pause { length, everybody, error }),
            _ => Err(Error::GaveUp { call: Box::new(call.clone()), waited, last: Box::new(error) }),
        }
    }

    /// What the policy says about a request that is repeated elsewhere.
    pub(crate) fn next(&self, error: &Error, attempts: u32) -> Next {
        self.policy.next(error, attempts, retry::jitter())
    }

    /// A pause before the next attempt of a request that is repeated elsewhere.
    pub(crate) fn backoff(&self, attempts: u32) -> Duration {
        self.policy.pause(attempts, retry::jitter())
    }

    async fn token(&self, scope: &Scope, request: &Request) -> Result<Option<Secret>> {
        if !request.authenticated {
            return Ok(None);
        }
        let fetch = async |request: Request| Box::pin(self.send(scope, request)).await;
        let token = self.tokens.bearer(fetch).await?;
        self.mask.learn(&token);
        Ok(Some(token))
    }

    /// One attempt: sends the request, reads the answer, logs both, and tells success from failure.
    async fn attempt(
        &self,
        scope: &Scope,
        request: &Request,
        call: &Call,
        token: Option<Secret>,
    ) -> Result<Answer, Failed> {
        let start = Instant::now();
        let result = self.exchange(scope, request, call, token.as_ref()).await;
        let elapsed_ms = start.elapsed().as_millis() as u64;
        let Call { method, path, request_id, attempts: attempt, .. } = call;
        match &result {
            Ok(exchange) => {
                let status = exchange.status;
                tracing::debug!(method, path, status, attempt, elapsed_ms, request_id, "request");
                self.trace(request, &exchange.body);
            }
            Err(error) => {
                // The text of the cause comes from the HTTP library and holds no URL.
                let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
                tracing::debug!(method, path, attempt, elapsed_ms, request_id, error = %error, cause, "request");
            }
        }
        let Exchange { status, body, date, retry_after, location } = result?;
        if let Some(date) = date {
            *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = Some((date, Instant::now()));
        }
        if (200..300).contains(&status) {
            let title = page_title(&body, &self.mask);
            return Ok(Answer { call: call.clone(), status, body, date, title });
        }
        let retry_after =
            retry_after.and_then(|value| retry::retry_after(&value, date.unwrap_or_else(Timestamp::now)));
        let redirect = location.and_then(|location| self.config.base_url.join(&location).ok());
        let refusal = refusal(call.clone(), status, &body, retry_after, redirect.as_ref(), &self.mask);
        let refused_token = token.filter(|_| status == 401 && self.tokens.renewable());
        Err(Failed { error: Error::Refused(Box::new(refusal)), refused_token })
    }

    fn trace(&self, request: &Request, body: &[u8]) {
        if !tracing::enabled!(tracing::Level::TRACE) {
            return;
        }
        let query =
            request.query.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&");
        let sent = request.body.as_ref().map(ToString::to_string).unwrap_or_default();
        tracing::trace!(query = self.mask.apply(&query), body = self.mask.apply(&sent), "request body");
        tracing::trace!(body = self.mask.apply(&String::from_utf8_lossy(body)), "answer body");
    }
}

/// A wait before the next attempt.
struct Pause {
    length: Duration,
    /// All requests wait, not this one alone.
    everybody: bool,
    error: Error,
}
