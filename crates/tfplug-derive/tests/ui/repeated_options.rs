use tfplug::Args;

/// A group.
#[derive(Args)]
#[args(version = 1, version = 2)]
struct GroupArgs {
    /// Twice in one list.
    #[attr(replace, replace)]
    a: String,
    /// Twice in two lists.
    #[attr(check = tfplug::schema::not_blank())]
    #[attr(check = tfplug::schema::len(1..=9))]
    b: String,
}

fn main() {}
