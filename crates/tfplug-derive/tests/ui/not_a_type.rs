use tfplug::{Args, Computed, Identity};

/// Seconds.
struct Seconds(u64);

/// A group.
#[derive(Args)]
struct GroupArgs {
    /// Neither text nor object.
    a: Seconds,
    /// Within others.
    b: Option<Vec<Seconds>>,
    /// With a default.
    #[attr(default = Seconds(1))]
    c: Seconds,
}

#[derive(Computed)]
struct GroupComputed {
    /// Neither text nor object.
    #[attr(keep)]
    d: Seconds,
}

/// Names a group.
#[derive(Identity, Clone, Debug)]
struct ById {
    /// Neither text nor object.
    e: std::time::Instant,
}

fn main() {}
