//! What the compiler has nothing against, unlike the cases one folder up.

include!("demo.in");

/// A site.
#[derive(Args)]
struct SiteArgs {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// Its size.
    size: Option<i64>,
    /// Its owner.
    owner: Person,
}

/// A person.
#[derive(Args)]
struct Person {
    /// How to reach them.
    mail: Option<String>,
}

#[derive(Computed)]
struct SiteComputed {
    /// Its size.
    #[attr(keep)]
    size: i64,
    /// Where it is.
    #[attr(follows(name, size))]
    url: String,
    /// Its owner.
    #[attr(keep)]
    owner: PersonComputed,
}

#[derive(Computed)]
struct PersonComputed {
    /// How to reach them.
    #[attr(keep)]
    mail: String,
}

demo!(ByName);
