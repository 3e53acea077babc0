include!("fine/demo.in");

/// A site.
#[derive(Args)]
struct SiteArgs {
    /// Its name.
    #[attr(replace)]
    name: String,
}

#[derive(Computed)]
struct SiteComputed {}

demo!(ByName, {
    const FINDS: bool = true;

    async fn create(_: &CreateCx<'_, Self>, _: &SiteArgs) -> Result<SiteComputed> {
        unimplemented!()
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &SiteArgs) -> Result<SiteComputed> {
        unimplemented!()
    }
});
