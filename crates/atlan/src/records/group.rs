//! Groups of a tenant, without their members.

use jiff::Timestamp;

use crate::guid::Guid;

/// A group as Atlan has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// Stable for the life of the group.
    pub id: Guid,
    /// Internal name, unique in the tenant.
    pub name: String,
    /// Name that people see; not necessarily unique.
    pub alias: String,
    /// `/` and the internal name.
    pub path: String,
    /// Never empty: a group without description has `None`.
    pub description: Option<String>,
    /// Whether new people join the group by themselves.
    pub is_default: bool,
    /// User name of the person or credential that made the group. `None`: the record names none.
    pub created_by: Option<String>,
    /// When it was made. `None`: the record has no time.
    pub created_at: Option<Timestamp>,
    /// Number of members, pending people included, as of the answer. `None`: the record tells none.
    pub member_count: Option<u64>,
    /// Slack channels, sent back in updates so that they survive a server that replaces all attributes.
    pub(crate) channels: Vec<String>,
}
