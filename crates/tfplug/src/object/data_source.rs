//! Data sources.

use std::future::Future;

use super::{CallCx, Config, Provider};
use crate::diag::{Diagnostics, Result};
use crate::schema::{Args, Computed};

/// One kind of object that Terraform only reads, at each plan.
///
/// There is no state from before: what cannot be found is an error, not an absence.
pub trait DataSource: Send + Sync + Sized + 'static {
    /// Name without the provider's prefix: `order` for `shop_order`.
    const NAME: &'static str;

    /// The provider it belongs to.
    type Provider: Provider;

    /// What the configuration may say.
    type Args: Args;

    /// What the provider answers, with `#[computed(data)]`. The values are read anew each time, so `keep` and the like have no
    /// meaning here.
    type Computed: Computed;

    /// Checks that one attribute alone cannot decide. No network; anything may be unknown.
    fn validate(config: &Config<'_, Self::Args>, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// Reads the object.
    fn read(
        cx: &CallCx<'_, Self::Provider>,
        args: &Self::Args,
    ) -> impl Future<Output = Result<Self::Computed>> + Send;
}
