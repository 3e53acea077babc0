//! Terraform's side of the protocol, played in process, so that a provider test takes milliseconds.
//!
//! [`Core`] holds the provider's settings and gives what a configuration may contain: [`Instance`], one object of a managed
//! resource with its state; [`DataBlock`], [`EphemeralBlock`], [`ListBlock`] and [`ActionBlock`]; and [`Function`]. Their
//! calls (`plan`, `apply`, `read`, `open`, `query`, `invoke`, …) go through the same messages and the same service as
//! those of the real Terraform, in its order, and every answer is held against its rules: a breach is an error with
//! Terraform's own summary ("Provider produced invalid plan"). The state is stored as JSON between calls and upgraded at
//! each, as Terraform does it.
//!
//! Calls come in pairs: `apply` panics with all diagnostics when there is an error, which is what most tests want;
//! `try_apply` returns them. What is not known yet stands in a configuration as [`unknown`]; Terraform then leaves a read
//! to the apply, does not open, and calls no function. [`Core::stop`] is Ctrl-C.
//!
//! Not here: process, socket and TLS (see the acceptance tests of a provider), and everything about several objects:
//! references, `count`, modules.
//!
//! ```
//! # use tfplug::*;
//! # /// Settings.
//! # #[derive(Args)]
//! # struct DemoArgs {}
//! # struct Demo;
//! # impl Provider for Demo {
//! #     const NAME: &str = "demo";
//! #     const ADDRESS: &'static str = "example.com/demo/demo";
//! #     const VERSION: &'static str = "0.0.0";
//! #     const LOG_TARGETS: &'static [&'static str] = &[];
//! #     type Args = DemoArgs;
//! #     type Client = ();
//! #     async fn configure(_: &ConfigureCx<'_>, _: DemoArgs) -> Result<()> { Ok(()) }
//! #     fn register(registry: &mut Registry<Self>) { registry.resource::<Group>().data_source::<Path>(); }
//! # }
//! # /// A group.
//! # #[derive(Args)]
//! # struct GroupArgs {
//! #     /// Name shown.
//! #     alias: String,
//! # }
//! # /// What is known of a group.
//! # #[derive(Computed, Clone)]
//! # struct GroupComputed {
//! #     /// Number.
//! #     #[attr(keep)]
//! #     id: String,
//! #     /// Where it is.
//! #     #[attr(follows(alias))]
//! #     path: String,
//! # }
//! # /// Names a group.
//! # #[derive(Identity, Clone, Debug)]
//! # struct GroupId {
//! #     /// Number.
//! #     id: String,
//! # }
//! # struct Group;
//! # fn path(alias: &str) -> String { format!("/{alias}") }
//! # impl Resource for Group {
//! #     const NAME: &str = "group";
//! #     type Provider = Demo;
//! #     type Id = GroupId;
//! #     type Args = GroupArgs;
//! #     type Computed = GroupComputed;
//! #     async fn create(_: &CreateCx<'_, Self>, args: &GroupArgs) -> Result<GroupComputed> {
//! #         Ok(GroupComputed { id: "1".to_owned(), path: path(&args.alias) })
//! #     }
//! #     async fn read(_: &Cx<'_, Self>, _: &GroupId, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
//! #         Ok(prior)
//! #     }
//! #     async fn update(_: &Cx<'_, Self>, id: &GroupId, _: &State<Self>, args: &GroupArgs) -> Result<GroupComputed> {
//! #         Ok(GroupComputed { id: id.id.clone(), path: path(&args.alias) })
//! #     }
//! #     async fn delete(_: &Cx<'_, Self>, _: &GroupId, _: &State<Self>) -> Result<()> { Ok(()) }
//! # }
//! # /// Finds a path.
//! # #[derive(Args)]
//! # struct PathArgs {
//! #     /// Name shown.
//! #     alias: String,
//! # }
//! # /// The path.
//! # #[derive(Computed)]
//! # #[computed(data)]
//! # struct PathComputed {
//! #     /// Where it is.
//! #     path: String,
//! # }
//! # struct Path;
//! # impl DataSource for Path {
//! #     const NAME: &str = "path";
//! #     type Provider = Demo;
//! #     type Args = PathArgs;
//! #     type Computed = PathComputed;
//! #     async fn read(_: &CallCx<'_, Demo>, args: &PathArgs) -> Result<PathComputed> {
//! #         Ok(PathComputed { path: path(&args.alias) })
//! #     }
//! # }
//! use serde_json::json;
//! use tfplug::testing::{Core, unknown};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let core = Core::new::<Demo>();
//! let mut group = core.resource("demo_group");
//! group.apply(json!({ "alias": "Data team" })).await;
//! let plan = group.plan(json!({ "alias": "Data" })).await;
//! assert_eq!(plan.to_string(), "update: alias; known after apply: path");
//! group.apply(json!({ "alias": "Data" })).await;
//! group.plan_is_empty().await;
//!
//! let refused = group.try_plan(json!({ "name": "x" })).await.expect_err("no such argument");
//! assert!(refused.to_string().contains("Unsupported argument"));
//!
//! let path = core.data_source("demo_path");
//! assert_eq!(path.read(json!({ "alias": "Data" })).await.value()["path"], "/Data");
//! assert!(path.read(json!({ "alias": unknown() })).await.is_put_off());
//! # });
//! ```
//!
//! The [guide](crate::guide::testing) has more.

mod action;
mod apply;
mod block;
mod commands;
mod config;
mod core;
mod data;
mod deferral;
mod ephemeral;
mod function;
mod instance;
pub(crate) mod lies;
mod list;
mod message;
mod plan;
mod proposed;
mod report;
mod rules;
mod schema;
mod stored;
#[cfg(test)]
mod tests;
mod walk;

pub use self::config::unknown;
pub use self::core::Core;
pub use action::{ActionBlock, ActionPlan, Invoked};
pub use data::{Data, DataBlock};
pub use deferral::Deferral;
pub use ephemeral::{EphemeralBlock, Opened};
pub use function::Function;
pub use instance::{Applied, Instance};
#[doc(hidden)]
pub use lies::{Answer, Asked, Lie, serve_lying};
pub use list::{ListBlock, Listed, Object};
pub use plan::{Action, Plan};
pub use report::Report;
#[cfg(test)]
pub(crate) use report::path;
