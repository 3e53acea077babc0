//! `#[derive(Choice)]`: an enum of unit variants as text out of a fixed set.
//!
//! A variant has one spelling, which is written and listed, and any number of aliases, which are only read. Rule,
//! refusal and documentation name both, so that nobody has to guess why a value from elsewhere is accepted.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Data, DeriveInput, Fields, Ident, Lit, LitStr, Token};

use crate::ast::hygienic;
use crate::entry::{Entry, list_of_entries};
use crate::errors::Errors;
use crate::home;
use crate::suggest::unknown_option;

/// A variant with its spellings.
struct Variant<'a> {
    ident: &'a Ident,
    spelling: LitStr,
    aliases: Vec<LitStr>,
}

/// All of the derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    if !input.generics.params.is_empty() {
        errors.push(
            &input.generics,
            "`Choice` cannot be derived for a generic enum: its variants hold no data, so remove the parameters",
        );
        return errors.into_compile_errors();
    }
    let variants = read(input, &mut errors);
    check(&variants, &mut errors);
    let path = home::path(&input.attrs, &mut errors);
    let impls = if errors.is_empty() { expand(&input.ident, &variants) } else { dummy(&input.ident) };
    let (impls, errors) = (home::within(&path, &impls), errors.into_compile_errors());
    quote!(#errors #impls)
}

fn read<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Vec<Variant<'a>> {
    let Data::Enum(data) = &input.data else {
        let message =
            "`Choice` is for enums without data; a newtype around text has rules of its own, by `impl Text`";
        errors.push(&input.ident, message);
        return Vec::new();
    };
    if data.variants.is_empty() {
        errors.push(
            &input.ident,
            "`Choice` needs at least one variant, or no text could ever be valid: add `Some`, spelled `some`",
        );
    }
    for attr in input.attrs.iter().filter(|attr| attr.path().is_ident("choice")) {
        errors.push(attr.path(), "`choice` is for variants: each says how it is spelled");
    }
    let mut variants = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a choice holds no data: what belongs to it is an attribute of its own beside it";
            errors.push(&variant.fields, message);
        }
        let snake = snake_case(&variant.ident.unraw().to_string());
        let spelling = LitStr::new(&snake, variant.ident.span());
        let mut read = Variant { ident: &variant.ident, spelling, aliases: Vec::new() };
        for attr in variant.attrs.iter().filter(|attr| attr.path().is_ident("choice")) {
            match attr.parse_args_with(options) {
                Ok((spelling, entries)) => {
                    read.spelling = spelling.unwrap_or(read.spelling);
                    entries.into_iter().for_each(|entry| read.option(entry, errors));
                }
                Err(error) => errors.push_error(error),
            }
        }
        variants.push(read);
    }
    variants
}

/// The spelling, if it is given, and what follows.
fn options(input: ParseStream<'_>) -> syn::Result<(Option<LitStr>, Vec<Entry>)> {
    if input.peek(Lit) && !input.peek(LitStr) {
        return Err(input.error("a spelling is text: `#[choice(\"…\")]`"));
    }
    if !input.peek(LitStr) {
        return Ok((None, list_of_entries(input)?));
    }
    let spelling = input.parse()?;
    if input.is_empty() {
        return Ok((Some(spelling), Vec::new()));
    }
    input.parse::<Token![,]>()?;
    Ok((Some(spelling), list_of_entries(input)?))
}

impl Variant<'_> {
    fn option(&mut self, entry: Entry, errors: &mut Errors) {
        if entry.name == "alias" {
            self.aliases.extend(entry.text(errors));
        } else if ["name", "rename", "value"].iter().any(|name| entry.name == name) {
            let message =
                format!("write the spelling alone: `#[choice(\"…\")]` instead of `{} = \"…\"`", entry.name);
            errors.push(&entry.name, message);
        } else {
            errors.push(&entry.name, unknown_option(&entry.name.to_string(), &["alias"]));
        }
    }

    fn spellings(&self) -> impl Iterator<Item = &LitStr> {
        std::iter::once(&self.spelling).chain(&self.aliases)
    }
}

fn check(variants: &[Variant<'_>], errors: &mut Errors) {
    let mut seen: Vec<(String, &Ident)> = Vec::new();
    for variant in variants {
        for spelling in variant.spellings() {
            let text = spelling.value();
            if text.trim() != text || text.is_empty() {
                let instead = if text.trim().is_empty() { "…" } else { text.trim() };
                errors.push(
                    spelling,
                    format!(
                        "a spelling must not be empty and has no white space around it: write {instead:?}"
                    ),
                );
            }
            if let Some((_, other)) = seen.iter().find(|(known, _)| *known == text) {
                errors.push(
                    spelling,
                    format!("`{other}` is spelled {text:?} already: say another one by `#[choice(\"…\")]`"),
                );
            }
            seen.push((text, variant.ident));
        }
    }
}

fn expand(ident: &Ident, variants: &[Variant<'_>]) -> TokenStream {
    let rule = rule(variants);
    let choices = variants.iter().map(|variant| &variant.spelling);
    let aliases = variants.iter().flat_map(|Variant { spelling, aliases, .. }| {
        aliases.iter().map(move |alias| quote!((#spelling, #alias)))
    });
    let from_str = from_str(
        ident,
        &quote!(<Self as _tfplug::Text>::parse(text).map_err(_tfplug::types::TextError::new)),
    );
    let parse = variants.iter().map(|variant| {
        let (name, spellings) = (variant.ident, variant.spellings());
        quote!(#(#spellings)|* => ::core::result::Result::Ok(Self::#name))
    });
    let text = variants.iter().map(|Variant { ident, spelling, .. }| quote!(Self::#ident => #spelling));
    let (near, plain, hint) = (near(variants), hygienic("plain"), hygienic("hint"));
    quote! {
        #[automatically_derived]
        impl _tfplug::Text for #ident {
            const RULE: &'static str = #rule;

            const CHOICES: &'static [&'static str] = &[#(#choices),*];

            const ALIASES: &'static [(&'static str, &'static str)] = &[#(#aliases),*];

            fn parse(text: &str) -> ::core::result::Result<Self, ::std::string::String> {
                match text {
                    #(#parse,)*
                    _ => {
                        let #plain: ::std::string::String = ::core::iter::Iterator::collect(
                            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
                        );
                        let #hint = match #plain.as_str() {
                            #near
                            _ => "",
                        };
                        ::core::result::Result::Err(::std::format!(
                            "It must be {}, not {:?}.{}", #rule, text, #hint
                        ))
                    }
                }
            }

            fn text(&self) -> ::std::borrow::Cow<'_, str> {
                ::std::borrow::Cow::Borrowed(match self { #(#text),* })
            }
        }

        #from_str
    }
}

/// Lets handlers read a choice out of text, by `text.parse()?`.
fn from_str(ident: &Ident, parsed: &TokenStream) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = _tfplug::types::TextError;

            fn from_str(text: &str) -> ::core::result::Result<Self, _tfplug::types::TextError> {
                #parsed
            }
        }
    }
}

/// `one of "$admin" (also "admin"), "$member" or "$guest"`.
fn rule(variants: &[Variant<'_>]) -> String {
    let listed = variants.iter().map(|variant| {
        let aliases: Vec<String> =
            variant.aliases.iter().map(|alias| format!("{:?}", alias.value())).collect();
        let also = if aliases.is_empty() { String::new() } else { format!(" (also {})", aliases.join(", ")) };
        format!("{:?}{also}", variant.spelling.value())
    });
    let listed: Vec<String> = listed.collect();
    match listed.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("one of {} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// Arms from a text without case and punctuation to the question whether a certain spelling was meant.
fn near(variants: &[Variant<'_>]) -> TokenStream {
    let mut arms = TokenStream::new();
    let mut seen: Vec<String> = Vec::new();
    for variant in variants {
        let meant = format!(" Did you mean {:?}?", variant.spelling.value());
        for spelling in variant.spellings() {
            let spelling = spelling.value();
            let plain: String =
                spelling.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
            if !plain.is_empty() && !seen.contains(&plain) {
                arms.extend(quote!(#plain => #meant,));
                seen.push(plain);
            }
        }
    }
    arms
}

/// `ReadOnly` → `read_only`, `HTTPProxy` → `http_proxy`.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(index + 1);
        let begins_word = before.is_some_and(|before| !before.is_uppercase() && *before != '_')
            || (before.is_some_and(|before| before.is_uppercase())
                && after.is_some_and(|after| after.is_lowercase()));
        if letter.is_uppercase() && begins_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// What stands in after mistakes, so that uses of the enum are no mistakes on top.
fn dummy(ident: &Ident) -> TokenStream {
    let from_str = from_str(
        ident,
        &quote!({
            let _ = text;
            ::core::unreachable!()
        }),
    );
    quote! {
        #from_str

        #[automatically_derived]
        impl _tfplug::Text for #ident {
            fn parse(_: &str) -> ::core::result::Result<Self, ::std::string::String> {
                ::core::unreachable!()
            }

            fn text(&self) -> ::std::borrow::Cow<'_, str> {
                ::core::unreachable!()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn variants_are_spelled_in_snake_case() {
        for (name, snake) in [
            ("Error", "error"),
            ("ReadOnly", "read_only"),
            ("HTTPProxy", "http_proxy"),
            ("Ipv4", "ipv4"),
            ("UseHTTP", "use_http"),
            ("V2Beta", "v2_beta"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }

    fn rule_of(input: &DeriveInput) -> String {
        let mut errors = Errors::default();
        let variants = read(input, &mut errors);
        assert!(errors.is_empty());
        rule(&variants)
    }

    #[test]
    fn rule_names_spellings_and_aliases() {
        let roles = parse_quote! {
            enum Role {
                #[choice("$admin", alias = "admin", alias = "owner")]
                Admin,
                #[choice(alias = "user")]
                Member,
                Guest,
            }
        };
        assert_eq!(
            rule_of(&roles),
            r#"one of "$admin" (also "admin", "owner"), "member" (also "user") or "guest""#
        );
        assert_eq!(
            rule_of(&parse_quote!(
                enum Only {
                    One,
                }
            )),
            r#""one""#
        );
    }
}
