//! The one place where typed handlers become untyped ones.
//!
//! The pipeline holds an object by a trait of this module, such as [`AnyResource`], and passes [`Dynamic`] values; here
//! they become the structs that the provider declares, and back. Nothing is decided here.
//!
//! [`Dynamic`]: crate::value::Dynamic

mod action;
mod common;
mod data_source;
mod ephemeral;
mod function;
mod list;
mod provider;
mod resource;

use std::future::Future;
use std::pin::Pin;

pub(crate) use action::AnyAction;
pub(crate) use common::AnyObject;
pub(super) use common::Erased;
pub(crate) use data_source::AnyDataSource;
pub(crate) use ephemeral::{AnyEphemeral, Held};
pub(crate) use function::AnyFunction;
pub(super) use function::ErasedFunction;
pub(crate) use list::AnyList;
pub(super) use provider::ConfiguredClient;
pub(crate) use provider::{AnyProvider, ErasedProvider};
pub(crate) use resource::{AnyResource, RawChange};
pub(super) use resource::{ErasedResource, put_together, whole, whole_attributes};

/// What an untyped handler answers with.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
