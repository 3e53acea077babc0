include!("fine/demo.in");
include!("fine/args.in");
include!("fine/no_answer.in");

demo!(ByName, {
    async fn create(cx: &CreateCx<'_, Self>, _: &SiteArgs) -> Result<SiteComputed> {
        cx.attempted();
        unimplemented!()
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &SiteArgs) -> Result<SiteComputed> {
        unimplemented!()
    }
});
