include!("fine/demo.in");

/// A site.
#[derive(Args)]
struct SiteArgs {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// Its size.
    size: i64,
}

#[derive(Computed)]
struct SiteComputed {
    /// Its size.
    #[attr(keep)]
    size: i64,
}

demo!(ByName);
