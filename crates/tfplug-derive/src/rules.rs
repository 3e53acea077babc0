//! Rules about several attributes: `#[args(conflicts(a, b))]` of a struct, `#[attr(requires(a))]` of a field.
//!
//! Each becomes a `tfplug::schema::Rule` at the attribute that it names first, or whose field states it. All attributes
//! that it names are fields of the same struct, so that a name which does not exist is found here.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt;

use crate::ast::{Field, Role, Struct};
use crate::errors::Errors;
use crate::suggest::nearest;

/// Rules that a struct states.
pub(crate) const OF_STRUCTS: [&str; 4] =
    ["conflicts", "exactly_one_of", "at_least_one_of", "required_together"];

/// Rules that a field states about itself and others.
pub(crate) const OF_FIELDS: [&str; 7] = [
    "conflicts_with",
    "requires",
    "prefer",
    "equals_sum_of",
    "at_least_sum_of",
    "at_most_sum_of",
    "equals_product_of",
];

/// A rule as it was written.
pub(crate) struct Rule {
    pub(crate) option: Ident,
    pub(crate) names: Vec<Ident>,
}

impl Rule {
    fn attributes(&self) -> impl Iterator<Item = String> {
        self.names.iter().map(|name| name.unraw().to_string())
    }

    /// Whether it is about what is given, so that an attribute which always is makes no sense in it.
    fn is_about_presence(&self) -> bool {
        let variant = variant(&self.option);
        !["Prefer", "Sum", "Product"].iter().any(|name| variant == name)
    }
}

/// Checks the names in all rules of a struct.
pub(crate) fn check(item: &Struct<'_>, errors: &mut Errors) {
    if item.role != Role::Args {
        return;
    }
    let known: Vec<String> = item.fields.iter().map(Field::name).collect();
    for rule in &item.options.rules {
        names_exist(rule, &known, None, errors);
        if rule.names.len() < 2 {
            let message = format!("`{0}` compares attributes: name at least two, `{0}(a, b)`", rule.option);
            errors.push(&rule.option, message);
        }
    }
    for field in &item.fields {
        let own = field.name();
        for rule in &field.options.rules {
            names_exist(rule, &known, Some(&own), errors);
            if let (true, [_, second, ..]) = (rule.option == "prefer", rule.names.as_slice()) {
                errors.push(second, "one attribute takes the place of another: name only that");
            }
        }
    }
}

fn names_exist(rule: &Rule, known: &[String], own: Option<&str>, errors: &mut Errors) {
    let mut seen: Vec<String> = Vec::new();
    for (at, name) in rule.names.iter().zip(rule.attributes()) {
        if !known.contains(&name) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let hint = nearest(&name, &known)
                .map_or_else(|| has(&known), |near| format!(", did you mean `{near}`?"));
            errors.push(at, format!("this struct has no argument `{name}`{hint}"));
        } else if own == Some(&name) {
            errors.push(at, format!("`{}` on `{name}` is about others: name those", rule.option));
        } else if seen.contains(&name) {
            errors.push(at, format!("`{name}` is named twice: once is enough"));
        }
        seen.push(name);
    }
}

/// What there is instead.
fn has(known: &[&str]) -> String {
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("; it has {}", known.join(", "))
}

/// Statements that add the rules of a field to its attribute: its own, and those of the struct that name it first.
pub(crate) fn expand(item: &Struct<'_>, field: &Field<'_>, attribute: &Ident) -> TokenStream {
    let own = field.name();
    let mut statements = TokenStream::new();
    for rule in &item.options.rules {
        if rule.attributes().next().as_ref() == Some(&own) {
            let names = rule.attributes();
            let variant = variant(&rule.option);
            statements
                .extend(quote!(#attribute.rules.push(_tfplug::schema::Rule::#variant(&[#(#names),*]));));
            statements.extend(rule.names.iter().map(|name| may_be_absent(item, rule, name)));
        }
    }
    for rule in &field.options.rules {
        let names = rule.attributes();
        let variant = variant(&rule.option);
        let arguments = match rule.option.to_string().as_str() {
            "prefer" => quote!(#own, #(#names)*),
            "equals_sum_of" => quote!(#own, _tfplug::schema::Relation::Equals, &[#(#names),*]),
            "at_least_sum_of" => quote!(#own, _tfplug::schema::Relation::AtLeast, &[#(#names),*]),
            "at_most_sum_of" => quote!(#own, _tfplug::schema::Relation::AtMost, &[#(#names),*]),
            _ => quote!(#own, &[#(#names),*]),
        };
        statements.extend(quote!(#attribute.rules.push(_tfplug::schema::Rule::#variant(#arguments));));
        statements.extend(rule.names.iter().map(|name| may_be_absent(item, rule, name)));
    }
    statements
}

fn variant(option: &Ident) -> Ident {
    let name = match option.to_string().as_str() {
        "conflicts" => "Conflicts",
        "exactly_one_of" => "ExactlyOneOf",
        "at_least_one_of" => "AtLeastOneOf",
        "required_together" => "RequiredTogether",
        "conflicts_with" => "ConflictsWith",
        "requires" => "Requires",
        "prefer" => "Prefer",
        "equals_product_of" => "Product",
        _ => "Sum",
    };
    Ident::new(name, option.span())
}

/// Refuses an attribute that a configuration must give. Found by its type and not by the spelling, so that aliases of
/// `Option` are fine.
fn may_be_absent(item: &Struct<'_>, rule: &Rule, name: &Ident) -> TokenStream {
    let spelled = name.unraw().to_string();
    let Some(field) = item.fields.iter().find(|field| field.name() == spelled) else {
        return TokenStream::new();
    };
    let options = &field.options;
    if options.default.is_some() || options.env.is_some() || options.block || !rule.is_about_presence() {
        return TokenStream::new();
    }
    let ty = &field.ty;
    let message = format!(
        "`{spelled}` is always given, so `{}` says nothing of it: write its type as `Option<T>`",
        rule.option
    );
    quote_spanned! {name.span()=>
        const _: () = ::core::assert!(<#ty as _tfplug::schema::Attr>::OPTIONAL, #message);
    }
}
