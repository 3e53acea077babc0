//! What one configuration of the provider has made: its client, and what all calls share until the next one.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

type Untyped = Arc<dyn Any + Send + Sync>;

/// From one configuration of the provider to the next.
#[derive(Clone, Default)]
pub(crate) struct Session {
    /// The provider's client without its type; none while settings are unknown.
    pub(crate) client: Option<Untyped>,
    /// One value of each type that somebody has asked for.
    values: Arc<Mutex<HashMap<TypeId, Untyped>>>,
}

impl Session {
    /// The value of this type, which the first call makes.
    pub(crate) fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let value = values.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        // The key is the type, so the value has it.
        Arc::clone(value).downcast().unwrap_or_default()
    }
}
