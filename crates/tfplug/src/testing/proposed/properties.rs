//! Laws that join what Terraform proposes with the rules on plans and results.

use proptest::prelude::*;

use crate::pipeline::promises::{Breach, applied, planned};
use crate::schema::{Attribute, Kind, Mode, Nesting};
use crate::testing::schema;
use crate::value::{Dynamic, Type};

fn proposed_new_state(attributes: &[Attribute], prior: &Dynamic, config: &Dynamic) -> Dynamic {
    super::proposed_new_state(&schema::told(attributes), prior, config)
}

fn text(name: &str, mode: Mode) -> Attribute {
    Attribute::new(name, Kind::Value(Type::String), mode)
}

fn inner() -> Vec<Attribute> {
    let deep = vec![text("name", Mode::Optional), text("id", Mode::Computed)];
    vec![
        text("name", Mode::Optional),
        text("slug", Mode::OptionalComputed),
        text("id", Mode::Computed),
        Attribute::new("deep", Kind::Nested(Nesting::List, deep), Mode::Optional),
    ]
}

/// In a set, no attribute may be computed (`schema_problems` says so): two elements could become equal.
fn inner_of(nesting: Nesting) -> Vec<Attribute> {
    let mut attributes = inner();
    if nesting == Nesting::Set {
        attributes.retain(|attribute| attribute.name != "deep");
        attributes.iter_mut().for_each(|attribute| attribute.mode = Mode::Optional);
    }
    attributes
}

fn nested(name: &str, nesting: Nesting, mode: Mode) -> Attribute {
    Attribute::new(name, Kind::Nested(nesting, inner_of(nesting)), mode)
}

fn block(name: &str, nesting: Nesting) -> Attribute {
    let kind = Kind::Block { nesting, min_items: 0, max_items: 0, attributes: inner_of(nesting) };
    Attribute::new(name, kind, Mode::Optional)
}

pub(in crate::testing) fn attributes() -> Vec<Attribute> {
    vec![
        text("id", Mode::Computed),
        text("name", Mode::Required),
        text("slug", Mode::OptionalComputed),
        Attribute { write_only: true, ..text("token", Mode::Optional) },
        Attribute::new("tags", Kind::Value(Type::Set(Box::new(Type::String))), Mode::Optional),
        Attribute::new("extra", Kind::Value(Type::Dynamic), Mode::Optional),
        nested("owner", Nesting::Single, Mode::OptionalComputed),
        nested("rules", Nesting::List, Mode::Optional),
        nested("users", Nesting::Map, Mode::OptionalComputed),
        nested("members", Nesting::Set, Mode::Optional),
        block("limits", Nesting::Single),
        block("disk", Nesting::List),
        block("zone", Nesting::Map),
        block("port", Nesting::Set),
    ]
}

fn texts(breaches: Vec<Breach>) -> Vec<String> {
    breaches.iter().map(ToString::to_string).collect()
}

/// Any object with these attributes, as a configuration has it or as a state has it.
pub(in crate::testing) fn any_object(attributes: &[Attribute], config: bool) -> BoxedStrategy<Dynamic> {
    let entries: Vec<_> = attributes
        .iter()
        .map(|attribute| {
            let name = attribute.name.clone();
            any_value(attribute, config).prop_map(move |value| (name.clone(), value))
        })
        .collect();
    entries.prop_map(|entries| Dynamic::Map(entries.into_iter().collect())).boxed()
}

fn any_value(attribute: &Attribute, config: bool) -> BoxedStrategy<Dynamic> {
    let absent = attribute.absent();
    if (config && attribute.mode == Mode::Computed) || (!config && attribute.write_only) {
        return Just(absent).boxed();
    }
    let known = match attribute.nested() {
        None => match attribute.ty() {
            Type::Set(_) => proptest::collection::btree_set("[ab]", 0..3)
                .prop_map(|items| Dynamic::List(items.into_iter().map(Dynamic::String).collect()))
                .boxed(),
            Type::Dynamic => "[ab]"
                .prop_map(|text| Dynamic::Typed(Box::new(Type::String), Box::new(Dynamic::String(text))))
                .boxed(),
            _ => "[ab]".prop_map(Dynamic::String).boxed(),
        },
        Some((Nesting::Single, inner)) => any_object(inner, config),
        Some((Nesting::Map, inner)) => {
            proptest::collection::btree_map("[ab]", any_object(inner, config), 0..3)
                .prop_map(Dynamic::Map)
                .boxed()
        }
        Some((_, inner)) => {
            let ty = attribute.ty();
            proptest::collection::vec(any_object(inner, config), 0..3)
                .prop_map(move |items| ty.normalize(Dynamic::List(items)))
                .boxed()
        }
    };
    let unknown = u32::from(config);
    prop_oneof![4 => known, 1 => Just(absent), unknown => Just(Dynamic::unknown())].boxed()
}

/// What the provider decides becomes unknown, as after a change of everything.
pub(in crate::testing) fn all_unknown(attributes: &[Attribute], config: &Dynamic, object: &mut Dynamic) {
    let unknown = config.is_unknown();
    let Dynamic::Map(entries) = object else { return };
    for attribute in attributes {
        let Some(value) = entries.get_mut(&attribute.name) else { continue };
        let config = config.get(&attribute.name);
        if attribute.write_only {
            *value = Dynamic::Null;
        } else if attribute.mode.is_computed() && config.is_null() && !unknown {
            *value = Dynamic::unknown();
        } else if let Some((nesting, inner)) = attribute.nested() {
            match (nesting, config, value) {
                (Nesting::Single, config, value) => all_unknown(inner, config, value),
                (Nesting::List, Dynamic::List(config), Dynamic::List(items)) => {
                    config.iter().zip(items).for_each(|(config, item)| all_unknown(inner, config, item));
                }
                (Nesting::Map, config, Dynamic::Map(items)) => {
                    items.iter_mut().for_each(|(key, item)| all_unknown(inner, config.get(key), item));
                }
                _ => {}
            }
        }
    }
}

proptest! {
    #[test]
    fn what_terraform_proposes_can_be_planned(
        prior in prop_oneof![Just(Dynamic::Null), any_object(&attributes(), false)],
        config in any_object(&attributes(), true),
    ) {
        let attributes = attributes();
        let mut plan = proposed_new_state(&attributes, &prior, &config);
        if let Some(entries) = plan.as_map_mut() {
            entries.insert("token".to_owned(), Dynamic::Null);
        }
        prop_assert_eq!(texts(planned(&attributes, &prior, &config, &plan)), [""; 0]);
        all_unknown(&attributes, &config, &mut plan);
        prop_assert_eq!(texts(planned(&attributes, &prior, &config, &plan)), [""; 0]);
    }

    #[test]
    fn an_object_comes_out_as_itself(state in any_object(&attributes(), false)) {
        let attributes = attributes();
        prop_assert_eq!(texts(applied(&attributes, &state, &state)), [""; 0]);
        prop_assert_eq!(texts(planned(&attributes, &state, &state, &state)), [""; 0]);
        let mut plan = state.clone();
        all_unknown(&attributes, &Dynamic::Null, &mut plan);
        prop_assert_eq!(texts(applied(&attributes, &plan, &state)), [""; 0]);
    }
}

#[test]
fn large_sets_are_paired_in_good_time() {
    let members = |id: &dyn Fn(usize) -> Dynamic| {
        let members = (0..10_000).map(|index| {
            let name = Dynamic::String(format!("{index:05}"));
            Dynamic::Map([("name".to_owned(), name), ("id".to_owned(), id(index))].into())
        });
        Dynamic::Map([("members".to_owned(), Dynamic::List(members.collect()))].into())
    };
    let inner = vec![text("name", Mode::Optional), text("id", Mode::Computed)];
    let attributes = [Attribute::new("members", Kind::Nested(Nesting::Set, inner), Mode::Optional)];
    let prior = members(&|index| Dynamic::String(format!("{index:05}")));
    assert_eq!(proposed_new_state(&attributes, &prior, &members(&|_| Dynamic::Null)), prior);
}
