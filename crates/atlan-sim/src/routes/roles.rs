//! `/roles`.

use serde_json::json;

use crate::reply::{Outcome, Reply};
use crate::routes::{Call, Nullable, envelope};
use crate::state::{Role, Tenant};

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Outcome<Reply> {
    let query = call.list::<Role>(&tenant.settings)?;
    let now = tenant.now();
    let found = tenant.roles.select(&query, now, None);
    let roles = found.page.iter().filter_map(|key| tenant.roles.get(*key));
    let records = roles.map(|role| {
        let holders = tenant.holders(role).to_string();
        json!({
            "id": role.id, "name": role.name, "description": role.description, "clientRole": false,
            "level": role.level, "memberCount": holders, "userCount": holders,
        })
    });
    Ok(envelope(&tenant.settings, &query, (found.total, found.matched), records.collect(), Nullable::Yes))
}
