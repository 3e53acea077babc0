//! Actions: something done once, without a state.

use std::future::Future;
use std::ops::Deref;

use tokio::sync::mpsc;

use super::{CallCx, Config, Provider};
use crate::diag::{Diagnostics, Result};
use crate::schema::Args;

/// One kind of action, triggered by a resource's life cycle or by hand.
pub trait Action: Send + Sync + Sized + 'static {
    /// Name without the provider's prefix.
    const NAME: &'static str;

    /// The provider it belongs to.
    type Provider: Provider;

    /// What the configuration may say.
    type Args: Args;

    /// Checks that one attribute alone cannot decide. No network; anything may be unknown.
    fn validate(config: &Config<'_, Self::Args>, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// Refuses or warns at plan time, when some of the configuration may be unknown. `client`: none while settings of the
    /// provider are unknown. An apply runs in another process, so what this one knows must be checked now.
    fn plan(
        client: Option<&<Self::Provider as Provider>::Client>,
        config: &Config<'_, Self::Args>,
        diagnostics: &mut Diagnostics,
    ) {
        let _ = (client, config, diagnostics);
    }

    /// Does it.
    fn invoke(
        cx: &ActionCx<'_, Self::Provider>,
        args: &Self::Args,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// What an action gets beside its arguments.
pub struct ActionCx<'a, P: Provider> {
    pub(crate) cx: CallCx<'a, P>,
    pub(crate) progress: mpsc::Sender<String>,
}

impl<P: Provider> ActionCx<'_, P> {
    /// Tells the practitioner how far it has got, in one line. After Ctrl-C, the lines come as a warning at the end: Terraform 1.15 crashes
    /// (`hashicorp/terraform:internal/terraform/node_action_trigger_instance_apply.go`) if it gets one after it has stopped.
    pub async fn progress(&self, message: impl Into<String>) {
        // Nobody listens any more: the action goes on all the same.
        let _ = self.progress.send(message.into()).await;
    }
}

impl<'a, P: Provider> Deref for ActionCx<'a, P> {
    type Target = CallCx<'a, P>;

    fn deref(&self) -> &CallCx<'a, P> {
        &self.cx
    }
}
