//! One page for each concept: what holds, a short example that runs, and what goes wrong otherwise.
//!
//! | page | what it is about |
//! | --- | --- |
//! | [`provider`] | the provider block, the client, what handlers share |
//! | [`resource`] | the two structs, the four handlers, what is known when |
//! | [`plan`] | values that may be unknown; `keep`, `follows`, `volatile`; filling in, replacing |
//! | [`identity`] | what names an object; import; what is kept when a create fails |
//! | [`upgrade`] | states of older versions and of other types; private state |
//! | [`schema`] | attributes, nested attributes, blocks, defaults |
//! | [`meaning`] | types with a meaning, and equality of it |
//! | [`validation`] | checks of one value, rules between several, the rest |
//! | [`secret`] | sensitive, write-only, and what logs show |
//! | [`diagnostics`] | errors, warnings, advice |
//! | [`time`](mod@time) | timeouts, cancellation, progress |
//! | [`objects`] | data sources, functions, ephemeral resources, list resources, actions |
//! | [`testing`] | a test in process, a test with the real Terraform |
//! | [`release`] | serving, debugging, logging, documentation pages, packages |
//! | [`from_go`] | from `terraform-plugin-framework`, row by row |
//!
//! The examples leave out, and share, a provider `Demo` whose remote side is a map in memory.

macro_rules! pages {
    ($($page:ident),* $(,)?) => {$(
        #[doc = include_str!(concat!(stringify!($page), ".md"))]
        pub mod $page {}
    )*};
}

pages!(
    provider,
    resource,
    plan,
    identity,
    upgrade,
    schema,
    meaning,
    validation,
    secret,
    diagnostics,
    time,
    objects,
    testing,
    release,
    from_go,
);
