//! Derive macros of tfplug: the field is the schema, and its doc comment the description that practitioners read.
//!
//! An item passes through four stages, each a file: `ast` (what was written), `attr` (options of `#[attr(…)]` and
//! `#[args(…)]`), `check` (rules across options), `expand` (impls). Every stage goes on after a mistake and collects
//! it, so that one build shows all of them. After mistakes the expansion is a dummy of the same impls and keys:
//! what uses the item still compiles, and one mistake is one error. `choice` does the same for enums, in one file.
//!
//! The macros add impls and constants to what is written, never a new type; everything they call is public in tfplug.
//!
//! | you write | where | it means |
//! | --- | --- | --- |
//! | `T`, `Option<T>` | any field | required, optional; by `Attr::OPTIONAL`, so that aliases work |
//! | `Box<T>`, `Option<Box<T>>` | any field | the same as without the box; by spelling, as a `Box` cannot be told from a text type of another crate |
//! | `default = v` | argument | the value where the configuration says nothing; text literals become `T` by `Into` |
//! | `replace`, `replace_if = f` | argument | a change makes a new object; `f: fn(&T, &T) -> bool` of prior and planned |
//! | `replace_if_configured` | argument that is computed, too | a change makes a new object where the configuration gives the value |
//! | `check = c` | argument | anything that is `tfplug::schema::Checks`: one check or an array |
//! | `deprecated = "…"` | argument, computed, `args` | what to use instead |
//! | `env = "NAME"` | argument of a provider | fills the gap, so the configuration may leave it out |
//! | `block` | argument | written `name { … }` instead of `name = { … }` |
//! | `variadic` | last argument of a function, a `Vec<T>` | takes all further arguments |
//! | `conflicts_with(a, b)` | argument | where it is given, none of these is |
//! | `requires(a, b)` | argument | where it is given, so are these |
//! | `prefer(a)` | argument | warns of it where write-only `a` could be given instead |
//! | `equals_sum_of(a, b)`, `at_least_sum_of(…)`, `at_most_sum_of(…)`, `equals_product_of(…)` | argument | compares numbers, where all are known |
//! | `name = "…"` | any field | name of the attribute, where Rust cannot spell it |
//! | `keep`, `keep_non_null`, `follows(a, b)`, `volatile` | computed attribute of a resource, exactly one | when the value may change after creation |
//! | `#[args(version = 1, deprecated = "…", timeouts(create = "5m", …))]` | struct with `Args` | of the whole object; `timeouts(…, block)` is written `timeouts { … }` |
//! | `#[args(conflicts(a, b))]` | struct with `Args`, nested too | at most one of these is given |
//! | `#[args(exactly_one_of(a, b))]`, `#[args(at_least_one_of(a, b))]` | likewise | no fewer than one is given |
//! | `#[args(required_together(a, b))]` | likewise | all are given or none |
//! | `#[computed(data)]` | struct with `Computed`, nested too | the answer of a data source or ephemeral resource, whose fields need no `keep` and the like |
//! | `#[computed(args = GroupArgs)]` | likewise | the arguments of the same object: the compiler compares this struct with them in `cargo check`, too |
//! | `#[identity(resource = Group)]` | struct with `Identity` | the resource: the compiler compares this struct with its attributes in `cargo check`, too |
//! | `#[identity(version = 1)]` | struct with `Identity` | version of the stored identity |
//! | `#[choice("$admin", alias = "admin")]` | variant with `Choice` | its spelling, and others that mean the same |
//! | `#[tfplug(crate = "platform::tfplug")]` | any of these | where the framework is, if it is no dependency of that name |

mod ast;
mod attr;
mod check;
mod choice;
mod entry;
mod errors;
mod expand;
mod home;
mod rules;
mod suggest;
mod timeouts;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use ast::Role;

/// What a configuration may say: implements `Args`, `Fields` and `Attr` (as a nested attribute), and adds a typed key
/// per field, `GroupArgs::ALIAS` for the field `alias`.
///
/// Options of fields: `default = v`, `replace`, `replace_if = f`, `replace_if_configured`, `check = c`, `deprecated = "…"`, `env = "NAME"`,
/// `block`, `name = "…"`, `variadic`; and about others: `conflicts_with(a)`, `requires(a)`, `prefer(a)`,
/// `equals_sum_of(a, b)`, `at_least_sum_of(a, b)`, `at_most_sum_of(a, b)`, `equals_product_of(a, b)`.
///
/// Options of the struct, in `#[args(…)]`: `version = 1`, `deprecated = "…"`, `timeouts(create = "5m", read = "2m",
/// update = "5m", delete = "5m")`, each of the four optional; and, any number of times, `conflicts(a, b)`,
/// `exactly_one_of(a, b)`, `at_least_one_of(a, b)` and `required_together(a, b)`.
#[proc_macro_derive(Args, attributes(args, attr, computed, identity, tfplug))]
pub fn derive_args(input: TokenStream) -> TokenStream {
    derive(Role::Args, &parse_macro_input!(input as DeriveInput))
}

/// What the provider answers: implements `Computed`, `Fields` and `Attr` (as a nested attribute), and adds a typed key
/// per field.
///
/// Each field says when its value may change after creation: `keep` (never), `keep_non_null` (only as long as it is null),
/// `follows(a, b)` (only when one of these attributes does) or `volatile` (at every update). Also `deprecated = "…"` and `name = "…"`.
///
/// What a data source or an ephemeral resource answers is read anew each time. Its structs have `#[computed(data)]`, and
/// their fields say nothing of that.
///
/// With `#[computed(args = GroupArgs)]`, which names the arguments of the same object, the compiler checks names in
/// `follows`, and the fields that both structs have, wherever it looks at this struct: also in `cargo check` and in an
/// editor. Without it, `cargo build` checks them where the object is registered. Only tests and the start of the provider
/// then find wrong names in `follows` of nested structs.
#[proc_macro_derive(Computed, attributes(args, attr, computed, identity, tfplug))]
pub fn derive_computed(input: TokenStream) -> TokenStream {
    derive(Role::Computed, &parse_macro_input!(input as DeriveInput))
}

/// What names one remote object: implements `Identity` and `Fields`. The struct also needs `Clone` and `Debug`.
///
/// Fields take no options but `name = "…"`; one of type `Option<T>` may be left out of an import. The struct takes
/// `#[identity(version = 1)]` and `#[identity(resource = Group)]`. The latter is the resource, whose structs must have each
/// field: the compiler checks that wherever it looks at this struct, and otherwise where the resource is registered.
#[proc_macro_derive(Identity, attributes(args, attr, computed, identity, tfplug))]
pub fn derive_identity(input: TokenStream) -> TokenStream {
    derive(Role::Identity, &parse_macro_input!(input as DeriveInput))
}

/// Text out of a fixed set: implements `Text` for an enum without data.
///
/// A variant is spelled in snake case, or as `#[choice("…")]` says; `alias = "…"`, any number of times, adds spellings
/// that are read but never written.
#[proc_macro_derive(Choice, attributes(choice, tfplug))]
pub fn derive_choice(input: TokenStream) -> TokenStream {
    choice::derive(&parse_macro_input!(input as DeriveInput)).into()
}

fn derive(role: Role, input: &DeriveInput) -> TokenStream {
    expand::derive(role, input).into()
}
