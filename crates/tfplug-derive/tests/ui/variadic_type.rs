// Found by type: an alias of `Vec` would be fine.
use tfplug::Args;

/// No list.
#[derive(Args)]
struct NoList {
    /// Text.
    #[attr(variadic)]
    texts: String,
}

fn main() {}
