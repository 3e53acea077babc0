use tfplug::{Args, Choice, Computed, Duration, Sensitive};

#[derive(Clone, Choice)]
enum Size {
    Small,
    Large,
}

/// What is said.
#[derive(Args)]
struct Said {
    /// Negative in a configuration, and unreadable as an answer.
    number: Option<i64>,
    /// No duration in a configuration.
    wait: Option<String>,
    /// Of two choices, where the answer may be anything.
    size: Option<Size>,
    /// In a list.
    list: Option<Vec<u8>>,
    /// In a struct.
    inner: Inner,
    /// Fine.
    token: Option<Sensitive<String>>,
    /// Fine.
    same: Option<Size>,
}

/// What is said within.
#[derive(Args)]
struct Inner {
    /// With a fraction.
    part: Option<f64>,
}

#[derive(Computed)]
#[computed(args = Said)]
struct Answered {
    /// A.
    #[attr(keep)]
    number: u32,
    /// B.
    #[attr(keep)]
    wait: Duration,
    /// C.
    #[attr(keep)]
    size: String,
    /// D.
    #[attr(keep)]
    list: Vec<u16>,
    /// E.
    #[attr(keep)]
    inner: InnerAnswered,
    /// F.
    #[attr(keep)]
    token: String,
    /// G.
    #[attr(keep)]
    same: Size,
}

#[derive(Computed)]
#[computed(args = Inner)]
struct InnerAnswered {
    /// A.
    #[attr(keep)]
    part: i64,
}

/// What is looked up.
#[derive(Args)]
struct Query {
    /// Fine for a data source, of which nothing is read back.
    size: Option<i64>,
}

#[derive(Computed)]
#[computed(data, args = Query)]
struct Found {
    /// A.
    size: u32,
}

fn main() {}
