//! One attempt on the wire: sends the bytes and reads the answer.

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER};

use super::Transport;
use crate::connect;
use crate::error::{Call, Cause, Error, NotSentReason, Result};
use crate::request::{Method, Request};
use crate::retry;
use crate::scope::Scope;
use crate::secret::Secret;

/// Longest answer that is read, in bytes. A page of 100 records takes some hundred kilobytes.
const LONGEST_ANSWER: usize = 64 << 20;

impl Transport {
    /// Sends the bytes and reads the answer, whatever its status.
    pub(super) async fn exchange(
        &self,
        scope: &Scope,
        request: &Request,
        call: &Call,
        token: Option<&Secret>,
    ) -> Result<Exchange> {
        let not_sent = |cause: Cause| {
            let (call, reason) = (Box::new(call.clone()), NotSentReason::Other);
            Error::NotSent { call, reason, cause }
        };
        let outgoing = self.outgoing(request, call, token).map_err(not_sent)?;
        let exchange = async {
            let mut response = outgoing.send().await.map_err(|error| classify(call, error))?;
            let text =
                |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let mut exchange = Exchange {
                status: response.status().as_u16(),
                date: text(DATE).and_then(|date| retry::http_date(&date)),
                retry_after: text(RETRY_AFTER),
                location: text(LOCATION),
                body: Vec::new(),
            };
            while let Some(chunk) = response.chunk().await.map_err(|error| lost(call, error))? {
                if exchange.body.len() + chunk.len() > LONGEST_ANSWER {
                    let problem = format!("it is longer than {} MiB", LONGEST_ANSWER >> 20);
                    return Err(Error::Unreadable {
                        call: Box::new(call.clone()),
                        status: exchange.status,
                        problem,
                    });
                }
                exchange.body.extend_from_slice(&chunk);
            }
            Ok(exchange)
        };
        let timeout = self.config.request_timeout * request.patience;
        let timed = async {
            tokio::time::timeout(timeout, exchange).await.unwrap_or_else(|_| {
                let cause = format!("no answer within {}", crate::error::seconds(timeout)).into();
                Err(Error::Lost { call: Box::new(call.clone()), cause })
            })
        };
        // A read or a request for a token that is dropped half-way changes nothing.
        if request.method != Method::Get && request.authenticated {
            let result = timed.await;
            scope.note_answer();
            return result;
        }
        match scope.run(timed).await {
            Ok(result) => result,
            Err(stop) => Err(Error::Stopped { call: Box::new(call.clone()), stop, last: None }),
        }
    }

    fn outgoing(
        &self,
        request: &Request,
        call: &Call,
        token: Option<&Secret>,
    ) -> Result<reqwest::RequestBuilder, Cause> {
        let mut url = self.config.base_url.clone();
        url.set_path(&call.path);
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut outgoing = self.http()?.request(method, url).header("X-Atlan-Request-Id", &call.request_id);
        if let Some(token) = token {
            let mut value = reqwest::header::HeaderValue::from_str(&format!("Bearer {}", token.expose()))?;
            value.set_sensitive(true);
            outgoing = outgoing.header(AUTHORIZATION, value);
        }
        match (&request.body, request.method) {
            (Some(body), _) => {
                outgoing = outgoing.header(CONTENT_TYPE, "application/json").body(serde_json::to_vec(body)?);
            }
            (None, Method::Post | Method::Put) => outgoing = outgoing.header(CONTENT_LENGTH, "0"),
            (None, Method::Get | Method::Delete) => {}
        }
        Ok(outgoing)
    }

    fn http(&self) -> Result<&reqwest::Client, Cause> {
        if let Some(client) = self.http.get() {
            return Ok(client);
        }
        let client = connect::client(&self.config)?;
        // Two first requests may both build one; the second is dropped.
        Ok(self.http.get_or_init(|| client))
    }
}

/// Tells a request that the server never processed from one whose answer was lost. The former is proven only by a failure to
/// connect, or by a server that says so.
fn classify(call: &Call, error: reqwest::Error) -> Error {
    if error.is_connect() || error.is_builder() {
        let (reason, cause) = connect::reason(error);
        return Error::NotSent { call: Box::new(call.clone()), reason, cause };
    }
    if connect::is_unprocessed(&error) {
        let (reason, cause) = (NotSentReason::StreamRefused, Box::new(error.without_url()));
        return Error::NotSent { call: Box::new(call.clone()), reason, cause };
    }
    lost(call, error)
}

fn lost(call: &Call, error: reqwest::Error) -> Error {
    Error::Lost { call: Box::new(call.clone()), cause: Box::new(error.without_url()) }
}

/// An answer of any status, read to its end.
pub(super) struct Exchange {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    pub(super) date: Option<Timestamp>,
    pub(super) retry_after: Option<String>,
    pub(super) location: Option<String>,
}
