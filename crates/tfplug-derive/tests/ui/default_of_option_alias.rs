use tfplug::Args;

type Maybe = Option<String>;

/// A group.
#[derive(Args)]
struct GroupArgs {
    /// Name.
    #[attr(default = None)]
    a: Maybe,
}

fn main() {}
