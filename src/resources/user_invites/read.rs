//! Reads many seats in shared requests. People are matched by GUID. A person who no longer exists leaves `people`, so the plan shows them
//! as an addition.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tfplug::{Cx, Result, State};

use super::exchanged;
use super::place::Work;
use super::plan::object;
use super::{
    ADDRESSES, ATTEMPTS, Entries, Entry, HOLDER, NOT_ENABLED, SPARED, SeatStatus, UserInvites, entries,
    keep_addresses, state,
};
use crate::members::together;
use crate::provider::Client;
use crate::resources::ById;
use crate::run::entries::Marks;
use crate::seat::{self, Outcome};
use crate::types::Role;

/// What `failed` says about an entry whose unclear invitation had no effect.
const NO_EFFECT: &str = "not invited: an earlier invitation, whose outcome was unknown, had no effect; the next apply invites the person";

pub(super) async fn read(
    cx: &Cx<'_, UserInvites>,
    id: &ById,
    prior: &State<UserInvites>,
) -> Result<State<UserInvites>> {
    let client = &cx.client;
    let before = entries(&prior.args.people, &prior.computed.people);
    let run = client.run();
    run.meets(HOLDER.resource, cx.private, guids(&before));
    let (mut found, changed) = by_id(client, &before).await?;
    spare(cx, &found);
    run.meets(HOLDER.resource, cx.private, guids(&found));
    exchanged::warn(cx, &found, &changed);
    cx.private.set(&ADDRESSES, &changed.into_iter().collect());
    keep_addresses(cx.private, |_| true);
    let marks = Marks::of(cx.private);
    for (email, entry) in &found {
        if let Some(object) = object(&marks, email, entry) {
            run.reads_leaving(&object)?;
        }
    }
    let mut failed = prior.computed.failed.clone();
    by_address(cx, &before, &mut found, &mut failed).await?;
    // For a person who can log in, the state is correct now. For the others, the next apply tries again.
    Work::new(client, cx, cx.private)
        .forget_parts(|email| found.get(email).is_none_or(|entry| entry.status != SeatStatus::Disabled));
    let parts = cx.private.get(&NOT_ENABLED).unwrap_or_default();
    failed
        .retain(|email, _| found.get(email).is_some_and(|entry| entry.id.is_none() || parts.contains(email)));
    Ok(state(&prior.args, &id.id, &found, failed))
}

/// Marks the people whom another object of the state has, too.
fn spare(cx: &Cx<'_, UserInvites>, found: &Entries) {
    let is_replaced = |entry: &Entry| {
        let id = entry.id.as_ref();
        id.is_some_and(|id| cx.client.run().is_replaced(HOLDER.resource, cx.private, id.as_str()))
    };
    let spared: BTreeSet<String> =
        found.iter().filter(|(_, entry)| is_replaced(entry)).map(|(email, _)| email.clone()).collect();
    match spared.is_empty() {
        true => cx.private.remove(&SPARED),
        false => cx.private.set(&SPARED, &spared),
    }
}

/// The entries with a GUID whose people are there, and the entries that never got a GUID. Also the keys of the entries whose person has
/// another address now, each with that address.
async fn by_id(client: &Client, before: &Entries) -> atlan::Result<(Entries, Vec<(String, String)>)> {
    let ids: Vec<(String, atlan::Guid)> = before
        .iter()
        .filter_map(|(email, entry)| Some((email.clone(), (**entry.id.as_ref()?).clone())))
        .collect();
    // More addresses than GUIDs fit into one request. The GUID decides: the address may have changed, or be somebody else's.
    let look_ups = ids.into_iter().map(|(email, id)| {
        let client = client.clone();
        async move {
            let user = match client.user_by_email(&email).await? {
                Some(user) if user.id == id => Some(user),
                _ => client.user(&id).await?,
            };
            Ok((email, user))
        }
    });
    let mut found: Entries = before
        .iter()
        .filter(|(_, entry)| entry.id.is_none())
        .map(|(email, entry)| (email.clone(), entry.clone()))
        .collect();
    let mut changed = Vec::new();
    for (email, user) in together(look_ups).await? {
        let Some(entry) = before.get(&email) else { continue };
        match (user, &entry.id) {
            (Some(user), _) => {
                client.run().reads(HOLDER, &user);
                found.insert(email.clone(), is_there(entry, &user));
                changed.extend(exchanged::changed(&email, &user).map(|address| (email, address)));
            }
            (None, Some(id)) => client.run().departs_under(HOLDER.resource, email, (id.clone(), false)),
            (None, None) => {}
        }
    }
    Ok((found, changed))
}

/// The people of a list.
pub(super) fn guids(entries: &Entries) -> impl Iterator<Item = &str> {
    entries.values().filter_map(|entry| entry.id.as_ref()).map(|id| id.as_str())
}

/// The entry of somebody who is there.
fn is_there(entry: &Entry, user: &atlan::User) -> Entry {
    Entry {
        spelled: entry.spelled.clone(),
        role: user.role.map_or(entry.role, Role::from),
        id: Some(user.id.clone().into()),
        status: user.status.into(),
    }
}

/// Looks for the people whose invitation was unclear, until it can no longer take effect. If it had its effect, the entry gets the
/// person. If somebody else invited the person, the entry stays as it is. If nobody is there, the entry becomes `failed`.
///
/// This waits because, under `create_before_destroy`, the new object of a replacement comes first, and nothing tells it of this one.
async fn by_address(
    cx: &Cx<'_, UserInvites>,
    before: &Entries,
    found: &mut Entries,
    failed: &mut BTreeMap<String, String>,
) -> atlan::Result<()> {
    let client = &cx.client;
    let unclear =
        before.iter().filter(|(_, entry)| entry.id.is_none() && entry.status == SeatStatus::Unknown);
    let unclear: Vec<String> = unclear.map(|(email, _)| email.clone()).collect();
    if unclear.is_empty() {
        return Ok(());
    }
    let attempts = Arc::new(cx.private.get(&ATTEMPTS).unwrap_or_default());
    // Read first, because the look-up may use up the time of this call.
    client.current().await?;
    let look_ups = unclear.into_iter().map(|email| {
        let (client, attempts) = (client.clone(), Arc::clone(&attempts));
        async move {
            let attempt = attempts.get(&email).map(String::as_str);
            let outcome = seat::outcome(&client, &email, attempt).await?;
            Ok((email, outcome))
        }
    });
    let work = Work::new(client, cx, cx.private);
    for (email, outcome) in together(look_ups).await? {
        let Some(entry) = before.get(&email) else { continue };
        let now = match outcome {
            Outcome::Ours(user) => {
                client.run().reads(HOLDER, &user);
                is_there(entry, &user)
            }
            // The next apply decides by `on_existing`.
            Outcome::NotOurs => continue,
            Outcome::NoEffect => {
                failed.insert(email.clone(), NO_EFFECT.to_owned());
                Entry { status: SeatStatus::Failed, ..entry.clone() }
            }
        };
        work.forget([email.as_str()]);
        found.insert(email, now);
    }
    Ok(())
}
