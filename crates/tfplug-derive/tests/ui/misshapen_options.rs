use tfplug::{Args, Computed, Identity};

/// A group.
#[derive(Args)]
#[args(version = -1, timeouts = "5m", deprecated)]
struct GroupArgs {
    /// No list.
    #[attr]
    a: String,
    /// Words with values.
    #[attr(replace = true, block("x"))]
    b: String,
    /// Values left out.
    #[attr(default, check(1), replace_if)]
    c: String,
    /// Text that is none.
    #[attr(deprecated = 1, env, name = "")]
    d: String,
    /// No comma.
    #[attr(replace block)]
    e: String,
}

#[derive(Computed)]
#[computed(args = "GroupArgs")]
struct GroupComputed {
    #[attr(follows)]
    a: String,
    #[attr(follows())]
    b: String,
    #[attr(follows("a"))]
    c: String,
    #[attr(keep = 1)]
    d: String,
}

/// Names a group.
#[derive(Clone, Debug, Identity)]
#[identity(resource)]
struct ById {
    /// GUID.
    id: String,
}

fn main() {}
