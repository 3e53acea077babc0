//! Impls out of a checked struct; after mistakes, the same impls without content.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DeriveInput, Expr, ExprLit, Lit};

use crate::ast::{Boxed, Field, Role, Struct, hygienic};
use crate::check;
use crate::errors::Errors;
use crate::{home, rules};

/// All of a derive: stages in order.
pub(crate) fn derive(role: Role, input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    // Without a struct to read there are no names for keys, and with generics no impl that fits.
    let Some(item) = Struct::read(role, input, &mut errors) else {
        return errors.into_compile_errors();
    };
    check::check(&item, &mut errors);
    let path = home::path(&input.attrs, &mut errors);
    let fields = if errors.is_empty() { fields(&item) } else { dummy(&item) };
    let (role, keys, errors) = (role_impls(&item), keys(&item), errors.into_compile_errors());
    let impls = home::within(&path, &quote!(#fields #role #keys));
    quote!(#errors #impls)
}

fn fields(item: &Struct<'_>) -> TokenStream {
    let Struct { ident, description, .. } = item;
    let attributes = item.fields.iter().map(|field| attribute(item, field));
    let names: Vec<String> = item.fields.iter().map(Field::name).collect();
    let writes = item.fields.iter().map(|Field { ident, ty, boxed, .. }| {
        let write = of_type(ty, "to_dynamic");
        match boxed {
            Boxed::No | Boxed::Whole => quote!(#write(&self.#ident)),
            Boxed::WithinOption => quote!(_tfplug::schema::derived::unboxed(&self.#ident)),
        }
    });
    let reads = item.fields.iter().zip(&names).map(|(Field { ident, ty, boxed, .. }, name)| {
        let read = of_type(ty, "from_dynamic");
        let value = quote!(_tfplug::schema::derived::get(object, #name, #read)?);
        let boxing = quote!(::std::boxed::Box::new);
        match boxed {
            Boxed::No => quote!(#ident: #value),
            Boxed::Whole => quote!(#ident: #boxing(#value)),
            Boxed::WithinOption => quote!(#ident: ::core::option::Option::map(#value, #boxing)),
        }
    });
    let known = item.fields.iter().zip(&names).map(|(Field { ty, options, .. }, name)| {
        let (optional, shape) = (of_type(ty, "OPTIONAL"), of_type(ty, "SHAPE"));
        let (default, data) = (options.default.is_some(), item.options.data);
        quote!(_tfplug::schema::derived::Field {
            name: #name,
            optional: #optional,
            default: #default,
            data: #data,
            shape: #shape,
        })
    });
    let sound = item.fields.iter().map(|Field { ty, .. }| {
        let traits = of_type(ty, "TRAITS");
        quote_spanned!(ty.span()=> const _: () = #traits.check();)
    });
    let fits = fits(item);
    // A struct without fields looks at no object.
    let unused = names.is_empty().then(|| quote!(let _ = object;));
    quote! {
        #(#sound)*
        #fits

        #[automatically_derived]
        impl _tfplug::schema::Fields for #ident {
            const DESCRIPTION: &'static str = #description;
            const FIELDS: ::core::option::Option<&'static [_tfplug::schema::derived::Field]> =
                ::core::option::Option::Some(&[#(#known),*]);

            fn attributes() -> ::std::vec::Vec<_tfplug::schema::Attribute> {
                ::std::vec![#(#attributes),*]
            }

            fn from_object(
                object: &_tfplug::value::Dynamic,
            ) -> ::core::result::Result<Self, _tfplug::value::ValueError> {
                #unused
                ::core::result::Result::Ok(Self { #(#reads),* })
            }

            fn to_object(
                &self,
            ) -> ::std::collections::BTreeMap<::std::string::String, _tfplug::value::Dynamic> {
                ::std::collections::BTreeMap::from([
                    #((::std::string::String::from(#names), #writes)),*
                ])
            }
        }
    }
}

/// What the compiler checks against the structs that an option names. It does so wherever it looks at this one, while
/// what is checked at the registration of the object only shows as code is made: in a build, and in no editor.
fn fits(item: &Struct<'_>) -> TokenStream {
    let Some(other) = &item.options.belongs_to else { return TokenStream::new() };
    let spelled = check::plain(other);
    let half = |half: &str| {
        let half = syn::Ident::new(half, other.span());
        quote_spanned!(other.span()=> <#other as _tfplug::Resource>::#half)
    };
    let has = |ty: &TokenStream, name: &str| {
        quote_spanned!(other.span()=>
            _tfplug::schema::derived::has(<#ty as _tfplug::schema::Fields>::FIELDS, #name))
    };
    let mut checks = TokenStream::new();
    for field in &item.fields {
        let name = field.name();
        if item.role == Role::Identity {
            let (args, computed) = (has(&half("Args"), &name), has(&half("Computed"), &name));
            let message = format!("the identity has `{name}`, which is no attribute of `{spelled}`");
            checks.extend(quote_spanned!(field.ident.span()=>
                const _: () = ::core::assert!(#args || #computed, #message);
            ));
            continue;
        }
        let ident = item.ident;
        checks.extend(quote_spanned!(field.ty.span()=>
            const _: () = _tfplug::schema::derived::fits(
                <#other as _tfplug::schema::Fields>::FIELDS,
                <#ident as _tfplug::schema::Fields>::FIELDS,
                #name,
            );
        ));
        for followed in field.options.follows.iter().flatten() {
            let wanted = followed.unraw().to_string();
            if item.fields.iter().any(|field| field.name() == wanted) {
                continue;
            }
            let has = has(&quote!(#other), &wanted);
            let message = format!(
                "`{name}` follows `{wanted}`, which is an attribute of neither `{ident}` nor `{spelled}`"
            );
            checks.extend(quote_spanned!(followed.span()=>
                const _: () = ::core::assert!(#has, #message);
            ));
        }
    }
    checks
}

/// A member of a field's type as an attribute. Nothing else is asked of the type, and all at its own place, because the
/// compiler reports each place and bound once: a type that is none of Terraform's is one error and not one per use.
fn of_type(ty: &syn::Type, member: &str) -> TokenStream {
    let member = syn::Ident::new(member, ty.span());
    quote_spanned!(ty.span()=> <#ty as _tfplug::schema::Attr>::#member)
}

/// The expression that makes one attribute.
fn attribute(item: &Struct<'_>, field: &Field<'_>) -> TokenStream {
    let (ty, name, description, options) = (&field.ty, field.name(), &field.description, &field.options);
    let (kind, describe) = (of_type(ty, "kind"), of_type(ty, "describe"));
    let made = match (item.role, &options.default) {
        (Role::Computed, _) if item.options.data => {
            quote!(_tfplug::schema::derived::answered(#name, #description, #kind(), #describe))
        }
        (Role::Computed, _) => {
            let outcome = outcome(field);
            quote!(_tfplug::schema::derived::computed(#name, #description, #kind(), #describe, #outcome))
        }
        (_, Some(default)) => {
            let default = match default {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                    quote_spanned!(text.span()=> ::core::convert::Into::<#ty>::into(#text))
                }
                value => quote!(#value),
            };
            let (write, value) = (of_type(ty, "to_dynamic"), hygienic("value"));
            quote!({
                let #value: #ty = #default;
                _tfplug::schema::derived::argument_or(#name, #description, #kind(), #describe, #write(&#value))
            })
        }
        (_, None) => {
            let optional = of_type(ty, "OPTIONAL");
            quote!(_tfplug::schema::derived::argument(#name, #description, #kind(), #describe, #optional))
        }
    };
    let attribute = hygienic("attribute");
    let mut changes = changes(field, &attribute);
    changes.extend(rules::expand(item, field, &attribute));
    if changes.is_empty() {
        made
    } else {
        quote!({
            let mut #attribute = #made;
            #changes
            #attribute
        })
    }
}

/// What options say of an attribute beyond how it is made.
fn changes(field: &Field<'_>, attribute: &syn::Ident) -> TokenStream {
    let (ty, options) = (&field.ty, &field.options);
    let mut changes = TokenStream::new();
    if options.default.is_some() {
        // Found by the type and not by its spelling, so that aliases of `Option` are refused too.
        let message =
            format!("`{}` has a default, so it is never absent: remove `Option` from its type", field.name());
        changes.extend(quote_spanned! {ty.span()=>
            const _: () = ::core::assert!(!<#ty as _tfplug::schema::Attr>::OPTIONAL, #message);
        });
    }
    if options.replace {
        changes.extend(quote! {
            #attribute.replace = ::core::option::Option::Some(_tfplug::schema::Replace::Always);
        });
    }
    if options.replace_if_configured {
        changes.extend(quote! {
            #attribute.replace = ::core::option::Option::Some(_tfplug::schema::Replace::IfConfigured);
        });
    }
    if let Some(decide) = &options.replace_if {
        let inner = quote!(<#ty as _tfplug::schema::Attr>::Inner);
        let (prior, planned, decision) = (hygienic("prior"), hygienic("planned"), hygienic("decision"));
        changes.extend(quote! {
            #attribute.replace = ::core::option::Option::Some(_tfplug::schema::Replace::If(|#prior, #planned| {
                let #decision: fn(&#inner, &#inner) -> bool = #decide;
                // A value that cannot be read is reported where it is read for the handler; it destroys nothing here.
                match (
                    <#inner as _tfplug::schema::Attr>::from_dynamic(#prior),
                    <#inner as _tfplug::schema::Attr>::from_dynamic(#planned),
                ) {
                    (::core::result::Result::Ok(#prior), ::core::result::Result::Ok(#planned)) => {
                        #decision(&#prior, &#planned)
                    }
                    _ => false,
                }
            }));
        });
    }
    if let Some(check) = &options.check {
        let into = quote_spanned!(check.span()=> _tfplug::schema::Checks::into_checks);
        changes.extend(quote!(#attribute.checks.extend(#into(#check));));
    }
    if let Some(text) = &options.deprecated {
        changes.extend(quote! {
            #attribute.deprecated = ::core::option::Option::Some(::std::string::String::from(#text));
        });
    }
    if let Some(variable) = &options.env {
        // Terraform would ask for a required argument before the environment could fill it.
        changes.extend(quote! {
            #attribute.env = ::core::option::Option::Some(::std::string::String::from(#variable));
            #attribute.mode = _tfplug::schema::Mode::Optional;
        });
    }
    if options.block {
        changes.extend(block(field, attribute));
    }
    if options.variadic {
        let variadic = quote_spanned!(ty.span()=> _tfplug::schema::derived::variadic::<#ty>);
        changes.extend(quote!(#variadic(&mut #attribute);));
    }
    changes
}

/// Makes a block of a nested attribute. One object is obligatory unless its type is optional; of several, how many is
/// said by checks.
fn block(field: &Field<'_>, attribute: &syn::Ident) -> TokenStream {
    let ty = &field.ty;
    let (nesting, attributes, items, other) =
        (hygienic("nesting"), hygienic("attributes"), hygienic("items"), hygienic("other"));
    quote! {
        #attribute.kind = match #attribute.kind {
            _tfplug::schema::Kind::Nested(#nesting, #attributes) => {
                let #items = ::core::primitive::u32::from(
                    #nesting == _tfplug::schema::Nesting::Single && !<#ty as _tfplug::schema::Attr>::OPTIONAL,
                );
                _tfplug::schema::Kind::Block {
                    nesting: #nesting,
                    min_items: #items,
                    max_items: #items,
                    attributes: #attributes,
                }
            }
            #other => #other,
        };
    }
}

fn outcome(field: &Field<'_>) -> TokenStream {
    if field.options.keep {
        return quote!(_tfplug::schema::Outcome::Keep);
    }
    if field.options.keep_non_null {
        let ty = &field.ty;
        let message = format!("`{}` is never null, so it is kept from the first: write `keep`", field.name());
        return quote_spanned! {ty.span()=> {
            const _: () = ::core::assert!(<#ty as _tfplug::schema::Attr>::OPTIONAL, #message);
            _tfplug::schema::Outcome::KeepNonNull
        }};
    }
    match &field.options.follows {
        Some(names) => {
            let names = names.iter().map(|name| name.unraw().to_string());
            quote!(_tfplug::schema::Outcome::Follows(::std::vec![#(::std::string::String::from(#names)),*]))
        }
        None => quote!(_tfplug::schema::Outcome::Volatile),
    }
}

/// The impls that say what the fields are to an object.
fn role_impls(item: &Struct<'_>) -> TokenStream {
    let ident = item.ident;
    let own = match item.role {
        Role::Args => {
            let version = item.options.version.map(|version| quote!(const VERSION: u32 = #version;));
            let deprecated = item.options.deprecated.as_ref().map(|text| {
                quote! {
                    const DEPRECATED: ::core::option::Option<&'static str> = ::core::option::Option::Some(#text);
                }
            });
            let timeouts = item.options.timeouts.as_ref().map(|timeouts| {
                let timeouts = timeouts.expand();
                quote!(const TIMEOUTS: _tfplug::Timeouts = #timeouts;)
            });
            quote! {
                #[automatically_derived]
                impl _tfplug::schema::Args for #ident {
                    #version
                    #deprecated
                    #timeouts
                }
            }
        }
        Role::Computed => {
            let follows = item.fields.iter().filter_map(|field| {
                let name = field.name();
                let followed = field.options.follows.as_ref()?.iter().map(|name| name.unraw().to_string());
                Some(quote!((#name, &[#(#followed),*])))
            });
            quote! {
                #[automatically_derived]
                impl _tfplug::schema::Computed for #ident {
                    const FOLLOWS: &'static [(&'static str, &'static [&'static str])] = &[#(#follows),*];
                }
            }
        }
        // An identity is never nested.
        Role::Identity => {
            let version = item.options.version.map(|version| quote!(const VERSION: u32 = #version;));
            return quote! {
                #[automatically_derived]
                impl _tfplug::schema::Identity for #ident {
                    #version
                }
            };
        }
    };
    // A type that was refused must not be refused once more here.
    let fields = item.fields.iter().filter(|field| check::is_possible(&field.ty));
    let traits = fields.fold(quote!(_tfplug::schema::derived::Traits::PLAIN), |traits, field| {
        let (of_field, options) = (of_type(&field.ty, "TRAITS"), &field.options);
        let replaces = options.replace || options.replace_if_configured || options.replace_if.is_some();
        let more = replaces || options.default.is_some();
        quote!(#traits.with(#of_field, #more))
    });
    quote! {
        #own

        #[automatically_derived]
        impl _tfplug::schema::Attr for #ident {
            type Inner = Self;

            const TRAITS: _tfplug::schema::derived::Traits = #traits;
            const SHAPE: &'static _tfplug::schema::derived::Shape =
                match <Self as _tfplug::schema::Fields>::FIELDS {
                    ::core::option::Option::Some(fields) => &_tfplug::schema::derived::Shape::Object(fields),
                    ::core::option::Option::None => &_tfplug::schema::derived::Shape::Unknown,
                };

            fn kind() -> _tfplug::schema::Kind {
                _tfplug::schema::Kind::Nested(
                    _tfplug::schema::Nesting::Single,
                    <Self as _tfplug::schema::Fields>::attributes(),
                )
            }

            fn from_dynamic(
                value: &_tfplug::value::Dynamic,
            ) -> ::core::result::Result<Self, _tfplug::value::ValueError> {
                match value {
                    _tfplug::value::Dynamic::Map(_) => <Self as _tfplug::schema::Fields>::from_object(value),
                    _ => ::core::result::Result::Err(_tfplug::value::ValueError::new(
                        ::std::string::String::from("expected an object"),
                    )),
                }
            }

            fn to_dynamic(&self) -> _tfplug::value::Dynamic {
                _tfplug::value::Dynamic::Map(<Self as _tfplug::schema::Fields>::to_object(self))
            }
        }
    }
}

/// The constants by which views look values up.
fn keys(item: &Struct<'_>) -> TokenStream {
    let (key_type, what) = match item.role {
        Role::Args => (hygienic("ArgKey"), "argument"),
        Role::Computed => (hygienic("ComputedKey"), "computed attribute"),
        Role::Identity => return TokenStream::new(),
    };
    let ident = item.ident;
    // A type that was refused must not be refused once more here.
    let keys = item.fields.iter().filter(|field| check::is_possible(&field.ty)).map(|field| {
        let (vis, key, ty, name) = (field.vis, field.key(), &field.ty, field.name());
        let doc = format!("Key of the {what} `{name}`.");
        // All at the type, so that one which is none of Terraform's is reported there and not at the derive.
        let key_of = quote_spanned!(ty.span()=>
            _tfplug::schema::#key_type<Self, <#ty as _tfplug::schema::Attr>::Inner>);
        let new = quote_spanned!(ty.span()=> _tfplug::schema::#key_type::new(#name));
        quote! {
            #[doc = #doc]
            #[allow(dead_code, reason = "there is a key for every field, whether or not a handler asks for it")]
            #vis const #key: #key_of = #new;
        }
    });
    quote! {
        #[automatically_derived]
        impl #ident {
            #(#keys)*
        }
    }
}

/// What stands in after mistakes, so that uses of the struct are no mistakes on top.
fn dummy(item: &Struct<'_>) -> TokenStream {
    let ident = item.ident;
    quote! {
        #[automatically_derived]
        impl _tfplug::schema::Fields for #ident {
            const DESCRIPTION: &'static str = "";

            fn attributes() -> ::std::vec::Vec<_tfplug::schema::Attribute> {
                ::core::unreachable!()
            }

            fn from_object(
                _: &_tfplug::value::Dynamic,
            ) -> ::core::result::Result<Self, _tfplug::value::ValueError> {
                ::core::unreachable!()
            }

            fn to_object(
                &self,
            ) -> ::std::collections::BTreeMap<::std::string::String, _tfplug::value::Dynamic> {
                ::core::unreachable!()
            }
        }
    }
}
