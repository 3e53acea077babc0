//! Names and types that do not fit the arguments, found where the struct stands: nothing is registered here.

use tfplug::{Args, Computed};

/// A site.
#[derive(Args)]
struct SiteArgs {
    /// Its name.
    name: String,
    /// Its size.
    size: Option<i64>,
    /// Its owner.
    owner: Option<Owner>,
}

#[derive(Computed)]
#[computed(args = SiteArgs)]
struct SiteComputed {
    /// Its size.
    #[attr(keep)]
    size: String,
    /// Where it is.
    #[attr(follows(nmae, name, path))]
    url: String,
    /// Its path.
    #[attr(follows(name))]
    path: String,
    /// Its owner.
    #[attr(keep)]
    owner: OwnerComputed,
}

/// An owner.
#[derive(Args)]
struct Owner {
    /// Their name.
    name: String,
}

#[derive(Computed)]
#[computed(args = Owner)]
struct OwnerComputed {
    /// Their mail.
    #[attr(follows(mane))]
    mail: String,
}

/// What is looked for.
#[derive(Args)]
struct LookedFor {
    /// Its name.
    name: String,
}

#[derive(Computed)]
#[computed(data, args = LookedFor)]
struct Found {
    /// Its name.
    name: String,
}

fn main() {}
