use tfplug::{Args, Computed, Identity};

/// What a data source answers.
#[derive(Computed)]
#[computed(data)]
struct Answer {
    /// Nothing to say.
    a: String,
    /// Something said.
    #[attr(keep)]
    b: String,
    /// And so.
    #[attr(follows(a), deprecated = "x")]
    c: String,
}

/// What a resource answers.
#[derive(Computed)]
#[computed(dat)]
struct Other {
    #[attr(keep)]
    a: String,
}

/// What is said.
#[derive(Args)]
#[computed(data)]
struct Said {
    /// A.
    a: String,
}

#[derive(Identity, Clone, Debug)]
#[computed(data)]
struct Named {
    a: String,
}

fn main() {}
