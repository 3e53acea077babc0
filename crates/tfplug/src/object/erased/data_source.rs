//! Data sources without their types.

use super::common::{Erased, any_object};
use super::{AnyObject, BoxFuture};
use crate::diag::Result;
use crate::object::Call;
use crate::object::DataSource;
use crate::object::cx::CallCx;
use crate::schema::Fields as _;
use crate::value::Dynamic;

/// A data source without its types.
pub(crate) trait AnyDataSource: AnyObject {
    /// Answers the computed attributes.
    fn read<'a>(&'a self, call: &'a Call, args: &'a Dynamic) -> BoxFuture<'a, Result<Dynamic>>;
}

/// Marks the kind.
pub(in crate::object) enum OfDataSource {}

any_object!(DataSource as Erased<OfDataSource, T>, T::Provider, T::Args, T::validate);

impl<T: DataSource> Erased<OfDataSource, T> {
    pub(in crate::object) fn data_source() -> Self {
        Erased::of::<T::Provider, T::Args, T::Computed>(T::NAME)
    }
}

impl<T: DataSource> AnyDataSource for Erased<OfDataSource, T> {
    fn read<'a>(&'a self, call: &'a Call, args: &'a Dynamic) -> BoxFuture<'a, Result<Dynamic>> {
        Box::pin(async move {
            let (cx, args) =
                (CallCx::<T::Provider>::new(call, &self.type_name)?, T::Args::from_object(args)?);
            let computed = cx.remarked(T::read(&cx, &args)).await?;
            Ok(Dynamic::Map(computed.to_object()))
        })
    }
}
