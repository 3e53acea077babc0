use tfplug::Args;

/// Not last, and more than a parameter.
#[derive(Args)]
struct NotLast {
    /// Texts.
    #[attr(variadic, default = Vec::new(), replace)]
    texts: Vec<String>,
    /// Text.
    last: String,
}

fn main() {}
