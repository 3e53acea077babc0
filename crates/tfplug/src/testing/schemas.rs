//! What a provider says of itself at the start of each run, held against what Terraform can load.
//!
//! One mistake in it makes a provider unusable, or Terraform crash. The rules on schemas as they are declared are in
//! [`crate::schema`]; these are those on the messages.

use tonic::Request;

use super::Report;
use super::walk::Walk;
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::value::Type;

const INVALID: &str = "Failed to load plugin schemas";

impl Walk {
    /// Asks for all schemas.
    pub(super) async fn schemas(&self, report: &mut Report) {
        let request = tf::get_provider_schema::Request {};
        let answer = self.server().get_provider_schema(Request::new(request)).await;
        let Some(answer) = self.received(answer, report) else { return };
        let request = tf::get_resource_identity_schemas::Request {};
        let identities = self.server().get_resource_identity_schemas(Request::new(request)).await;
        let Some(identities) = self.received(identities, report) else { return };
        report.receive(answer.diagnostics);
        report.receive(identities.diagnostics);
        let mut wrong = Vec::new();
        if answer.server_capabilities != Some(CAPABILITIES) {
            wrong.push(
                "The provider does not say that it plans deletions, moves states and generates configurations".to_owned(),
            );
        }
        let blocks = [("provider", answer.provider.as_ref())].into_iter();
        let blocks = blocks.chain(named(&answer.resource_schemas)).chain(named(&answer.data_source_schemas));
        let blocks = blocks.chain(named(&answer.ephemeral_resource_schemas));
        let blocks = blocks.chain(named(&answer.list_resource_schemas));
        let actions = answer.action_schemas.iter();
        let blocks = blocks.chain(actions.map(|(name, action)| (name.as_str(), action.schema.as_ref())));
        for (name, schema) in blocks {
            match schema.and_then(|schema| schema.block.as_ref()) {
                Some(found) => block(found, name, &mut wrong),
                None => wrong.push(format!("{name}: the schema is missing")),
            }
        }
        for name in answer.list_resource_schemas.keys() {
            if !answer.resource_schemas.contains_key(name) || !identities.identity_schemas.contains_key(name)
            {
                wrong.push(format!("{name}: a list needs a resource of its name with an identity"));
            }
        }
        for (name, identity) in &identities.identity_schemas {
            for part in &identity.identity_attributes {
                ty(&part.r#type, &format!("{name}: identity {}", part.name), &mut wrong);
                if part.required_for_import == part.optional_for_import {
                    wrong.push(format!(
                        "{name}: identity {}: it is either required or optional for import",
                        part.name
                    ));
                }
            }
        }
        for (name, function) in &answer.functions {
            ty(function.r#return.as_ref().map_or(&[], |found| &found.r#type), name, &mut wrong);
            for parameter in function.parameters.iter().chain(&function.variadic_parameter) {
                ty(&parameter.r#type, &format!("{name}: {}", parameter.name), &mut wrong);
            }
        }
        wrong.into_iter().for_each(|problem| report.error(INVALID, problem));
    }
}

/// What saves Terraform from work and practitioners from surprises.
const CAPABILITIES: tf::ServerCapabilities = tf::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

fn named(
    schemas: &std::collections::BTreeMap<String, tf::Schema>,
) -> impl Iterator<Item = (&str, Option<&tf::Schema>)> {
    schemas.iter().map(|(name, schema)| (name.as_str(), Some(schema)))
}

fn block(block: &tf::schema::Block, place: &str, wrong: &mut Vec<String>) {
    attributes(&block.attributes, place, wrong);
    for nested in &block.block_types {
        let place = format!("{place}: {}", nested.type_name);
        match &nested.block {
            Some(inner) => self::block(inner, &place, wrong),
            None => wrong.push(format!("{place}: the block is missing")),
        }
    }
}

fn attributes(attributes: &[tf::schema::Attribute], place: &str, wrong: &mut Vec<String>) {
    for attribute in attributes {
        let place = format!("{place}: {}", attribute.name);
        if !(attribute.required || attribute.optional || attribute.computed)
            || (attribute.required && (attribute.optional || attribute.computed))
        {
            wrong.push(format!("{place}: it is either required, or optional, computed, or both"));
        }
        match &attribute.nested_type {
            None => ty(&attribute.r#type, &place, wrong),
            Some(_) if !attribute.r#type.is_empty() => {
                wrong.push(format!("{place}: it has a type and a nested type"));
            }
            Some(nested) => self::attributes(&nested.attributes, &place, wrong),
        }
    }
}

/// Bytes that are no type make Terraform crash.
fn ty(bytes: &[u8], place: &str, wrong: &mut Vec<String>) {
    if Type::from_json(bytes).is_err() {
        wrong.push(format!("{place}: its type cannot be read"));
    }
}
