//! What a provider puts off until more is known, where Terraform lets it.

use std::fmt;

use crate::proto::tfplugin6 as tf;
use tf::deferred::Reason;

/// Why a provider defers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deferral {
    /// Too little of the object's own configuration is known.
    ResourceConfigUnknown,
    /// Too little of the provider's settings is known.
    ProviderConfigUnknown,
    /// Something else has to exist first.
    AbsentPrerequisite,
}

impl Deferral {
    /// `None` when the message gives no reason that Terraform knows.
    pub(super) fn of(message: tf::Deferred) -> Option<Self> {
        match Reason::try_from(message.reason).ok()? {
            Reason::ResourceConfigUnknown => Some(Deferral::ResourceConfigUnknown),
            Reason::ProviderConfigUnknown => Some(Deferral::ProviderConfigUnknown),
            Reason::AbsentPrereq => Some(Deferral::AbsentPrerequisite),
            Reason::Unknown => None,
        }
    }
}

impl fmt::Display for Deferral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Deferral::ResourceConfigUnknown => "the object's configuration is not known yet",
            Deferral::ProviderConfigUnknown => "the provider's settings are not known yet",
            Deferral::AbsentPrerequisite => "something else has to exist first",
        })
    }
}
