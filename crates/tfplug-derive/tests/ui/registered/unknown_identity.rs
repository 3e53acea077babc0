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
    #[attr(follows(name))]
    url: String,
}

/// Names a site.
#[derive(Clone, Debug, Identity)]
struct ByUrl {
    /// Where it is.
    uri: String,
}

demo!(ByUrl);
