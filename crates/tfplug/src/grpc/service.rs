//! The table of the protocol's calls: what each is named, what it is about, which method answers it, what the answer to a
//! failed one keeps, and which fields of its messages are values of an object.
//!
//! Calls about state stores, of which a provider of this framework has none, are not here: they are answered as
//! unimplemented.

use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::calls::{Content, Named, Part as _, Values};
use super::{Server, absent, action};
use crate::proto::tfplugin6 as tf;

/// Implements the service. Calls in braces are written out, since their answers have a form of their own; brackets name the
/// values of requests of such calls. Each other line is one call:
///
/// `Name method(field with the object's type) now|later handler keeps {…}: values of the request => [of the response];`
///
/// A handler answers `now`, or `later` if it is an asynchronous method.
macro_rules! calls {
    (
        { $($written:tt)* }
        [$($streamed_rpc:ident $streamed:ident: $($part:ident $part_name:literal)*;)*]
        $(
            $rpc:ident $call:ident($($name:ident)?) $when:ident $handler:ident $(keeps { $($kept:ident: $from:ident),* })?:
                $($asked:ident $asked_name:literal)* => [$($told:tt)*];
        )*
    ) => {
        #[tonic::async_trait]
        impl tf::provider_server::Provider for Server {
            $($written)*

            $(
                async fn $call(
                    &self,
                    request: Request<tf::$call::Request>,
                ) -> Result<Response<tf::$call::Response>, Status> {
                    let name = calls!(@name request $($name)?);
                    let mut kept = tf::$call::Response {
                        $($($kept: request.get_ref().$from.clone(),)*)?
                        ..Default::default()
                    };
                    let failed = |diagnostics| {
                        kept.diagnostics = diagnostics;
                        kept
                    };
                    let call = async { calls!(@$when self.$handler(self.received(request))) };
                    self.answer(stringify!($rpc), &name, call, failed).await
                }
            )*
        }

        /// All calls of this table, by the names of their methods.
        #[cfg(test)]
        pub(crate) const CALLS: &[&str] = &[$(stringify!($streamed),)* $(stringify!($call),)*];

        $(calls!(@asked $streamed_rpc $streamed $($part $part_name)*);)*
        $(
            calls!(@asked $rpc $call $($asked $asked_name)*);
            calls!(@told $call [$($told)*]);
        )*
    };
    (@name $request:ident) => {
        String::new()
    };
    (@name $request:ident $name:ident) => {
        $request.get_ref().$name.clone()
    };
    (@now $answer:expr) => {
        $answer
    };
    (@later $answer:expr) => {
        $answer.await
    };
    (@asked $rpc:ident $call:ident $($asked:ident $asked_name:literal)*) => {
        impl Named for tf::$call::Request {
            const RPC: &'static str = stringify!($rpc);
        }

        impl Values for tf::$call::Request {
            fn values(&self) -> Vec<(&'static str, Option<Content<'_>>)> {
                vec![$(($asked_name, self.$asked.content())),*]
            }
        }
    };
    // Of a form of its own: see `calls`.
    (@told $call:ident [_]) => {};
    (@told $call:ident [$($told:ident $told_name:literal)*]) => {
        impl Values for tf::$call::Response {
            fn values(&self) -> Vec<(&'static str, Option<Content<'_>>)> {
                vec![$(($told_name, self.$told.content())),*]
            }
        }
    };
}

calls! {
    {
        async fn get_metadata(
            &self,
            _: Request<tf::get_metadata::Request>,
        ) -> Result<Response<tf::get_metadata::Response>, Status> {
            Ok(Response::new(self.metadata()))
        }

        async fn get_provider_schema(
            &self,
            _: Request<tf::get_provider_schema::Request>,
        ) -> Result<Response<tf::get_provider_schema::Response>, Status> {
            Ok(Response::new(self.schemas()))
        }

        async fn get_resource_identity_schemas(
            &self,
            _: Request<tf::get_resource_identity_schemas::Request>,
        ) -> Result<Response<tf::get_resource_identity_schemas::Response>, Status> {
            Ok(Response::new(self.identity_schemas()))
        }

        async fn get_functions(
            &self,
            _: Request<tf::get_functions::Request>,
        ) -> Result<Response<tf::get_functions::Response>, Status> {
            let functions = self.functions();
            Ok(Response::new(tf::get_functions::Response { functions, diagnostics: Vec::new() }))
        }

        async fn stop_provider(
            &self,
            _: Request<tf::stop_provider::Request>,
        ) -> Result<Response<tf::stop_provider::Response>, Status> {
            tracing::debug!("asked to stop: running calls end early");
            self.lifecycle.stop();
            Ok(Response::new(tf::stop_provider::Response::default()))
        }

        async fn call_function(
            &self,
            request: Request<tf::call_function::Request>,
        ) -> Result<Response<tf::call_function::Response>, Status> {
            let name = request.get_ref().name.clone();
            let call = async { Ok(self.call_by_name(&self.received(request))) };
            let failed = |_| tf::call_function::Response::default();
            self.answer("CallFunction", &name, call, failed).await
        }

        async fn list_resource(
            &self,
            request: Request<tf::list_resource::Request>,
        ) -> Result<Response<BoxStream<tf::list_resource::Event>>, Status> {
            let name = request.get_ref().type_name.clone();
            let failed =
                |diagnostic| absent::once(tf::list_resource::Event { diagnostic, ..Default::default() });
            let call = async { self.list_objects(self.received(request)) };
            self.answer_by_stream("ListResource", &name, call, failed).await
        }

        async fn invoke_action(
            &self,
            request: Request<tf::invoke_action::Request>,
        ) -> Result<Response<BoxStream<tf::invoke_action::Event>>, Status> {
            let name = request.get_ref().action_type.clone();
            let failed = |diagnostics| absent::once(action::completed(diagnostics));
            let call = async { self.invoke(self.received(request)) };
            self.answer_by_stream("InvokeAction", &name, call, failed).await
        }
    }
    [
        ListResource list_resource: config "Config";
        InvokeAction invoke_action: config "Config";
    ]

    ValidateProviderConfig validate_provider_config() now validate_provider: config "Config" => [];
    ConfigureProvider configure_provider() later configure: config "Config" => [];
    ValidateResourceConfig validate_resource_config(type_name) now validate_resource: config "Config" => [];
    UpgradeResourceState upgrade_resource_state(type_name) now upgrade_state:
        raw_state "RawState" => [upgraded_state "UpgradedState"];
    UpgradeResourceIdentity upgrade_resource_identity(type_name) now upgrade_identity:
        raw_identity "RawIdentity" => [upgraded_identity "UpgradedIdentity"];
    ReadResource read_resource(type_name) later read
        keeps { new_state: current_state, private: private, new_identity: current_identity }:
        current_state "CurrentState" provider_meta "ProviderMeta" private "Private" current_identity "CurrentIdentity"
        => [new_state "NewState" private "Private" new_identity "NewIdentity"];
    PlanResourceChange plan_resource_change(type_name) later plan:
        config "Config" prior_state "PriorState" proposed_new_state "ProposedNewState" provider_meta "ProviderMeta"
        prior_private "PriorPrivate" prior_identity "PriorIdentity"
        => [planned_state "PlannedState" planned_private "PlannedPrivate" planned_identity "PlannedIdentity"];
    ApplyResourceChange apply_resource_change(type_name) later apply
        keeps { new_state: prior_state, private: planned_private, new_identity: planned_identity }:
        config "Config" planned_state "PlannedState" prior_state "PriorState" provider_meta "ProviderMeta"
        planned_private "PlannedPrivate" planned_identity "PlannedIdentity"
        => [new_state "NewState" private "Private" new_identity "NewIdentity"];
    ImportResourceState import_resource_state(type_name) later import: identity "Identity" => [_];
    MoveResourceState move_resource_state(target_type_name) now move_state:
        source_state "SourceState" source_private "SourcePrivate" source_identity "SourceIdentity"
        => [target_state "TargetState" target_private "TargetPrivate" target_identity "TargetIdentity"];
    GenerateResourceConfig generate_resource_config(type_name) now generate_config: state "State" => [config "Config"];
    ValidateDataResourceConfig validate_data_resource_config(type_name) now validate_data_source: config "Config" => [];
    ReadDataSource read_data_source(type_name) later read_source:
        config "Config" provider_meta "ProviderMeta" => [state "State"];
    ValidateEphemeralResourceConfig validate_ephemeral_resource_config(type_name) now validate_ephemeral:
        config "Config" => [];
    OpenEphemeralResource open_ephemeral_resource(type_name) later open_ephemeral:
        config "Config" => [result "Result" private "Private"];
    RenewEphemeralResource renew_ephemeral_resource(type_name) later renew_ephemeral:
        private "Private" => [private "Private"];
    CloseEphemeralResource close_ephemeral_resource(type_name) later close_ephemeral: private "Private" => [];
    ValidateListResourceConfig validate_list_resource_config(type_name) now validate_list: config "Config" => [];
    ValidateActionConfig validate_action_config(type_name) now validate_action: config "Config" => [];
    PlanAction plan_action(action_type) now plan_invocation: config "Config" => [];
}
