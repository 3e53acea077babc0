//! Answers that break Terraform's rules, to learn what Terraform makes of them.
//!
//! The framework refuses to send such answers, so they can't come from a handler: they are falsified after all its checks,
//! as bytes, just before they leave. [`Core::lying`] does so in process and [`serve_lying`] for the real Terraform, so
//! that the verdicts of both can be compared. A provider that calls [`crate::serve`] never passes here.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::time::Instant;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::Core;
use crate::grpc::{Server, convert};
use crate::object::Provider;
use crate::proto::tfplugin6 as tf;
use crate::serve::Ending;
use crate::value::Path;

/// What Terraform asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// The new state after a create, update or delete.
    Apply,
    /// A plan.
    Plan,
    /// The object as it is now.
    Read,
    /// An object that an import names.
    Import,
}

/// An answer about a managed resource before it leaves. Objects and identities are MessagePack.
#[derive(Debug)]
pub struct Answer<'a> {
    /// What it answers.
    pub asked: Asked,
    /// Full name of the resource.
    pub type_name: &'a str,
    /// The object as Terraform sent it: before the change, or as last read.
    pub prior: &'a [u8],
    /// The object that is answered.
    pub object: Vec<u8>,
    /// Its identity, if one is answered.
    pub identity: Option<Vec<u8>>,
    /// The paths that force a replacement; only a plan has some.
    pub replace: Vec<Path>,
}

/// Falsifies answers. It must do the same to the same answer, because Terraform asks several times.
pub type Lie = Arc<dyn Fn(&mut Answer<'_>) + Send + Sync>;

impl Core {
    /// Has the answers of the provider falsified.
    #[doc(hidden)]
    #[must_use]
    pub fn lying(mut self, lie: Lie) -> Self {
        self.lie = Some(lie);
        self
    }
}

/// Serves a provider as [`crate::serve`] does, and falsifies its answers.
#[doc(hidden)]
pub fn serve_lying<P: Provider>(lie: Lie) -> ExitCode {
    crate::serve_as::<P, _>(|server| Liar { server, lie: Some(lie) })
}

/// A provider whose answers may be falsified on their way out.
pub(super) struct Liar {
    pub(super) server: Server,
    pub(super) lie: Option<Lie>,
}

impl Liar {
    /// Falsifies the parts of an answer in place.
    fn falsify(
        &self,
        (asked, type_name): (Asked, &str),
        prior: Option<&tf::DynamicValue>,
        object: &mut Option<tf::DynamicValue>,
        identity: &mut Option<tf::ResourceIdentityData>,
        replace: Option<&mut Vec<tf::AttributePath>>,
    ) {
        let Some(lie) = &self.lie else { return };
        let bytes = |message: Option<&tf::DynamicValue>| message.map(|message| message.msgpack.to_vec());
        let prior = bytes(prior).unwrap_or_default();
        let mut answer = Answer {
            asked,
            type_name,
            prior: &prior,
            object: bytes(object.as_ref()).unwrap_or_default(),
            identity: bytes(identity.as_ref().and_then(|identity| identity.identity_data.as_ref())),
            replace: replace
                .iter()
                .flat_map(|paths| paths.iter().cloned().map(super::report::path))
                .collect(),
        };
        lie(&mut answer);
        let message = |bytes: Vec<u8>| tf::DynamicValue { msgpack: bytes.into(), json: Default::default() };
        *object = Some(message(answer.object));
        *identity =
            answer.identity.map(|bytes| tf::ResourceIdentityData { identity_data: Some(message(bytes)) });
        if let Some(paths) = replace {
            *paths = answer.replace.iter().map(convert::path).collect();
        }
    }
}

impl Ending for Liar {
    async fn end(&self, by: Instant) {
        self.server.end(by).await;
    }
}

/// Implements the service: `call: answer` for what is passed on as it is, and what is written out.
macro_rules! passing_on {
    ($($call:ident: $answer:ty,)* { $($written:tt)* }) => {
        /// The calls that are passed on as they are.
        #[cfg(test)]
        const PASSED_ON: &[&str] = &[$(stringify!($call)),*];

        #[tonic::async_trait]
        impl tf::provider_server::Provider for Liar {
            $(
                async fn $call(&self, request: Request<tf::$call::Request>) -> Result<Response<$answer>, Status> {
                    self.server.$call(request).await
                }
            )*

            $($written)*
        }
    };
}

passing_on! {
    get_metadata: tf::get_metadata::Response,
    get_provider_schema: tf::get_provider_schema::Response,
    get_resource_identity_schemas: tf::get_resource_identity_schemas::Response,
    get_functions: tf::get_functions::Response,
    stop_provider: tf::stop_provider::Response,
    call_function: tf::call_function::Response,
    validate_provider_config: tf::validate_provider_config::Response,
    configure_provider: tf::configure_provider::Response,
    validate_resource_config: tf::validate_resource_config::Response,
    upgrade_resource_state: tf::upgrade_resource_state::Response,
    upgrade_resource_identity: tf::upgrade_resource_identity::Response,
    move_resource_state: tf::move_resource_state::Response,
    generate_resource_config: tf::generate_resource_config::Response,
    validate_data_resource_config: tf::validate_data_resource_config::Response,
    read_data_source: tf::read_data_source::Response,
    validate_ephemeral_resource_config: tf::validate_ephemeral_resource_config::Response,
    open_ephemeral_resource: tf::open_ephemeral_resource::Response,
    renew_ephemeral_resource: tf::renew_ephemeral_resource::Response,
    close_ephemeral_resource: tf::close_ephemeral_resource::Response,
    validate_list_resource_config: tf::validate_list_resource_config::Response,
    validate_action_config: tf::validate_action_config::Response,
    plan_action: tf::plan_action::Response,
    list_resource: BoxStream<tf::list_resource::Event>,
    invoke_action: BoxStream<tf::invoke_action::Event>,
    {
        async fn import_resource_state(
            &self,
            request: Request<tf::import_resource_state::Request>,
        ) -> Result<Response<tf::import_resource_state::Response>, Status> {
            let name = request.get_ref().type_name.clone();
            let mut answer = self.server.import_resource_state(request).await?;
            for told in &mut answer.get_mut().imported_resources {
                self.falsify((Asked::Import, &name), None, &mut told.state, &mut told.identity, None);
            }
            Ok(answer)
        }

        async fn read_resource(
            &self,
            request: Request<tf::read_resource::Request>,
        ) -> Result<Response<tf::read_resource::Response>, Status> {
            let asked = request.get_ref();
            let (name, prior) = (asked.type_name.clone(), asked.current_state.clone());
            let mut answer = self.server.read_resource(request).await?;
            let told = answer.get_mut();
            let (object, identity) = (&mut told.new_state, &mut told.new_identity);
            self.falsify((Asked::Read, &name), prior.as_ref(), object, identity, None);
            Ok(answer)
        }

        async fn plan_resource_change(
            &self,
            request: Request<tf::plan_resource_change::Request>,
        ) -> Result<Response<tf::plan_resource_change::Response>, Status> {
            let asked = request.get_ref();
            let (name, prior) = (asked.type_name.clone(), asked.prior_state.clone());
            let mut answer = self.server.plan_resource_change(request).await?;
            let told = answer.get_mut();
            let (object, identity) = (&mut told.planned_state, &mut told.planned_identity);
            self.falsify((Asked::Plan, &name), prior.as_ref(), object, identity, Some(&mut told.requires_replace));
            Ok(answer)
        }

        async fn apply_resource_change(
            &self,
            request: Request<tf::apply_resource_change::Request>,
        ) -> Result<Response<tf::apply_resource_change::Response>, Status> {
            let asked = request.get_ref();
            let (name, prior) = (asked.type_name.clone(), asked.prior_state.clone());
            let mut answer = self.server.apply_resource_change(request).await?;
            let told = answer.get_mut();
            let (object, identity) = (&mut told.new_state, &mut told.new_identity);
            self.falsify((Asked::Apply, &name), prior.as_ref(), object, identity, None);
            Ok(answer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PASSED_ON;
    use crate::grpc::CALLS;

    /// For [`super::Core`] and [`super::serve_lying`] one that is missing here would be unimplemented.
    #[test]
    fn no_call_of_the_service_is_left_out() {
        let written =
            ["import_resource_state", "read_resource", "plan_resource_change", "apply_resource_change"];
        let left_out: Vec<_> =
            CALLS.iter().filter(|call| !PASSED_ON.contains(call) && !written.contains(call)).collect();
        assert_eq!(left_out, [&""; 0]);
    }
}
