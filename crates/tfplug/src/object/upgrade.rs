//! How what was stored by older versions, or by another resource type, becomes the current form. No network: Terraform
//! asks before the provider is configured.

use serde::de::DeserializeOwned;

use super::{Resource, State};
use crate::diag::Result;
use crate::schema::Identity;
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

/// Upgrades of stored identities, each from one older version straight to the current one.
pub struct IdentityUpgrades<I> {
    steps: Vec<(u32, Step)>,
    identity: std::marker::PhantomData<fn() -> I>,
}

impl<I: Identity> IdentityUpgrades<I> {
    /// No older version exists.
    pub fn none() -> Self {
        IdentityUpgrades { steps: Vec::new(), identity: std::marker::PhantomData }
    }

    /// Identities of `version` look like `Old`, as JSON, and become the current one by `upgrade`.
    #[must_use]
    pub fn from<Old: DeserializeOwned>(
        mut self,
        version: u32,
        upgrade: impl Fn(Old) -> Result<I> + Send + Sync + 'static,
    ) -> Self {
        let step = move |json: &[u8]| Ok(Dynamic::Map(upgrade(serde_json::from_slice(json)?)?.to_object()));
        self.steps.push((version, Box::new(step)));
        self
    }

    /// The current identity out of a stored one; `None` when that version is not known.
    pub(crate) fn apply(&self, version: u32, json: &[u8]) -> Option<Result<Dynamic>> {
        let (_, step) = self.steps.iter().find(|(known, _)| *known == version)?;
        Some(step(json))
    }
}

/// States of other resource types that `moved` blocks may turn into this one.
pub struct Moves<R> {
    steps: Vec<(Source, Step)>,
    resource: std::marker::PhantomData<fn() -> R>,
}

/// Where a state comes from.
struct Source {
    provider: &'static str,
    type_name: &'static str,
    version: u32,
}

impl<R: Resource> Moves<R> {
    /// No other type can become this one.
    pub fn none() -> Self {
        Moves { steps: Vec::new(), resource: std::marker::PhantomData }
    }

    /// States of `type_name` in schema `version` of `provider` look like `Old`, as JSON, and become the current state by
    /// `convert`. `provider` is `namespace/name`; the host of the registry is not compared, because OpenTofu's differs.
    #[must_use]
    pub fn from<Old: DeserializeOwned>(
        mut self,
        provider: &'static str,
        type_name: &'static str,
        version: u32,
        convert: impl Fn(Old) -> Result<State<R>> + Send + Sync + 'static,
    ) -> Self {
        let step = move |json: &[u8]| Ok(super::erased::whole(&convert(serde_json::from_slice(json)?)?));
        self.steps.push((Source { provider, type_name, version }, Box::new(step)));
        self
    }

    /// The current object out of a state of another type; `None` when that type is not known.
    pub(crate) fn apply(
        &self,
        address: &str,
        type_name: &str,
        version: i64,
        json: &[u8],
    ) -> Option<Result<Dynamic>> {
        let provider = address.split_once('/').map_or(address, |(_, provider)| provider);
        let (_, step) = self.steps.iter().find(|(source, _)| {
            source.provider == provider
                && source.type_name == type_name
                && i64::from(source.version) == version
        })?;
        Some(step(json))
    }
}
