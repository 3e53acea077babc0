//! The provider under test.

mod cloud;
mod liar;
mod thing;

use tfplug::types::Sensitive;
use tfplug::{Args, ConfigureCx, Objects, Provider, Result};

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
        cloud.step("configure", None).await?;
        if cx.terraform_version().starts_with("0.") {
            cx.warn("Old Terraform", "It may not work.");
        }
        cloud.key = args.key.map(|key| key.expose().clone());
        Ok(cloud)
    }

    fn advise(error: &(dyn std::error::Error + 'static)) -> Option<String> {
        let refused = matches!(error.downcast_ref(), Some(cloud::Failure::Refused { .. }));
        refused.then(|| "Ask the owner of the cloud.".to_owned())
    }

    fn register(objects: &mut Objects<Self>) {
        objects.resource::<thing::Thing>();
        objects.resource::<liar::Liar>();
    }
}
