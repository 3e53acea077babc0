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
    async fn create(cx: &CreateCx<'_, Self>, _: &SiteArgs) -> Result<SiteComputed> {
        cx.attempted();
        unimplemented!()
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &SiteArgs) -> Result<SiteComputed> {
        unimplemented!()
    }
});
