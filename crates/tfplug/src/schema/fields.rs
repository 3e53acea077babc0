//! Rust types as attributes: what the derives implement, and the typed keys by which views look values up.
//!
//! [`Attr`] is one field's type: what the attribute holds and how a value becomes that type and back. [`Fields`] is a
//! struct of such fields; [`Args`] are what a configuration may say, [`Computed`] what the provider answers, and an
//! [`Identity`] what names one remote object. Nothing here knows of plans or states.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use super::{Attribute, Kind, Nesting, Same};
use crate::object::Timeouts;
use crate::value::{Dynamic, Path, Step, Type, Value, ValueError, normal};

/// A Rust type that can be the type of a field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of an attribute",
    label = "not a type of Terraform's",
    note = "for text with a meaning of its own, implement `tfplug::Text` or derive `Choice` for an enum",
    note = "for an object with attributes of its own, derive `Args` or `Computed`"
)]
pub trait Attr: Sized {
    /// The type without its wrapper: `T` for `Option<T>`, itself otherwise. It is what views give for a known value.
    type Inner: Attr;

    /// Whether the value may be absent. A constant, so that type aliases work as well as spelled-out types.
    const OPTIONAL: bool = false;

    /// What the compiler knows of the type, for what a collection of it could not keep.
    #[doc(hidden)]
    const TRAITS: derived::Traits = derived::Traits::PLAIN;

    /// What the compiler knows of the values, to compare a field with the one of the same name in the other struct.
    #[doc(hidden)]
    const SHAPE: &'static derived::Shape = &derived::Shape::Unknown;

    /// What the attribute holds.
    fn kind() -> Kind;

    /// Adds what the type itself knows about its attribute: checks, allowed values, equality of meaning, secrecy.
    fn describe(attribute: &mut Attribute) {
        let _ = attribute;
    }

    /// Reads a value in which nothing is unknown.
    ///
    /// # Errors
    /// When the value is of another type or breaks a rule of this one.
    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError>;

    /// The value as Terraform holds it.
    fn to_dynamic(&self) -> Dynamic;
}

/// A struct whose fields are attributes. Derived.
pub trait Fields: Sized {
    /// The struct's doc comment.
    const DESCRIPTION: &'static str;

    /// The fields, where the compiler knows them: then it checks the names by which other structs refer to them, and holds
    /// them against the fields of the other struct.
    #[doc(hidden)]
    const FIELDS: Option<&'static [derived::Field]> = None;

    /// The attributes in order.
    fn attributes() -> Vec<Attribute>;

    /// Reads an object in which nothing is unknown; attributes of other structs are ignored.
    ///
    /// # Errors
    /// When an attribute does not hold what its field can.
    fn from_object(object: &Dynamic) -> Result<Self, ValueError>;

    /// The object with the attributes of this struct only.
    fn to_object(&self) -> BTreeMap<String, Dynamic>;
}

/// What a configuration may say. Derived by `#[derive(Args)]`.
pub trait Args: Fields + Send + Sync + 'static {
    /// Version of the stored state, from `#[args(version = n)]`.
    const VERSION: u32 = 0;

    /// Why not to use the object any more, from `#[args(deprecated = "…")]`.
    const DEPRECATED: Option<&'static str> = None;

    /// The operations whose duration can be limited, from `#[args(timeouts(create = "5m", …))]`.
    const TIMEOUTS: Timeouts = Timeouts::NONE;
}

/// What the provider answers. Derived by `#[derive(Computed)]`.
pub trait Computed: Fields + Send + Sync + 'static {
    /// The attributes with `#[attr(follows(…))]`, each with those that it follows.
    const FOLLOWS: &'static [(&'static str, &'static [&'static str])] = &[];
}

/// What names one remote object for all its life. Derived by `#[derive(Identity)]`; each field must also be an attribute
/// of the object, from whose value it is filled.
pub trait Identity: Fields + Clone + fmt::Debug + Send + Sync + 'static {
    /// Version of the stored identity, from `#[identity(version = n)]`; raised when old ones need
    /// [`crate::Resource::identity_upgrades`].
    const VERSION: u32 = 0;

    /// Reads one line of text, as `terraform import` takes it: the attributes that an import must give, in order, with
    /// the separator between them, `ops/7` for `{ group, seat }`. A single attribute is the whole text.
    ///
    /// # Errors
    /// When there are more or fewer parts than attributes, a part is empty, or one is not of its attribute's type.
    fn from_text(text: &str, separator: char) -> crate::Result<Self> {
        super::text_id::read(text, separator)
    }
}

/// Names an argument of `S`, whose known value is a `T`.
pub struct ArgKey<S, T>(&'static str, PhantomData<fn() -> (S, T)>);

/// Names a computed attribute of `S`, whose known value is a `T`.
pub struct ComputedKey<S, T>(&'static str, PhantomData<fn() -> (S, T)>);

macro_rules! key {
    ($name:ident) => {
        impl<S, T> $name<S, T> {
            /// The key of the attribute of that name. Derives write it; the name is theirs to get right.
            #[doc(hidden)]
            pub const fn new(name: &'static str) -> Self {
                $name(name, PhantomData)
            }

            /// Name of the attribute.
            pub const fn name(&self) -> &'static str {
                self.0
            }
        }

        impl<S, T> Clone for $name<S, T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<S, T> Copy for $name<S, T> {}

        impl<S, T> From<$name<S, T>> for Path {
            fn from(key: $name<S, T>) -> Path {
                Path::attribute(key.0)
            }
        }
    };
}

key!(ArgKey);
key!(ComputedKey);

/// What derives call for each field.
#[doc(hidden)]
pub mod derived {
    use super::*;
    pub use crate::schema::names::{fits, has};
    use crate::schema::{Mode, Outcome};

    /// What a type knows about its attribute.
    type Describe = fn(&mut Attribute);

    /// What the compiler knows of the values of a type.
    #[derive(Clone, Copy, Debug)]
    pub enum Shape {
        /// Nothing, as of a type with an [`Attr`] of its own.
        Unknown,
        /// A bool.
        Bool,
        /// A number, by the name of the Rust type that holds it.
        Number(&'static str),
        /// Text, by the rule that it must keep ([`crate::Text::RULE`]); empty for any text.
        Text(&'static str),
        /// Any value, with its type.
        Any,
        /// A list.
        List(&'static Shape),
        /// A set.
        Set(&'static Shape),
        /// A map.
        Map(&'static Shape),
        /// A tuple of parts.
        Tuple(&'static [&'static Shape]),
        /// An object.
        Object(&'static [Field]),
    }

    /// What the compiler knows of a field.
    #[derive(Clone, Copy, Debug)]
    pub struct Field {
        /// Name of the attribute.
        pub name: &'static str,
        /// Whether the configuration may leave it out.
        pub optional: bool,
        /// Whether it has a default.
        pub default: bool,
        /// Whether it is read anew each time, by a data source or an ephemeral resource.
        pub data: bool,
        /// Its values.
        pub shape: &'static Shape,
    }

    /// What the compiler knows of a type. Only an attribute can be write-only, sensitive, have a default or force a
    /// replacement: an object that is a mere element of a value has no attributes of its own, and would lose them without a
    /// word.
    #[derive(Clone, Copy, Debug)]
    pub struct Traits {
        /// Nothing of it may be stored.
        pub write_only: bool,
        /// Nobody may see it.
        pub sensitive: bool,
        /// Several values, in whatever order.
        pub collection: bool,
        /// An object of which an attribute is write-only, sensitive, has a default or forces a replacement.
        pub rich: bool,
        /// Why the type cannot be that of a field.
        pub problem: Option<&'static str>,
    }

    impl Traits {
        /// Nothing out of the ordinary.
        pub const PLAIN: Traits =
            Traits { write_only: false, sensitive: false, collection: false, rich: false, problem: None };

        /// A collection of such elements.
        pub const fn of_elements(self) -> Traits {
            let problem = if self.write_only {
                Some(
                    "a collection cannot hold single values that are write-only: make the whole of it `WriteOnly`, or write-only \
                     an attribute of the objects in it",
                )
            } else if self.collection && self.rich {
                Some(
                    "objects in a collection of collections cannot have write-only or sensitive attributes, nor defaults or \
                     `replace`: put a struct between the two",
                )
            } else {
                self.problem
            };
            Traits { write_only: false, collection: true, problem, ..self }
        }

        /// A tuple whose parts were added one by one.
        pub const fn of_parts(self) -> Traits {
            let problem = if self.rich {
                Some(
                    "a part of a tuple cannot be write-only, sensitive, or an object with such attributes, defaults or `replace`",
                )
            } else {
                self.problem
            };
            Traits { collection: true, problem, ..self }
        }

        /// An object with one more attribute of such a type, which may have a default or force a replacement.
        #[must_use]
        pub const fn with(self, field: Traits, default_or_replace: bool) -> Traits {
            let rich = self.rich || field.rich || field.write_only || field.sensitive || default_or_replace;
            // Of an object each field is refused where it stands; of a tuple nothing else tells.
            let problem = if self.problem.is_none() { field.problem } else { self.problem };
            Traits { rich, problem, ..self }
        }

        /// Refuses the type of a field, within the compiler.
        #[expect(clippy::panic, reason = "it runs in the compiler, whose error this is")]
        #[track_caller]
        pub const fn check(self) {
            if let Some(problem) = self.problem {
                panic!("{}", problem);
            }
        }
    }

    /// An argument: required or optional by its type.
    pub fn argument(
        name: &str,
        description: &str,
        kind: Kind,
        describe: Describe,
        optional: bool,
    ) -> Attribute {
        let mode = if optional { Mode::Optional } else { Mode::Required };
        field(name, description, kind, describe, mode)
    }

    /// An argument that has a default where the configuration says nothing.
    pub fn argument_or(
        name: &str,
        description: &str,
        kind: Kind,
        describe: Describe,
        default: Dynamic,
    ) -> Attribute {
        let mut attribute = field(name, description, kind, describe, Mode::OptionalComputed);
        attribute.default = Some(default);
        attribute
    }

    /// A computed attribute that is read anew each time.
    pub fn answered(name: &str, description: &str, kind: Kind, describe: Describe) -> Attribute {
        let mut attribute = field(name, description, kind, describe, Mode::Computed);
        attribute.checks.clear();
        attribute
    }

    /// A computed attribute of a resource.
    pub fn computed(
        name: &str,
        description: &str,
        kind: Kind,
        describe: Describe,
        outcome: Outcome,
    ) -> Attribute {
        Attribute { outcome: Some(outcome), ..answered(name, description, kind, describe) }
    }

    /// What an element or a part of that type is.
    pub fn element<T: Attr>() -> Attribute {
        let mode = if T::OPTIONAL { Mode::Optional } else { Mode::Required };
        let mut element = Attribute::new("", T::kind(), mode);
        T::describe(&mut element);
        element
    }

    fn field(name: &str, description: &str, kind: Kind, describe: Describe, mode: Mode) -> Attribute {
        let mut attribute = Attribute::new(name, kind, mode);
        description.clone_into(&mut attribute.description);
        describe(&mut attribute);
        attribute
    }

    /// The field of that name out of an object.
    pub fn get<T>(
        object: &Dynamic,
        name: &str,
        read: fn(&Dynamic) -> Result<T, ValueError>,
    ) -> Result<T, ValueError> {
        read(object.get(name)).map_err(|error| error.under(Step::Attribute(name.to_owned())))
    }

    /// The value of an optional field whose value is in a box.
    pub fn unboxed<T: Attr>(value: &Option<Box<T>>) -> Dynamic {
        value.as_deref().map_or(Dynamic::Null, T::to_dynamic)
    }

    /// The type of a field that takes all further arguments of a function.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot take all further arguments of a function",
        label = "write `Vec<T>`"
    )]
    pub trait Variadic {
        /// One of the arguments.
        type Element: Attr;
    }

    impl<T: Attr> Variadic for Vec<T> {
        type Element = T;
    }

    /// Makes a parameter take all further arguments, each as its type has it: null or unknown where that allows it.
    pub fn variadic<T: Variadic>(attribute: &mut Attribute) {
        let mut element = Attribute::new("", T::Element::kind(), Mode::Required);
        T::Element::describe(&mut element);
        attribute.variadic = true;
        attribute.unknown |= element.unknown;
        if T::Element::OPTIONAL {
            attribute.mode = Mode::Optional;
        }
    }
}

pub(crate) fn expected<T>(what: &str, value: &Dynamic) -> Result<T, ValueError> {
    let found = match value {
        Dynamic::Null => "nothing",
        Dynamic::Unknown(_) => "a value not known yet",
        Dynamic::Bool(_) => "a bool",
        Dynamic::Number(_) => "a number",
        Dynamic::String(_) => "text",
        Dynamic::List(_) => "a list",
        Dynamic::Map(_) => "a map or object",
        Dynamic::Typed(_, inner) => return expected(what, inner),
    };
    Err(ValueError::new(format!("expected {what}, found {found}")))
}

impl Attr for bool {
    type Inner = Self;

    const SHAPE: &'static derived::Shape = &derived::Shape::Bool;

    fn kind() -> Kind {
        Kind::Value(Type::Bool)
    }

    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
        match value {
            Dynamic::Bool(value) => Ok(*value),
            other => expected("a bool", other),
        }
    }

    fn to_dynamic(&self) -> Dynamic {
        Dynamic::Bool(*self)
    }
}

impl Attr for String {
    type Inner = Self;

    const SHAPE: &'static derived::Shape = &derived::Shape::Text("");

    fn kind() -> Kind {
        Kind::Value(Type::String)
    }

    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
        match value {
            Dynamic::String(text) => Ok(text.clone()),
            other => expected("text", other),
        }
    }

    fn to_dynamic(&self) -> Dynamic {
        Dynamic::String(normal(self).into_owned())
    }
}

impl<T: Attr> Attr for Option<T> {
    type Inner = T::Inner;

    const OPTIONAL: bool = true;
    const TRAITS: derived::Traits = T::TRAITS;
    const SHAPE: &'static derived::Shape = T::SHAPE;

    fn kind() -> Kind {
        T::kind()
    }

    fn describe(attribute: &mut Attribute) {
        T::describe(attribute);
    }

    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
        if value.is_null() { Ok(None) } else { T::from_dynamic(value).map(Some) }
    }

    fn to_dynamic(&self) -> Dynamic {
        self.as_ref().map_or(Dynamic::Null, T::to_dynamic)
    }
}

/// For parameters and results of functions, which may be unknown while Terraform plans.
impl<T: Attr> Attr for Value<T> {
    type Inner = T::Inner;

    const OPTIONAL: bool = true;
    const TRAITS: derived::Traits = T::TRAITS;
    const SHAPE: &'static derived::Shape = T::SHAPE;

    fn kind() -> Kind {
        T::kind()
    }

    fn describe(attribute: &mut Attribute) {
        T::describe(attribute);
        attribute.unknown = true;
    }

    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
        if value.is_null() {
            Ok(Value::Null)
        } else if value.is_wholly_known() {
            T::from_dynamic(value).map(Value::Known)
        } else {
            Ok(Value::Unknown)
        }
    }

    fn to_dynamic(&self) -> Dynamic {
        match self {
            Value::Known(value) => value.to_dynamic(),
            Value::Null => Dynamic::Null,
            Value::Unknown => Dynamic::unknown(),
        }
    }
}

/// What a collection holds, given what its elements are.
fn collection<T: Attr>(nesting: Nesting, of: fn(Box<Type>) -> Type) -> Kind {
    match T::kind() {
        Kind::Nested(Nesting::Single, attributes) => Kind::Nested(nesting, attributes),
        kind => Kind::Value(of(Box::new(Attribute::new("", kind, super::Mode::Required).ty()))),
    }
}

/// Carries what the element type knows over to the attribute that holds elements, in order or not.
fn describe_elements<T: Attr>(attribute: &mut Attribute, in_order: bool) {
    let mut element = derived::element::<T>();
    attribute.sensitive |= element.sensitive;
    if let (Kind::Nested(_, inner), Kind::Nested(_, described)) = (&mut attribute.kind, &mut element.kind) {
        *inner = std::mem::take(described);
    }
    attribute.choices.clone_from(&element.choices);
    attribute.aliases.clone_from(&element.aliases);
    attribute.checks.extend(std::mem::take(&mut element.checks).into_iter().map(super::checks::each));
    attribute.same = element.same.clone().map(|same| Same::of_elements(same, in_order));
    attribute.elements = vec![element];
}

fn list_from<T: Attr, C: FromIterator<T>>(value: &Dynamic) -> Result<C, ValueError> {
    match value {
        Dynamic::List(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| T::from_dynamic(item).map_err(|error| error.under(Step::Index(index))))
            .collect(),
        other => expected("a list", other),
    }
}

impl<T: Attr> Attr for Vec<T> {
    type Inner = Self;

    const TRAITS: derived::Traits = T::TRAITS.of_elements();
    const SHAPE: &'static derived::Shape = &derived::Shape::List(T::SHAPE);

    fn kind() -> Kind {
        collection::<T>(Nesting::List, Type::List)
    }

    fn describe(attribute: &mut Attribute) {
        describe_elements::<T>(attribute, true);
    }

    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
        list_from(value)
    }

    fn to_dynamic(&self) -> Dynamic {
        Dynamic::List(self.iter().map(T::to_dynamic).collect())
    }
}

impl<T: Attr + Ord> Attr for BTreeSet<T> {
    type Inner = Self;

    const TRAITS: derived::Traits = T::TRAITS.of_elements();
    const SHAPE: &'static derived::Shape = &derived::Shape::Set(T::SHAPE);

    fn kind() -> Kind {
        collection::<T>(Nesting::Set, Type::Set)
    }

    fn describe(attribute: &mut Attribute) {
        describe_elements::<T>(attribute, false);
    }

    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
        list_from(value)
    }

    fn to_dynamic(&self) -> Dynamic {
        let mut elements: Vec<Dynamic> = self.iter().map(T::to_dynamic).collect();
        elements.sort();
        elements.dedup();
        Dynamic::List(elements)
    }
}

impl<T: Attr> Attr for BTreeMap<String, T> {
    type Inner = Self;

    const TRAITS: derived::Traits = T::TRAITS.of_elements();
    const SHAPE: &'static derived::Shape = &derived::Shape::Map(T::SHAPE);

    fn kind() -> Kind {
        collection::<T>(Nesting::Map, Type::Map)
    }

    fn describe(attribute: &mut Attribute) {
        describe_elements::<T>(attribute, true);
    }

    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
        match value {
            Dynamic::Map(entries) => entries
                .iter()
                .map(|(key, item)| match T::from_dynamic(item) {
                    Ok(item) => Ok((key.clone(), item)),
                    Err(error) => Err(error.under(Step::Key(key.clone()))),
                })
                .collect(),
            other => expected("a map", other),
        }
    }

    fn to_dynamic(&self) -> Dynamic {
        Dynamic::Map(self.iter().map(|(key, item)| (normal(key).into_owned(), item.to_dynamic())).collect())
    }
}
