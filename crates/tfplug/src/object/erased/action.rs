//! Actions without their types.

use tokio::sync::mpsc;

use super::common::{Erased, any_object};
use super::{AnyObject, BoxFuture};
use crate::diag::{Diagnostics, Result};
use crate::object::Call;
use crate::object::cx::CallCx;
use crate::object::{Action, ActionCx, Config};
use crate::schema::Fields as _;
use crate::value::Dynamic;

/// An action without its types.
pub(crate) trait AnyAction: AnyObject {
    fn plan(&self, call: &Call, config: &Dynamic, diagnostics: &mut Diagnostics);
    fn invoke<'a>(
        &'a self,
        call: &'a Call,
        args: &'a Dynamic,
        progress: mpsc::Sender<String>,
    ) -> BoxFuture<'a, Result<()>>;
}

/// Marks the kind.
pub(in crate::object) enum OfAction {}

any_object!(Action as Erased<OfAction, T>, T::Provider, T::Args, T::validate);

impl<T: Action> Erased<OfAction, T> {
    pub(in crate::object) fn action() -> Self {
        Erased::of::<T::Provider, T::Args, ()>(T::NAME)
    }
}

impl<T: Action> AnyAction for Erased<OfAction, T> {
    fn plan(&self, call: &Call, config: &Dynamic, diagnostics: &mut Diagnostics) {
        T::plan(call.client::<T::Provider>().as_ref(), &Config::new(config), diagnostics);
    }

    fn invoke<'a>(
        &'a self,
        call: &'a Call,
        args: &'a Dynamic,
        progress: mpsc::Sender<String>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (cx, args) =
                (CallCx::<T::Provider>::new(call, &self.type_name)?, T::Args::from_object(args)?);
            let cx = ActionCx { cx, progress };
            cx.remarked(T::invoke(&cx, &args)).await
        })
    }
}
