include!("fine/demo.in");
include!("fine/args.in");

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
