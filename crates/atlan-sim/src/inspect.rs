//! The truth about a tenant, for tests that assert it: no lag, no paging, no permissions.

use std::collections::BTreeMap;

use crate::state::Tenant;

/// A person as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// GUID.
    pub id: String,
    /// As stored.
    pub email: String,
    /// `None` only while pending, where the settings say so.
    pub username: Option<String>,
    /// `$admin`, `$member` or `$guest`.
    pub role: &'static str,
    /// Whether the invitation waits to be accepted.
    pub pending: bool,
    /// `false` after the person was disabled.
    pub enabled: bool,
    /// First and last name; empty while pending.
    pub full_name: String,
    /// Internal names of the person's groups, in the order of creation.
    pub groups: Vec<String>,
}

/// A group as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// GUID.
    pub id: String,
    /// Internal name.
    pub name: String,
    /// Shown name.
    pub alias: String,
    /// All attributes, `alias` and the tenant's own included.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Email addresses of the members, in the order in which the people were added to the tenant.
    pub members: Vec<String>,
}

/// Somebody in a group.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct MembershipView {
    /// GUID of the group.
    group_id: String,
    /// Internal name of the group.
    group: String,
    /// GUID of the person.
    user_id: String,
    /// Email address of the person.
    email: String,
}

/// By group, in the order in which groups and people were added to the tenant.
pub(crate) fn memberships(tenant: &Tenant) -> Vec<MembershipView> {
    let of_group = |(key, group): (_, &crate::state::Group)| {
        let (id, name) = (group.id.clone(), group.name.clone());
        let members = tenant.users.iter().filter(move |(user, _)| tenant.members.has(key, *user));
        members.map(move |(_, user)| MembershipView {
            group_id: id.clone(),
            group: name.clone(),
            user_id: user.id.clone(),
            email: user.email.clone(),
        })
    };
    tenant.groups.iter().flat_map(of_group).collect()
}

/// An API token as it is, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TokenView {
    /// GUID.
    pub id: String,
    /// Shown name.
    pub display_name: String,
    /// Description.
    pub description: String,
    /// Qualified names.
    pub personas: Vec<String>,
    /// User name of the token's maker.
    pub created_by: String,
    /// Whether it is accepted as a credential.
    pub alive: bool,
    /// When it last made a request, in RFC 3339 format; `None` if it never has.
    pub last_used: Option<String>,
}

pub(crate) fn tokens(tenant: &Tenant) -> Vec<TokenView> {
    let view = |token: &crate::state::ApiToken| TokenView {
        id: token.id.clone(),
        display_name: token.display_name.clone(),
        description: token.description.clone(),
        personas: token.personas.clone(),
        created_by: token.created_by.clone(),
        alive: tenant.alive(token).is_some(),
        last_used: token.last_used.map(|at| at.to_string()),
    };
    tenant.tokens.iter().map(|(_, token)| view(token)).collect()
}

/// An OAuth client as it is, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OauthClientView {
    /// GUID.
    pub id: String,
    /// `oauth-client-` and a GUID.
    pub client_id: String,
    /// Name shown in Atlan.
    pub display_name: String,
    /// Description.
    pub description: String,
    /// Name of the role.
    pub role: String,
    /// Qualified names.
    pub personas: Vec<String>,
}

pub(crate) fn oauth_clients(tenant: &Tenant) -> Vec<OauthClientView> {
    let view = |client: &crate::state::OauthClient| OauthClientView {
        id: client.id.clone(),
        client_id: client.client_id.clone(),
        display_name: client.display_name.clone(),
        description: client.description.clone(),
        role: client.role.clone(),
        personas: client.personas.clone(),
    };
    tenant.oauth_clients.iter().map(|(_, client)| view(client)).collect()
}

pub(crate) fn users(tenant: &Tenant) -> Vec<UserView> {
    let groups = |user| {
        let groups = tenant.groups.iter().filter(move |(group, _)| tenant.members.has(*group, user));
        groups.map(|(_, group)| group.name.clone()).collect()
    };
    let view = |(key, user): (_, &crate::state::User)| UserView {
        id: user.id.clone(),
        email: user.email.clone(),
        username: user.username.clone(),
        role: user.role.name(),
        pending: user.is_pending(),
        enabled: user.enabled,
        full_name: user.full_name(),
        groups: groups(key),
    };
    tenant.users.iter().map(view).collect()
}

pub(crate) fn groups(tenant: &Tenant) -> Vec<GroupView> {
    let members = |group| {
        let users = tenant.users.iter().filter(move |(user, _)| tenant.members.has(group, *user));
        users.map(|(_, user)| user.email.clone()).collect()
    };
    let view = |(key, group): (_, &crate::state::Group)| GroupView {
        id: group.id.clone(),
        name: group.name.clone(),
        alias: group.attribute("alias").unwrap_or_default().to_owned(),
        attributes: group.attributes.clone(),
        members: members(key),
    };
    tenant.groups.iter().map(view).collect()
}
