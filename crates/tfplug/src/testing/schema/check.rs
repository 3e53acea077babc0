//! What a provider says of itself at the start of each run, held against what Terraform can load.
//!
//! One mistake in it makes a provider unusable, or Terraform crash. The framework's rules on schemas as they are declared
//! are in [`crate::schema`]; these are Terraform's on the messages
//! (`hashicorp/terraform:internal/configs/configschema/internal_validate.go`).

use std::collections::BTreeSet;

use tonic::Request;

use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::testing::Report;
use crate::testing::walk::Walk;
use crate::value::Type;

const INVALID: &str = "Failed to load plugin schemas";

impl Walk {
    /// Asks for all schemas.
    pub(in crate::testing) async fn schemas(&self, report: &mut Report) {
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
                Some(found) => block(found, name, false, &mut wrong),
                None => wrong.push(format!("{name}: the schema is missing")),
            }
            if schema.is_some_and(|schema| schema.version < 0) {
                wrong.push(format!("{name}: its version is negative"));
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
                let place = format!("{name}: identity {}", part.name);
                ty(&part.r#type, &place, &mut wrong);
                let simple = |ty: &Type| matches!(ty, Type::Bool | Type::Number | Type::String);
                let allowed = |ty: &Type| match ty {
                    Type::List(element) => simple(element),
                    ty => simple(ty),
                };
                if Type::from_json(&part.r#type).is_ok_and(|ty| !allowed(&ty)) {
                    wrong.push(format!("{place}: it is neither a simple value nor a list of such"));
                }
                if part.required_for_import == part.optional_for_import {
                    wrong.push(format!("{place}: it is either required or optional for import"));
                }
            }
        }
        for (name, function) in &answer.functions {
            ty(function.r#return.as_ref().map_or(&[], |found| &found.r#type), name, &mut wrong);
            let mut names = BTreeSet::new();
            for parameter in function.parameters.iter().chain(&function.variadic_parameter) {
                let place = format!("{name}: {}", parameter.name);
                ty(&parameter.r#type, &place, &mut wrong);
                if !names.insert(&parameter.name) {
                    wrong.push(format!("{place}: the name is used twice"));
                }
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

/// `in_set` is whether a set of blocks is around, of which the elements have no places of their own.
fn block(block: &tf::schema::Block, place: &str, in_set: bool, wrong: &mut Vec<String>) {
    use tf::schema::nested_block::NestingMode;
    let blocks = block.block_types.iter().map(|nested| &nested.type_name);
    let names = block.attributes.iter().map(|attribute| &attribute.name).chain(blocks);
    let mut seen = BTreeSet::new();
    for twice in names.filter(|name| !seen.insert(*name)) {
        wrong.push(format!("{place}: {twice}: the name is used twice"));
    }
    attributes(&block.attributes, place, in_set, wrong);
    for nested in &block.block_types {
        let place = format!("{place}: {}", nested.type_name);
        let (nesting, least, most) = (nested.nesting(), nested.min_items, nested.max_items);
        let sound = match nesting {
            NestingMode::Single => least == most && (0..=1).contains(&least),
            NestingMode::List | NestingMode::Set => least >= 0 && (most == 0 || least <= most),
            NestingMode::Map | NestingMode::Group => least == 0 && most == 0,
            NestingMode::Invalid => false,
        };
        if !sound {
            wrong.push(format!("{place}: blocks are not nested this way, from {least} to {most}"));
        }
        match &nested.block {
            Some(inner) => self::block(inner, &place, in_set || nesting == NestingMode::Set, wrong),
            None => wrong.push(format!("{place}: the block is missing")),
        }
    }
}

fn attributes(attributes: &[tf::schema::Attribute], place: &str, in_set: bool, wrong: &mut Vec<String>) {
    use tf::schema::object::NestingMode;
    for attribute in attributes {
        let place = format!("{place}: {}", attribute.name);
        let mut problem = |text: &str| wrong.push(format!("{place}: {text}"));
        if !(attribute.required || attribute.optional || attribute.computed)
            || (attribute.required && (attribute.optional || attribute.computed))
        {
            problem("it is either required, or optional, computed, or both");
        }
        if attribute.write_only && attribute.computed {
            problem("it is write-only and computed");
        }
        if attribute.write_only && in_set {
            problem("it is write-only inside a set");
        }
        if !attribute.deprecation_message.is_empty() && !attribute.deprecated {
            problem("it says why it is deprecated, but is not");
        }
        match &attribute.nested_type {
            None => {
                if in_set && Type::from_json(&attribute.r#type).is_ok_and(|ty| ty.contains_dynamic()) {
                    problem("values of any type cannot be in a set");
                }
                ty(&attribute.r#type, &place, wrong);
            }
            Some(_) if !attribute.r#type.is_empty() => problem("it has a type and a nested type"),
            Some(nested) => {
                let mut seen = BTreeSet::new();
                for twice in nested.attributes.iter().filter(|inner| !seen.insert(&inner.name)) {
                    problem(&format!("{}: the name is used twice", twice.name));
                }
                let in_set = in_set || nested.nesting() == NestingMode::Set;
                self::attributes(&nested.attributes, &place, in_set, wrong);
            }
        }
    }
}

/// Bytes that are no type make Terraform crash.
fn ty(bytes: &[u8], place: &str, wrong: &mut Vec<String>) {
    if Type::from_json(bytes).is_err() {
        wrong.push(format!("{place}: its type cannot be read"));
    }
}
