//! Proxies: a real one that records what passes through it.

use std::sync::{Arc, Mutex};

use atlan::{
    CaCertificates, CertificateProblem, Client, Config, Credentials, Error, NotSentReason, ProxySettings,
    Secret,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::secrets::{heard, listen};
use crate::servers::{Certificate, serve_tls};
use crate::support::*;

/// A proxy that notes the head of each request and refuses it.
struct Recorder {
    address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 4096];
                let length = stream.read(&mut head).await.unwrap_or_default();
                noted.lock().expect("unpoisoned").push(String::from_utf8_lossy(&head[..length]).into_owned());
                let answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = stream.write_all(answer).await;
            }
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("unpoisoned").clone()
    }
}

fn settings(url: &str, proxy: String, no_proxy: &str) -> Config {
    let url = atlan::parse_base_url(url).expect("a URL");
    let mut config = Config::new(url, Credentials::ApiKey(Secret::new("canary-key-7b2e")));
    config.proxy = ProxySettings { https_proxy: Some(Secret::new(proxy)), no_proxy: Some(no_proxy.into()) };
    config.max_retries = 0;
    config
}

#[tokio::test]
async fn a_loopback_address_is_reached_without_the_proxy() {
    let (sim, _) = tenant().await;
    let recorder = Recorder::start().await;
    let proxy = ProxySettings { https_proxy: Some(Secret::new(recorder.address.as_str())), no_proxy: None };
    let client = client(&sim, |config| config.proxy = proxy);
    client.groups().await.expect("the tenant answers");
    assert!(!sim.journal().is_empty());
    assert_eq!(recorder.heads(), Vec::<String>::new());
}

#[tokio::test]
async fn a_tenant_elsewhere_is_reached_through_a_tunnel_that_hides_the_key() {
    let recorder = Recorder::start().await;
    let proxy = format!("http://ada:canary-password@{}", recorder.address);
    listen();
    let client = Client::new(settings("https://example.atlan.com", proxy, "")).expect("good settings");
    let error = client.groups().await.expect_err("the proxy refuses");
    assert!(matches!(error, Error::NotSent { .. }), "{}", story(&error));
    let (said, heads) = (story(&error), recorder.heads());
    let head = heads.first().expect("the proxy was asked");
    assert!(head.starts_with("CONNECT example.atlan.com:443 HTTP/1.1\r\n"), "{head}");
    assert!(
        head.to_lowercase().contains("proxy-authorization: basic ywrhomnhbmfyes1wyxnzd29yza=="),
        "{head}"
    );
    assert!(!heads.concat().contains("canary-key"), "{heads:?}");
    let log = heard();
    for secret in ["canary-password", "canary-key", "YWRhOmNhbmFyeS1wYXNzd29yZA"] {
        assert!(!said.contains(secret) && !log.contains(secret), "{said}\n{log}");
    }
}

#[tokio::test]
async fn an_exception_of_the_proxy_is_reached_without_it() {
    let recorder = Recorder::start().await;
    // A name that nobody has.
    let config = settings("https://tenant.invalid", recorder.address.clone(), "10.0.0.0/8, .invalid:443");
    let client = Client::new(config).expect("good settings");
    client.groups().await.expect_err("there is no such host");
    assert_eq!(recorder.heads(), Vec::<String>::new());
}

#[test]
fn a_proxy_without_a_usable_address_is_refused_unless_it_is_not_needed() {
    let error = Client::new(settings("https://example.atlan.com", "ftp://ada:canary@proxy".into(), ""));
    let said = story(&error.expect_err("refused"));
    assert!(said.contains("http://proxy.example.com:3128") && !said.contains("canary"), "{said}");
    for (url, no_proxy) in [("http://127.0.0.1:1", ""), ("https://example.atlan.com", "*")] {
        assert!(Client::new(settings(url, "ftp://proxy".into(), no_proxy)).is_ok(), "{url}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_found_is_named() {
    let config = settings("https://example.atlan.com", "http://no-such-proxy.invalid:3128".into(), "");
    let error = Client::new(config).expect("good settings").groups().await.expect_err("no proxy");
    assert!(story(&error).contains("the host no-such-proxy.invalid was not found"), "{}", story(&error));
}

/// A proxy that takes every tunnel to one place.
async fn tunnel_to(target: String) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((mut inner, _)) = listener.accept().await {
            let target = target.clone();
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let _ = inner.read(&mut head).await;
                let mut outer = tokio::net::TcpStream::connect(target).await.expect("a server");
                let _ = inner.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                let _ = tokio::io::copy_bidirectional(&mut inner, &mut outer).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn behind_a_proxy_that_inspects_tls_the_certificate_of_the_proxy_must_be_trusted() {
    let (server, pem) = serve_tls(Certificate::OfOther).await;
    let port = server.url.rsplit_once(':').expect("a port").1;
    let proxy = tunnel_to(format!("127.0.0.1:{port}")).await;
    let mut config = settings("https://other.example.com", proxy, "");
    config.max_retries = 5;
    let error = Client::new(config.clone()).expect("good settings").groups().await.expect_err("a stranger");
    let unknown = NotSentReason::Certificate(CertificateProblem::UnknownIssuer);
    assert!(matches!(&error, Error::NotSent { reason, .. } if *reason == unknown), "{}", story(&error));
    assert_eq!(server.connections(), 1, "not tried again");
    config.ca_certificates = CaCertificates::from_pem(pem.as_bytes()).expect("readable");
    assert_eq!(Client::new(config).expect("good settings").groups().await.expect("trusted"), vec![]);
}

#[tokio::test]
async fn a_socks_proxy_is_told_the_name_of_the_tenant() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("asked");
        let mut bytes = [0; 64];
        let length = stream.read(&mut bytes).await.expect("a greeting");
        assert_eq!(bytes[..length].first(), Some(&5), "the version of the protocol");
        stream.write_all(&[5, 0]).await.expect("no login");
        let length = stream.read(&mut bytes).await.expect("a request");
        bytes[..length].to_vec()
    });
    let config = settings("https://tenant.invalid", format!("socks5://{address}"), "");
    Client::new(config).expect("good settings").groups().await.expect_err("it hangs up");
    // Connect, by a name of 14 letters, to port 443.
    assert_eq!(
        asked.await.expect("no panic"),
        [b"\x05\x01\x00\x03\x0etenant.invalid".as_slice(), &[1, 187]].concat()
    );
}
