//! The set as the state has it: from the members that Atlan shows, in the spelling of the configuration.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::{Cx, PrivateKey, State, Text as _};

use super::entries::{Entry, key};
use super::{GroupMembers, GroupMembersArgs, GroupMembersComputed, RESOURCE};
use crate::members::{self, Named, Outcome};
use crate::types::{Email, Guid, OnExisting, Person, PersonName};

/// GUIDs of people whom Atlan has accepted and whom no list has shown since: their absence from the list means "not yet".
const UNSEEN: PrivateKey<BTreeSet<String>> = PrivateKey::new("unseen");

pub(super) async fn read(
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
    for (name, id) in prior_ids.into_iter().flatten() {
        if !present.iter().any(|person| person.id == **id) {
            client.run().departs_under(RESOURCE, name.clone(), (id.clone(), false));
        }
    }
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
    // A failure no longer counts for people who by now are in the group, or out of it, as configured.
    let is_open = |email: &String| before.contains_key(email) != user_ids.contains_key(email);
    let failed = computed.failed.into_iter().filter(|(email, _)| is_open(email)).collect();
    State {
        args: GroupMembersArgs { members, ..args },
        computed: GroupMembersComputed { id: group.clone(), user_ids, failed },
    }
}

/// The names of people, and their GUIDs by address. `spellings`: by GUID; others are named by their addresses. If somebody else has that
/// address in `user_ids`, because addresses have changed in Atlan, they are named by their GUIDs.
fn spelled(
    mut people: Vec<Named>,
    spellings: &BTreeMap<String, Person>,
) -> (BTreeSet<Person>, BTreeMap<String, Guid>) {
    let named_by_address = |person: &Named| match spellings.get(person.id.as_str()).map(Person::name) {
        Some(PersonName::Email(_)) => 0,
        Some(PersonName::Id(_)) => 1,
        None => 2,
    };
    people.sort_by_key(named_by_address);
    let (mut members, mut user_ids) = (BTreeSet::new(), BTreeMap::new());
    for Named { id, email } in people {
        let (id, email) = (Guid::from(id), Email::from(email));
        let spelled = spellings.get(id.as_str()).cloned();
        let name = match spelled.as_ref().map(Person::name) {
            Some(PersonName::Email(email)) => email.clone(),
            Some(PersonName::Id(_)) | None => email.folded(),
        };
        let is_taken = user_ids.contains_key(&name);
        let person =
            spelled.unwrap_or_else(|| if is_taken { Person::from(&id) } else { Person::from(&email) });
        members.insert(person);
        insert(&mut user_ids, name, id);
    }
    (members, user_ids)
}

/// Adds somebody by address, or by GUID if somebody else has that address.
fn insert(user_ids: &mut BTreeMap<String, Guid>, name: String, id: Guid) {
    let name = if user_ids.contains_key(&name) { id.text().into_owned() } else { name };
    user_ids.insert(name, id);
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

/// A person of the state.
pub(super) fn named_by_state((email, id): (&String, &Guid)) -> Named {
    Named { id: (**id).clone(), email: email.clone() }
}

/// The state with only these people, by their GUIDs.
pub(super) fn only(state: &State<GroupMembers>, is_in: impl Fn(&Guid) -> bool) -> State<GroupMembers> {
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

pub(super) fn computed(
    group: &Guid,
    entries: &[Entry],
    failed: BTreeMap<String, String>,
) -> GroupMembersComputed {
    let mut user_ids = BTreeMap::new();
    let (by_address, by_id): (Vec<_>, Vec<_>) =
        entries.iter().partition(|entry| matches!(entry.person.name(), PersonName::Email(_)));
    for entry in by_address.into_iter().chain(by_id) {
        insert(&mut user_ids, entry.email.clone(), entry.id.clone().into());
    }
    GroupMembersComputed { id: group.clone(), user_ids, failed }
}

pub(super) fn remember_unseen(cx: &Cx<'_, GroupMembers>, outcome: &Outcome) {
    cx.private.remove(&UNSEEN);
    if !outcome.unseen.is_empty() {
        cx.private.set(&UNSEEN, &outcome.unseen);
    }
}
