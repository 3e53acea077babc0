//! `/groups`, `/v2/groups`, members of a group, groups of a user.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::query::{Columns, ListQuery};
use crate::reply::{Outcome, Refusal, Reply};
use crate::routes::{Call, Nullable, attributes, envelope, strings, users, with_foreign};
use crate::settings::{ForeignRecords, ListCounts, Settings, V1Groups};
use crate::state::{Attributes, Caller, Group, GroupEdit, Key, NewGroup, Tenant, User};

/// The two paths of one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// Whether a record names the personas and purposes of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Personas {
    Shown,
    Left,
}

#[derive(Deserialize)]
struct CreateBody {
    group: CreateGroup,
    #[serde(default, deserialize_with = "strings")]
    users: Vec<String>,
}

#[derive(Deserialize)]
struct CreateGroup {
    name: String,
    #[serde(default, deserialize_with = "attributes")]
    attributes: Attributes,
}

#[derive(Deserialize)]
struct UpdateBody {
    id: Option<String>,
    name: Option<String>,
    path: Option<String>,
    #[serde(default, deserialize_with = "attributes")]
    attributes: Attributes,
}

#[derive(Deserialize)]
struct UsersBody {
    #[serde(default, deserialize_with = "strings")]
    users: Vec<String>,
}

#[derive(Deserialize)]
struct GroupsBody {
    #[serde(default, deserialize_with = "strings")]
    groups: Vec<String>,
}

pub(super) fn list(tenant: &mut Tenant, call: &Call, version: Version) -> Outcome<Reply> {
    let query = call.list::<Group>(&tenant.settings)?;
    let left = version == Version::V1 && tenant.settings.v1_groups == V1Groups::NoPersonas;
    page(tenant, &query, None, if left { Personas::Left } else { Personas::Shown })
}

pub(super) fn of_user(tenant: &mut Tenant, user: &str, call: &Call) -> Outcome<Reply> {
    let query = call.list::<Group>(&tenant.settings)?;
    let user = tenant.user(user)?.0;
    let groups = tenant.members.groups_of(user, tenant.now());
    page(tenant, &query, Some(groups), Personas::Left)
}

fn page(
    tenant: &mut Tenant,
    query: &ListQuery,
    within: Option<Vec<Key>>,
    personas: Personas,
) -> Outcome<Reply> {
    let now = tenant.now();
    let foreign = if within.is_none() { foreign(&tenant.settings) } else { None };
    let found = tenant.groups.select(query, now, within);
    let groups = found.page.iter().filter_map(|key| Some((*key, tenant.groups.shown(*key, now)?)));
    let mut records =
        groups.map(|(key, group)| record(tenant, key, group, &query.columns, personas)).collect();
    let totals = with_foreign(query, &found, &mut records, foreign);
    Ok(envelope(&tenant.settings, query, totals, records, Nullable::Yes))
}

/// A record that is no group of this tenant.
fn foreign(settings: &Settings) -> Option<Value> {
    let id = "00000000-0000-4000-8000-00000000f0e2";
    Some(match settings.foreign_records {
        ForeignRecords::None => return None,
        ForeignRecords::OddId => json!({
            "id": "f:0d7a54c3-2b1e-4f65-9a10-8f3f5e1c2a77:foreign", "name": "foreign", "path": "/foreign",
            "alias": "Foreign", "attributes": { "alias": ["Foreign"] }, "userCount": 0,
        }),
        ForeignRecords::NoEnabled | ForeignRecords::NoEmail => json!({ "id": id, "name": "foreign" }),
        ForeignRecords::Nulls => json!({
            "id": id, "name": Value::Null, "path": Value::Null, "alias": Value::Null, "attributes": Value::Null,
            "userCount": Value::Null,
        }),
    })
}

fn record(tenant: &Tenant, key: Key, group: &Group, columns: &Columns, personas: Personas) -> Value {
    let mut record = Map::new();
    record.insert("id".into(), group.id.clone().into());
    record.insert("name".into(), group.name.clone().into());
    let mut put = |field: &str, value: &dyn Fn() -> Value| {
        if columns.wants(field) {
            record.insert(field.into(), value());
        }
    };
    put("alias", &|| group.attribute("alias").into());
    put("path", &|| group.path().into());
    put("attributes", &|| json!(group.attributes));
    if tenant.settings.list_counts == ListCounts::Present {
        put("userCount", &|| tenant.members.users_of(key, tenant.now()).len().into());
    }
    put("decentralizedRoles", &|| json!([]));
    if personas == Personas::Shown {
        put("personas", &|| json!([]));
        put("purposes", &|| json!([]));
    }
    if columns.names("roles") {
        record.insert("roles".into(), json!([]));
    }
    Value::Object(record)
}

pub(super) fn create(tenant: &mut Tenant, caller: &Caller, call: &Call) -> Outcome<Reply> {
    let CreateBody { group: CreateGroup { name, attributes }, users } = call.json()?;
    let (id, outcomes) = tenant.create_group(caller, NewGroup { name, attributes, users })?;
    let users = if outcomes.is_empty() { Value::Null } else { Value::Object(outcomes) };
    Ok(Reply::ok(json!({ "group": id, "users": users })))
}

pub(super) fn update(tenant: &mut Tenant, caller: &Caller, id: &str, call: &Call) -> Outcome<Reply> {
    let UpdateBody { id: sent, name, path, attributes } = call.json()?;
    if sent.is_some_and(|sent| sent != id) {
        return Err(Refusal::bad_request("id in the body is not the one in the path"));
    }
    tenant.update_group(caller, id, GroupEdit { name, path, attributes })?;
    Ok(Reply::void(&tenant.settings))
}

pub(super) fn delete(tenant: &mut Tenant, caller: &Caller, id: &str) -> Outcome<Reply> {
    tenant.delete_group(caller, id)?;
    Ok(Reply::void(&tenant.settings))
}

pub(super) fn members(tenant: &mut Tenant, id: &str, call: &Call) -> Outcome<Reply> {
    let query = call.list::<User>(&tenant.settings)?;
    let now = tenant.now();
    let within = tenant.members.users_of(tenant.group(id)?.0, now);
    let found = tenant.users.select(&query, now, Some(within));
    let people = found.page.iter().filter_map(|key| Some((*key, tenant.users.shown(*key, now)?)));
    let records = people.map(|(key, user)| users::member_record(tenant, key, user, &query)).collect();
    Ok(envelope(&tenant.settings, &query, (found.total, found.matched), records, Nullable::Yes))
}

pub(super) fn add_members(tenant: &mut Tenant, caller: &Caller, id: &str, call: &Call) -> Outcome<Reply> {
    let UsersBody { users } = call.json()?;
    tenant.add_members(caller, &users, &[id.to_owned()])?;
    Ok(Reply::void(&tenant.settings))
}

pub(super) fn remove_members(tenant: &mut Tenant, caller: &Caller, id: &str, call: &Call) -> Outcome<Reply> {
    let UsersBody { users } = call.json()?;
    tenant.remove_members(caller, id, &users)?;
    Ok(Reply::void(&tenant.settings))
}

pub(super) fn join(tenant: &mut Tenant, caller: &Caller, user: &str, call: &Call) -> Outcome<Reply> {
    let GroupsBody { groups } = call.json()?;
    tenant.join_groups(caller, user, &groups)?;
    Ok(Reply::void(&tenant.settings))
}

/// Bare, minimal records for machines inside the tenant.
pub(super) fn identity(tenant: &mut Tenant, call: &Call) -> Outcome<Reply> {
    let query = call.list::<Group>(&tenant.settings)?;
    let now = tenant.now();
    let found = tenant.groups.select(&query, now, None);
    let groups = found.page.iter().filter_map(|key| tenant.groups.shown(*key, now));
    let records = groups.map(|group| {
        let mut record = json!({ "id": group.id, "name": group.name, "path": group.path() });
        if query.columns.names("attributes") {
            record["attributes"] = json!(group.attributes);
        }
        record
    });
    Ok(Reply::ok(records.collect()))
}
