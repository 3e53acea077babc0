use std::collections::{HashMap, HashSet};

use tfplug::Args;

/// A group.
#[derive(Args)]
struct GroupArgs {
    /// Text that is not owned.
    a: &'static str,
    /// No order.
    b: HashMap<String, String>,
    /// No order within.
    c: Option<HashSet<String>>,
}

fn main() {}
