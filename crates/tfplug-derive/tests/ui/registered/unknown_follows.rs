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
    /// Where it is.
    #[attr(follows(nmae))]
    url: String,
}

demo!(ByName);
