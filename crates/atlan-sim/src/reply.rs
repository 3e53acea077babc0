//! What the tenant answers: a [`Reply`], or a [`Refusal`] that becomes one in the error shape of the settings.

use std::fmt::Display;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::settings::{ErrorShape, RateLimitHeader, Settings, VoidBody};

/// An answer before it is bytes on a connection.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Payload,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Send only so many bytes of the body, then close the connection.
    pub(crate) cut: Option<usize>,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Payload {
    Empty,
    Json(Value),
    Html(String),
}

impl Reply {
    pub(crate) fn new(status: u16, body: Payload) -> Self {
        Self { status, body, headers: Vec::new(), cut: None }
    }

    /// 200 with JSON.
    pub(crate) fn ok(body: Value) -> Self {
        Self::new(200, Payload::Json(body))
    }

    /// 200 where no client reads the body.
    pub(crate) fn void(settings: &Settings) -> Self {
        let body = match settings.void_body {
            VoidBody::Empty => Payload::Empty,
            VoidBody::Object => Payload::Json(json!({})),
            VoidBody::Null => Payload::Json(Value::Null),
        };
        Self::new(200, body)
    }

    /// Adds a `Retry-After` header in the form that the settings ask for.
    pub(crate) fn retry_after(mut self, seconds: u64, form: RateLimitHeader, now: Timestamp) -> Self {
        let text = match form {
            RateLimitHeader::Seconds => seconds.to_string(),
            RateLimitHeader::Date => date_in(seconds, now),
            RateLimitHeader::None => return self,
        };
        self.headers.push(("retry-after", text));
        self
    }
}

/// A date as HTTP writes it.
pub(crate) fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The date this many seconds from now.
fn date_in(seconds: u64, now: Timestamp) -> String {
    let ahead = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    http_date(now.checked_add(ahead).unwrap_or(Timestamp::MAX))
}

/// The tenant refused the request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Display) -> Self {
        Self { status, message: message.to_string() }
    }

    pub(crate) fn bad_request(message: impl Display) -> Self {
        Self::new(400, message)
    }

    pub(crate) fn unauthorized(message: impl Display) -> Self {
        Self::new(401, message)
    }

    pub(crate) fn forbidden(message: impl Display) -> Self {
        Self::new(403, message)
    }

    pub(crate) fn not_found(message: impl Display) -> Self {
        Self::new(404, message)
    }

    pub(crate) fn conflict(message: impl Display) -> Self {
        Self::new(409, message)
    }

    /// The answer in the shape the settings ask for.
    pub(crate) fn reply(&self, shape: ErrorShape, request_id: &str) -> Reply {
        let Self { status, message } = self;
        let body = match shape {
            ErrorShape::CodeMessage => {
                Payload::Json(json!({ "code": status, "message": message, "requestId": request_id }))
            }
            ErrorShape::ErrorCode => Payload::Json(json!({
                "errorCode": format!("ATLAN-{status}-00-000"), "errorMessage": message, "errorId": request_id,
            })),
            ErrorShape::Bare => Payload::Json(json!({ "error": message })),
            ErrorShape::Html => Payload::Html(page(*status)),
            ErrorShape::Empty => Payload::Empty,
        };
        Reply::new(*status, body)
    }
}

/// The page a gateway shows in place of an answer.
pub(crate) fn page(status: u16) -> String {
    let reason =
        hyper::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Error");
    format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n\
         <hr><center>gateway</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// What a rule of the tenant returns.
pub(crate) type Outcome<T> = Result<T, Refusal>;
