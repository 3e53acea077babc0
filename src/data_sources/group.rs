//! `atlan_group`: one group, found by its GUID, its internal name or the name shown in Atlan.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::{Args, Attempting as _, CallCx, Computed, DataSource, Error, Result};

use super::two_people;
use crate::members;
use crate::near::similar;
use crate::provider::{Atlan, Client};
use crate::types::Guid;

/// A group of people. Set exactly one of `id`, `name` and `alias`.
///
/// The provider's credential must be allowed to read groups. An API token may do so; an OAuth client may if its role
/// allows it.
#[derive(Args)]
#[args(exactly_one_of(id, name, alias), timeouts(read = "2m"))]
pub struct GroupArgs {
    /// GUID of the group.
    pub id: Option<Guid>,
    /// Internal name of the group, compared exactly.
    #[attr(check = tfplug::schema::not_blank())]
    pub name: Option<String>,
    /// Name shown in Atlan, compared exactly. Several groups may have the same one, which is an error.
    #[attr(check = tfplug::schema::not_blank())]
    pub alias: Option<String>,
    /// Whether to read the members, too. This takes one request for each hundred members.
    #[attr(default = false)]
    pub include_members: bool,
}

/// What Atlan answers.
#[derive(Computed)]
#[computed(data, args = GroupArgs)]
pub struct GroupComputed {
    /// GUID of the group.
    pub id: Guid,
    /// Internal name of the group.
    pub name: String,
    /// Name shown in Atlan.
    pub alias: String,
    /// Description of the group. `""` if it has none.
    pub description: String,
    /// Whether new people join the group automatically.
    pub is_default: bool,
    /// Atlan's path of the group.
    pub path: String,
    /// Number of members, pending people included. Changes without Terraform. Null if the tenant does not say.
    pub member_count: Option<u64>,
    /// GUIDs of the members by email address in lower case, pending people included. Null unless `include_members` is `true`.
    pub members: Option<BTreeMap<String, Guid>>,
}

/// The data source.
pub struct Group;

impl DataSource for Group {
    const NAME: &'static str = "group";

    type Provider = Atlan;
    type Args = GroupArgs;
    type Computed = GroupComputed;

    async fn read(cx: &CallCx<'_, Atlan>, args: &GroupArgs) -> Result<GroupComputed> {
        let asked = || format!("read group {:?}", wanted(args));
        let group = find(cx, args).await.attempting(asked)?;
        let group = cx.client.counted(group).await.attempting(asked)?;
        let members = match args.include_members {
            true => Some(everybody(&cx.client, &group.id.clone().into()).await.attempting(asked)?),
            false => None,
        };
        Ok(GroupComputed {
            id: group.id.into(),
            name: group.name,
            alias: group.alias,
            description: group.description.unwrap_or_default(),
            is_default: group.is_default,
            path: group.path,
            member_count: group.member_count,
            members,
        })
    }
}

/// The members of a group by address. Lists of members may lack addresses, which then come from the people themselves.
async fn everybody(client: &Client, group: &Guid) -> Result<BTreeMap<String, Guid>> {
    let Some(listed) = client.members(group).await? else { return Err(members::no_group(client, group, "")) };
    let nameless: BTreeSet<atlan::Guid> =
        listed.iter().filter(|member| member.email.is_none()).map(|member| member.id.clone()).collect();
    let people = match nameless.is_empty() {
        true => Vec::new(),
        false => client.users_by_ids(&nameless).await?,
    };
    let listed = listed.into_iter().filter_map(|member| Some((member.email?, member.id)));
    let people = people.into_iter().map(|user| (user.email, user.id));
    let mut found = BTreeMap::new();
    for (email, id) in listed.chain(people) {
        let (email, id) = (atlan::fold_email(&email), Guid::from(id));
        if let Some(other) = found.insert(email.clone(), id.clone()) {
            return Err(two_people(&email, &other, &id, "members"));
        }
    }
    Ok(found)
}

/// What the configuration names the group by.
fn wanted(args: &GroupArgs) -> &str {
    match (&args.id, &args.name, &args.alias) {
        (Some(id), ..) => id.as_str(),
        (_, Some(name), _) => name,
        (.., alias) => alias.as_deref().unwrap_or_default(),
    }
}

async fn find(cx: &CallCx<'_, Atlan>, args: &GroupArgs) -> Result<atlan::Group> {
    if let Some(id) = &args.id {
        let id = id.folded();
        let Some(group) = cx.client.group(&id).await? else {
            return Err(no_group(cx, args, "with this GUID", "").at(GroupArgs::ID));
        };
        return Ok(group);
    }
    if let Some(name) = &args.name {
        if let Some(group) = cx.client.group_by_name(name).await? {
            return Ok(group);
        }
        let groups = cx.client.groups().await?;
        let near = similar(name, groups.iter().map(|group| group.name.as_str()));
        return Err(no_group(cx, args, "with this internal name", &near).at(GroupArgs::NAME));
    }
    let alias = args.alias.as_deref().unwrap_or_default();
    let mut found = cx.client.groups_by_alias(alias).await?;
    match (found.pop(), found.as_slice()) {
        (Some(group), []) => Ok(group),
        (Some(group), others) => {
            let mut all: Vec<&atlan::Group> = others.iter().chain([&group]).collect();
            all.sort_by(|one, other| one.name.cmp(&other.name));
            let all: Vec<String> =
                all.iter().map(|group| format!("\n  - {} ({})", group.id, group.name)).collect();
            Err(Error::new(
                format!("Could not read group {alias:?}"),
                format!(
                    "{} groups are shown under this name. Use `id` or `name` instead of `alias`:\n{}",
                    all.len(),
                    all.concat()
                ),
            )
            .at(GroupArgs::ALIAS))
        }
        (None, _) => {
            let groups = cx.client.groups().await?;
            let near = similar(alias, groups.iter().map(|group| group.alias.as_str()));
            Err(no_group(cx, args, "that is shown under this name", &near).at(GroupArgs::ALIAS))
        }
    }
}

/// `how` completes "no group …".
fn no_group(cx: &CallCx<'_, Atlan>, args: &GroupArgs, how: &str, near: &str) -> Error {
    Error::new(
        format!("Could not read group {:?}", wanted(args)),
        format!("The tenant {} has no group {how}.{near}", cx.client.tenant()),
    )
}
