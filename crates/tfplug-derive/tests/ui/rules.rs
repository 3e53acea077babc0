use tfplug::Args;

/// Names that lead nowhere.
#[derive(Args)]
#[args(conflicts(key, tokne), exactly_one_of(key), required_together(key, key), at_least_one_of())]
struct Names {
    /// A key.
    #[attr(conflicts_with(key), requires(id), prefer(token, key_wo))]
    key: Option<String>,
    /// A token.
    #[attr(at_least_sum_of(token), equals_sum_of)]
    token: Option<String>,
    /// A key.
    #[attr(requires(key, key))]
    key_wo: Option<String>,
}

/// Rules in the wrong place.
#[derive(Args)]
#[args(conflicts_with(a, b), requires(a))]
struct Places {
    /// Text.
    #[attr(conflicts(b), exactly_one_of(a, b), also_requires(b), prefer_write_only(b))]
    a: Option<String>,
    /// Text.
    b: Option<String>,
}

fn main() {}
