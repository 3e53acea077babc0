//! Terraform's rules on schemas (`hashicorp/terraform:internal/configs/configschema/internal_validate.go`), and ours.
//!
//! One attribute that breaks them makes a whole provider unusable, and some mistakes Terraform accepts and then
//! misreads, so one test over a provider checks them all: [`crate::schema_problems`], which `tfplug::testing::Core` asks
//! at start.

use std::collections::BTreeSet;

use super::{Attribute, Check, Kind, Mode, Nesting, Outcome, Rule, Schema};
use crate::value::{Dynamic, Path, Type, ValueError};

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
            if let Some(error) = unstorable(default) {
                problem(&format!("its default cannot be planned: {error}"));
            }
            for refusal in attribute.checks.iter().filter_map(|check| check.test(default).err()) {
                problem(&format!("its default does not pass its own check. {refusal}"));
            }
        }
        for check in attribute.checks.iter().filter(|check| check.lists_nothing()) {
            let listing = std::iter::successors(Some(check), |check| check.element()).last().unwrap_or(check);
            problem(&format!("the check `{}` lists no values", listing.rule()));
        }
        let unfit = |check: &&Check| !check.lists_nothing() && !check.fits(&attribute.ty());
        for check in attribute.checks.iter().filter(unfit) {
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
            let has_default =
                |name: &&&str| attributes.iter().any(|other| other.name == **name && other.default.is_some());
            for name in rule.demands_absence().iter().filter(has_default) {
                problem(&format!(
                    "a rule says: {} But `{name}` has a default, so a handler never finds it absent: remove the default, and \
                     write the type as `Option<T>`",
                    rule.sentence()
                ));
            }
            for (name, other) in rule.needed().into_iter().filter(|(name, other)| {
                attributes
                    .iter()
                    .flat_map(|attribute| &attribute.rules)
                    .any(|rule| rule.excludes(name, other))
            }) {
                problem(&format!(
                    "`{name}` needs `{other}` and cannot be given together with it, so it can never be given"
                ));
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

/// What is wrong with a number in a value, if Terraform cannot store it.
fn unstorable(value: &Dynamic) -> Option<ValueError> {
    match value.untyped() {
        Dynamic::Number(number) => number.demand().err(),
        Dynamic::List(items) => items.iter().find_map(unstorable),
        Dynamic::Map(entries) => entries.values().find_map(unstorable),
        _ => None,
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
mod tests;
