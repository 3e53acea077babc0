//! Text that is no normal form C in an answer. Terraform normalises it, so what it hands back is spelled otherwise.

use serde_json::json;
use tfplug::{Args, ByName, Computed, CreateCx, Cx, Resource, Result, State};

use crate::{Hasty, core};

/// `café` as macOS and many keyboards write it.
const DECOMPOSED: &str = "cafe\u{301}";

/// A caption.
#[derive(Args, Clone)]
pub(crate) struct CaptionArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// What it is of.
    pub title: Option<String>,
}

#[derive(Computed)]
pub(crate) struct CaptionComputed {
    /// What stands below.
    #[attr(keep)]
    pub motto: String,
}

pub(crate) struct Caption;

impl Resource for Caption {
    const NAME: &'static str = "caption";
    type Provider = Hasty;
    type Id = ByName;
    type Args = CaptionArgs;
    type Computed = CaptionComputed;

    async fn create(_: &CreateCx<'_, Self>, _: &CaptionArgs) -> Result<CaptionComputed> {
        Ok(CaptionComputed { motto: DECOMPOSED.to_owned() })
    }

    async fn read(cx: &Cx<'_, Self>, id: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        if !cx.client.fails("decomposed") {
            return Ok(prior);
        }
        assert_eq!(id.name, "caf\u{e9}", "as Terraform has it");
        let args = CaptionArgs { name: DECOMPOSED.to_owned(), title: None };
        Ok(Some(State { args, computed: CaptionComputed { motto: DECOMPOSED.to_owned() } }))
    }

    async fn update(
        _: &Cx<'_, Self>,
        _: &ByName,
        _: &State<Self>,
        _: &CaptionArgs,
    ) -> Result<CaptionComputed> {
        Ok(CaptionComputed { motto: DECOMPOSED.to_owned() })
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

/// As Terraform has stored what `create` answered.
const STORED: &str = r#"{"name":"caf\u00e9","title":null,"motto":"caf\u00e9"}"#;

#[tokio::test]
async fn a_kept_value_in_another_normal_form_breaks_no_promise() {
    let (_, core) = core();
    let mut caption = core.resource("hasty_caption");
    caption.upgrade(0, STORED).await;
    caption.try_apply(json!({ "name": "caf\u{e9}", "title": "t" })).await.expect("Terraform takes it");
    assert_eq!(caption.state()["motto"], "caf\u{e9}");
}

#[tokio::test]
async fn an_identity_in_another_normal_form_names_the_same_object() {
    let (desk, core) = core();
    let mut caption = core.resource("hasty_caption");
    caption.upgrade(0, STORED).await;
    desk.fail("decomposed");
    caption.try_refresh().await.expect("the same object");
    assert_eq!(caption.identity(), json!({ "name": "caf\u{e9}" }));
}
