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
    async fn create(_: &CreateCx<'_, Self>, _: &SiteArgs) -> Result<SiteComputed> {
        unimplemented!()
    }

    async fn update(cx: &Cx<'_, Self>, id: &ByName, _: &State<Self>, _: &SiteArgs) -> Result<SiteComputed> {
        cx.created(id);
        unimplemented!()
    }
});
