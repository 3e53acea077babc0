//! Mutual TLS as go-plugin does it: each side makes a certificate for this one process and hands it to the other in
//! clear, ours in the handshake line, the client's in the environment. Who connects must hold the client's key.
//!
//! webpki's verifier can't do this: the client's certificate is its own authority, and that it refuses as end entity.
//! So ours compares bytes, and leaves the proof that the peer holds the key to rustls. The client's key is P-521, which
//! of rustls's providers aws-lc-rs verifies and ring doesn't; it is named here, so that no other crate can change it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem};
use rustls::server::ServerConfig;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, SignatureScheme};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;

use super::Lifecycle;
use crate::system::{Listener, Stream};

/// How long a peer may take for its side of the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Pause after a failed accept, which may be for want of file descriptors.
const RETRY: Duration = Duration::from_millis(100);

/// Why TLS can't be set up.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error("PLUGIN_CLIENT_CERT holds no certificate")]
    ClientCertificate(#[source] pem::Error),
    #[error("could not make a certificate")]
    Certificate(#[from] rcgen::Error),
    #[error("could not set up TLS")]
    Config(#[from] rustls::Error),
}

/// Our certificate, and what to hold against the client's.
pub(super) struct Identity {
    /// DER form of the certificate that we present.
    pub(super) certificate: CertificateDer<'static>,
    config: Arc<ServerConfig>,
}

impl Identity {
    /// A fresh key and certificate, for the client whose certificate is in the PEM text and for nobody else.
    ///
    /// # Errors
    /// When the text holds no certificate. Serving without the check instead is not an option.
    pub(super) fn new(client_certificate: &str) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = PinnedClient {
            certificate: pinned(client_certificate)?,
            algorithms: provider.signature_verification_algorithms,
        };
        let key = KeyPair::generate()?; // P-256
        let certificate = parameters()?.self_signed(&key)?.der().clone();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(vec![certificate.clone()], key)?;
        config.send_tls13_tickets = 0; // a client connects once
        config.alpn_protocols = vec![b"h2".to_vec()]; // grpc-go since 1.67 refuses a connection without
        Ok(Self { certificate, config: Arc::new(config) })
    }
}

/// The certificate in a client's PEM text.
pub(super) fn pinned(client_certificate: &str) -> Result<CertificateDer<'static>, TlsError> {
    CertificateDer::from_pem_slice(client_certificate.as_bytes()).map_err(TlsError::ClientCertificate)
}

/// What Go's client wants of a server certificate: the name `localhost` as a DNS name, and the usage.
fn parameters() -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new(vec!["localhost".to_owned()])?;
    parameters.distinguished_name.push(DnType::CommonName, "localhost");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
    parameters.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    Ok(parameters)
}

/// Accepts one certificate, byte for byte, from a client that proves to hold its key. Times of validity are not checked: the
/// certificate is as old as the process.
#[derive(Debug)]
struct PinnedClient {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for PinnedClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity == self.certificate {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The connections on `listener` whose TLS handshake succeeded. Each has a task of its own for it, so that a peer that
/// says nothing keeps nobody waiting; failures are logged and don't reach the server.
pub(super) fn accept(
    listener: Listener,
    identity: Identity,
    lifecycle: &Lifecycle,
) -> ReceiverStream<io::Result<TlsStream<Stream>>> {
    let (sender, receiver) = mpsc::channel(8);
    let acceptor = TlsAcceptor::from(identity.config);
    let ended = lifecycle.ended();
    tokio::spawn(async move {
        let accepting = async {
            loop {
                match listener.accept().await {
                    Ok(stream) => drop(tokio::spawn(greet(acceptor.clone(), stream, sender.clone()))),
                    Err(error) => {
                        tracing::warn!(%error, "could not accept a connection");
                        tokio::time::sleep(RETRY).await;
                    }
                }
            }
        };
        tokio::select! {
            () = ended => {}
            () = accepting => {}
        }
    });
    ReceiverStream::new(receiver)
}

/// The TLS handshake of one connection.
async fn greet(acceptor: TlsAcceptor, stream: Stream, sender: mpsc::Sender<io::Result<TlsStream<Stream>>>) {
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => drop(sender.send(Ok(stream)).await), // no receiver: the server is ending
        Ok(Err(error)) => tracing::warn!(%error, "TLS handshake failed"),
        Err(_) => tracing::warn!(seconds = HANDSHAKE.as_secs(), "TLS handshake timed out"),
    }
}
