//! Rules across the parts of a struct: each rule beside its message, each message with what to write instead.
//!
//! Rules that need more than the tokens of one struct are not here: names in `follows` and in an identity are checked by
//! the compiler, where the struct names its other half or where a resource is registered, and whether a name is reserved is
//! found by the validity test of the whole provider. Rules about several attributes are in `rules`.

use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Ident, Type};

use crate::ast::{Field, Role, Struct, argument_of, arguments, last_segment};
use crate::attr::{FOR_ARGS, FOR_COMPUTED, FOR_IDENTITY};
use crate::errors::Errors;
use crate::rules;

/// Checks a struct.
pub(crate) fn check(item: &Struct<'_>, errors: &mut Errors) {
    // A computed struct has no page of its own: its attributes are on that of the arguments.
    if item.role != Role::Computed && item.description.is_empty() {
        let message = format!(
            "`{}` has no doc comment: write `/// …` above the struct, the description that users read in the \
             documentation",
            item.ident
        );
        errors.push(item.ident, message);
    }
    names(item, errors);
    rules::check(item, errors);
    variadic(item, errors);
    circles(item, errors);
    for field in &item.fields {
        described(item.role, field, errors);
        placed(item.role, field, errors);
        type_known(&field.ty, errors);
        match item.role {
            Role::Args => argument(field, errors),
            Role::Computed if item.options.data => answered(field, errors),
            Role::Computed => computed(field, errors),
            Role::Identity => {}
        }
    }
}

fn names(item: &Struct<'_>, errors: &mut Errors) {
    let mut seen: Vec<String> = Vec::new();
    for field in &item.fields {
        let name = field.name();
        let at = || {
            field
                .options
                .name
                .as_ref()
                .map_or_else(|| field.ident.to_token_stream(), ToTokens::to_token_stream)
        };
        let valid = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !valid {
            let message = format!(
                "`{name}` cannot be the name of an attribute: lower-case letters, digits and underscores only, no \
                 digit first, such as `{}`",
                snake_case(&name)
            );
            errors.push(at(), message);
        }
        if name == "timeouts" && item.options.timeouts.is_some() {
            errors.push(at(), "`timeouts(…)` in `args` adds this attribute already: remove the field");
        }
        if seen.contains(&name) && field.options.name.is_some() {
            errors.push(at(), format!("there is an attribute `{name}` already: choose another name"));
        }
        seen.push(name);
    }
}

/// The name that comes closest to one which cannot be.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        match letter.to_ascii_lowercase() {
            letter if letter.is_ascii_alphanumeric() => snake.push(letter),
            _ if snake.ends_with('_') => {}
            _ => snake.push('_'),
        }
    }
    if snake.starts_with(|first: char| first.is_ascii_digit()) { format!("_{snake}") } else { snake }
}

/// Only the last parameter of a function takes all further arguments, and it takes them as they come.
fn variadic(item: &Struct<'_>, errors: &mut Errors) {
    for (index, field) in item.fields.iter().enumerate() {
        let Some(at) = field.options.at("variadic") else { continue };
        if item.role == Role::Args && index + 1 < item.fields.len() {
            errors.push(at, "further arguments come last: make this the last field");
        }
        for name in ["default", "env", "block", "replace", "replace_if", "replace_if_configured"] {
            if let Some(other) = field.options.at(name) {
                let why = match name {
                    "default" => "without further arguments the list is empty, so no default is ever used",
                    "env" => "what a function is called with never comes from the environment",
                    "block" => "a function is called with values, and blocks are for other objects",
                    _ => "a function makes nothing that could be replaced",
                };
                let message = format!(
                    "`variadic` makes the field a parameter of a function, and {why}: remove `{name}`, or `variadic` if \
                     this is no function"
                );
                errors.push(other, message);
            }
        }
    }
}

/// Every attribute needs a description. A computed field may have none: an attribute of both structs has that of the
/// argument, too, which cannot be seen from here.
fn described(role: Role, field: &Field<'_>, errors: &mut Errors) {
    if role != Role::Computed && field.description.is_empty() {
        let message = format!(
            "`{}` has no doc comment: write `/// …` above, the description that users read in the documentation",
            field.name()
        );
        errors.push(field.ident, message);
    }
}

/// Options of another role, with where they belong.
fn placed(role: Role, field: &Field<'_>, errors: &mut Errors) {
    for option in &field.options.given {
        let name = option.to_string();
        let is_in = |known: &[&str]| known.contains(&name.as_str());
        match role {
            Role::Args if !is_in(&FOR_ARGS) => {
                let message = format!(
                    "`{name}` says when a computed value may change, and an argument changes with the configuration: \
                     remove it here; if the provider can decide the value, too, give the struct with \
                     `#[derive(Computed)]` a field `{0}` and write it there",
                    field.name()
                );
                errors.push(option, message);
            }
            Role::Computed if name == "block" => {
                errors.push(
                    option,
                    "a computed value is never written, so it cannot be a block: remove `block`",
                );
            }
            Role::Computed if !is_in(&FOR_COMPUTED) => {
                let message = format!(
                    "`{name}` is about what a configuration says: remove it here; if a configuration can set the value, \
                     too, give the struct with `#[derive(Args)]` a field `{0}` and write it there",
                    field.name()
                );
                errors.push(option, message);
            }
            Role::Identity if !is_in(&FOR_IDENTITY) => {
                let message = format!(
                    "an identity only names the object: say `{name}` on the attribute of this name in `Args` or \
                     `Computed`"
                );
                errors.push(option, message);
            }
            _ => {}
        }
    }
}

fn argument(field: &Field<'_>, errors: &mut Errors) {
    let options = &field.options;
    if let (Some(at), Some(inner)) = (options.at("default"), argument_of(&field.ty, "Option")) {
        let is_none = options.default.as_ref().is_some_and(|value| matches!(value, syn::Expr::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == "None")));
        let message = if is_none {
            "what is left out is `None` already: remove the default".to_owned()
        } else {
            format!("with a default it is never absent: write the type as `{}`", plain(inner))
        };
        errors.push(at, message);
    }
    let given = ["replace", "replace_if", "replace_if_configured"].map(|name| options.at(name));
    let mut given = given.into_iter().flatten();
    if let (Some(first), Some(other)) = (given.next(), given.next()) {
        let when = match first.to_string().as_str() {
            "replace" => "at every change",
            _ => "where it says so",
        };
        errors.push(other, format!("`{first}` already replaces {when}: remove one of the two"));
    }
    if !options.block {
        return;
    }
    for (name, why) in [
        ("default", "a block that is left out is absent or empty; give its attributes defaults instead"),
        ("env", "an environment variable cannot fill a block; give one of its attributes `env` instead"),
    ] {
        if let Some(at) = options.at(name) {
            errors.push(at, format!("`{name}` and `block` do not go together: {why}"));
        }
    }
    let element = element(&field.ty);
    if SCALARS.iter().any(|scalar| last_segment(element).is_some_and(|segment| segment.ident == scalar)) {
        let message =
            format!("`block` needs a struct with `#[derive(Args)]`, and `{}` is none", plain(element));
        errors.push(element, message);
    }
}

/// What a field says of when its value may change.
fn outcomes<'a>(field: &'a Field<'_>) -> Vec<&'a syn::Ident> {
    ["keep", "keep_non_null", "follows", "volatile"]
        .into_iter()
        .filter_map(|name| field.options.at(name))
        .collect()
}

/// A value that is read anew each time.
fn answered(field: &Field<'_>, errors: &mut Errors) {
    for outcome in outcomes(field) {
        let message = format!(
            "`#[computed(data)]` says that the values are read anew each time: remove `{outcome}`, or `data` if this \
             struct belongs to a resource"
        );
        errors.push(outcome, message);
    }
}

fn computed(field: &Field<'_>, errors: &mut Errors) {
    let options = &field.options;
    match outcomes(field).as_slice() {
        [] if !options.unread => {
            let message = format!(
                "when may `{}` change after creation? Say one of `#[attr(keep)]` (never), \
                 `#[attr(keep_non_null)]` (never once it is not null), `#[attr(follows(a, b))]` (only when one of these attributes changes) and `#[attr(volatile)]` (at every update). For a data source \
                 or an ephemeral resource write `#[computed(data)]` above the struct",
                field.name()
            );
            errors.push(field.ident, message);
        }
        [first, rest @ ..] => {
            for other in rest {
                errors.push(
                    other,
                    format!("`{first}` already says when the value may change: remove one of the two"),
                );
            }
        }
        [] => {}
    }
    let own = field.name();
    let mut seen: Vec<String> = Vec::new();
    for followed in options.follows.iter().flatten() {
        let name = followed.unraw().to_string();
        if name == own {
            errors
                .push(followed, "an attribute cannot follow itself: name those whose change makes it change");
        } else if seen.contains(&name) {
            errors.push(followed, format!("`{name}` is named twice: once is enough"));
        }
        seen.push(name);
    }
}

/// An attribute that follows itself by way of others is never changed by anything.
fn circles(item: &Struct<'_>, errors: &mut Errors) {
    let mut told: Vec<String> = Vec::new();
    for field in &item.fields {
        let own = field.name();
        if told.contains(&own) {
            continue;
        }
        // That of a single attribute is told above.
        let back = |(name, _): &(String, _)| *name != own && reached(item, name).contains(&own);
        let Some((first, at)) = follows(field).find(back) else { continue };
        let message = format!(
            "`{own}` follows itself by way of `{first}`, so nothing ever changes it: remove one name of this circle"
        );
        errors.push(at, message);
        // A circle is one mistake, told at the first of its attributes. Another one on the way is another mistake.
        let all = reached(item, &own).into_iter();
        told.extend(all.filter(|other| reached(item, other).contains(&own)));
    }
}

/// The attributes that one names in `follows`, each with its place.
fn follows<'a>(field: &'a Field<'_>) -> impl Iterator<Item = (String, &'a Ident)> {
    field.options.follows.iter().flatten().map(|name| (name.unraw().to_string(), name))
}

/// The attributes that this one follows, directly or by way of others.
fn reached(item: &Struct<'_>, name: &str) -> Vec<String> {
    let (mut all, mut next) = (Vec::<String>::new(), vec![name.to_owned()]);
    while let Some(name) = next.pop() {
        let field = item.fields.iter().find(|field| field.name() == name);
        for (followed, _) in field.into_iter().flat_map(follows) {
            if !all.contains(&followed) {
                all.push(followed.clone());
                next.push(followed);
            }
        }
    }
    all
}

/// Types that look right and are not.
fn type_known(ty: &Type, errors: &mut Errors) {
    if let Type::Reference(_) = ty {
        errors
            .push(ty, "a field owns its value: write `String` instead of `&str`, `Vec<T>` instead of `&[T]`");
        return;
    }
    if let Some(inner) = argument_of(ty, "Box") {
        let message =
            format!("a `Box` holds a whole field, or that in its `Option`: write `{}` here", plain(inner));
        errors.push(ty, message);
    }
    if let Some(segment) = last_segment(ty)
        && let Some((wrong, right)) = UNORDERED.iter().find(|(wrong, _)| segment.ident == wrong)
    {
        errors.push(&segment.ident, format!("`{wrong}` has another order in each run: write `{right}`"));
    }
    arguments(ty).into_iter().for_each(|inner| type_known(inner, errors));
}

/// Whether the type of a field passes the rules above.
pub(crate) fn is_possible(ty: &Type) -> bool {
    let mut errors = Errors::default();
    type_known(ty, &mut errors);
    errors.is_empty()
}

/// Collections whose order is random, and what to use instead: the same object must always be written the same.
const UNORDERED: [(&str, &str); 2] = [("HashMap", "BTreeMap"), ("HashSet", "BTreeSet")];

/// Types that hold no attributes of their own.
const SCALARS: [&str; 13] =
    ["bool", "String", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "Number"];

/// What is inside options and collections.
fn element(ty: &Type) -> &Type {
    let wraps = last_segment(ty).is_some_and(|segment| {
        ["Option", "Vec", "BTreeSet", "BTreeMap"].iter().any(|name| segment.ident == name)
    });
    match arguments(ty).last() {
        Some(inner) if wraps => element(inner),
        _ => ty,
    }
}

/// A type as a person would write it: the tokens are printed with a space between each two.
pub(crate) fn plain(ty: &impl ToTokens) -> String {
    quote!(#ty).to_string().replace(" < ", "<").replace(" >", ">").replace(" :: ", "::").replace(" ,", ",")
}
