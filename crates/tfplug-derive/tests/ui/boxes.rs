use std::boxed::Box as Crate;

use tfplug::{Args, Sensitive};

/// A group.
#[derive(Args)]
struct GroupArgs {
    /// Elements need none.
    a: Vec<Box<Rule>>,
    /// Secrets neither.
    b: Sensitive<Box<String>>,
    /// Nor boxes.
    c: Box<Box<String>>,
}

/// Another group.
#[derive(Args)]
struct OtherArgs {
    /// Only known by its spelling.
    d: Crate<String>,
}

/// A rule.
#[derive(Args)]
struct Rule {
    /// Who.
    who: String,
}

fn main() {}
