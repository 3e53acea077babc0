//! A provider whose jobs go as they are told: well, wrong, with a panic, or on until somebody ends them.

use std::sync::Arc;

use tfplug::{
    Action, ActionCx, Args, CallCx, Computed, ConfigureCx, CreateCx, Cx, DataSource, EphemeralResource,
    Error, Function, FunctionError, Identity, Moves, Opened, Provider, Registry, Resource, Result, State,
    Upgrades,
};
use tokio::sync::Semaphore;

pub(crate) struct Workshop;

/// The workshop.
#[derive(Args)]
pub(crate) struct WorkshopArgs {}

/// What holds slow jobs up until one opens it.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Semaphore>);

impl Gate {
    /// Does what a job is told; where there is nothing to wait for, at once.
    async fn work(&self, what: &str) -> Result<()> {
        match what.split('-').next().unwrap_or_default() {
            "fail" => Err(Error::new("The job failed", format!("It was told {what}."))),
            "panic" => panic!("told {what}"),
            "slow" => {
                tracing::info!(target: "process", "slow");
                drop(self.0.acquire().await?);
                Ok(())
            }
            "open" => {
                self.0.add_permits(1);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Provider for Workshop {
    const NAME: &'static str = "workshop";
    const ADDRESS: &'static str = "registry.terraform.io/example/workshop";
    const VERSION: &'static str = "0.1.0";
    const LOG_TARGETS: &'static [&'static str] = &["process"];
    type Args = WorkshopArgs;
    type Client = Gate;

    async fn configure(_: &ConfigureCx<'_>, _: WorkshopArgs) -> Result<Gate> {
        Ok(Gate(Arc::new(Semaphore::new(0))))
    }

    fn register(registry: &mut Registry<Self>) {
        registry
            .resource::<Job>()
            .data_source::<Look>()
            .ephemeral_resource::<Key>()
            .function::<Echo>()
            .action::<Ring>();
    }
}

/// A job.
#[derive(Args)]
#[args(version = 1)]
pub(crate) struct JobArgs {
    /// How it goes.
    told: String,
}

/// What became of it.
#[derive(Computed)]
pub(crate) struct JobComputed {
    /// Names the job.
    #[attr(keep)]
    id: String,
}

/// Names a job.
#[derive(Clone, Debug, Identity)]
pub(crate) struct JobId {
    /// Its name.
    id: String,
}

pub(crate) struct Job;

impl Resource for Job {
    const NAME: &'static str = "job";
    type Provider = Workshop;
    type Id = JobId;
    type Args = JobArgs;
    type Computed = JobComputed;

    async fn create(cx: &CreateCx<'_, Self>, args: &JobArgs) -> Result<JobComputed> {
        let id = format!("job-{}", args.told);
        if args.told.starts_with("hang") {
            cx.created(&JobId { id: id.clone() });
            tracing::info!(target: "process", "hanging");
            cx.cancelled().cancelled().await;
            return Err(Error::new("The job was ended", "Somebody asked to stop."));
        }
        if args.told == "deaf" {
            tracing::info!(target: "process", "hanging");
            std::future::pending::<()>().await;
        }
        cx.client.work(&args.told).await?;
        Ok(JobComputed { id })
    }

    async fn read(cx: &Cx<'_, Self>, id: &JobId, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        if let Some(prior) = &prior {
            cx.client.work(&prior.args.told).await?;
        }
        Ok(Some(State {
            args: prior.map_or(JobArgs { told: String::new() }, |prior| prior.args),
            computed: JobComputed { id: id.id.clone() },
        }))
    }

    async fn update(_: &Cx<'_, Self>, id: &JobId, _: &State<Self>, _: &JobArgs) -> Result<JobComputed> {
        Ok(JobComputed { id: id.id.clone() })
    }

    async fn delete(cx: &Cx<'_, Self>, _: &JobId, prior: &State<Self>) -> Result<()> {
        cx.client.work(&prior.args.told).await
    }

    fn upgrades() -> Upgrades<Self> {
        Upgrades::none().from(0, |old: Old| old.into_job())
    }

    fn moves() -> Moves<Self> {
        Moves::none().from("example/other", "other_job", 0, |old: Old| old.into_job())
    }
}

/// A job as version 0, or another provider, stores it: with a key that the current schema does not have.
#[derive(serde::Deserialize)]
struct Old {
    told: String,
    key: String,
}

impl Old {
    fn into_job(self) -> Result<State<Job>> {
        let Old { told, key } = self;
        tracing::info!(target: "process", key, "read {told} and {key}");
        if told == "panic" {
            panic!("no idea what to do with {key}");
        }
        Ok(State { args: JobArgs { told }, computed: JobComputed { id: "job-1".to_owned() } })
    }
}

/// Looks at a job.
#[derive(Args)]
pub(crate) struct LookArgs {
    /// How that goes.
    told: String,
}

/// What was seen.
#[derive(Computed)]
#[computed(data)]
pub(crate) struct LookComputed {
    /// What was told.
    seen: String,
}

pub(crate) struct Look;

impl DataSource for Look {
    const NAME: &'static str = "look";
    type Provider = Workshop;
    type Args = LookArgs;
    type Computed = LookComputed;

    async fn read(cx: &CallCx<'_, Workshop>, args: &LookArgs) -> Result<LookComputed> {
        if args.told == "mint" {
            let token = "token-of-the-look";
            cx.mask(token);
            tracing::info!(target: "process", token, "minted {token}");
        }
        cx.client.work(&args.told).await?;
        Ok(LookComputed { seen: args.told.clone() })
    }
}

/// A key.
#[derive(Args)]
pub(crate) struct KeyArgs {
    /// How its closing goes.
    told: String,
}

/// What it gives.
#[derive(Computed)]
#[computed(data)]
pub(crate) struct KeyComputed {
    /// What was told.
    seen: String,
}

pub(crate) struct Key;

impl EphemeralResource for Key {
    const NAME: &'static str = "key";
    type Provider = Workshop;
    type Args = KeyArgs;
    type Computed = KeyComputed;
    type Handle = String;

    async fn open(_: &CallCx<'_, Workshop>, args: &KeyArgs) -> Result<Opened<Self>> {
        let told = args.told.clone();
        Ok(Opened { computed: KeyComputed { seen: told.clone() }, handle: told, renew_after: None })
    }

    async fn close(cx: &CallCx<'_, Workshop>, told: String) -> Result<()> {
        if cx.cancelled().is_cancelled() {
            return Err(Error::new("The key stays open", "Somebody asked to stop."));
        }
        if told == "hang" {
            std::future::pending::<()>().await;
        }
        cx.client.work(&told).await?;
        tracing::info!(target: "process", "closed {told}");
        Ok(())
    }
}

/// Says it again.
#[derive(Args)]
pub(crate) struct EchoArgs {
    /// What to say.
    told: String,
}

pub(crate) struct Echo;

impl Function for Echo {
    const NAME: &'static str = "echo";
    const SUMMARY: &'static str = "The same text";
    type Provider = Workshop;
    type Args = EchoArgs;
    type Output = String;

    fn call(args: EchoArgs) -> Result<String, FunctionError> {
        match args.told.as_str() {
            told if told.starts_with("panic") => panic!("told {told}"),
            told if told.starts_with("fail") => Err(FunctionError::new(format!("It was told {told}."))),
            _ => Ok(args.told),
        }
    }
}

/// Rings.
#[derive(Args)]
pub(crate) struct RingArgs {
    /// How that goes.
    told: String,
}

pub(crate) struct Ring;

impl Action for Ring {
    const NAME: &'static str = "ring";
    type Provider = Workshop;
    type Args = RingArgs;

    async fn invoke(cx: &ActionCx<'_, Workshop>, args: &RingArgs) -> Result<()> {
        cx.progress(format!("ringing {}", args.told)).await;
        cx.client.work(&args.told).await
    }
}
