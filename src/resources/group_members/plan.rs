//! What a plan of a set shows and refuses: clashes with other resources, people who would be removed, and people who
//! are named twice. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::{At as _, Change, Error, PlanCx, Result, Text as _, Value};

use super::entries::{TWICE, key, same_person, twice};
use super::replacement::{NEXT_SET, NextSet};
use super::{GroupMembers, GroupMembersArgs, GroupMembersComputed, RESOURCE, hold};
use crate::members::{self, MOST_NAMES, Named, count, listed};
use crate::provider::Client;
use crate::resources::renamed;
use crate::run::{Run, TO_DESTROY};
use crate::types::{Guid, OnExisting, Person, PersonName, keep_guid_spelling};

/// Most people whom an error about `max_removals` names.
const FIRST: usize = 10;

/// The names by which entries name people, as [`is_among`] looks for them.
fn names(people: &BTreeSet<Person>) -> BTreeSet<String> {
    let name = |person: &Person| match person.name() {
        PersonName::Id(id) => id.as_str().to_lowercase(),
        PersonName::Email(email) => atlan::fold_email(email),
    };
    people.iter().map(name).collect()
}

pub(super) fn is_among(names: &BTreeSet<String>, id: &atlan::Guid, email: &str) -> bool {
    names.contains(&id.as_str().to_lowercase()) || names.contains(&atlan::fold_email(email))
}

/// Most members whom a create removes. `None`: any number.
fn limit(change: &Change<'_, GroupMembers>) -> Option<usize> {
    match (change.planned(GroupMembersArgs::ON_EXISTING), change.planned(GroupMembersArgs::MAX_REMOVALS)) {
        (Value::Known(OnExisting::Error), _) => Some(0),
        (Value::Known(OnExisting::Adopt), Value::Known(most)) => usize::try_from(most).ok(),
        _ => None,
    }
}

pub(super) async fn plan(cx: &PlanCx<'_, GroupMembers>, change: &mut Change<'_, GroupMembers>) -> Result<()> {
    let (members_at, group_at) = (GroupMembersArgs::MEMBERS, GroupMembersArgs::GROUP_ID);
    keep_guid_spelling(change, group_at);
    let group = change.planned(group_at).known().map(|group| group.folded());
    let planned = change.planned(members_at).known();
    let prior = match (
        change.prior(group_at),
        change.prior(members_at),
        change.prior(GroupMembersComputed::USER_IDS),
    ) {
        (Value::Known(group), Value::Known(members), Value::Known(ids)) => Some((group, members, ids)),
        _ => None,
    };
    let run = cx.session::<Run>();
    let (memberships, next) = (run.memberships(), group.as_ref().map(hold));
    let replaces_itself = match &prior {
        Some((before, ..)) => {
            memberships.planned_change(cx.private, hold(before), next.as_ref()).map(|()| false)
        }
        None => memberships.planned_create(cx.private, next),
    };
    let limit = limit(change);
    cx.private.remove(&NEXT_SET);
    if let (None, Some(group), Some(planned)) = (&prior, &group, &planned) {
        cx.private.set(&NEXT_SET, &NextSet::of(&run, group, limit, names(planned)));
    }
    let replaces_itself =
        replaces_itself.map_err(|clash| members::clash(cx.client.as_ref(), &clash).at(group_at))?;
    let mut is_changing = change.is_create() || planned.is_none();
    if let Some((_, known, ids)) = &prior {
        for person in planned.iter().flatten().filter(|person| !ids.contains_key(renamed::name(person))) {
            let told = renamed::tell_of_heir(cx, &run, cx.client.as_ref(), RESOURCE, members_at, person);
            told.await.at(members_at)?;
        }
        is_changing |= plan_change(cx, change, known, ids, planned.as_ref()).await?;
    }
    let (Some(client), Some(group)) = (&cx.client, group) else { return Ok(()) };
    if is_changing && client.group(&group).await.ok().flatten().is_some_and(|found| found.is_default) {
        warn_of_default(cx, client, &group);
    }
    let Some(planned) = planned.filter(|_| change.is_create() && !replaces_itself) else { return Ok(()) };
    // The plan of a create has no attribute that shows who is removed, so it warns. This is also the plan of a replacement, whose group is
    // another one.
    let present = match client.members(&group).await {
        Ok(Some(present)) => members::named(client, present).await,
        Ok(None) => return Err(members::no_group(client, &group, &format!("\n\n{TO_DESTROY}")).at(group_at)),
        Err(error) => Err(error),
    };
    let present = match present {
        Ok(present) => present,
        Err(error) => {
            could_not_look(cx, client, &group, &error);
            return Ok(());
        }
    };
    let listed = names(&planned);
    let is_listed = |person: &Named| is_among(&listed, &person.id, &person.email);
    let unlisted: Vec<Named> = present.into_iter().filter(|person| !is_listed(person)).collect();
    match change.planned(GroupMembersArgs::ON_EXISTING) {
        Value::Known(OnExisting::Error) => {
            refuse_unlisted(client, &group, &unlisted, &format!("\n\n{TO_DESTROY}"))?
        }
        Value::Known(OnExisting::Adopt) => {
            if let Value::Known(most) = change.planned(GroupMembersArgs::MAX_REMOVALS) {
                too_many(most, unlisted.iter().map(|person| person.email.clone()))?;
            }
            warn_of_unlisted(cx, client, &group, &unlisted);
        }
        Value::Null | Value::Unknown => {}
    }
    Ok(())
}

/// Terraform repeats the plan of a new object in the apply. Under `create_before_destroy`, an error there would leave a state with nothing but
/// a deposed object. So a failed read is a warning, and the create reads again.
fn could_not_look(cx: &PlanCx<'_, GroupMembers>, client: &Client, group: &atlan::Guid, error: &atlan::Error) {
    cx.warning_at(
        GroupMembersArgs::GROUP_ID,
        "Could not see who is in the group",
        format!(
            "The members of the group {} could not be read: {error}. The apply reads them again, and may remove people whom this plan does \
             not name.",
            members::known_group_name(Some(client), group)
        ),
    );
}

/// Plans a change of members, whom the state has with these GUIDs. Returns whether there is one, as far as known.
async fn plan_change(
    cx: &PlanCx<'_, GroupMembers>,
    change: &mut Change<'_, GroupMembers>,
    before: &BTreeSet<Person>,
    ids: &BTreeMap<String, Guid>,
    planned: Option<&BTreeSet<Person>>,
) -> Result<bool> {
    let members_at = GroupMembersArgs::MEMBERS;
    let has_failed = !change.prior(GroupMembersComputed::FAILED).known().unwrap_or_default().is_empty();
    let mut is_changing = has_failed;
    if let Some(planned) = planned {
        if let Some(twice) = twice(planned, |person| key(person, ids)) {
            return Err(Error::new(TWICE, format!("{}\n\n{TO_DESTROY}", same_person(twice))).at(members_at));
        }
        let keys = |people: &BTreeSet<Person>| -> BTreeSet<String> {
            people.iter().map(|person| key(person, ids)).collect()
        };
        let new = keys(planned);
        if keys(before) == new {
            change.keep_spelling(members_at);
        } else {
            is_changing = true;
        }
        if let Value::Known(most) = change.planned(GroupMembersArgs::MAX_REMOVALS) {
            let leaving = |new: &BTreeSet<String>| -> Vec<String> {
                let leaving = before.iter().filter(|person| !new.contains(&key(person, ids)));
                leaving.map(|person| person.text().into_owned()).collect()
            };
            let mut new = new;
            if let Some(client) = &cx.client
                && leaving(&new).len() > usize::try_from(most).unwrap_or(usize::MAX)
            {
                // A new entry may be somebody of the state whose address has changed in Atlan.
                new.extend(guids(client, planned, ids).await?);
            }
            too_many(most, leaving(&new).into_iter())?;
        }
    }
    if has_failed {
        // Whoever could not be added may have come back under another GUID.
        change.unknown(GroupMembersComputed::FAILED);
        change.unknown(GroupMembersComputed::USER_IDS);
    }
    Ok(is_changing)
}

/// The GUIDs of people whose addresses the state does not have.
async fn guids(
    client: &Client,
    people: &BTreeSet<Person>,
    known: &BTreeMap<String, Guid>,
) -> Result<Vec<String>> {
    let unknown = people.iter().filter_map(|person| match person.name() {
        PersonName::Email(email) if !known.contains_key(email) => Some(email.clone()),
        _ => None,
    });
    let look_ups = unknown.map(|email| {
        let client = client.clone();
        async move { client.user_by_email(&email).await }
    });
    let found = members::together(look_ups).await?;
    Ok(found.into_iter().flatten().map(|user| user.id.as_str().to_owned()).collect())
}

fn warn_of_default(cx: &PlanCx<'_, GroupMembers>, client: &Client, group: &Guid) {
    let name = members::known_group_name(Some(client), group);
    cx.warning(
        "This is a default group",
        format!(
            "New people join the group {name} automatically. After each new person, the next plan of this `atlan_group_members` \
             removes them again. Use `atlan_group_member` for members of default groups: it leaves other members alone."
        ),
    );
}

/// Warns about members who are removed by a create.
fn warn_of_unlisted(cx: &PlanCx<'_, GroupMembers>, client: &Client, group: &Guid, unlisted: &[Named]) {
    if unlisted.is_empty() {
        return;
    }
    let people: Vec<String> = unlisted.iter().map(|person| person.email.clone()).collect();
    let leave = if people.len() == 1 { "leaves" } else { "leave" };
    cx.warning(
        format!("{} {leave} the group", count(people.len())),
        format!(
            "The group {} has members who are not listed. Because of `on_existing = \"adopt\"`, the create removes them: {}.",
            members::known_group_name(Some(client), group),
            listed(&people, MOST_NAMES)
        ),
    );
}

/// Refuses to remove more people than `max_removals` allows.
pub(super) fn too_many(most: u32, removed: impl Iterator<Item = String>) -> Result<()> {
    let removed: Vec<String> = removed.collect();
    if removed.len() <= usize::try_from(most).unwrap_or(usize::MAX) {
        return Ok(());
    }
    let error = Error::new(
        "More removals than `max_removals` allows",
        format!(
            "This plan removes {}, more than max_removals = {most}: {}. Nothing was sent. If you want these removals, raise \
             `max_removals` in the same change.\n\n{TO_DESTROY}",
            count(removed.len()),
            listed(&removed, FIRST)
        ),
    );
    Err(error.at(GroupMembersArgs::MEMBERS))
}

/// Refuses a create that would remove members whom no plan has shown. `more` ends the detail.
pub(super) fn refuse_unlisted(client: &Client, group: &Guid, unlisted: &[Named], more: &str) -> Result<()> {
    if unlisted.is_empty() {
        return Ok(());
    }
    let people: Vec<String> = unlisted.iter().map(|person| person.email.clone()).collect();
    let not_listed = match people.len() {
        1 => "1 member who is not listed".to_owned(),
        several => format!("{several} members who are not listed"),
    };
    let error = Error::new(
        "The group has other members",
        format!(
            "The group {name} has {not_listed}: {people}. Creating this resource would remove them, which a plan of a create cannot \
             show. Nothing was sent.\n\nTo see the removals in a plan, import the members of the group first (replace the address in \
             `to` by that of your resource):\n\n  import {{\n    to = atlan_group_members.NAME\n    id = \"{id}\"\n  }}\n\nTo \
             remove them at once, set `on_existing = \"adopt\"`. To keep them, list them in `members`, or use `atlan_group_member`, \
             which leaves other members alone. If the resource is in the state and only tainted, run `terraform untaint` instead.{more}",
            name = members::known_group_name(Some(client), group),
            people = listed(&people, MOST_NAMES),
            id = group.as_str()
        ),
    );
    Err(error.at(GroupMembersArgs::MEMBERS))
}
