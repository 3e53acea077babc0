//! `atlan_group_members`: all members of a group; everybody else is removed from it. For groups that only Terraform fills.
//!
//! It is a type of its own and no option of `atlan_group_member`, because an option that changes what absence means removes
//! people.
//!
//! What could not be done for some of many people is no error of a create, because Terraform would replace the object then: it
//! is a warning, an entry of `failed`, and planned again. An update fails instead, with the true state.
//!
//! People are matched by GUID. `user_ids` has the GUID of each entry of `members`, so a person whose address has changed in
//! Atlan is still known by the one that the configuration has.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::{
    Args, At as _, Attempting as _, Change, Computed, Config, CreateCx, Cx, Error, Identity, PlanCx, Private,
    PrivateKey, Problems, Resource, Result, State, Text as _, Value,
};

use super::group_named;
use crate::members::{self, MOST_NAMES, Named, Outcome, count, listed};
use crate::provider::{Atlan, Client};
use crate::run::{self, Hold, MembershipClaim, Run};
use crate::types::{Email, Guid, OnExisting, Person, PersonName, is_uuid, keep_guid_spelling};

/// The members of a group, all of them: people who are not listed are removed from the group.
///
/// Use this resource for groups that only Terraform fills, and for groups of more than some hundred members, where one
/// `atlan_group_member` for each makes Terraform itself slow. A group whose other members are to stay needs `atlan_group_member`.
/// So does a default group, which new people join automatically, and a group that a single sign-on group is mapped to.
///
/// If Atlan refuses some of the people while the resource is created, the others join all the same: an error would make Terraform
/// replace the resource. The resource then warns, names the people in `failed`, and the next plan shows an update that tries again.
/// With the postcondition of the example the run fails in this case. An update fails by itself.
#[derive(Args)]
#[args(timeouts(create = "30m", read = "5m", update = "30m", delete = "30m"))]
pub struct GroupMembersArgs {
    /// GUID of the group.
    #[attr(replace, check = is_uuid())]
    pub group_id: Guid,
    /// GUIDs or email addresses of all members; both forms can be mixed. `[]` empties the group. Another spelling of the same
    /// person changes nothing. For people whom this configuration invites, refer to the invitations (`atlan_user_invite.NAME.email`),
    /// so that Terraform invites first.
    pub members: BTreeSet<Person>,
    /// Behaviour at creation if the group has members who are not listed: `error` fails, names them and says how to import the
    /// members of the group; `adopt` removes them.
    #[attr(default = OnExisting::Error)]
    pub on_existing: OnExisting,
    /// Largest number of people that one plan may remove from the group. A plan that removes more is an error. By default there
    /// is no limit.
    pub max_removals: Option<u32>,
}

/// What Atlan answers.
#[derive(Clone, Computed)]
pub struct GroupMembersComputed {
    /// GUID of the group.
    #[attr(keep)]
    pub id: Guid,
    /// GUIDs of the people in `members`, by email address in lower case.
    #[attr(follows(members))]
    pub user_ids: BTreeMap<String, Guid>,
    /// Reasons why people could not be added or removed, by email address in lower case. Empty if all members are as configured.
    #[attr(follows(members))]
    pub failed: BTreeMap<String, String>,
}

/// Names the members of a group.
#[derive(Clone, Debug, Identity)]
pub struct ByGroup {
    /// GUID of the group.
    pub group_id: Guid,
}

/// Managed members of groups.
pub struct GroupMembers;

/// GUIDs of people whom Atlan has accepted and whom no list has shown since: their absence from the list means "not yet".
const UNSEEN: PrivateKey<BTreeSet<String>> = PrivateKey::new("unseen");

/// Most people whom an error about `max_removals` names.
const FIRST: usize = 10;

impl Resource for GroupMembers {
    const NAME: &'static str = "group_members";

    type Provider = Atlan;
    type Id = ByGroup;
    type Args = GroupMembersArgs;
    type Computed = GroupMembersComputed;

    fn validate(config: &Config<'_, GroupMembersArgs>, problems: &mut Problems) {
        let Value::Known(people) = config.get(GroupMembersArgs::MEMBERS) else { return };
        if let Some(twice) = twice(&people, |person| person.name().clone()) {
            problems.error(GroupMembersArgs::MEMBERS, TWICE, same_person(twice));
        }
    }

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        let group = match change.planned(GroupMembersArgs::GROUP_ID) {
            Value::Known(group) => members::known_group_name(cx.client.as_ref(), &group.folded()),
            Value::Null | Value::Unknown => "that is not known yet".to_owned(),
        };
        plan(cx, change).await.attempting(|| format!("plan the members of the group {group}"))
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        let group = prior.args.group_id.folded();
        let planned = cx.session::<Run>().memberships().planned_delete(cx.private, hold(&group));
        planned.map_err(|clash| members::clash(cx.client.as_ref(), &clash))?;
        let people = prior.computed.user_ids.len();
        if people > 0 {
            let leave = if people == 1 { "leaves" } else { "leave" };
            let (people, name) = (count(people), members::known_group_name(cx.client.as_ref(), &group));
            cx.warn(
                format!("{people} {leave} the group"),
                format!(
                    "This plan destroys the `atlan_group_members` resource of the group {name}, so {people} of the state {leave} the \
                     group. To keep them in it, remove the resource from the state instead (Terraform 1.7 and later; before, \
                     `terraform state rm`):\n\n  removed {{\n    from = atlan_group_members.NAME\n    lifecycle {{\n      destroy = \
                     false\n    }}\n  }}"
                ),
            );
        }
        Ok(())
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &GroupMembersArgs) -> Result<GroupMembersComputed> {
        let created = create(cx, args).await;
        named_group(&cx.client, &args.group_id.folded(), "set", created).await
    }

    async fn read(
        cx: &Cx<'_, Self>,
        id: &ByGroup,
        prior: Option<State<Self>>,
    ) -> Result<Option<State<Self>>> {
        if prior.is_none() {
            run::imported(cx.private);
        }
        let group = id.group_id.folded();
        let read = read(cx, &group, prior).await.map_err(Error::from);
        named_group(&cx.client, &group, "read", read).await
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ByGroup,
        prior: &State<Self>,
        args: &GroupMembersArgs,
    ) -> Result<GroupMembersComputed> {
        let group = id.group_id.folded();
        let updated = update(cx, &group, prior, args).await;
        named_group(&cx.client, &group, "change", updated).await
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ByGroup, prior: &State<Self>) -> Result<()> {
        let group = id.group_id.folded();
        let memberships = cx.client.run().memberships();
        let ids = prior.computed.user_ids.values().map(|id| id.text().into_owned());
        let removal = memberships.removal(cx.private, &hold(&group), ids);
        let leaving = prior.computed.user_ids.iter().filter(|(_, id)| removal.people.contains(&*id.text()));
        let leaving: Vec<Named> = leaving.map(named_by_state).collect();
        let mut outcome = Outcome::default();
        outcome.leave(&cx.client, &group, &leaving).await;
        if !outcome.has_failed() {
            memberships.deleted(cx.private);
            return Ok(());
        }
        let stays = outcome.not_removed();
        cx.checkpoint(&only(prior, |id| stays.contains(&**id)));
        Err(outcome.into_error(&cx.client, &group).await)
    }

    fn missing(cx: &Cx<'_, Self>, id: &ByGroup) -> Error {
        members::no_group(&cx.client, &id.group_id)
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ByGroup> {
        let group_id = group_named(&cx.client, text, || format!("import the members of {text:?}")).await?;
        Ok(ByGroup { group_id })
    }
}

const TWICE: &str = "Two entries are one person";

/// Adds to a failure which group it was about.
async fn named_group<T>(client: &Client, group: &Guid, verb: &str, result: Result<T>) -> Result<T> {
    let Err(error) = result else { return result };
    let name = members::group_name(client, group).await;
    Err(error).attempting(|| format!("{verb} the members of the group {name}"))
}

fn hold(group: &Guid) -> Hold {
    Hold::All { group: group.folded().text().into_owned() }
}

/// The first two people with the same name.
fn twice<N: Ord>(people: &BTreeSet<Person>, name: impl Fn(&Person) -> N) -> Option<[&Person; 2]> {
    let mut names = BTreeMap::new();
    people.iter().find_map(|person| names.insert(name(person), person).map(|other| [other, person]))
}

fn same_person(entries: [&Person; 2]) -> String {
    format!(
        "Two entries are one person: {:?} and {:?}. Remove one of them.",
        entries[0].text(),
        entries[1].text()
    )
}

/// What a person is recognised by without a request: the GUID, if the state knows it, else the folded address.
fn key(person: &Person, user_ids: &BTreeMap<String, Guid>) -> String {
    match person.name() {
        PersonName::Id(id) => id.as_str().to_owned(),
        PersonName::Email(email) => match user_ids.get(email) {
            Some(id) => id.text().into_owned(),
            None => email.clone(),
        },
    }
}

/// A person of the state.
fn named_by_state((email, id): (&String, &Guid)) -> Named {
    Named { id: (**id).clone(), email: email.clone() }
}

/// The state with these people alone, by their GUIDs.
fn only(state: &State<GroupMembers>, is_in: impl Fn(&Guid) -> bool) -> State<GroupMembers> {
    let known = &state.computed.user_ids;
    let user_ids: BTreeMap<String, Guid> =
        known.iter().filter(|(_, id)| is_in(id)).map(|(email, id)| (email.clone(), id.clone())).collect();
    let ids: BTreeSet<&str> = user_ids.values().map(|id| id.as_str()).collect();
    let members = state.args.members.iter().filter(|person| ids.contains(key(person, known).as_str()));
    let args = GroupMembersArgs {
        group_id: state.args.group_id.clone(),
        members: members.cloned().collect(),
        ..state.args
    };
    let computed = GroupMembersComputed { id: state.computed.id.clone(), user_ids, failed: BTreeMap::new() };
    State { args, computed }
}

async fn plan(cx: &PlanCx<'_, GroupMembers>, change: &mut Change<'_, GroupMembers>) -> Result<()> {
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
    let replaces_itself =
        replaces_itself.map_err(|clash| members::clash(cx.client.as_ref(), &clash).at(group_at))?;
    let mut is_changing = change.is_create() || planned.is_none();
    if let Some((_, known, ids)) = &prior {
        is_changing |= plan_change(change, known, ids, planned.as_ref())?;
    }
    let (Some(client), Some(group)) = (&cx.client, group) else { return Ok(()) };
    if is_changing && client.group(&group).await?.is_some_and(|found| found.is_default) {
        warn_of_default(cx, client, &group);
    }
    let Some(planned) = planned.filter(|_| change.is_create() && !replaces_itself) else { return Ok(()) };
    // A plan of a create cannot show who is removed. This is also the plan of a replacement, whose group is another one.
    let Some(present) = client.members(&group).await? else {
        return Err(members::no_group(client, &group).at(group_at));
    };
    let present = members::named(client, present).await?;
    let is_listed = |person: &Named| planned.iter().any(|entry| entry.is(&person.id, &person.email));
    let unlisted: Vec<Named> = present.into_iter().filter(|person| !is_listed(person)).collect();
    match change.planned(GroupMembersArgs::ON_EXISTING) {
        Value::Known(OnExisting::Error) => refuse_unlisted(client, &group, &unlisted)?,
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

/// Plans a change of members, whom the state has with these GUIDs. Returns whether there is one, as far as known.
fn plan_change(
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
            return Err(Error::new(TWICE, same_person(twice)).at(members_at));
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
            let removed = before.iter().filter(|person| !new.contains(&key(person, ids)));
            too_many(most, removed.map(|person| person.text().into_owned()))?;
        }
    }
    if has_failed {
        change.unknown(GroupMembersComputed::FAILED);
    }
    Ok(is_changing)
}

fn warn_of_default(cx: &PlanCx<'_, GroupMembers>, client: &Client, group: &Guid) {
    let name = members::known_group_name(Some(client), group);
    cx.warn(
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
    cx.warn(
        format!("{} {leave} the group", count(people.len())),
        format!(
            "The group {} has members who are not listed. Because of `on_existing = \"adopt\"` they are removed, which the plan does \
             not show otherwise: {}.",
            members::known_group_name(Some(client), group),
            listed(&people, MOST_NAMES)
        ),
    );
}

/// Refuses to remove more people than `max_removals` allows.
fn too_many(most: u32, removed: impl Iterator<Item = String>) -> Result<()> {
    let removed: Vec<String> = removed.collect();
    if removed.len() <= usize::try_from(most).unwrap_or(usize::MAX) {
        return Ok(());
    }
    let error = Error::new(
        "More removals than `max_removals` allows",
        format!(
            "This plan removes {} members, more than max_removals = {most}: {}. Nothing was sent. If the removals are intended, raise \
             `max_removals` in the same change.",
            removed.len(),
            listed(&removed, FIRST)
        ),
    );
    Err(error.at(GroupMembersArgs::MEMBERS))
}

/// Refuses a create that would remove members whom no plan has shown.
fn refuse_unlisted(client: &Client, group: &Guid, unlisted: &[Named]) -> Result<()> {
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
             which leaves other members alone.",
            name = members::known_group_name(Some(client), group),
            people = listed(&people, MOST_NAMES),
            id = group.as_str()
        ),
    );
    Err(error.at(GroupMembersArgs::MEMBERS))
}

/// An entry of `members`, and whom it is.
struct Entry {
    person: Person,
    /// As in `user_ids`.
    email: String,
    id: atlan::Guid,
    /// `None`: the state knew the person, so nothing was asked.
    user: Option<atlan::User>,
}

impl Entry {
    fn of(person: Person, user: atlan::User) -> Self {
        let email = match person.name() {
            PersonName::Email(email) => email.clone(),
            PersonName::Id(_) => atlan::fold_email(&user.email),
        };
        Entry { person, email, id: user.id.clone(), user: Some(user) }
    }
}

/// Whom the entries name. Nothing is asked about those whom the state knows.
///
/// # Errors
/// If somebody does not exist or is named twice; failures of the requests.
async fn entries(
    client: &Client,
    people: &BTreeSet<Person>,
    known: &BTreeMap<String, Guid>,
) -> Result<Vec<Entry>> {
    let emails: BTreeMap<&str, &String> = known.iter().map(|(email, id)| (id.as_str(), email)).collect();
    let (mut entries, mut others) = (Vec::new(), BTreeSet::new());
    for person in people {
        match emails
            .get_key_value(key(person, known).as_str())
            .and_then(|(id, email)| Some(((*email).clone(), id.parse::<atlan::Guid>().ok()?)))
        {
            Some((email, id)) => entries.push(Entry { person: person.clone(), email, id, user: None }),
            None => drop(others.insert(person.clone())),
        }
    }
    let found = members::people(client, &others).await.at(GroupMembersArgs::MEMBERS)?;
    entries.extend(found.into_iter().map(|(person, user)| Entry::of(person, user)));
    refuse_twice(&entries)?;
    Ok(entries)
}

fn refuse_twice(entries: &[Entry]) -> Result<()> {
    let mut seen: BTreeMap<&atlan::Guid, &Person> = BTreeMap::new();
    for Entry { person, id, .. } in entries {
        if let Some(other) = seen.insert(id, person) {
            return Err(Error::new(TWICE, same_person([other, person])).at(GroupMembersArgs::MEMBERS));
        }
    }
    Ok(())
}

/// Looks up those whom the state knew and who are not in the group: they may have come back under another GUID.
async fn look_again(client: &Client, entries: &mut [Entry], there: &BTreeSet<atlan::Guid>) -> Result<()> {
    let is_open = |entry: &Entry| entry.user.is_none() && !there.contains(&entry.id);
    let open = entries.iter().filter(|entry| is_open(entry)).map(|entry| entry.person.clone()).collect();
    let found = members::people(client, &open).await.at(GroupMembersArgs::MEMBERS)?;
    let mut found: BTreeMap<Person, atlan::User> = found.into_iter().collect();
    for entry in entries.iter_mut() {
        if let Some(user) = found.remove(&entry.person) {
            *entry = Entry::of(entry.person.clone(), user);
        }
    }
    refuse_twice(entries)
}

/// People who are to be added.
fn absent(entries: &[Entry], there: &BTreeSet<atlan::Guid>) -> Vec<atlan::User> {
    entries.iter().filter_map(|entry| entry.user.clone()).filter(|user| !there.contains(&user.id)).collect()
}

fn computed(group: &Guid, entries: &[Entry], failed: BTreeMap<String, String>) -> GroupMembersComputed {
    let user_ids = entries.iter().map(|entry| (entry.email.clone(), entry.id.clone().into())).collect();
    GroupMembersComputed { id: group.clone(), user_ids, failed }
}

fn remember_unseen(cx: &Cx<'_, GroupMembers>, outcome: &Outcome) {
    cx.private.remove(&UNSEEN);
    if !outcome.unseen.is_empty() {
        cx.private.set(&UNSEEN, &outcome.unseen);
    }
}

/// Claims the group for these people, and waits until a look tells who of them is in it.
async fn claim(
    client: &Client,
    private: &Private,
    group: &Guid,
    entries: &[Entry],
    is_new: bool,
) -> Result<MembershipClaim> {
    let ids: Vec<atlan::Guid> = entries.iter().map(|entry| entry.id.clone()).collect();
    let people = ids.iter().map(|id| id.as_str().to_owned());
    let claim = client.run().memberships().claim(private, hold(group), people, is_new);
    let claim = claim.map_err(|clash| members::clash(Some(client), &clash).at(GroupMembersArgs::GROUP_ID))?;
    members::removals_are_over(client, &claim, group, &ids).await?;
    Ok(claim)
}

async fn create(cx: &CreateCx<'_, GroupMembers>, args: &GroupMembersArgs) -> Result<GroupMembersComputed> {
    let (client, group) = (&cx.client, args.group_id.folded());
    let entries = entries(client, &args.members, &BTreeMap::new()).await?;
    let claim = claim(client, cx.private, &group, &entries, true).await?;
    let Some(present) = client.members(&group).await? else {
        return Err(members::no_group(client, &group).at(GroupMembersArgs::GROUP_ID));
    };
    let is_wanted = |member: &atlan::Member| entries.iter().any(|entry| entry.id == member.id);
    let (there, others): (Vec<_>, Vec<_>) = present.into_iter().partition(is_wanted);
    let unlisted = members::named(client, others).await?;
    if args.on_existing == OnExisting::Error {
        refuse_unlisted(client, &group, &unlisted)?;
    }
    if let Some(most) = args.max_removals {
        too_many(most, unlisted.iter().map(|person| person.email.clone()))?;
    }
    let there: BTreeSet<atlan::Guid> = there.into_iter().map(|member| member.id).collect();
    let new = absent(&entries, &there);
    let mut outcome = Outcome::default();
    outcome.join(client, &group, &new).await;
    if outcome.is_nothing(new.len()) {
        // Before anybody is removed: a create fails without a trace, or it succeeds.
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

async fn update(
    cx: &Cx<'_, GroupMembers>,
    group: &Guid,
    prior: &State<GroupMembers>,
    args: &GroupMembersArgs,
) -> Result<GroupMembersComputed> {
    let (client, known) = (&cx.client, &prior.computed.user_ids);
    let mut entries = entries(client, &args.members, known).await?;
    let claim = claim(client, cx.private, group, &entries, false).await?;
    let Some(present) = client.members(group).await? else {
        return Err(members::no_group(client, group).at(GroupMembersArgs::GROUP_ID));
    };
    let there: BTreeSet<atlan::Guid> = present.into_iter().map(|member| member.id).collect();
    look_again(client, &mut entries, &there).await?;
    let mut removed: Vec<Named> = known.iter().map(named_by_state).collect();
    removed.extend(not_removed_before(client, prior).await?);
    // Somebody who has come to the group since the refresh shows as a removal in the next plan.
    removed.retain(|person| there.contains(&person.id) && !entries.iter().any(|entry| entry.id == person.id));
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

/// People whom a create could not remove: the state has only their addresses.
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

async fn read(
    cx: &Cx<'_, GroupMembers>,
    group: &Guid,
    prior: Option<State<GroupMembers>>,
) -> atlan::Result<Option<State<GroupMembers>>> {
    let client = &cx.client;
    let Some(mut present) = client.members(group).await? else { return Ok(None) };
    let shown: BTreeSet<atlan::Guid> = present.iter().map(|member| member.id.clone()).collect();
    let unseen = cx.private.get(&UNSEEN).unwrap_or_default();
    // Somebody may move from one page to another while they are read, so people of the state are asked for once more.
    let missing = missing(prior.as_ref(), &unseen, &shown);
    let look_ups = missing.into_iter().map(|(id, is_unseen)| {
        let (client, group) = (client.clone(), group.clone());
        async move {
            match is_unseen {
                true => client.unseen_member(&group, &id).await,
                false => client.member(&group, &id).await,
            }
        }
    });
    present.extend(members::together(look_ups).await?.into_iter().flatten());
    cx.private.remove(&UNSEEN);
    let prior_ids = prior.as_ref().map(|prior| &prior.computed.user_ids);
    let emails: BTreeMap<&str, &String> =
        prior_ids.into_iter().flatten().map(|(email, id)| (id.as_str(), email)).collect();
    let with_email = |member: atlan::Member| {
        // The address of somebody whom the state knows needs no request.
        let email = member.email.or_else(|| emails.get(member.id.as_str()).map(|email| (*email).clone()));
        atlan::Member { id: member.id, email }
    };
    let present = members::named(client, present.into_iter().map(with_email).collect()).await?;
    Ok(Some(state(group, present, prior)))
}

/// The people of a group as they are in the state, spelled as before.
pub(crate) fn state(
    group: &Guid,
    present: Vec<Named>,
    prior: Option<State<GroupMembers>>,
) -> State<GroupMembers> {
    let Some(State { args, computed }) = prior else {
        let (members, user_ids) = spelled(present, &BTreeMap::new());
        let on_existing = OnExisting::default();
        let args = GroupMembersArgs { group_id: group.clone(), members, on_existing, max_removals: None };
        let failed = BTreeMap::new();
        return State { args, computed: GroupMembersComputed { id: group.clone(), user_ids, failed } };
    };
    let before = computed.user_ids;
    let spellings = args.members.iter().map(|person| (key(person, &before), person.clone())).collect();
    let (members, user_ids) = spelled(present, &spellings);
    // What has failed is over for those who are in the group, or out of it, as it was wanted.
    let is_open = |email: &String| before.contains_key(email) != user_ids.contains_key(email);
    let failed = computed.failed.into_iter().filter(|(email, _)| is_open(email)).collect();
    State {
        args: GroupMembersArgs { members, ..args },
        computed: GroupMembersComputed { id: group.clone(), user_ids, failed },
    }
}

/// The names of people, and their GUIDs by address. `spellings`: by GUID; others are named by their addresses.
fn spelled(
    people: Vec<Named>,
    spellings: &BTreeMap<String, Person>,
) -> (BTreeSet<Person>, BTreeMap<String, Guid>) {
    let (mut members, mut user_ids) = (BTreeSet::new(), BTreeMap::new());
    for Named { id, email } in people {
        let email = Email::from(email);
        let person = spellings.get(id.as_str()).cloned().unwrap_or_else(|| Person::from(&email));
        let name = match person.name() {
            PersonName::Email(email) => email.clone(),
            PersonName::Id(_) => email.folded(),
        };
        members.insert(person);
        user_ids.insert(name, id.into());
    }
    (members, user_ids)
}

/// People whom the state has and the pages of the group do not show, and whether no list has ever shown them.
fn missing(
    prior: Option<&State<GroupMembers>>,
    unseen: &BTreeSet<String>,
    shown: &BTreeSet<atlan::Guid>,
) -> Vec<(atlan::Guid, bool)> {
    let Some(State { computed, .. }) = prior else { return Vec::new() };
    let people = computed
        .user_ids
        .iter()
        .filter(|(email, id)| !shown.contains(&***id) && !computed.failed.contains_key(*email));
    people.map(|(_, id)| ((**id).clone(), unseen.contains(id.as_str()))).collect()
}
