//! Creates that say less after they have said more. `CreateCx::created`: "from then on no failure loses it".

use serde_json::json;
use tfplug::{Args, ById, Computed, CreateCx, Cx, Error, Resource, Result, State};

use crate::{Hasty, core};

/// A parcel.
#[derive(Args, Clone)]
pub(crate) struct ParcelArgs {
    /// To whom.
    #[attr(replace)]
    pub to: String,
}

#[derive(Computed)]
pub(crate) struct ParcelComputed {
    /// Its number.
    #[attr(keep)]
    pub id: String,
    /// Its weight.
    #[attr(keep)]
    pub weight: Option<i64>,
}

pub(crate) struct Parcel;

fn parcel(to: &str) -> State<Parcel> {
    State {
        args: ParcelArgs { to: to.to_owned() },
        computed: ParcelComputed { id: "p1".to_owned(), weight: Some(7) },
    }
}

impl Resource for Parcel {
    const NAME: &'static str = "parcel";
    type Provider = Hasty;
    type Id = ById;
    type Args = ParcelArgs;
    type Computed = ParcelComputed;

    async fn create(cx: &CreateCx<'_, Self>, args: &ParcelArgs) -> Result<ParcelComputed> {
        let id = ById { id: "p1".to_owned() };
        if cx.client.fails("second request") {
            cx.created(&id);
            // The parcel is there; of the label that was ordered for it no answer came.
            cx.attempted();
        } else {
            cx.checkpoint(&parcel(&args.to));
            cx.created(&id);
        }
        Err(Error::new("Lost", "No answer."))
    }

    async fn read(cx: &Cx<'_, Self>, _: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        cx.client.note("read");
        Ok(prior.or_else(|| Some(parcel("ada"))))
    }

    async fn update(
        _: &Cx<'_, Self>,
        _: &ById,
        _: &State<Self>,
        args: &ParcelArgs,
    ) -> Result<ParcelComputed> {
        Ok(parcel(&args.to).computed)
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, _: &State<Self>) -> Result<()> {
        cx.client.note(format!("delete {}", id.id));
        Ok(())
    }

    const FINDS: bool = true;

    /// Nothing is found by what the arguments say: several parcels may go to one person.
    async fn find(cx: &Cx<'_, Self>, _: &ParcelArgs) -> Result<Option<State<Self>>> {
        cx.client.note("find");
        Ok(None)
    }
}

#[tokio::test]
async fn an_object_that_was_created_is_not_forgotten_over_a_second_request() {
    let (desk, core) = core();
    desk.fail("second request");
    let mut parcel = core.resource("hasty_parcel");
    parcel.try_apply(json!({ "to": "ada" })).await.expect_err("lost");
    assert_eq!(parcel.state()["id"], "p1");
    parcel.refresh().await;
    assert_eq!(desk.calls(), ["read"]);
    parcel.destroy().await;
    assert_eq!(desk.calls().last().map(String::as_str), Some("delete p1"));
}

#[tokio::test]
async fn what_a_checkpoint_has_saved_is_not_taken_back_by_the_identity() {
    let (_, core) = core();
    let mut parcel = core.without_refresh().resource("hasty_parcel");
    parcel.try_apply(json!({ "to": "ada" })).await.expect_err("lost");
    assert_eq!(parcel.state()["weight"], 7);
}
