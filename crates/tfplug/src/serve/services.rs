//! go-plugin's own services: Shutdown, and two streams that its client opens at once and holds until the end.
//!
//! Nothing is ever sent on the streams: output of ours would be reported as unexpected, and Terraform makes no further
//! connections. They end by themselves when the end is asked for, since an open stream would hold up the server's.

use futures_util::{StreamExt as _, stream};
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use super::Lifecycle;
use crate::proto::plugin::grpc_broker_server::GrpcBroker;
use crate::proto::plugin::grpc_controller_server::GrpcController;
use crate::proto::plugin::grpc_stdio_server::GrpcStdio;
use crate::proto::plugin::{ConnInfo, Empty, StdioData};

/// Ends the process when told to. The answer still goes out: the server ends only when its calls have.
pub(super) struct Controller(pub(super) Lifecycle);

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.0.end();
        Ok(Response::new(Empty {}))
    }
}

/// Output of the plugin: none.
pub(super) struct Stdio(pub(super) Lifecycle);

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(Response::new(held(&self.0)))
    }
}

/// Further connections: none.
pub(super) struct Broker(pub(super) Lifecycle);

#[tonic::async_trait]
impl GrpcBroker for Broker {
    async fn start_stream(
        &self,
        _: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(Response::new(held(&self.0)))
    }
}

/// A stream without items that ends with the process.
fn held<T: Send + 'static>(lifecycle: &Lifecycle) -> BoxStream<T> {
    stream::pending().take_until(lifecycle.ended()).boxed()
}
