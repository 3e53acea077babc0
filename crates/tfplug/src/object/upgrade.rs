//! How what was stored by older versions, or by another resource type, becomes the current form. No network: Terraform
//! asks before the provider is configured.

use serde::de::DeserializeOwned;

use super::{Private, Provider, Resource, State};
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

    /// The versions that can be upgraded, in order of the calls.
    pub(crate) fn versions(&self) -> Vec<u32> {
        self.steps.iter().map(|(version, _)| *version).collect()
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

    /// The versions that can be upgraded, in order of the calls.
    pub(crate) fn versions(&self) -> Vec<u32> {
        self.steps.iter().map(|(version, _)| *version).collect()
    }

    /// The current identity out of a stored one; `None` when that version is not known.
    pub(crate) fn apply(&self, version: u32, json: &[u8]) -> Option<Result<Dynamic>> {
        let (_, step) = self.steps.iter().find(|(known, _)| *known == version)?;
        Some(step(json))
    }
}

/// States of other resource types that `moved` blocks may turn into this one.
pub struct Moves<R> {
    steps: Vec<(Source, MoveStep)>,
    resource: std::marker::PhantomData<fn() -> R>,
}

/// The states that a step of [`Moves`] converts.
struct Source {
    provider: &'static str,
    type_name: &'static str,
    version: u32,
}

type MoveStep = Box<dyn Fn(&[u8], &MoveCx<'_>) -> Result<Dynamic> + Send + Sync>;

/// An object of another type as Terraform sends it for a move.
pub(crate) struct MoveSource<'a> {
    /// The full address of its provider. OpenTofu 1.10 and 1.11 send its name only.
    pub(crate) provider: &'a str,
    pub(crate) type_name: &'a str,
    /// The version of its schema.
    pub(crate) version: i64,
    pub(crate) json: &'a [u8],
    pub(crate) private: &'a [u8],
    /// Its identity as JSON, if the state has one.
    pub(crate) identity: Option<&'a [u8]>,
}

/// What the conversion of a move gets beside the state: the private values and the identity of the source.
pub struct MoveCx<'a> {
    /// The private values of the source, if its provider stores them as this framework or Go's does.
    pub source: Private,
    /// The private values of the new object. If the source belongs to this provider, they begin as a copy of the source's;
    /// otherwise they begin empty.
    pub private: Private,
    identity: Option<&'a [u8]>,
}

impl<'a> MoveCx<'a> {
    fn new(source: &MoveSource<'a>, is_own: bool) -> Self {
        MoveCx {
            source: Private::decode(source.private),
            private: if is_own { Private::decode(source.private) } else { Private::default() },
            identity: source.identity,
        }
    }

    /// The identity of the source as JSON; `None` when the state has none, as with Terraform before 1.12.
    ///
    /// # Errors
    /// When the stored identity does not look like `I`.
    pub fn identity<I: DeserializeOwned>(&self) -> Result<Option<I>> {
        Ok(self.identity.map(serde_json::from_slice).transpose()?.flatten())
    }
}

impl<R: Resource> Moves<R> {
    /// No other type can become this one.
    pub fn none() -> Self {
        Moves { steps: Vec::new(), resource: std::marker::PhantomData }
    }

    /// States of `type_name` in schema `version` of `provider` look like `Old`, as JSON, and become the current state by
    /// `convert`. `provider` is `namespace/name`; the host of the registry is not compared, because OpenTofu's differs. OpenTofu 1.10 and 1.11 tell
    /// the name only, so there a provider of that name in any namespace counts.
    ///
    /// Private values of the source pass to the new object if the source belongs to this provider.
    #[must_use]
    pub fn from<Old: DeserializeOwned>(
        self,
        provider: &'static str,
        type_name: &'static str,
        version: u32,
        convert: impl Fn(Old) -> Result<State<R>> + Send + Sync + 'static,
    ) -> Self {
        self.from_source(provider, type_name, version, move |_, old| convert(old))
    }

    /// As [`Moves::from`], for a conversion that also needs the private values or the identity of the source.
    #[must_use]
    pub fn from_source<Old: DeserializeOwned>(
        mut self,
        provider: &'static str,
        type_name: &'static str,
        version: u32,
        convert: impl Fn(&MoveCx<'_>, Old) -> Result<State<R>> + Send + Sync + 'static,
    ) -> Self {
        let step = move |json: &[u8], cx: &MoveCx<'_>| {
            Ok(super::erased::whole(&convert(cx, serde_json::from_slice(json)?)?))
        };
        self.steps.push((Source { provider, type_name, version }, Box::new(step)));
        self
    }

    /// The current object, with its private values, out of one of another type; `None` when that type is not known.
    pub(crate) fn apply(&self, source: &MoveSource<'_>) -> Option<Result<(Dynamic, Private)>> {
        let (_, step) = self.steps.iter().find(|(known, _)| {
            means(known.provider, source.provider)
                && known.type_name == source.type_name
                && i64::from(known.version) == source.version
        })?;
        let own = without_host(<R::Provider as Provider>::ADDRESS);
        let cx = MoveCx::new(source, means(own, source.provider));
        Some(step(source.json, &cx).map(|object| (object, cx.private)))
    }
}

/// Whether a provider, as the source of a move is named, is the one that is known as `namespace/name`. OpenTofu 1.10 and 1.11 name it by the
/// first word of the type only (`opentofu/opentofu:internal/tofu/upgrade_resource_state.go`).
fn means(known: &str, named: &str) -> bool {
    if named.contains('/') {
        return without_host(named) == known;
    }
    known.rsplit_once('/').is_some_and(|(_, name)| name == named)
}

/// The address of a provider without the host of its registry.
fn without_host(address: &str) -> &str {
    address.split_once('/').map_or(address, |(_, provider)| provider)
}
