//! `atlan_groups`: the groups of a tenant by internal name.

use std::collections::BTreeMap;

use tfplug::schema::not_blank;
use tfplug::{Args, At as _, Attempting as _, CallCx, Computed, DataSource, Error, Result, Text as _};

use crate::members;
use crate::provider::{Atlan, Client};
use crate::types::{Guid, Person, PersonName};

/// Groups of the tenant: without arguments, all groups; with several arguments, the groups that match all of them.
///
/// The provider's credential must be allowed to read groups. An API token may do so; an OAuth client may if its role
/// allows it.
#[derive(Args)]
#[args(timeouts(read = "5m"))]
pub struct GroupsArgs {
    /// Beginning of the internal name, compared exactly.
    #[attr(check = not_blank())]
    pub name_prefix: Option<String>,
    /// Part of the name shown in Atlan. Case makes no difference.
    #[attr(check = not_blank())]
    pub alias_contains: Option<String>,
    /// Whether new people join the group automatically.
    pub is_default: Option<bool>,
    /// A person. Selects only the groups that this person is in.
    pub user: Option<Person>,
}

/// Whether a group fits all filters.
pub(crate) fn fits(
    group: &atlan::Group,
    name_prefix: Option<&str>,
    alias_contains: Option<&str>,
    is_default: Option<bool>,
) -> bool {
    let part = alias_contains.map(str::to_lowercase);
    name_prefix.is_none_or(|prefix| group.name.starts_with(prefix))
        && part.is_none_or(|part| group.alias.to_lowercase().contains(&part))
        && is_default.is_none_or(|is_default| group.is_default == is_default)
}

/// What Atlan answers.
#[derive(Computed)]
#[computed(data, args = GroupsArgs)]
pub struct GroupsComputed {
    /// The groups by internal name.
    pub groups: BTreeMap<String, ListedGroup>,
}

/// A group.
#[derive(Computed)]
#[computed(data)]
pub struct ListedGroup {
    /// GUID of the group.
    pub id: Guid,
    /// Name shown in Atlan.
    pub alias: String,
    /// Description of the group. `""` if it has none.
    pub description: String,
    /// Whether new people join the group automatically.
    pub is_default: bool,
    /// Atlan's path of the group.
    pub path: String,
}

/// The data source.
pub struct Groups;

impl DataSource for Groups {
    const NAME: &'static str = "groups";

    type Provider = Atlan;
    type Args = GroupsArgs;
    type Computed = GroupsComputed;

    async fn read(cx: &CallCx<'_, Atlan>, args: &GroupsArgs) -> Result<GroupsComputed> {
        let groups = match &args.user {
            Some(user) => of_person(&cx.client, user)
                .await
                .at(GroupsArgs::USER)
                .attempting(|| format!("read the groups of {}", user.text().trim())),
            None => cx.client.groups().await.attempting(|| "read groups".to_owned()),
        }?;
        let (prefix, part) = (args.name_prefix.as_deref(), args.alias_contains.as_deref());
        let fitting = groups.into_iter().filter(|group| fits(group, prefix, part, args.is_default));
        let listed = fitting.map(|group| {
            let listed = ListedGroup {
                id: group.id.into(),
                alias: group.alias,
                description: group.description.unwrap_or_default(),
                is_default: group.is_default,
                path: group.path,
            };
            (group.name, listed)
        });
        Ok(GroupsComputed { groups: listed.collect() })
    }
}

/// The groups that a person is in.
async fn of_person(client: &Client, person: &Person) -> Result<Vec<atlan::Group>> {
    let nobody = || Error::new("There is no such person", members::nobody(client, person));
    let id = match person.name() {
        PersonName::Id(id) => id.clone(),
        PersonName::Email(_) => client.person(person).await?.ok_or_else(nobody)?.id,
    };
    client.groups_of(&id).await?.ok_or_else(nobody)
}
