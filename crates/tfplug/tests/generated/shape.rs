//! A generated resource: its fields, and the two halves of its schema that a derive would make of two structs.

use proptest::collection::vec;
use proptest::prelude::*;
use tfplug::schema::{Attribute, Kind, Mode, Nesting, Outcome, Replace, Same, merge, object_type};
use tfplug::value::{Dynamic, Number, Type};

/// A field of a resource or of an object within it.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) holds: Holds,
    pub(crate) source: Source,
    pub(crate) sensitive: bool,
    pub(crate) replaces: bool,
    /// Whether texts that differ in case only mean the same.
    pub(crate) folds: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Holds {
    Value(Type),
    Nested(Nesting, Vec<Field>),
    Block(Nesting, Vec<Field>),
}

/// Who gives the value.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Required,
    Optional,
    Default(Dynamic),
    WriteOnly,
    /// The configuration, else the provider.
    Either(Outcome),
    Computed(Outcome),
}

impl Field {
    pub(crate) fn new(name: &str, ty: Type, source: Source) -> Self {
        let holds = Holds::Value(ty);
        Field { name: name.to_owned(), holds, source, sensitive: false, replaces: false, folds: false }
    }

    pub(crate) fn nested(&self) -> Option<(Nesting, &[Field])> {
        match &self.holds {
            Holds::Value(_) => None,
            Holds::Nested(nesting, fields) | Holds::Block(nesting, fields) => Some((*nesting, fields)),
        }
    }

    /// Whether the provider answers any of it.
    fn is_answered(&self) -> bool {
        match self.source {
            Source::Either(_) | Source::Computed(_) => true,
            _ => match &self.holds {
                Holds::Nested(nesting, fields) if *nesting != Nesting::Set => {
                    fields.iter().any(Field::is_answered)
                }
                _ => false,
            },
        }
    }

    fn attribute(&self, mode: Mode, half: fn(&[Field]) -> Vec<Attribute>) -> Attribute {
        let kind = match &self.holds {
            Holds::Value(ty) => Kind::Value(ty.clone()),
            Holds::Nested(nesting, fields) => Kind::Nested(*nesting, half(fields)),
            Holds::Block(nesting, fields) => {
                let attributes = half(fields);
                Kind::Block { nesting: *nesting, min_items: 0, max_items: 0, attributes }
            }
        };
        let mut attribute = Attribute::new(&self.name, kind, mode);
        attribute.sensitive = self.sensitive;
        attribute.same = self.folds.then(|| Same::new(|a, b| folded(a) == folded(b)));
        attribute
    }
}

/// A text in the spelling of the remote side.
pub(crate) fn folded(value: &Dynamic) -> Dynamic {
    match value {
        Dynamic::String(text) => Dynamic::String(text.to_lowercase()),
        other => other.clone(),
    }
}

/// What a configuration may say.
pub(crate) fn arguments(fields: &[Field]) -> Vec<Attribute> {
    let said = fields.iter().filter(|field| !matches!(field.source, Source::Computed(_)));
    let attributes = said.map(|field| {
        let mode = match field.source {
            Source::Required => Mode::Required,
            Source::Default(_) => Mode::OptionalComputed,
            _ => Mode::Optional,
        };
        let mut attribute = field.attribute(mode, arguments);
        attribute.write_only = matches!(field.source, Source::WriteOnly);
        attribute.replace = field.replaces.then_some(Replace::Always);
        if let Source::Default(default) = &field.source {
            attribute.default = Some(default.clone());
        }
        attribute
    });
    attributes.collect()
}

/// What the provider answers.
pub(crate) fn answers(fields: &[Field]) -> Vec<Attribute> {
    let attributes = fields.iter().filter(|field| field.is_answered()).map(|field| {
        // Elements of sets are not paired, so an answered one is whole.
        let whole = matches!(field.nested(), Some((Nesting::Set, _)));
        let mut attribute = field.attribute(Mode::Computed, if whole { all_answers } else { answers });
        attribute.outcome = Some(match &field.source {
            Source::Either(outcome) | Source::Computed(outcome) => outcome.clone(),
            _ => Outcome::Keep,
        });
        attribute
    });
    attributes.collect()
}

fn all_answers(fields: &[Field]) -> Vec<Attribute> {
    let attributes = fields.iter().map(|field| {
        let mut attribute = field.attribute(Mode::Computed, all_answers);
        attribute.outcome = Some(Outcome::Keep);
        attribute
    });
    attributes.collect()
}

/// The type of the whole object.
pub(crate) fn ty(fields: &[Field]) -> Type {
    object_type(&merge(arguments(fields), answers(fields)))
}

/// Where a field stands, because not all kinds of it may stand everywhere.
#[derive(Clone, Copy)]
struct Place {
    who: Who,
    in_set: bool,
    /// Whether this is in one object of several.
    several: bool,
    blocks: bool,
    depth: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The configuration or the provider.
    Both,
    Configuration,
    Provider,
}

/// The fields of a resource: some that every one has, and generated ones.
pub(crate) fn fields() -> impl Strategy<Value = Vec<Field>> {
    let place = Place { who: Who::Both, in_set: false, several: false, blocks: true, depth: 3 };
    fields_at(place, 7).prop_map(|generated| {
        let own = [
            Field::new("id", Type::String, Source::Computed(Outcome::Keep)),
            Field::new("name", Type::String, Source::Required),
            Field::new("note", Type::String, Source::Optional),
        ];
        own.into_iter().chain(generated).collect()
    })
}

fn fields_at(place: Place, most: usize) -> BoxedStrategy<Vec<Field>> {
    vec(field(place), 1..=most).prop_map(named).boxed()
}

/// Gives fields their names, and those that follow others what they follow.
fn named(mut fields: Vec<Field>) -> Vec<Field> {
    for (index, field) in fields.iter_mut().enumerate() {
        field.name = format!("a{index}");
    }
    let followed: Vec<_> = fields
        .iter()
        .filter(|field| {
            matches!(field.holds, Holds::Value(_))
                && matches!(field.source, Source::Required | Source::Optional)
        })
        .map(|field| field.name.clone())
        .collect();
    for field in &mut fields {
        if let Source::Either(outcome) | Source::Computed(outcome) = &mut field.source
            && let Outcome::Follows(names) = outcome
        {
            names.clone_from(&followed);
            if names.is_empty() {
                *outcome = Outcome::Keep;
            }
        }
    }
    fields
}

fn field(place: Place) -> BoxedStrategy<Field> {
    let value = (ty_at(place), source(place, true), any::<(bool, bool, bool)>(), 0..4u8).prop_map(
        move |(ty, source, (sensitive, replaces, folds), rare)| {
            let source = match source {
                // A default must not make equal what is configured apart: a set would lose an element.
                Source::Default(_) if place.in_set && holds_bools(&ty) => Source::Optional,
                Source::Default(_) => default_of(&ty).map_or(Source::Optional, Source::Default),
                source => source,
            };
            let said = !matches!(source, Source::Computed(_) | Source::WriteOnly);
            let folds = folds && ty == Type::String && !place.in_set;
            let field = Field::new("", ty, source);
            Field {
                sensitive: sensitive && rare == 0,
                replaces: replaces && said && rare == 1,
                folds,
                ..field
            }
        },
    );
    if place.depth == 0 {
        return value.boxed();
    }
    let nested = (nesting(true), source(place, false)).prop_flat_map(move |(nesting, source)| {
        let in_set = place.in_set || nesting == Nesting::Set;
        let who = match (&source, place.who) {
            (Source::Computed(_), _) => Who::Provider,
            (_, Who::Both) if nesting == Nesting::Set => Who::Configuration,
            (_, who) => who,
        };
        let several = place.several || nesting != Nesting::Single;
        let inner = Place { who, in_set, several, blocks: false, depth: place.depth - 1 };
        (fields_at(inner, 3), 0..6u8).prop_map(move |(fields, rare)| {
            let mut field = Field::new("", Type::Bool, source.clone());
            field.holds = Holds::Nested(nesting, fields);
            // As in a merge: what holds something computed may be computed.
            if matches!(field.source, Source::Optional) && field.is_answered() {
                field.source = Source::Either(Outcome::Keep);
            }
            field.replaces = rare == 0 && who == Who::Configuration;
            field
        })
    });
    let block = nesting(false).prop_flat_map(move |nesting| {
        let in_set = place.in_set || nesting == Nesting::Set;
        let several = place.several || nesting != Nesting::Single;
        let depth = place.depth - 1;
        let inner = Place { who: Who::Configuration, in_set, several, blocks: true, depth };
        fields_at(inner, 3).prop_map(move |fields| {
            let mut field = Field::new("", Type::Bool, Source::Optional);
            field.holds = Holds::Block(nesting, fields);
            field
        })
    });
    prop_oneof![5 => value, 2 => nested, u32::from(place.blocks) => block].boxed()
}

fn nesting(maps: bool) -> impl Strategy<Value = Nesting> {
    prop_oneof![
        2 => Just(Nesting::Single),
        2 => Just(Nesting::List),
        2 => Just(Nesting::Set),
        2 * u32::from(maps) => Just(Nesting::Map),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![Just(Outcome::Keep), Just(Outcome::Follows(Vec::new())), Just(Outcome::Volatile)]
}

fn source(place: Place, leaf: bool) -> BoxedStrategy<Source> {
    if place.who == Who::Provider {
        return outcome().prop_map(Source::Computed).boxed();
    }
    let both = u32::from(place.who == Who::Both);
    prop_oneof![
        2 => Just(Source::Required),
        4 => Just(Source::Optional),
        u32::from(leaf) => Just(Source::Default(Dynamic::Null)),
        u32::from(leaf && !place.in_set) => Just(Source::WriteOnly),
        2 * both => outcome().prop_map(Source::Either),
        2 * both => outcome().prop_map(Source::Computed),
    ]
    .prop_map(move |source| match source {
        // A simpler form may be one without weight here.
        Source::Default(_) if !leaf => Source::Optional,
        Source::WriteOnly if !leaf || place.in_set => Source::Optional,
        Source::Either(_) | Source::Computed(_) if both == 0 => Source::Optional,
        source => source,
    })
    .boxed()
}

fn primitive() -> impl Strategy<Value = Type> {
    prop_oneof![2 => Just(Type::String), 2 => Just(Type::Number), 1 => Just(Type::Bool)]
}

fn ty_at(place: Place) -> impl Strategy<Value = Type> {
    let boxed = |ty: Type| Box::new(ty);
    prop_oneof![
        4 => Just(Type::String),
        3 => Just(Type::Number),
        1 => Just(Type::Bool),
        1 => primitive().prop_map(move |ty| Type::List(boxed(ty))),
        1 => primitive().prop_map(move |ty| Type::Set(boxed(ty))),
        1 => primitive().prop_map(move |ty| Type::Map(boxed(ty))),
        1 => primitive().prop_map(move |ty| Type::Map(boxed(Type::List(boxed(ty))))),
        1 => (primitive(), primitive())
            .prop_map(|(p, q)| Type::Object([("p".to_owned(), p), ("q".to_owned(), q)].into())),
        2 * u32::from(!place.several) => Just(Type::Dynamic),
    ]
}

fn holds_bools(ty: &Type) -> bool {
    match ty {
        Type::List(element) | Type::Set(element) => holds_bools(element),
        ty => *ty == Type::Bool,
    }
}

fn default_of(ty: &Type) -> Option<Dynamic> {
    match ty {
        Type::String => Some("usual".into()),
        Type::Number => Number::parse("0.25").ok().map(Dynamic::Number),
        Type::Bool => Some(true.into()),
        Type::List(element) | Type::Set(element) => Some(Dynamic::List(vec![default_of(element)?])),
        _ => None,
    }
}
