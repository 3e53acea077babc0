//! Schemas as data: which attributes an object has, what each may hold and how its value comes about.
//!
//! Derives write schemas, [`merge`] joins the arguments and the computed attributes of one object, [`problems`] checks
//! Terraform's rules on schemas, `grpc` sends them and [`crate::docgen`] prints them. The pipeline reads everything it
//! decides from here, so a rule stated on a field holds in validation, plan, apply and documentation alike.

pub mod checks;
mod combine;
mod fields;
mod merge;
mod names;
pub(crate) mod nested;
mod ready;
mod rules;
mod same;
mod text_id;
mod validity;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

pub use checks::{Check, Checks, at_least, at_most, between, len, not_blank, one_of};
pub(crate) use combine::{combine, combine_read, complete, taken};
#[doc(hidden)]
pub use fields::derived;
pub(crate) use fields::expected;
pub use fields::{ArgKey, Args, Attr, Computed, ComputedKey, Fields, Identity};
pub use merge::merge;
pub(crate) use merge::mismatches;
pub(crate) use names::{check as check_names, outcomes as check_outcomes, pair as check_pairs};
pub use ready::{ById, ByName};
pub(crate) use rules::{Breach, Presence, breaches};
pub use rules::{Relation, Rule};
pub use same::Same;
pub(crate) use validity::is_name;
pub use validity::{Place, problems};

use crate::value::{Dynamic, Type};

/// What an object (a resource, the provider itself, …) looks like.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Schema {
    /// Version of the stored state; raised when old states need [`crate::Resource::upgrades`].
    pub version: u32,
    /// What the object is, in Markdown.
    pub description: String,
    /// Why not to use it any more, and what to use instead.
    pub deprecated: Option<String>,
    /// Attributes and blocks, in the order in which the struct declares them.
    pub attributes: Vec<Attribute>,
}

/// One attribute or nested block.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attribute {
    /// Name in configurations.
    pub name: String,
    /// What it is for, in Markdown.
    pub description: String,
    /// What it holds.
    pub kind: Kind,
    /// Who gives the value.
    pub mode: Mode,
    /// Whether Terraform hides the value in its output.
    pub sensitive: bool,
    /// Whether the value is used but never stored.
    pub write_only: bool,
    /// Why not to set it any more, and what to set instead.
    pub deprecated: Option<String>,
    /// The value where the configuration says nothing.
    pub default: Option<Dynamic>,
    /// Whether a change makes a new object.
    pub replace: Option<Replace>,
    /// When a computed value may change; every computed attribute has one.
    pub outcome: Option<Outcome>,
    /// What a known value has to satisfy.
    pub checks: Vec<Check>,
    /// What it has to do with other attributes of its object; a rule about several alike stands at one of them.
    pub rules: Vec<Rule>,
    /// What an element of a list, set or map is; of a tuple, what each part is. Empty where nobody said.
    pub elements: Vec<Attribute>,
    /// Whether two known values mean the same, where that is wider than being equal.
    pub same: Option<Same>,
    /// The allowed values, where they can be listed.
    pub choices: Vec<String>,
    /// Further spellings of the allowed values, each after the one that it means.
    pub aliases: Vec<(String, String)>,
    /// Why a required value may be null all the same, and what to do then, as sentences.
    pub when_null: String,
    /// Environment variable that fills the gap when a provider argument is absent.
    pub env: Option<String>,
    /// Whether a function takes any number of such arguments; it is its last parameter.
    pub variadic: bool,
    /// Whether a function is called although this argument is unknown.
    pub unknown: bool,
}

/// What an attribute holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// A value of that type.
    Value(Type),
    /// Objects with attributes of their own, written `name = { … }`.
    Nested(Nesting, Vec<Attribute>),
    /// Objects with attributes of their own, written `name { … }`.
    Block {
        /// How many and by which key.
        nesting: Nesting,
        /// The fewest allowed.
        min_items: u32,
        /// The most allowed; 0 means any number.
        max_items: u32,
        /// What each of them has.
        attributes: Vec<Attribute>,
    },
}

/// How nested objects are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// Objects in order.
    List,
    /// Objects without order or repetition.
    Set,
    /// Objects by text keys.
    Map,
}

/// Who gives the value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The configuration must.
    Required,
    /// The configuration may.
    Optional,
    /// Only the provider does.
    Computed,
    /// The configuration may, otherwise the provider does.
    OptionalComputed,
}

impl Mode {
    /// Whether the provider may give the value.
    pub fn is_computed(self) -> bool {
        matches!(self, Mode::Computed | Mode::OptionalComputed)
    }

    /// Whether the configuration may give the value.
    pub fn is_configurable(self) -> bool {
        !matches!(self, Mode::Computed)
    }
}

/// When a computed value may differ from the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Never again after creation.
    Keep,
    /// Never again once it is not null.
    KeepNonNull,
    /// Only when one of these attributes changes.
    Follows(Vec<String>),
    /// At every update.
    Volatile,
}

/// When a change of an attribute makes a new object.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Replace {
    /// Always.
    Always,
    /// When this says so of the prior and the planned value, both known.
    If(fn(prior: &Dynamic, planned: &Dynamic) -> bool),
    /// When the configuration gives the value; one that the provider decides may change in place.
    IfConfigured,
}

impl fmt::Debug for Replace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Replace::Always => "Always",
            Replace::If(_) => "If(…)",
            Replace::IfConfigured => "IfConfigured",
        })
    }
}

impl Schema {
    /// The type of a whole object of this schema.
    pub fn ty(&self) -> Type {
        object_type(&self.attributes)
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

impl Attribute {
    /// An attribute with nothing said but its name, what it holds and who gives it.
    pub fn new(name: impl Into<String>, kind: Kind, mode: Mode) -> Self {
        Attribute {
            name: name.into(),
            description: String::new(),
            kind,
            mode,
            sensitive: false,
            write_only: false,
            deprecated: None,
            default: None,
            replace: None,
            outcome: None,
            checks: Vec::new(),
            rules: Vec::new(),
            elements: Vec::new(),
            same: None,
            choices: Vec::new(),
            aliases: Vec::new(),
            when_null: String::new(),
            env: None,
            variadic: false,
            unknown: false,
        }
    }

    /// The type of its value.
    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Value(ty) => ty.clone(),
            Kind::Nested(nesting, attributes) | Kind::Block { nesting, attributes, .. } => {
                nesting.ty(object_type(attributes))
            }
        }
    }

    /// The attributes of its objects, if it holds objects.
    pub fn nested(&self) -> Option<(Nesting, &[Attribute])> {
        match &self.kind {
            Kind::Value(_) => None,
            Kind::Nested(nesting, attributes) | Kind::Block { nesting, attributes, .. } => {
                Some((*nesting, attributes))
            }
        }
    }

    /// Whether something of it is sensitive or write-only, at any depth.
    pub(crate) fn holds_secrets(&self) -> bool {
        self.sensitive
            || self.write_only
            || self.elements.iter().any(Attribute::holds_secrets)
            || self.nested().is_some_and(|(_, inner)| inner.iter().any(Attribute::holds_secrets))
    }

    /// Whether `holds` is true of it or of an attribute of its objects, at any depth. A walk over many objects asks this first,
    /// because most attributes have nothing that the walk is for.
    pub(crate) fn any_within(&self, holds: fn(&Attribute) -> bool) -> bool {
        holds(self) || self.nested().is_some_and(|(_, inner)| any_within(inner, holds))
    }

    /// Whether it is written as a block.
    pub fn is_block(&self) -> bool {
        matches!(self.kind, Kind::Block { .. })
    }

    /// Whether two values of it mean the same.
    pub fn same(&self, a: &Dynamic, b: &Dynamic) -> bool {
        a == b || self.same.as_ref().is_some_and(|same| same.holds(a, b))
    }

    /// What stands for "not given": null, except for repeated blocks, which are empty then.
    pub fn absent(&self) -> Dynamic {
        match &self.kind {
            Kind::Block { nesting: Nesting::List | Nesting::Set, .. } => Dynamic::List(Vec::new()),
            Kind::Block { nesting: Nesting::Map, .. } => Dynamic::Map(BTreeMap::new()),
            _ => Dynamic::Null,
        }
    }
}

impl Nesting {
    /// The type of a value that nests `object` this way. Where the object contains a value of open type, the elements
    /// may differ in type, which only an open type can express.
    fn ty(self, object: Type) -> Type {
        match self {
            Nesting::Single => object,
            Nesting::List | Nesting::Map if object.contains_dynamic() => Type::Dynamic,
            Nesting::List => Type::List(Box::new(object)),
            Nesting::Set => Type::Set(Box::new(object)),
            Nesting::Map => Type::Map(Box::new(object)),
        }
    }
}

/// A schema that no longer changes, with the type of its objects: every call reads and writes objects of it.
#[derive(Debug)]
pub(crate) struct FixedSchema {
    schema: Schema,
    ty: Type,
}

impl FixedSchema {
    /// The type of a whole object of this schema.
    pub(crate) fn ty(&self) -> &Type {
        &self.ty
    }
}

impl From<Schema> for FixedSchema {
    fn from(schema: Schema) -> Self {
        FixedSchema { ty: schema.ty(), schema }
    }
}

impl Deref for FixedSchema {
    type Target = Schema;

    fn deref(&self) -> &Schema {
        &self.schema
    }
}

/// [`Attribute::any_within`] of any of these.
pub(crate) fn any_within(attributes: &[Attribute], holds: fn(&Attribute) -> bool) -> bool {
    attributes.iter().any(|attribute| attribute.any_within(holds))
}

/// The type of an object with these attributes.
pub fn object_type(attributes: &[Attribute]) -> Type {
    Type::Object(attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty())).collect())
}

/// An object in which no attribute is given.
pub fn absent_object(attributes: &[Attribute]) -> Dynamic {
    Dynamic::Map(attributes.iter().map(|attribute| (attribute.name.clone(), attribute.absent())).collect())
}
