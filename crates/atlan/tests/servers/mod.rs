//! Servers that are no tenant: one behind a certificate of its own, and one that answers every request the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A list without any records.
const EMPTY_LIST: &str = r#"HTTP/1.1 200 OK
Connection: close
Content-Length: 47

{"totalRecord":0,"filterRecord":0,"records":[]}"#;

/// What is special about a certificate. All are signed by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// For `localhost`, and for a server alone.
    OfServer,
    /// As `openssl req -x509` makes it: of an authority.
    OfAuthority,
    /// For another name.
    OfOther,
    /// Valid until 2001.
    Expired,
}

/// A server that counts its connections.
pub(crate) struct Server {
    pub(crate) url: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Serves an empty list over TLS. Also returns its certificate in PEM form.
pub(crate) async fn serve_tls(certificate: Certificate) -> (Server, String) {
    serve_streams(certificate, &[], |stream| answer(stream, EMPTY_LIST)).await
}

/// A decrypted connection.
pub(crate) type Stream = tokio_rustls::server::TlsStream<tokio::net::TcpStream>;

/// Serves TLS with a protocol: `serve` gets each connection.
pub(crate) async fn serve_streams<F>(
    certificate: Certificate,
    protocols: &[&[u8]],
    serve: impl Fn(Stream) -> F + Send + 'static,
) -> (Server, String)
where
    F: Future<Output = ()> + Send + 'static,
{
    let key = KeyPair::generate().expect("a key");
    let name = if certificate == Certificate::OfOther { "other.example.com" } else { "localhost" };
    let mut params = CertificateParams::new(vec![name.into()]).expect("parameters");
    match certificate {
        Certificate::OfAuthority => params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
        Certificate::Expired => params.not_after = date_time_ymd(2001, 1, 1),
        // As `-addext basicConstraints=critical,CA:FALSE` makes it.
        Certificate::OfServer => params.is_ca = IsCa::ExplicitNoCa,
        Certificate::OfOther => {}
    }
    let certificate = params.self_signed(&key).expect("a certificate");
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
        )
        .expect("a configuration");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, port, connections) = listen().await;
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(serve(stream));
            }
        }
    });
    let der = base64::engine::general_purpose::STANDARD.encode(certificate.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n");
    (Server { url: format!("https://localhost:{port}"), connections }, pem)
}

/// Answers every request with these lines: status line, headers, body.
pub(crate) async fn serve_always(reply: &'static str) -> Server {
    let (listener, port, connections) = listen().await;
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(answer(stream, reply));
        }
    });
    Server { url: format!("http://127.0.0.1:{port}"), connections }
}

async fn listen() -> (TcpListener, u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port, Arc::default())
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, reply: &str) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await;
    let (head, body) = reply.split_once("\n\n").unwrap_or((reply, ""));
    let _ = stream.write_all(format!("{}\r\n\r\n{body}", head.replace('\n', "\r\n")).as_bytes()).await;
    let _ = stream.shutdown().await;
}
