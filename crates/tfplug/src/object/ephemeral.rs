//! Ephemeral resources: values that live for one run and are never stored.

use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CallCx, Config, Provider};
use crate::diag::{Diagnostics, Result};
use crate::schema::{Args, Computed};

/// One kind of object that is opened when Terraform needs it, kept alive while it does, and closed after.
pub trait EphemeralResource: Send + Sync + Sized + 'static {
    /// Name without the provider's prefix.
    const NAME: &'static str;

    /// The provider it belongs to.
    type Provider: Provider;

    /// What the configuration may say.
    type Args: Args;

    /// What opening gives, with `#[computed(data)]`: `keep` and the like have no meaning here.
    type Computed: Computed;

    /// What renewing and closing need to know. Terraform closes with the handle of `open`, not with that of the last
    /// renewal (`hashicorp/terraform:internal/terraform/node_resource_ephemeral.go`), so it has to stay valid.
    type Handle: Serialize + DeserializeOwned + Send + Sync;

    /// Checks that one attribute alone cannot decide. No network; anything may be unknown.
    fn validate(config: &Config<'_, Self::Args>, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// Opens the object.
    fn open(
        cx: &CallCx<'_, Self::Provider>,
        args: &Self::Args,
    ) -> impl Future<Output = Result<Opened<Self>>> + Send;

    /// Prolongs the object's life; called about when `renew_after` is over. Its time limit, like that of [`Self::close`], is
    /// the one that was configured when the object was opened.
    fn renew(
        cx: &CallCx<'_, Self::Provider>,
        handle: Self::Handle,
    ) -> impl Future<Output = Result<Renewed<Self>>> + Send {
        let _ = cx;
        async { Ok(Renewed { handle, renew_after: None }) }
    }

    /// Ends the object's life. If it fails, the end of the process tries it once more, by [`Self::close_at_end`]: that an object
    /// is closed already is no error.
    fn close(
        cx: &CallCx<'_, Self::Provider>,
        handle: Self::Handle,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, handle);
        async { Ok(()) }
    }

    /// Ends the life of an object that is still open when the process is to end, with the handle of `open`. Terraform does
    /// not close what it has opened when an apply fails or on Ctrl-C. By default the same as [`Self::close`].
    ///
    /// Terraform kills the process two seconds after it asked for the end. So all these calls run at once, and those that
    /// take longer than a second and a half are given up. What they say is logged.
    fn close_at_end(
        cx: &CallCx<'_, Self::Provider>,
        handle: Self::Handle,
    ) -> impl Future<Output = Result<()>> + Send {
        Self::close(cx, handle)
    }
}

/// An object that was opened.
pub struct Opened<E: EphemeralResource> {
    /// What it gives.
    pub computed: E::Computed,
    /// What renewing and closing need to know.
    pub handle: E::Handle,
    /// When to renew it; `None` means never. Leave time for the renewal itself.
    pub renew_after: Option<Duration>,
}

/// An object whose life was prolonged.
pub struct Renewed<E: EphemeralResource> {
    /// What the next renewal needs to know.
    pub handle: E::Handle,
    /// When to renew it again; `None` means never.
    pub renew_after: Option<Duration>,
}
