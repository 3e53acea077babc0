//! API tokens and OAuth clients: credentials of service accounts, which people or other credentials create.

use std::collections::BTreeSet;

use jiff::Timestamp;

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

/// An OAuth client as Atlan has it. Its secret is traded for bearer tokens that live for minutes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OauthClient {
    /// Stable for the life of the client.
    pub id: Guid,
    /// `oauth-client-` and a UUID; with `service-account-` in front the user name. Atlan's requests name the client by it.
    pub client_id: Guid,
    /// Name shown in Atlan; not unique.
    pub display_name: String,
    /// Without white space at its ends; empty: none.
    pub description: String,
    /// Name of its role, `$guest` for example.
    pub role: String,
    /// Qualified names of the personas.
    pub personas: BTreeSet<String>,
    /// User name of the client's maker. `None`: the record names nobody.
    pub created_by: Option<String>,
    /// When it was made. `None`: the record tells no time.
    pub created_at: Option<Timestamp>,
    /// Its secret, which only the answer of the create has.
    pub secret: Option<Secret>,
}
