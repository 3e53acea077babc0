//! The methods of the service, each forwarded to the file of its kind of object.

use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::{Server, absent, action};
use crate::proto::tfplugin6 as tf;

#[tonic::async_trait]
impl tf::provider_server::Provider for Server {
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

    async fn validate_provider_config(
        &self,
        request: Request<tf::validate_provider_config::Request>,
    ) -> Result<Response<tf::validate_provider_config::Response>, Status> {
        let failed = |diagnostics| tf::validate_provider_config::Response { diagnostics };
        self.answer(
            "ValidateProviderConfig",
            "",
            async { self.validate_provider(self.received(request)) },
            failed,
        )
        .await
    }

    async fn configure_provider(
        &self,
        request: Request<tf::configure_provider::Request>,
    ) -> Result<Response<tf::configure_provider::Response>, Status> {
        let failed = |diagnostics| tf::configure_provider::Response { diagnostics };
        self.answer("ConfigureProvider", "", self.configure(self.received(request)), failed).await
    }

    async fn stop_provider(
        &self,
        _: Request<tf::stop_provider::Request>,
    ) -> Result<Response<tf::stop_provider::Response>, Status> {
        tracing::debug!("asked to stop: running calls end early");
        self.lifecycle.stop();
        Ok(Response::new(tf::stop_provider::Response::default()))
    }

    async fn validate_resource_config(
        &self,
        request: Request<tf::validate_resource_config::Request>,
    ) -> Result<Response<tf::validate_resource_config::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed = |diagnostics| tf::validate_resource_config::Response { diagnostics };
        self.answer(
            "ValidateResourceConfig",
            &name,
            async { self.validate_resource(self.received(request)) },
            failed,
        )
        .await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<tf::upgrade_resource_state::Request>,
    ) -> Result<Response<tf::upgrade_resource_state::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed = |diagnostics| tf::upgrade_resource_state::Response { diagnostics, upgraded_state: None };
        self.answer(
            "UpgradeResourceState",
            &name,
            async { self.upgrade_state(self.received(request)) },
            failed,
        )
        .await
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<tf::upgrade_resource_identity::Request>,
    ) -> Result<Response<tf::upgrade_resource_identity::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed =
            |diagnostics| tf::upgrade_resource_identity::Response { diagnostics, upgraded_identity: None };
        self.answer(
            "UpgradeResourceIdentity",
            &name,
            async { self.upgrade_identity(self.received(request)) },
            failed,
        )
        .await
    }

    async fn read_resource(
        &self,
        request: Request<tf::read_resource::Request>,
    ) -> Result<Response<tf::read_resource::Response>, Status> {
        let request = self.received(request);
        let name = request.type_name.clone();
        let kept = tf::read_resource::Response {
            new_state: request.current_state.clone(),
            private: request.private.clone(),
            new_identity: request.current_identity.clone(),
            ..Default::default()
        };
        let failed = |diagnostics| tf::read_resource::Response { diagnostics, ..kept };
        self.answer("ReadResource", &name, self.read(request), failed).await
    }

    async fn plan_resource_change(
        &self,
        request: Request<tf::plan_resource_change::Request>,
    ) -> Result<Response<tf::plan_resource_change::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed = |diagnostics| tf::plan_resource_change::Response { diagnostics, ..Default::default() };
        self.answer("PlanResourceChange", &name, self.plan(self.received(request)), failed).await
    }

    async fn apply_resource_change(
        &self,
        request: Request<tf::apply_resource_change::Request>,
    ) -> Result<Response<tf::apply_resource_change::Response>, Status> {
        let request = self.received(request);
        let name = request.type_name.clone();
        let kept = tf::apply_resource_change::Response {
            new_state: request.prior_state.clone(),
            private: request.planned_private.clone(),
            new_identity: request.planned_identity.clone(),
            ..Default::default()
        };
        let failed = |diagnostics| tf::apply_resource_change::Response { diagnostics, ..kept };
        self.answer("ApplyResourceChange", &name, self.apply(request), failed).await
    }

    async fn import_resource_state(
        &self,
        request: Request<tf::import_resource_state::Request>,
    ) -> Result<Response<tf::import_resource_state::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed = |diagnostics| tf::import_resource_state::Response { diagnostics, ..Default::default() };
        self.answer("ImportResourceState", &name, self.import(self.received(request)), failed).await
    }

    async fn move_resource_state(
        &self,
        request: Request<tf::move_resource_state::Request>,
    ) -> Result<Response<tf::move_resource_state::Response>, Status> {
        let name = request.get_ref().target_type_name.clone();
        let failed = |diagnostics| tf::move_resource_state::Response { diagnostics, ..Default::default() };
        self.answer("MoveResourceState", &name, async { self.move_state(self.received(request)) }, failed)
            .await
    }

    async fn generate_resource_config(
        &self,
        request: Request<tf::generate_resource_config::Request>,
    ) -> Result<Response<tf::generate_resource_config::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed = |diagnostics| tf::generate_resource_config::Response { diagnostics, config: None };
        self.answer(
            "GenerateResourceConfig",
            &name,
            async { self.generate_config(self.received(request)) },
            failed,
        )
        .await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<tf::validate_data_resource_config::Request>,
    ) -> Result<Response<tf::validate_data_resource_config::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed = |diagnostics| tf::validate_data_resource_config::Response { diagnostics };
        self.answer(
            "ValidateDataResourceConfig",
            &name,
            async { self.validate_data_source(self.received(request)) },
            failed,
        )
        .await
    }

    async fn read_data_source(
        &self,
        request: Request<tf::read_data_source::Request>,
    ) -> Result<Response<tf::read_data_source::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed = |diagnostics| tf::read_data_source::Response { diagnostics, ..Default::default() };
        self.answer("ReadDataSource", &name, self.read_source(self.received(request)), failed).await
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<tf::validate_ephemeral_resource_config::Request>,
    ) -> Result<Response<tf::validate_ephemeral_resource_config::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed = |diagnostics| tf::validate_ephemeral_resource_config::Response { diagnostics };
        self.answer(
            "ValidateEphemeralResourceConfig",
            &name,
            async { self.validate_ephemeral(self.received(request)) },
            failed,
        )
        .await
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<tf::open_ephemeral_resource::Request>,
    ) -> Result<Response<tf::open_ephemeral_resource::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed =
            |diagnostics| tf::open_ephemeral_resource::Response { diagnostics, ..Default::default() };
        self.answer("OpenEphemeralResource", &name, self.open_ephemeral(self.received(request)), failed).await
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<tf::renew_ephemeral_resource::Request>,
    ) -> Result<Response<tf::renew_ephemeral_resource::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed =
            |diagnostics| tf::renew_ephemeral_resource::Response { diagnostics, ..Default::default() };
        self.answer("RenewEphemeralResource", &name, self.renew_ephemeral(self.received(request)), failed)
            .await
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<tf::close_ephemeral_resource::Request>,
    ) -> Result<Response<tf::close_ephemeral_resource::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed = |diagnostics| tf::close_ephemeral_resource::Response { diagnostics };
        self.answer("CloseEphemeralResource", &name, self.close_ephemeral(self.received(request)), failed)
            .await
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<tf::validate_list_resource_config::Request>,
    ) -> Result<Response<tf::validate_list_resource_config::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed = |diagnostics| tf::validate_list_resource_config::Response { diagnostics };
        self.answer(
            "ValidateListResourceConfig",
            &name,
            async { self.validate_list(self.received(request)) },
            failed,
        )
        .await
    }

    async fn list_resource(
        &self,
        request: Request<tf::list_resource::Request>,
    ) -> Result<Response<BoxStream<tf::list_resource::Event>>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed = |diagnostic| absent::once(tf::list_resource::Event { diagnostic, ..Default::default() });
        self.answer_by_stream(
            "ListResource",
            &name,
            async { self.list_objects(self.received(request)) },
            failed,
        )
        .await
    }

    async fn get_functions(
        &self,
        _: Request<tf::get_functions::Request>,
    ) -> Result<Response<tf::get_functions::Response>, Status> {
        let functions = self.functions();
        Ok(Response::new(tf::get_functions::Response { functions, diagnostics: Vec::new() }))
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

    async fn validate_action_config(
        &self,
        request: Request<tf::validate_action_config::Request>,
    ) -> Result<Response<tf::validate_action_config::Response>, Status> {
        let name = request.get_ref().type_name.clone();
        let failed = |diagnostics| tf::validate_action_config::Response { diagnostics };
        self.answer(
            "ValidateActionConfig",
            &name,
            async { self.validate_action(self.received(request)) },
            failed,
        )
        .await
    }

    async fn plan_action(
        &self,
        request: Request<tf::plan_action::Request>,
    ) -> Result<Response<tf::plan_action::Response>, Status> {
        let name = request.get_ref().action_type.clone();
        let failed = |diagnostics| tf::plan_action::Response { diagnostics, ..Default::default() };
        self.answer("PlanAction", &name, async { self.plan_invocation(self.received(request)) }, failed).await
    }

    async fn invoke_action(
        &self,
        request: Request<tf::invoke_action::Request>,
    ) -> Result<Response<BoxStream<tf::invoke_action::Event>>, Status> {
        let name = request.get_ref().action_type.clone();
        let failed = |diagnostics| absent::once(action::completed(diagnostics));
        self.answer_by_stream("InvokeAction", &name, async { self.invoke(self.received(request)) }, failed)
            .await
    }

    async fn validate_state_store_config(
        &self,
        request: Request<tf::validate_state_store::Request>,
    ) -> Result<Response<tf::validate_state_store::Response>, Status> {
        let diagnostics = self.diagnostics([absent::kind("state store", &request.into_inner().type_name)]);
        Ok(Response::new(tf::validate_state_store::Response { diagnostics }))
    }

    async fn configure_state_store(
        &self,
        request: Request<tf::configure_state_store::Request>,
    ) -> Result<Response<tf::configure_state_store::Response>, Status> {
        let diagnostics = self.diagnostics([absent::kind("state store", &request.into_inner().type_name)]);
        // Terraform reads the capabilities without asking whether they are there.
        let capabilities = Some(tf::StateStoreServerCapabilities::default());
        Ok(Response::new(tf::configure_state_store::Response { diagnostics, capabilities }))
    }

    async fn read_state_bytes(
        &self,
        request: Request<tf::read_state_bytes::Request>,
    ) -> Result<Response<BoxStream<tf::read_state_bytes::Response>>, Status> {
        let diagnostics = self.diagnostics([absent::kind("state store", &request.into_inner().type_name)]);
        Ok(Response::new(absent::once(tf::read_state_bytes::Response { diagnostics, ..Default::default() })))
    }

    async fn write_state_bytes(
        &self,
        _: Request<tonic::Streaming<tf::write_state_bytes::RequestChunk>>,
    ) -> Result<Response<tf::write_state_bytes::Response>, Status> {
        let diagnostics = self.diagnostics([absent::kind("state store", "")]);
        Ok(Response::new(tf::write_state_bytes::Response { diagnostics }))
    }

    async fn lock_state(
        &self,
        request: Request<tf::lock_state::Request>,
    ) -> Result<Response<tf::lock_state::Response>, Status> {
        let diagnostics = self.diagnostics([absent::kind("state store", &request.into_inner().type_name)]);
        Ok(Response::new(tf::lock_state::Response { diagnostics, ..Default::default() }))
    }

    async fn unlock_state(
        &self,
        request: Request<tf::unlock_state::Request>,
    ) -> Result<Response<tf::unlock_state::Response>, Status> {
        let diagnostics = self.diagnostics([absent::kind("state store", &request.into_inner().type_name)]);
        Ok(Response::new(tf::unlock_state::Response { diagnostics }))
    }

    async fn get_states(
        &self,
        request: Request<tf::get_states::Request>,
    ) -> Result<Response<tf::get_states::Response>, Status> {
        let diagnostics = self.diagnostics([absent::kind("state store", &request.into_inner().type_name)]);
        Ok(Response::new(tf::get_states::Response { diagnostics, ..Default::default() }))
    }

    async fn delete_state(
        &self,
        request: Request<tf::delete_state::Request>,
    ) -> Result<Response<tf::delete_state::Response>, Status> {
        let diagnostics = self.diagnostics([absent::kind("state store", &request.into_inner().type_name)]);
        Ok(Response::new(tf::delete_state::Response { diagnostics }))
    }
}
