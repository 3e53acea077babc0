use tfplug::{Args, Identity};

#[derive(Args)]
struct GroupArgs {
    alias: String,
}

/// Names a group.
#[derive(Identity, Clone, Debug)]
struct ById {
    id: String,
}

fn main() {}
