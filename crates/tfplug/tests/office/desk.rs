//! A desk: looked into while only part of it is known, replaced only where a person asked for it, kept on request.

use expect_test::expect;
use serde_json::json;
use tfplug::testing::{Core, unknown};
use tfplug::{
    Args, Change, Computed, Config, CreateCx, Cx, Diagnostics, Identity, PlanCx, Resource, Result, State,
    Value,
};

use crate::Office;

/// A drawer.
#[derive(Args, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Drawer {
    /// The lowest shelf.
    pub from: i64,
    /// The highest shelf.
    pub to: i64,
}

/// A desk.
#[derive(Args, Clone)]
pub(crate) struct DeskArgs {
    /// What it is for.
    pub purpose: String,
    /// Where it stands; by default where its purpose wants it.
    #[attr(replace_if_configured)]
    pub room: Option<String>,
    /// Drawers.
    pub drawers: Option<Vec<Drawer>>,
}

#[derive(Computed, Clone)]
pub(crate) struct DeskComputed {
    /// Its number.
    #[attr(keep)]
    pub id: String,
    /// Where it stands.
    #[attr(follows(purpose))]
    pub room: String,
    /// Who sits there, if anybody.
    #[attr(volatile)]
    pub user: Option<String>,
}

/// Names a desk.
#[derive(Identity, Clone, Debug)]
pub(crate) struct ById {
    /// Its number.
    pub id: String,
}

pub(crate) struct Desk;

fn answer(args: &DeskArgs) -> DeskComputed {
    let room = args.room.clone().unwrap_or_else(|| format!("{} room", args.purpose));
    DeskComputed { id: "1".to_owned(), room, user: None }
}

impl Resource for Desk {
    const NAME: &'static str = "desk";
    type Provider = Office;
    type Id = ById;
    type Args = DeskArgs;
    type Computed = DeskComputed;

    fn validate(config: &Config<'_, DeskArgs>, diagnostics: &mut Diagnostics) {
        for drawer in config.each(DeskArgs::DRAWERS) {
            if let (Value::Known(from), Value::Known(to)) = (drawer.get(Drawer::FROM), drawer.get(Drawer::TO))
                && from > to
            {
                diagnostics.error_at(drawer.path(Drawer::TO), "No shelf", format!("{to} is below {from}."));
            }
        }
    }

    async fn plan(_: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        // Nobody moves in because a drawer is added.
        if change.configuration().each(DeskArgs::DRAWERS).len() > 1 {
            change.keep(DeskComputed::USER);
        }
        // Only the object knows by which number and which name a room is one.
        if change.planned(DeskArgs::ROOM) == Value::Known("number 1".to_owned())
            && change.prior(DeskArgs::ROOM) == Value::Known("tea room".to_owned())
        {
            change.keep_spelling(DeskArgs::ROOM);
        }
        Ok(())
    }

    async fn create(_: &CreateCx<'_, Self>, args: &DeskArgs) -> Result<DeskComputed> {
        Ok(answer(args))
    }

    async fn read(_: &Cx<'_, Self>, _: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(_: &Cx<'_, Self>, _: &ById, _: &State<Self>, args: &DeskArgs) -> Result<DeskComputed> {
        Ok(answer(args))
    }

    async fn delete(_: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_is_known_in_a_list_is_looked_at_beside_what_is_not() {
    let desk = Core::new::<Office>().resource("office_desk");
    let drawers =
        |second| json!({ "purpose": "tea", "drawers": [unknown(), second, { "from": unknown(), "to": 0 }] });
    assert!(desk.validate(drawers(json!({ "from": 1, "to": 2 }))).await.is_empty());
    let found = desk.validate(drawers(json!({ "from": 3, "to": 2 }))).await;
    expect![[r#"
        error at drawers[1].to: No shelf
          2 is below 3."#]]
    .assert_eq(&found.to_string());
}

#[tokio::test]
async fn only_what_a_person_moves_is_replaced() {
    let mut desk = Core::new::<Office>().resource("office_desk");
    desk.apply(json!({ "purpose": "tea" })).await;
    let plan = desk.plan(json!({ "purpose": "work" })).await;
    expect!["update: purpose; known after apply: room, user"].assert_eq(&plan.to_string());
    let plan = desk.plan(json!({ "purpose": "tea", "room": "attic" })).await;
    expect!["replace because of room: room; known after apply: id, user"].assert_eq(&plan.to_string());
}

#[tokio::test]
async fn a_value_is_kept_on_request_even_if_it_is_null() {
    let mut desk = Core::new::<Office>().resource("office_desk");
    let drawers = |drawers| json!({ "purpose": "tea", "drawers": drawers });
    let drawer = json!({ "from": 1, "to": 2 });
    let plan = desk.plan(drawers(json!([drawer, drawer]))).await.to_string();
    assert!(plan.contains("user"), "of a new desk nothing is kept: {plan}");
    desk.apply(drawers(json!([]))).await;
    let plan = desk.plan(drawers(json!([drawer]))).await;
    expect!["update: drawers; known after apply: user"].assert_eq(&plan.to_string());
    let two = drawers(json!([drawer, drawer]));
    expect!["update: drawers"].assert_eq(&desk.plan(two.clone()).await.to_string());
    desk.apply(two).await;
    desk.plan_is_empty().await;
}

#[tokio::test]
async fn a_value_that_the_object_knows_to_mean_the_same_stays_as_the_state_spells_it() {
    let mut desk = Core::new::<Office>().resource("office_desk");
    desk.apply(json!({ "purpose": "tea", "room": "tea room" })).await;
    let plan = desk.plan(json!({ "purpose": "tea", "room": "number 1" })).await;
    assert!(plan.is_empty(), "neither a change nor a replacement: {plan}");
    let plan = desk.plan(json!({ "purpose": "tea", "room": "number 2" })).await;
    assert!(plan.to_string().contains("replace"), "{plan}");
    desk.apply(json!({ "purpose": "work", "room": "number 1" })).await;
    assert_eq!(desk.state()["room"], "tea room", "the object changes otherwise");
}
