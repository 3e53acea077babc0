//! `/users/current` and `/whoami`: the identity behind the request.

use serde_json::{Value, json};

use crate::reply::{Outcome, Reply};
use crate::routes::{minimal_service_account, users};
use crate::settings::KeyKind;
use crate::state::{Caller, Tenant};

pub(super) fn current(tenant: &Tenant, caller: &Caller) -> Outcome<Reply> {
    let person = tenant.users.by_id(&caller.id).map(|(_, user)| users::minimal(user));
    Ok(Reply::ok(person.unwrap_or_else(|| minimal_service_account(caller))))
}

pub(super) fn whoami(tenant: &Tenant, caller: &Caller) -> Outcome<Reply> {
    let mut names = vec![caller.role.as_str()];
    if caller.kind == KeyKind::ApiToken {
        names.push("$api-token-default-access");
    }
    let roles: Value = names
        .into_iter()
        .filter_map(|name| tenant.role(name))
        .map(|role| json!({ "id": role.id, "roleId": role.id, "roleName": role.name, "name": role.name }))
        .collect();
    let groups: Value = tenant.users.by_id(&caller.id).map_or_else(
        || json!([]),
        |(key, _)| {
            let groups = tenant.members.groups_of(key, tenant.now());
            let groups = groups.into_iter().filter_map(|group| tenant.groups.get(group));
            groups.map(|group| json!({ "id": group.id, "name": group.name, "path": group.path() })).collect()
        },
    );
    Ok(Reply::ok(json!({
        "userId": caller.id, "username": caller.username, "workspaceRole": caller.role,
        "assignedRole": users::assigned_role(tenant, &caller.role), "roles": roles,
        "defaultRoles": ["offline_access", "uma_authorization", "$guest"], "decentralizedRoles": [],
        "groups": groups, "personas": [], "purposes": [], "permissions": [], "designation": "", "profileRole": "",
        "profileRoleOther": "",
    })))
}
