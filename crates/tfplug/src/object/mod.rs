//! The programming surface: traits that a provider implements, and their one erasure.
//!
//! [`Provider`] says what the provider block may hold and makes the client; [`Objects`] is where it registers what it
//! offers, one line each. [`Resource`] is one managed object kind. The pipeline works on the erased form only, in which
//! arguments and answers are [`crate::value::Dynamic`] values, so that it exists once and not once per type.

mod cx;
mod erased;
mod private;
mod provider;
mod resource;
mod timeouts;
mod upgrade;
mod views;

pub use cx::{Cx, PlanCx};
pub(crate) use cx::{Call, Saved};
pub(crate) use erased::{AnyProvider, AnyResource, ErasedProvider, RawChange};
pub use private::{Private, PrivateKey};
pub(crate) use provider::Environment;
pub use provider::{ConfigureCx, Objects, Provider};
pub use resource::{Resource, State};
pub(crate) use timeouts::{NAME as TIMEOUTS, Operation};
pub use timeouts::Timeouts;
pub use upgrade::Upgrades;
pub use views::{Change, Config, KeyOf, Problems};
