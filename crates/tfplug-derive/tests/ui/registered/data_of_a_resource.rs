include!("fine/demo.in");

/// A site.
#[derive(Args)]
struct SiteArgs {
    /// Its name.
    #[attr(replace)]
    name: String,
}

#[derive(Computed)]
struct SiteComputed {
    /// Its owner.
    #[attr(keep)]
    owner: Owner,
}

/// Whoever owns it.
#[derive(Computed)]
#[computed(data)]
struct Owner {
    /// Their name.
    name: String,
}

demo!(ByName);
