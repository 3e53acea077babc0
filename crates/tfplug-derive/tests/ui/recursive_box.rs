use tfplug::Args;

/// A folder.
#[derive(Args)]
struct Folder {
    /// Its name.
    name: String,
    /// What is around it.
    parent: Option<Box<Folder>>,
}

fn main() {}
