//! Faults: rules that make matching requests fail the way networks, gateways and overloaded services do.
//!
//! Rules are tried in order. The first rule that matches a request and is due handles it; later rules do not apply to
//! it. A rule acts in this order: wait (`delay`, `hold` before), let the request take effect or not, wait (`hold` after),
//! then answer, answer something else, or break the connection. A fault does not know what the request means.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::pattern;
use crate::reply::{Payload, Refusal, Reply, page};
use crate::settings::Settings;
use crate::state::mix;

/// Whether something happens before or after a request takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Before the request takes effect; with a broken connection it then never does.
    Before,
    /// After the request took effect.
    After,
}

/// One fault: which requests it matches, and what it does to them. As JSON, an element of `PUT /_sim/faults`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// Method to match; none matches all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Path to match, `/api/service/…` included, `*` for any run of characters; none matches all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Text to match in the body, as sent, such as an address; none matches all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_has: Option<String>,
    /// Answer with this status. The request takes no effect unless `applied` or `late` says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Body of that answer: a string goes out as text, all else as JSON. Default: the tenant's own error body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Answer with the page of a gateway in place of JSON.
    pub html: bool,
    /// `Location`: where the client is sent instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// `Retry-After`: a number of seconds, written as the setting `rate_limit_header` says, or a text sent as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<RetryAfter>,
    /// Send only so many bytes of the body, then close the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<usize>,
    /// Wait before anything else: milliseconds, or a text such as `"1.5s"`.
    #[serde(with = "crate::duration", skip_serializing_if = "Option::is_none")]
    pub delay: Option<Duration>,
    /// Wait until the rule is replaced, cleared or released.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Moment>,
    /// Close the connection without an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop: Option<Moment>,
    /// With `status`: the request takes effect all the same.
    pub applied: bool,
    /// With `status` or `drop: before`: the request takes effect this long after it failed, on the tenant's clock.
    #[serde(with = "crate::duration", skip_serializing_if = "Option::is_none")]
    pub late: Option<Duration>,
    /// Number of matching requests to let pass first.
    pub after_n: u64,
    /// Number of requests to act on; after them the rule does nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Act on this share of the matching requests, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Seed of the random numbers: the same seed selects the same requests.
    pub seed: u64,
}

/// Value of `Retry-After`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RetryAfter {
    /// Seconds from now.
    Seconds(u64),
    /// The header, word for word.
    Text(String),
}

impl Rule {
    /// A rule for requests with this method and path; `*` stands for any.
    pub fn on(method: &str, path: &str) -> Self {
        let given = |text: &str| (text != "*").then(|| text.to_owned());
        Self { method: given(method), path: given(path), ..Self::default() }
    }

    /// Match only requests whose body contains this text.
    #[must_use]
    pub fn body_has(self, text: &str) -> Self {
        Self { body_has: Some(text.to_owned()), ..self }
    }

    /// Answer with the page of a gateway in place of JSON.
    #[must_use]
    pub fn html(self) -> Self {
        Self { html: true, ..self }
    }

    /// Answer with 302 and this `Location`; the request takes no effect.
    #[must_use]
    pub fn redirect(self, location: &str) -> Self {
        Self { status: Some(302), location: Some(location.to_owned()), ..self }
    }

    /// Answer with `status`; the request takes no effect.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Tell the client to wait for this many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(RetryAfter::Seconds(seconds)), ..self }
    }

    /// The request takes effect although the answer is an error.
    #[must_use]
    pub fn applied(self) -> Self {
        Self { applied: true, ..self }
    }

    /// The request takes effect `late` after it failed.
    #[must_use]
    pub fn late(self, late: Duration) -> Self {
        Self { late: Some(late), ..self }
    }

    /// Close the connection without an answer.
    #[must_use]
    pub fn drop(self, moment: Moment) -> Self {
        Self { drop: Some(moment), ..self }
    }

    /// Wait before anything else.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay: Some(delay), ..self }
    }

    /// Cut the body of the answer short.
    #[must_use]
    pub fn truncate(self, bytes: usize) -> Self {
        Self { truncate: Some(bytes), ..self }
    }

    /// Act on this many requests only.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }

    /// Let this many matching requests pass first.
    #[must_use]
    pub fn after_n(self, passed: u64) -> Self {
        Self { after_n: passed, ..self }
    }

    /// Act on a share of the matching requests, the same ones for the same seed.
    #[must_use]
    pub fn probability(self, share: f64, seed: u64) -> Self {
        Self { probability: Some(share), seed, ..self }
    }

    /// # Errors
    /// Says what makes no sense about the rule.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err("status is between 200 and 599".into());
        }
        if self.probability.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err("probability is between 0 and 1".into());
        }
        if self.status.is_some() && self.drop.is_some() {
            return Err("a rule answers with a status or drops the connection, not both".into());
        }
        if self.status.is_none()
            && (self.applied
                || self.body.is_some()
                || self.html
                || self.location.is_some()
                || self.retry_after.is_some())
        {
            return Err("applied, body, html, location and retry_after need a status".into());
        }
        // HTTP could not carry such an answer.
        let printable = |text: &String| text.bytes().all(|byte| byte.is_ascii_graphic());
        if !self.location.as_ref().is_none_or(printable) {
            return Err("location is a URL".into());
        }
        if self.late.is_some() && (self.applied || self.drop == Some(Moment::After)) {
            return Err("a request takes effect at once or late, not both".into());
        }
        if self.late.is_some() && self.status.is_none() && self.drop.is_none() {
            return Err("late needs a status or drop: before".into());
        }
        Ok(())
    }

    fn matches(&self, method: &str, path: &str, body: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted == "*" || wanted.eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|wanted| pattern::fits(wanted, path))
            && self.body_has.as_ref().is_none_or(|wanted| body.contains(wanted.as_str()))
    }
}

/// When a request that a rule took reaches the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Now,
    Never,
    Late(Duration),
}

/// A rule that took a request.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// Index of the rule, from 0.
    pub(crate) number: usize,
    pub(crate) rule: Rule,
    gate: CancellationToken,
}

impl Fault {
    /// Waits for the release if the rule holds at this moment.
    pub(crate) async fn hold(&self, moment: Moment) {
        if self.rule.hold == Some(moment) {
            self.gate.cancelled().await;
        }
    }

    pub(crate) fn effect(&self) -> Effect {
        match (self.rule.late, self.rule.drop, self.rule.status) {
            (Some(late), _, _) => Effect::Late(late),
            (None, Some(Moment::Before), _) => Effect::Never,
            (None, None, Some(_)) if !self.rule.applied => Effect::Never,
            _ => Effect::Now,
        }
    }

    /// The answer in place of the tenant's; `None` if the rule leaves the tenant's answer as it is.
    pub(crate) fn reply(&self, settings: &Settings, request_id: &str, now: Timestamp) -> Option<Reply> {
        let status = self.rule.status?;
        let mut reply = match &self.rule.body {
            Some(Value::String(text)) => Reply::new(status, Payload::Html(text.clone())),
            Some(body) => Reply::new(status, Payload::Json(body.clone())),
            None if self.rule.html => Reply::new(status, Payload::Html(page(status))),
            None => Refusal::new(status, "fault injected by the simulator")
                .reply(settings.error_shape, request_id),
        };
        reply.headers.extend(self.rule.location.clone().map(|location| ("location", location)));
        match &self.rule.retry_after {
            Some(RetryAfter::Seconds(seconds)) => {
                reply = reply.retry_after(*seconds, settings.rate_limit_header, now)
            }
            Some(RetryAfter::Text(text)) => reply.headers.push(("retry-after", text.clone())),
            None => {}
        }
        Some(reply)
    }
}

/// The rules in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    rule: Rule,
    /// Matching requests so far.
    seen: u64,
    /// Requests taken so far.
    taken: u64,
    gate: CancellationToken,
}

impl Drop for Armed {
    fn drop(&mut self) {
        self.gate.cancel(); // nothing else could release the requests that the rule holds
    }
}

impl Armed {
    fn takes(&mut self, method: &str, path: &str, body: &str) -> bool {
        let released = self.rule.hold.is_some() && self.gate.is_cancelled();
        if released || !self.rule.matches(method, path, body) {
            return false;
        }
        self.seen += 1;
        if self.seen <= self.rule.after_n || self.rule.count.is_some_and(|count| self.taken >= count) {
            return false;
        }
        let dice = mix(self.rule.seed ^ mix(self.seen)) >> 11;
        // 53 bits: exact as a float, evenly spread over 0 to 1.
        let hit = self.rule.probability.is_none_or(|share| (dice as f64) < share * (1_u64 << 53) as f64);
        self.taken += u64::from(hit);
        hit
    }
}

impl Faults {
    /// Replaces all rules with these, and releases the requests that the old rules held.
    pub(crate) fn replace(&mut self, rules: Vec<Rule>) {
        self.rules.clear();
        for rule in rules {
            self.add(rule);
        }
    }

    /// Adds a rule after the others. The token releases the requests that it holds.
    pub(crate) fn add(&mut self, rule: Rule) -> CancellationToken {
        let gate = CancellationToken::new();
        self.rules.push(Armed { rule, seen: 0, taken: 0, gate: gate.clone() });
        gate
    }

    pub(crate) fn rules(&self) -> Vec<Rule> {
        self.rules.iter().map(|armed| armed.rule.clone()).collect()
    }

    /// The rule that takes this request.
    pub(crate) fn take(&mut self, method: &str, path: &str, body: &str) -> Option<Fault> {
        let number = self.rules.iter_mut().position(|armed| armed.takes(method, path, body))?;
        let Armed { rule, gate, .. } = &self.rules[number];
        Some(Fault { number, rule: rule.clone(), gate: gate.clone() })
    }
}

#[cfg(test)]
mod tests;
