use tfplug::Identity;

/// Names a group.
#[derive(Identity)]
struct ById {
    /// GUID.
    id: String,
}

fn main() {}
