//! Types of Terraform values, as schemas declare them.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value as Json, json};

use super::display::shorten;
use super::{Dynamic, ValueError};

/// The type of a value, as far as a schema fixes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// Any number.
    Number,
    /// Text.
    String,
    /// Anything; the value brings its type along.
    Dynamic,
    /// Elements of one type, in order.
    List(Box<Type>),
    /// Elements of one type, without order or repetition.
    Set(Box<Type>),
    /// Elements of one type by text keys.
    Map(Box<Type>),
    /// Attributes, each of its own type.
    Object(BTreeMap<String, Type>),
    /// Elements by position, each of its own type.
    Tuple(Vec<Type>),
}

impl Type {
    /// The type as Terraform writes it in schemas and beside values of open type: `["list","string"]`.
    pub fn to_json(&self) -> Vec<u8> {
        self.json().to_string().into_bytes()
    }

    /// Reads what [`Type::to_json`] writes. Which attributes of an object are optional makes no difference to values,
    /// so such a list is accepted and dropped.
    ///
    /// # Errors
    /// If the bytes are no type, or one whose JSON nests over 127 deep.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ValueError> {
        let json: Json = serde_json::from_slice(bytes)
            .map_err(|error| ValueError::new(format!("expected a type: {error}")))?;
        Type::of_json(&json)
            .ok_or_else(|| ValueError::new(format!("expected a type, got {}", shorten(&json.to_string()))))
    }

    /// Whether a value of this type brings a type of its own along, anywhere inside.
    pub fn contains_dynamic(&self) -> bool {
        match self {
            Type::Dynamic => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(element) | Type::Set(element) | Type::Map(element) => element.contains_dynamic(),
            Type::Object(attributes) => attributes.values().any(Type::contains_dynamic),
            Type::Tuple(elements) => elements.iter().any(Type::contains_dynamic),
        }
    }

    /// The value with every set of this type sorted and free of repetitions. Elements that are not wholly known are
    /// all kept, because they may turn out to differ.
    pub fn normalize(&self, value: Dynamic) -> Dynamic {
        match (self, value) {
            (Type::Set(element), Dynamic::List(items)) => {
                let mut items: Vec<_> = items.into_iter().map(|item| element.normalize(item)).collect();
                items.sort();
                items.dedup_by(|next, kept| next == kept && kept.is_wholly_known());
                Dynamic::List(items)
            }
            (Type::List(element), Dynamic::List(items)) => {
                Dynamic::List(items.into_iter().map(|item| element.normalize(item)).collect())
            }
            (Type::Tuple(elements), Dynamic::List(items)) if elements.len() == items.len() => Dynamic::List(
                elements.iter().zip(items).map(|(element, item)| element.normalize(item)).collect(),
            ),
            (Type::Map(element), Dynamic::Map(entries)) => Dynamic::Map(
                entries.into_iter().map(|(key, value)| (key, element.normalize(value))).collect(),
            ),
            (Type::Object(attributes), Dynamic::Map(entries)) => Dynamic::Map(
                entries
                    .into_iter()
                    .map(|(name, value)| match attributes.get(&name) {
                        Some(ty) => (name, ty.normalize(value)),
                        None => (name, value),
                    })
                    .collect(),
            ),
            (_, Dynamic::Typed(ty, value)) => {
                let value = ty.normalize(*value);
                Dynamic::Typed(ty, Box::new(value))
            }
            (_, value) => value,
        }
    }

    /// The type of one value of this type, with every open place closed as that value closes it. Lists and maps whose
    /// elements may differ in type become tuples and objects, as in Terraform.
    ///
    /// A value without a type of its own in an open place has the type that its form suggests.
    pub fn resolve(&self, value: &Dynamic) -> Type {
        match (self, value) {
            (Type::Dynamic, Dynamic::Typed(ty, _)) => (**ty).clone(),
            (_, Dynamic::Typed(_, value)) => self.resolve(value),
            (Type::Dynamic, Dynamic::Null | Dynamic::Unknown(_)) => Type::Dynamic,
            (Type::Dynamic, Dynamic::Bool(_)) => Type::Bool,
            (Type::Dynamic, Dynamic::Number(_)) => Type::Number,
            (Type::Dynamic, Dynamic::String(_)) => Type::String,
            (Type::Dynamic, Dynamic::List(items)) => {
                Type::Tuple(items.iter().map(|item| self.resolve(item)).collect())
            }
            (Type::Dynamic, Dynamic::Map(entries)) => Type::Object(
                entries.iter().map(|(name, value)| (name.clone(), self.resolve(value))).collect(),
            ),
            (Type::List(element), Dynamic::List(items)) if element.contains_dynamic() => {
                Type::Tuple(items.iter().map(|item| element.resolve(item)).collect())
            }
            (Type::Map(element), Dynamic::Map(entries)) if element.contains_dynamic() => Type::Object(
                entries.iter().map(|(name, value)| (name.clone(), element.resolve(value))).collect(),
            ),
            (Type::Tuple(elements), Dynamic::List(items)) if elements.len() == items.len() => {
                Type::Tuple(elements.iter().zip(items).map(|(element, item)| element.resolve(item)).collect())
            }
            (Type::Object(attributes), Dynamic::Map(_)) => Type::Object(
                attributes.iter().map(|(name, ty)| (name.clone(), ty.resolve(value.get(name)))).collect(),
            ),
            (ty, _) => ty.clone(),
        }
    }

    fn json(&self) -> Json {
        match self {
            Type::Bool => json!("bool"),
            Type::Number => json!("number"),
            Type::String => json!("string"),
            Type::Dynamic => json!("dynamic"),
            Type::List(element) => json!(["list", element.json()]),
            Type::Set(element) => json!(["set", element.json()]),
            Type::Map(element) => json!(["map", element.json()]),
            Type::Object(attributes) => {
                let attributes: serde_json::Map<_, _> =
                    attributes.iter().map(|(name, ty)| (name.clone(), ty.json())).collect();
                json!(["object", attributes])
            }
            Type::Tuple(elements) => json!(["tuple", elements.iter().map(Type::json).collect::<Vec<_>>()]),
        }
    }

    fn of_json(json: &Json) -> Option<Type> {
        if let Some(name) = json.as_str() {
            return match name {
                "bool" => Some(Type::Bool),
                "number" => Some(Type::Number),
                "string" => Some(Type::String),
                "dynamic" => Some(Type::Dynamic),
                _ => None,
            };
        }
        match json.as_array()?.as_slice() {
            [Json::String(name), inner] if name != "object" && name != "tuple" => {
                let element = Box::new(Type::of_json(inner)?);
                match name.as_str() {
                    "list" => Some(Type::List(element)),
                    "set" => Some(Type::Set(element)),
                    "map" => Some(Type::Map(element)),
                    _ => None,
                }
            }
            [Json::String(name), Json::Array(elements)] if name == "tuple" => {
                elements.iter().map(Type::of_json).collect::<Option<_>>().map(Type::Tuple)
            }
            [Json::String(name), Json::Object(attributes)]
            | [Json::String(name), Json::Object(attributes), Json::Array(_)]
                if name == "object" =>
            {
                let attributes = attributes.iter().map(|(name, ty)| Some((name.clone(), Type::of_json(ty)?)));
                attributes.collect::<Option<_>>().map(Type::Object)
            }
            _ => None,
        }
    }
}

/// As a practitioner would write it: `list(string)`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Bool => f.write_str("bool"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::Dynamic => f.write_str("any"),
            Type::List(element) => write!(f, "list({element})"),
            Type::Set(element) => write!(f, "set({element})"),
            Type::Map(element) => write!(f, "map({element})"),
            Type::Object(attributes) => {
                f.write_str("object({")?;
                for (index, (name, ty)) in attributes.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{name} = {ty}")?;
                }
                f.write_str("})")
            }
            Type::Tuple(elements) => {
                f.write_str("tuple([")?;
                for (index, ty) in elements.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{ty}")?;
                }
                f.write_str("])")
            }
        }
    }
}

#[cfg(test)]
mod tests;
