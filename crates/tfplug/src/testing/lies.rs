//! Answers that break Terraform's rules, to learn what Terraform makes of them.
//!
//! The framework refuses to send such answers, so they can't come from a handler: they are falsified after all its checks,
//! as bytes, just before they leave. [`Core::lying`] does so in process and [`serve_lying`] for the real Terraform, so
//! that the verdicts of both can be compared. A provider that calls [`crate::serve`] never passes here.

use std::process::ExitCode;
use std::sync::Arc;

use super::Core;
use crate::object::Provider;
use crate::proto::tfplugin6 as tf;
use crate::value::Path;

/// What Terraform asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// The new state after a create, update or delete.
    Apply,
    /// A plan.
    Plan,
    /// The object as it is now.
    Read,
}

/// An answer about a managed resource before it leaves. Objects and identities are MessagePack.
#[derive(Debug)]
pub struct Answer<'a> {
    /// What it answers.
    pub asked: Asked,
    /// Full name of the resource.
    pub type_name: &'a str,
    /// The object as Terraform sent it: before the change, or as last read.
    pub prior: &'a [u8],
    /// The object that is answered.
    pub object: Vec<u8>,
    /// Its identity, if one is answered.
    pub identity: Option<Vec<u8>>,
    /// The paths that force a replacement; only a plan has some.
    pub replace: Vec<Path>,
}

/// Falsifies answers. It must do the same to the same answer, because Terraform asks several times.
pub type Lie = Arc<dyn Fn(&mut Answer<'_>) + Send + Sync>;

impl Core {
    /// Has the answers of the provider falsified.
    #[doc(hidden)]
    #[must_use]
    pub fn lying(mut self, lie: Lie) -> Self {
        let start = self.start;
        self.start = Arc::new(move |environment| start(environment).lying(lie.clone()));
        self
    }
}

/// Serves a provider as [`crate::serve`] does, and falsifies its answers.
#[doc(hidden)]
pub fn serve_lying<P: Provider>(lie: Lie) -> ExitCode {
    crate::serve_as::<P>(|server| server.lying(lie))
}

/// Falsifies the parts of an answer in place.
pub(crate) fn falsify(
    lie: &Lie,
    asked: Asked,
    type_name: &str,
    prior: Option<&tf::DynamicValue>,
    object: &mut Option<tf::DynamicValue>,
    identity: &mut Option<tf::ResourceIdentityData>,
    replace: Option<&mut Vec<tf::AttributePath>>,
) {
    let bytes = |message: Option<&tf::DynamicValue>| message.map(|message| message.msgpack.to_vec());
    let prior = bytes(prior).unwrap_or_default();
    let mut answer = Answer {
        asked,
        type_name,
        prior: &prior,
        object: bytes(object.as_ref()).unwrap_or_default(),
        identity: bytes(identity.as_ref().and_then(|identity| identity.identity_data.as_ref())),
        replace: replace.iter().flat_map(|paths| paths.iter().cloned().map(super::report::path)).collect(),
    };
    lie(&mut answer);
    let message = |bytes: Vec<u8>| tf::DynamicValue { msgpack: bytes.into(), json: Default::default() };
    *object = Some(message(answer.object));
    *identity = answer.identity.map(|bytes| tf::ResourceIdentityData { identity_data: Some(message(bytes)) });
    if let Some(paths) = replace {
        *paths = answer.replace.iter().map(crate::grpc::convert::path).collect();
    }
}
