//! Validation of a configuration: the schema's rules on every attribute, then the object's own.
//!
//! Terraform has checked names and types before, and that required arguments are written; it lets through null for a
//! required argument, values for computed attributes, and everything a type cannot say. Unknown values pass.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Diagnostics};
use crate::object::{AnyObject, AnyResource};
use crate::schema::nested::elements;
use crate::schema::{self, Attribute, Breach, Check, Kind, Mode, Nesting, Presence};
use crate::value::{Dynamic, Path, Step, Type};

/// Validates the configuration of a resource.
pub(crate) fn resource(
    resource: &dyn AnyResource,
    config: &Dynamic,
    write_only_allowed: bool,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    if let Some(reason) = &resource.schema().deprecated {
        let summary = format!("{} is deprecated", resource.type_name());
        diagnostics.push(Diagnostic::warning(summary, reason));
    }
    attributes(&resource.schema().attributes, config, &Path::root(), write_only_allowed, &mut diagnostics);
    if !diagnostics.has_errors() && !config.is_unknown() {
        resource.validate(config, &mut diagnostics);
    }
    diagnostics
}

/// Validates the configuration of an object of another kind.
pub(crate) fn object<T: AnyObject + ?Sized>(object: &T, config: &Dynamic) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    if let Some(reason) = &object.schema().deprecated {
        diagnostics.push(Diagnostic::warning(format!("{} is deprecated", object.type_name()), reason));
    }
    attributes(&object.schema().attributes, config, &Path::root(), true, &mut diagnostics);
    if !diagnostics.has_errors() && !config.is_unknown() {
        object.validate(config, &mut diagnostics);
    }
    diagnostics
}

/// Applies the rules of the schema, level by level.
pub(crate) fn attributes(
    attributes: &[Attribute],
    object: &Dynamic,
    path: &Path,
    write_only_allowed: bool,
    diagnostics: &mut Diagnostics,
) {
    let Some(entries) = object.as_map() else { return };
    rules(attributes, object, path, write_only_allowed, diagnostics);
    for attribute in attributes {
        let value = entries.get(&attribute.name).unwrap_or(&Dynamic::Null);
        let path = path.attr(&attribute.name);
        check(attribute, value, &path, write_only_allowed, diagnostics);
        contents(attribute, value, &path, write_only_allowed, diagnostics);
        if let Some((nesting, inner)) = attribute.nested() {
            for (element, path) in elements(nesting, value, &path) {
                self::attributes(inner, element, &path, write_only_allowed, diagnostics);
            }
        }
    }
}

/// Looks into a collection or tuple for what Terraform's types allow there and the attribute's own does not: null, and in
/// objects that are no nested attributes, whatever their attributes refuse. A nested attribute's objects are looked at by
/// themselves, so of them only null is refused here.
fn contents(
    attribute: &Attribute,
    value: &Dynamic,
    path: &Path,
    write_only_allowed: bool,
    diagnostics: &mut Diagnostics,
) {
    if attribute.elements.is_empty() {
        return;
    }
    let (is_set, is_tuple, is_object) = match &attribute.kind {
        Kind::Value(ty) => {
            (matches!(ty, Type::Set(_)), matches!(ty, Type::Tuple(_)), matches!(ty, Type::Object(_)))
        }
        Kind::Nested(nesting, _) | Kind::Block { nesting, .. } => {
            (*nesting == Nesting::Set, false, *nesting == Nesting::Single)
        }
    };
    let mut element = |index: usize, step: Step, value: &Dynamic| {
        let index = if is_tuple { index } else { 0 };
        let Some(element) = attribute.elements.get(index) else { return };
        // Terraform has no path for elements of sets.
        let path = if is_set { path.clone() } else { path.join(step) };
        if value.is_null() {
            if element.mode == Mode::Required && !matches!(element.kind, Kind::Value(Type::Dynamic)) {
                let what = if is_set { "hold" } else { "be" };
                diagnostics.push(
                    Diagnostic::error(
                        format!("Invalid value for \"{path}\""),
                        advised(format!("It must not {what} null."), element),
                    )
                    .at(path),
                );
            }
        } else if attribute.nested().is_none() {
            contents(element, value, &path, write_only_allowed, diagnostics);
            if let Some((nesting, inner)) = element.nested() {
                for (object, path) in elements(nesting, value, &path) {
                    attributes(inner, object, &path, write_only_allowed, diagnostics);
                }
            }
        }
    };
    match value.untyped() {
        Dynamic::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| element(index, Step::Index(index), item));
        }
        Dynamic::Map(entries) if !is_object => {
            entries.iter().for_each(|(key, item)| element(0, Step::Key(key.clone()), item));
        }
        _ => {}
    }
}

/// Applies the rules about several attributes of one object.
fn rules(
    attributes: &[Attribute],
    object: &Dynamic,
    path: &Path,
    write_only_allowed: bool,
    diagnostics: &mut Diagnostics,
) {
    let presence = |attribute: &Attribute, value: &Dynamic| match Presence::of(attribute, value) {
        // The environment may fill the gap. It is judged when that has been looked at.
        Presence::Absent if attribute.env.is_some() => Presence::Perhaps,
        presence => presence,
    };
    for breach in schema::breaches(attributes, object, presence) {
        // Advice that only a newer Terraform can follow.
        if write_only_allowed || !breach.warning {
            diagnostics.push(broken(breach, path));
        }
    }
}

/// A broken rule as a message; `path` is that of the object.
pub(super) fn broken(breach: Breach, path: &Path) -> Diagnostic {
    let Breach { attribute, summary, detail, warning, .. } = breach;
    let make = if warning { Diagnostic::warning } else { Diagnostic::error };
    make(summary, detail).at(attribute.map_or_else(|| path.clone(), |name| path.attr(name)))
}

/// Whether a configuration may give an attribute this value. Attributes of nested objects are not looked at.
pub(super) fn accepts(attribute: &Attribute, value: &Dynamic) -> bool {
    let mut diagnostics = Diagnostics::new();
    check(attribute, value, &Path::root(), true, &mut diagnostics);
    contents(attribute, value, &Path::root(), true, &mut diagnostics);
    !diagnostics.has_errors()
}

fn check(
    attribute: &Attribute,
    value: &Dynamic,
    path: &Path,
    write_only_allowed: bool,
    diagnostics: &mut Diagnostics,
) {
    let name = &attribute.name;
    let mut error = |summary: String, detail: String| {
        diagnostics.push(Diagnostic::error(summary, detail).at(path.clone()))
    };
    if value.is_null() {
        if attribute.mode == Mode::Required && !attribute.is_block() {
            error(
                format!("Missing value for \"{name}\""),
                advised(format!("`{path}` is required and must not be null.{}", empty(attribute)), attribute),
            );
        }
        return;
    }
    if attribute.mode == Mode::Computed && !attribute.is_block() {
        error(
            format!("\"{name}\" cannot be configured"),
            format!("`{path}` is decided by the provider. Remove it from the configuration."),
        );
        return;
    }
    if attribute.write_only && !write_only_allowed {
        error(
            format!("\"{name}\" needs a newer Terraform"),
            format!("`{path}` is write-only, which Terraform supports from version 1.11 on."),
        );
    }
    if let Some((Nesting::Set, inner)) = attribute.nested()
        && let Some(items) =
            value.as_list().filter(|_| value.is_wholly_known() && super::plan::only_defaults(inner))
        && items.iter().map(|item| super::with_defaults(inner, item)).collect::<BTreeSet<_>>().len()
            < items.len()
    {
        error(
            format!("Elements of \"{name}\" are the same"),
            format!(
                "Two elements of `{path}` are the same once what they leave out has its default. Remove one of them, or \
                 let them differ in more than that."
            ),
        );
    }
    // The words of a check may repeat the value, which nobody must see here.
    let hidden = attribute.sensitive || attribute.write_only;
    let problems = attribute.checks.iter().flat_map(|check| match hidden {
        true => check.test_hidden(value).err().map(|problem| (path.clone(), problem)).into_iter().collect(),
        false => problems(check, value, &attribute.ty(), path),
    });
    // A value that is no whole number from 0 is below a minimum, too, and one error says enough. In a collection, each check may be about
    // another value.
    let is_one = value.as_list().is_none() && value.as_map().is_none();
    for (path, problem) in problems.take(if is_one { 1 } else { usize::MAX }) {
        diagnostics.push(Diagnostic::error(format!("Invalid value for \"{path}\""), problem).at(path));
    }
    if value.is_wholly_known()
        && let Some(reason) = &attribute.deprecated
    {
        diagnostics
            .push(Diagnostic::warning(format!("\"{name}\" is deprecated"), reason.clone()).at(path.clone()));
    }
}

/// What a check says against a value, each problem with its place. The elements of a set have none of their own.
fn problems(check: &Check, value: &Dynamic, ty: &Type, path: &Path) -> Vec<(Path, String)> {
    match (check.element(), ty) {
        (Some(element), Type::Map(of)) => {
            let entries = value.as_map().into_iter().flatten();
            entries.flat_map(|(key, value)| problems(element, value, of, &path.clone().key(key))).collect()
        }
        (Some(element), Type::List(of)) => {
            let items = value.as_list().unwrap_or_default().iter().enumerate();
            items.flat_map(|(index, item)| problems(element, item, of, &path.clone().index(index))).collect()
        }
        _ => check.test(value).err().map(|problem| (path.clone(), problem)).into_iter().collect(),
    }
}

/// How to write a collection of nothing.
fn empty(attribute: &Attribute) -> &'static str {
    match attribute.ty() {
        Type::Map(_) => " Use `{}` for none.",
        Type::List(_) | Type::Set(_) => " Use `[]` for none.",
        _ => "",
    }
}

/// A refusal of null, with what is known about its cause.
fn advised(refusal: String, attribute: &Attribute) -> String {
    match attribute.when_null.as_str() {
        "" => refusal,
        advice => format!("{refusal} {advice}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::schema::{Attr, len};

    fn text(name: &str, mode: Mode) -> Attribute {
        Attribute::new(name, Kind::Value(Type::String), mode)
    }

    fn verdicts(schema: &[Attribute], entries: &[(&str, Dynamic)]) -> Vec<String> {
        let object =
            Dynamic::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect());
        let mut diagnostics = Diagnostics::new();
        attributes(schema, &object, &Path::root(), false, &mut diagnostics);
        diagnostics.into_iter().map(|found| format!("{}: {}", found.path, found.summary)).collect()
    }

    #[test]
    fn what_terraform_lets_through_is_refused() {
        let mut secret = text("secret", Mode::Optional);
        secret.write_only = true;
        let schema = [text("must", Mode::Required), text("ours", Mode::Computed), secret];
        assert_eq!(
            verdicts(&schema, &[("ours", "x".into()), ("secret", "y".into())]),
            [
                "must: Missing value for \"must\"",
                "ours: \"ours\" cannot be configured",
                "secret: \"secret\" needs a newer Terraform",
            ]
        );
    }

    #[test]
    fn null_for_a_required_value_is_explained_where_the_cause_is_known() {
        let mut must = text("must", Mode::Required);
        must.when_null = "Nobody was invited.".to_owned();
        let mut all = Attribute::new("all", Kind::Value(Type::Set(Box::new(Type::String))), Mode::Required);
        all.elements = vec![must.clone()];
        let entries = [("all".to_owned(), Dynamic::List(vec![Dynamic::Null]))];
        let mut found = Diagnostics::new();
        attributes(&[must, all], &Dynamic::Map(entries.into()), &Path::root(), false, &mut found);
        let details: Vec<String> = found.into_iter().map(|found| found.detail).collect();
        assert_eq!(
            details,
            [
                "`must` is required and must not be null. Nobody was invited.",
                "It must not hold null. Nobody was invited."
            ]
        );
    }

    #[test]
    fn rules_hold_in_nested_objects_and_pass_over_unknown_values() {
        let mut inner = text("name", Mode::Required);
        inner.checks.push(len(1..=2));
        let schema = [Attribute::new("items", Kind::Nested(Nesting::List, vec![inner]), Mode::Required)];
        let item = |value: Dynamic| Dynamic::Map([("name".to_owned(), value)].into());
        let items = Dynamic::List(vec![item("ok".into()), item(Dynamic::unknown()), item("long".into())]);
        assert_eq!(
            verdicts(&schema, &[("items", items)]),
            ["items[2].name: Invalid value for \"items[2].name\""]
        );
    }

    #[test]
    fn a_value_that_fails_several_checks_is_one_error() {
        let mut word = text("word", Mode::Required);
        word.checks.extend([len(1..=2), crate::schema::one_of(&["a"])]);
        let mut words =
            Attribute::new("words", Kind::Value(Type::List(Box::new(Type::String))), Mode::Required);
        words.checks.extend([len(..=1), crate::schema::checks::each(len(1..=2))]);
        let (long, list) = (Dynamic::from("long"), Dynamic::List(vec!["a".into(), "long".into()]));
        let object = Dynamic::Map([("word".to_owned(), long), ("words".to_owned(), list)].into());
        let mut found = Diagnostics::new();
        attributes(&[word, words], &object, &Path::root(), true, &mut found);
        let found: Vec<String> =
            found.into_iter().map(|found| format!("{}: {}", found.path, found.detail)).collect();
        assert_eq!(
            found,
            [
                "word: It must be of length 1 to 2, not 4.",
                "words: It must be of length at most 1, not 2.",
                "words[1]: It must be of length 1 to 2, not 4."
            ]
        );
    }

    #[test]
    fn a_refused_element_of_a_map_is_named_at_any_depth() {
        let lists = Type::Map(Box::new(Type::List(Box::new(Type::String))));
        let mut teams = Attribute::new("teams", Kind::Value(lists), Mode::Required);
        let short = crate::schema::checks::each(crate::schema::checks::each(len(1..=2)));
        teams.checks.push(short);
        let value = Dynamic::Map([("ops".to_owned(), Dynamic::List(vec!["a".into(), "long".into()]))].into());
        assert_eq!(
            verdicts(&[teams], &[("teams", value)]),
            ["teams[\"ops\"][1]: Invalid value for \"teams[\"ops\"][1]\""]
        );
    }

    #[test]
    fn elements_of_a_set_that_differ_only_by_a_default_are_refused() {
        let mut times = Attribute::new("times", Kind::Value(Type::Number), Mode::OptionalComputed);
        times.default = Some(3.into());
        let inner = vec![text("who", Mode::Required), times];
        let schema = [Attribute::new("loose", Kind::Nested(Nesting::Set, inner), Mode::Optional)];
        let rule = |who: Dynamic, times: Dynamic| {
            Dynamic::Map([("who".to_owned(), who), ("times".to_owned(), times)].into())
        };
        let (usual, three) = (rule("ada".into(), Dynamic::Null), rule("ada".into(), 3.into()));
        let four = rule("ada".into(), 4.into());
        let unknown = rule(Dynamic::unknown(), 3.into());
        let of = |items: &[&Dynamic]| Dynamic::List(items.iter().map(|item| (*item).clone()).collect());
        assert_eq!(
            verdicts(&schema, &[("loose", of(&[&usual, &three, &four]))]),
            ["loose: Elements of \"loose\" are the same"]
        );
        for fine in [of(&[&usual, &four]), of(&[&three]), of(&[&usual, &unknown]), Dynamic::Null] {
            assert_eq!(verdicts(&schema, &[("loose", fine)]), [""; 0]);
        }
    }

    #[test]
    fn null_is_refused_where_an_element_cannot_be_null() {
        fn of<T: Attr>(name: &str) -> Attribute {
            let mut attribute = Attribute::new(name, T::kind(), Mode::Optional);
            T::describe(&mut attribute);
            attribute
        }
        let schema = [
            of::<Vec<String>>("list"),
            of::<BTreeSet<String>>("set"),
            of::<BTreeMap<String, i64>>("map"),
            of::<Vec<BTreeMap<String, bool>>>("deep"),
            of::<(i64, Option<i64>)>("pair"),
            of::<Vec<Option<String>>>("gaps"),
            of::<Vec<Dynamic>>("any"),
        ];
        let list = |items: &[Dynamic]| Dynamic::List(items.to_vec());
        let map = |key: &str, value: Dynamic| Dynamic::Map([(key.to_owned(), value)].into());
        let one_null = || list(&["a".into(), Dynamic::unknown(), Dynamic::Null]);
        assert_eq!(
            verdicts(
                &schema,
                &[
                    ("list", one_null()),
                    ("set", one_null()),
                    ("map", map("k", Dynamic::Null)),
                    ("deep", list(&[map("k", true.into()), map("k", Dynamic::Null), Dynamic::Null])),
                    ("pair", list(&[Dynamic::Null, Dynamic::Null])),
                    ("gaps", one_null()),
                    ("any", one_null()),
                ]
            ),
            [
                "list[2]: Invalid value for \"list[2]\"",
                "set: Invalid value for \"set\"",
                "map[\"k\"]: Invalid value for \"map[\"k\"]\"",
                "deep[1][\"k\"]: Invalid value for \"deep[1][\"k\"]\"",
                "deep[2]: Invalid value for \"deep[2]\"",
                "pair[0]: Invalid value for \"pair[0]\"",
            ]
        );
    }

    #[test]
    fn the_value_of_a_secret_is_not_repeated() {
        let mut secret = text("key", Mode::Required);
        secret.sensitive = true;
        secret.checks.push(crate::schema::one_of(&["a"]));
        let object = Dynamic::Map([("key".to_owned(), Dynamic::from("hunter2"))].into());
        let mut diagnostics = Diagnostics::new();
        attributes(&[secret], &object, &Path::root(), true, &mut diagnostics);
        let detail = diagnostics.into_iter().next().expect("one").detail;
        assert_eq!(detail, "It must be \"a\".");
    }
}
