include!("fine/demo.in");

/// A site.
#[derive(Args)]
struct SiteArgs {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// Its owner.
    owner: Person,
}

#[derive(Computed)]
struct SiteComputed {
    /// Its owner.
    #[attr(keep)]
    owner: PersonComputed,
}

/// A person.
#[derive(Args)]
struct Person {
    /// Their age.
    age: Option<i64>,
}

#[derive(Computed)]
struct PersonComputed {
    /// Their age.
    #[attr(keep)]
    age: String,
}

demo!(ByName);
