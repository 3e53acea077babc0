//! The programming surface: traits that a provider implements, and their one erasure.
//!
//! [`Provider`] says what the provider block may hold and makes the client; [`Registry`] is where it registers what it
//! offers, one line each. [`Resource`] is one managed object kind. The pipeline works on the erased form only, in which
//! arguments and answers are [`crate::value::Dynamic`] values, so that it exists once and not once per type.

mod action;
mod call;
mod cx;
mod data_source;
mod defer;
mod ephemeral;
mod erased;
mod faults;
mod function;
mod list;
mod private;
mod provider;
mod resource;
mod session;
mod timeouts;
mod upgrade;
mod views;
mod wait;

pub use action::{Action, ActionCx};
pub use call::Call;
pub(crate) use call::{ATTEMPTED, Saved, Scope};
pub use cx::{CallCx, CreateCx, Cx, PlanCx};
pub use data_source::DataSource;
pub use defer::Deferral;
pub(crate) use defer::Deferrals;
pub use ephemeral::{EphemeralResource, Opened, Renewed};
pub(crate) use erased::{
    AnyAction, AnyDataSource, AnyEphemeral, AnyFunction, AnyList, AnyObject, AnyProvider, AnyResource,
    ErasedProvider, Held, RawChange,
};
pub(crate) use faults::problems_of;
pub use faults::schema_problems;
pub use function::{Function, FunctionError};
pub(crate) use list::Item;
pub use list::{List, ListSink};
pub use private::{Private, PrivateKey};
pub use provider::{ConfigureCx, Provider, Registry};
pub(crate) use provider::{Environment, Registered};
pub use resource::{Resource, State};
pub(crate) use session::Session;
pub use timeouts::Timeouts;
pub(crate) use timeouts::{FALLBACK, NAME as TIMEOUTS, Operation};
pub(crate) use upgrade::MoveSource;
pub use upgrade::{IdentityUpgrades, MoveCx, Moves, Upgrades};
pub use views::{Change, Config, Holds, HoldsComputed, KeyOf, Nested};
pub use wait::{Backoff, Observed, WaitError};
