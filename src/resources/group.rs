//! `atlan_group`: a named set of people, keyed by GUID; `alias` (shown) may change, `name` (internal) may not.
//! Members are a separate resource, so that different teams can own a group and its members.

use std::collections::BTreeSet;

use atlan::{Existing, GroupUpdate, NewGroup};
use tfplug::{
    Args, At as _, Attempting as _, Change, Computed, CreateCx, Cx, Error, PlanCx, PrivateKey, Resource,
    Result, State, Text as _, Value,
};

use super::ById;
use crate::explain::Blame as _;
use crate::provider::{Atlan, Client};
use crate::run::{self, Half, Holder, Kept, Key, Object, Run, Successor};
use crate::types::{Alias, Description, Guid, OnExisting, Slug};

/// A group of people, to which personas, purposes and policies can refer.
///
/// This resource does not manage the members of the group. They are managed in Atlan or by other resources.
///
/// The provider's credential must be allowed to manage groups. An API token may do so; an OAuth client may if its role
/// allows it.
#[derive(Args)]
#[args(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
pub struct GroupArgs {
    /// Name shown in Atlan. Changed in place.
    pub alias: Alias,
    /// Internal name, unique in the tenant. If left out, it is derived from `alias` at creation (lower case, ASCII, `_`
    /// for everything but letters and digits) and does not change when `alias` changes later.
    #[attr(replace)]
    pub name: Option<Slug>,
    /// Description of the group. If left out or `""`, the group has no description.
    pub description: Option<Description>,
    /// Whether new people join the group automatically. People who are already in the tenant do not join. Default
    /// `false`.
    pub is_default: Option<bool>,
    /// Behaviour if a group with this internal name already exists at creation: `error` fails and says how to import
    /// it, `adopt` takes it over and changes only the attributes that the configuration sets.
    #[attr(default = OnExisting::Error)]
    pub on_existing: OnExisting,
}

/// What Atlan answers.
#[derive(Computed)]
#[computed(args = GroupArgs)]
pub struct GroupComputed {
    /// GUID of the group, which never changes.
    #[attr(keep)]
    pub id: Guid,
    /// Internal name.
    #[attr(keep)]
    pub name: Slug,
    /// Description of the group.
    #[attr(keep)]
    pub description: Description,
    /// Whether new people join the group automatically.
    #[attr(keep)]
    pub is_default: bool,
    /// Atlan's path of the group. Null while it is unknown whether this resource created the group, until the next
    /// successful apply.
    #[attr(keep)]
    pub path: Option<String>,
}

/// How the register of a run identifies it.
const HOLDER: &Holder =
    &Holder { resource: "atlan_group", by_entry: false, keyed_by: "internal name", on_existing: true };

/// Managed groups.
pub struct Group;

/// Names of attributes that an adopted group already had and that no configuration has set since. They are left alone.
const LEFT_ALONE: PrivateKey<BTreeSet<String>> = PrivateKey::new("left_alone");

/// Marks a group that was made and that no list has shown since: its absence from the list means "not yet".
const UNSEEN: PrivateKey<bool> = PrivateKey::new("unseen");

/// Marks a group whose create got no clear answer, also after the group has shown. The value is the time of the first attempt by
/// the server's clock, or empty if unknown.
///
/// The halves of a replacement do not get the private state of the old object. So such a group has no `path` in the state, which the
/// delete half does get: it leaves the group to the create half, although nothing was refreshed.
const ATTEMPTED: PrivateKey<String> = PrivateKey::new("attempted");

impl Resource for Group {
    const NAME: &'static str = "group";

    type Provider = Atlan;
    type Id = ById;
    type Args = GroupArgs;
    type Computed = GroupComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        leave_out(cx, change);
        if change.is_create()
            && let (Value::Null, Value::Known(alias)) =
                (change.config(GroupArgs::NAME), change.planned(GroupArgs::ALIAS))
        {
            change.fill(GroupComputed::NAME, Slug::of(&alias).at(GroupArgs::ALIAS)?); // shown in the plan
        }
        let next = match change.planned(GroupComputed::NAME) {
            Value::Known(name) => Successor::Key(key(&name)),
            Value::Null | Value::Unknown => Successor::Unknown,
        };
        let run = cx.session::<Run>();
        let clash = match (change.prior(GroupComputed::NAME), change.prior(GroupComputed::ID)) {
            (Value::Known(name), Value::Known(id)) => {
                let group = Object::new(HOLDER, key(&name), &id, cx.private);
                let stays = matches!(&next, Successor::Key(next) if *next == key(&name));
                run::planned_change(&run, cx.private, group.clone(), &next).map_err(run::error).and_then(
                    |()| match (change.prior(GroupArgs::ALIAS), change.planned(GroupArgs::ALIAS)) {
                        (Value::Known(before), Value::Known(after)) if stays => {
                            Ok(run.shows(&group, &before.text(), Some(&after.text()))?)
                        }
                        _ => Ok(()),
                    },
                )
            }
            _ => {
                if let Value::Known(on_existing) = change.planned(GroupArgs::ON_EXISTING) {
                    run::adopts(cx.private, on_existing == OnExisting::Adopt);
                }
                run::planned_create(&run, cx.private, HOLDER, &next, None).map(|_| ()).map_err(Error::from)
            }
        };
        if let (true, Successor::Key(key)) = (change.is_create(), &next)
            && let Some(since) = run.attempt(key)
        {
            cx.private.set(&ATTEMPTED, &since);
        }
        clash.map_err(|error| error.at(GroupArgs::ALIAS))
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        if super::spares(cx, &format!("the group {:?}", prior.args.alias.text()), "") {
            return Ok(());
        }
        let run = cx.session::<Run>();
        let object = Object::new(HOLDER, key(&prior.computed.name), &prior.computed.id, cx.private);
        run::plan_delete(&run, cx.private, object.clone(), false)?;
        Ok(run.shows(&object, &prior.args.alias.text(), None)?)
    }

    async fn plan_delete_unclear(cx: &PlanCx<'_, Self>, args: &GroupArgs) -> Result<()> {
        let Some(name) = name_of(args) else { return Ok(()) };
        let run = cx.session::<Run>();
        Ok(run::plan_delete(&run, cx.private, Object::unclear(HOLDER, key(&name), cx.private), false)?)
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &GroupArgs) -> Result<GroupComputed> {
        create(cx, args).await.attempting(attempt("create", &args.alias))
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        if prior.is_none() {
            run::imported(cx.private);
        }
        let id = id.read_by(prior.is_none());
        let unseen = cx.private.get(&UNSEEN) == Some(true);
        cx.client.run().meets(HOLDER.resource, cx.private, [id.as_str()]);
        let found = if unseen { cx.client.unseen_group(&id).await } else { cx.client.group(&id).await };
        let group = found.attempting(|| match &prior {
            Some(prior) => format!("read group {:?}", prior.args.alias.text()),
            None => format!("read group {}", id.as_str()),
        })?;
        let on_existing = prior.map(|prior| prior.args.on_existing).unwrap_or_default(); // None: import
        cx.private.remove(&UNSEEN);
        // None: it was deleted
        let Some(mut state) = group.map(|group| state(group, on_existing)) else { return Ok(None) };
        super::see_whether_replaced(cx, HOLDER.resource, id.as_str());
        if let Some(since) = cx.private.get(&ATTEMPTED) {
            cx.client.run().note_attempt(key(&state.computed.name), since);
            state.computed.path = None;
        }
        Ok(Some(state))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ById,
        prior: &State<Self>,
        args: &GroupArgs,
    ) -> Result<GroupComputed> {
        run::forget_plan(cx.private);
        cx.private.remove(&ATTEMPTED);
        let updated = cx.client.update_group(&id.id, &request(args)).await;
        let group = updated.attempting(attempt("update", &prior.args.alias))?;
        cx.client.run().changed(Object::new(HOLDER, key(&prior.computed.name), &id.id, cx.private));
        Ok(GroupComputed { path: prior.computed.path.clone(), ..state(group, args.on_existing).computed })
    }

    const FINDS: bool = true;

    async fn find(cx: &Cx<'_, Self>, args: &GroupArgs) -> Result<Option<State<Self>>> {
        let Some(name) = name_of(args) else { return Ok(None) };
        let (run, key) = (cx.client.run(), key(&name));
        if run::half(run, cx.private, &key) == Half::OfItself {
            // The delete half of a replacement without a refresh. The create half takes over what is there.
            run.keep(HOLDER, key, Kept::Attempt, cx.private);
            return Ok(None);
        }
        // Read first, because the look-up may use up the time of this call.
        cx.client.current().await?;
        // The create may still take effect, and once the object has left the state, that would go unnoticed.
        let Some(group) = cx.client.group_after_unknown(&name.text()).await? else { return Ok(None) };
        let since = cx.private.get(&ATTEMPTED).unwrap_or_default();
        if !cx.client.created_by_us(&group, since.parse().ok()).await? {
            return Ok(None);
        }
        run.note_attempt(key, since);
        let mut found = state(group, args.on_existing);
        found.computed.path = None;
        Ok(Some(found))
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, prior: &State<Self>) -> Result<()> {
        if super::is_replaced(cx.private) {
            return Ok(());
        }
        let (run, key) = (cx.client.run(), key(&prior.computed.name));
        let object = Object::new(HOLDER, key.clone(), &id.id, cx.private);
        let half = run::half(run, cx.private, &key);
        if half == Half::OfItself && prior.computed.path.is_none() {
            // Made by an attempt whose outcome was unknown: the create half takes it over.
            run.applied(&object);
            run.keep(HOLDER, key, Kept::Object((*id.id).clone()), cx.private);
            return Ok(());
        }
        refuse_half(cx, id, prior).await.attempting(attempt("replace", &prior.args.alias))?;
        // A create of the same group may begin at any time: the plan did not show one whose name was unknown.
        let ending = loop {
            if run.is_taken(cx, &object, &half).await? {
                run.applied(&object);
                if half == Half::OfItself {
                    // If the create half cannot have the group either, the state must not lose it.
                    run.keep(HOLDER, key, Kept::Object((*id.id).clone()), cx.private);
                }
                stays(cx, id, prior);
                return Ok(());
            }
            if half == Half::Tainted && cx.client.group(&id.id).await?.is_some() {
                return Err(run::Clash::Tainted { key, by: HOLDER }.into());
            }
            if let Some(ending) = run.ends(&object) {
                break ending;
            }
        };
        let deleted = cx.client.delete_group(&id.id).await; // already gone is success
        deleted.attempting(attempt("delete", &prior.args.alias))?;
        if half == Half::Leaves {
            ending.done(&id.id);
        }
        run.deleted(&object);
        Ok(())
    }

    fn missing(cx: &Cx<'_, Self>, id: &ById) -> Error {
        no_group(&cx.client, &format!("import group {:?}", id.id.as_str()), "with this GUID")
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ById> {
        let id = group_named(&cx.client, text, || format!("import group {text:?}")).await?;
        Ok(ById { id })
    }
}

/// The GUID of the group that the text of an import names. `asked` completes "Could not …".
pub(super) async fn group_named(client: &Client, text: &str, asked: impl Fn() -> String) -> Result<Guid> {
    let (groups, how) = if let Some(alias) = text.strip_prefix("alias:") {
        (client.groups_by_alias(alias).await.attempting(&asked)?, "that is shown under this name")
    } else if let Some(id) = Guid::of_import(text) {
        return Ok(id);
    } else {
        let group = client.group_by_name(text).await.attempting(&asked)?;
        (group.into_iter().collect(), "with this internal name")
    };
    match groups.as_slice() {
        [group] => Ok(group.id.clone().into()),
        [] => Err(no_group(client, &asked(), how)),
        several => {
            let ids: Vec<String> =
                several.iter().map(|group| format!("{} ({})", group.id, group.name)).collect();
            Err(Error::new(
                format!("Could not {}", asked()),
                format!(
                    "{} groups are shown under this name. Import by GUID or internal name instead: {}.",
                    several.len(),
                    ids.join(", ")
                ),
            ))
        }
    }
}

/// Refuses the delete half of a replacement whose create half would meet a group of that name and fail: what is deleted cannot be
/// restored. An earlier apply of ours may have made that group, and then the create takes it over.
async fn refuse_half(cx: &Cx<'_, Group>, id: &ById, prior: &State<Group>) -> Result<()> {
    let Some((next, _, false)) = run::next(cx.private) else { return Ok(()) };
    if next == prior.computed.name.text() || cx.client.run().attempt(&Key::Group(next.clone())).is_some() {
        return Ok(());
    }
    let Some(there) = cx.client.group_by_name(&next).await?.filter(|there| there.id != *id.id) else {
        return Ok(());
    };
    Err(Error::new(
        "Replacing the group would fail after the delete",
        format!(
            "The tenant has a group with the internal name {next:?} already (GUID {}), and `on_existing` is `error`. So Terraform would \
             delete the old group, and the create of the new one would fail. Nothing was sent.\n\nSet another `name`. To take over the group that is \
             there, set `on_existing = \"adopt\"`.",
            there.id
        ),
    ))
}

/// Another resource has the group that this one was to delete.
fn stays(cx: &Cx<'_, Group>, id: &ById, prior: &State<Group>) {
    cx.warning(
        format!("Group {} was not replaced", prior.computed.name.text()),
        format!(
            "Another resource has taken over the group that this one was to delete (GUID {}), such as the new object of a \
             replacement under `create_before_destroy` with `on_existing = \"adopt\"`. So nothing was deleted, and the group is \
             as it was. To get a new group, remove `create_before_destroy`.",
            id.id.as_str()
        ),
    );
}

/// Another resource has deleted the group of that name a moment ago.
fn made_anew(cx: &Cx<'_, Group>, group: &atlan::Group, before: &atlan::Guid) {
    cx.warning(
        format!("Group {} was deleted and created again", group.name),
        format!(
            "This plan removed one resource for a group of that name (GUID {before}) and created another, whose name was not known \
             while planning. So the group was deleted, and the new one (GUID {}) has none of its members. If the resource was \
             renamed or moved, use a `moved` block next time.",
            group.id
        ),
    );
}

/// An import found nothing. `asked` completes "Could not …", `how` "no group …".
fn no_group(client: &Client, asked: &str, how: &str) -> Error {
    Error::new(
        format!("Could not {asked}"),
        format!(
            "The tenant {} has no group {how}. Use the GUID, the internal name, or `alias:` followed by the name \
             shown in Atlan, spelled as in Atlan.",
            client.tenant()
        ),
    )
}

async fn create(cx: &CreateCx<'_, Group>, args: &GroupArgs) -> Result<GroupComputed> {
    let attempted = cx.private.get(&ATTEMPTED);
    run::forget_plan(cx.private);
    cx.private.remove(&ATTEMPTED);
    let name = match &args.name {
        Some(name) => name.clone(),
        None => Slug::of(&args.alias).at(GroupArgs::ALIAS)?,
    };
    let new = NewGroup {
        name: name.text().into_owned(),
        alias: args.alias.text().into_owned(),
        description: text(args),
        is_default: args.is_default.unwrap_or(false),
    };
    let run = cx.client.run();
    let claim = match run.ends_are_over(cx, &key(&name)).await {
        Ok(()) => run.claim(HOLDER, &key(&name), cx.private, None).map_err(Error::from),
        Err(error) => Err(error),
    };
    let mut claim = match claim {
        Ok(claim) => claim,
        Err(error) => {
            match (run.take_kept(HOLDER, &key(&name), None), attempted) {
                (Some(Kept::Object(id)), _) => cx.created(&ById { id: id.into() }),
                (Some(Kept::Attempt), None) => remember_attempt(cx, &String::new()),
                (_, Some(since)) => remember_attempt(cx, &since),
                _ => {}
            }
            return Err(error.at(names(args)));
        }
    };
    let group = match claim.kept().cloned() {
        Some(Kept::Object(id)) => {
            // From here on no failure loses the group.
            cx.private.set(&ATTEMPTED, &attempted.unwrap_or_default());
            cx.created(&ById { id: id.clone().into() });
            match cx.client.group(&id).await? {
                Some(group) => adopt(cx, &group, args).await?,
                None => {
                    // Somebody has deleted it since the plan.
                    cx.not_created();
                    cx.private.remove(&ATTEMPTED);
                    make(cx, &new, args, None).await?
                }
            }
        }
        // A deleted group cannot be restored, so another one is made.
        Some(Kept::Ended(id)) => {
            let group = make(cx, &new, args, attempted).await?;
            made_anew(cx, &group, &id);
            group
        }
        Some(Kept::Attempt) => make(cx, &new, args, Some(attempted.unwrap_or_default())).await?,
        None => make(cx, &new, args, attempted).await?,
    };
    cx.private.remove(&ATTEMPTED);
    claim.made(&group.id);
    if !cx.client.has_seen_group(&group.id) {
        cx.private.set(&UNSEEN, &true);
    }
    Ok(state(group, args.on_existing).computed)
}

/// Creates the group, or takes over the one that has the name. `attempted`: an earlier apply may have created it, at that time.
async fn make(
    cx: &CreateCx<'_, Group>,
    new: &NewGroup,
    args: &GroupArgs,
    attempted: Option<String>,
) -> Result<atlan::Group> {
    if let Some(since) = &attempted {
        // Until it is known what became of that attempt, no failure forgets it.
        remember_attempt(cx, since);
    }
    match cx.client.create_group(new).await {
        Err(atlan::Error::AlreadyExists(Existing::Group(group))) => {
            let ours = match &attempted {
                Some(since) => cx.client.created_by_us(&group, since.parse().ok()).await?,
                None => false,
            };
            if ours {
                cx.created(&ById { id: group.id.clone().into() });
            } else {
                cx.not_created();
                cx.private.remove(&ATTEMPTED);
                if args.on_existing == OnExisting::Error {
                    return Err(atlan::Error::AlreadyExists(Existing::Group(group))).blame(names(args));
                }
            }
            adopt(cx, &group, args).await
        }
        // The earliest of several attempts counts.
        Err(error @ atlan::Error::OutcomeUnknown { since, .. }) if attempted.is_none() => {
            remember_attempt(cx, &since.map(|since| since.to_string()).unwrap_or_default());
            Err(error).blame(names(args))
        }
        made => made.blame(names(args)),
    }
}

fn remember_attempt(cx: &CreateCx<'_, Group>, since: &String) {
    cx.private.set(&ATTEMPTED, since);
    cx.attempted();
}

/// The internal name of a group that may have been created with these arguments.
fn name_of(args: &GroupArgs) -> Option<Slug> {
    args.name.clone().or_else(|| Slug::of(&args.alias).ok())
}

fn key(name: &Slug) -> Key {
    Key::Group(name.text().into_owned())
}

/// The argument that the internal name comes from, as far as the plan tells.
fn names(args: &GroupArgs) -> tfplug::Path {
    let derived = Slug::of(&args.alias).ok();
    if derived.is_some() && derived == args.name { GroupArgs::ALIAS.into() } else { GroupArgs::NAME.into() }
}

/// The values of `description` and `is_default` when the configuration leaves them out: none and `false`, unless the
/// group was adopted with values that no configuration has set since.
fn leave_out(cx: &PlanCx<'_, Group>, change: &mut Change<'_, Group>) {
    let mut left_alone = cx.private.get(&LEFT_ALONE).unwrap_or_default();
    let adopts =
        change.is_create() && change.planned(GroupArgs::ON_EXISTING) == Value::Known(OnExisting::Adopt);
    if !change.config(GroupArgs::DESCRIPTION).is_null() {
        left_alone.remove(GroupArgs::DESCRIPTION.name());
    } else if adopts {
        change.unknown(GroupComputed::DESCRIPTION);
    } else if !left_alone.contains(GroupArgs::DESCRIPTION.name()) {
        change.fill(GroupComputed::DESCRIPTION, Description::default());
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

/// Takes over an existing group. Attributes that the configuration sets are changed; all others are left alone.
async fn adopt(cx: &Cx<'_, Group>, group: &atlan::Group, args: &GroupArgs) -> Result<atlan::Group> {
    let adopted = cx.client.update_group(&group.id, &request(args)).await?;
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

fn text(args: &GroupArgs) -> Option<String> {
    args.description.as_ref().map(|description| description.text().into_owned())
}

/// Completes "Could not …".
fn attempt(verb: &str, alias: &Alias) -> impl FnOnce() -> String {
    move || format!("{verb} group {:?}", alias.text())
}

fn request(args: &GroupArgs) -> GroupUpdate {
    GroupUpdate {
        alias: Some(args.alias.text().into_owned()),
        description: text(args),
        is_default: args.is_default,
    }
}

pub(crate) fn state(group: atlan::Group, on_existing: OnExisting) -> State<Group> {
    let name = Slug::from(group.name);
    let description = Description::from(group.description.unwrap_or_default());
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
            path: Some(group.path),
        },
    }
}
