use tfplug::{Args, Computed, Identity};

/// A group.
#[derive(Args)]
#[attr(version = 1)]
struct GroupArgs {
    /// Name.
    #[args(replace)]
    a: String,
}

#[derive(Computed)]
#[args(version = 1)]
struct GroupComputed {
    #[attr(keep)]
    id: String,
}

/// Names a group.
#[derive(Identity, Clone, Debug)]
#[args(deprecated = "x")]
struct ById {
    /// GUID.
    id: String,
}

fn main() {}
