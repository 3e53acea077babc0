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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    /// The values of a table of a `Cargo.toml`, each as it is written.
    fn table<'a>(manifest: &'a str, name: &str) -> BTreeMap<&'a str, &'a str> {
        let lines = manifest.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
        lines.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once(" = ")).collect()
    }

    /// The version that a dependency asks for.
    fn version(value: &str) -> &str {
        value.split('"').nth(1).expect("a version")
    }

    /// The features that a dependency asks for.
    fn features(value: &str) -> impl Iterator<Item = &str> {
        let list = value.split_once("features = [").and_then(|(_, list)| list.split_once(']'));
        list.into_iter().flat_map(|(list, _)| list.split(", ").map(|feature| feature.trim_matches('"')))
    }

    #[test]
    fn the_manifest_to_start_with_asks_for_what_this_crate_is() {
        let readme = include_str!("../../README.md");
        let (_, start) = readme.split_once("```toml\n").expect("a manifest");
        let (start, _) = start.split_once("```").expect("the end of the manifest");
        let own = table(include_str!("../../Cargo.toml"), "features");
        let asked = [table(start, "dependencies"), table(start, "dev-dependencies")];
        assert_eq!(asked.each_ref().map(|asked| asked.contains_key("tfplug")), [true, true]);
        let ours = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
        for value in asked.iter().filter_map(|asked| asked.get("tfplug")) {
            assert_eq!(version(value), ours);
            features(value).for_each(|name| assert!(own.contains_key(name), "no feature {name}: {own:?}"));
        }
        // The packaged crate stands alone.
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
        let Ok(workspace) = std::fs::read_to_string(path) else { return };
        let known = table(&workspace, "workspace.dependencies");
        for (name, value) in asked.iter().flatten().filter(|(name, _)| **name != "tfplug") {
            let known = known.get(name).map(|known| version(known));
            assert!(known.is_some_and(|known| known.starts_with(version(value))), "{name}: {known:?}");
        }
        let edition = table(start, "package").get("edition").copied();
        assert_eq!(edition, table(&workspace, "workspace.package").get("edition").copied());
    }
}
