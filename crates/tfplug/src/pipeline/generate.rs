//! A configuration out of a state: what `-generate-config-out` and `terraform query` write for objects that are imported.
//!
//! It says what a person would have to say, so that the next plan is empty: arguments without those that only repeat a
//! default, that are deprecated, write-only or empty text, level by level. What only the provider decides is left out,
//! inside of nested objects, too, where a configuration must not give it. An object made by other means may have a value that no
//! configuration may set, or may not set beside another one. Such a value is left out as well, if the provider keeps it where the
//! configuration says nothing. A default that another value needs beside it is said.

use super::validate;
use crate::schema::{self, Attribute, Mode, nested};
use crate::value::Dynamic;

/// The configuration that describes an object of a state; null for no object.
pub(crate) fn config(attributes: &[Attribute], state: &Dynamic) -> Dynamic {
    if state.as_map().is_none() {
        return Dynamic::Null;
    }
    let entries = attributes.iter().map(|attribute| {
        let value = state.get(&attribute.name);
        let value = if is_said(attribute, value) { said(attribute, value) } else { attribute.absent() };
        (attribute.name.clone(), value)
    });
    without_breaches(attributes, state, Dynamic::Map(entries.collect()))
}

/// Adds what the state has and another value needs beside it. Of values that a configuration may not give together, leaves out
/// what the provider decides as well.
fn without_breaches(attributes: &[Attribute], state: &Dynamic, mut said: Dynamic) -> Dynamic {
    let named =
        |name: Option<&str>| attributes.iter().find(|attribute| Some(attribute.name.as_str()) == name);
    let mut changed = Vec::new();
    loop {
        let breaches = schema::breaches(attributes, &said, schema::Presence::of);
        let breaches = breaches.iter().filter(|breach| !breach.warning);
        let mend = breaches.flat_map(|breach| [(breach.missing, true), (breach.attribute, false)]);
        let mend = mend.filter_map(|(name, add)| Some((named(name)?, add))).find(|(attribute, add)| {
            let value = state.get(&attribute.name);
            let can_change = match add {
                true => may_be_said(attribute, value) && !value.is_null(),
                false => attribute.mode == Mode::OptionalComputed && !said.get(&attribute.name).is_null(),
            };
            can_change && !changed.contains(&(&attribute.name, *add))
        });
        let (Some((attribute, add)), Some(entries)) = (mend, said.as_map_mut()) else { return said };
        changed.push((&attribute.name, add));
        if !add {
            // It is not to come back.
            changed.push((&attribute.name, true));
        }
        let value = if add { said_of(attribute, state) } else { Dynamic::Null };
        entries.insert(attribute.name.clone(), value);
    }
}

fn said_of(attribute: &Attribute, state: &Dynamic) -> Dynamic {
    said(attribute, state.get(&attribute.name))
}

/// Whether a configuration may say it, be it needless.
fn may_be_said(attribute: &Attribute, value: &Dynamic) -> bool {
    attribute.mode.is_configurable()
        && !attribute.write_only
        && (attribute.mode != Mode::OptionalComputed || validate::accepts(attribute, value))
}

fn is_said(attribute: &Attribute, value: &Dynamic) -> bool {
    let obligatory = attribute.mode == Mode::Required;
    may_be_said(attribute, value)
        && (obligatory || attribute.deprecated.is_none())
        && attribute.default.as_ref() != Some(value)
        && (obligatory || value.as_str() != Some(""))
}

fn said(attribute: &Attribute, value: &Dynamic) -> Dynamic {
    let Some((nesting, inner)) = attribute.nested() else { return value.clone() };
    nested::mapped(nesting, value, |_, item| config(inner, item))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Kind, Nesting};
    use crate::value::Type;

    fn text(name: &str, mode: Mode) -> Attribute {
        Attribute::new(name, Kind::Value(Type::String), mode)
    }

    fn map(entries: &[(&str, Dynamic)]) -> Dynamic {
        Dynamic::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    #[test]
    fn a_value_that_no_configuration_may_set_is_left_to_the_provider() {
        let schema = [Mode::Required, Mode::Optional, Mode::OptionalComputed].map(|mode| {
            let mut attribute = text(&format!("{mode:?}"), mode);
            attribute.checks.push(crate::schema::len(..=5));
            attribute
        });
        let object =
            |value: &str| map(&schema.each_ref().map(|attribute| (attribute.name.as_str(), value.into())));
        assert_eq!(config(&schema, &object("short")), object("short"));
        let mut said = object("too long");
        said.as_map_mut().expect("an object").insert("OptionalComputed".to_owned(), Dynamic::Null);
        // Of the others the practitioner must hear: an import without them would change them.
        assert_eq!(config(&schema, &object("too long")), said);
    }

    /// The provider has both, and a configuration may give one.
    #[test]
    fn what_is_said_breaks_no_rule_of_its_own() {
        let mut mail = text("mail", Mode::OptionalComputed);
        mail.rules.push(crate::schema::Rule::ExactlyOneOf(&["mail", "number"]));
        let schema = [mail, text("number", Mode::OptionalComputed)];
        let said = config(&schema, &map(&[("mail", "a@b.c".into()), ("number", "7".into())]));
        let breaches = crate::schema::breaches(&schema, &said, crate::schema::Presence::of);
        assert_eq!(breaches.len(), 0, "{said}");
    }

    #[test]
    fn what_needs_another_value_has_it_beside_it_or_is_left_out() {
        let of = |mode: Mode, needed: Attribute| {
            let mut overflow = text("overflow", mode);
            overflow.rules.push(crate::schema::Rule::Requires("overflow", &["size"]));
            [overflow, needed]
        };
        let mut usual = text("size", Mode::OptionalComputed);
        usual.default = Some("small".into());
        let both = map(&[("overflow", "dead".into()), ("size", "small".into())]);
        // A default that would go without saying.
        assert_eq!(config(&of(Mode::Optional, usual), &both), both);
        // The provider keeps what may not be said alone.
        let alone = map(&[("overflow", "dead".into()), ("size", Dynamic::Null)]);
        let none = map(&[("overflow", Dynamic::Null), ("size", Dynamic::Null)]);
        let schema = of(Mode::OptionalComputed, text("size", Mode::Optional));
        assert_eq!(config(&schema, &alone), none);
    }

    #[test]
    fn only_what_a_person_would_say_is_said_at_every_level() {
        let mut size = text("size", Mode::OptionalComputed);
        size.default = Some("small".into());
        let mut old = text("old", Mode::Optional);
        old.deprecated = Some("Use `name`.".to_owned());
        let mut secret = text("secret", Mode::Optional);
        secret.write_only = true;
        let level = vec![
            text("name", Mode::Required),
            text("note", Mode::Optional),
            text("id", Mode::Computed),
            size,
            old,
            secret,
        ];
        let nestings = [Nesting::Single, Nesting::List, Nesting::Set, Nesting::Map];
        let names = ["single", "list", "set", "map"];
        let mut schema = level.clone();
        schema.extend(nestings.iter().zip(names).map(|(nesting, name)| {
            Attribute::new(name, Kind::Nested(*nesting, level.clone()), Mode::Optional)
        }));

        let stored = map(&[
            ("name", "".into()),
            ("note", "".into()),
            ("id", "7".into()),
            ("size", "small".into()),
            ("old", "x".into()),
            ("secret", Dynamic::Null),
        ]);
        let said = map(&[
            ("name", "".into()),
            ("note", Dynamic::Null),
            ("id", Dynamic::Null),
            ("size", Dynamic::Null),
            ("old", Dynamic::Null),
            ("secret", Dynamic::Null),
        ]);
        let whole = |item: &Dynamic| {
            let mut whole = item.clone();
            let list = Dynamic::List(vec![item.clone()]);
            whole.as_map_mut().expect("an object").extend([
                ("single".to_owned(), item.clone()),
                ("list".to_owned(), list.clone()),
                ("set".to_owned(), list),
                ("map".to_owned(), map(&[("k", item.clone())])),
            ]);
            whole
        };
        assert_eq!(config(&schema, &whole(&stored)), whole(&said));
        assert_eq!(config(&schema, &Dynamic::Null), Dynamic::Null);
        let absent = config(&schema, &stored);
        assert_eq!(absent.get("list"), &Dynamic::Null, "what is absent stays absent");
    }
}
