use tfplug::Computed;

#[derive(Computed)]
struct GroupComputed {
    /// Nothing said.
    a: String,
    /// Only something else said.
    #[attr(deprecated = "x")]
    b: String,
    /// Too much said.
    #[attr(keep, volatile)]
    c: String,
    #[attr(follows(a), keep, volatile)]
    d: String,
    /// Nonsense said.
    #[attr(follows(e, a, a))]
    e: String,
}

fn main() {}
