include!("fine/demo.in");

/// A site.
#[derive(Args)]
struct SiteArgs {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// Its owners.
    owners: Option<Vec<String>>,
}

#[derive(Computed)]
struct SiteComputed {
    /// Its owners.
    #[attr(keep)]
    owners: std::collections::BTreeSet<String>,
}

demo!(ByName);
