//! What a handler gets beside its arguments: the client, private state, ways to save what exists, and the [`Call`] itself.

use std::future::Future;
use std::ops::Deref;

use super::{Call, Private, Provider, Resource, Saved, State};
use crate::diag::{Error, Result};
use crate::schema::{Attribute, Fields as _};
use crate::value::Dynamic;

/// What the handlers of read, update, delete, find and import get, and, inside a [`CreateCx`], that of create.
pub struct Cx<'a, R: Resource> {
    /// The provider's client. Its waiting ends with this call's deadline and with Ctrl-C.
    pub client: <R::Provider as Provider>::Client,
    /// What is remembered about the object without being shown.
    pub private: &'a Private,
    call: &'a Call,
    /// The attributes of `Args` and `Computed`, so that a checkpoint need not build the schema anew.
    fields: &'a [Attribute],
}

impl<'a, R: Resource> Cx<'a, R> {
    pub(crate) fn new(
        client: <R::Provider as Provider>::Client,
        call: &'a Call,
        fields: &'a [Attribute],
    ) -> Self {
        Cx { client, private: &call.private, call, fields }
    }

    /// Saves what the object looks like by now: if the handler then fails, the state holds this. Call it after each lasting
    /// step that is not the last one: in `create` after [`CreateCx::created`], in `update`, and in `delete` for what
    /// remains of the object. In a `create` without [`CreateCx::created`] it also fixes the identity: no later read can
    /// correct one that is invented.
    pub fn checkpoint(&self, state: &State<R>) {
        self.call.save(Some(Saved::Checkpoint(super::erased::put_together(self.fields, state))));
    }
}

/// What the handler of create gets: a [`Cx`], to which it dereferences, and ways to say whether the object exists. An
/// update has none of these, because its object exists whatever happens.
pub struct CreateCx<'a, R: Resource>(Cx<'a, R>);

impl<'a, R: Resource> CreateCx<'a, R> {
    pub(crate) fn new(cx: Cx<'a, R>) -> Self {
        CreateCx(cx)
    }

    /// Tells that the object exists. Call it after the first lasting step: from then on an error, a panic or Ctrl-C leaves
    /// the object in the state, marked for replacement, instead of losing it. After a checkpoint of the same identity the
    /// state holds the checkpoint.
    pub fn created(&self, id: &R::Id) {
        self.call.save(Some(Saved::Created(Dynamic::Map(id.to_object()))));
    }

    /// Tells that the object may exist: a request was sent, and its answer never came. If `create` then fails, the state
    /// keeps the arguments and the private values, and [`Resource::find`] looks for the object in the next read or, if none
    /// comes before it, in the delete. So it compiles only for a resource with `const FINDS: bool = true` and a `find`. After
    /// [`CreateCx::created`] or a checkpoint it does nothing. What `find` answers is destroyed by the next apply, so keep an
    /// idempotency key in `cx.private` first, by which it knows its own.
    ///
    /// `find` is called even where the arguments are the identity, because an object of that identity may be somebody else's. Only
    /// in a replacement with `-refresh=false` Terraform does not tell the provider what the state remembers of it. There such an
    /// object is deleted without a look, and where the arguments are not the identity, `find` gets no private values.
    pub fn attempted(&self) {
        const {
            assert!(R::FINDS, "`attempted` needs a `find`: write it, and `const FINDS: bool = true;`");
        }
        self.call.save(Some(Saved::Attempted));
    }

    /// Takes all earlier reports back: the request turned out not to have had an effect, or the object is gone again.
    pub fn not_created(&self) {
        self.call.save(None);
    }
}

impl<'a, R: Resource> Deref for CreateCx<'a, R> {
    type Target = Cx<'a, R>;

    fn deref(&self) -> &Cx<'a, R> {
        &self.0
    }
}

/// What `plan` gets. The client is missing while the provider's own settings are unknown.
pub struct PlanCx<'a, R: Resource> {
    /// The provider's client, if it could be made.
    pub client: Option<<R::Provider as Provider>::Client>,
    /// What is remembered about the object without being shown.
    pub private: &'a Private,
    call: &'a Call,
}

impl<'a, R: Resource> PlanCx<'a, R> {
    pub(crate) fn new(call: &'a Call) -> Self {
        PlanCx { client: call.client::<R::Provider>(), private: &call.private, call }
    }

    /// Asks the provider how the call went.
    pub(crate) fn remark(&self) {
        if let Some(client) = &self.client {
            self.call.remark::<R::Provider>(client);
        }
    }
}

/// What the handlers of data sources, ephemeral resources and list resources get.
pub struct CallCx<'a, P: Provider> {
    /// The provider's client. Its waiting ends with this call's deadline and with Ctrl-C.
    pub client: P::Client,
    call: &'a Call,
}

impl<'a, P: Provider> CallCx<'a, P> {
    /// `what` names the object, for the error when the provider's settings are not known yet.
    pub(crate) fn new(call: &'a Call, what: &str) -> Result<Self> {
        match call.client::<P>() {
            Some(client) => Ok(CallCx { client, call }),
            None => Err(not_configured(what)),
        }
    }

    /// Runs a handler, then asks the provider how it went.
    pub(crate) async fn remarked<T>(&self, handler: impl Future<Output = Result<T>>) -> Result<T> {
        let result = handler.await;
        self.call.remark::<P>(&self.client);
        result
    }
}

impl<R: Resource> Deref for Cx<'_, R> {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.call
    }
}

impl<R: Resource> Deref for PlanCx<'_, R> {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.call
    }
}

impl<P: Provider> Deref for CallCx<'_, P> {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.call
    }
}

/// The provider's settings are known only after other changes are applied.
pub(crate) fn not_configured(what: &str) -> Error {
    Error::new(
        "The provider is not configured",
        format!(
            "Some of its settings are known only after other changes are applied, so {what} cannot be reached yet. Apply \
             those changes first, for example with `-target`."
        ),
    )
}
