use tfplug::Args;

/// A folder.
#[derive(Args)]
struct Folder {
    /// Its name.
    name: String,
    /// What is in it.
    folders: Vec<Folder>,
}

fn main() {}
