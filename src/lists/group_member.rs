//! Lists `atlan_group_member`: of a person from that person's side, else group by group.

use tfplug::{Args, At as _, Attempting as _, CallCx, Error, List, ListSink, Result, State};

use super::WithoutMembers;
use crate::members::{self, Named};
use crate::provider::{Atlan, Client};
use crate::resources::{ByPair, GroupMember, group_member_state};
use crate::types::{Guid, Person, is_uuid};

/// Memberships of people in groups, in the order of the groups' internal names and of the people's user names, labelled by the name
/// of the group shown in Atlan and the address. Without arguments, the list has all memberships of the tenant. Accounts without an
/// email address are left out.
///
/// For large groups, `atlan_group_members` gives one `import` block for each group instead of one for each person.
///
/// The provider's credential must be allowed to read groups and their members. An API token may do so; an OAuth client
/// may if its role allows it.
///
/// Requires Terraform 1.14 or later. In earlier versions and in OpenTofu, `import` blocks with `for_each` over the data
/// source `atlan_users` do the same.
#[derive(Args)]
#[args(timeouts(read = "30m"))]
pub struct GroupMemberFilter {
    /// GUID of a group. Selects only its members.
    #[attr(check = is_uuid())]
    pub group_id: Option<Guid>,
    /// GUID or email address of a person. Selects only this person's memberships.
    pub user: Option<Person>,
}

impl List for GroupMember {
    type Filter = GroupMemberFilter;

    async fn list(cx: &CallCx<'_, Atlan>, filter: &GroupMemberFilter, sink: &ListSink<Self>) -> Result<()> {
        let group = filter.group_id.as_ref().map(Guid::folded);
        let asked = || "list memberships".to_owned();
        if let Some(person) = &filter.user {
            return of_person(&cx.client, person, group.as_ref(), sink).await.attempting(asked);
        }
        if let Some(id) = group {
            let Some(group) = cx.client.group(&id).await.attempting(asked)? else {
                return Err(members::no_group(&cx.client, &id, "").at(GroupMemberFilter::GROUP_ID));
            };
            return match of_group(&cx.client, &group, sink).await.attempting(asked)? {
                None => Ok(()),
                Some(error) => Err(error).attempting(asked),
            };
        }
        let mut without = WithoutMembers::default();
        let sent = of_all(&cx.client, sink, &mut without).await.attempting(asked);
        without.end(cx, sent)
    }
}

/// Sends the memberships in all groups.
async fn of_all(client: &Client, sink: &ListSink<GroupMember>, without: &mut WithoutMembers) -> Result<()> {
    let mut pages = client.group_pages();
    while let Some(groups) = pages.next().await? {
        for group in groups {
            match of_group(client, &group, sink).await? {
                Some(error) => without.note(&group, error),
                None => without.given(),
            }
        }
    }
    Ok(())
}

/// Sends the memberships of one person.
async fn of_person(
    client: &Client,
    person: &Person,
    group: Option<&Guid>,
    sink: &ListSink<GroupMember>,
) -> Result<()> {
    let at = GroupMemberFilter::USER;
    let user = members::existing_person(client, person).await.at(at)?;
    let Some(groups) = client.groups_of(&user.id).await? else {
        return Err(Error::new("There is no such person", members::nobody_there(client, person)).at(at));
    };
    let person = Named { id: user.id, email: user.email };
    for of in groups.into_iter().filter(|of| group.is_none_or(|id| **id == of.id)) {
        send(&of, person.clone(), sink).await?;
    }
    Ok(())
}

/// Sends the memberships in one group. Returns the failure if Atlan lists the group and does not give its members.
async fn of_group(
    client: &Client,
    group: &atlan::Group,
    sink: &ListSink<GroupMember>,
) -> Result<Option<atlan::Error>> {
    let mut pages = client.member_pages(&group.id);
    loop {
        let page = match pages.next().await {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(None),
            // The group was deleted while the list was read.
            Err(error)
                if error.status() == Some(404) && client.group_for_write(&group.id).await?.is_none() =>
            {
                return Ok(None);
            }
            Err(error) if WithoutMembers::is_meant_by(&error) => return Ok(Some(error)),
            Err(error) => return Err(error.into()),
        };
        for person in members::named(client, page).await? {
            send(group, person, sink).await?;
        }
    }
}

async fn send(group: &atlan::Group, person: Named, sink: &ListSink<GroupMember>) -> Result<()> {
    let label = format!("{}: {}", group.alias, person.email);
    let state: State<GroupMember> =
        group_member_state(&group.id.clone().into(), person.id.into(), person.email.into());
    let id = ByPair { group_id: state.args.group_id.clone(), user_id: state.computed.user_id.clone() };
    sink.send(label, &id, &state).await
}
