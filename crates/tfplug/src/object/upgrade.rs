//! How states of older schema versions become the current one.

use serde::de::DeserializeOwned;

use super::{Resource, State};
use crate::diag::Result;
use crate::value::Dynamic;

type Step = Box<dyn Fn(&[u8]) -> Result<Dynamic> + Send + Sync>;

/// Upgrades of stored states, each from one older version straight to the current one.
pub struct Upgrades<R> {
    steps: Vec<(u32, Step)>,
    resource: std::marker::PhantomData<fn() -> R>,
}

impl<R: Resource> Upgrades<R> {
    /// No older version exists.
    pub fn none() -> Self {
        Upgrades { steps: Vec::new(), resource: std::marker::PhantomData }
    }

    /// States of `version` look like `Old`, as JSON, and become the current state by `upgrade`. No network.
    #[must_use]
    pub fn from<Old: DeserializeOwned>(
        mut self,
        version: u32,
        upgrade: impl Fn(Old) -> Result<State<R>> + Send + Sync + 'static,
    ) -> Self {
        let step = move |json: &[u8]| Ok(super::erased::whole(&upgrade(serde_json::from_slice(json)?)?));
        self.steps.push((version, Box::new(step)));
        self
    }

    /// The current object out of a stored one; `None` when that version is not known.
    pub(crate) fn apply(&self, version: u32, json: &[u8]) -> Option<Result<Dynamic>> {
        let (_, step) = self.steps.iter().find(|(known, _)| *known == version)?;
        Some(step(json))
    }
}
