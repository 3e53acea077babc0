include!("fine/demo.in");

/// A site.
#[derive(Args)]
struct SiteArgs {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// Its size.
    size: Option<i64>,
}

#[derive(Computed)]
struct SiteComputed {
    /// Its size.
    #[attr(keep)]
    size: String,
}

demo!(ByName);
