use tfplug::Computed;

#[derive(Computed)]
struct SiteComputed {
    /// Where it is.
    #[attr(follows(path))]
    url: String,
    /// Its path.
    #[attr(follows(url))]
    path: String,
    /// What follows a circle is not in it.
    #[attr(follows(url))]
    page: String,
    /// Another circle, of three.
    #[attr(follows(name, b))]
    a: String,
    /// On its way.
    #[attr(follows(c))]
    b: String,
    /// On its way.
    #[attr(follows(a, d))]
    c: String,
    /// Another circle, on the way of that one.
    #[attr(follows(e))]
    d: String,
    /// Back.
    #[attr(follows(d))]
    e: String,
}

fn main() {}
