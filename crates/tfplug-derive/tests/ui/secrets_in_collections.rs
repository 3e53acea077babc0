use std::collections::BTreeMap;

use tfplug::{Args, Sensitive, WriteOnly};

/// A rule.
#[derive(Args)]
struct Rule {
    /// Its key.
    key: Sensitive<String>,
}

/// A port.
#[derive(Args)]
struct Port {
    /// Its number.
    #[attr(default = 80)]
    number: i64,
}

/// A token.
#[derive(Args)]
struct Token {
    /// Its text.
    text: WriteOnly<String>,
}

/// A place.
#[derive(Args)]
struct Place {
    /// Which.
    #[attr(replace)]
    zone: String,
}

/// A field of a place.
#[derive(Args)]
struct Site {
    /// Which.
    #[attr(replace_if_configured)]
    zone: Option<String>,
    /// How large.
    #[attr(replace_if = |before, after| after < before)]
    size: i64,
}

/// Another name for it.
type Hidden = WriteOnly<String>;

/// What would be lost.
#[derive(Args)]
struct Lost {
    /// Keys.
    keys: Vec<WriteOnly<String>>,
    /// By name.
    by_name: Option<BTreeMap<String, Hidden>>,
    /// Rules in rows.
    rules: Vec<Vec<Rule>>,
    /// Ports by name.
    ports: BTreeMap<String, Vec<Port>>,
    /// Tokens in rows.
    tokens: Vec<Option<BTreeMap<String, Token>>>,
    /// Places in rows.
    places: Vec<Vec<Place>>,
    /// Sites by name.
    sites: BTreeMap<String, Vec<Site>>,
    /// A place and more.
    beside: (String, Place),
    /// A pair.
    pair: (String, Sensitive<String>),
}

/// What is kept.
#[derive(Args)]
struct Kept {
    /// All of them.
    keys: WriteOnly<Vec<String>>,
    /// One by one.
    secrets: Vec<Vec<Sensitive<String>>>,
    /// Rules.
    rules: Vec<Rule>,
    /// Ports by name.
    ports: BTreeMap<String, Port>,
    /// Tokens.
    tokens: Vec<Token>,
    /// Places.
    places: Vec<Place>,
}

fn main() {}
