//! Stand-ins for providers of other vendors, as far as the guides need them. The one of AWS has a secret whose value is a
//! write-only argument and ends up in a file, so that the test of the guide can read it. The one for REST keeps its objects in
//! the state and sends nothing. An example only to cargo, which then builds it beside the tests.
#![expect(clippy::unwrap_used, reason = "it is a part of a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tfplug::{
    Args, ById, Computed, ConfigureCx, CreateCx, Cx, Provider, Registry, Resource, Result, State, WriteOnly,
};

/// Names the folder of the values.
const FOLDER: &str = "STAND_IN_FOLDER";

fn main() -> ExitCode {
    match std::env::var("STAND_IN").as_deref() {
        Ok("restapi") => tfplug::serve::<RestApi>(),
        _ => tfplug::serve::<Secrets>(),
    }
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

    fn register(registry: &mut Registry<Self>) {
        registry.resource::<Version>();
    }
}

/// A value of a secret that exists.
#[derive(Args)]
struct Version {
    /// Name of the secret.
    #[attr(replace)]
    secret_id: String,
    /// The value.
    secret_string_wo: Option<WriteOnly<String>>,
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
        let value = self.secret_string_wo.as_ref().and_then(WriteOnly::get).unwrap();
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
        let args = Self { secret_id: id.id.clone(), secret_string_wo: None, secret_string_wo_version };
        Ok(Some(State { args, computed: VersionComputed { id: id.id.clone() } }))
    }

    async fn update(cx: &Cx<'_, Self>, _: &ById, _: &State<Self>, args: &Self) -> Result<VersionComputed> {
        args.write(&cx.client)
    }

    async fn delete(_: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

struct RestApi;

/// Settings, which the stand-in does not use.
#[derive(Args)]
struct RestApiArgs {
    /// Where the objects are.
    uri: Option<String>,
    /// Whether a write answers with the object.
    write_returns_object: Option<bool>,
}

impl Provider for RestApi {
    const ADDRESS: &str = "registry.terraform.io/Mastercard/restapi";
    const VERSION: &str = "0.0.1";
    type Args = RestApiArgs;
    type Client = ();

    async fn configure(_: &ConfigureCx<'_>, args: RestApiArgs) -> Result<()> {
        let _ = (args.uri, args.write_returns_object);
        Ok(())
    }

    fn register(registry: &mut Registry<Self>) {
        registry.resource::<Object>();
    }
}

/// An object.
#[derive(Args, Clone)]
struct Object {
    /// Path of the collection.
    #[attr(replace)]
    path: String,
    /// The object as JSON.
    data: String,
}

/// What the stand-in answers.
#[derive(Computed)]
struct ObjectComputed {
    /// Id.
    #[attr(keep)]
    id: String,
}

impl Resource for Object {
    const NAME: &str = "object";
    type Provider = RestApi;
    type Id = ById;
    type Args = Self;
    type Computed = ObjectComputed;

    async fn create(_: &CreateCx<'_, Self>, _: &Self) -> Result<ObjectComputed> {
        Ok(ObjectComputed { id: "1".to_owned() })
    }

    async fn read(_: &Cx<'_, Self>, _: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(_: &Cx<'_, Self>, id: &ById, _: &State<Self>, _: &Self) -> Result<ObjectComputed> {
        Ok(ObjectComputed { id: id.id.clone() })
    }

    async fn delete(_: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        Err(std::io::Error::other("the guide must not delete the object").into())
    }
}
