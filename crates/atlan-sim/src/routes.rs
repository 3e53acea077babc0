//! The tenant's HTTP: one table of everything it answers, and per area the bodies and the shapes of records.
//!
//! A route reads a [`Call`], applies a rule of [`Tenant`], and formats the answer. It does not wait or add failures of
//! its own: the caller of [`answer`] handles faults and connections.

use std::net::IpAddr;

use hyper::Method;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::query::{ListQuery, Query};
use crate::reply::{Outcome, Refusal, Reply};
use crate::settings::{EmptyRecords, Settings, TotalRecord};
use crate::state::{Caller, Row, Selection, Table, Tenant};

mod caller;
mod groups;
mod logs;
mod oauth_clients;
mod roles;
mod search;
mod sso;
mod tokens;
mod users;

/// A request to the API, read from the wire.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// As sent, with the leading slash.
    pub(crate) path: String,
    pub(crate) query: Query,
    /// `None` when there was no body.
    pub(crate) body: Option<Body>,
    pub(crate) bearer: Option<String>,
    pub(crate) request_id: String,
    /// Address of the client.
    pub(crate) from: IpAddr,
}

/// The body of a request.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Json(Value),
    Text(String),
}

impl Call {
    /// The body as `T`.
    ///
    /// # Errors
    /// 400 that says what is wrong with it.
    fn json<T: DeserializeOwned>(&self) -> Outcome<T> {
        match &self.body {
            Some(Body::Json(value)) => {
                T::deserialize(value).map_err(|e| Refusal::bad_request(format!("unusable request body: {e}")))
            }
            Some(Body::Text(_)) => Err(Refusal::bad_request("the request body is not JSON")),
            None => Err(Refusal::bad_request("the request has no body")),
        }
    }

    fn list<T: Row>(&self, settings: &Settings) -> Outcome<ListQuery> {
        ListQuery::parse::<T>(&self.query, settings)
    }
}

/// Answers one request.
pub(crate) fn answer(tenant: &mut Tenant, call: &Call) -> Reply {
    tenant.catch_up();
    let shape = tenant.settings.error_shape;
    if let Err(seconds) = tenant.admit(call.from) {
        let refusal = Refusal::new(429, "too many requests");
        return refusal.reply(shape, &call.request_id).retry_after(
            seconds,
            tenant.settings.rate_limit_header,
            tenant.today(),
        );
    }
    match route(tenant, call) {
        Ok(reply) => reply,
        Err(refusal) => refusal.reply(shape, &call.request_id),
    }
}

fn route(tenant: &mut Tenant, call: &Call) -> Outcome<Reply> {
    let unknown = || Refusal::not_found(format!("no such endpoint: {} {}", call.method, call.path));
    if (call.method.as_str(), call.path.as_str()) == ("POST", "/api/meta/search/indexsearch") {
        tenant.caller(call.bearer.as_deref())?;
        return search::index_search(call);
    }
    let path = call.path.strip_prefix("/api/service/").ok_or_else(unknown)?;
    let decoded: Vec<String> =
        path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
    let parts: Vec<&str> = decoded.iter().map(String::as_str).collect();
    if (call.method.as_str(), parts.as_slice()) == ("POST", &["oauth-clients", "token"]) {
        return oauth_clients::token(tenant, call);
    }
    let caller = tenant.caller(call.bearer.as_deref())?;
    tenant.note_use(call.bearer.as_deref());
    if call.method != Method::GET {
        caller.must_administer()?;
    }
    let by = &caller;
    match (call.method.as_str(), parts.as_slice()) {
        ("GET", ["groups"]) => groups::list(tenant, call, groups::Version::V1),
        ("GET", ["v2", "groups"]) => groups::list(tenant, call, groups::Version::V2),
        ("POST", ["groups"]) => groups::create(tenant, by, call),
        ("POST", ["groups", id]) => groups::update(tenant, by, id, call),
        ("POST", ["groups", id, "delete"]) => groups::delete(tenant, by, id),
        ("GET", ["groups", id, "members"]) => groups::members(tenant, id, call),
        ("POST", ["groups", id, "members"]) if tenant.settings.group_members_post => {
            groups::add_members(tenant, by, id, call)
        }
        ("POST", ["groups", id, "members", "remove"]) => groups::remove_members(tenant, by, id, call),

        ("GET", ["users"]) => users::list(tenant, call),
        ("POST", ["users"]) => users::invite(tenant, by, call),
        ("GET", ["users", "current"]) => caller::current(tenant, by),
        ("GET", ["whoami"]) => caller::whoami(tenant, by),
        ("GET", ["users", id]) if tenant.settings.get_user_by_id => users::one(tenant, id),
        ("POST", ["users", "sessions", _, "delete"]) => Ok(Reply::void(&tenant.settings)),
        ("POST", ["users", id]) => users::update(tenant, by, id, call),
        ("POST", ["users", id, "roles", "update"]) => users::change_role(tenant, by, id, call),
        ("POST", ["users", id, "update"]) if tenant.settings.role_change_path_alias => {
            users::change_role(tenant, by, id, call)
        }
        ("POST", ["users", id, "delete"]) => users::delete(tenant, by, id),
        ("POST", ["users", id, "resendinvite"]) if tenant.settings.resend_invite => {
            users::resend(tenant, by, id)
        }
        ("GET", ["users", id, "groups"]) => groups::of_user(tenant, id, call),
        ("POST", ["users", id, "groups"]) => groups::join(tenant, by, id, call),
        ("GET", ["users", id, "sessions"]) => logs::sessions(tenant, id),
        ("POST", ["users", id, "sessions", "delete"]) => logs::sign_out(tenant, id),
        ("GET", ["users", id, "events"]) => logs::user_events(tenant, id),
        ("GET", ["events", "login"]) => logs::logins(tenant, call),
        ("GET", ["events", "main"]) => logs::admin_events(tenant, call),
        ("POST", ["workflows"]) => users::workflow(tenant, by, call),
        ("GET", ["identity", "users"]) => users::identity(tenant, call),
        ("GET", ["identity", "groups"]) => groups::identity(tenant, call),

        ("GET", ["roles"]) => roles::list(tenant, call),

        (_, ["apikeys", ..]) if tokens::allow(tenant, by).is_err() => {
            tokens::allow(tenant, by).and_then(|()| Err(unknown()))
        }
        ("GET", ["apikeys"]) => tokens::list(tenant, call),
        ("POST", ["apikeys"]) => tokens::create(tenant, by, call),
        ("POST", ["apikeys", id]) => tokens::update(tenant, by, id, call),
        ("DELETE", ["apikeys", id]) => tokens::delete(tenant, by, id),

        ("GET", ["oauth-clients"]) => oauth_clients::list(tenant, call),
        ("POST", ["oauth-clients"]) => oauth_clients::create(tenant, by, call),
        ("GET", ["oauth-clients", id]) => oauth_clients::one(tenant, id),
        (method @ ("PUT" | "POST"), ["oauth-clients", id]) if oauth_clients::updates_by(tenant, method) => {
            oauth_clients::update(tenant, by, id, call)
        }
        ("DELETE", ["oauth-clients", id]) => oauth_clients::delete(tenant, by, id),

        (_, ["idp", ..]) if sso::allow(tenant, by).is_err() => {
            sso::allow(tenant, by).and_then(|()| Err(unknown()))
        }
        ("GET", ["idp", provider, "mappers"]) => sso::list(tenant, provider),
        ("POST", ["idp", provider, "mappers"]) => sso::create(tenant, by, provider, call),
        ("GET", ["idp", provider, "mappers", id]) => sso::one(tenant, provider, id),
        ("POST", ["idp", provider, "mappers", id]) => sso::update(tenant, provider, id, call),
        ("POST", ["idp", provider, "mappers", id, "delete"]) => sso::delete(tenant, provider, id),
        _ => Err(unknown()),
    }
}

/// Whether an empty page may be `null`: everywhere but in `GET /users`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nullable {
    Yes,
    No,
}

/// The envelope of a list: totals and one page.
fn envelope(
    settings: &Settings,
    query: &ListQuery,
    (total, matched): (usize, usize),
    records: Vec<Value>,
    nullable: Nullable,
) -> Reply {
    let mut body = Map::new();
    if query.count {
        let total = if settings.total_record == TotalRecord::All { total } else { matched };
        body.insert("totalRecord".into(), total.into());
        body.insert("filterRecord".into(), matched.into());
    }
    let null =
        records.is_empty() && nullable == Nullable::Yes && settings.empty_records == EmptyRecords::Null;
    body.insert("records".into(), if null { Value::Null } else { Value::Array(records) });
    Reply::ok(Value::Object(body))
}

/// Puts a foreign record behind the last one of a list without a filter, and returns the totals with it.
fn with_foreign(
    query: &ListQuery,
    found: &Selection,
    records: &mut Vec<Value>,
    foreign: Option<Value>,
) -> (usize, usize) {
    let Some(mut record) = foreign.filter(|_| query.filter.is_none()) else {
        return (found.total, found.matched);
    };
    if let Value::Object(fields) = &mut record {
        fields.retain(|field, _| field == "id" || query.columns.wants(field));
    }
    if (query.offset..query.offset.saturating_add(query.limit)).contains(&found.matched) {
        records.push(record);
    }
    (found.total + 1, found.matched + 1)
}

/// A list of the records of one small table.
fn page_of<T: Row>(
    settings: &Settings,
    table: &mut Table<T>,
    now: std::time::Duration,
    call: &Call,
    record: impl Fn(&T) -> Value,
) -> Outcome<Reply> {
    let query = call.list::<T>(settings)?;
    let found = table.select(&query, now, None);
    let records = found.page.iter().filter_map(|key| table.get(*key)).map(record).collect();
    Ok(envelope(settings, &query, (found.total, found.matched), records, Nullable::Yes))
}

/// An empty list, in which `null` also stands for "no value".
fn strings<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    use serde::Deserialize;
    Ok(Option::<Vec<String>>::deserialize(from)?.unwrap_or_default())
}

/// Attributes as clients send them: `null` for an attribute is as good as leaving it out.
fn attributes<'de, D: serde::Deserializer<'de>>(from: D) -> Result<crate::state::Attributes, D::Error> {
    use serde::Deserialize;
    let sent = Option::<std::collections::BTreeMap<String, Option<Vec<String>>>>::deserialize(from)?;
    Ok(sent.unwrap_or_default().into_iter().filter_map(|(name, values)| Some((name, values?))).collect())
}

/// The minimal record of a service account, as `GET /users/current` returns it.
fn minimal_service_account(caller: &Caller) -> Value {
    json!({
        "id": caller.id, "username": caller.username, "email": Value::Null, "emailVerified": false, "enabled": true,
        "firstName": Value::Null, "lastName": Value::Null, "attributes": {}, "createdTimestamp": 0, "totp": false,
        "disableableCredentialTypes": [], "requiredActions": [], "access": {},
    })
}
