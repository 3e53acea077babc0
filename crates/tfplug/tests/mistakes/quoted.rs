//! Errors of types quote values; of a secret they must not.

use serde_json::json;
use tfplug::types::{Sensitive, Uuid};
use tfplug::{Args, ByName, Computed, CreateCx, Cx, Resource, Result, State};

use crate::{Hasty, core};

/// A safe.
#[derive(Args)]
pub(crate) struct SafeArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// What opens it. An earlier version of the provider took any text.
    pub key: Option<Sensitive<Uuid>>,
}

#[derive(Computed)]
pub(crate) struct SafeComputed {}

pub(crate) struct Safe;

impl Resource for Safe {
    const NAME: &'static str = "safe";
    type Provider = Hasty;
    type Id = ByName;
    type Args = SafeArgs;
    type Computed = SafeComputed;

    async fn create(_: &CreateCx<'_, Self>, _: &SafeArgs) -> Result<SafeComputed> {
        Ok(SafeComputed {})
    }

    async fn read(_: &Cx<'_, Self>, _: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &SafeArgs) -> Result<SafeComputed> {
        Ok(SafeComputed {})
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

/// The error of the type quotes the first 60 characters, in which no masker finds the whole.
#[tokio::test]
async fn a_stored_secret_that_its_type_refuses_is_not_quoted() {
    let (_, core) = core();
    let mut safe = core.resource("hasty_safe");
    let key = "0123456789abcdef".repeat(5);
    let stored = json!({ "name": "n", "key": key }).to_string();
    safe.upgrade(0, stored).await;
    let report = safe.try_refresh().await.expect_err("no UUID").to_string();
    assert!(!report.contains("0123456789abcdef"), "{report}");
}
