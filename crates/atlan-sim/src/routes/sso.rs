//! `/idp/{alias}/mappers`: SSO group mappings. Bare arrays; creation echoes the body without an id.

use serde_json::{Map, Value};

use crate::reply::{Outcome, Reply};
use crate::routes::Call;
use crate::state::{Caller, Mapper, Tenant};

/// # Errors
/// 403 unless the settings let this kind of caller work with mappers.
pub(super) fn allow(tenant: &Tenant, caller: &Caller) -> Outcome<()> {
    caller.must_be(&tenant.settings.sso_with, "manage single sign-on")
}

pub(super) fn list(tenant: &Tenant, provider: &str) -> Outcome<Reply> {
    Ok(Reply::ok(tenant.mappers_of(provider)?.map(Mapper::record).collect()))
}

pub(super) fn one(tenant: &Tenant, provider: &str, id: &str) -> Outcome<Reply> {
    let at = tenant.mapper(provider, id)?;
    Ok(Reply::ok(tenant.mappers[at].record()))
}

pub(super) fn create(tenant: &mut Tenant, caller: &Caller, provider: &str, call: &Call) -> Outcome<Reply> {
    let body: Map<String, Value> = call.json()?;
    tenant.add_mapper(caller, provider, body.clone())?;
    Ok(Reply::ok(Value::Object(body)))
}

pub(super) fn update(tenant: &mut Tenant, provider: &str, id: &str, call: &Call) -> Outcome<Reply> {
    let body: Map<String, Value> = call.json()?;
    tenant.update_mapper(provider, id, &body)?;
    Ok(Reply::ok(Value::Object(body)))
}

pub(super) fn delete(tenant: &mut Tenant, provider: &str, id: &str) -> Outcome<Reply> {
    tenant.delete_mapper(provider, id)?;
    Ok(Reply::void(&tenant.settings))
}
