//! Creates that say of which object they are, and fail.

use expect_test::expect;
use serde_json::json;
use tfplug::{Args, ById, ByName, Computed, CreateCx, Cx, Error, PlanCx, Resource, Result, State};

use crate::{Desk, Hasty, core};

/// Something named by an argument.
#[derive(Args)]
pub(crate) struct NamedArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
}

#[derive(Computed)]
pub(crate) struct NamedComputed {
    /// Its version.
    #[attr(keep)]
    pub etag: Option<String>,
}

pub(crate) struct Named;

fn named(name: &str, etag: &str) -> State<Named> {
    State {
        args: NamedArgs { name: name.to_owned() },
        computed: NamedComputed { etag: Some(etag.to_owned()) },
    }
}

impl Resource for Named {
    const NAME: &'static str = "named";
    type Provider = Hasty;
    type Id = ByName;
    type Args = NamedArgs;
    type Computed = NamedComputed;

    /// The answer never comes.
    async fn create(cx: &CreateCx<'_, Self>, _: &NamedArgs) -> Result<NamedComputed> {
        cx.attempted();
        Err(Error::new("Lost", "No answer."))
    }

    /// Somebody else has made one of that name.
    async fn read(cx: &Cx<'_, Self>, id: &ByName, _: Option<State<Self>>) -> Result<Option<State<Self>>> {
        cx.client.note("read");
        Ok(Some(named(&id.name, "foreign")))
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &NamedArgs) -> Result<NamedComputed> {
        Ok(NamedComputed { etag: None })
    }

    async fn delete(cx: &Cx<'_, Self>, _: &ByName, prior: &State<Self>) -> Result<()> {
        cx.client.note(format!("delete {:?}", prior.computed.etag));
        Ok(())
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, _: &State<Self>) -> Result<()> {
        cx.client.iter().for_each(|desk| desk.note("plan_delete"));
        Ok(())
    }

    async fn plan_delete_unclear(cx: &PlanCx<'_, Self>, _: &NamedArgs) -> Result<()> {
        cx.client.iter().for_each(|desk| desk.note("plan_delete_unclear"));
        Ok(())
    }

    const FINDS: bool = true;

    async fn find(cx: &Cx<'_, Self>, args: &NamedArgs) -> Result<Option<State<Self>>> {
        cx.client.note("find");
        Ok(cx.client.fails("ours").then(|| named(&args.name, "ours")))
    }
}

#[tokio::test]
async fn what_was_attempted_is_found_and_not_read_though_its_arguments_name_it() {
    let (desk, core) = core();
    let mut object = core.resource("hasty_named");
    object.try_apply(json!({ "name": "n" })).await.expect_err("lost");
    object.try_refresh().await.expect("found out");
    assert_eq!((desk.calls(), object.state()), (vec!["find".to_owned()], json!(null)));

    // Once found it is read like any other.
    desk.fail("ours");
    object.try_apply(json!({ "name": "n" })).await.expect_err("lost");
    object.try_refresh().await.expect("found");
    assert_eq!((desk.calls(), &object.state()["etag"]), (vec!["find".to_owned()], &json!("ours")));
    object.try_refresh().await.expect("read");
    assert_eq!(desk.calls(), ["read"]);
}

#[tokio::test]
async fn what_was_attempted_is_found_before_it_is_deleted() {
    let plan = "plan_delete_unclear";
    for (fault, calls) in [("", &[plan, "find"][..]), ("ours", &[plan, "find", "delete Some(\"ours\")"])] {
        let (desk, core) = core();
        let mut object = core.without_refresh().resource("hasty_named");
        object.try_apply(json!({ "name": "n" })).await.expect_err("lost");
        desk.fail(fault);
        object.destroy().await;
        assert_eq!(desk.calls(), calls, "{fault:?}");
    }
}

/// Something with a number.
#[derive(Args, Clone)]
pub(crate) struct NumberedArgs {
    /// What it says.
    pub text: String,
}

#[derive(Computed)]
pub(crate) struct NumberedComputed {
    /// Its number.
    #[attr(keep)]
    pub id: String,
}

pub(crate) struct Numbered;

impl Resource for Numbered {
    const NAME: &'static str = "numbered";
    type Provider = Hasty;
    type Id = ById;
    type Args = NumberedArgs;
    type Computed = NumberedComputed;

    /// Tells of object 1, and then of another one or of none.
    async fn create(cx: &CreateCx<'_, Self>, args: &NumberedArgs) -> Result<NumberedComputed> {
        let of = |id: &str| NumberedComputed { id: id.to_owned() };
        let desk: &Desk = &cx.client;
        if !desk.fails("placeholder") {
            cx.created(&ById { id: "1".into() });
        }
        if desk.fails("not created") {
            cx.not_created();
        }
        cx.checkpoint(&State { args: args.clone(), computed: of("7") });
        if desk.fails("half way") {
            return Err(Error::new("Failed", "Half way."));
        }
        Ok(of("7"))
    }

    async fn read(_: &Cx<'_, Self>, _: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(
        _: &Cx<'_, Self>,
        _: &ById,
        prior: &State<Self>,
        _: &NumberedArgs,
    ) -> Result<NumberedComputed> {
        Ok(NumberedComputed { id: prior.computed.id.clone() })
    }

    async fn delete(_: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_checkpoint_does_not_rename_what_was_created() {
    let (desk, core) = core();
    desk.fail("half way");
    let mut object = core.resource("hasty_numbered");
    let report = object.try_apply(json!({ "text": "x" })).await.expect_err("two errors");
    expect![[r#"
        error: Failed
          Half way.
        error at id: The provider has a bug: it told of another object
          While it created hasty_numbered it told that id is "1", but then that it is "7".

          Please report this with the configuration of the object."#]]
    .assert_eq(&report.to_string());
    assert_eq!(
        (object.state(), object.identity()),
        (json!({ "id": "1", "text": "x" }), json!({ "id": "1" }))
    );
    assert!(object.is_tainted());
}

#[tokio::test]
async fn an_answer_is_held_against_what_was_created_despite_a_checkpoint() {
    let (_, core) = core();
    let mut object = core.resource("hasty_numbered");
    let report = object.try_apply(json!({ "text": "x" })).await.expect_err("a bug").to_string();
    assert!(report.contains("it told that id is \"1\", but it is \"7\""), "{report}");
}

/// So a checkpoint may hold a placeholder while nothing was created yet.
#[tokio::test]
async fn a_checkpoint_alone_binds_nobody() {
    for fault in ["placeholder", "not created"] {
        let (desk, core) = core();
        desk.fail(fault);
        let mut object = core.resource("hasty_numbered");
        object.apply(json!({ "text": "x" })).await;
        assert_eq!(object.state()["id"], "7");
    }
}
