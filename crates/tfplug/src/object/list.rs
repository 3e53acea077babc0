//! List resources: what `terraform query` finds.

use std::future::Future;
use std::sync::PoisonError;

use tokio::sync::mpsc;

use super::{CallCx, Config, Resource, State};
use crate::diag::{Diagnostics, Error, Result};
use crate::schema::{Args, Attribute, Fields as _};
use crate::value::Dynamic;

/// A managed resource whose objects can be listed.
pub trait List: Resource {
    /// What the configuration of a `list` block may say.
    type Filter: Args;

    /// Checks that one attribute alone cannot decide. No network; anything may be unknown.
    fn validate_filter(filter: &Config<'_, Self::Filter>, diagnostics: &mut Diagnostics) {
        let _ = (filter, diagnostics);
    }

    /// Sends what is found, page by page. [`ListSink::send`] waits until Terraform takes the object, and fails once it wants
    /// no more: pass that failure on by `?`, and no further page is read.
    fn list(
        cx: &CallCx<'_, Self::Provider>,
        filter: &Self::Filter,
        sink: &ListSink<Self>,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// One object that was found, untyped.
pub(crate) struct Item {
    pub(crate) display_name: String,
    pub(crate) identity: Dynamic,
    pub(crate) object: Option<Dynamic>,
}

/// The sink of a list: where it sends the objects that it finds.
pub struct ListSink<R> {
    items: mpsc::Sender<Item>,
    left: std::sync::Mutex<u64>,
    /// Those of a whole object, if whole objects are wanted.
    attributes: Option<Vec<Attribute>>,
    resource: std::marker::PhantomData<fn() -> R>,
}

/// No more objects are wanted. The framework takes it for success.
#[derive(Debug, thiserror::Error)]
#[error("no more objects are wanted")]
pub(crate) struct Enough;

impl<R: Resource> ListSink<R> {
    /// At most `limit` objects, with all their attributes or only their names.
    pub(crate) fn new(items: mpsc::Sender<Item>, limit: u64, whole: bool) -> Self {
        let attributes = whole.then(super::erased::whole_attributes::<R>);
        ListSink { items, left: std::sync::Mutex::new(limit), attributes, resource: std::marker::PhantomData }
    }

    /// Whether Terraform wants all attributes, as `include_resource` in a `list` block says. If not, `state` need not be complete: [`ListSink::send_identity`] will do.
    pub fn include_resource(&self) -> bool {
        self.attributes.is_some()
    }

    /// Sends an object. `display_name` is what a person recognises it by.
    ///
    /// # Errors
    /// When no more objects are wanted.
    pub async fn send(&self, display_name: impl Into<String>, id: &R::Id, state: &State<R>) -> Result<()> {
        let object =
            self.attributes.as_deref().map(|attributes| super::erased::put_together(attributes, state));
        self.put(Item { display_name: display_name.into(), identity: Dynamic::Map(id.to_object()), object })
            .await
    }

    /// Sends what names an object, where [`ListSink::include_resource`] says that this suffices.
    ///
    /// # Errors
    /// When no more objects are wanted.
    pub async fn send_identity(&self, display_name: impl Into<String>, id: &R::Id) -> Result<()> {
        self.put(Item {
            display_name: display_name.into(),
            identity: Dynamic::Map(id.to_object()),
            object: None,
        })
        .await
    }

    async fn put(&self, item: Item) -> Result<()> {
        let last = {
            let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
            if *left == 0 {
                return Err(Error::from(Enough));
            }
            *left -= 1;
            *left == 0
        };
        let sent = self.items.send(item).await;
        // After the last object at once, so that no further page is read to find out that it is not wanted.
        if last || sent.is_err() { Err(Error::from(Enough)) } else { Ok(()) }
    }
}
