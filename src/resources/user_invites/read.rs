//! Reads many seats in shared requests. People are matched by GUID. A person who no longer exists leaves `people`, so the plan shows them
//! as an addition.

use tfplug::{Cx, Result, State};

use super::exchanged;
use super::place::Work;
use super::{ATTEMPTS, Entries, Entry, HOLDER, SeatStatus, UserInvites, entries, state};
use crate::members::together;
use crate::provider::Client;
use crate::resources::ById;
use crate::types::Role;

pub(super) async fn read(
    cx: &Cx<'_, UserInvites>,
    id: &ById,
    prior: &State<UserInvites>,
) -> Result<State<UserInvites>> {
    let client = &cx.client;
    let before = entries(&prior.args.people, &prior.computed.people);
    let (mut found, changed) = by_id(client, &before).await?;
    exchanged::warn(cx, &found, &changed);
    by_address(cx, &before, &mut found).await?;
    let mut failed = prior.computed.failed.clone();
    // For a person who exists, the state is correct now. For the others, the next apply looks again.
    failed.retain(|email, _| found.get(email).is_some_and(|entry| entry.id.is_none()));
    Ok(state(&prior.args, &id.id, &found, failed))
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
        if let (Some(entry), Some(user)) = (before.get(&email), user) {
            client.run().reads(HOLDER, &user);
            found.insert(email.clone(), is_there(entry, &user));
            changed.extend(exchanged::changed(&email, &user).map(|address| (email, address)));
        }
    }
    Ok((found, changed))
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

/// People whose invitation was unclear. A person who appears now, and whom we invited, is ours. For the others, the next apply waits.
async fn by_address(cx: &Cx<'_, UserInvites>, before: &Entries, found: &mut Entries) -> atlan::Result<()> {
    let client = &cx.client;
    let unclear =
        before.iter().filter(|(_, entry)| entry.id.is_none() && entry.status == SeatStatus::Unknown);
    let unclear: Vec<String> = unclear.map(|(email, _)| email.clone()).collect();
    if unclear.is_empty() {
        return Ok(());
    }
    let attempts = cx.private.get(&ATTEMPTS).unwrap_or_default();
    let look_ups = unclear.into_iter().map(|email| {
        let client = client.clone();
        async move { client.user_by_email(&email).await.map(|user| (email, user)) }
    });
    let work = Work::new(client, cx, cx.private);
    for (email, user) in together(look_ups).await? {
        let (Some(entry), Some(user)) = (before.get(&email), user) else { continue };
        let since = attempts.get(&email).and_then(|since| since.parse().ok());
        if client.invited_by_us(&user, since).await? {
            work.forget([email.as_str()]);
            client.run().reads(HOLDER, &user);
            found.insert(email, is_there(entry, &user));
        }
    }
    Ok(())
}
