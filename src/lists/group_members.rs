//! Lists `atlan_group_members`: one for each group, with all members.

use tfplug::schema::not_blank;
use tfplug::{Args, Attempting as _, CallCx, List, ListSink, Result};

use super::WithoutMembers;
use crate::data_sources::groups::fits;
use crate::members;
use crate::provider::{Atlan, Client};
use crate::resources::{ByGroup, GroupMembers, group_members_state};

/// Members of the groups of the tenant, one object for each group with all its members, in the order of the groups' internal names
/// and labelled by the names shown in Atlan. Without arguments, the list has the members of all groups; with several arguments, those
/// of the groups that match all of them. Accounts without an email address are left out.
///
/// The provider's credential must be allowed to read groups and their members. An API token may do so; an OAuth client
/// may if its role allows it.
///
/// Requires Terraform 1.14 or later. In earlier versions and in OpenTofu, `import` blocks with `for_each` over the data
/// source `atlan_groups` do the same.
#[derive(Args)]
#[args(timeouts(read = "30m"))]
pub struct GroupMembersFilter {
    /// Beginning of the internal name of the group, compared exactly.
    #[attr(check = not_blank())]
    pub name_prefix: Option<String>,
    /// Part of the name of the group shown in Atlan. Case makes no difference.
    #[attr(check = not_blank())]
    pub alias_contains: Option<String>,
    /// Whether new people join the group automatically. `false` leaves out default groups, whose members are better managed one by one.
    pub is_default: Option<bool>,
}

impl List for GroupMembers {
    type Filter = GroupMembersFilter;

    async fn list(cx: &CallCx<'_, Atlan>, filter: &GroupMembersFilter, sink: &ListSink<Self>) -> Result<()> {
        let mut without = WithoutMembers::default();
        let sent = of_all(&cx.client, filter, sink, &mut without).await;
        without.end(cx, sent)
    }
}

async fn of_all(
    client: &Client,
    filter: &GroupMembersFilter,
    sink: &ListSink<GroupMembers>,
    without: &mut WithoutMembers,
) -> Result<()> {
    let (prefix, part) = (filter.name_prefix.as_deref(), filter.alias_contains.as_deref());
    let asked = |of: &str| format!("list the members of {of}");
    let mut pages = client.group_pages();
    while let Some(groups) = pages.next().await.attempting(|| asked("groups"))? {
        for group in groups.into_iter().filter(|group| fits(group, prefix, part, filter.is_default)) {
            let id = ByGroup { group_id: group.id.clone().into() };
            if !sink.include_resource() {
                sink.send_identity(group.alias, &id).await?;
                continue;
            }
            let asked = || asked(&format!("the group {:?}", group.alias));
            let present = match members_of(client, &group).await {
                Ok(present) => present,
                // The group was deleted while the list was read.
                Err(error)
                    if error.status() == Some(404)
                        && client.group_for_write(&group.id).await.attempting(asked)?.is_none() =>
                {
                    continue;
                }
                Err(error) if WithoutMembers::is_meant_by(&error) => {
                    without.note(&group, error);
                    continue;
                }
                Err(error) => return Err(error).attempting(asked),
            };
            without.given();
            let present = members::named(client, present).await.attempting(asked)?;
            let state = group_members_state(&id.group_id, present, None);
            sink.send(group.alias.clone(), &id, &state).await?;
        }
    }
    Ok(())
}

/// The members of one group, which are not kept for other calls.
async fn members_of(client: &Client, group: &atlan::Group) -> atlan::Result<Vec<atlan::Member>> {
    let (mut pages, mut members) = (client.member_pages(&group.id), Vec::new());
    while let Some(page) = pages.next().await? {
        members.extend(page);
    }
    Ok(members)
}
