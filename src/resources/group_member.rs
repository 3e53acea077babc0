//! `atlan_group_member`: one person in one group, and nothing else: other members of the group and other groups of the person
//! are left alone.
//!
//! A membership has no content that adopting could overwrite, and people who are invited join default groups by themselves,
//! so one that exists is taken over without a write.

use std::convert::Infallible;

use atlan::UserStatus;
use serde::{Deserialize, Serialize};
use tfplug::{
    Args, At as _, Attempting as _, Change, Computed, CreateCx, Cx, Error, Identity, PlanCx, PrivateKey,
    Resource, Result, State, Text as _, Value,
};

use super::{group_named, renamed, stored};
use crate::explain::Blame as _;
use crate::members;
use crate::provider::Atlan;
use crate::run::{self, Hold, Run, Who};
use crate::types::{Email, Guid, Named, Person, PersonName, is_uuid, keep_guid_spelling, planned_name};

/// One person in one group.
///
/// This resource does not touch other members of the group, nor other groups of the person. If the person is already
/// in the group, the resource takes over the membership and sends nothing. A destroy then removes the person from the
/// group all the same. People who have not accepted their invitation yet can join groups, too.
///
/// If somebody removes the person from the group in Atlan, the next plan creates the membership again. If a single
/// sign-on group is mapped to the group, Atlan removes the person again at the next sign-in, unless the identity
/// provider lists the person in that single sign-on group.
///
/// Two resources must not manage the same membership, and no `atlan_group_members` may manage the same group: the plan or
/// the apply fails. Exception: if the group or the person is known only after apply and the other resource has no changes, only the next plan
/// fails. The plan warns if the configuration maps a single sign-on group to the group.
///
/// The provider's credential must be allowed to change memberships. An API token may do so; an OAuth client may if its role
/// allows it.
#[derive(Args)]
#[args(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
pub struct GroupMemberArgs {
    /// GUID of the group.
    #[attr(replace, check = is_uuid())]
    pub group_id: Guid,
    /// GUID or email address of the person. Another spelling of the same person changes nothing; another person replaces the
    /// resource. If the address of the person changes in Atlan, the resource stays with this person, also if somebody else gets the
    /// old address. The plan warns until `user` is the new address, which changes nothing in Atlan. For a person whom this
    /// configuration invites, refer to the invitation (`atlan_user_invite.NAME.email`), so that Terraform invites first.
    pub user: Person,
}

/// What Atlan answers.
#[derive(Clone, Computed)]
#[computed(args = GroupMemberArgs)]
pub struct GroupMemberComputed {
    /// GUID of the group and GUID of the person, with `/` between them.
    #[attr(keep)]
    pub id: String,
    /// GUID of the person.
    #[attr(keep)]
    pub user_id: Guid,
    /// Email address of the person as Atlan stores it.
    #[attr(keep)]
    pub email: Email,
}

/// Names a membership.
#[derive(Clone, Debug, Identity)]
#[identity(resource = GroupMember)]
pub struct ByPair {
    /// GUID of the group.
    pub group_id: Guid,
    /// GUID of the person.
    pub user_id: Guid,
}

/// Managed memberships of one person in one group.
pub struct GroupMember;

/// As messages call it.
const RESOURCE: &str = "atlan_group_member";

/// Marks a membership that Atlan has accepted and that no list has shown since: its absence from the list means "not yet".
const UNSEEN: PrivateKey<bool> = PrivateKey::new("unseen");

/// Set by the plan of a create: what it is about. The delete half of a replacement gets it.
const NEXT_MEMBER: PrivateKey<NextMember> = PrivateKey::new("next_member");

/// What a create is about, as far as its plan knows.
#[derive(Deserialize, Serialize)]
struct NextMember {
    group: Option<String>,
    /// The name in `user`, unless this plan invites the person.
    user: Option<String>,
}

impl Resource for GroupMember {
    const NAME: &'static str = "group_member";

    type Provider = Atlan;
    type Id = ByPair;
    type Args = GroupMemberArgs;
    type Computed = GroupMemberComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        let planned = plan(cx, change).await;
        // Terraform plans a create once more in the apply. If that fails, the create is not called.
        if planned.is_err()
            && change.is_create()
            && let (Value::Known(group), Value::Known(person)) =
                (change.planned(GroupMemberArgs::GROUP_ID), change.planned(GroupMemberArgs::USER))
        {
            let (run, names) = (cx.session::<Run>(), [renamed::name(&person).to_owned()]);
            members::warn_of_ended(cx, &run, cx.client.as_ref(), &group.folded(), names.clone());
            run.memberships().wants(&group, names);
        }
        planned
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        cx.private.remove(&NEXT_MEMBER);
        let (email, group) = (prior.computed.email.text(), prior.args.group_id.folded());
        let group = members::known_group_name(cx.client.as_ref(), &group);
        if super::spares(cx, &format!("the membership of {email} in the group {group}"), "") {
            return Ok(());
        }
        let planned = cx.session::<Run>().memberships().planned_delete(cx.private, held(prior));
        planned.map_err(|clash| members::clash(cx.client.as_ref(), &clash))
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &GroupMemberArgs) -> Result<GroupMemberComputed> {
        let error = match create(cx, args).await {
            Ok(created) => return Ok(created),
            Err(error) => error,
        };
        let names = [renamed::name(&args.user).to_owned()];
        let group = args.group_id.folded();
        members::warn_of_ended(cx, cx.client.run(), Some(&cx.client), &group, names);
        let group = members::group_name(&cx.client, &group).await;
        Err(error).attempting(|| format!("add {} to the group {group}", args.user.text().trim()))
    }

    async fn read(cx: &Cx<'_, Self>, id: &ByPair, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let (group, user) = (id.group_id.folded(), id.user_id.folded());
        if prior.is_none() {
            run::imported(cx.private);
        }
        let unseen = cx.private.get(&UNSEEN) == Some(true);
        let pair = format!("{}/{}", group.as_str(), user.as_str());
        cx.client.run().meets(RESOURCE, cx.private, [pair.as_str()]);
        let found = match unseen {
            true => cx.client.unseen_member(&group, &user).await,
            false => cx.client.member(&group, &user).await,
        };
        let group_name = match &found {
            Ok(_) => group.as_str().to_owned(),
            Err(_) => members::group_name(&cx.client, &group).await,
        };
        let asked = || match (&prior, cx.private.get(&TYPED)) {
            (Some(prior), _) => format!("read {}'s membership of {group_name}", prior.computed.email.text()),
            (None, Some(typed)) => format!("import {typed:?}"),
            (None, None) => format!("read {}'s membership of {group_name}", user.as_str()),
        };
        let Some(member) = found.attempting(asked)? else {
            if let Some(State { args, computed }) = &prior {
                renamed::departs(cx.client.run(), RESOURCE, &args.user, &computed.user_id, &computed.email);
            }
            return Ok(None);
        };
        cx.private.remove(&UNSEEN);
        let email = match (member.email, &prior) {
            (Some(email), _) => email.into(),
            (None, Some(prior)) => prior.computed.email.clone(),
            (None, None) => match cx.client.user(&user).await.attempting(asked)? {
                Some(user) => user.email.into(),
                None => return Ok(None),
            },
        };
        super::see_whether_replaced(cx, RESOURCE, &pair);
        let (group_id, person) = match prior {
            Some(prior) => (prior.args.group_id, prior.args.user),
            None => (group.clone(), Person::from(&email)),
        };
        cx.private.remove(&TYPED);
        let args = GroupMemberArgs { group_id, user: person };
        Ok(Some(State { args, computed: computed(&group, user, email) }))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ByPair,
        prior: &State<Self>,
        args: &GroupMemberArgs,
    ) -> Result<GroupMemberComputed> {
        renamed::means(cx.private, None);
        let mut computed = prior.computed.clone();
        let before = (&prior.args.user, &prior.computed.email);
        computed.email = renamed::address_after(&cx.client, &id.user_id, before, &args.user).await?;
        cx.client.run().memberships().applied(cx.private);
        Ok(computed)
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ByPair, prior: &State<Self>) -> Result<()> {
        if super::is_replaced(cx.private) {
            return Ok(());
        }
        let (group, user) = (id.group_id.folded(), id.user_id.folded());
        refuse_half(cx, &group, prior).await?;
        let memberships = cx.client.run().memberships();
        if memberships.has_another_of_name(cx.private, &held(prior), renamed::name(&prior.args.user)) {
            stays_beside(cx, &group, prior).await;
            memberships.deleted(cx.private);
            return Ok(());
        }
        let removal = memberships.removal(cx, cx.private, &held(prior), [user.as_str().to_owned()]).await?;
        let removal = removal.map_err(|clash| members::clash(Some(&cx.client), &clash))?;
        if !removal.people.is_empty() {
            let left = cx.client.leave(&group, std::slice::from_ref(&*user)).await;
            let left: atlan::Result<Vec<()>> = left.into_iter().collect();
            if let Err(error) = left {
                let group = members::group_name(&cx.client, &group).await;
                let attempt = members::removal_attempted(&error, &prior.computed.email.text(), &group);
                return Err(error).attempting(|| attempt);
            }
            memberships.ended(&group, [(&user, prior.computed.email.text().into_owned())]);
        }
        memberships.deleted(cx.private);
        Ok(())
    }

    fn missing(cx: &Cx<'_, Self>, id: &ByPair) -> Error {
        let typed = cx
            .private
            .get(&TYPED)
            .unwrap_or_else(|| format!("{}/{}", id.group_id.as_str(), id.user_id.as_str()));
        let (group, user) = parts(&typed).unwrap_or((id.group_id.as_str(), id.user_id.as_str()));
        Error::new(
            format!("Could not import {typed:?}"),
            format!(
                "In the tenant {}, {user} is not in the group {group}. If this is a GUID, there may be no such group or person.",
                cx.client.tenant()
            ),
        )
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ByPair> {
        let refused = |detail: String| Error::new(format!("Could not import {text:?}"), detail);
        let Some((group, person)) = parts(text) else { return Err(refused(IMPORT.to_owned())) };
        let person = Person::parse(person).map_err(|problem| refused(format!("{problem} {IMPORT}")))?;
        let asked = || format!("import {text:?}");
        let group_id = group_named(&cx.client, group, asked).await?;
        let user_id = match person.name() {
            PersonName::Id(id) => id.clone().into(),
            PersonName::Email(email) => match cx.client.user_by_email(email).await.attempting(asked)? {
                Some(user) => user.id.into(),
                None => return Err(refused(members::nobody_there(&cx.client, &person))),
            },
        };
        cx.private.set(&TYPED, &text.to_owned());
        Ok(ByPair { group_id, user_id })
    }
}

/// The text of an import, for the read that follows it.
const TYPED: PrivateKey<String> = PrivateKey::new("typed");

/// The group and the person that the text of an import names. The name shown in Atlan may contain a `/`; neither a GUID nor an
/// address does, nor does an internal name.
fn parts(text: &str) -> Option<(&str, &str)> {
    if text.starts_with("alias:") { text.rsplit_once('/') } else { text.split_once('/') }
}

const IMPORT: &str = "The id is GROUP/USER. GROUP is the GUID of a group, its internal name, or `alias:` and the name shown in \
                      Atlan; USER is the GUID or the email address of a person.";

fn hold(group: &Guid, email: &Email, id: &Guid) -> Hold {
    let person = Who { email: Some(email.folded()), id: Some(id.folded().text().into_owned()) };
    Hold::One { group: group.folded().text().into_owned(), person: Box::new(person) }
}

/// What an object of the state holds.
fn held(state: &State<GroupMember>) -> Hold {
    hold(&state.args.group_id, &state.computed.email, &state.computed.user_id)
}

/// Whether a plan of an object that exists is about the same person. If not, another object replaces it.
async fn is_same(
    cx: &PlanCx<'_, GroupMember>,
    change: &mut Change<'_, GroupMember>,
    named: Named,
) -> Result<bool> {
    let (user, email_key) = (GroupMemberArgs::USER, GroupMemberComputed::EMAIL);
    let (Value::Known(id), Value::Known(email)) =
        (change.prior(GroupMemberComputed::USER_ID), change.prior(email_key))
    else {
        return Ok(false);
    };
    let is_same = match named {
        Named::Present => true,
        Named::Before(person) => {
            renamed::warn(cx, user, RESOURCE, &person, &id, &email);
            true
        }
        Named::Other(person) => match &cx.client {
            Some(client) => client.person(&person).await?.is_some_and(|found| found.id == *id),
            None => false,
        },
        Named::Unknown => false,
    };
    let planned = change.planned(user).known();
    match &planned {
        Some(planned) if is_same => {
            renamed::means(cx.private, Some((planned, &id)));
            let is_old = change.prior(user).known().is_some_and(|before| before.same(planned));
            if !is_old && !planned.is(&id, &email.text()) {
                // The state does not have the new address yet.
                change.unknown(email_key);
            }
        }
        _ => {
            renamed::means(cx.private, None);
            change.replace(user);
        }
    }
    Ok(is_same)
}

/// What the object holds by the plan, as far as that is known. `is_same`: the name in `user` stands for the person of the state.
fn planned_hold(change: &Change<'_, GroupMember>, is_same: bool) -> Option<Hold> {
    let Value::Known(group) = change.planned(GroupMemberArgs::GROUP_ID) else { return None };
    let Value::Known(person) = change.planned(GroupMemberArgs::USER) else { return None };
    if let (Value::Known(email), Value::Known(id)) =
        (change.prior(GroupMemberComputed::EMAIL), change.prior(GroupMemberComputed::USER_ID))
        && is_same
    {
        return Some(hold(&group, &email, &id));
    }
    let person = match person.name() {
        PersonName::Email(email) => Who { email: Some(atlan::fold_email(email)), id: None },
        PersonName::Id(id) => {
            Who { email: None, id: Some(Guid::from(id.clone()).folded().text().into_owned()) }
        }
    };
    Some(Hold::One { group: group.folded().text().into_owned(), person: Box::new(person) })
}

/// A membership as an import reads it.
pub(crate) fn state(group: &Guid, user_id: Guid, email: Email) -> State<GroupMember> {
    let args = GroupMemberArgs { group_id: group.clone(), user: Person::from(&email) };
    State { args, computed: computed(group, user_id, email) }
}

fn computed(group: &Guid, user_id: Guid, email: Email) -> GroupMemberComputed {
    GroupMemberComputed { id: format!("{}/{}", group.text(), user_id.text()), user_id, email }
}

/// Refuses the delete half of a replacement whose create half would fail, or would add somebody who has got the address of the person.
async fn refuse_half(cx: &Cx<'_, GroupMember>, group: &Guid, prior: &State<GroupMember>) -> Result<()> {
    let Some(next) = cx.private.get(&NEXT_MEMBER) else { return Ok(()) };
    if let Some(next) = next.group.filter(|next| *next != *group.text()) {
        let next: Guid = stored(&next)?;
        if cx.client.group(&next).await?.is_none() {
            let why = format!("The tenant has no group with the GUID {}.", next.as_str());
            return Err(would_fail(cx, group, prior, &why, "Correct `group_id`.").await);
        }
    }
    let Some(name) = next.user else { return Ok(()) };
    let person: Person = stored(&name)?;
    let Some(found) = cx.client.person(&person).await? else {
        let why = members::nobody(&cx.client, &person);
        return Err(would_fail(cx, group, prior, &why, "Correct `user`.").await);
    };
    let State { args, computed } = prior;
    let is_old = name == renamed::name(&args.user) || name == computed.email.folded();
    if !is_old || found.id == *computed.user_id {
        return Ok(());
    }
    let error = match cx.client.user(&computed.user_id).await? {
        Some(user) => renamed::has_moved_on(RESOURCE, &person, &user, ""),
        None => renamed::is_gone(RESOURCE, &person, &computed.user_id, &found),
    };
    Err(error.at(GroupMemberArgs::USER))
}

async fn would_fail(
    cx: &Cx<'_, GroupMember>,
    group: &Guid,
    prior: &State<GroupMember>,
    why: &str,
    way: &str,
) -> Error {
    let (person, group) = (prior.computed.email.text(), members::group_name(&cx.client, group).await);
    Error::new(
        "Replacing the membership would fail after the delete",
        format!(
            "{why}\n\nSo Terraform would remove {person} from the group {group}, and the create of the new membership would fail. Nothing \
             was sent. {way}"
        ),
    )
}

/// What the plan of one membership shows and refuses.
async fn plan(cx: &PlanCx<'_, GroupMember>, change: &mut Change<'_, GroupMember>) -> Result<()> {
    let (user, id, email) = (GroupMemberArgs::USER, GroupMemberComputed::USER_ID, GroupMemberComputed::EMAIL);
    keep_guid_spelling(change, GroupMemberArgs::GROUP_ID);
    let person = change.planned(user).known();
    let is_same = match planned_name(change, user, id, email) {
        Some(named) => is_same(cx, change, named).await.at(user)?,
        None => {
            if let Some(person) = &person {
                let refused = renamed::refuse_replacement(cx.client.as_ref(), cx.private, RESOURCE, person);
                refused.await.at(user)?;
                let (run, client) = (cx.session::<Run>(), cx.client.as_ref());
                let told = renamed::tell_of_heir(cx, &run, client, RESOURCE, user, person);
                told.await.at(user)?;
            }
            false
        }
    };
    let next = planned_hold(change, is_same);
    let run = cx.session::<Run>();
    let memberships = run.memberships();
    let group = next.as_ref().map(|hold| hold.group().to_owned());
    let prior = (change.prior(GroupMemberArgs::GROUP_ID), change.prior(email), change.prior(id));
    let planned = match prior {
        (Value::Known(group), Value::Known(email), Value::Known(id)) => {
            memberships.planned_change(cx.private, hold(&group, &email, &id), next.as_ref())
        }
        _ => {
            let is_there = |person: &Person| !run.will_invite(renamed::name(person));
            let user = person.filter(is_there).map(|person| renamed::name(&person).to_owned());
            cx.private.set(&NEXT_MEMBER, &NextMember { group: group.clone(), user });
            memberships.planned_create(cx.private, next).map(drop)
        }
    };
    planned.map_err(|clash| members::clash(cx.client.as_ref(), &clash).at(user))?;
    if let Some(group) = group.filter(|group| memberships.meets_mapping(group)) {
        members::is_mapped(cx, cx.client.as_ref(), &group);
    }
    Ok(())
}

/// The new object of a tainted one is for whoever has the configured address by now, and the person of the old one stays in the group.
async fn stays_beside(cx: &Cx<'_, GroupMember>, group: &atlan::Guid, prior: &State<GroupMember>) {
    let (email, group) = (prior.computed.email.text(), members::group_name(&cx.client, group).await);
    cx.warning(
        format!("{email} stays in the group {group}"),
        format!(
            "The address of the person has changed in Atlan, and the new object is for whoever has {} now. So it is not certain that {email} \
             should leave the group. Nothing was sent for this person, and Terraform no longer manages the membership. To manage it, add an \
             `atlan_group_member` with `user = \"{email}\"`. To end it, remove the person from the group in Atlan.",
            prior.args.user.text().trim()
        ),
    );
}

async fn create(cx: &CreateCx<'_, GroupMember>, args: &GroupMemberArgs) -> Result<GroupMemberComputed> {
    cx.private.remove(&NEXT_MEMBER);
    let group = args.group_id.folded();
    let memberships = cx.client.run().memberships();
    let user = match members::person(&cx.client, &args.user).await {
        Ok(user) => user,
        Err(error) => {
            memberships.wants(&group, [renamed::name(&args.user).to_owned()]);
            return Err(error.at(GroupMemberArgs::USER));
        }
    };
    let people = [user.id.as_str().to_owned()];
    let claim = memberships
        .claim(cx.private, hold(&group, &user.email.clone().into(), &user.id.clone().into()), people, true)
        .map_err(|clash| members::clash(Some(&cx.client), &clash).at(GroupMemberArgs::USER))?;
    members::removals_are_over(&cx.client, cx, &claim, &group, std::slice::from_ref(&user.id)).await?;
    let joined = match cx.client.join(&group, &user).await {
        Ok(joined) => joined,
        Err(error) => return Err(refused(cx, &group, &user, error).await),
    };
    members::warn_of_others(cx, &user.email, &group, &joined).await;
    cx.private.remove(&UNSEEN);
    if !joined.shown {
        cx.private.set(&UNSEEN, &true);
        members::warn_of_unseen(cx, std::slice::from_ref(&user.email), &group).await;
    }
    claim.keep();
    Ok(computed(&group, user.id.into(), user.email.into()))
}

/// Why a person could not be added.
async fn refused(
    cx: &CreateCx<'_, GroupMember>,
    group: &Guid,
    user: &atlan::User,
    error: atlan::Error,
) -> Error {
    if error.is_not_found() && cx.client.group(group).await.is_ok_and(|group| group.is_none()) {
        return members::no_group(&cx.client, group, "").at(GroupMemberArgs::GROUP_ID);
    }
    if matches!(user.status, UserStatus::Pending | UserStatus::Expired) && members::is_refusal(&error) {
        let group = members::group_name(&cx.client, group).await;
        return members::is_pending(user, &group, &error).at(GroupMemberArgs::USER);
    }
    if let atlan::Error::GroupsLost { email, groups, last } = &error {
        let (summary, detail) = members::may_be_lost(&cx.client, email, group, groups, last).await;
        return Error::new(summary, detail);
    }
    match Err::<Infallible, _>(error).blame(GroupMemberArgs::USER) {
        Err(error) => error,
    }
}
