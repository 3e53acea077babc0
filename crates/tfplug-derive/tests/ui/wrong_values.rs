use tfplug::Args;

fn grows(prior: &String, planned: &String) -> bool {
    planned > prior
}

/// A group.
#[derive(Args)]
struct GroupArgs {
    /// Text for a number.
    #[attr(default = true)]
    a: i64,
    /// A function of another type.
    #[attr(replace_if = grows)]
    b: Option<i64>,
    /// No check.
    #[attr(check = 1..=9)]
    c: i64,
}

fn main() {}
