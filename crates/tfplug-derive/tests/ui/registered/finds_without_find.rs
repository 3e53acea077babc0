include!("fine/demo.in");
include!("fine/args.in");
include!("fine/no_answer.in");

demo!(ByName, {
    const FINDS: bool = true;

    async fn create(_: &CreateCx<'_, Self>, _: &SiteArgs) -> Result<SiteComputed> {
        unimplemented!()
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &SiteArgs) -> Result<SiteComputed> {
        unimplemented!()
    }
});
