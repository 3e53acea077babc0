//! Mappers as Atlan writes them: objects of Keycloak, whose settings are texts.

use serde_json::{Map, Value, json};

use super::NewSsoGroupMapping;
use crate::answer::Answer;
use crate::error::Result;
use crate::records::{IdpAlias, SsoGroupMapping};

/// Kind of the mappers that put people into groups.
const GROUP_MAPPER: &str = "saml-group-idp-mapper";
const CONFIG: &str = "config";
const GROUP: &str = "group";
const CLAIM: &str = "attribute.name";
const VALUE: &str = "attribute.value";
const IS_REGEX: &str = "are.attribute.values.regex";

/// The group mappings in a list of mappers. Go writes an empty list as `null`.
pub(super) fn read(answer: &Answer, idp: &IdpAlias) -> Result<Vec<SsoGroupMapping>> {
    let mappers: Option<Vec<Map<String, Value>>> = answer.json()?;
    let is_group_mapper =
        |mapper: &Map<String, Value>| text(mapper, "identityProviderMapper") == GROUP_MAPPER;
    let mappers = mappers.unwrap_or_default().into_iter().filter(is_group_mapper);
    mappers.map(|mapper| mapping(mapper, answer, idp)).collect()
}

fn mapping(record: Map<String, Value>, answer: &Answer, idp: &IdpAlias) -> Result<SsoGroupMapping> {
    let id = text(&record, "id").parse();
    let id = id.map_err(|_| answer.unreadable("`id` of a group mapper is missing or malformed"))?;
    let none = Map::new();
    let config = record.get(CONFIG).and_then(Value::as_object).unwrap_or(&none);
    Ok(SsoGroupMapping {
        id,
        idp_alias: idp.clone(),
        name: text(&record, "name").to_owned(),
        group_name: text(config, GROUP).to_owned(),
        sso_group: text(config, VALUE).to_owned(),
        attribute_name: text(config, CLAIM).to_owned(),
        is_regex: text(config, IS_REGEX).eq_ignore_ascii_case("true"),
        record,
    })
}

fn text<'a>(object: &'a Map<String, Value>, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The body that creates a mapping, as Atlan's own clients send it.
pub(super) fn body(new: &NewSsoGroupMapping) -> Value {
    json!({
        "name": new.name,
        "identityProviderAlias": new.idp_alias.as_str(),
        "identityProviderMapper": GROUP_MAPPER,
        CONFIG: {
            "syncMode": "FORCE",
            "attributes": "[]",
            GROUP: new.group.name,
            CLAIM: new.attribute_name,
            VALUE: new.sso_group,
            IS_REGEX: "",
        },
    })
}

/// Changes a record.
pub(super) fn set(record: &mut Map<String, Value>, sso_group: &str, attribute_name: &str) {
    let config = record.entry(CONFIG).or_insert_with(|| json!({}));
    if let Some(config) = config.as_object_mut() {
        config.insert(VALUE.to_owned(), sso_group.into());
        config.insert(CLAIM.to_owned(), attribute_name.into());
    }
}
