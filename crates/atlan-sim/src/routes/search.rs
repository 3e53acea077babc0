//! `/api/meta/search/indexsearch`: Atlan's search of assets. The only assets of this tenant are its personas, and of the query language
//! it knows the terms that Atlan's clients send to find one by its name.

use serde_json::{Value, json};

use crate::reply::{Outcome, Reply};
use crate::routes::Call;
use crate::state::{PERSONAS, Persona};

pub(super) fn index_search(call: &Call) -> Outcome<Reply> {
    let body: Value = call.json()?;
    let dsl = &body["dsl"];
    let mut terms = Vec::new();
    collect(&dsl["query"], &mut terms);
    let found: Vec<&Persona> = PERSONAS.iter().filter(|persona| fits(persona, &terms)).collect();
    let number = |field: &str, default: usize| {
        dsl[field].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(default)
    };
    let page: Vec<Value> = found
        .iter()
        .skip(number("from", 0))
        .take(number("size", 10))
        .map(|persona| entity(persona))
        .collect();
    let mut answer = json!({ "searchParameters": body, "approximateCount": found.len() });
    // The key is absent when there is nothing to show.
    if !page.is_empty() {
        answer["entities"] = page.into();
    }
    Ok(Reply::ok(answer))
}

/// The fields and values of all `term` conditions, however deep.
fn collect<'a>(query: &'a Value, terms: &mut Vec<(&'a str, &'a str)>) {
    match query {
        Value::Array(several) => several.iter().for_each(|query| collect(query, terms)),
        Value::Object(fields) => {
            for (key, inner) in fields {
                match inner.as_object().filter(|_| key == "term") {
                    Some(term) => terms.extend(term.iter().filter_map(|(field, value)| {
                        Some((field.as_str(), value.get("value").unwrap_or(value).as_str()?))
                    })),
                    None => collect(inner, terms),
                }
            }
        }
        _ => {}
    }
}

/// Whether a persona meets all conditions. Newer versions of Atlan's Python client write the type in capitals.
fn fits(persona: &Persona, terms: &[(&str, &str)]) -> bool {
    terms.iter().all(|(field, value)| match field.trim_end_matches(".keyword") {
        "__typeName" | "__superTypeNames" => {
            ["Persona", "Referenceable", "Asset"].iter().any(|name| name.eq_ignore_ascii_case(value))
        }
        "__state" => *value == "ACTIVE",
        "name" => *value == persona.name,
        "qualifiedName" => *value == persona.qualified_name,
        "__guid" => *value == persona.id,
        // Nothing is known about this field, so nothing has the value.
        _ => false,
    })
}

fn entity(persona: &Persona) -> Value {
    let Persona { id, name, qualified_name } = persona;
    json!({
        "typeName": "Persona", "guid": id, "status": "ACTIVE", "displayText": name,
        "attributes": { "name": name, "qualifiedName": qualified_name },
    })
}
