//! The one place where typed handlers become untyped ones.
//!
//! The pipeline holds an object by a trait of this module, such as [`AnyResource`], and passes [`Dynamic`] values; here
//! they become the structs that the provider declares, and back. Nothing is decided here.
//!
//! [`Dynamic`]: crate::value::Dynamic

mod provider;
mod resource;

use std::future::Future;
use std::pin::Pin;

pub(crate) use provider::{AnyProvider, ErasedProvider};
pub(super) use resource::{ErasedResource, whole};
pub(crate) use resource::{AnyResource, RawChange};

/// What an untyped handler answers with.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
