//! Sessions and events: bare arrays, paged by `first` and `max`.

use serde_json::{Value, json};

use crate::query::Query;
use crate::reply::{Outcome, Refusal, Reply};
use crate::routes::{Call, users};
use crate::state::Tenant;

pub(super) fn sessions(tenant: &Tenant, id: &str) -> Outcome<Reply> {
    let (_, user) = tenant.user(id)?;
    let sessions = user.last_login.map(|at| {
        json!({
            "id": user.id, "userId": user.id, "username": user.username, "ipAddress": "127.0.0.1",
            "start": at.as_millisecond(), "lastAccess": at.as_millisecond(), "clients": { "atlan-frontend": "atlan-frontend" },
        })
    });
    Ok(Reply::ok(sessions.into_iter().collect()))
}

pub(super) fn sign_out(tenant: &Tenant, id: &str) -> Outcome<Reply> {
    tenant.user(id)?;
    Ok(Reply::void(&tenant.settings))
}

pub(super) fn user_events(tenant: &Tenant, id: &str) -> Outcome<Reply> {
    Ok(Reply::ok(users::login_events(tenant.user(id)?.1, usize::MAX)))
}

pub(super) fn logins(tenant: &Tenant, call: &Call) -> Outcome<Reply> {
    let (dates, asked) = (dates(&call.query)?, call.query.first("user"));
    let mut people: Vec<_> =
        tenant.users.iter().map(|(_, user)| user).filter(|user| user.last_login.is_some()).collect();
    people.retain(|user| asked.is_none_or(|asked| user.id == asked));
    people.retain(|user| user.last_login.is_some_and(|at| dates.hold(at)));
    people.sort_by_key(|user| std::cmp::Reverse(user.last_login));
    let events = people
        .into_iter()
        .flat_map(|user| users::login_events(user, 1).as_array().cloned().unwrap_or_default());
    paged(&call.query, events)
}

pub(super) fn admin_events(tenant: &Tenant, call: &Call) -> Outcome<Reply> {
    let dates = dates(&call.query)?;
    // Several values of one key match any of them; without the key everything matches.
    let asked = |name: &str, value: &str| {
        let mut asked = call.query.all(name).peekable();
        asked.peek().is_none() || asked.any(|asked| asked == value)
    };
    let events = tenant.events.iter().rev().filter(|event| dates.hold(event.at));
    let events = events.filter(|event| asked("operationTypes", event.operation));
    let events = events.filter(|event| asked("resourceTypes", event.resource));
    paged(&call.query, events.map(|event| {
        json!({
            "operationType": event.operation, "realmId": "default", "representation": "", "resourcePath": event.path,
            "resourceType": event.resource, "time": event.at.as_millisecond(),
            "authDetails": { "clientId": "atlan-frontend", "ipAddress": "127.0.0.1", "realmId": "default", "userId": event.by },
        })
    }))
}

fn paged(query: &Query, events: impl Iterator<Item = Value>) -> Outcome<Reply> {
    let (first, max) = (query.number("first")?.unwrap_or(0), query.number("max")?.unwrap_or(100));
    Ok(Reply::ok(events.skip(first).take(max).collect()))
}

/// Days, both included.
struct Dates {
    from: Option<jiff::civil::Date>,
    to: Option<jiff::civil::Date>,
}

impl Dates {
    fn hold(&self, at: jiff::Timestamp) -> bool {
        let day = jiff::tz::TimeZone::UTC.to_datetime(at).date();
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

fn dates(query: &Query) -> Outcome<Dates> {
    let date = |name: &str| {
        let text = query.first(name);
        let parsed = text.map(|text| {
            text.parse().map_err(|_| Refusal::bad_request(format!("{name} is not a date: {text}")))
        });
        parsed.transpose()
    };
    Ok(Dates { from: date("dateFrom")?, to: date("dateTo")? })
}
