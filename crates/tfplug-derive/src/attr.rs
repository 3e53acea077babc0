//! Options as they were written in `#[attr(…)]` and `#[args(…)]`: each known, of the right shape, given once.
//!
//! All roles read all options, so that `check` can say where a misplaced one belongs.

use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprPath, Ident, LitStr};

use crate::ast::Role;
use crate::entry::{Entry, entries};
use crate::errors::Errors;
use crate::rules::{self, Rule};
use crate::suggest::unknown_option;
use crate::timeouts::Timeouts;

/// Options of a field.
#[derive(Default)]
pub(crate) struct FieldOptions {
    /// Name of the attribute, where it is not that of the field.
    pub(crate) name: Option<LitStr>,
    pub(crate) default: Option<Expr>,
    pub(crate) replace: bool,
    pub(crate) replace_if: Option<Expr>,
    pub(crate) replace_if_configured: bool,
    pub(crate) check: Option<Expr>,
    pub(crate) deprecated: Option<LitStr>,
    pub(crate) env: Option<LitStr>,
    pub(crate) block: bool,
    pub(crate) keep: bool,
    pub(crate) keep_non_null: bool,
    pub(crate) follows: Option<Vec<Ident>>,
    pub(crate) volatile: bool,
    /// Whether it takes all further arguments of a function.
    pub(crate) variadic: bool,
    /// What it has to do with other attributes.
    pub(crate) rules: Vec<Rule>,
    /// The names of those that are given, where they stand.
    pub(crate) given: Vec<Ident>,
    /// Whether something was given that could not be read, so that nothing may be said to be missing.
    pub(crate) unread: bool,
}

/// Options of a whole struct.
#[derive(Default)]
pub(crate) struct StructOptions {
    pub(crate) version: Option<u32>,
    pub(crate) deprecated: Option<LitStr>,
    pub(crate) timeouts: Option<Timeouts>,
    /// Whether it is what a data source or an ephemeral resource answers.
    pub(crate) data: bool,
    /// What the compiler checks the names against: of a computed struct the arguments, of an identity the resource.
    pub(crate) belongs_to: Option<ExprPath>,
    /// Rules about several attributes.
    pub(crate) rules: Vec<Rule>,
}

/// Options of arguments, then those of computed attributes; `deprecated` and `name` are for both.
pub(crate) const FOR_ARGS: [&str; 17] = [
    "default",
    "replace",
    "replace_if",
    "replace_if_configured",
    "check",
    "deprecated",
    "env",
    "block",
    "name",
    "variadic",
    "conflicts_with",
    "requires",
    "prefer",
    "equals_sum_of",
    "at_least_sum_of",
    "at_most_sum_of",
    "equals_product_of",
];
pub(crate) const FOR_COMPUTED: [&str; 6] =
    ["keep", "keep_non_null", "follows", "volatile", "deprecated", "name"];
pub(crate) const FOR_IDENTITY: [&str; 1] = ["name"];

/// Options of a struct of arguments.
const FOR_STRUCT: [&str; 7] = [
    "timeouts",
    "version",
    "deprecated",
    "conflicts",
    "exactly_one_of",
    "at_least_one_of",
    "required_together",
];

impl FieldOptions {
    /// The option of that name, where it stands.
    pub(crate) fn at(&self, name: &str) -> Option<&Ident> {
        self.given.iter().find(|given| *given == name)
    }

    fn read(&mut self, role: Role, entry: Entry, errors: &mut Errors) {
        let name = entry.name.clone();
        let spelled = name.unraw().to_string();
        if self.at(&spelled).is_some() {
            let several = if spelled == "check" {
                "several checks are an array, `check = [a, b]`"
            } else {
                "remove one of the two"
            };
            errors.push(&name, format!("`{spelled}` is given twice: {several}"));
            return;
        }
        let read = match spelled.as_str() {
            "name" => entry.text(errors).map(|value| self.name = Some(value)),
            "default" => entry.value(errors).map(|value| self.default = Some(value)),
            "replace" => entry.word(errors).map(|()| self.replace = true),
            "replace_if" => entry.value(errors).map(|value| self.replace_if = Some(value)),
            "replace_if_configured" => entry.word(errors).map(|()| self.replace_if_configured = true),
            "check" => entry.value(errors).map(|value| self.check = Some(value)),
            "deprecated" => entry.text(errors).map(|value| self.deprecated = Some(value)),
            "env" => entry.text(errors).map(|value| self.env = Some(value)),
            "block" => entry.word(errors).map(|()| self.block = true),
            "keep" => entry.word(errors).map(|()| self.keep = true),
            "keep_non_null" => entry.word(errors).map(|()| self.keep_non_null = true),
            "follows" => entry.names(errors).map(|names| self.follows = Some(names)),
            "volatile" => entry.word(errors).map(|()| self.volatile = true),
            "variadic" => entry.word(errors).map(|()| self.variadic = true),
            rule if rules::OF_FIELDS.contains(&rule) => {
                entry.names(errors).map(|names| self.rules.push(Rule { option: name.clone(), names }))
            }
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
        "conflicts" => "write `conflicts_with(a)`",
        "required_with" | "also_requires" => "write `requires(a)`",
        "exactly_one_of" | "at_least_one_of" | "required_together" => {
            "it is about several attributes alike: write it in `#[args(…)]` of the struct"
        }
        "prefer_write_only" => "write `prefer(a)`",
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
            continue;
        }
        let (is_args, is_identity) = (attr.path().is_ident("args"), attr.path().is_ident("identity"));
        let is_computed = attr.path().is_ident("computed");
        let known: &[&str] = match role {
            Role::Args if is_args => &FOR_STRUCT,
            Role::Identity if is_identity => &["version", "resource"],
            Role::Computed if is_computed => &["data", "args"],
            Role::Computed | Role::Identity if is_args => {
                errors.push(
                    attr.path(),
                    "`args` is for the struct with `#[derive(Args)]`, where the object is described",
                );
                continue;
            }
            _ if is_identity => {
                errors.push(attr.path(), "`identity` is for the struct with `#[derive(Identity)]`");
                continue;
            }
            _ if is_computed => {
                errors.push(attr.path(), "`computed` is for the struct with `#[derive(Computed)]`");
                continue;
            }
            _ => continue,
        };
        let entries = entries(attr).unwrap_or_else(|error| {
            errors.push_error(error);
            Vec::new()
        });
        for entry in entries {
            let name = entry.name.to_string();
            // One struct may have several groups of attributes that conflict, and so on.
            let is_rule = rules::OF_STRUCTS.contains(&name.as_str());
            if given.contains(&name) && !is_rule {
                errors.push(&entry.name, format!("`{name}` is given twice: remove one of the two"));
                continue;
            }
            match name.as_str() {
                of_field if role == Role::Args && rules::OF_FIELDS.contains(&of_field) => {
                    let message =
                        format!("`{of_field}` is said by one field of others: write it in its `attr`");
                    errors.push(&entry.name, message);
                }
                unknown if !known.contains(&unknown) => {
                    errors.push(&entry.name, unknown_option(unknown, known));
                }
                "data" => options.data = entry.word(errors).is_some(),
                "args" | "resource" => options.belongs_to = entry.path(errors),
                "version" => options.version = entry.version(errors),
                "deprecated" => options.deprecated = entry.text(errors),
                "timeouts" => {
                    options.timeouts = entry.list(errors).map(|list| Timeouts::read(list, errors));
                }
                _ => {
                    let option = entry.name.clone();
                    options.rules.extend(entry.names(errors).map(|names| Rule { option, names }));
                }
            }
            given.push(name);
        }
    }
    options
}
