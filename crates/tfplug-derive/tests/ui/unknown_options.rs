use tfplug::{Args, Computed, Identity};

/// A group.
#[derive(Args)]
#[args(versoin = 1, color = "red")]
struct GroupArgs {
    /// Near something known.
    #[attr(replase)]
    a: String,
    /// Near nothing.
    #[attr(colour = "red")]
    b: String,
    /// Said by the type.
    #[attr(optional, sensitive)]
    c: String,
    /// Said by another option.
    #[attr(force_new, validator = len(1..=2), rename = "x")]
    d: String,
    /// Said elsewhere.
    #[attr(description = "x", computed, required, write_only, one_of = ["a"])]
    e: String,
}

#[derive(Computed)]
struct GroupComputed {
    /// Near something known; nothing is said to be missing.
    #[attr(folows(a))]
    f: String,
}

/// Names a group.
#[derive(Identity, Clone, Debug)]
struct ById {
    /// Near nothing.
    #[attr(colour)]
    id: String,
}

fn main() {}
