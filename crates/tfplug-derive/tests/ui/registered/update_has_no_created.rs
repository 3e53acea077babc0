include!("fine/demo.in");
include!("fine/args.in");
include!("fine/no_answer.in");

demo!(ByName, {
    async fn create(_: &CreateCx<'_, Self>, _: &SiteArgs) -> Result<SiteComputed> {
        unimplemented!()
    }

    async fn update(cx: &Cx<'_, Self>, id: &ByName, _: &State<Self>, _: &SiteArgs) -> Result<SiteComputed> {
        cx.created(id);
        unimplemented!()
    }
});
