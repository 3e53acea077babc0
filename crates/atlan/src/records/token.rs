//! API tokens: credentials of service accounts, which people or other credentials make.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::guid::Guid;
use crate::secret::Secret;

/// An API token as Atlan has it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApiToken {
    /// Stable for the life of the token.
    pub id: Guid,
    /// `apikey-` and a UUID; with `service-account-` in front the user name.
    pub client_id: String,
    /// Name shown in Atlan; not unique.
    pub display_name: String,
    /// Without white space at its ends; empty: none.
    pub description: String,
    /// Qualified names of the personas.
    pub personas: BTreeSet<String>,
    /// User name of the token's maker. `None`: the record names nobody.
    pub created_by: Option<String>,
    /// When it was made. `None`: the record tells no time.
    pub created_at: Option<Timestamp>,
    /// Seconds from its creation to its end. `None`: the record does not tell.
    pub life_seconds: Option<i64>,
    /// The credential itself, which only the answer of the create has.
    pub secret: Option<Secret>,
}

impl ApiToken {
    /// The end of its life, as far as the record tells.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.created_at?.checked_add(SignedDuration::from_secs(self.life_seconds?)).ok()
    }

    /// User name of its service account.
    pub fn username(&self) -> String {
        format!("service-account-{}", self.client_id)
    }
}
