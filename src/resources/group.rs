//! `atlan_group`: a named set of people, keyed by GUID; `alias` (shown) may change, `name` (internal) may not.
//! Members are a resource of their own, so that two teams can own group and membership.

use std::collections::BTreeSet;

use atlan::{Existing, GroupUpdate, NewGroup};
use tfplug::{
    Args, At as _, Change, Computed, CreateCx, Cx, Error, PlanCx, PrivateKey, Resource, Result, State,
    Text as _, Value,
};

use super::ById;
use crate::explain::Blame as _;
use crate::provider::Atlan;
use crate::types::{Alias, Guid, OnExisting, Slug};

/// A group of people that personas, purposes and policies refer to.
///
/// Its members are not part of it: they are managed in Atlan or by other resources.
#[derive(Args)]
#[args(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
pub struct GroupArgs {
    /// Name shown in Atlan. Changed in place.
    pub alias: Alias,
    /// Internal name, unique in the tenant. Left out, it is derived from `alias` at creation (lower case, ASCII, `_` for
    /// everything but letters and digits) and stays when `alias` changes later.
    #[attr(replace)]
    pub name: Option<Slug>,
    /// What the group is for. Left out and `""` mean the same: no description.
    pub description: Option<String>,
    /// Whether new people join the group by themselves. Default `false`. People who are there already do not join.
    pub is_default: Option<bool>,
    /// What to do when a group of that name exists at creation: `error` says how to import it, `adopt` takes it over and
    /// changes only what the configuration states.
    #[attr(default = OnExisting::Error)]
    pub on_existing: OnExisting,
}

/// What Atlan answers.
#[derive(Computed)]
pub struct GroupComputed {
    /// GUID of the group, the same for all its life.
    #[attr(keep)]
    pub id: Guid,
    /// Internal name.
    #[attr(keep)]
    pub name: Slug,
    /// What the group is for.
    #[attr(keep)]
    pub description: String,
    /// Whether new people join the group by themselves.
    #[attr(keep)]
    pub is_default: bool,
    /// Atlan's path of the group.
    #[attr(keep)]
    pub path: String,
}

/// Managed groups.
pub struct Group;

/// Names of what an adopted group came with and no configuration has stated since: it is left alone.
const LEFT_ALONE: PrivateKey<BTreeSet<String>> = PrivateKey::new("left_alone");

/// Marks a group that was made and that no list has shown since: its absence from the list means "not yet".
const UNSEEN: PrivateKey<bool> = PrivateKey::new("unseen");

impl Resource for Group {
    const NAME: &'static str = "group";

    type Provider = Atlan;
    type Id = ById;
    type Args = GroupArgs;
    type Computed = GroupComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        leave_out(cx, change);
        if !change.is_create() {
            return Ok(());
        }
        if let (Value::Null, Value::Known(alias)) =
            (change.config(GroupArgs::NAME), change.planned(GroupArgs::ALIAS))
        {
            change.fill(GroupComputed::NAME, Slug::of(&alias).at(GroupArgs::ALIAS)?); // shown in the plan
        }
        if let (Some(client), Value::Known(name)) = (&cx.client, change.planned(GroupComputed::NAME))
            && !client.plans("group", &name.text())
        {
            return Err(Error::new(
                "Two groups of one name",
                format!(
                    "Another atlan_group in this configuration is to be created with the internal name {:?}, too. Atlan \
                     keeps these names unique: give one of them another `name` or `alias`.",
                    name.text()
                ),
            )
            .at(GroupArgs::ALIAS));
        }
        Ok(())
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &GroupArgs) -> Result<GroupComputed> {
        let name = match &args.name {
            Some(name) => name.clone(),
            None => Slug::of(&args.alias).at(GroupArgs::ALIAS)?,
        };
        let new = NewGroup {
            name: name.text().into_owned(),
            alias: args.alias.text().into_owned(),
            description: args.description.clone(),
            is_default: args.is_default.unwrap_or(false),
        };
        let group = match cx.client.create_group(&new).await {
            Err(atlan::Error::AlreadyExists(Existing::Group(group)))
                if args.on_existing == OnExisting::Adopt =>
            {
                adopt(cx, &group, args).await?
            }
            created => created.blame(names(args))?,
        };
        if !cx.client.has_seen_group(&group.id) {
            cx.private.set(&UNSEEN, &true);
        }
        Ok(state(group, args.on_existing).computed)
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let on_existing = prior.map(|prior| prior.args.on_existing).unwrap_or_default(); // None: import
        let group = if cx.private.get(&UNSEEN) == Some(true) {
            cx.client.unseen_group(&id.id).await?
        } else {
            cx.client.group(&id.id).await?
        };
        cx.private.remove(&UNSEEN);
        // None: it is gone
        Ok(group.map(|group| state(group, on_existing)))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ById,
        prior: &State<Self>,
        args: &GroupArgs,
    ) -> Result<GroupComputed> {
        let group = cx.client.update_group(&id.id, &request(args, prior.computed.path.clone())).await?;
        Ok(state(group, args.on_existing).computed)
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, _: &State<Self>) -> Result<()> {
        Ok(cx.client.delete_group(&id.id).await?) // already gone is success
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ById> {
        let groups = if let Some(alias) = text.strip_prefix("alias:") {
            cx.client.groups_by_alias(alias).await?
        } else if let Ok(id) = text.parse::<atlan::Guid>()
            && id.is_uuid()
        {
            return Ok(ById { id: id.into() });
        } else {
            cx.client.group_by_name(text).await?.into_iter().collect()
        };
        match groups.as_slice() {
            [group] => Ok(ById { id: group.id.clone().into() }),
            [] => Err(Error::new(
                format!("No group {text:?} in Atlan"),
                "Give the GUID, the internal name, or `alias:` and the name shown in Atlan, each exactly as it is there.",
            )),
            several => {
                let ids: Vec<String> =
                    several.iter().map(|group| format!("{} ({})", group.id, group.name)).collect();
                Err(Error::new(
                    format!("{} groups are shown as {:?}", several.len(), several[0].alias),
                    format!("Import by GUID or internal name instead: {}.", ids.join(", ")),
                ))
            }
        }
    }
}

/// The argument that the internal name comes from, as far as the plan tells.
fn names(args: &GroupArgs) -> tfplug::Path {
    let derived = Slug::of(&args.alias).ok();
    if derived.is_some() && derived == args.name { GroupArgs::ALIAS.into() } else { GroupArgs::NAME.into() }
}

/// What `description` and `is_default` become when the configuration leaves them out: nothing and `false`, unless the
/// group was adopted with values that nobody has stated since.
fn leave_out(cx: &PlanCx<'_, Group>, change: &mut Change<'_, Group>) {
    let mut left_alone = cx.private.get(&LEFT_ALONE).unwrap_or_default();
    let adopts =
        change.is_create() && change.planned(GroupArgs::ON_EXISTING) == Value::Known(OnExisting::Adopt);
    if !change.config(GroupArgs::DESCRIPTION).is_null() {
        left_alone.remove(GroupArgs::DESCRIPTION.name());
    } else if adopts {
        change.unknown(GroupComputed::DESCRIPTION);
    } else if !left_alone.contains(GroupArgs::DESCRIPTION.name()) {
        change.fill(GroupComputed::DESCRIPTION, String::new());
    }
    if !change.config(GroupArgs::IS_DEFAULT).is_null() {
        left_alone.remove(GroupArgs::IS_DEFAULT.name());
    } else if adopts {
        change.unknown(GroupComputed::IS_DEFAULT);
    } else if !left_alone.contains(GroupArgs::IS_DEFAULT.name()) {
        change.fill(GroupComputed::IS_DEFAULT, false);
    }
    remember(cx.private, left_alone);
}

fn remember(private: &tfplug::Private, left_alone: BTreeSet<String>) {
    if left_alone.is_empty() {
        private.remove(&LEFT_ALONE);
    } else {
        private.set(&LEFT_ALONE, &left_alone);
    }
}

/// Takes over a group that exists: what the configuration states is changed, the rest stays and is left alone.
async fn adopt(cx: &Cx<'_, Group>, group: &atlan::Group, args: &GroupArgs) -> Result<atlan::Group> {
    let adopted = cx.client.update_group(&group.id, &request(args, group.path.clone())).await?;
    let mut left_alone = BTreeSet::new();
    if args.description.is_none() {
        left_alone.insert(GroupArgs::DESCRIPTION.name().to_owned());
    }
    if args.is_default.is_none() {
        left_alone.insert(GroupArgs::IS_DEFAULT.name().to_owned());
    }
    remember(cx.private, left_alone);
    Ok(adopted)
}

fn request(args: &GroupArgs, path: String) -> GroupUpdate {
    GroupUpdate {
        path,
        alias: Some(args.alias.text().into_owned()),
        description: args.description.clone(),
        is_default: args.is_default,
    }
}

fn state(group: atlan::Group, on_existing: OnExisting) -> State<Group> {
    let name = Slug::from(group.name);
    let description = group.description.unwrap_or_default();
    State {
        args: GroupArgs {
            alias: group.alias.into(),
            name: Some(name.clone()),
            description: Some(description.clone()),
            is_default: Some(group.is_default),
            on_existing,
        },
        computed: GroupComputed {
            id: group.id.into(),
            name,
            description,
            is_default: group.is_default,
            path: group.path,
        },
    }
}
