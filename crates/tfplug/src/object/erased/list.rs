//! List resources without their types.

use tokio::sync::mpsc;

use super::common::{Erased, any_object};
use super::{AnyObject, BoxFuture};
use crate::diag::Result;
use crate::object::Call;
use crate::object::cx::CallCx;
use crate::object::list::{Enough, Item, ListSink};
use crate::object::{List, Resource};
use crate::schema::Fields as _;
use crate::value::Dynamic;

/// A list resource without its types.
pub(crate) trait AnyList: AnyObject {
    /// Sends at most `limit` objects, with all their attributes if `whole`.
    fn list<'a>(
        &'a self,
        call: &'a Call,
        filter: &'a Dynamic,
        limit: u64,
        whole: bool,
        items: mpsc::Sender<Item>,
    ) -> BoxFuture<'a, Result<()>>;
}

/// Marks the kind.
pub(in crate::object) enum OfList {}

any_object!(List as Erased<OfList, T>, <T as Resource>::Provider, T::Filter, T::validate_filter);

impl<T: List> Erased<OfList, T> {
    pub(in crate::object) fn list() -> Self {
        Erased::of::<T::Provider, T::Filter, ()>(T::NAME)
    }
}

impl<T: List> AnyList for Erased<OfList, T> {
    fn list<'a>(
        &'a self,
        call: &'a Call,
        filter: &'a Dynamic,
        limit: u64,
        whole: bool,
        items: mpsc::Sender<Item>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (cx, filter) =
                (CallCx::<T::Provider>::new(call, &self.type_name)?, T::Filter::from_object(filter)?);
            let found = ListSink::new(items, limit, whole);
            match cx.remarked(T::list(&cx, &filter, &found)).await {
                Err(error) if error.downcast_ref::<Enough>().is_some() => Ok(()),
                result => result,
            }
        })
    }
}
