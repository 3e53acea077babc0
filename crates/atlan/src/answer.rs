//! Atlan's answers: reads a body that should be JSON, and interprets the body of a refusal.
//!
//! Atlan publishes no schema of its error bodies, so nothing here depends on one: the status decides, and any text
//! that is found is shown. The keys that are tried are those of Atlan's own SDKs
//! (`atlan-python:pyatlan/client/atlan.py`, `atlan-java:…/AtlanError.java`, `atlan-go:atlan/assets/errors.go`).

use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::error::{Call, Error, Origin, Refusal, Result};
use crate::redact::{Mask, cut};

/// Longest message quoted in an error, in bytes.
const LONGEST_MESSAGE: usize = 600;

/// A complete answer with a status of success.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) call: Call,
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The server's clock, from its `Date` header.
    pub(crate) date: Option<Timestamp>,
    /// The title of the page that came in place of JSON, secrets masked.
    pub(crate) title: Option<String>,
}

impl Answer {
    /// The body as JSON of a known shape.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| self.unreadable(self.problem(&error)))
    }

    /// Accepts the answer of a write that carries no data: an empty body, or any JSON. A page of HTML didn't come from
    /// the API, whatever its status says.
    pub(crate) fn void(&self) -> Result<()> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        self.json::<serde::de::IgnoredAny>().map(|_| ())
    }

    pub(crate) fn unreadable(&self, problem: impl Into<String>) -> Error {
        Error::Unreadable { call: Box::new(self.call.clone()), status: self.status, problem: problem.into() }
    }

    fn problem(&self, error: &serde_json::Error) -> String {
        let text = String::from_utf8_lossy(&self.body);
        if text.trim().is_empty() {
            "the body is empty".to_owned()
        } else if looks_like_html(&text) {
            match &self.title {
                Some(title) => format!("it is an HTML page titled \"{title}\" instead of JSON"),
                None => "it is an HTML page instead of JSON".to_owned(),
            }
        } else if error.is_eof() {
            format!("the JSON is cut off after {} bytes", self.body.len())
        } else {
            // The library's text may quote values, so only the place is named.
            format!(
                "the JSON does not have the expected shape (line {}, column {})",
                error.line(),
                error.column()
            )
        }
    }
}

/// Makes sense of an answer that is not success.
pub(crate) fn refusal(
    call: Call,
    status: u16,
    body: &[u8],
    retry_after: Option<Duration>,
    redirect: Option<&Url>,
    mask: &Mask,
) -> Refusal {
    let text = String::from_utf8_lossy(body);
    let redirect = redirect.filter(|_| (300..400).contains(&status)).map(|target| {
        let mut target = target.clone();
        target.set_query(None);
        target.set_fragment(None);
        // Both fail only for a URL without a host, which has no credentials.
        let _ = target.set_username("");
        let _ = target.set_password(None);
        mask.apply(target.as_str())
    });
    let mut refusal = Refusal {
        call,
        status,
        message: None,
        code: None,
        incident: None,
        retry_after,
        origin: Origin::Unknown,
        redirect,
    };
    match serde_json::from_str::<Value>(&text) {
        Ok(Value::Object(fields)) => {
            refusal.origin = Origin::Api;
            let text_of = |keys: &[&str]| keys.iter().find_map(|key| fields.get(*key).and_then(plain_text));
            refusal.message = text_of(&[
                "errorMessage",
                "message",
                "errorCause",
                "error_description",
                "error",
                "info",
                "description",
            ]);
            refusal.code =
                text_of(&["errorCode", "code", "status"]).filter(|code| *code != status.to_string());
            refusal.incident = text_of(&["errorId", "requestId"]);
        }
        Ok(Value::String(message)) => refusal.message = Some(message),
        Ok(_) => {}
        Err(_) if looks_like_html(&text) => {
            refusal.origin = Origin::Gateway;
            refusal.message = Some(match html_text(&text) {
                words if words.is_empty() => "an HTML page without text".to_owned(),
                words => format!("an HTML page: {words}"),
            });
        }
        Err(_) => refusal.message = Some(text.trim().to_owned()),
    }
    let clean = |text: String| {
        let masked = mask.apply(&text.split_whitespace().collect::<Vec<_>>().join(" "));
        let (kept, dropped) = cut(&masked, LONGEST_MESSAGE);
        if dropped > 0 { format!("{kept}…") } else { kept.to_owned() }
    };
    refusal.message = refusal.message.map(clean).filter(|message| !message.is_empty());
    refusal.code = refusal.code.map(clean);
    refusal.incident = refusal.incident.map(clean);
    refusal
}

fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn looks_like_html(text: &str) -> bool {
    let start = text.trim_start().get(..15).unwrap_or(text.trim_start()).to_ascii_lowercase();
    start.starts_with("<!doctype")
        || start.starts_with("<html")
        || start.starts_with("<head")
        || start.starts_with("<body")
}

/// The title of an HTML page, with secrets masked. `None`: no title, or no page.
pub(crate) fn page_title(body: &[u8], mask: &Mask) -> Option<String> {
    let html = String::from_utf8_lossy(body);
    if !looks_like_html(&html) {
        return None;
    }
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower[start..].find("</title>")?;
    let title = html[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then(|| cut(&mask.apply(&title), 120).0.to_owned())
}

/// What a page says, without its tags.
fn html_text(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for character in html.chars() {
        match character {
            '<' => {
                in_tag = true;
                text.push(' ');
            }
            '>' if in_tag => in_tag = false,
            _ if !in_tag => text.push(character),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn call() -> Call {
        Call {
            method: "GET",
            path: "/api/service/users".into(),
            request_id: "r-1".into(),
            attempts: 1,
            late: false,
        }
    }

    fn read(status: u16, body: &str) -> (Option<String>, Option<String>, Option<String>) {
        let refusal = refusal(call(), status, body.as_bytes(), None, None, &Mask::default());
        (refusal.message, refusal.code, refusal.incident)
    }

    #[test]
    fn every_known_error_body_gives_its_message() {
        let some = |text: &str| Some(text.to_owned());
        let cases = [
            (r#"{"code":404,"message":"gone","requestId":"q"}"#, (some("gone"), None, some("q"))),
            (
                r#"{"errorCode":"A-1","errorMessage":"no","errorId":"i"}"#,
                (some("no"), some("A-1"), some("i")),
            ),
            (r#"{"error":"bare"}"#, (some("bare"), None, None)),
            (r#""text""#, (some("text"), None, None)),
            ("plain words\n", (some("plain words"), None, None)),
            (
                "<!DOCTYPE html><html><title>404</title><body><p>Not here</p></body></html>",
                (some("an HTML page: 404 Not here"), None, None),
            ),
            ("", (None, None, None)),
            ("[]", (None, None, None)),
            (r#"{"message":{"nested":1}}"#, (None, None, None)),
        ];
        for (body, expected) in cases {
            assert_eq!(read(404, body), expected, "{body}");
        }
    }

    #[test]
    fn a_redirect_names_its_target_without_what_may_be_secret() {
        let target =
            Url::parse("https://ada:hunter2@login.example.com/auth?state=canary#canary").expect("a URL");
        let said = |status| refusal(call(), status, b"", None, Some(&target), &Mask::default()).to_string();
        assert_eq!(
            said(302),
            "GET /api/service/users was redirected with 302 to https://login.example.com/auth (request id r-1)"
        );
        assert_eq!(said(400), "GET /api/service/users was refused with 400 and no message (request id r-1)");
    }

    #[test]
    fn a_message_that_echoes_our_key_is_masked_and_long_ones_are_cut() {
        let mask = Mask::default();
        mask.learn(&Secret::new("canary-0c5e"));
        let body = format!(r#"{{"message":"bad key canary-0c5e {}"}}"#, "x".repeat(2000));
        let message = refusal(call(), 401, body.as_bytes(), None, None, &mask).message.expect("a message");
        assert!(!message.contains("canary"), "{message}");
        assert!(message.len() < 700, "{}", message.len());
    }

    #[test]
    fn unreadable_bodies_are_named_for_what_they_are() {
        let problem = |body: &str| {
            let title = page_title(body.as_bytes(), &Mask::default());
            let answer = Answer { call: call(), status: 200, body: body.into(), date: None, title };
            answer.json::<Vec<u8>>().expect_err("unreadable").to_string()
        };
        assert!(problem("<html><title>Sign in</title>").contains("an HTML page titled \"Sign in\""));
        assert!(problem("[1, 2").contains("cut off after 5 bytes"));
        assert!(problem("").contains("the body is empty"));
        assert!(problem(r#"["secret"]"#).contains("expected shape (line 1"));
        assert!(!problem(r#"["secret"]"#).contains("secret"));
    }

    #[test]
    fn void_answers_are_nothing_or_json() {
        for (body, accepted) in
            [("", true), ("{}", true), ("null", true), (" \n", true), ("<html>", false), ("{", false)]
        {
            let answer = Answer { call: call(), status: 200, body: body.into(), date: None, title: None };
            assert_eq!(answer.void().is_ok(), accepted, "{body:?}");
        }
    }
}
