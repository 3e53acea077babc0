use tfplug::{Args, Computed, Identity};

/// A group.
#[derive(Args)]
struct GroupArgs {
    /// Computed.
    #[attr(keep)]
    a: String,
    /// Computed.
    #[attr(follows(a))]
    b: String,
}

#[derive(Computed)]
struct GroupComputed {
    #[attr(keep, replace)]
    a: String,
    #[attr(keep, default = "x")]
    b: String,
    #[attr(keep, block)]
    c: String,
}

/// Names a group.
#[derive(Identity, Clone, Debug)]
struct ById {
    /// GUID.
    #[attr(replace, keep)]
    id: String,
}

fn main() {}
