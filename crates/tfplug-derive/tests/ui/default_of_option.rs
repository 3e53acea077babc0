use tfplug::Args;

/// A group.
#[derive(Args)]
struct GroupArgs {
    /// Name.
    #[attr(default = "x")]
    a: Option<String>,
    /// Names.
    #[attr(default = None)]
    b: std::option::Option<std::vec::Vec<String>>,
}

fn main() {}
