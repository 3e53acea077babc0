use tfplug::{Args, Computed, Identity};

/// Generic.
#[derive(Args)]
struct Generic<T> {
    /// Anything.
    value: T,
}

/// A tuple.
#[derive(Args)]
struct Tuple(String);

/// An enum.
#[derive(Computed)]
enum Enum {
    A,
}

/// A union.
#[derive(Identity)]
union Union {
    a: u32,
}

fn main() {}
