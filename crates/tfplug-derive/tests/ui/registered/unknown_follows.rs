include!("fine/demo.in");
include!("fine/args.in");

#[derive(Computed)]
struct SiteComputed {
    /// Where it is.
    #[attr(follows(nmae))]
    url: String,
}

demo!(ByName);
