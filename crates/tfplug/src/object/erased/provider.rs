//! The provider without its types.

use std::any::Any;
use std::error::Error as StdError;
use std::marker::PhantomData;
use std::sync::Arc;

use super::BoxFuture;
use crate::diag::Result;
use crate::object::{Config, ConfigureCx, Problems, Provider};
use crate::schema::{Fields as _, Schema};
use crate::value::Dynamic;

/// A provider without its types.
pub(crate) trait AnyProvider: Send + Sync {
    fn schema(&self) -> &Schema;
    fn validate(&self, config: &Dynamic, problems: &mut Problems);
    fn configure<'a>(
        &'a self,
        cx: &'a ConfigureCx<'a>,
        args: &'a Dynamic,
    ) -> BoxFuture<'a, Result<Arc<dyn Any + Send + Sync>>>;
    fn advise(&self, error: &(dyn StdError + 'static)) -> Option<String>;
    fn finish(&self, client: &(dyn Any + Send + Sync));
}

pub(crate) struct ErasedProvider<P> {
    schema: Schema,
    provider: PhantomData<fn() -> P>,
}

impl<P: Provider> ErasedProvider<P> {
    pub(crate) fn new() -> Self {
        ErasedProvider {
            schema: Schema {
                version: 0,
                description: P::Args::DESCRIPTION.to_owned(),
                deprecated: None,
                attributes: P::Args::attributes(),
            },
            provider: PhantomData,
        }
    }
}

impl<P: Provider> AnyProvider for ErasedProvider<P> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, config: &Dynamic, problems: &mut Problems) {
        P::validate(&Config::new(config), problems);
    }

    fn configure<'a>(
        &'a self,
        cx: &'a ConfigureCx<'a>,
        args: &'a Dynamic,
    ) -> BoxFuture<'a, Result<Arc<dyn Any + Send + Sync>>> {
        Box::pin(async move {
            let client = P::configure(cx, P::Args::from_object(args)?).await?;
            Ok(Arc::new(client) as Arc<dyn Any + Send + Sync>)
        })
    }

    fn advise(&self, error: &(dyn StdError + 'static)) -> Option<String> {
        P::advise(error)
    }

    fn finish(&self, client: &(dyn Any + Send + Sync)) {
        if let Some(client) = client.downcast_ref::<P::Client>() {
            P::finish(client);
        }
    }
}
