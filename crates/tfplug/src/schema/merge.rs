//! The schema of one object out of its two structs: what may be configured and what the provider answers.
//!
//! Only among the arguments: an argument. Only among the computed: computed. In both: optional and computed, so that
//! the configuration may leave the value to the provider. Nested attributes are merged level by level, except in
//! sets, whose elements cannot be paired: there only what is sensitive in one struct is so in both.

use super::{Attribute, Kind, Mode, Nesting};
use crate::value::Path;

/// Joins the attributes of both structs; order is that of the arguments, then of what is only computed.
pub fn merge(args: Vec<Attribute>, computed: Vec<Attribute>) -> Vec<Attribute> {
    let mut merged = args;
    for attribute in computed {
        match merged.iter_mut().find(|other| other.name == attribute.name) {
            Some(argument) => join(argument, attribute),
            None => merged.push(attribute),
        }
    }
    merged
}

fn join(argument: &mut Attribute, computed: Attribute) {
    if let (
        Kind::Nested(nesting, inner) | Kind::Block { nesting, attributes: inner, .. },
        Kind::Nested(other, answers),
    ) = (&mut argument.kind, &computed.kind)
        && *nesting == *other
    {
        match nesting {
            Nesting::Set => hide(inner, answers),
            _ => *inner = merge(std::mem::take(inner), answers.clone()),
        }
    }
    describe(&mut argument.description, &computed.description);
    argument.deprecated = argument.deprecated.take().or(computed.deprecated);
    // How many blocks there are only the configuration says; what is in them may be computed.
    if argument.is_block() {
        return;
    }
    if argument.mode != Mode::Required {
        argument.mode = Mode::OptionalComputed;
    }
    argument.outcome = computed.outcome;
    argument.sensitive |= computed.sensitive;
    if argument.same.is_none() {
        argument.same = computed.same;
    }
}

/// Makes sensitive what is so among the answers, at any depth: the objects of a set cannot be paired, but all of them are
/// shown by the same schema.
fn hide(attributes: &mut [Attribute], answers: &[Attribute]) {
    for answer in answers {
        let Some(attribute) = attributes.iter_mut().find(|other| other.name == answer.name) else { continue };
        attribute.sensitive |= answer.sensitive;
        if let (Kind::Nested(_, inner) | Kind::Block { attributes: inner, .. }, Some((_, answers))) =
            (&mut attribute.kind, answer.nested())
        {
            hide(inner, answers);
        }
    }
}

/// Mistakes in attributes that both structs have, each as a sentence that names the attribute: two types, or an argument that
/// the provider never decides. The compiler has found them in derived structs. This also finds them in structs and types whose
/// traits are written by hand.
pub(crate) fn mismatches(args: &[Attribute], computed: &[Attribute]) -> Vec<String> {
    let mut problems = Vec::new();
    level(args, computed, &Path::root(), &mut problems);
    problems
}

fn level(args: &[Attribute], computed: &[Attribute], path: &Path, problems: &mut Vec<String>) {
    for answer in computed {
        let Some(argument) = args.iter().find(|argument| argument.name == answer.name) else { continue };
        let path = path.attr(&answer.name);
        if let (Some((nesting, inner)), Some((other, answers))) = (argument.nested(), answer.nested())
            && nesting == other
            && nesting != Nesting::Set
        {
            level(inner, answers, &path, problems);
            continue;
        }
        let (one, other) = (argument.ty(), answer.ty());
        let problem = if one != other {
            format!("it is {one} as an argument and {other} as a computed attribute")
        } else if argument.default.is_some() {
            "it has a default, so the provider never decides it: remove the default, or the computed attribute".to_owned()
        } else if argument.mode == Mode::Required {
            "it is required, so the provider never decides it: make the argument optional, or remove the computed attribute"
                .to_owned()
        } else {
            continue;
        };
        problems.push(format!("{path}: {problem}"));
    }
}

/// Adds what the provider answers to what may be configured. A text that only repeats a part of the other adds nothing.
fn describe(argument: &mut String, computed: &str) {
    if argument.contains(computed.trim_end_matches('.')) {
        return;
    }
    let gap = match argument.chars().last() {
        None => "",
        Some(_) if argument.contains('\n') || computed.contains('\n') => "\n\n",
        Some('.' | '!' | '?') => " ",
        Some(_) => ". ",
    };
    argument.push_str(gap);
    argument.push_str(computed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Outcome;
    use crate::value::Type;

    fn text(name: &str, mode: Mode) -> Attribute {
        Attribute::new(name, Kind::Value(Type::String), mode)
    }

    #[test]
    fn an_attribute_of_both_structs_is_optional_and_computed() {
        let mut name = text("name", Mode::Computed);
        name.outcome = Some(Outcome::Keep);
        let merged = merge(
            vec![text("alias", Mode::Required), text("name", Mode::Optional)],
            vec![text("id", Mode::Computed), name],
        );
        let modes: Vec<_> =
            merged.iter().map(|attribute| (attribute.name.as_str(), attribute.mode)).collect();
        assert_eq!(
            modes,
            [("alias", Mode::Required), ("name", Mode::OptionalComputed), ("id", Mode::Computed)]
        );
        assert_eq!(merged[1].outcome, Some(Outcome::Keep));
    }

    #[test]
    fn both_texts_describe_an_attribute_of_both_structs() {
        let described = |argument: &str, computed: &str| {
            let of = |description: &str, mode| Attribute {
                description: description.to_owned(),
                ..text("a", mode)
            };
            let merged = merge(vec![of(argument, Mode::Optional)], vec![of(computed, Mode::Computed)]);
            merged[0].description.clone()
        };
        assert_eq!(described("Colour.", "Grey if left out."), "Colour. Grey if left out.");
        assert_eq!(described("Colour", "Grey if left out."), "Colour. Grey if left out.");
        assert_eq!(described("Colour:\n- red", "Grey if left out."), "Colour:\n- red\n\nGrey if left out.");
        assert_eq!(described("", "Colour:\n- red"), "Colour:\n- red");
        assert_eq!(described("Colour.", ""), "Colour.");
        // Said already.
        assert_eq!(described("Colour.", "Colour."), "Colour.");
        assert_eq!(described("Colour, any.", "Colour."), "Colour, any.");
    }

    #[test]
    fn attributes_that_cannot_be_one_are_named() {
        let value = |name: &str, ty| Attribute::new(name, Kind::Value(ty), Mode::Optional);
        let nested = |name: &str, nesting, inner: &[Attribute]| {
            Attribute::new(name, Kind::Nested(nesting, inner.to_vec()), Mode::Required)
        };
        let (number, words) = (value("a", Type::Number), value("a", Type::String));
        let list = value("list", Type::List(Box::new(Type::String)));
        let set = value("list", Type::Set(Box::new(Type::String)));
        let mut defaulted = value("default", Type::String);
        defaulted.default = Some("x".into());
        let args = [
            number.clone(),
            list,
            defaulted,
            text("required", Mode::Required),
            text("same", Mode::Optional),
            nested("one", Nesting::Single, std::slice::from_ref(&number)),
            nested("several", Nesting::Map, std::slice::from_ref(&number)),
            nested("unlike", Nesting::List, std::slice::from_ref(&number)),
            nested("set", Nesting::Set, std::slice::from_ref(&number)),
        ];
        let computed = [
            words.clone(),
            set,
            text("default", Mode::Computed),
            text("required", Mode::Computed),
            text("same", Mode::Computed),
            nested("one", Nesting::Single, std::slice::from_ref(&words)),
            nested("several", Nesting::Map, std::slice::from_ref(&words)),
            nested("unlike", Nesting::Map, std::slice::from_ref(&number)),
            nested("set", Nesting::Set, std::slice::from_ref(&words)),
            text("another", Mode::Computed),
        ];
        assert_eq!(
            mismatches(&args, &computed),
            [
                "a: it is number as an argument and string as a computed attribute",
                "list: it is list(string) as an argument and set(string) as a computed attribute",
                "default: it has a default, so the provider never decides it: remove the default, or the computed attribute",
                "required: it is required, so the provider never decides it: make the argument optional, or remove the \
                 computed attribute",
                "one.a: it is number as an argument and string as a computed attribute",
                "several.a: it is number as an argument and string as a computed attribute",
                "unlike: it is list(object({a = number})) as an argument and map(object({a = number})) as a computed attribute",
                "set: it is set(object({a = number})) as an argument and set(object({a = string})) as a computed attribute",
            ]
        );
    }

    #[test]
    fn an_attribute_is_deprecated_if_either_struct_says_so() {
        let of = |deprecated: Option<&str>| Attribute {
            deprecated: deprecated.map(str::to_owned),
            ..text("a", Mode::Optional)
        };
        let merged = |argument, computed| merge(vec![of(argument)], vec![of(computed)])[0].deprecated.clone();
        assert_eq!(merged(None, Some("Use b.")).as_deref(), Some("Use b."));
        assert_eq!(merged(Some("Use c."), Some("Use b.")).as_deref(), Some("Use c."));
    }

    #[test]
    fn nested_attributes_are_merged_level_by_level() {
        let nested =
            |attributes| Attribute::new("n", Kind::Nested(Nesting::Single, attributes), Mode::Optional);
        let merged = merge(
            vec![nested(vec![text("a", Mode::Optional)])],
            vec![nested(vec![text("b", Mode::Computed)])],
        );
        let (_, inner) = merged[0].nested().expect("nested");
        assert_eq!(inner.iter().map(|attribute| attribute.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }

    /// Not merged they are, but what is secret to either struct is secret.
    #[test]
    fn in_sets_secrets_are_those_of_both_structs() {
        let set =
            |inner: Vec<Attribute>| Attribute::new("set", Kind::Nested(Nesting::Set, inner), Mode::Optional);
        let one = |inner| Attribute::new("one", Kind::Nested(Nesting::Single, vec![inner]), Mode::Optional);
        let hidden = || Attribute { sensitive: true, ..text("a", Mode::Computed) };
        let mut merged = merge(
            vec![set(vec![
                text("a", Mode::Optional),
                text("b", Mode::Optional),
                one(text("a", Mode::Optional)),
            ])],
            vec![set(vec![hidden(), text("b", Mode::Computed), one(hidden())])],
        );
        let Some(Kind::Nested(_, inner)) = merged.pop().map(|set| set.kind) else { unreachable!("a set") };
        let (_, deep) = inner[2].nested().expect("nested");
        assert_eq!([inner[0].sensitive, inner[1].sensitive, deep[0].sensitive], [true, false, true]);
        assert_eq!(inner[0].mode, Mode::Optional);
    }

    #[test]
    fn blocks_hold_what_is_computed_in_them() {
        let block = Kind::Block {
            nesting: Nesting::List,
            min_items: 0,
            max_items: 0,
            attributes: vec![text("a", Mode::Required)],
        };
        let answers = Kind::Nested(Nesting::List, vec![text("b", Mode::Computed)]);
        let merged = merge(
            vec![Attribute::new("n", block, Mode::Required)],
            vec![Attribute::new("n", answers, Mode::Computed)],
        );
        assert!(merged[0].is_block());
        assert_eq!(merged[0].mode, Mode::Required);
        let (_, inner) = merged[0].nested().expect("nested");
        assert_eq!(inner.iter().map(|attribute| attribute.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }
}
