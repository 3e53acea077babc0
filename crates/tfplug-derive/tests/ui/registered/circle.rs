include!("fine/demo.in");
include!("fine/args.in");

#[derive(Computed)]
struct SiteComputed {
    /// Where it is.
    #[attr(follows(path))]
    url: String,
    /// Its path.
    #[attr(follows(url))]
    path: String,
}

demo!(ByName);
