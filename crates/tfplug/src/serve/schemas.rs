//! The answer that Terraform waits for first in every process, the schemas, encoded before anybody asks: while the client
//! connects, nothing else is to be done.
//!
//! [`Prepared`] stands before the service and gives these bytes to the first call that asks for the schemas. All other
//! calls reach the service. Later calls for the schemas do, too: only under a debugger does a process get any.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Buf as _, BufMut as _, Bytes};
use prost::Message as _;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::{BoxFuture, Context, Poll, Service, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Request, Response, Status};

use crate::proto::tfplugin6::get_provider_schema;
use crate::proto::tfplugin6::provider_server::Provider;

/// Where a client asks for the schemas.
const PATH: &str = "/tfplugin6.Provider/GetProviderSchema";

/// A service whose schemas are ready.
#[derive(Clone)]
pub(super) struct Prepared<S> {
    service: S,
    schemas: Arc<Mutex<Option<Bytes>>>,
}

impl<S> Prepared<S> {
    /// `service` answers the calls to `provider`.
    pub(super) async fn new(service: S, provider: &impl Provider) -> Self {
        let schemas = provider.get_provider_schema(Request::new(get_provider_schema::Request {})).await;
        // A provider that cannot tell its schemas says so when it is asked.
        let schemas = schemas.ok().map(|schemas| schemas.into_inner().encode_to_vec().into());
        Prepared { service, schemas: Arc::new(Mutex::new(schemas)) }
    }
}

impl<S: NamedService> NamedService for Prepared<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for Prepared<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = Infallible;
    type Future = BoxFuture<S::Response, Infallible>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let schemas = if request.uri().path() == PATH {
            self.schemas.lock().unwrap_or_else(PoisonError::into_inner).take()
        } else {
            None
        };
        match schemas {
            Some(schemas) => Box::pin(async { Ok(Grpc::new(Encoded).unary(Answer(schemas), request).await) }),
            None => Box::pin(self.service.call(request)),
        }
    }
}

/// Answers with these bytes.
struct Answer(Bytes);

impl UnaryService<()> for Answer {
    type Response = Bytes;
    type Future = std::future::Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, _: Request<()>) -> Self::Future {
        std::future::ready(Ok(Response::new(self.0.clone())))
    }
}

/// The encoding of an answer that is encoded already, to a request whose content does not matter.
struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Encoded
    }

    fn decoder(&mut self) -> Self {
        Encoded
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(message);
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        from.advance(from.remaining());
        Ok(Some(()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tonic_prost::ProstCodec;

    use super::*;
    use crate::proto::tfplugin6 as tf;
    use crate::proto::tfplugin6::provider_server::ProviderServer;

    /// Tells in its answer the how manyeth it is.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    #[tonic::async_trait]
    impl Provider for Counting {
        async fn get_provider_schema(
            &self,
            _: Request<get_provider_schema::Request>,
        ) -> Result<Response<get_provider_schema::Response>, Status> {
            let version = i64::try_from(self.0.fetch_add(1, Ordering::Relaxed)).expect("few calls");
            let provider = Some(tf::Schema { version, ..Default::default() });
            Ok(Response::new(get_provider_schema::Response { provider, ..Default::default() }))
        }

        async fn get_functions(
            &self,
            _: Request<tf::get_functions::Request>,
        ) -> Result<Response<tf::get_functions::Response>, Status> {
            Ok(Response::new(tf::get_functions::Response::default()))
        }
    }

    #[tokio::test]
    async fn the_schemas_are_encoded_before_they_are_asked_for() {
        let provider = Arc::new(Counting::default());
        let service = Prepared::new(ProviderServer::from_arc(Arc::clone(&provider)), &*provider).await;
        let ask = async || {
            let mut client = tonic::client::Grpc::new(service.clone());
            let request = Request::new(get_provider_schema::Request {});
            let codec = ProstCodec::<_, get_provider_schema::Response>::default();
            let answer = client.unary(request, http::uri::PathAndQuery::from_static(PATH), codec).await;
            let answer = answer.expect("an answer").into_inner().provider.expect("a schema");
            (answer.version, provider.0.load(Ordering::Relaxed))
        };
        assert_eq!(ask().await, (0, 1), "the answer is there, and nobody is asked");
        assert_eq!(ask().await, (1, 2), "a debugger's next Terraform");
    }

    #[tokio::test]
    async fn other_calls_reach_the_service() {
        let provider = Arc::new(Counting::default());
        let service = Prepared::new(ProviderServer::from_arc(Arc::clone(&provider)), &*provider).await;
        let mut client = tonic::client::Grpc::new(service);
        let request = Request::new(tf::get_functions::Request {});
        let path = http::uri::PathAndQuery::from_static("/tfplugin6.Provider/GetFunctions");
        let codec = ProstCodec::<_, tf::get_functions::Response>::default();
        client.unary(request, path, codec).await.expect("an answer");
    }
}
