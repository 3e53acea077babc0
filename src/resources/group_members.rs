//! `atlan_group_members`: all members of a group. The resource removes everybody else from the group, so it suits
//! groups that only Terraform fills.
//!
//! It is a separate type and not an option of `atlan_group_member`: with such an option, people would be removed
//! because somebody set it without knowing what it means for people who are not listed.
//!
//! If a create fails for some of the people, it does not return an error, because Terraform would then replace the
//! resource. It warns and lists these people in `failed`, and the next plan tries again. An update returns an error,
//! and the state as it really is.
//!
//! People are matched by GUID. `user_ids` has the GUID of each entry of `members`, so a person whose address has changed in
//! Atlan is still known by the one that the configuration has.

mod apply;
mod entries;
mod plan;
mod replacement;
mod state;

use std::collections::{BTreeMap, BTreeSet};

use tfplug::{
    Args, Attempting as _, Change, Computed, Config, CreateCx, Cx, Diagnostics, Error, Identity, PlanCx,
    Resource, Result, State, Text as _, Value,
};

use super::{group_named, renamed};
use crate::members::{self, Named, Outcome, count};
use crate::provider::{Atlan, Client};
use crate::run::{self, Hold, Run};
use crate::types::{Guid, OnExisting, Person, is_uuid};

pub(crate) use state::state;

/// All members of a group: the resource removes people who are not listed from the group.
///
/// Use this resource for groups that only Terraform fills, and for groups of more than a few hundred members, where
/// one `atlan_group_member` for each makes Terraform itself slow. Use `atlan_group_member` if other members of the
/// group should stay, and for a default group, which new people join automatically. Neither resource suits a group
/// that a single sign-on group is mapped to: there, the identity provider decides who is a member.
///
/// If Atlan refuses some of the people while the resource is created, the others join all the same. The create then
/// succeeds with a warning, because after an error Terraform would replace the resource. `failed` lists the people
/// who were refused, and the next plan shows an update that tries again. The postcondition in the example makes the
/// run fail in this case. An update needs no postcondition: it fails if Atlan refuses somebody.
///
/// No other `atlan_group_members` or `atlan_group_member` may manage the same group, and no `atlan_sso_group_mapping` may map a
/// single sign-on group to it: the plan or the apply fails. Exception: if the group is known only after apply and the other resource
/// has no changes, only the next plan fails.
///
/// The provider's credential must be allowed to change memberships. An API token may do so; an OAuth client may if its role
/// allows it.
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
    /// Largest number of people that one plan may remove from the group. If it would remove more, the plan fails. A destroy, and a
    /// replacement by a set of another group, remove all people of the state from the old group without a limit. A change of this argument alone
    /// changes no members. Default: no limit.
    pub max_removals: Option<u32>,
}

/// What Atlan answers.
#[derive(Clone, Computed)]
#[computed(args = GroupMembersArgs)]
pub struct GroupMembersComputed {
    /// GUID of the group.
    #[attr(keep)]
    pub id: Guid,
    /// GUIDs of the people in `members`, by email address in lower case. If another person has an old address of a member by now, one of
    /// them is named by GUID.
    #[attr(follows(members))]
    pub user_ids: BTreeMap<String, Guid>,
    /// Reasons why people could not be added or removed, by email address in lower case. Empty if all members are as configured.
    #[attr(follows(members))]
    pub failed: BTreeMap<String, String>,
}

/// Names the members of a group.
#[derive(Clone, Debug, Identity)]
#[identity(resource = GroupMembers)]
pub struct ByGroup {
    /// GUID of the group.
    pub group_id: Guid,
}

/// Managed members of groups.
pub struct GroupMembers;

/// As messages call it.
const RESOURCE: &str = "atlan_group_members";

impl Resource for GroupMembers {
    const NAME: &'static str = "group_members";

    type Provider = Atlan;
    type Id = ByGroup;
    type Args = GroupMembersArgs;
    type Computed = GroupMembersComputed;

    fn validate(config: &Config<'_, GroupMembersArgs>, diagnostics: &mut Diagnostics) {
        let Value::Known(people) = config.get(GroupMembersArgs::MEMBERS) else { return };
        if let Some(twice) = entries::twice(&people, |person| person.name().clone()) {
            diagnostics.error_at(GroupMembersArgs::MEMBERS, entries::TWICE, entries::same_person(twice));
        }
    }

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        let group = match change.planned(GroupMembersArgs::GROUP_ID) {
            Value::Known(group) => members::known_group_name(cx.client.as_ref(), &group.folded()),
            Value::Null | Value::Unknown => "that is not known yet".to_owned(),
        };
        let planned = plan::plan(cx, change).await;
        // Terraform plans a create once more in the apply. If that fails, the create is not called.
        if planned.is_err()
            && change.is_create()
            && let (Value::Known(group), Value::Known(members)) =
                (change.planned(GroupMembersArgs::GROUP_ID), change.planned(GroupMembersArgs::MEMBERS))
        {
            let names: Vec<String> = members.iter().map(|person| renamed::name(person).to_owned()).collect();
            let run = cx.session::<Run>();
            members::warn_of_ended(cx, &run, cx.client.as_ref(), &group.folded(), names.clone());
            run.memberships().wants(&group, names);
        }
        planned.attempting(|| format!("plan the members of the group {group}"))
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        let group = prior.args.group_id.folded();
        cx.private.remove(&replacement::NEXT_SET);
        let name = members::known_group_name(cx.client.as_ref(), &group);
        if super::spares(cx, &format!("the members of the group {name}"), "") {
            return Ok(());
        }
        let run = cx.session::<Run>();
        let planned = run.memberships().planned_delete(cx.private, hold(&group));
        planned.map_err(|clash| members::clash(cx.client.as_ref(), &clash))?;
        let people = prior.computed.user_ids.len();
        if people > 0 && !run.memberships().is_made_again(cx.private, &hold(&group)) {
            let leave = if people == 1 { "leaves" } else { "leave" };
            let (people, name) = (count(people), members::known_group_name(cx.client.as_ref(), &group));
            cx.warning(
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
        let created = apply::create(cx, args).await;
        if created.is_err() {
            let names = args.members.iter().map(|person| renamed::name(person).to_owned());
            members::warn_of_ended(cx, cx.client.run(), Some(&cx.client), &args.group_id.folded(), names);
        }
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
        cx.client.run().meets(RESOURCE, cx.private, [group.as_str()]);
        let read = state::read(cx, &group, prior).await.map_err(Error::from);
        let read = named_group(&cx.client, &group, "read", read).await?;
        super::see_whether_replaced(cx, RESOURCE, group.as_str());
        Ok(read)
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ByGroup,
        prior: &State<Self>,
        args: &GroupMembersArgs,
    ) -> Result<GroupMembersComputed> {
        let group = id.group_id.folded();
        let updated = apply::update(cx, &group, prior, args).await;
        named_group(&cx.client, &group, "change", updated).await
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ByGroup, prior: &State<Self>) -> Result<()> {
        if super::is_replaced(cx.private) {
            return Ok(());
        }
        let group = id.group_id.folded();
        replacement::check(cx, &group, prior).await?;
        let memberships = cx.client.run().memberships();
        let ids = prior.computed.user_ids.values().map(|id| id.text().into_owned());
        let removal = memberships.removal(cx, cx.private, &hold(&group), ids).await?;
        let removal = removal.map_err(|clash| members::clash(Some(&cx.client), &clash))?;
        let leaving = prior.computed.user_ids.iter().filter(|(_, id)| removal.people.contains(&*id.text()));
        let leaving: Vec<Named> = leaving.map(state::named_by_state).collect();
        let mut outcome = Outcome::default();
        outcome.leave(&cx.client, &group, &leaving).await;
        let stays = outcome.not_removed();
        let gone = prior.computed.user_ids.iter().filter(|(_, id)| removal.people.contains(&*id.text()));
        let gone = gone.filter(|(_, id)| !stays.contains(&***id)).map(|(email, id)| (id, email.clone()));
        memberships.ended(&group, gone);
        if stays.is_empty() {
            memberships.deleted(cx.private);
            return Ok(());
        }
        cx.checkpoint(&state::only(prior, |id| stays.contains(&**id)));
        Err(outcome.into_error(&cx.client, &group).await)
    }

    fn missing(cx: &Cx<'_, Self>, id: &ByGroup) -> Error {
        members::no_group(&cx.client, &id.group_id, "")
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ByGroup> {
        let group_id = group_named(&cx.client, text, || format!("import the members of {text:?}")).await?;
        Ok(ByGroup { group_id })
    }
}

/// Adds to a failure which group it was about.
async fn named_group<T>(client: &Client, group: &Guid, verb: &str, result: Result<T>) -> Result<T> {
    let Err(error) = result else { return result };
    let name = members::group_name(client, group).await;
    Err(error).attempting(|| format!("{verb} the members of the group {name}"))
}

fn hold(group: &Guid) -> Hold {
    Hold::All { group: group.folded().text().into_owned() }
}
