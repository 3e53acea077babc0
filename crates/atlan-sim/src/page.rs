//! The page at `/`: what the tenant holds and what was asked of it, for a person who watches an apply in a browser.
//!
//! The server renders it whole; it has no script and loads nothing. It shows the tenant as it is: records that lists do
//! not show yet are included, and no secret is. Every text comes from a request, so [`maud`] escapes all of them: a
//! group may well be called `<script>`. The page is not part of Atlan's API: it is not in the journal, and no fault and
//! no latency applies to it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::exchange::Shared;
use crate::journal::{Entry, Outcome};
use crate::reply::{Payload, Reply};
use crate::state::{Group, Key, Mapper, Tenant, User};

/// Where the page is.
pub(crate) const PATH: &str = "/";

/// Seconds after which a browser asks for the page again.
const REFRESH: u32 = 2;

/// Most rows of a table. A tenant may have many thousand people, and the newest are those that the last apply made.
const ROWS: usize = 100;

/// Most names in one cell.
const NAMES: usize = 12;

const STYLE: &str = include_str!("page/style.css");

/// Nothing but the page's own style and its empty icon may be used, even if a text got through unescaped.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// Answers a request for the page.
pub(crate) fn answer(shared: &Shared) -> Reply {
    let (sent, last) = shared.recorder.last(ROWS);
    let page = render(&mut shared.tenant(), sent, &last);
    let mut reply = Reply::new(200, Payload::Html(page.into_string()));
    reply.headers = vec![
        ("cache-control", "no-store".into()),
        ("content-security-policy", POLICY.into()),
        ("x-content-type-options", "nosniff".into()),
    ];
    reply
}

/// The page. `sent` counts all requests, of which `last` are the last.
fn render(tenant: &mut Tenant, sent: usize, last: &[Entry]) -> Markup {
    tenant.catch_up();
    let counts = [
        ("#people", "people", tenant.users.iter().count()),
        ("#groups", "groups", tenant.groups.iter().count()),
        ("#groups", "memberships", tenant.members.count()),
        ("#mails", "mails sent", tenant.mails.len()),
        ("#requests", "requests", sent),
    ];
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="refresh" content=(REFRESH);
                title { "atlan-sim" }
                link rel="icon" href="data:,"; // otherwise browsers ask for /favicon.ico, which the journal would show
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "atlan-sim" }
                    p { "A local Atlan tenant, as of " (moment(&tenant.today().to_string())) " UTC on its clock. "
                        "This page refreshes itself every " (REFRESH) " seconds." }
                    nav aria-label="Sections" {
                        @for (place, what, count) in counts { a href=(place) { strong { (count) } " " (what) } }
                    }
                }
                main {
                    (people(tenant))
                    (groups(tenant))
                    (requests(sent, last))
                    (mails(tenant))
                    (mappings(tenant))
                    (credentials(tenant))
                }
            }
        }
    }
}

/// A table with a heading; the newest rows come first. `total` counts also the rows that are left out.
fn section(id: &str, title: &str, head: &[&str], rows: &[Markup], total: usize, none: &str) -> Markup {
    html! {
        section id=(id) aria-labelledby=(format!("{id}-title")) {
            h2 id=(format!("{id}-title")) { (title) }
            @if rows.is_empty() {
                p.none { (none) }
            } @else {
                div.wide {
                    table {
                        thead { tr { @for name in head { th scope="col" { (name) } } } }
                        tbody { @for row in rows { tr { (row) } } }
                    }
                }
                @if total > rows.len() { p.none { "The newest " (rows.len()) " of " (total) "." } }
            }
        }
    }
}

/// The newest rows, in their order, and how many there are.
fn newest<T>(all: impl Iterator<Item = T>, row: impl Fn(&T) -> Markup) -> (Vec<Markup>, usize) {
    let all: Vec<T> = all.collect();
    (all.iter().rev().take(ROWS).map(row).collect(), all.len())
}

/// Names in one cell.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> Markup {
    let names: Vec<&str> = names.collect();
    let more = names.len().saturating_sub(NAMES);
    html! {
        @if names.is_empty() { span.none { "none" } }
        @for name in names.iter().take(NAMES) { span.name { (name) } " " }
        @if more > 0 { span.none { "and " (more) " more" } }
    }
}

fn people(tenant: &Tenant) -> Markup {
    let (rows, total) = newest(tenant.users.iter(), |(key, user)| {
        let status = status(tenant, user);
        let groups = tenant.groups_now(*key).map(alias);
        html! {
            td { (user.email) @if !user.full_name().is_empty() { div.aside { (user.full_name()) } } }
            td.word { code { (user.role.name()) } }
            td.word { span.(status) { (status) } }
            td { (names(groups)) }
            td.guid { (user.id) }
        }
    });
    let head = ["email", "role", "status", "groups", "GUID"];
    section("people", "People", &head, &rows, total, "Nobody.")
}

fn groups(tenant: &Tenant) -> Markup {
    let (rows, total) = newest(tenant.groups.iter(), |(key, group)| {
        let members = tenant.members_now(*key).map(|user| user.email.as_str());
        html! {
            td { (alias(group))
                @if let Some(text) = group.attribute("description") { div.aside { (text) } } }
            td { code { (group.name) } }
            td { (names(members)) }
            td.guid { (group.id) }
        }
    });
    section("groups", "Groups", &["alias", "name", "members", "GUID"], &rows, total, "No groups yet.")
}

fn requests(sent: usize, last: &[Entry]) -> Markup {
    let (rows, _) = newest(last.iter(), |entry| {
        let kind = if entry.is_write() { "write" } else { "read" };
        html! {
            td { (entry.number) }
            td { (moment(&entry.at)) }
            td.word { code.(kind) { (entry.method) } }
            td.path { (entry.path) }
            td.word { (answered(entry)) }
            td { @if let Some(ms) = entry.elapsed_ms { (ms) " ms" } }
        }
    });
    let head = ["no.", "at", "method", "path", "status", "took"];
    section("requests", "Last requests", &head, &rows, sent, "No requests yet.")
}

fn answered(entry: &Entry) -> Markup {
    let (class, text) = match (entry.status, entry.outcome) {
        (Some(status @ ..400), _) => ("good", status.to_string()),
        (Some(status), _) => ("bad", status.to_string()),
        (None, Outcome::Dropped) => ("bad", "connection closed".to_owned()),
        (None, _) => ("open", "in flight".to_owned()),
    };
    html! { span.(class) { (text) } }
}

fn mails(tenant: &Tenant) -> Markup {
    let (rows, total) = newest(tenant.mails.iter(), |mail| {
        html! {
            td { (moment(&mail.at)) }
            td { (mail.email) }
            td { @if mail.again { "invitation, once more" } @else { "invitation" } }
        }
    });
    section("mails", "Mails sent", &["at", "to", "mail"], &rows, total, "No mails yet.")
}

fn mappings(tenant: &Tenant) -> Markup {
    let (rows, total) = newest(tenant.mappers.iter(), |mapper| {
        let (group, value) = mapper.mapping().unwrap_or_default();
        html! {
            td { (mapper.provider) }
            td { (Mapper::name(mapper)) }
            td { (value) }
            td { (group) }
        }
    });
    let head = ["identity provider", "mapping", "group in the claim", "group"];
    section("mappings", "SSO group mappings", &head, &rows, total, "No mappings.")
}

/// Names only. No secret is shown.
fn credentials(tenant: &Tenant) -> Markup {
    let tokens = tenant.tokens.iter().map(|(_, token)| ("API token", &token.display_name, &token.created_by));
    let clients = tenant.oauth_clients.iter();
    let clients = clients.map(|(_, client)| ("OAuth client", &client.display_name, &client.created_by));
    let (rows, total) = newest(clients.chain(tokens), |(kind, name, by)| {
        html! {
            td { (kind) }
            td { (name) }
            td { (by) }
        }
    });
    section("credentials", "Credentials", &["kind", "name", "created by"], &rows, total, "None.")
}

fn alias(group: &Group) -> &str {
    group.attribute("alias").unwrap_or_default()
}

/// The status as the provider calls it.
fn status(tenant: &Tenant, user: &User) -> &'static str {
    let expired = || tenant.expires_at(user).is_some_and(|at| at <= tenant.today());
    match (user.enabled, user.is_pending()) {
        (false, _) => "disabled",
        (true, false) => "active",
        (true, true) if expired() => "expired",
        (true, true) => "pending",
    }
}

/// The time of an RFC 3339 timestamp, without date and fraction.
fn moment(rfc3339: &str) -> &str {
    let time = rfc3339.split_once('T').map_or(rfc3339, |(_, time)| time);
    time.get(..8).unwrap_or(time)
}

impl Tenant {
    fn groups_now(&self, user: Key) -> impl Iterator<Item = &Group> {
        let groups = self.members.current_groups(user);
        groups.filter_map(|group| self.groups.get(group))
    }

    fn members_now(&self, group: Key) -> impl Iterator<Item = &User> {
        let users = self.members.current_users(group);
        users.filter_map(|user| self.users.get(user))
    }
}
