//! A struct as it was written: fields with their types, descriptions and options, not yet judged.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, GenericArgument, Ident, Lit, Meta, PathArguments,
    PathSegment, Type, Visibility, parse_quote_spanned,
};

use crate::attr::{self, FieldOptions, StructOptions};
use crate::errors::Errors;

/// What the fields of a struct are to an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Args,
    Computed,
    Identity,
}

impl Role {
    /// Name of the derive.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::Args => "Args",
            Role::Computed => "Computed",
            Role::Identity => "Identity",
        }
    }
}

/// A struct with a derive.
pub(crate) struct Struct<'a> {
    pub(crate) role: Role,
    pub(crate) ident: &'a Ident,
    pub(crate) description: String,
    pub(crate) options: StructOptions,
    pub(crate) fields: Vec<Field<'a>>,
}

/// A field of it.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    /// Its type without a box, which only holds the value.
    pub(crate) ty: Type,
    pub(crate) boxed: Boxed,
    pub(crate) description: String,
    pub(crate) options: FieldOptions,
}

/// Where the value of a field has a `Box` around it.
///
/// The trait of attribute types cannot be implemented for `Box<T>`, because all types with `Text` have it already, and the
/// compiler cannot exclude that another crate implements `Text` for a `Box` of its own type. So the derive recognises `Box`
/// by its name. Under another name, a box is refused as any type without the trait is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Boxed {
    /// `T`
    No,
    /// `Box<T>`
    Whole,
    /// `Option<Box<T>>`
    WithinOption,
}

impl Boxed {
    /// A type without its box.
    fn unpack(ty: &Type) -> (Type, Boxed) {
        if let Some(inner) = argument_of(ty, "Box") {
            return (inner.clone(), Boxed::Whole);
        }
        match argument_of(ty, "Option").and_then(|inner| argument_of(inner, "Box")) {
            Some(inner) => {
                (parse_quote_spanned!(inner.span()=> ::core::option::Option<#inner>), Boxed::WithinOption)
            }
            None => (ty.clone(), Boxed::No),
        }
    }
}

impl Field<'_> {
    /// Name of the attribute.
    pub(crate) fn name(&self) -> String {
        match &self.options.name {
            Some(name) => name.value(),
            None => self.ident.unraw().to_string(),
        }
    }

    /// Name of the constant that is its key.
    pub(crate) fn key(&self) -> Ident {
        Ident::new(&self.ident.unraw().to_string().to_uppercase(), self.ident.span())
    }
}

impl<'a> Struct<'a> {
    /// Reads an item; `None` when it is no struct that could be read.
    pub(crate) fn read(role: Role, input: &'a DeriveInput, errors: &mut Errors) -> Option<Self> {
        let name = role.name();
        if !input.generics.params.is_empty() {
            let message = format!(
                "`{name}` cannot be derived for a generic struct: a schema has one type per attribute, so write one \
                 struct per schema"
            );
            errors.push(&input.generics, message);
            return None;
        }
        let fields = match &input.data {
            Data::Struct(data) => &data.fields,
            Data::Enum(_) => {
                let message = format!(
                    "`{name}` is for structs with named fields; an enum of texts is a field's type, by \
                     `#[derive(Choice)]`"
                );
                errors.push(&input.ident, message);
                return None;
            }
            Data::Union(_) => {
                errors.push(
                    &input.ident,
                    format!("`{name}` is for structs with named fields: write `struct` instead of `union`"),
                );
                return None;
            }
        };
        if let syn::Fields::Unnamed(fields) = fields {
            let message = format!(
                "`{name}` is for structs with named fields: they are the names of attributes; a newtype around text \
                 is a field's type, by `impl Text`"
            );
            errors.push(fields, message);
            return None;
        }
        let options = attr::struct_options(role, &input.attrs, errors);
        let fields = fields.iter().filter_map(|field| {
            let ident = field.ident.as_ref()?;
            let (ty, boxed) = Boxed::unpack(&field.ty);
            Some(Field {
                ident,
                vis: &field.vis,
                ty,
                boxed,
                description: description(&field.attrs),
                options: attr::field_options(role, &field.attrs, errors),
            })
        });
        let fields = fields.collect();
        Some(Struct { role, ident: &input.ident, description: description(&input.attrs), options, fields })
    }
}

/// The doc comment as Markdown: paragraphs on one line each, because where a comment wraps means nothing to readers of
/// the documentation; lists, quotes, tables, headings and code as they are.
pub(crate) fn description(attrs: &[Attribute]) -> String {
    let lines =
        attrs.iter().filter_map(doc).flat_map(|text| text.split('\n').map(str::to_owned).collect::<Vec<_>>());
    let mut text = String::new();
    let mut code = false;
    let mut open = false; // whether the next line continues a paragraph
    for line in lines {
        let line = line.strip_prefix(' ').unwrap_or(&line).trim_end();
        let fence = line.trim_start().starts_with("```");
        if open && !fence && !code && !line.is_empty() && !stands_alone(line) {
            text.push(' ');
            text.push_str(line.trim_start());
        } else {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line);
        }
        code ^= fence;
        open = !code && !fence && !line.is_empty() && !line.starts_with(['#', '|', ' ']);
    }
    text.trim_matches('\n').to_owned()
}

fn doc(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a line begins something of its own in Markdown.
fn stands_alone(line: &str) -> bool {
    let start = line.trim_start();
    let number = start.trim_start_matches(|c: char| c.is_ascii_digit());
    start.starts_with(['#', '|', '>'])
        || ["- ", "* ", "+ "].iter().any(|bullet| start.starts_with(bullet))
        || (number.len() < start.len() && number.starts_with(". "))
}

/// What is inside a type of that name, by spelling; aliases are found by a constant in the expansion, or refused.
pub(crate) fn argument_of<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let segment = last_segment(ty)?;
    if segment.ident == name { arguments(ty).into_iter().next() } else { None }
}

pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The type arguments in angle brackets.
pub(crate) fn arguments(ty: &Type) -> Vec<&Type> {
    match last_segment(ty).map(|segment| &segment.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => arguments
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A span that belongs to the macro: names with it cannot meet names of the item.
pub(crate) fn hygienic(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn of(input: &DeriveInput) -> String {
        description(&input.attrs)
    }

    #[test]
    fn paragraphs_become_lines() {
        let input = parse_quote! {
            /// Name shown
            /// in Atlan.
            ///
            /// Changed in place.
            struct X;
        };
        assert_eq!(of(&input), "Name shown in Atlan.\n\nChanged in place.");
    }

    #[test]
    fn lists_tables_and_code_keep_their_lines() {
        let input = parse_quote! {
            /// One of
            /// - a, which
            ///   goes on
            /// - b
            /// 1. c
            ///
            /// ```hcl
            /// x =
            ///   1
            /// ```
            /// after
            /// it
            struct X;
        };
        assert_eq!(of(&input), "One of\n- a, which goes on\n- b\n1. c\n\n```hcl\nx =\n  1\n```\nafter it");
    }

    #[test]
    fn other_attributes_are_no_description() {
        let input = parse_quote! {
            #[doc(hidden)]
            #[must_use = "x"]
            #[doc = " text"]
            struct X;
        };
        assert_eq!(of(&input), "text");
    }
}
