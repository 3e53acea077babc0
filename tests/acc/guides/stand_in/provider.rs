//! A stand-in for a provider of secrets: it has one resource of AWS, as far as a guide needs it. Its value is a write-only
//! argument and ends up in a file, so that the test of the guide can read it. An example only to cargo, which then builds
//! it beside the tests.
#![expect(clippy::unwrap_used, reason = "it is a part of a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tfplug::{
    Args, ById, Computed, ConfigureCx, CreateCx, Cx, Objects, Provider, Resource, Result, State, WriteOnly,
};

/// Names the folder of the values.
const FOLDER: &str = "STAND_IN_FOLDER";

fn main() -> ExitCode {
    tfplug::serve::<Secrets>()
}

struct Secrets;

impl Provider for Secrets {
    const ADDRESS: &str = "registry.terraform.io/hashicorp/aws";
    const VERSION: &str = "0.0.1";
    type Args = ();
    type Client = PathBuf;

    async fn configure(cx: &ConfigureCx<'_>, (): ()) -> Result<PathBuf> {
        Ok(cx.env(FOLDER).unwrap().into())
    }

    fn register(objects: &mut Objects<Self>) {
        objects.resource::<Version>();
    }
}

/// A value of a secret that exists.
#[derive(Args)]
struct Version {
    /// Name of the secret.
    #[attr(replace)]
    secret_id: String,
    /// The value.
    secret_string_wo: WriteOnly<String>,
    /// Changed when the value is to be written again.
    secret_string_wo_version: Option<i64>,
}

/// What the stand-in answers.
#[derive(Computed)]
struct VersionComputed {
    /// Name of the secret.
    #[attr(keep)]
    id: String,
}

impl Version {
    fn write(&self, folder: &Path) -> Result<VersionComputed> {
        let value = self.secret_string_wo.get().unwrap();
        fs::write(folder.join(&self.secret_id), value)?;
        Ok(VersionComputed { id: self.secret_id.clone() })
    }
}

impl Resource for Version {
    const NAME: &str = "secretsmanager_secret_version";
    type Provider = Secrets;
    type Id = ById;
    type Args = Self;
    type Computed = VersionComputed;

    async fn create(cx: &CreateCx<'_, Self>, args: &Self) -> Result<VersionComputed> {
        args.write(&cx.client)
    }

    async fn read(_: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let secret_string_wo_version = prior.and_then(|prior| prior.args.secret_string_wo_version);
        let args = Self {
            secret_id: id.id.clone(),
            secret_string_wo: WriteOnly::default(),
            secret_string_wo_version,
        };
        Ok(Some(State { args, computed: VersionComputed { id: id.id.clone() } }))
    }

    async fn update(cx: &Cx<'_, Self>, _: &ById, _: &State<Self>, args: &Self) -> Result<VersionComputed> {
        args.write(&cx.client)
    }

    async fn delete(_: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}
