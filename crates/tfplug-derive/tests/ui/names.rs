use tfplug::Args;

/// A group.
#[derive(Args)]
#[args(timeouts(create = "5m"))]
struct GroupArgs {
    /// Upper case.
    #[attr(name = "fullName")]
    a: String,
    /// A digit first.
    #[attr(name = "2nd")]
    b: String,
    /// Taken.
    #[attr(name = "a_name")]
    c: String,
    /// Taken.
    #[attr(name = "a_name")]
    d: String,
    /// Added by the struct's option.
    timeouts: String,
    /// Upper case.
    #[expect(non_snake_case, reason = "to be refused")]
    fullAlias: String,
}

fn main() {}
