//! Ephemeral resources without their types.

use std::time::Duration;

use super::common::{Erased, any_object};
use super::{AnyObject, BoxFuture};
use crate::diag::{Error, Result};
use crate::object::Call;
use crate::object::EphemeralResource;
use crate::object::cx::CallCx;
use crate::schema::Fields as _;
use crate::value::Dynamic;

/// What opening or renewing gave: the handle as bytes, and when to renew.
pub(crate) struct Held {
    pub(crate) handle: Vec<u8>,
    pub(crate) renew_after: Option<Duration>,
}

/// An ephemeral resource without its types.
pub(crate) trait AnyEphemeral: AnyObject {
    /// Answers the computed attributes.
    fn open<'a>(&'a self, call: &'a Call, args: &'a Dynamic) -> BoxFuture<'a, Result<(Dynamic, Held)>>;
    fn renew<'a>(&'a self, call: &'a Call, handle: &'a [u8]) -> BoxFuture<'a, Result<Held>>;
    fn close<'a>(&'a self, call: &'a Call, handle: &'a [u8]) -> BoxFuture<'a, Result<()>>;
    fn close_at_end<'a>(&'a self, call: &'a Call, handle: &'a [u8]) -> BoxFuture<'a, Result<()>>;
}

/// Marks the kind.
pub(in crate::object) enum OfEphemeral {}

any_object!(EphemeralResource as Erased<OfEphemeral, T>, T::Provider, T::Args, T::validate);

impl<T: EphemeralResource> Erased<OfEphemeral, T> {
    pub(in crate::object) fn ephemeral() -> Self {
        Erased::of::<T::Provider, T::Args, T::Computed>(T::NAME)
    }
}

impl<T: EphemeralResource> AnyEphemeral for Erased<OfEphemeral, T> {
    fn open<'a>(&'a self, call: &'a Call, args: &'a Dynamic) -> BoxFuture<'a, Result<(Dynamic, Held)>> {
        Box::pin(async move {
            let (cx, args) =
                (CallCx::<T::Provider>::new(call, &self.type_name)?, T::Args::from_object(args)?);
            let opened = cx.remarked(T::open(&cx, &args)).await?;
            let Some(handle) = stored::<T>(&opened.handle) else {
                // It could never be closed later.
                let mut said = unreadable().into_diagnostics("open it", |_| None);
                if let Err(error) = cx.remarked(T::close(&cx, opened.handle)).await {
                    said.extend(error.into_diagnostics("close it", |_| None));
                }
                return Err(said.into());
            };
            Ok((Dynamic::Map(opened.computed.to_object()), Held { handle, renew_after: opened.renew_after }))
        })
    }

    fn renew<'a>(&'a self, call: &'a Call, handle: &'a [u8]) -> BoxFuture<'a, Result<Held>> {
        Box::pin(async move {
            let cx = CallCx::<T::Provider>::new(call, &self.type_name)?;
            let renewed = cx.remarked(T::renew(&cx, read::<T>(handle)?)).await?;
            // It stays open by the handle of `open`, which closes it.
            let handle = stored::<T>(&renewed.handle).ok_or_else(unreadable)?;
            Ok(Held { handle, renew_after: renewed.renew_after })
        })
    }

    fn close<'a>(&'a self, call: &'a Call, handle: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let cx = CallCx::<T::Provider>::new(call, &self.type_name)?;
            cx.remarked(T::close(&cx, read::<T>(handle)?)).await
        })
    }

    fn close_at_end<'a>(&'a self, call: &'a Call, handle: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let cx = CallCx::<T::Provider>::new(call, &self.type_name)?;
            cx.remarked(T::close_at_end(&cx, read::<T>(handle)?)).await
        })
    }
}

/// A handle as bytes, if it can be read back from them.
fn stored<T: EphemeralResource>(handle: &T::Handle) -> Option<Vec<u8>> {
    serde_json::to_vec(handle).ok().filter(|bytes| read::<T>(bytes).is_ok())
}

/// The handle in these bytes. serde's own error may quote it.
fn read<T: EphemeralResource>(handle: &[u8]) -> Result<T::Handle> {
    serde_json::from_slice(handle).map_err(|_| unreadable())
}

fn unreadable() -> Error {
    Error::new(
        "The provider has a bug: its handle cannot be read back",
        "A handle is stored as JSON, by which the object is closed later, and this one cannot be read back. Please report this with the configuration.",
    )
}
