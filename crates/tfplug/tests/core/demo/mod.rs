//! The provider under test.

mod brittle;
mod cloud;
mod forgery;
mod liar;
mod list;
mod pass;
mod poke;
mod summary;
mod thing;
mod words;

use tfplug::types::Sensitive;
use tfplug::{Args, Config, ConfigureCx, Diagnostics, Provider, Registry, Result};

pub(crate) use cloud::{Cloud, Fault};
pub(crate) use thing::{Email, Size};

/// A provider over a cloud in memory.
pub(crate) struct Demo;

/// Where the cloud is.
#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Address of the cloud.
    #[attr(env = "DEMO_CLOUD")]
    pub cloud: Option<String>,
    /// Key to the cloud.
    #[attr(env = "DEMO_KEY")]
    pub key: Option<Sensitive<String>>,
}

/// What modules may say about themselves.
#[derive(Args)]
pub(crate) struct DemoMeta {
    /// Who wrote the module.
    pub author: Option<String>,
}

impl Provider for Demo {
    const NAME: &'static str = "demo";
    const ADDRESS: &'static str = "example.com/demo/demo";
    const VERSION: &'static str = "0.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];
    type Args = DemoArgs;
    type Client = Cloud;

    async fn configure(cx: &ConfigureCx<'_>, args: DemoArgs) -> Result<Cloud> {
        let Some(address) = args.cloud else {
            return Err(tfplug::Error::new("No cloud", "Set `cloud` or DEMO_CLOUD.").at(DemoArgs::CLOUD));
        };
        let mut cloud = Cloud::at(&address)?;
        if args.key.as_ref().is_some_and(|key| key.expose() == "lapsed") {
            let session = "session-of-the-lapsed";
            cx.mask(session);
            return Err(tfplug::Error::new(
                "The key is of no use",
                format!("Its last session was {session}."),
            ));
        }
        cloud.step("configure", None).await?;
        if cx.terraform_version().starts_with("0.") {
            cx.warning("Old Terraform", "It may not work.");
        }
        cloud.key = args.key.map(|key| key.expose().clone());
        Ok(cloud)
    }

    fn scope(client: &Cloud, _: tokio::time::Instant, _: &tokio_util::sync::CancellationToken) -> Cloud {
        client.pass("scope");
        client.clone()
    }

    fn remark(client: &Cloud) -> Option<tfplug::Diagnostic> {
        client.pass("remark");
        None
    }

    fn finish(client: &Cloud) {
        client.pass("finish");
    }

    fn validate(config: &Config<'_, DemoArgs>, _: &mut Diagnostics) {
        if config.get(DemoArgs::CLOUD).known().is_some_and(|cloud| cloud == "panic") {
            panic!("no idea how to validate");
        }
    }

    fn advise(error: &(dyn std::error::Error + 'static)) -> Option<String> {
        if matches!(error.downcast_ref(), Some(cloud::Failure::Confusing { .. })) {
            panic!("no advice");
        }
        let refused = matches!(error.downcast_ref(), Some(cloud::Failure::Refused { .. }));
        refused.then(|| "Ask the owner of the cloud.".to_owned())
    }

    fn register(registry: &mut Registry<Self>) {
        registry
            .resource::<thing::Thing>()
            .resource::<brittle::Brittle>()
            .resource::<liar::Liar>()
            .list_resource::<thing::Thing>()
            .data_source::<summary::Summary>()
            .ephemeral_resource::<pass::Pass>()
            .ephemeral_resource::<forgery::Forgery>()
            .action::<poke::Poke>()
            .function::<words::Join>()
            .function::<words::Longest>()
            .function::<words::Fresh>()
            .meta::<DemoMeta>();
    }
}
