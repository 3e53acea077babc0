use tfplug::{Args, Identity};

/// Names a group.
#[derive(Identity, Clone, Debug)]
#[identity(version = -1, versoin = 2, version = 3)]
struct ById {
    /// Said by the type.
    #[attr(optional)]
    id: String,
    /// No identity does.
    #[attr(requires(id))]
    region: Option<String>,
}

/// A group.
#[derive(Args)]
#[identity(version = 1)]
struct GroupArgs {}

fn main() {}
