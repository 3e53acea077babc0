//! Where an expansion finds the framework: among the dependencies of the crate, or where `#[tfplug(crate = "…")]` says.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Path, parse_quote};

use crate::entry::entries;
use crate::errors::Errors;
use crate::suggest::unknown_option;

/// The path of the framework.
pub(crate) fn path(attrs: &[Attribute], errors: &mut Errors) -> Path {
    let mut path = parse_quote!(::tfplug);
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("tfplug")) {
        let entries = entries(attr).unwrap_or_else(|error| {
            errors.push_error(error);
            Vec::new()
        });
        for entry in entries {
            if entry.name != "crate" {
                errors.push(&entry.name, unknown_option(&entry.name.to_string(), &["crate"]));
            } else if let Some(text) = entry.text(errors) {
                match text.parse() {
                    Ok(given) => path = given,
                    Err(_) => errors.push(&text, "`crate` takes a path: `crate = \"platform::tfplug\"`"),
                }
            }
        }
    }
    path
}

/// The impls of an expansion, in a scope in which `_tfplug` is the framework.
pub(crate) fn within(path: &Path, impls: &TokenStream) -> TokenStream {
    quote! {
        const _: () = {
            use #path as _tfplug;
            #impls
        };
    }
}

#[cfg(test)]
mod tests {
    use syn::{DeriveInput, parse_quote};

    use super::*;
    use crate::ast::Role;
    use crate::{choice, expand};

    /// All that an expansion says of the framework's place.
    fn places(tokens: &TokenStream) -> Vec<String> {
        let text = tokens.to_string();
        let uses =
            text.split("use ").filter_map(|rest| Some(rest.split_once(" as _tfplug")?.0.replace(' ', "")));
        let uses: Vec<String> = uses.collect();
        let said = uses.iter().filter(|place| place.ends_with("::tfplug")).count();
        assert_eq!(text.matches(":: tfplug").count(), said, "elsewhere it goes by another name");
        uses
    }

    #[test]
    fn the_framework_is_where_the_item_says() {
        let all = |attr: Option<Attribute>| {
            let object: DeriveInput = parse_quote! {
                /// A group.
                #attr
                struct Group {
                    /// Its name.
                    name: Option<String>,
                }
            };
            let answer: DeriveInput = parse_quote! {
                #attr
                struct Group {
                    #[attr(follows(name))]
                    id: String,
                }
            };
            let text: DeriveInput = parse_quote! {
                #attr
                enum Text {
                    One,
                }
            };
            [
                expand::derive(Role::Args, &object),
                expand::derive(Role::Computed, &answer),
                expand::derive(Role::Identity, &object),
                choice::derive(&text),
            ]
            .map(|tokens| places(&tokens))
        };
        for places in all(None) {
            assert_eq!(places, ["::tfplug"]);
        }
        for places in all(Some(parse_quote!(#[tfplug(crate = "crate::platform::framework")]))) {
            assert_eq!(places, ["crate::platform::framework"]);
        }
    }
}
