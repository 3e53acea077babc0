//! Terraform's rules on schemas (`hashicorp/terraform:internal/configs/configschema/internal_validate.go`), and ours.
//!
//! One attribute that breaks them makes a whole provider unusable, and some mistakes Terraform accepts and then
//! misreads, so one test over a provider checks them all: [`crate::schema_problems`], which `tfplug::testing::Core` asks
//! at start.

use std::collections::BTreeSet;

use super::{Attribute, Kind, Mode, Nesting, Outcome, Rule, Schema};
use crate::value::{Path, Type};

/// Where a schema stands, because some names are taken there, and not every attribute makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The provider block.
    Provider,
    /// A `resource` block.
    Resource,
    /// A `data` block.
    DataSource,
    /// An `ephemeral` block.
    Ephemeral,
    /// The `config` block of a `list` block.
    List,
    /// The `config` block of an `action` block.
    Action,
    /// What a module says to the provider, in `provider_meta`.
    Meta,
    /// The parameters of a function.
    Function,
}

impl Place {
    /// Names with a meaning of Terraform's own.
    fn reserved(self) -> &'static [&'static str] {
        match self {
            Place::Provider => &["alias", "version"],
            Place::Resource | Place::DataSource | Place::Ephemeral => {
                &["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"]
            }
            Place::List | Place::Action | Place::Meta | Place::Function => &[],
        }
    }

    /// Whether the object changes, rather than being read anew each time.
    fn changes(self) -> bool {
        !matches!(self, Place::DataSource | Place::Ephemeral)
    }

    /// Whether what is there can be used without being stored.
    fn takes_write_only(self) -> bool {
        matches!(self, Place::Resource | Place::Action)
    }
}

/// What is wrong with a schema, each as a sentence that names the attribute. Empty when all is well.
pub fn problems(schema: &Schema, place: Place) -> Vec<String> {
    let mut problems = Vec::new();
    for attribute in &schema.attributes {
        let mut problem = |text: &str| problems.push(format!("{}: {text}", attribute.name));
        if place.reserved().contains(&attribute.name.as_str()) {
            problem("the name is reserved by Terraform");
        }
        if place == Place::Provider && attribute.mode != Mode::Optional {
            problem("provider arguments must be optional");
        }
        if !place.takes_write_only() && holds_write_only(attribute) {
            problem("nothing is write-only here, where nothing is stored; `Sensitive` hides it");
        }
        if place == Place::Function {
            parameter(attribute, &mut problem);
        } else if place != Place::Provider && attribute.env.is_some() {
            problem("`env` is for arguments of the provider; nothing reads the variable here");
        }
        if attribute.nested().is_some_and(|(_, inner)| inner.iter().any(reads_environment)) {
            problem("`env` is for arguments of the provider itself, not for those of its nested objects");
        }
    }
    level(&schema.attributes, place, &Path::root(), &mut problems);
    // A function is called with elements of one type, whatever that is: they are converted before.
    if place != Place::Function {
        open_elements(&schema.attributes, &Path::root(), &mut problems);
    }
    problems
}

/// Elements of a list or map are of one type, which each value would have to find out from the others.
fn open_elements(attributes: &[Attribute], path: &Path, problems: &mut Vec<String>) {
    for attribute in attributes {
        let path = path.attr(&attribute.name);
        match (&attribute.kind, attribute.nested()) {
            (Kind::Value(Type::List(element) | Type::Map(element)), _) if element.contains_dynamic() => {
                problems.push(format!(
                    "{path}: a list or map holds no values of open type; `Dynamic` alone holds a whole list or map"
                ));
            }
            (_, Some((_, inner))) => open_elements(inner, &path, problems),
            _ => {}
        }
    }
}

fn holds_write_only(attribute: &Attribute) -> bool {
    attribute.write_only || attribute.nested().is_some_and(|(_, inner)| inner.iter().any(holds_write_only))
}

fn reads_environment(attribute: &Attribute) -> bool {
    attribute.env.is_some()
        || attribute.nested().is_some_and(|(_, inner)| inner.iter().any(reads_environment))
}

/// Parameters are given by position, all of them, and nothing changes over time.
fn parameter(attribute: &Attribute, problem: &mut impl FnMut(&str)) {
    if attribute.default.is_some() {
        problem("a parameter has no default; `Option` lets it be null");
    }
    if attribute.replace.is_some() || attribute.env.is_some() || attribute.is_block() {
        problem("a parameter has no `replace`, no `env` and no `block`");
    }
}

fn level(attributes: &[Attribute], place: Place, path: &Path, problems: &mut Vec<String>) {
    let mut names = BTreeSet::new();
    for attribute in attributes {
        if !names.insert(attribute.name.as_str()) {
            problems.push(format!("{}: the name is used twice", path.attr(&attribute.name)));
        }
    }
    for attribute in attributes {
        let path = path.attr(&attribute.name);
        let mut problem = |text: &str| problems.push(format!("{path}: {text}"));
        if !is_name(&attribute.name) {
            problem("a name consists of lower-case letters, digits and `_`, and begins with no digit");
        }
        if place.changes() && attribute.mode == Mode::Computed && attribute.outcome.is_none() {
            problem("a computed attribute needs `keep`, `follows` or `volatile`");
        }
        if attribute.default.is_some() && attribute.mode != Mode::OptionalComputed {
            problem("an attribute with a default is optional and computed");
        }
        if let Some(default) = &attribute.default {
            for refusal in attribute.checks.iter().filter_map(|check| check.test(default).err()) {
                problem(&format!("its default does not pass its own check. {refusal}"));
            }
        }
        for check in attribute.checks.iter().filter(|check| !check.fits(&attribute.ty())) {
            problem(&format!("the check `{}` says nothing about its type, {}", check.rule(), attribute.ty()));
        }
        for name in followed(attribute).iter().filter(|name| !names.contains(name.as_str())) {
            problem(&format!("it follows `{name}`, which does not exist"));
        }
        let write_only = |name: &str| attributes.iter().any(|other| other.name == name && other.write_only);
        for name in followed(attribute).iter().filter(|name| write_only(name)) {
            problem(&format!(
                "it follows `{name}`, which is write-only, so nothing shows that it changes; follow its version"
            ));
        }
        if follows(attributes, attribute, &attribute.name, &mut BTreeSet::new()) {
            problem("it follows itself by way of others, so nothing ever changes it");
        }
        for rule in &attribute.rules {
            for name in rule.attributes().into_iter().filter(|name| !names.contains(name)) {
                problem(&format!("a rule names `{name}`, which does not exist"));
            }
            if let Rule::Prefer(_, instead) = rule
                && attributes.iter().any(|other| other.name == *instead && !other.write_only)
            {
                problem(&format!("it prefers `{instead}`, which is not write-only"));
            }
        }
        if attribute.write_only && attribute.mode.is_computed() {
            problem("a write-only attribute is not computed");
        }
        if attribute.write_only && attribute.replace.is_some() {
            problem(
                "it is write-only, so nothing shows that it changes, and `replace` has no effect; put `replace` on its version",
            );
        }
        elements(attribute, &mut problem);
        match &attribute.kind {
            Kind::Value(Type::Set(element)) if element.contains_dynamic() => {
                problem("a set holds no values of open type");
            }
            Kind::Value(_) => {}
            Kind::Nested(nesting, inner) => {
                nested(attribute, *nesting, inner, &mut problem);
                if let Some(block) = inner.iter().find(|inner| inner.is_block()) {
                    problem(&format!(
                        "it is written with `=`, so `{}` in it is no block: make both blocks or none",
                        block.name
                    ));
                }
            }
            Kind::Block { nesting, min_items, max_items, attributes: inner } => {
                nested(attribute, *nesting, inner, &mut problem);
                match nesting {
                    Nesting::Single if min_items != max_items || *max_items > 1 => {
                        problem("a single block has no number of items other than 0 or 1");
                    }
                    Nesting::Map if (*min_items, *max_items) != (0, 0) => {
                        problem("blocks by key have no number of items");
                    }
                    _ if *max_items != 0 && min_items > max_items => {
                        problem("fewest items are more than most")
                    }
                    _ => {}
                }
            }
        }
        if let Some((_, inner)) = attribute.nested() {
            level(inner, place, &path, problems);
        }
    }
}

/// What elements know and their attribute does not, which only a hand-written [`super::Attr`] gets past the compiler.
fn elements(attribute: &Attribute, problem: &mut impl FnMut(&str)) {
    let any = |wrong: &dyn Fn(&Attribute) -> bool| attribute.elements.iter().any(wrong);
    if !attribute.write_only && any(&is_write_only) {
        problem("its elements are write-only and it is not, so they would be stored");
    }
    if any(&|element| loses(attribute, element)) {
        problem(
            "the objects in it are no attributes of their own, so what their attributes say would be lost: no default, no \
             `replace`, nothing sensitive or write-only",
        );
    }
}

/// Whether an element is write-only, or one of its own elements.
fn is_write_only(element: &Attribute) -> bool {
    element.write_only || element.elements.iter().any(is_write_only)
}

/// Whether the objects that an element holds say something that its attribute does not. (Those of nested attributes are not
/// with the element but with the attribute.)
fn loses(attribute: &Attribute, element: &Attribute) -> bool {
    fn said(attribute: &Attribute, inner: &Attribute) -> bool {
        inner.default.is_some()
            || inner.replace.is_some()
            || (inner.sensitive && !attribute.sensitive)
            || (inner.write_only && !attribute.write_only)
            || inner.nested().is_some_and(|(_, inner)| inner.iter().any(|inner| said(attribute, inner)))
    }
    element.nested().is_some_and(|(_, inner)| inner.iter().any(|inner| said(attribute, inner)))
        || element.elements.iter().any(|element| loses(attribute, element))
}

/// The names of the attributes that a computed one follows.
fn followed(attribute: &Attribute) -> &[String] {
    match &attribute.outcome {
        Some(Outcome::Follows(names)) => names,
        _ => &[],
    }
}

/// Whether an attribute follows the wanted one, by way of others or not.
fn follows<'a>(
    attributes: &'a [Attribute],
    attribute: &'a Attribute,
    wanted: &str,
    seen: &mut BTreeSet<&'a str>,
) -> bool {
    followed(attribute).iter().any(|name| {
        let next = attributes.iter().find(|next| next.name == *name);
        name == wanted
            || (seen.insert(name) && next.is_some_and(|next| follows(attributes, next, wanted, seen)))
    })
}

/// Whether such an object has an attribute that the provider decides.
fn holds_computed(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        (attribute.mode.is_computed() && attribute.default.is_none())
            || attribute.nested().is_some_and(|(_, inner)| holds_computed(inner))
    })
}

fn nested(attribute: &Attribute, nesting: Nesting, inner: &[Attribute], problem: &mut impl FnMut(&str)) {
    // Terraform wants such objects to be of one type in lists and maps, too, and ends itself when they are not.
    if nesting != Nesting::Single && super::object_type(inner).contains_dynamic() {
        problem("several objects hold no values of open type");
    }
    if nesting == Nesting::Set && inner.iter().any(holds_write_only) {
        problem("a set holds nothing write-only");
    }
    if nesting == Nesting::Set && attribute.mode.is_configurable() && holds_computed(inner) {
        problem(
            "the provider decides nothing in a set that is configured: Terraform cannot tell which element it was; use a list \
             or a map",
        );
    }
    if attribute.write_only && !inner.iter().all(|inner| inner.write_only) {
        problem("what a write-only attribute holds is write-only, too");
    }
}

/// Whether Terraform takes it as a name of anything.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, mode: Mode) -> Attribute {
        Attribute::new(name, Kind::Value(Type::String), mode)
    }

    fn of(attributes: impl Into<Vec<Attribute>>) -> Schema {
        Schema { attributes: attributes.into(), ..Schema::default() }
    }

    #[test]
    fn what_makes_sense_depends_on_the_place() {
        let mut secret = text("secret", Mode::Optional);
        secret.write_only = true;
        let mut choice = text("choice", Mode::OptionalComputed);
        choice.default = Some("c".into());
        choice.checks.push(crate::schema::one_of(&["a", "b"]));
        let holder =
            Attribute::new("holder", Kind::Nested(Nesting::Single, vec![secret.clone()]), Mode::Optional);
        let block = Attribute::new(
            "block",
            Kind::Block { nesting: Nesting::List, min_items: 0, max_items: 0, attributes: Vec::new() },
            Mode::Optional,
        );
        let outer = Attribute::new("outer", Kind::Nested(Nesting::Single, vec![block]), Mode::Optional);
        let schema = of([text("count", Mode::Optional), secret, holder, choice, outer]);
        let hidden = "nothing is write-only here, where nothing is stored; `Sensitive` hides it";
        let always = [
            "choice: its default does not pass its own check. It must be one of \"a\" or \"b\", not \"c\".",
            "outer: it is written with `=`, so `block` in it is no block: make both blocks or none",
        ];
        let reserved = "count: the name is reserved by Terraform";
        let (secret, holder) = (format!("secret: {hidden}"), format!("holder: {hidden}"));
        let both = [secret.as_str(), &holder];
        let default = "choice: a parameter has no default; `Option` lets it be null";
        for (place, own) in [
            (Place::Resource, vec![reserved]),
            (Place::DataSource, [&[reserved][..], &both].concat()),
            (Place::Ephemeral, [&[reserved][..], &both].concat()),
            (Place::List, both.to_vec()),
            (Place::Action, vec![]),
            (Place::Meta, both.to_vec()),
            (Place::Function, [&both[..], &[default]].concat()),
        ] {
            assert_eq!(problems(&schema, place), [&own[..], &always].concat(), "{place:?}");
        }
    }

    #[test]
    fn lists_and_maps_of_open_type_are_for_functions_only() {
        let list = Type::List(Box::new(Type::Dynamic));
        let map = Type::Map(Box::new(list.clone()));
        let open = |name: &str, ty: Type| Attribute::new(name, Kind::Value(ty), Mode::Optional);
        let inside = Kind::Nested(Nesting::Single, vec![open("list", list.clone())]);
        let schema = of([
            open("any", Type::Dynamic),
            open("list", list),
            open("map", map),
            Attribute::new("one", inside, Mode::Optional),
        ]);
        let rule = "a list or map holds no values of open type; `Dynamic` alone holds a whole list or map";
        assert_eq!(
            problems(&schema, Place::Resource),
            ["list", "map", "one.list"].map(|path| format!("{path}: {rule}"))
        );
        assert_eq!(problems(&schema, Place::Function), [""; 0]);
    }

    #[test]
    fn a_check_has_to_say_something_about_its_type() {
        use crate::schema::checks::{any, each, keys, len, no_nulls, not_blank, unique};
        let (list, map) = (
            || Type::List(Box::new(Type::String)),
            || Type::Map(Box::new(Type::List(Box::new(Type::Number)))),
        );
        let with = |ty: Type, check: crate::schema::Check| {
            let mut attribute = Attribute::new("a", Kind::Value(ty), Mode::Optional);
            attribute.checks.push(check);
            problems(&of([attribute]), Place::Resource)
        };
        let fine = [
            (Type::String, len(1..)),
            (list(), len(1..)),
            (map(), len(1..)),
            (Type::Number, crate::schema::between(1..=9)),
            (Type::Number, crate::schema::one_of(&[1, 2])),
            (list(), each(not_blank())),
            (map(), each(each(crate::schema::at_least(1)))),
            (map(), keys(not_blank())),
            (list(), unique()),
            (map(), no_nulls()),
            (Type::Dynamic, not_blank()),
            (Type::Bool, crate::schema::Check::new("of its own", |_| Ok(()))),
        ];
        for (ty, check) in fine {
            assert_eq!(with(ty, check), [""; 0]);
        }
        for (ty, check, said) in [
            (Type::Number, len(1..=9), "`of length 1 to 9` says nothing about its type, number"),
            (Type::Bool, len(1..=9), "`of length 1 to 9` says nothing about its type, bool"),
            (Type::String, crate::schema::at_least(1), "`at least 1` says nothing about its type, string"),
            (Type::Number, crate::schema::one_of(&["1"]), "`\"1\"` says nothing about its type, number"),
            (list(), not_blank(), "`not blank` says nothing about its type, list(string)"),
            (Type::String, each(not_blank()), "`each not blank` says nothing about its type, string"),
            (map(), each(not_blank()), "`each not blank` says nothing about its type, map(list(number))"),
            (
                list(),
                keys(not_blank()),
                "`with each key not blank` says nothing about its type, list(string)",
            ),
            (
                Type::String,
                any([not_blank(), crate::schema::at_least(1)]),
                "`not blank or at least 1` says nothing about its type, string",
            ),
        ] {
            assert_eq!(with(ty, check), [format!("a: the check {said}")]);
        }
    }

    /// A hand-written `Attr` gets past the compiler.
    #[test]
    fn what_elements_would_lose_is_named() {
        let list = |ty: Type| Kind::Value(Type::List(Box::new(ty)));
        let of_elements = |name: &str, element: Attribute| {
            let mut attribute = Attribute::new(name, list(element.ty()), Mode::Optional);
            attribute.elements = vec![element];
            attribute
        };
        let marked = |mark: &dyn Fn(&mut Attribute)| {
            let mut attribute = text("a", Mode::Optional);
            mark(&mut attribute);
            attribute
        };
        let token = || marked(&|token| token.write_only = true);
        let rows = |name: &str, inner: Attribute| {
            of_elements(name, Attribute::new("", Kind::Nested(Nesting::List, vec![inner]), Mode::Required))
        };
        let sensitive = || marked(&|inner| inner.sensitive = true);
        let mut hidden = rows("hidden", sensitive());
        hidden.sensitive = true;
        let mut unstored = of_elements("unstored", token());
        unstored.write_only = true;
        let schema = of([
            of_elements("tokens", token()),
            of_elements("deep_tokens", of_elements("", token())),
            unstored,
            rows("plain", text("a", Mode::Optional)),
            rows("secrets", sensitive()),
            hidden,
            rows(
                "defaults",
                marked(&|inner| {
                    inner.mode = Mode::OptionalComputed;
                    inner.default = Some("d".into());
                }),
            ),
            rows("replaces", marked(&|inner| inner.replace = Some(crate::schema::Replace::Always))),
            of_elements("deep", rows("", sensitive())),
            Attribute::new(
                "nested",
                Kind::Nested(Nesting::List, vec![rows("rows", token())]),
                Mode::Optional,
            ),
        ]);
        let single = "its elements are write-only and it is not, so they would be stored";
        let lost = "the objects in it are no attributes of their own, so what their attributes say would be lost: no default, no \
                    `replace`, nothing sensitive or write-only";
        assert_eq!(
            problems(&schema, Place::Resource),
            [
                format!("tokens: {single}"),
                format!("deep_tokens: {single}"),
                format!("secrets: {lost}"),
                format!("defaults: {lost}"),
                format!("replaces: {lost}"),
                format!("deep: {lost}"),
                format!("nested.rows: {lost}"),
            ]
        );
    }

    /// Terraform keeps none of its values, so there is nothing to compare it with.
    #[test]
    fn nothing_comes_of_a_change_of_a_write_only_argument() {
        let mut secret = text("secret", Mode::Required);
        secret.write_only = true;
        let mut replaces = secret.clone();
        replaces.name = "replaces".to_owned();
        replaces.replace = Some(crate::schema::Replace::Always);
        let mut print = text("print", Mode::Computed);
        print.outcome = Some(Outcome::Follows(vec!["secret".to_owned()]));
        assert_eq!(
            problems(&of([secret, replaces, print]), Place::Resource),
            [
                "replaces: it is write-only, so nothing shows that it changes, and `replace` has no effect; put `replace` on its \
                 version",
                "print: it follows `secret`, which is write-only, so nothing shows that it changes; follow its version",
            ]
        );
    }

    #[test]
    fn a_set_holds_nothing_write_only_at_any_depth() {
        let mut secret = text("secret", Mode::Required);
        secret.write_only = true;
        let deep =
            Attribute::new("deep", Kind::Nested(Nesting::Single, vec![secret.clone()]), Mode::Optional);
        let set = |name, inner| Attribute::new(name, Kind::Nested(Nesting::Set, vec![inner]), Mode::Optional);
        assert_eq!(
            problems(&of([set("flat", secret), set("nested", deep)]), Place::Resource),
            ["flat: a set holds nothing write-only", "nested: a set holds nothing write-only"]
        );
    }

    #[test]
    fn the_environment_fills_arguments_of_the_provider_only() {
        let mut token = text("token", Mode::Optional);
        token.env = Some("TOKEN".to_owned());
        let holder =
            Attribute::new("holder", Kind::Nested(Nesting::Single, vec![token.clone()]), Mode::Optional);
        let schema = of([token, holder]);
        let nested =
            "holder: `env` is for arguments of the provider itself, not for those of its nested objects";
        assert_eq!(problems(&schema, Place::Provider), [nested]);
        let own = "token: `env` is for arguments of the provider; nothing reads the variable here";
        assert_eq!(problems(&schema, Place::Resource), [own, nested]);
    }

    #[test]
    fn attributes_that_follow_themselves_are_named() {
        let follows = |name: &str, followed: &str| {
            let mut attribute = text(name, Mode::Computed);
            attribute.outcome = Some(Outcome::Follows(vec![followed.to_owned()]));
            attribute
        };
        let inner = vec![follows("a", "b"), follows("b", "c"), follows("c", "b")];
        let schema = of([
            follows("path", "name"),
            follows("url", "path"),
            text("name", Mode::Required),
            Attribute::new("inner", Kind::Nested(Nesting::List, inner), Mode::Optional),
        ]);
        let circle = "it follows itself by way of others, so nothing ever changes it";
        assert_eq!(
            problems(&schema, Place::Resource),
            [format!("inner.b: {circle}"), format!("inner.c: {circle}")]
        );
    }

    #[test]
    fn a_configured_set_holds_nothing_that_the_provider_decides() {
        let mut id = text("id", Mode::Computed);
        id.outcome = Some(Outcome::Keep);
        let mut usual = text("usual", Mode::OptionalComputed);
        usual.default = Some("u".into());
        let set = |name: &str, inner: Vec<Attribute>, mode| {
            let mut set = Attribute::new(name, Kind::Nested(Nesting::Set, inner), mode);
            set.outcome = Some(Outcome::Keep);
            set
        };
        let deep = Attribute::new("deep", Kind::Nested(Nesting::Single, vec![id.clone()]), Mode::Optional);
        let schema = of([
            set("told", vec![id.clone()], Mode::Computed),
            set("plain", vec![text("who", Mode::Required), usual], Mode::Optional),
            set("flat", vec![text("who", Mode::Required), id], Mode::Optional),
            set("nested", vec![deep], Mode::OptionalComputed),
        ]);
        let problem = "the provider decides nothing in a set that is configured: Terraform cannot tell which element it \
                       was; use a list or a map";
        assert_eq!(
            problems(&schema, Place::Resource),
            [format!("flat: {problem}"), format!("nested: {problem}")]
        );
    }

    #[test]
    fn every_mistake_is_named() {
        let mut follows = text("path", Mode::Computed);
        follows.outcome = Some(Outcome::Follows(vec!["alias".to_owned()]));
        let mut secret = text("secret", Mode::OptionalComputed);
        secret.write_only = true;
        let mut ruled = text("ruled", Mode::Optional);
        ruled.rules = vec![Rule::Requires("ruled", &["nobody"]), Rule::Prefer("ruled", "count")];
        let schema = Schema {
            attributes: vec![
                text("count", Mode::Required),
                text("Zz-1", Mode::Required),
                text("id", Mode::Computed),
                follows,
                secret,
                text("secret", Mode::Optional),
                ruled,
            ],
            ..Schema::default()
        };
        assert_eq!(
            problems(&schema, Place::Resource),
            [
                "count: the name is reserved by Terraform",
                "secret: the name is used twice",
                "Zz-1: a name consists of lower-case letters, digits and `_`, and begins with no digit",
                "id: a computed attribute needs `keep`, `follows` or `volatile`",
                "path: it follows `alias`, which does not exist",
                "secret: a write-only attribute is not computed",
                "ruled: a rule names `nobody`, which does not exist",
                "ruled: it prefers `count`, which is not write-only",
            ]
        );
        assert_eq!(
            problems(
                &Schema { attributes: vec![text("x", Mode::Required)], ..Schema::default() },
                Place::Provider
            ),
            ["x: provider arguments must be optional"]
        );
    }
}
