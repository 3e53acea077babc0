//! Messages about list resources.

use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::BoxStream;

use super::{Server, convert, find};
use crate::diag::Diagnostic;
use crate::object::AnyResource;
use crate::pipeline::{list, secrets};
use crate::proto::tfplugin6 as tf;

const KIND: &str = "list resource";

/// How many objects Terraform asks for where the practitioner says nothing.
const LIMIT: u64 = 100;

impl Server {
    pub(super) fn validate_list(
        &self,
        request: tf::validate_list_resource_config::Request,
    ) -> Result<tf::validate_list_resource_config::Response, Diagnostic> {
        let (name, config) = (&request.type_name, request.config.as_ref());
        let diagnostics = self.validated(&self.offer.objects.lists, KIND, name, config)?;
        Ok(tf::validate_list_resource_config::Response { diagnostics })
    }

    pub(super) fn list_objects(
        &self,
        request: tf::list_resource::Request,
    ) -> Result<BoxStream<tf::list_resource::Event>, Diagnostic> {
        let resource = find(&self.offer.objects.resources, "resource", &request.type_name)?.clone();
        let (name, config) = (&request.type_name, request.config.as_ref());
        let (object, config) = self.configured(&self.offer.objects.lists, KIND, name, config)?;
        let limit = u64::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(LIMIT);
        let events =
            list::list(object.clone(), self.scope(None)?, &config, limit, request.include_resource_object);
        let masker = self.masker.clone();
        let messages = ReceiverStream::new(events).filter_map(move |event| match event {
            list::Event::Item(item) => {
                for secret in
                    item.object.iter().flat_map(|object| secrets(&resource.schema().attributes, object))
                {
                    masker.mask(&secret);
                }
                Some(Ok(message(&*resource, &item).unwrap_or_else(|problem| {
                    let diagnostic = vec![convert::diagnostic(&problem, &masker)];
                    tf::list_resource::Event { diagnostic, ..Default::default() }
                })))
            }
            list::Event::End(diagnostics) if diagnostics.is_empty() => None,
            list::Event::End(diagnostics) => {
                let diagnostic =
                    diagnostics.iter().map(|diagnostic| convert::diagnostic(diagnostic, &masker)).collect();
                Some(Ok(tf::list_resource::Event { diagnostic, ..Default::default() }))
            }
        });
        Ok(Box::pin(messages))
    }
}

fn message(
    resource: &dyn AnyResource,
    item: &crate::object::Item,
) -> Result<tf::list_resource::Event, Diagnostic> {
    let identity = convert::dynamic_value(&item.identity, resource.identity_type())
        .map_err(|error| convert::bad_value("write an identity", &error))?;
    let object = match &item.object {
        None => None,
        Some(object) => {
            let mut whole = crate::schema::absent_object(&resource.schema().attributes);
            if let (Some(entries), Some(object)) = (whole.as_map_mut(), object.as_map()) {
                entries.extend(object.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
            Some(convert::object_message(resource.schema(), resource.type_name(), &whole)?)
        }
    };
    Ok(tf::list_resource::Event {
        identity: Some(tf::ResourceIdentityData { identity_data: Some(identity) }),
        display_name: convert::printable_line(&item.display_name),
        resource_object: object,
        diagnostic: Vec::new(),
    })
}
