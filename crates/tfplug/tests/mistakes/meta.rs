//! Defaults where no resource is: in the provider block and in what a module says to the provider.

use serde_json::json;
use tfplug::testing::Core;
use tfplug::{Args, CallCx, Choice, Computed, ConfigureCx, DataSource, Provider, Registry, Result};

struct Modular;

/// Settings.
#[derive(Args)]
struct ModularArgs {
    /// How to try again.
    retry: Option<Retry>,
}

/// How to try again.
#[derive(Args)]
struct Retry {
    /// How often.
    #[attr(default = 3)]
    times: i64,
}

/// What a module says.
#[derive(Args)]
struct ModularMeta {
    /// Who wrote it.
    author: Option<String>,
    /// Where it belongs.
    #[attr(default = Region::Eu)]
    region: Region,
}

#[derive(Choice, Clone, Copy, Debug)]
enum Region {
    Eu,
    Us,
}

impl Provider for Modular {
    const ADDRESS: &'static str = "example.com/demo/modular";
    const VERSION: &'static str = "0.0.0";
    type Args = ModularArgs;
    type Client = i64;

    async fn configure(_: &ConfigureCx<'_>, args: ModularArgs) -> Result<i64> {
        Ok(args.retry.map_or(0, |retry| retry.times))
    }

    fn register(registry: &mut Registry<Self>) {
        registry.data_source::<Seen>().meta::<ModularMeta>();
    }
}

/// What is seen.
#[derive(Args)]
struct NoArgs {}

#[derive(Computed)]
#[computed(data)]
struct SeenComputed {
    /// Who wrote the module.
    author: Option<String>,
    /// How often to try.
    times: i64,
}

struct Seen;

impl DataSource for Seen {
    const NAME: &'static str = "seen";
    type Provider = Modular;
    type Args = NoArgs;
    type Computed = SeenComputed;

    async fn read(cx: &CallCx<'_, Modular>, _: &NoArgs) -> Result<SeenComputed> {
        let author = cx.meta::<ModularMeta>().and_then(|meta| meta.author);
        Ok(SeenComputed { author, times: cx.client })
    }
}

#[tokio::test]
async fn what_a_module_says_is_not_lost_over_what_it_leaves_to_a_default() {
    let core = Core::new::<Modular>().provider_meta(json!({ "author": "ada" }));
    let seen = core.data_source("modular_seen").read(json!({})).await;
    assert_eq!(seen.value()["author"], "ada");
}

#[tokio::test]
async fn what_a_module_says_wrongly_is_an_error() {
    let core = Core::new::<Modular>().provider_meta(json!({ "author": "ada", "region": "mars" }));
    let report = core.data_source("modular_seen").try_read(json!({})).await.expect_err("no region");
    assert!(report.to_string().contains("region"), "{report}");
}

#[tokio::test]
async fn defaults_hold_within_nested_objects_of_the_provider_block() {
    let core = Core::new::<Modular>().config(json!({ "retry": {} }));
    assert_eq!(core.configure().await.to_string(), "");
    let seen = core.data_source("modular_seen").read(json!({})).await;
    assert_eq!(seen.value()["times"], 3);
}
