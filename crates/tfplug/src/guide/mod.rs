//! Each page covers one concept with its rules, a short example that runs as a test, and pitfalls.
//!
//! | page | what it is about |
//! | --- | --- |
//! | [`provider`] | the provider block, the client, what handlers share |
//! | [`resource`] | the two structs, the four handlers, when values are known |
//! | [`plan`] | values that may be unknown; `keep`, `follows`, `volatile`; filling in, replacing |
//! | [`identity`] | identities; import; what the state keeps when a create fails |
//! | [`upgrade`] | states of older versions and of other types; private state |
//! | [`schema`] | attributes, nested attributes, blocks, defaults |
//! | [`meaning`] | types with a meaning, and semantic equality |
//! | [`validation`] | checks of one value, rules over several, validation in code |
//! | [`secret`] | sensitive, write-only, and what logs show |
//! | [`diagnostics`] | errors, warnings, advice |
//! | [`time`](mod@time) | timeouts, cancellation, progress |
//! | [`objects`] | data sources, functions, ephemeral resources, list resources, actions |
//! | [`testing`] | a test in process, a test with the real Terraform |
//! | [`release`] | serving, debugging, logging, documentation pages, packages |
//! | [`from_go`] | from `terraform-plugin-framework`, row by row |
//!
//! The examples share a provider `Demo`, which they do not show. Its remote side is a map in memory.

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
