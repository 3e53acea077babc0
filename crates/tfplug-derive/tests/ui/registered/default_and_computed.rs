include!("fine/demo.in");

/// A site.
#[derive(Args)]
struct SiteArgs {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// Its size.
    #[attr(default = 1)]
    size: i64,
}

#[derive(Computed)]
struct SiteComputed {
    /// Its size.
    #[attr(keep)]
    size: i64,
}

demo!(ByName);
