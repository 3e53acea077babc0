//! The other end of the connection: what go-plugin's client does, down to the P-521 certificate. The messages are
//! written out here, so that a mistake in ours can't sit at both ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P521_SHA512,
};
use rustls::client::{
    ClientSessionStore, ResolvesClientCert, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, NamedGroup, RootCertStore, SignatureScheme};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

/// A key and a certificate as Terraform makes them for each process it starts.
pub(crate) struct ClientCertificate {
    pub(crate) certificate: rcgen::Certificate,
    pub(crate) key: KeyPair,
}

impl ClientCertificate {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
        let mut parameters = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::OrganizationName, "HashiCorp");
        parameters.distinguished_name.push(DnType::CommonName, "localhost");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        parameters.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        Self { certificate: parameters.self_signed(&key).unwrap(), key }
    }

    /// The form in which it comes in `PLUGIN_CLIENT_CERT`.
    pub(crate) fn pem(&self) -> String {
        let text = STANDARD.encode(self.certificate.der());
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// What a client presents that has this certificate and the key of `key`, be it the right one or not.
    pub(crate) fn with_key_of(&self, key: &Self) -> CertifiedKey {
        let key = PrivateKeyDer::Pkcs8(key.key.serialize_der().into());
        let key = aws_lc_rs::default_provider().key_provider.load_private_key(key).unwrap();
        CertifiedKey::new(vec![self.certificate.der().clone()], key)
    }

    pub(crate) fn presented(&self) -> CertifiedKey {
        self.with_key_of(self)
    }
}

/// Presents what it was given without a look at it.
#[derive(Debug)]
struct Always(Option<Arc<CertifiedKey>>);

impl ResolvesClientCert for Always {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// A connection to a plugin.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) channel: Channel,
    tickets: Tickets,
}

impl Client {
    /// Connects with TLS if the handshake told a certificate, presenting `client`.
    pub(crate) async fn connect(
        handshake: &[String],
        client: Option<CertifiedKey>,
    ) -> Result<Self, tonic::transport::Error> {
        let [_, _, network, address, _, certificate, ..] = handshake else {
            panic!("handshake: {handshake:?}")
        };
        let place = (network.clone(), address.clone());
        let tickets = Tickets::default();
        let tls = (!certificate.is_empty()).then(|| tls(certificate, client, tickets.clone()));
        let connector = tower::service_fn(move |_| connect(place.clone(), tls.clone()));
        let channel = Endpoint::from_static("http://localhost").connect_with_connector(connector).await?;
        Ok(Self { channel, tickets })
    }

    pub(crate) async fn unary<A, B>(&self, path: &'static str, message: A) -> Result<B, Status>
    where
        A: prost::Message + 'static,
        B: prost::Message + Default + 'static,
    {
        let mut grpc = tonic::client::Grpc::new(self.channel.clone());
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let codec = ProstCodec::<A, B>::default();
        grpc.unary(Request::new(message), path.parse().unwrap(), codec).await.map(Response::into_inner)
    }

    /// How many tickets the server has sent, with which a client could take up its session.
    pub(crate) fn tickets(&self) -> usize {
        self.tickets.0.load(Ordering::SeqCst)
    }

    /// What Terraform asks first. A schema is there if the provider's own is.
    pub(crate) async fn schema(&self) -> Result<SchemaResponse, Status> {
        self.unary("/tfplugin6.Provider/GetProviderSchema", Empty {}).await
    }

    /// Configures the provider with an empty object.
    pub(crate) async fn configure(&self) -> Result<ConfigureResponse, Status> {
        let config = Some(DynamicValue { msgpack: vec![0x80] });
        let request = ConfigureRequest { terraform_version: "1.15.5".to_owned(), config };
        self.unary("/tfplugin6.Provider/ConfigureProvider", request).await
    }

    pub(crate) async fn shutdown(&self) -> Result<Empty, Status> {
        self.unary("/plugin.GRPCController/Shutdown", Empty {}).await
    }

    pub(crate) async fn stdio(&self) -> Streaming<Empty> {
        let mut grpc = tonic::client::Grpc::new(self.channel.clone());
        grpc.ready().await.unwrap();
        let path = "/plugin.GRPCStdio/StreamStdio".parse().unwrap();
        let codec = ProstCodec::<Empty, Empty>::default();
        grpc.server_streaming(Request::new(Empty {}), path, codec).await.unwrap().into_inner()
    }

    pub(crate) async fn broker(&self) -> Streaming<Empty> {
        let mut grpc = tonic::client::Grpc::new(self.channel.clone());
        grpc.ready().await.unwrap();
        let path = "/plugin.GRPCBroker/StartStream".parse().unwrap();
        let codec = ProstCodec::<Empty, Empty>::default();
        let request = Request::new(tokio_stream::pending());
        grpc.streaming(request, path, codec).await.unwrap().into_inner()
    }
}

/// Counts the tickets of a server, and keeps none.
#[derive(Clone, Debug, Default)]
struct Tickets(Arc<AtomicUsize>);

impl ClientSessionStore for Tickets {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

fn tls(server: &str, client: Option<CertifiedKey>, tickets: Tickets) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(STANDARD_NO_PAD.decode(server).unwrap())).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(Always(client.map(Arc::new))));
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.resumption = Resumption::store(Arc::new(tickets));
    TlsConnector::from(Arc::new(config))
}

/// A stream of either kind.
trait Io: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}
impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Io for T {}

async fn connect(
    (network, address): (String, String),
    tls: Option<TlsConnector>,
) -> std::io::Result<TokioIo<Box<dyn Io>>> {
    let stream: Box<dyn Io> = match network.as_str() {
        "unix" => Box::new(UnixStream::connect(address).await?),
        "tcp" => Box::new(TcpStream::connect(address).await?),
        other => panic!("no network of Go's: {other}"),
    };
    Ok(TokioIo::new(match tls {
        None => stream,
        Some(tls) => {
            let stream = tls.connect(ServerName::try_from("localhost").unwrap(), stream).await?;
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]), "grpc-go insists on it");
            Box::new(stream)
        }
    }))
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Empty {}

/// `GetProviderSchema.Response`, as far as it is looked at.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SchemaResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) provider: Option<Empty>,
}

/// `ValidateProviderConfig.Request`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ValidateRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) config: Option<DynamicValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct DynamicValue {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) msgpack: Vec<u8>,
}

/// `ValidateProviderConfig.Response`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ValidateResponse {
    #[prost(message, repeated, tag = "2")]
    pub(crate) diagnostics: Vec<Empty>,
}

/// `ConfigureProvider.Request`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ConfigureRequest {
    #[prost(string, tag = "1")]
    pub(crate) terraform_version: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) config: Option<DynamicValue>,
}

/// `ConfigureProvider.Response`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ConfigureResponse {
    #[prost(message, repeated, tag = "1")]
    pub(crate) diagnostics: Vec<Empty>,
}

/// `grpc.health.v1.HealthCheckRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HealthRequest {
    #[prost(string, tag = "1")]
    pub(crate) service: String,
}

/// `grpc.health.v1.HealthCheckResponse`; 1 is SERVING.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HealthResponse {
    #[prost(int32, tag = "1")]
    pub(crate) status: i32,
}
