//! Sockets and HTTP/1.1: accepts, reads whole requests, writes answers, and breaks connections where a fault asks for it.
//!
//! The control routes and the page are for this machine only: a request from an address that is not loopback is refused.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use crate::control;
use crate::exchange::{Dropped, REQUEST_ID, Shared, exchange, request_id};
use crate::page;
use crate::reply::{Payload, Reply, http_date};

/// Serves connections for ever.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) -> Infallible {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                tokio::spawn(converse(stream, peer, Arc::clone(&shared)));
            }
            Err(error) => {
                // Out of file descriptors, most likely: give the open connections a chance to end.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        }
    }
}

async fn converse(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot switch off Nagle's algorithm");
    }
    let service = service_fn(move |request| respond(request, peer, Arc::clone(&shared)));
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection ended");
    }
}

async fn respond(
    request: Request<Incoming>,
    peer: SocketAddr,
    shared: Arc<Shared>,
) -> Result<Response<Sending>, Dropped> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
    let request_id = request_id(&parts.headers);
    let path = parts.uri.path();
    let clock = shared.clock.clone();
    let near = peer.ip().to_canonical().is_loopback();
    let reply = if path == "/_sim" || path.starts_with("/_sim/") {
        if near {
            control::answer(&shared, &parts.method, path, &body)
        } else {
            from_afar("control routes answer")
        }
    } else if path == page::PATH && [Method::GET, Method::HEAD].contains(&parts.method) {
        if near { page::answer(&shared) } else { from_afar("the page answers") }
    } else {
        let exchange = exchange(shared, parts, body, request_id.clone(), peer.ip().to_canonical());
        tokio::spawn(exchange).await.unwrap_or(Err(Dropped))?
    };
    response(reply, &request_id, clock.timestamp())
}

fn from_afar(what: &str) -> Reply {
    Reply::new(403, Payload::Json(json!({ "error": format!("{what} to this machine only") })))
}

/// An answer on the wire. Its `Date` is the tenant's, as its records' times are.
fn response(reply: Reply, request_id: &str, now: Timestamp) -> Result<Response<Sending>, Dropped> {
    let (kind, bytes) = match reply.body {
        Payload::Empty => (None, Bytes::new()),
        Payload::Json(value) => (Some("application/json"), Bytes::from(value.to_string())),
        Payload::Html(text) => (Some("text/html"), Bytes::from(text)),
    };
    let mut response = Response::builder()
        .status(reply.status)
        .header(REQUEST_ID, request_id)
        .header("date", http_date(now));
    if let Some(kind) = kind {
        response = response.header("content-type", kind);
    }
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Sending::new(bytes, reply.cut)).map_err(|error| {
        tracing::warn!(%error, "an answer that HTTP cannot carry");
        Dropped
    })
}

/// The bytes of an answer. A truncated answer announces its full length, sends some bytes, and fails, which closes the
/// connection.
#[derive(Debug)]
struct Sending {
    left: Option<Bytes>,
    announced: u64,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    /// First let the written bytes reach the socket.
    Flush,
    Break,
}

impl Sending {
    fn new(bytes: Bytes, cut: Option<usize>) -> Self {
        let announced = bytes.len() as u64;
        match cut.filter(|cut| *cut < bytes.len()) {
            Some(cut) => Self { left: Some(bytes.slice(..cut)), announced, end: End::Flush },
            None => Self { left: Some(bytes), announced, end: End::Whole },
        }
    }
}

impl hyper::body::Body for Sending {
    type Data = Bytes;
    type Error = Dropped;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Dropped>>> {
        if let Some(bytes) = self.left.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            End::Flush => {
                self.end = End::Break;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            End::Break => Poll::Ready(Some(Err(Dropped))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
