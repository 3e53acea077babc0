//! The part of a page that lists attributes: who gives each, its type, and every rule that a schema states as data.
//!
//! Nested attributes get a section of their own, linked from the attribute that holds them, because registries flatten
//! lists of lists. Wording and anchors are those that readers know from other providers' pages.

use std::fmt::Write as _;

use crate::schema::{Attribute, Check, Kind, Mode, Nesting, Replace, Rule};
use crate::value::{Dynamic, Type};

/// All attributes, nested ones included, by who gives them. `noun` is what has them, as it is called within a sentence.
pub(super) fn sections(attributes: &[Attribute], noun: &str) -> String {
    let mut text = String::new();
    section(&mut text, attributes, noun, &[]);
    nested_sections(&mut text, attributes, noun, &[]);
    text
}

/// One level of attributes: required, optional, read-only. `parents` are the names of the attributes around it.
fn section(text: &mut String, attributes: &[Attribute], noun: &str, parents: &[&str]) {
    for (title, modes) in [
        ("Required", &[Mode::Required][..]),
        ("Optional", &[Mode::Optional, Mode::OptionalComputed]),
        ("Read-Only", &[Mode::Computed]),
    ] {
        let mut members = attributes.iter().filter(|attribute| modes.contains(&attribute.mode)).peekable();
        if members.peek().is_none() {
            continue;
        }
        if parents.is_empty() {
            let _ = write!(text, "\n### {title}\n\n");
        } else {
            let _ = write!(text, "\n{title}:\n\n");
        }
        for attribute in members {
            item(text, attribute, attributes, noun, parents);
        }
    }
}

/// A section for each attribute that holds objects, parents first.
fn nested_sections(text: &mut String, attributes: &[Attribute], noun: &str, parents: &[&str]) {
    for attribute in attributes {
        let Some((_, inner)) = attribute.nested() else { continue };
        let path = [parents, &[attribute.name.as_str()]].concat();
        let _ = write!(
            text,
            "\n<a id=\"{}\"></a>\n\n### Nested Schema for `{}`\n",
            anchor(&path),
            path.join(".")
        );
        section(text, inner, noun, &path);
        nested_sections(text, inner, noun, &path);
    }
}

fn anchor(path: &[&str]) -> String {
    format!("nested--{}", path.join("--"))
}

/// One attribute as a list item.
fn item(text: &mut String, attribute: &Attribute, siblings: &[Attribute], noun: &str, parents: &[&str]) {
    let mut facts = facts(attribute, noun);
    let rules = siblings.iter().flat_map(|sibling| &sibling.rules);
    facts.extend(rules.filter(|rule| rule.concerns(&attribute.name)).map(Rule::sentence));
    if attribute.nested().is_some() {
        facts.push(format!("See [below](#{}).", anchor(&[parents, &[attribute.name.as_str()]].concat())));
    }
    entry(text, "-", attribute, &notes(attribute), &facts);
}

/// A list item: name, notes in brackets, description, facts. Further paragraphs are indented to stay in it.
pub(super) fn entry(
    text: &mut String,
    bullet: &str,
    attribute: &Attribute,
    notes: &[String],
    facts: &[String],
) {
    let description = attribute.description.trim();
    let mut said = format!("`{}` ({})", attribute.name, notes.join(", "));
    if !description.is_empty() {
        let _ = write!(said, " {description}");
    }
    if !facts.is_empty() {
        // After a list or a second paragraph, the facts would read as part of it.
        let gap = if description.contains('\n') { "\n\n" } else { " " };
        let _ = write!(said, "{gap}{}", facts.join(" "));
    }
    let indent = " ".repeat(bullet.len() + 1);
    let said = said.replace('\n', &format!("\n{indent}")).replace(&format!("\n{indent}\n"), "\n\n");
    let _ = writeln!(text, "{bullet} {said}");
}

/// What stands in brackets after the name: the type, and marks that readers look for.
fn notes(attribute: &Attribute) -> Vec<String> {
    let mut notes = vec![type_name(attribute)];
    for (holds, note) in [
        (attribute.sensitive, "Sensitive"),
        (attribute.write_only, "Write-only"),
        (attribute.deprecated.is_some(), "Deprecated"),
    ] {
        if holds {
            notes.push(note.to_owned());
        }
    }
    notes
}

/// What the schema states as data, each as a sentence.
pub(super) fn facts(attribute: &Attribute, noun: &str) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(deprecated) = &attribute.deprecated {
        facts.push(format!("Deprecated: {}", sentence(deprecated)));
    }
    if !attribute.choices.is_empty() {
        // Only a configuration spells them so.
        let aliases = if attribute.mode.is_configurable() { attribute.aliases.as_slice() } else { &[] };
        let choices: Vec<String> =
            attribute.choices.iter().map(|choice| with_aliases(choice, aliases)).collect();
        let one = if attribute.ty() == Type::String { "One of" } else { "Each one of" };
        facts.push(format!("{one} {}.", choices.join(", ")));
    }
    // The first rule of a text with listed values only lists them again.
    let rules = attribute.checks.iter().skip(usize::from(!attribute.choices.is_empty()));
    let rules: Vec<&str> = rules.map(Check::rule).filter(|rule| !rule.is_empty()).collect();
    if attribute.mode.is_configurable() && !rules.is_empty() {
        facts.push(obligations(&rules));
    }
    if let Kind::Block { min_items, max_items, .. } = &attribute.kind {
        match (*min_items, *max_items) {
            (0, 0) => {}
            (least, 0) => facts.push(format!("At least {least}.")),
            (0, most) => facts.push(format!("At most {most}.")),
            (least, most) => facts.push(format!("From {least} to {most}.")),
        }
    }
    match &attribute.default {
        Some(_) if attribute.holds_secrets() => {
            facts.push("It has a default, which is not shown.".to_owned())
        }
        Some(default) => facts.push(format!("Default `{}`.", shown(default))),
        None => {}
    }
    if let Some(variable) = &attribute.env {
        facts.push(format!("Environment variable `{variable}`."));
    }
    match attribute.replace {
        Some(Replace::Always) => facts.push(format!("Changing it replaces the {noun}.")),
        Some(Replace::IfConfigured) => {
            facts.push(format!("Changing it in the configuration replaces the {noun}."));
        }
        Some(Replace::If(_)) => facts.push(format!("Some changes to it replace the {noun}.")),
        None => {}
    }
    facts
}

/// A choice with its other spellings.
fn with_aliases(choice: &str, aliases: &[(String, String)]) -> String {
    let own = aliases.iter().filter(|(of, _)| of == choice);
    let own: Vec<String> = own.map(|(_, alias)| format!("`{alias}`")).collect();
    if own.is_empty() { format!("`{choice}`") } else { format!("`{choice}` (also {})", own.join(", ")) }
}

/// A rule as a sentence that follows the description.
fn must(rule: &str, also: &str) -> String {
    crate::schema::checks::obligation("Must", also, rule)
}

/// What rules demand together. One that is a list itself gets a sentence of its own, since "a or b and c" can be read in
/// two ways, and so does one about elements.
fn obligations(rules: &[&str]) -> String {
    let stands_alone = |rule: &&str| {
        rule.starts_with("each ")
            || rule.starts_with("with each key ")
            || [" and ", " or ", ", ", "; "].iter().any(|word| rule.contains(word))
    };
    if rules.iter().any(stands_alone) {
        let sentences = rules.iter().enumerate();
        let sentences = sentences.map(|(n, rule)| must(rule, if n == 0 { "" } else { " also" }));
        return sentences.collect::<Vec<_>>().join(" ");
    }
    // "Must not be a and of length 1" would deny both.
    let (not, is): (Vec<&str>, Vec<&str>) = rules.iter().partition(|rule| rule.starts_with("not "));
    must(&[is, not].concat().join(" and "), "")
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// A default as it would be written, text without its quotes.
fn shown(value: &Dynamic) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn type_name(attribute: &Attribute) -> String {
    let nested = |nesting, single: &str| match nesting {
        Nesting::Single => single.to_owned(),
        Nesting::List => format!("{single} List"),
        Nesting::Set => format!("{single} Set"),
        Nesting::Map => format!("{single} Map"),
    };
    match &attribute.kind {
        Kind::Value(ty) => words(ty),
        Kind::Nested(nesting, _) => nested(*nesting, "Attributes"),
        Kind::Block { nesting, .. } => nested(*nesting, "Block"),
    }
}

/// A type in the words of registry pages.
pub(super) fn words(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", words(element)),
        Type::Set(element) => format!("Set of {}", words(element)),
        Type::Map(element) => format!("Map of {}", words(element)),
        Type::Object(_) | Type::Tuple(_) => format!("`{ty}`"),
    }
}
