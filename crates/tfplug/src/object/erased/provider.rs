//! The provider without its types.

use std::any::Any;
use std::error::Error as StdError;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::BoxFuture;
use crate::diag::{Diagnostics, Result};
use crate::object::{Config, ConfigureCx, Provider};
use crate::schema::{Fields as _, FixedSchema, Schema};
use crate::value::Dynamic;

/// A provider without its types.
pub(crate) trait AnyProvider: Send + Sync {
    /// What the name of each object begins with.
    fn name(&self) -> &'static str;
    fn schema(&self) -> &FixedSchema;
    fn validate(&self, config: &Dynamic, diagnostics: &mut Diagnostics);
    fn configure<'a>(
        &'a self,
        cx: &'a ConfigureCx<'a>,
        args: &'a Dynamic,
    ) -> BoxFuture<'a, Result<Arc<dyn Any + Send + Sync>>>;
    fn advise(&self, error: &(dyn StdError + 'static)) -> Option<String>;
}

/// A client of provider `P`, to which the provider has its last word when nothing uses it any more: one process may serve
/// several walks, each with its own configuration.
pub(crate) struct ConfiguredClient<P: Provider>(pub(in crate::object) P::Client);

impl<P: Provider> Drop for ConfiguredClient<P> {
    fn drop(&mut self) {
        // Dropping must not panic; the panic itself is in the log.
        let _ = catch_unwind(AssertUnwindSafe(|| P::finish(&self.0)));
    }
}

pub(crate) struct ErasedProvider<P> {
    schema: FixedSchema,
    provider: PhantomData<fn() -> P>,
}

impl<P: Provider> ErasedProvider<P> {
    pub(crate) fn new() -> Self {
        ErasedProvider {
            schema: FixedSchema::from(Schema {
                version: 0,
                description: P::Args::DESCRIPTION.to_owned(),
                deprecated: None,
                attributes: P::Args::attributes(),
            }),
            provider: PhantomData,
        }
    }
}

impl<P: Provider> AnyProvider for ErasedProvider<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn schema(&self) -> &FixedSchema {
        &self.schema
    }

    fn validate(&self, config: &Dynamic, diagnostics: &mut Diagnostics) {
        P::validate(&Config::new(config), diagnostics);
    }

    fn configure<'a>(
        &'a self,
        cx: &'a ConfigureCx<'a>,
        args: &'a Dynamic,
    ) -> BoxFuture<'a, Result<Arc<dyn Any + Send + Sync>>> {
        Box::pin(async move {
            let client = P::configure(cx, P::Args::from_object(args)?).await?;
            Ok(Arc::new(ConfiguredClient::<P>(client)) as Arc<dyn Any + Send + Sync>)
        })
    }

    fn advise(&self, error: &(dyn StdError + 'static)) -> Option<String> {
        P::advise(error)
    }
}
