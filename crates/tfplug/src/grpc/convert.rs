//! Schemas, values, paths and diagnostics as protobuf messages, and back.

use crate::diag::{Diagnostic, Severity};
use crate::log::Masker;
use crate::object::Deferral;
use crate::proto::tfplugin6 as tf;
use crate::schema::{Attribute, FixedSchema, Kind, Mode, Nesting, Schema};
use crate::value::{Dynamic, Path, Step, Type, ValueError, json, msgpack};

/// A schema as Terraform wants it.
pub(crate) fn schema(schema: &Schema) -> tf::Schema {
    let mut block = block(&schema.attributes);
    block.description.clone_from(&schema.description);
    block.description_kind = tf::StringKind::Markdown as i32;
    block.deprecated = schema.deprecated.is_some();
    block.deprecation_message = schema.deprecated.clone().unwrap_or_default();
    tf::Schema { version: i64::from(schema.version), block: Some(block) }
}

fn block(attributes: &[Attribute]) -> tf::schema::Block {
    let mut block = tf::schema::Block::default();
    for attribute in attributes {
        match &attribute.kind {
            Kind::Block { nesting, min_items, max_items, attributes: inner } => {
                let mut nested = self::block(inner);
                nested.description.clone_from(&attribute.description);
                nested.description_kind = tf::StringKind::Markdown as i32;
                nested.deprecated = attribute.deprecated.is_some();
                nested.deprecation_message = attribute.deprecated.clone().unwrap_or_default();
                use tf::schema::nested_block::NestingMode;
                let nesting = match nesting {
                    Nesting::Single => NestingMode::Single,
                    Nesting::List => NestingMode::List,
                    Nesting::Set => NestingMode::Set,
                    Nesting::Map => NestingMode::Map,
                };
                block.block_types.push(tf::schema::NestedBlock {
                    type_name: attribute.name.clone(),
                    block: Some(nested),
                    nesting: nesting as i32,
                    min_items: i64::from(*min_items),
                    max_items: i64::from(*max_items),
                });
            }
            Kind::Value(_) | Kind::Nested(..) => block.attributes.push(self::attribute(attribute)),
        }
    }
    block
}

fn attribute(attribute: &Attribute) -> tf::schema::Attribute {
    let (ty, nested) = match &attribute.kind {
        Kind::Value(ty) => (ty.to_json(), None),
        Kind::Nested(nesting, attributes) | Kind::Block { nesting, attributes, .. } => {
            (Vec::new(), Some(self::nested(*nesting, attributes)))
        }
    };
    tf::schema::Attribute {
        name: attribute.name.clone(),
        r#type: ty.into(),
        nested_type: nested,
        description: attribute.description.clone(),
        description_kind: tf::StringKind::Markdown as i32,
        required: attribute.mode == Mode::Required,
        optional: matches!(attribute.mode, Mode::Optional | Mode::OptionalComputed),
        computed: attribute.mode.is_computed(),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        deprecated: attribute.deprecated.is_some(),
        deprecation_message: attribute.deprecated.clone().unwrap_or_default(),
    }
}

fn nested(nesting: Nesting, attributes: &[Attribute]) -> tf::schema::Object {
    use tf::schema::object::NestingMode;
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    tf::schema::Object {
        attributes: attributes.iter().map(attribute).collect(),
        nesting: nesting as i32,
        ..Default::default()
    }
}

/// The identity schema of a resource.
pub(super) fn identity_schema(version: u32, attributes: &[Attribute]) -> tf::ResourceIdentitySchema {
    let identity_attributes =
        attributes.iter().map(|attribute| tf::resource_identity_schema::IdentityAttribute {
            name: attribute.name.clone(),
            r#type: attribute.ty().to_json().into(),
            required_for_import: attribute.mode == Mode::Required,
            optional_for_import: attribute.mode != Mode::Required,
            description: attribute.description.clone(),
        });
    tf::ResourceIdentitySchema {
        version: i64::from(version),
        identity_attributes: identity_attributes.collect(),
    }
}

/// A value of that type; one that is not there at all is null.
pub(crate) fn value(message: Option<&tf::DynamicValue>, ty: &Type) -> Result<Dynamic, ValueError> {
    match message {
        Some(message) if !message.msgpack.is_empty() => msgpack::decode(&message.msgpack, ty),
        Some(message) if !message.json.is_empty() => json::decode(&message.json, ty),
        _ => Ok(Dynamic::Null),
    }
}

/// A value as Terraform wants it.
pub(crate) fn dynamic_value(value: &Dynamic, ty: &Type) -> Result<tf::DynamicValue, ValueError> {
    Ok(tf::DynamicValue { msgpack: msgpack::encode(value, ty)?.into(), json: Default::default() })
}

/// An object of that schema out of a message; `name` is its type.
pub(super) fn object(
    schema: &FixedSchema,
    name: &str,
    message: Option<&tf::DynamicValue>,
) -> Result<Dynamic, Diagnostic> {
    value(message, schema.ty()).map_err(|error| bad_value(&format!("read an object of {name}"), &error))
}

/// An object of that schema as a message; `name` is its type.
pub(super) fn object_message(
    schema: &FixedSchema,
    name: &str,
    object: &Dynamic,
) -> Result<tf::DynamicValue, Diagnostic> {
    dynamic_value(object, schema.ty())
        .map_err(|error| bad_value(&format!("write an object of {name}"), &error))
}

/// The reason to defer while the provider's settings are unknown.
pub(super) fn provider_unknown() -> tf::Deferred {
    deferred(Deferral::ProviderConfigUnknown)
}

/// A reason to defer as Terraform wants it.
pub(super) fn deferred(deferral: Deferral) -> tf::Deferred {
    use tf::deferred::Reason;
    let reason = match deferral {
        Deferral::ConfigUnknown => Reason::ResourceConfigUnknown,
        Deferral::ProviderConfigUnknown => Reason::ProviderConfigUnknown,
        Deferral::AbsentPrerequisite => Reason::AbsentPrereq,
    };
    tf::Deferred { reason: reason as i32 }
}

/// A path as Terraform wants it.
pub(crate) fn path(path: &Path) -> tf::AttributePath {
    use tf::attribute_path::step::Selector;
    let steps = path.steps().iter().map(|step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)),
        };
        tf::attribute_path::Step { selector: Some(selector) }
    });
    tf::AttributePath { steps: steps.collect() }
}

/// A diagnostic as Terraform wants it: secrets masked, and nothing that a terminal would take for a command.
pub(super) fn diagnostic(diagnostic: &Diagnostic, masker: &Masker) -> tf::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => tf::diagnostic::Severity::Error,
        Severity::Warning => tf::diagnostic::Severity::Warning,
    };
    tf::Diagnostic {
        severity: severity as i32,
        summary: printable(&masker.apply(&diagnostic.summary)),
        detail: printable(&masker.apply(&diagnostic.detail)),
        attribute: (!diagnostic.path.is_root()).then(|| path(&shown(&diagnostic.path, masker))),
    }
}

/// A path up to the first key that holds a secret.
fn shown(path: &Path, masker: &Masker) -> Path {
    let is_shown = |step: &&Step| match step {
        Step::Key(key) => masker.apply(key) == key.as_str(),
        Step::Attribute(_) | Step::Index(_) => true,
    };
    path.steps().iter().take_while(is_shown).cloned().collect()
}

/// Words in brackets that Terraform 1.14 and later take for colours (`mitchellh/colorstring`).
const MARKUP: [&str; 24] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "default",
    "light_gray",
    "dark_gray",
    "light_red",
    "light_green",
    "light_yellow",
    "light_blue",
    "light_magenta",
    "light_cyan",
    "light_white",
    "bold",
    "dim",
    "underline",
    "reset",
    "invert",
    "hidden",
];

/// The text without control characters other than line breaks and tabs, and with colour markup broken by an invisible
/// character, so that messages from elsewhere appear as they were written.
pub(super) fn printable(text: &str) -> String {
    let mut printable: String =
        text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect();
    if printable.contains('[') {
        for word in MARKUP {
            let markup = format!("[{word}]");
            if printable.contains(&markup) {
                printable = printable.replace(&markup, &format!("[\u{2060}{word}]"));
            }
        }
    }
    printable
}

/// The same on one line.
pub(super) fn printable_line(text: &str) -> String {
    printable(text).replace(['\n', '\t'], " ")
}

/// The message about a value that could not be read or written.
pub(super) fn bad_value(what: &str, error: &ValueError) -> Diagnostic {
    Diagnostic::error(
        format!("The provider could not {what}"),
        format!(
            "{error}\n\nThis is a bug of the provider or of Terraform. Please report it to the provider."
        ),
    )
    .at(error.path().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Terraform shows the path of a diagnostic, too.
    #[test]
    fn a_path_leads_to_no_secret_key() {
        let masker = Masker::default();
        masker.mask("hunter2222");
        let inside = Path::attribute("rooms").key("a").attr("labels");
        let of = |path: &Path| diagnostic(&Diagnostic::warning("s", "d").at(path.clone()), &masker).attribute;
        assert_eq!(of(&inside.key("hunter2222").attr("x")), Some(path(&inside)));
        assert_eq!(of(&inside.key("b").attr("x")), Some(path(&inside.key("b").attr("x"))));
    }

    #[test]
    fn a_terminal_sees_text_only() {
        assert_eq!(printable("a\x1b[31mb\r\n\tc"), "a[31mb\n\tc");
        assert_eq!(printable("[red] and [1]"), "[\u{2060}red] and [1]");
    }
}
