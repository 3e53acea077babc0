//! Create and update: everything is checked before the first write, and additions come before removals. After a
//! failure, the state still says who is in the group.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::{Call, CreateCx, Cx, Private, Result, State};

use super::entries::{Entry, absent, entries, key, look_again};
use super::plan::{refuse_unlisted, too_many};
use super::replacement::NEXT_SET;
use super::state::{computed, named_by_state, remember_unseen};
use super::{GroupMembers, GroupMembersArgs, GroupMembersComputed, hold};
use crate::members::{self, Named, Outcome};
use crate::provider::Client;
use crate::resources::renamed;
use crate::run::MembershipClaim;
use crate::types::{Email, Guid, OnExisting, Person};

/// Claims the group for these people, and waits until a look-up tells who of them is in it.
async fn claim(
    client: &Client,
    call: &Call,
    private: &Private,
    group: &Guid,
    entries: &[Entry],
    is_new: bool,
) -> Result<MembershipClaim> {
    let ids: Vec<atlan::Guid> = entries.iter().map(|entry| entry.id.clone()).collect();
    let people = ids.iter().map(|id| id.as_str().to_owned());
    let claim = client.run().memberships().claim(private, hold(group), people, is_new);
    let claim = claim.map_err(|clash| members::clash(Some(client), &clash).at(GroupMembersArgs::GROUP_ID))?;
    members::removals_are_over(client, call, &claim, group, &ids).await?;
    Ok(claim)
}

pub(super) async fn create(
    cx: &CreateCx<'_, GroupMembers>,
    args: &GroupMembersArgs,
) -> Result<GroupMembersComputed> {
    cx.private.remove(&NEXT_SET);
    let (client, group) = (&cx.client, args.group_id.folded());
    let entries = match entries(client, &args.members, &BTreeMap::new()).await {
        Ok(entries) => entries,
        Err(error) => {
            let names = args.members.iter().map(|person| renamed::name(person).to_owned());
            client.run().memberships().wants(&group, names);
            return Err(error);
        }
    };
    let claim = claim(client, cx, cx.private, &group, &entries, true).await?;
    let Some(present) = client.members(&group).await? else {
        return Err(members::no_group(client, &group, "").at(GroupMembersArgs::GROUP_ID));
    };
    let is_wanted = |member: &atlan::Member| entries.iter().any(|entry| entry.id == member.id);
    let (there, others): (Vec<_>, Vec<_>) = present.into_iter().partition(is_wanted);
    let unlisted = members::named(client, others).await?;
    if args.on_existing == OnExisting::Error {
        refuse_unlisted(client, &group, &unlisted, "")?;
    }
    if let Some(most) = args.max_removals {
        too_many(most, unlisted.iter().map(|person| person.email.clone()))?;
    }
    let there: BTreeSet<atlan::Guid> = there.into_iter().map(|member| member.id).collect();
    let new = absent(&entries, &there);
    let mut outcome = Outcome::default();
    outcome.join(client, &group, &new).await;
    if outcome.is_nothing(new.len()) {
        // Checked before anybody is removed, because a create either fails and leaves nothing behind, or succeeds.
        return Err(outcome.into_error(client, &group).await);
    }
    outcome.leave(client, &group, &unlisted).await;
    if outcome.is_nothing(new.len() + unlisted.len()) {
        return Err(outcome.into_error(client, &group).await);
    }
    claim.keep();
    remember_unseen(cx, &outcome);
    outcome.warn_of_joined(cx, &group).await;
    outcome.warn_of_failures(cx, &group).await;
    Ok(computed(&group, &entries, outcome.failed()))
}

pub(super) async fn update(
    cx: &Cx<'_, GroupMembers>,
    group: &Guid,
    prior: &State<GroupMembers>,
    args: &GroupMembersArgs,
) -> Result<GroupMembersComputed> {
    let (client, known) = (&cx.client, &prior.computed.user_ids);
    if args.members == prior.args.members && prior.computed.failed.is_empty() {
        // The plan shows another limit or policy, and the GUIDs as they are.
        let people = known.values().map(|id| id.as_str().to_owned());
        let claim = client.run().memberships().claim(cx.private, hold(group), people, false);
        claim.map_err(|clash| members::clash(Some(client), &clash).at(GroupMembersArgs::GROUP_ID))?.keep();
        return Ok(prior.computed.clone());
    }
    let mut entries = entries(client, &args.members, known).await?;
    let claim = claim(client, cx, cx.private, group, &entries, false).await?;
    let Some(present) = client.members(group).await? else {
        return Err(members::no_group(client, group, "").at(GroupMembersArgs::GROUP_ID));
    };
    let there: BTreeSet<atlan::Guid> = present.into_iter().map(|member| member.id).collect();
    look_again(client, &mut entries, &there).await?;
    let mut removed: Vec<Named> = known.iter().map(named_by_state).collect();
    removed.extend(not_removed_before(client, prior).await?);
    // Somebody who has come to the group since the refresh shows as a removal in the next plan.
    removed.retain(|person| !entries.iter().any(|entry| entry.id == person.id));
    // Somebody may have moved from one page to another while they were read.
    let hidden: Vec<atlan::Guid> =
        removed.iter().map(|person| person.id.clone()).filter(|id| !there.contains(id)).collect();
    let look_ups = hidden.into_iter().map(|id| {
        let (client, group) = (client.clone(), group.clone());
        async move { client.member(&group, &id).await }
    });
    let hidden = members::together(look_ups).await?;
    let hidden: BTreeSet<atlan::Guid> = hidden.into_iter().flatten().map(|member| member.id).collect();
    removed.retain(|person| there.contains(&person.id) || hidden.contains(&person.id));
    if let Some(most) = args.max_removals {
        too_many(most, removed.iter().map(|person| person.email.clone()))?;
    }
    let mut outcome = Outcome::default();
    outcome.join(client, group, &absent(&entries, &there)).await;
    // A failed addition does not hold up removals.
    outcome.leave(client, group, &removed).await;
    claim.keep();
    remember_unseen(cx, &outcome);
    outcome.warn_of_joined(cx, group).await;
    if !outcome.has_failed() {
        return Ok(computed(group, &entries, BTreeMap::new()));
    }
    cx.checkpoint(&after_failure(prior, args, group, entries, &removed, &outcome));
    Err(outcome.into_error(client, group).await)
}

/// People whom a create could not remove. The state has only their addresses.
async fn not_removed_before(client: &Client, prior: &State<GroupMembers>) -> atlan::Result<Vec<Named>> {
    let GroupMembersComputed { user_ids, failed, .. } = &prior.computed;
    let look_ups = failed.keys().filter(|email| !user_ids.contains_key(*email)).cloned().map(|email| {
        let client = client.clone();
        async move { client.user_by_email(&email).await }
    });
    let users = members::together(look_ups).await?;
    Ok(users.into_iter().flatten().map(|user| Named { id: user.id, email: user.email }).collect())
}

/// Who is in the group after an update that has failed for some.
fn after_failure(
    prior: &State<GroupMembers>,
    args: &GroupMembersArgs,
    group: &Guid,
    mut entries: Vec<Entry>,
    removed: &[Named],
    outcome: &Outcome,
) -> State<GroupMembers> {
    let (not_added, not_removed) = (outcome.not_added(), outcome.not_removed());
    entries.retain(|entry| !not_added.contains(&entry.id));
    for person in removed.iter().filter(|person| not_removed.contains(&person.id)) {
        let spelled = |other: &&Person| key(other, &prior.computed.user_ids) == person.id.as_str();
        let spelled = prior.args.members.iter().find(spelled).cloned();
        entries.push(Entry {
            person: spelled.unwrap_or_else(|| Person::from(&Email::from(person.email.clone()))),
            email: atlan::fold_email(&person.email),
            id: person.id.clone(),
            user: None,
        });
    }
    let computed = computed(group, &entries, outcome.failed());
    let members = entries.into_iter().map(|entry| entry.person).collect();
    let args = GroupMembersArgs { group_id: args.group_id.clone(), members, ..*args };
    State { args, computed }
}
