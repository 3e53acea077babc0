//! The crate is built in layers: a file uses what stands below it and its own parts, never what stands above, and no two
//! files use each other. This reads the source files and compares what they import with the table below.

#![expect(clippy::expect_used, reason = "helpers of tests fail the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Top-level modules, from the bottom up. A part (`reads/wave.rs`) belongs to its module.
const LAYERS: [(&str, &[&str]); 7] = [
    ("values", &["attributes", "config", "error", "guid", "records", "secret"]),
    (
        "wire",
        &[
            "answer",
            "api",
            "connect",
            "doubts",
            "guard",
            "limiter",
            "list",
            "oauth",
            "once",
            "pace",
            "redact",
            "request",
            "retry",
            "scope",
            "summary",
            "transport",
        ],
    ),
    (
        "engines",
        &["create", "foresight", "judged", "listing", "outbox", "reads", "settle", "successors", "turns"],
    ),
    ("shared areas", &["identity", "roles"]),
    ("areas", &["credentials", "groups", "mappings", "people"]),
    ("joint areas", &["members"]),
    ("facade", &["client"]),
];

#[test]
fn no_file_uses_what_stands_above_it_and_no_two_use_each_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut problems = Vec::new();
    let mut modules: Graph = BTreeMap::new();
    let mut parts: BTreeMap<String, Graph> = BTreeMap::new();
    for file in sources(&root) {
        let path = file.strip_prefix(&root).expect("below src").with_extension("");
        let names: Vec<String> =
            path.iter().map(|name| name.to_str().expect("a plain name").to_owned()).collect();
        if names == ["lib"] || names.last().is_some_and(|name| name == "tests") {
            continue;
        }
        let module = names.first().expect("a module").clone();
        let Some(layer) = layer(&module) else {
            problems
                .push(format!("{module} stands in no layer: add it to this test and to the table in lib.rs"));
            continue;
        };
        modules.entry(module.clone()).or_default();
        let text = std::fs::read_to_string(&file).expect("readable");
        if text.contains("super::super") {
            problems.push(format!(
                "{} uses super::super, which this test does not follow: name the path from the crate's root",
                names.join("/")
            ));
        }
        for used in imports(&text, &names) {
            let Some(target) = used.first() else { continue };
            if *target == module {
                // Between a module and its parts anything goes; between two parts only one direction.
                if let (Some(from), Some(to)) = (names.get(1), used.get(1)) {
                    let known = root.join(&module).join(to).with_extension("rs").exists();
                    if known && from != to {
                        let graph = parts.entry(module.clone()).or_default();
                        graph.entry(from.clone()).or_default().insert(to.clone());
                    }
                }
                continue;
            }
            match self::layer(target) {
                Some(below) if below <= layer => {
                    modules.entry(module.clone()).or_default().insert(target.clone());
                }
                Some(above) => problems.push(format!(
                    "{} ({}) uses {target} ({})",
                    names.join("/"),
                    LAYERS[layer].0,
                    LAYERS[above].0
                )),
                None => problems.push(format!(
                    "{} uses crate::{target}: name the module that it is in, the crate's root stands above all",
                    names.join("/")
                )),
            }
        }
    }
    problems.extend(circles(&modules));
    problems.extend(parts.values().flat_map(circles));
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    let missing =
        LAYERS.iter().flat_map(|(_, modules)| *modules).filter(|name| !modules.contains_key(**name));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new(), "in the table, and not in src");
}

/// What each file or module uses.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|(_, modules)| modules.contains(&module))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Paths within the crate that a file names, outside of comments and tests.
fn imports(text: &str, names: &[String]) -> BTreeSet<Vec<String>> {
    let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]" || line.starts_with(' '));
    let code: Vec<&str> = lines.map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    let parent = &names[..names.len() - 1];
    for (word, base) in [("crate::", &[][..]), ("super::", parent)] {
        for (at, _) in code.match_indices(word) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|before| before.is_alphanumeric() || "_$:".contains(before)) {
                continue;
            }
            for path in paths(&code[at + word.len()..]) {
                let path: Vec<String> = base.iter().cloned().chain(path).collect();
                // `super::` at the top of a file of the first level, and within a module in a file.
                if !path.is_empty() {
                    found.insert(path);
                }
            }
        }
    }
    found
}

/// The first two names of each path at the start of a text: one, or several in braces.
fn paths(text: &str) -> Vec<Vec<String>> {
    if let Some(group) = text.strip_prefix('{') {
        let mut depth = 0;
        let end = group.find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth < 0
        });
        let group = &group[..end.unwrap_or(group.len())];
        return group.split(',').flat_map(|part| paths(part.trim())).collect();
    }
    let name =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let first = name(text);
    if first.is_empty() {
        return Vec::new();
    }
    let second = text[first.len()..].strip_prefix("::").map(name).filter(|second| !second.is_empty());
    vec![[first].into_iter().chain(second).collect()]
}

/// Every circle, told once.
fn circles(graph: &Graph) -> Vec<String> {
    let mut found = BTreeSet::new();
    for start in graph.keys() {
        let mut way = vec![start.clone()];
        follow(graph, start, &mut way, &mut BTreeSet::new(), &mut found);
    }
    found.into_iter().map(|circle| format!("a circle: {circle}")).collect()
}

fn follow(
    graph: &Graph,
    start: &String,
    way: &mut Vec<String>,
    seen: &mut BTreeSet<String>,
    found: &mut BTreeSet<String>,
) {
    let Some(next) = way.last().and_then(|last| graph.get(last)) else { return };
    for name in next {
        // The circle is told by its first name.
        if name == start && way.iter().all(|other| other >= start) {
            found.insert(format!("{} → {start}", way.join(" → ")));
        } else if seen.insert(name.clone()) {
            way.push(name.clone());
            follow(graph, start, way, seen, found);
            way.pop();
        }
    }
}

#[test]
fn imports_are_read_as_the_compiler_reads_them() {
    let names = ["reads".to_owned(), "wave".to_owned()];
    let text = "use crate::error::Error;\nuse super::{rule::Costs, store};\n// crate::client::Client\n\
                let x = crate::api::send(); // crate::people\nuse crate::{guid, list::List};\n#[cfg(test)]\nuse crate::client::Client;";
    let found: Vec<String> = imports(text, &names).iter().map(|path| path.join("::")).collect();
    assert_eq!(
        found,
        ["api::send", "error::Error", "guid", "list::List", "reads::rule::Costs", "reads::store"]
    );
    let graph = |edges: &[(&str, &str)]| {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        circles(&graph)
    };
    assert_eq!(graph(&[("a", "b"), ("b", "c"), ("a", "c")]), Vec::<String>::new());
    assert_eq!(graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]), ["a circle: a → b → c → a"]);
}
