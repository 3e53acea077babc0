//! One option as it was written, and the shapes that options have: a word, a value, a list.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, ExprPath, Ident, Lit, LitStr, Token, parenthesized, token};

use crate::errors::Errors;

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

/// Reads the options of one `#[…(…)]`.
pub(crate) fn entries(attr: &Attribute) -> syn::Result<Vec<Entry>> {
    attr.parse_args_with(list_of_entries).map_err(|error| match error.to_string().as_str() {
        "expected `,`" => {
            syn::Error::new(error.span(), "expected `,`: write `#[attr(replace, name = \"…\")]`")
        }
        _ => error,
    })
}

/// Reads options separated by commas.
pub(crate) fn list_of_entries(input: ParseStream<'_>) -> syn::Result<Vec<Entry>> {
    Ok(Punctuated::<Entry, Token![,]>::parse_terminated(input)?.into_iter().collect())
}

impl Entry {
    /// Nothing but the name.
    pub(crate) fn word(self, errors: &mut Errors) -> Option<()> {
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

    /// Any expression.
    pub(crate) fn value(self, errors: &mut Errors) -> Option<Expr> {
        match self.form {
            Form::Value(value) => Some(*value),
            Form::Word | Form::List(_) => {
                errors.push(&self.name, format!("`{0}` takes a value: `{0} = …`", self.name));
                None
            }
        }
    }

    /// The path of a type.
    pub(crate) fn path(self, errors: &mut Errors) -> Option<ExprPath> {
        if let Form::Value(value) = self.form
            && let Expr::Path(path) = *value
        {
            return Some(path);
        }
        errors.push(&self.name, format!("`{0}` takes a type: `{0} = …`", self.name));
        None
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

    /// A whole number.
    pub(crate) fn version(self, errors: &mut Errors) -> Option<u32> {
        let name = self.name.clone();
        let value = self.value(errors)?;
        let number = match &value {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
            _ => None,
        };
        if number.is_none() {
            errors.push(
                &value,
                format!("`{name}` takes a whole number from 0 to {}, such as `{name} = 1`", u32::MAX),
            );
        }
        number
    }

    /// Options within the option.
    pub(crate) fn list(self, errors: &mut Errors) -> Option<Vec<Entry>> {
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

    /// Names of attributes, at least one.
    pub(crate) fn names(self, errors: &mut Errors) -> Option<Vec<Ident>> {
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
