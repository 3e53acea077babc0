//! Options as they were written in `#[attr(…)]` and `#[args(…)]`: each known, of the right shape, given once.
//!
//! All roles read all options, so that `check` can say where a misplaced one belongs.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Token, parenthesized, token};

use crate::ast::Role;
use crate::errors::Errors;
use crate::timeouts::Timeouts;

/// Options of a field.
#[derive(Default)]
pub(crate) struct FieldOptions {
    /// Name of the attribute, where it is not that of the field.
    pub(crate) name: Option<LitStr>,
    pub(crate) default: Option<Expr>,
    pub(crate) replace: bool,
    pub(crate) replace_if: Option<Expr>,
    pub(crate) check: Option<Expr>,
    pub(crate) deprecated: Option<LitStr>,
    pub(crate) env: Option<LitStr>,
    pub(crate) block: bool,
    pub(crate) keep: bool,
    pub(crate) follows: Option<Vec<Ident>>,
    pub(crate) volatile: bool,
    /// The names of those that are given, where they stand.
    pub(crate) given: Vec<Ident>,
    /// Whether something was given that could not be read, so that nothing may be said to be missing.
    pub(crate) unread: bool,
}

/// Options of a struct of arguments.
#[derive(Default)]
pub(crate) struct StructOptions {
    pub(crate) version: Option<u32>,
    pub(crate) deprecated: Option<LitStr>,
    pub(crate) timeouts: Option<Timeouts>,
}

/// Options of arguments, then those of computed attributes; `deprecated` and `name` are for both.
pub(crate) const FOR_ARGS: [&str; 8] =
    ["default", "replace", "replace_if", "check", "deprecated", "env", "block", "name"];
pub(crate) const FOR_COMPUTED: [&str; 5] = ["keep", "follows", "volatile", "deprecated", "name"];
pub(crate) const FOR_IDENTITY: [&str; 1] = ["name"];

impl FieldOptions {
    /// The option of that name, where it stands.
    pub(crate) fn at(&self, name: &str) -> Option<&Ident> {
        self.given.iter().find(|given| *given == name)
    }

    fn read(&mut self, role: Role, entry: Entry, errors: &mut Errors) {
        let name = entry.name.clone();
        let spelled = name.unraw().to_string();
        if self.at(&spelled).is_some() {
            let several =
                if spelled == "check" { "; several checks are an array: `check = [a, b]`" } else { "" };
            errors.push(&name, format!("`{spelled}` is given twice{several}"));
            return;
        }
        let read = match spelled.as_str() {
            "name" => entry.text(errors).map(|value| self.name = Some(value)),
            "default" => entry.value(errors).map(|value| self.default = Some(value)),
            "replace" => entry.word(errors).map(|()| self.replace = true),
            "replace_if" => entry.value(errors).map(|value| self.replace_if = Some(value)),
            "check" => entry.value(errors).map(|value| self.check = Some(value)),
            "deprecated" => entry.text(errors).map(|value| self.deprecated = Some(value)),
            "env" => entry.text(errors).map(|value| self.env = Some(value)),
            "block" => entry.word(errors).map(|()| self.block = true),
            "keep" => entry.word(errors).map(|()| self.keep = true),
            "follows" => entry.names(errors).map(|names| self.follows = Some(names)),
            "volatile" => entry.word(errors).map(|()| self.volatile = true),
            unknown => {
                let known: &[&str] = match role {
                    Role::Args => &FOR_ARGS,
                    Role::Computed => &FOR_COMPUTED,
                    Role::Identity => &FOR_IDENTITY,
                };
                match elsewhere(unknown) {
                    Some(advice) => errors.push(&name, format!("unknown option `{unknown}`: {advice}")),
                    None => errors.push(&name, unknown_option(unknown, known)),
                }
                None
            }
        };
        match read {
            Some(()) => self.given.push(Ident::new(&spelled, name.span())),
            None => self.unread = true,
        }
    }
}

/// What other frameworks say by an option and this one by something else.
fn elsewhere(option: &str) -> Option<&'static str> {
    Some(match option {
        "optional" => "write the type as `Option<T>`",
        "required" => "every type but `Option<T>` is required already",
        "computed" => "move the field to the struct with `#[derive(Computed)]`",
        "sensitive" | "secret" => "write the type as `Sensitive<T>`",
        "write_only" => "write the type as `WriteOnly<T>`",
        "description" | "doc" | "help" => "the doc comment of the field is its description",
        "force_new" | "requires_replace" => "write `replace`",
        "validate" | "validator" | "validators" => "write `check = …`",
        "rename" => "write `name = \"…\"`",
        "one_of" | "choices" | "values" => "make the type an enum with `#[derive(Choice)]`",
        _ => return None,
    })
}

/// Reads the options of a field.
pub(crate) fn field_options(role: Role, attrs: &[Attribute], errors: &mut Errors) -> FieldOptions {
    let mut options = FieldOptions::default();
    for attr in attrs {
        if attr.path().is_ident("args") {
            errors.push(attr.path(), "`args` is for the whole struct: write `attr` on a field");
            options.unread = true;
        } else if attr.path().is_ident("attr") {
            match entries(attr) {
                Ok(entries) => entries.into_iter().for_each(|entry| options.read(role, entry, errors)),
                Err(error) => {
                    errors.push_error(error);
                    options.unread = true;
                }
            }
        }
    }
    options
}

/// Reads the options of a struct.
pub(crate) fn struct_options(role: Role, attrs: &[Attribute], errors: &mut Errors) -> StructOptions {
    let mut options = StructOptions::default();
    let mut given: Vec<String> = Vec::new();
    for attr in attrs {
        if attr.path().is_ident("attr") {
            errors.push(attr.path(), "`attr` is for fields; options of the whole struct stand in `args`");
        } else if attr.path().is_ident("args") && role != Role::Args {
            errors.push(
                attr.path(),
                "`args` is for the struct with `#[derive(Args)]`, where the object is described",
            );
        } else if attr.path().is_ident("args") {
            let entries = entries(attr).unwrap_or_else(|error| {
                errors.push_error(error);
                Vec::new()
            });
            for entry in entries {
                let name = entry.name.to_string();
                if given.contains(&name) {
                    errors.push(&entry.name, format!("`{name}` is given twice"));
                    continue;
                }
                match name.as_str() {
                    "version" => options.version = entry.version(errors),
                    "deprecated" => options.deprecated = entry.text(errors),
                    "timeouts" => {
                        options.timeouts = entry.list(errors).map(|list| Timeouts::read(list, errors))
                    }
                    unknown => {
                        errors.push(
                            &entry.name,
                            unknown_option(unknown, &["timeouts", "version", "deprecated"]),
                        );
                    }
                }
                given.push(name);
            }
        }
    }
    options
}

/// One option: `name`, `name = value` or `name(…)`.
pub(crate) struct Entry {
    pub(crate) name: Ident,
    form: Form,
}

enum Form {
    Word,
    Value(Box<Expr>),
    List(TokenStream),
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let form = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Form::Value(input.parse()?)
        } else if input.peek(token::Paren) {
            let content;
            parenthesized!(content in input);
            Form::List(content.parse()?)
        } else {
            Form::Word
        };
        Ok(Entry { name, form })
    }
}

fn entries(attr: &Attribute) -> syn::Result<Vec<Entry>> {
    attr.parse_args_with(list_of_entries)
}

/// Reads options separated by commas.
pub(crate) fn list_of_entries(input: ParseStream<'_>) -> syn::Result<Vec<Entry>> {
    Ok(Punctuated::<Entry, Token![,]>::parse_terminated(input)?.into_iter().collect())
}

impl Entry {
    fn word(self, errors: &mut Errors) -> Option<()> {
        let name = &self.name;
        match self.form {
            Form::Word => Some(()),
            Form::Value(_) | Form::List(_) => {
                let other = if name == "replace" { "; `replace_if = f` decides by the values" } else { "" };
                errors.push(name, format!("`{name}` takes no value: write `{name}` alone{other}"));
                None
            }
        }
    }

    fn value(self, errors: &mut Errors) -> Option<Expr> {
        match self.form {
            Form::Value(value) => Some(*value),
            Form::Word | Form::List(_) => {
                errors.push(&self.name, format!("`{0}` takes a value: `{0} = …`", self.name));
                None
            }
        }
    }

    /// Text that says something.
    pub(crate) fn text(self, errors: &mut Errors) -> Option<LitStr> {
        let name = &self.name;
        match self.form {
            Form::Value(value) => match *value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if !text.value().trim().is_empty() => {
                    Some(text)
                }
                other => {
                    errors.push(other, format!("`{name}` takes text: `{name} = \"…\"`"));
                    None
                }
            },
            Form::Word | Form::List(_) => {
                errors.push(name, format!("`{name}` takes text: `{name} = \"…\"`"));
                None
            }
        }
    }

    fn version(self, errors: &mut Errors) -> Option<u32> {
        let name = self.name.clone();
        let value = self.value(errors)?;
        let number = match &value {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
            _ => None,
        };
        if number.is_none() {
            errors.push(&value, format!("`{name}` takes a whole number from 0 to {}", u32::MAX));
        }
        number
    }

    fn list(self, errors: &mut Errors) -> Option<Vec<Entry>> {
        let name = &self.name;
        match self.form {
            Form::List(tokens) => match list_of_entries.parse2(tokens) {
                Ok(entries) => Some(entries),
                Err(error) => {
                    errors.push_error(error);
                    None
                }
            },
            Form::Word | Form::Value(_) => {
                errors.push(name, format!("`{name}` takes a list: `{name}(create = \"5m\")`"));
                None
            }
        }
    }

    fn names(self, errors: &mut Errors) -> Option<Vec<Ident>> {
        let parser = Punctuated::<Ident, Token![,]>::parse_terminated_with;
        let name = self.name;
        if let Form::List(tokens) = self.form
            && let Ok(names) = (|input: ParseStream<'_>| parser(input, Ident::parse_any)).parse2(tokens)
            && !names.is_empty()
        {
            return Some(names.into_iter().collect());
        }
        errors.push(&name, format!("`{name}` takes names of attributes: `{name}(a, b)`"));
        None
    }
}

/// What to say of an option that does not exist.
pub(crate) fn unknown_option(unknown: &str, known: &[&str]) -> String {
    match nearest(unknown, known) {
        Some(known) => format!("unknown option `{unknown}`, did you mean `{known}`?"),
        None => {
            let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
            format!("unknown option `{unknown}`; known here: {}", known.join(", "))
        }
    }
}

/// The known name that is most like a wrong one, unless all are too far away.
pub(crate) fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let (distance, known) = known.iter().map(|known| (distance(wrong, known), *known)).min()?;
    (distance <= (known.len() / 2).min(3)).then_some(known)
}

/// How many letters must be added, removed or changed to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(&b) {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = *cell;
            left = changed.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_changes() {
        for (a, b, expected) in
            [("", "", 0), ("", "abc", 3), ("replase", "replace", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn suggestions_are_near_or_absent() {
        assert_eq!(nearest("replase", &FOR_ARGS), Some("replace"));
        assert_eq!(nearest("volatlie", &FOR_COMPUTED), Some("volatile"));
        assert_eq!(nearest("evn", &FOR_ARGS), None);
        assert_eq!(nearest("colour", &FOR_ARGS), None);
    }
}
