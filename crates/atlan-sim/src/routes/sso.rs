//! `/idp/{alias}/mappers`: SSO group mappings. Bare arrays; creation echoes the body without an id.

use serde_json::{Map, Value};

use crate::reply::{Outcome, Reply};
use crate::routes::Call;
use crate::state::{Caller, Mapper, Tenant};

pub(super) fn list(tenant: &Tenant, provider: &str) -> Outcome<Reply> {
    let mappers = tenant.mappers.iter().filter(|mapper| mapper.provider == provider);
    Ok(Reply::ok(mappers.map(Mapper::record).collect()))
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
    let at = tenant.mapper(provider, id)?;
    tenant.mappers[at].body = body.clone();
    Ok(Reply::ok(Value::Object(body)))
}

pub(super) fn delete(tenant: &mut Tenant, provider: &str, id: &str) -> Outcome<Reply> {
    let at = tenant.mapper(provider, id)?;
    tenant.mappers.remove(at);
    Ok(Reply::void(&tenant.settings))
}
