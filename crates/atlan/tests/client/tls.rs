//! A tenant behind a certificate of the company's own authority.

use std::sync::Arc;

use atlan::{Client, Config, Credentials, Error, Secret};
use base64::Engine as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::story;

/// Serves an empty list over TLS to everybody who trusts its certificate. Returns its address and the certificate.
async fn serve() -> (String, String) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(vec!["localhost".into()]).expect("parameters");
    let certificate = params.self_signed(&key).expect("a certificate");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
        )
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let body = r#"{"totalRecord":0,"filterRecord":0,"records":[]}"#;
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    let der = base64::engine::general_purpose::STANDARD.encode(certificate.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n");
    (format!("https://localhost:{}", address.port()), pem)
}

fn client(url: &str, pem: Option<String>) -> Client {
    let url = atlan::parse_base_url(url).expect("a URL");
    let mut config = Config::new(url, Credentials::ApiKey(Secret::new("key")));
    config.ca_certificate_pem = pem.map(String::into_bytes);
    config.max_retries = 0;
    Client::new(config).expect("good settings")
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_when_named() {
    let (url, pem) = serve().await;
    assert_eq!(client(&url, Some(pem)).groups().await.expect("trusted"), vec![]);
    let error = client(&url, None).groups().await.expect_err("a stranger");
    assert!(matches!(error, Error::NotSent { .. }), "{}", story(&error));
    assert!(story(&error).contains("certificate"), "the cause is told: {}", story(&error));
}
