include!("registered/fine/demo.in");
include!("registered/fine/args.in");

#[derive(Computed)]
struct SiteComputed {
    /// Where it is.
    #[attr(keep)]
    url: String,
}

/// Names a site.
#[derive(Clone, Debug, Identity)]
#[identity(resource = Site)]
struct BySite {
    /// Its name.
    name: String,
    /// Where it is.
    url: String,
    /// Where it was.
    uri: String,
}

demo!(BySite);
