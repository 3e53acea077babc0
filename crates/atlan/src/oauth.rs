//! Bearer tokens: a fixed API key, or tokens of an OAuth client, fetched when first needed, shared, and renewed
//! before they expire.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::config::Credentials;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::secret::Secret;

/// Lifetime of a token if the answer names none; Atlan's Python SDK assumes the same.
const ASSUMED_LIFE: u64 = 600;
/// Longest lifetime that counts, in seconds. It is longer than a run; a huge one would overflow the clock.
const LONGEST_LIFE: u64 = 24 * 60 * 60;

#[derive(Debug)]
pub(crate) struct Tokens {
    credentials: Credentials,
    /// Held while a token is fetched, so that all calls wait for one request.
    current: Mutex<Current>,
}

#[derive(Debug, Default)]
enum Current {
    #[default]
    None,
    Token(Token),
    /// Why the last request for a token failed, and when it ended.
    Failure {
        ended: Instant,
        error: Error,
    },
}

#[derive(Clone, Debug)]
struct Token {
    secret: Secret,
    renew_at: Instant,
}

impl Tokens {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self { credentials, current: Mutex::default() }
    }

    /// Whether a token that was refused can be replaced by a new one.
    pub(crate) fn renewable(&self) -> bool {
        matches!(self.credentials, Credentials::OAuth { .. })
    }

    /// The token to send; `fetch` makes the request for a new one. Calls that wait for that request share its failure, too.
    pub(crate) async fn bearer(&self, fetch: impl AsyncFnOnce(Request) -> Result<Answer>) -> Result<Secret> {
        let (client_id, client_secret) = match &self.credentials {
            Credentials::ApiKey(key) => return Ok(key.clone()),
            Credentials::OAuth { client_id, client_secret } => (client_id, client_secret),
        };
        let called = Instant::now();
        let mut current = self.current.lock().await;
        match &*current {
            Current::Token(token) if Instant::now() < token.renew_at => return Ok(token.secret.clone()),
            Current::Failure { ended, error } if called < *ended => return Err(error.duplicate()),
            _ => {}
        }
        let granted = granted(client_id, client_secret, fetch).await;
        *current = match &granted {
            Ok(token) => Current::Token(token.clone()),
            // The end of one call says nothing to the others.
            Err(Error::Stopped { .. }) => Current::None,
            Err(error) => Current::Failure { ended: Instant::now(), error: error.duplicate() },
        };
        granted.map(|token| token.secret)
    }

    /// Drops a token that was refused, unless it was already replaced.
    pub(crate) async fn refused(&self, refused: &Secret) {
        let mut current = self.current.lock().await;
        if matches!(&*current, Current::Token(token) if token.secret.expose() == refused.expose()) {
            *current = Current::None;
        }
    }
}

/// Asks for a token.
async fn granted(
    client_id: &str,
    client_secret: &Secret,
    fetch: impl AsyncFnOnce(Request) -> Result<Answer>,
) -> Result<Token> {
    let body = json!({ "clientId": client_id, "clientSecret": client_secret.expose() });
    let asked_at = Instant::now();
    let answer = fetch(Request::set("oauth-clients/token", Some(body)).without_token()).await?;
    let granted: Granted = answer.json()?;
    let secret = granted.access_token.filter(|token| {
        // A token that cannot be a header value is of no use.
        !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
    });
    let Some(secret) = secret.map(Secret::new) else {
        return Err(answer.unreadable("`accessToken` is missing or not a token"));
    };
    let life = Duration::from_secs(granted.expires_in.unwrap_or(ASSUMED_LIFE).min(LONGEST_LIFE));
    Ok(Token { secret, renew_at: asked_at + renew_after(life) })
}

/// A token is renewed when a tenth of its life is left, but at most a minute before its end: a request may still wait in the
/// queue after it got the token.
fn renew_after(life: Duration) -> Duration {
    life - (life / 10).min(Duration::from_secs(60))
}

/// The answer; Atlan's Python SDK accepts both spellings.
#[derive(Deserialize)]
struct Granted {
    #[serde(rename = "accessToken", alias = "access_token")]
    access_token: Option<String>,
    #[serde(rename = "expiresIn", alias = "expires_in")]
    expires_in: Option<u64>,
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::error::Call;

    fn oauth() -> Tokens {
        let client_secret = Secret::new("hush-hush");
        Tokens::new(Credentials::OAuth { client_id: "oauth-client-1".into(), client_secret })
    }

    fn answer(body: &str) -> Answer {
        let call =
            Call { method: "POST", path: "/t".into(), request_id: "r".into(), attempts: 1, late: false };
        Answer { call, status: 200, body: body.into(), date: None, title: None }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_fetched_once_and_renewed_before_it_lapses() {
        let tokens = oauth();
        let fetched = AtomicUsize::new(0);
        let fetch = async |request: Request| {
            assert!(!request.authenticated);
            tokio::time::sleep(Duration::from_secs(1)).await;
            let number = fetched.fetch_add(1, Ordering::Relaxed);
            Ok(answer(&format!(r#"{{"accessToken":"token-{number}","expiresIn":600}}"#)))
        };
        let (first, second) = tokio::join!(tokens.bearer(fetch), tokens.bearer(fetch));
        assert_eq!(first.expect("a token").expose(), "token-0");
        assert_eq!(second.expect("a token").expose(), "token-0");
        tokio::time::advance(Duration::from_secs(530)).await;
        assert_eq!(tokens.bearer(fetch).await.expect("a token").expose(), "token-0");
        tokio::time::advance(Duration::from_secs(20)).await;
        assert_eq!(tokens.bearer(fetch).await.expect("a token").expose(), "token-1");
        let for_ever = format!(r#"{{"accessToken":"last","expiresIn":{}}}"#, u64::MAX);
        assert_eq!(
            oauth().bearer(async |_: Request| Ok(answer(&for_ever))).await.expect("a token").expose(),
            "last"
        );
    }

    /// Each of them would try for as long as the first, one after the other.
    #[tokio::test(start_paused = true)]
    async fn calls_that_wait_for_a_token_share_its_failure_and_a_later_call_asks_again() {
        let tokens = oauth();
        let asked = AtomicUsize::new(0);
        let fetch = async |_: Request| {
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(20)).await;
            Ok(answer("{}"))
        };
        let (first, second) = tokio::join!(tokens.bearer(fetch), tokens.bearer(fetch));
        assert!(first.is_err() && second.is_err(), "{first:?} {second:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert!(tokens.bearer(fetch).await.is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_refused_token_is_dropped_once() {
        let tokens = oauth();
        let token = async |_: Request| Ok(answer(r#"{"access_token":"first"}"#));
        let first = tokens.bearer(token).await.expect("a token");
        tokens.refused(&Secret::new("older")).await;
        let same = tokens.bearer(async |_: Request| Ok(answer("{}"))).await.expect("still there");
        assert_eq!(same.expose(), "first");
        tokens.refused(&first).await;
        let error = tokens.bearer(async |_: Request| Ok(answer("{}"))).await.expect_err("no token in it");
        assert!(error.to_string().contains("`accessToken` is missing"), "{error}");
    }
}
