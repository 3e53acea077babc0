// Found by type: an alias of `Option` would be fine.
use tfplug::Args;

type Perhaps = Option<String>;

/// What is always given conflicts with nothing.
#[derive(Args)]
#[args(conflicts(a, b))]
struct GroupArgs {
    /// Required.
    a: String,
    /// Optional.
    b: Perhaps,
    /// Optional.
    #[attr(requires(a, b))]
    c: Option<String>,
}

fn main() {}
