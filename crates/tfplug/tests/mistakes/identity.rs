//! Creates that say of which object they are, and fail.

use expect_test::expect;
use serde::Deserialize;
use serde_json::json;
use tfplug::{
    Args, ById, ByName, Computed, CreateCx, Cx, Error, PlanCx, Resource, Result, State, Text, Upgrades,
};

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
#[args(version = 1)]
pub(crate) struct NumberedArgs {
    /// What it says.
    pub text: String,
}

#[derive(Computed)]
pub(crate) struct NumberedComputed {
    /// Its number.
    #[attr(keep)]
    pub id: Tag,
    /// What is stamped on it.
    #[attr(keep)]
    pub stamp: String,
}

fn stamped(id: &Tag) -> NumberedComputed {
    NumberedComputed { id: id.clone(), stamp: format!("stamp of {}", id.0) }
}

/// A number, as text; the case of letters means nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tag(String);

impl Text for Tag {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Tag(text.to_owned()))
    }

    fn text(&self) -> std::borrow::Cow<'_, str> {
        self.0.as_str().into()
    }

    fn same(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl From<&str> for Tag {
    fn from(text: &str) -> Self {
        Tag(text.to_owned())
    }
}

/// What version 0 has of one.
#[derive(Deserialize)]
struct OldNumbered {
    number: String,
    text: String,
}

pub(crate) struct Numbered;

impl Resource for Numbered {
    const NAME: &'static str = "numbered";
    type Provider = Hasty;
    type Id = ById<Tag>;
    type Args = NumberedArgs;
    type Computed = NumberedComputed;

    /// Tells of object 1, and then of another one or of none.
    async fn create(cx: &CreateCx<'_, Self>, args: &NumberedArgs) -> Result<NumberedComputed> {
        let of = |id: &str| stamped(&id.into());
        let desk: &Desk = &cx.client;
        if !desk.fails("placeholder") {
            cx.created(&ById { id: "1".into() });
        }
        if desk.fails("not created") {
            cx.not_created();
        }
        if desk.fails("steady") {
            cx.checkpoint(&State { args: args.clone(), computed: of("1") });
        } else if !desk.fails("no checkpoint") {
            cx.checkpoint(&State { args: args.clone(), computed: of("7") });
        }
        if desk.fails("half way") {
            return Err(Error::new("Failed", "Half way."));
        }
        Ok(of("7"))
    }

    async fn read(
        cx: &Cx<'_, Self>,
        id: &ById<Tag>,
        prior: Option<State<Self>>,
    ) -> Result<Option<State<Self>>> {
        cx.client.note(format!("read {}", id.id.0));
        let computed = prior.as_ref().map_or_else(
            || stamped(&id.id),
            |prior| NumberedComputed { id: id.id.clone(), stamp: prior.computed.stamp.clone() },
        );
        let args = prior.map_or(NumberedArgs { text: "read".into() }, |prior| prior.args);
        Ok(Some(State { args, computed }))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ById<Tag>,
        prior: &State<Self>,
        _: &NumberedArgs,
    ) -> Result<NumberedComputed> {
        cx.client.note(format!("update {}", id.id.0));
        Ok(stamped(&prior.computed.id))
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById<Tag>, _: &State<Self>) -> Result<()> {
        cx.client.note(format!("delete {}", id.id.0));
        Ok(())
    }

    fn upgrades() -> Upgrades<Self> {
        Upgrades::none().from(0, |old: OldNumbered| {
            let args = NumberedArgs { text: old.text };
            Ok(State { args, computed: stamped(&old.number.as_str().into()) })
        })
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
    // What the checkpoint said is of the other object.
    assert_eq!(
        (object.state(), object.identity()),
        (json!({ "id": "1", "stamp": null, "text": "x" }), json!({ "id": "1" }))
    );
    assert!(object.is_tainted());
    object.try_refresh().await.expect("read without a prior state");
    assert_eq!(object.state(), json!({ "id": "1", "stamp": "stamp of 1", "text": "read" }));
    assert_eq!(desk.calls(), ["read 1"]);
}

#[tokio::test]
async fn an_answer_is_held_against_what_was_created_despite_a_checkpoint() {
    let (_, core) = core();
    let mut object = core.resource("hasty_numbered");
    let report = object.try_apply(json!({ "text": "x" })).await.expect_err("a bug").to_string();
    assert!(report.contains("it told that id is \"1\", but it is \"7\""), "{report}");
}

/// Otherwise the object that exists would be forgotten, and the next apply would make a second one.
#[tokio::test]
async fn an_answer_does_not_rename_what_was_created() {
    for fault in ["no checkpoint", "steady", "checkpoint of another"] {
        let (desk, core) = core();
        desk.fail(fault);
        let mut object = core.resource("hasty_numbered");
        object.try_apply(json!({ "text": "x" })).await.expect_err("a bug");
        let stamp = if fault == "steady" { json!("stamp of 1") } else { json!(null) };
        assert_eq!(
            (object.state(), object.identity()),
            (json!({ "id": "1", "stamp": stamp, "text": "x" }), json!({ "id": "1" })),
            "{fault}"
        );
        assert!(object.is_tainted(), "{fault}");
        object.try_refresh().await.expect("read");
        object.destroy().await;
        assert_eq!(desk.calls(), ["read 1", "read 1", "delete 1"], "{fault}");
    }
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

/// The provider would otherwise read, change and delete somebody else's object.
#[tokio::test]
async fn a_state_that_an_upgrade_gives_to_another_object_is_an_error_of_every_call() {
    let (desk, core) = core();
    desk.fail("placeholder");
    desk.fail("no checkpoint");
    let mut object = core.resource("hasty_numbered");
    object.apply(json!({ "text": "x" })).await;
    let stored = json!({ "id": "7", "stamp": "stamp of 7", "text": "x" });
    object.upgrade(0, r#"{"number":"8","text":"x"}"#).await;

    let report = object.try_refresh().await.expect_err("another object");
    expect![[r#"
        error at id: The state names another object
          id of hasty_numbered is "8" in its state, and "7" in the identity that Terraform keeps beside the state. So nothing tells which object is meant, and none was read or changed.

          If the provider was upgraded, or the object moved, it probably converted the state wrongly, which is a bug: go back to the version that wrote the state, and report this. Otherwise remove the object from the state with `terraform state rm`, and import the one that you mean."#]].assert_eq(&report.to_string());
    object.set_core(&core.without_refresh());
    for report in [
        object.try_apply(json!({ "text": "y" })).await.map(drop).expect_err("another object"),
        object.try_destroy().await.map(drop).expect_err("another object"),
    ] {
        assert!(report.to_string().starts_with("error at id: The state names another object"), "{report}");
    }
    assert_eq!(desk.calls(), [""; 0]);
    assert_eq!((object.state()["id"].clone(), object.identity()), (json!("8"), json!({ "id": "7" })));

    // What was right stays right, in another spelling as well.
    object.upgrade(0, r#"{"number":"7","text":"x"}"#).await;
    assert_eq!(object.state(), stored);
    object.apply(json!({ "text": "y" })).await;
    assert_eq!(desk.calls(), ["update 7"]);
}

#[tokio::test]
async fn another_spelling_of_the_identity_names_no_other_object() {
    for identity in [Some(r#"{"id":"AB"}"#), None] {
        let (desk, core) = core();
        let mut object = core.resource("hasty_numbered");
        object.upgrade(0, r#"{"number":"ab","text":"x"}"#).await;
        if let Some(identity) = identity {
            object.set_identity(0, identity);
        }
        object.try_refresh().await.expect("the same object");
        object.apply(json!({ "text": "y" })).await;
        object.destroy().await;
        assert_eq!(desk.calls(), ["read ab", "read ab", "update ab", "read ab", "delete ab"], "{identity:?}");
    }
}
