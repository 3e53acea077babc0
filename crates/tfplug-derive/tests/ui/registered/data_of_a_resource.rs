include!("fine/demo.in");
include!("fine/args.in");

#[derive(Computed)]
struct SiteComputed {
    /// Its owner.
    #[attr(keep)]
    owner: Owner,
}

/// Whoever owns it.
#[derive(Computed)]
#[computed(data)]
struct Owner {
    /// Their name.
    name: String,
}

demo!(ByName);
