//! HTTP/2, as Atlan's front end speaks it: a stream that the server refuses was not processed, a stream that it cuts off may
//! have been.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atlan::{CaCertificates, Client, Config, Credentials, Error, NotSentReason, Secret, User};
use bytes::Bytes;
use h2::Reason;
use h2::server::SendResponse;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::servers::{Certificate, Server, Stream, serve_streams};
use crate::support::{ada, story};

/// What happens to the first invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    /// Its stream is reset for this reason.
    Reset(Reason),
    /// Its connection is closed, and the last stream that the server names came before.
    GoAway,
}

/// A tenant with the people who were invited.
#[derive(Default)]
struct Tenant {
    invited: Vec<Value>,
    connections: usize,
    /// Invitations that arrived, refused or not.
    posts: usize,
}

type Shared = Arc<Mutex<Tenant>>;

fn with<T>(tenant: &Shared, change: impl FnOnce(&mut Tenant) -> T) -> T {
    change(&mut tenant.lock().unwrap_or_else(PoisonError::into_inner))
}

async fn serve(stream: Stream, tenant: Shared, first: First) {
    let number = with(&tenant, |tenant| {
        tenant.connections += 1;
        tenant.connections
    });
    // The first connection serves the two reads before the invitation.
    if first == First::GoAway && number == 2 {
        with(&tenant, |tenant| tenant.posts += 1);
        return go_away(stream).await;
    }
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    let mut served = 0;
    while let Some(Ok((request, respond))) = connection.accept().await {
        served += 1;
        if first == First::GoAway && number == 1 && served == 2 {
            connection.graceful_shutdown();
        }
        tokio::spawn(answer(request, respond, Arc::clone(&tenant), first));
    }
}

async fn answer(
    request: http::Request<h2::RecvStream>,
    mut respond: SendResponse<Bytes>,
    tenant: Shared,
    first: First,
) {
    let mut body = request.into_parts();
    let mut received = Vec::new();
    while let Some(Ok(chunk)) = body.1.data().await {
        let _ = body.1.flow_control().release_capacity(chunk.len());
        received.extend_from_slice(&chunk);
    }
    let reply = match (body.0.method.as_str(), body.0.uri.path()) {
        ("GET", "/api/service/roles") => {
            list(&["$admin", "$member", "$guest"].map(|name| json!({ "id": &name[1..], "name": name })))
        }
        ("GET", _) => list(&with(&tenant, |tenant| tenant.invited.clone())),
        _ => {
            let posts = with(&tenant, |tenant| {
                tenant.posts += 1;
                tenant.posts
            });
            if let (First::Reset(reason), 1) = (first, posts) {
                respond.send_reset(reason);
                return;
            }
            let sent: Value = serde_json::from_slice(&received).expect("JSON");
            let email = sent["users"][0]["email"].clone();
            let user = json!({ "id": "u1", "email": email, "enabled": true, "emailVerified": false,
                "workspaceRole": "$member" });
            with(&tenant, |tenant| tenant.invited.push(user));
            String::new()
        }
    };
    let response = http::Response::builder().status(200).body(()).expect("a response");
    if let Ok(mut body) = respond.send_response(response, false) {
        let _ = body.send_data(Bytes::from(reply), true);
    }
}

fn list(records: &[Value]) -> String {
    json!({ "totalRecord": records.len(), "filterRecord": records.len(), "records": records }).to_string()
}

/// Closes the connection when a request has arrived, and says that no stream of it was processed.
async fn go_away(mut stream: Stream) {
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    // Eight bytes on stream 0: the last stream is 0, and the reason is "no error".
    const GO_AWAY: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let mut preface = [0; 24];
    let _ = stream.read_exact(&mut preface).await;
    let _ = stream.write_all(&SETTINGS).await;
    let mut header = [0; 9];
    while stream.read_exact(&mut header).await.is_ok() {
        let length = u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize;
        let mut payload = vec![0; length];
        let _ = stream.read_exact(&mut payload).await;
        if header[3] == 1 {
            let _ = stream.write_all(&GO_AWAY).await;
            let _ = stream.flush().await;
        }
    }
}

/// A tenant, and what became of an invitation in ten seconds. A lost answer would need longer.
async fn invited(first: First) -> (Shared, Server, Result<User, Error>) {
    let tenant = Shared::default();
    let shared = Arc::clone(&tenant);
    let (server, pem) = serve_streams(Certificate::OfServer, &[b"h2"], move |stream| {
        serve(stream, Arc::clone(&shared), first)
    })
    .await;
    let url = atlan::parse_base_url(&server.url).expect("a URL");
    let mut config = Config::new(url, Credentials::ApiKey(Secret::new("key")));
    config.ca_certificates = CaCertificates::from_pem(pem.as_bytes()).expect("readable");
    config.timing.backoff = Duration::from_millis(1);
    config.timing.poll = Duration::from_millis(1);
    if first == First::Reset(Reason::INTERNAL_ERROR) {
        config.request_timeout = Duration::from_millis(300);
        config.timing.absent_at_least = Duration::from_millis(300);
    }
    let client = Client::new(config).expect("good settings");
    let ada = ada();
    let call = tokio::time::timeout(Duration::from_secs(10), client.invite(&ada));
    let result = call.await.expect("no wait for a request that was not processed");
    (tenant, server, result)
}

#[tokio::test]
async fn a_refused_stream_was_not_processed_and_is_sent_again_at_once() {
    for first in [First::Reset(Reason::REFUSED_STREAM), First::GoAway] {
        let (tenant, _server, result) = invited(first).await;
        let user = result.unwrap_or_else(|error| panic!("{first:?}: {}", story(&error)));
        assert_eq!(user.email, "ada@example.com", "{first:?}");
        assert_eq!(with(&tenant, |tenant| (tenant.posts, tenant.invited.len())), (2, 1), "{first:?}");
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_off_may_have_been_processed() {
    let start = tokio::time::Instant::now();
    let (tenant, _server, result) = invited(First::Reset(Reason::INTERNAL_ERROR)).await;
    result.unwrap_or_else(|error| panic!("{}", story(&error)));
    assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
    assert_eq!(with(&tenant, |tenant| tenant.posts), 2);
}

#[tokio::test]
async fn the_error_says_that_the_stream_was_refused_each_time() {
    let (server, pem) = serve_streams(Certificate::OfServer, &[b"h2"], |stream| async move {
        let Ok(mut connection) = h2::server::handshake(stream).await else { return };
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            respond.send_reset(Reason::REFUSED_STREAM);
        }
    })
    .await;
    let url = atlan::parse_base_url(&server.url).expect("a URL");
    let mut config = Config::new(url, Credentials::ApiKey(Secret::new("key")));
    config.ca_certificates = CaCertificates::from_pem(pem.as_bytes()).expect("readable");
    config.max_retries = 0;
    let error = Client::new(config).expect("good settings").groups().await.expect_err("refused");
    assert!(
        matches!(error, Error::NotSent { reason: NotSentReason::StreamRefused, .. }),
        "{}",
        story(&error)
    );
    assert!(error.is_retryable());
}
