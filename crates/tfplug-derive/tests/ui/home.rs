use tfplug::{Args, Choice};

/// A group.
#[derive(Args)]
#[tfplug(krate = "tfplug")]
struct Group {
    /// Its name.
    name: String,
}

/// A desk.
#[derive(Args)]
#[tfplug(crate = "not a path")]
struct Desk {
    /// Its name.
    name: String,
}

#[derive(Choice)]
#[tfplug(crate)]
enum Text {
    One,
}

fn main() {}
