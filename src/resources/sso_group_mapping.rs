//! `atlan_sso_group_mapping`: people whose claim lists an SSO group are put into a group of Atlan at each sign-in.
//!
//! Atlan's answer to a create carries no id. So the mapping gets a name that no other has, and is found by it. Until then the state
//! has the name, and a placeholder in place of the id ([`Guid::unclear`]). An identity never changes, so the placeholder stays for
//! the life of the object, and the name finds the mapping.
//!
//! - No clear answer came: the create fails, and the next apply looks for the name and replaces the mapping.
//! - Atlan has accepted the mapping and does not list it in time: the create succeeds with a warning, and the next read waits for the
//!   mapping to show.

mod create;
mod replacement;

use atlan::SsoGroupMappingUpdate;
use tfplug::{
    Args, Attempting as _, Change, Computed, CreateCx, Cx, Error, Identity, PlanCx, PrivateKey, Resource,
    Result, State, Text as _, Value,
};

use crate::explain::Blame as _;
use crate::members;
use crate::provider::Atlan;
use crate::run::{self, Half, Holder, Key, Object, Run, Successor};
use crate::types::{ClaimText, Guid, IdpAlias, OnExisting, is_uuid, keep_guid_spelling};

/// A mapping of a group in an identity provider to a group in Atlan. At each sign-in, Atlan makes the person's membership match the claim of
/// the identity provider: a person whose claim lists the SSO group joins the Atlan group, and **a member whose claim does not list it is
/// removed from it**.
///
/// Groups without a mapping are left alone, and nothing happens between sign-ins. Deleting the mapping leaves all memberships as they are.
///
/// A group can have one mapping for each identity provider, and two resources must not manage the same mapping. No
/// `atlan_group_members` may manage the group, because each sign-in would undo that. In both cases, the plan or the apply
/// fails. Exception: if the group is known only after apply, and the other resource has no changes, only the next plan fails. To replace an
/// `atlan_group_members` by a mapping, first remove it from the state in an apply of its own, with a `removed` block and `destroy = false`.
/// Otherwise Terraform removes its people from the group, and they come back only at their next sign-in. The plan warns if an `atlan_group_member` adds somebody to the group.
///
/// The provider's credential must be allowed to manage single sign-on. An API token may do so; an OAuth client needs an admin
/// role.
#[derive(Clone, Args)]
#[args(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
pub struct SsoGroupMappingArgs {
    /// Alias of the identity provider: `azure`, `google`, `jumpcloud`, `okta`, `onelogin`, or the provider's own
    /// alias. It is in the address of the provider's page, under SSO in Atlan's admin center.
    #[attr(replace)]
    pub idp_alias: IdpAlias,
    /// GUID of the Atlan group.
    #[attr(replace, check = is_uuid())]
    pub group_id: Guid,
    /// Value in the claim that stands for the group, spelled exactly as the identity provider sends it. Changed in place.
    pub sso_group: ClaimText,
    /// Claim that lists the groups of a person. Changed in place.
    #[attr(default = ClaimText::member_of())]
    pub attribute_name: ClaimText,
    /// Behaviour if the group already has a mapping for this identity provider at creation: `error` fails and says how to import
    /// it, `adopt` takes it over and changes `sso_group` and `attribute_name` to the configured values.
    #[attr(default = OnExisting::Error)]
    pub on_existing: OnExisting,
}

/// What Atlan answers.
#[derive(Clone, Computed)]
#[computed(args = SsoGroupMappingArgs)]
pub struct SsoGroupMappingComputed {
    /// Atlan's identifier of the mapping. If Atlan did not list the mapping in time when it was created, this is `unknown-` and the name
    /// of the mapping, by which the provider finds it.
    #[attr(keep)]
    pub id: Guid,
    /// Name of the mapping, normally the GUID of the group, `--`, and the time of its creation in milliseconds.
    #[attr(keep)]
    pub name: String,
    /// Internal name of the Atlan group.
    #[attr(keep)]
    pub group_name: String,
}

/// Identity of a mapping, which never changes.
#[derive(Clone, Debug, Identity)]
#[identity(resource = SsoGroupMapping)]
pub struct MappingId {
    /// Alias of the identity provider.
    pub idp_alias: IdpAlias,
    /// Atlan's identifier of the mapping.
    pub id: Guid,
}

/// How the register of a run identifies it.
const HOLDER: &Holder = &Holder {
    resource: "atlan_sso_group_mapping",
    by_entry: false,
    keyed_by: "identity provider or group",
    on_existing: true,
};

/// Managed mappings.
pub struct SsoGroupMapping;

/// Marks a mapping that Atlan has accepted and that no list has shown since.
const UNSEEN: PrivateKey<bool> = PrivateKey::new("unseen");

/// Begins the part of an import ID that names a group.
const GROUP: &str = "group:";

impl Resource for SsoGroupMapping {
    const NAME: &'static str = "sso_group_mapping";

    type Provider = Atlan;
    type Id = MappingId;
    type Args = SsoGroupMappingArgs;
    type Computed = SsoGroupMappingComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        keep_guid_spelling(change, SsoGroupMappingArgs::GROUP_ID);
        let planned =
            (change.planned(SsoGroupMappingArgs::IDP_ALIAS), change.planned(SsoGroupMappingArgs::GROUP_ID));
        let next = match planned {
            (Value::Known(idp), Value::Known(group)) => Successor::Key(key(&idp, &group)),
            _ => Successor::Unknown,
        };
        let run = cx.session::<Run>();
        let prior = (
            change.prior(SsoGroupMappingArgs::IDP_ALIAS),
            change.prior(SsoGroupMappingArgs::GROUP_ID),
            change.prior(SsoGroupMappingComputed::ID),
        );
        let clash = match prior {
            (Value::Known(idp), Value::Known(group), Value::Known(id)) => {
                let object = Object::new(HOLDER, key(&idp, &group), &id, cx.private);
                run::planned_change(&run, cx.private, object, &next).map_err(run::error)
            }
            _ => {
                if let Value::Known(on_existing) = change.planned(SsoGroupMappingArgs::ON_EXISTING) {
                    run::adopts(cx.private, on_existing == OnExisting::Adopt);
                }
                run::planned_create(&run, cx.private, HOLDER, &next, None).map(|_| ()).map_err(Error::from)
            }
        };
        clash.map_err(|error| error.at(SsoGroupMappingArgs::GROUP_ID))?;
        let memberships = run.memberships();
        if let Value::Known(group) = change.planned(SsoGroupMappingArgs::GROUP_ID) {
            let group = group.folded().as_str().to_owned();
            let maps = match change.prior(SsoGroupMappingComputed::ID) {
                Value::Known(id) => memberships.maps(id.as_str(), &group),
                _ => memberships.maps(&group, &group),
            };
            maps.map_err(|clash| {
                members::clash(cx.client.as_ref(), &clash).at(SsoGroupMappingArgs::GROUP_ID)
            })?;
            if memberships.meets_mapping(&group) {
                members::is_mapped(cx, cx.client.as_ref(), &group);
            }
        }
        Ok(())
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        if super::spares(cx, &format!("the mapping {}", prior.computed.name), "") {
            return Ok(());
        }
        let run = cx.session::<Run>();
        run.memberships().maps_no_more(prior.computed.id.as_str());
        Ok(run::plan_delete(&run, cx.private, object(&prior.args, &prior.computed.id, cx.private), false)?)
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &SsoGroupMappingArgs) -> Result<SsoGroupMappingComputed> {
        let error = match create::create(cx, args).await {
            Ok(created) => return Ok(created),
            Err(error) => error,
        };
        let group = members::group_name(&cx.client, &args.group_id.folded()).await;
        Err(error).attempting(attempt("map", &group, &args.idp_alias))
    }

    async fn read(
        cx: &Cx<'_, Self>,
        id: &MappingId,
        prior: Option<State<Self>>,
    ) -> Result<Option<State<Self>>> {
        let asked = match &prior {
            Some(prior) => attempt("read the mapping of", &prior.computed.group_name, &id.idp_alias)(),
            None => format!("read mapping {} of {}", id.id.as_str(), id.idp_alias.as_str()),
        };
        let id = MappingId { idp_alias: id.idp_alias.clone(), id: mapper_id(&id.id) };
        cx.client.run().meets(HOLDER.resource, cx.private, [id.id.as_str()]);
        let found = found(cx, &id.idp_alias, &id.id, prior.as_ref().map(|prior| &prior.computed)).await;
        let Some(mapping) = found.attempting(|| asked.clone())? else {
            if let Some(prior) = prior.filter(|_| cx.private.get(&UNSEEN) == Some(true)) {
                super::never_shown(cx, &format!("mapping {}", prior.computed.name));
            }
            return Ok(None);
        };
        cx.private.remove(&UNSEEN);
        super::see_whether_replaced(cx, HOLDER.resource, mapping.id.as_str());
        if prior.is_none() {
            run::imported(cx.private);
        }
        if mapping.is_regex {
            cx.warning_at(
                SsoGroupMappingArgs::SSO_GROUP,
                "`sso_group` is a regular expression",
                format!(
                    "Atlan treats the text {:?} of the mapping {} as a regular expression, which this resource cannot configure. \
                     It stays one, also when `sso_group` changes.",
                    mapping.sso_group, mapping.name
                ),
            );
        }
        warn_of_others(cx, &id.idp_alias, &mapping).await;
        let same_group = prior.as_ref().filter(|prior| prior.computed.group_name == mapping.group_name);
        let group_id = match same_group {
            Some(prior) => prior.args.group_id.clone(),
            None => group_of(cx, &mapping).await.attempting(|| asked)?,
        };
        let mut state = state(&mapping, group_id, prior);
        // A placeholder stays, because an identity never changes.
        state.computed.id = id.id;
        Ok(Some(state))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &MappingId,
        prior: &State<Self>,
        args: &SsoGroupMappingArgs,
    ) -> Result<SsoGroupMappingComputed> {
        run::forget_plan(cx.private);
        let asked = attempt("change the mapping of", &prior.computed.group_name, &id.idp_alias);
        let updated = match mapper(cx, id, prior).await {
            Ok(Some(mapper)) => {
                cx.client.update_sso_group_mapping(&id.idp_alias, &mapper, &request(args)).await
            }
            Ok(None) => {
                let subject =
                    format!("the SSO group mapping {} of {}", prior.computed.name, id.idp_alias.as_str());
                Err(atlan::Error::NotFound { subject })
            }
            Err(error) => Err(error),
        };
        updated.blame(SsoGroupMappingArgs::SSO_GROUP).attempting(asked)?;
        cx.client.run().changed(object(args, &id.id, cx.private));
        cx.client.run().memberships().mapping_made(id.id.as_str(), id.id.as_str());
        Ok(prior.computed.clone())
    }

    async fn delete(cx: &Cx<'_, Self>, id: &MappingId, prior: &State<Self>) -> Result<()> {
        if super::is_replaced(cx.private) {
            return Ok(());
        }
        let run = cx.client.run();
        let asked = attempt("delete the mapping of", &prior.computed.group_name, &id.idp_alias);
        replacement::refuse_half(cx, prior).await.attempting(&asked)?;
        run.memberships().maps_no_more(id.id.as_str());
        let mapper = mapper(cx, id, prior).await.attempting(&asked)?;
        let object = match &mapper {
            Some(mapper) => object(&prior.args, &mapper.clone().into(), cx.private),
            None => object(&prior.args, &id.id, cx.private),
        };
        let half = run::half(run, cx.private, &key_of(&prior.args));
        // Until the mapping is deleted, no other resource may adopt it.
        let _ending = loop {
            if run.is_taken(cx, &object, &half).await? {
                run.applied(&object);
                stays(cx, id, prior);
                return Ok(());
            }
            if half == Half::Tainted
                && found(cx, &id.idp_alias, &id.id, Some(&prior.computed)).await?.is_some()
            {
                return Err(run::Clash::Tainted { key: key_of(&prior.args), by: HOLDER }.into());
            }
            if let Some(ending) = run.ends(&object) {
                break ending;
            }
        };
        // If it no longer exists or was never created, that is a success.
        if let Some(mapper) = mapper {
            cx.client.delete_sso_group_mapping(&prior.args.idp_alias, &mapper).await.attempting(asked)?;
        }
        run.deleted(&object);
        Ok(())
    }

    fn missing(cx: &Cx<'_, Self>, id: &MappingId) -> Error {
        no_mapping(cx, &id.idp_alias, &format!("no mapping {}", id.id.as_str()))
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<MappingId> {
        let asked = || format!("import mapping {text:?}");
        let parts = text.split_once('/').and_then(|(alias, id)| Some((IdpAlias::parse(alias).ok()?, id)));
        let Some((idp_alias, id)) = parts.filter(|(_, id)| !id.is_empty()) else {
            return Err(Error::new(
                format!("Could not {}", asked()),
                "The import ID has the form IDP_ALIAS/ID or IDP_ALIAS/group:INTERNAL_NAME, such as okta/group:data_stewards.",
            ));
        };
        let Some(name) = id.strip_prefix(GROUP) else {
            let id = Guid::parse(id).map_err(|why| Error::new(format!("Could not {}", asked()), why))?;
            return Ok(MappingId { idp_alias, id });
        };
        let all = cx.client.sso_group_mappings(&idp_alias).await.attempting(asked)?;
        let of_group: Vec<_> = all.iter().filter(|mapping| mapping.group_name == name).collect();
        match of_group.as_slice() {
            [mapping] => Ok(MappingId { idp_alias, id: mapping.id.clone().into() }),
            [] => Err(no_mapping(
                cx,
                &idp_alias,
                &format!("no mapping of a group with the internal name {name:?}"),
            )),
            several => {
                let ids: Vec<&str> = several.iter().map(|mapping| mapping.id.as_str()).collect();
                Err(Error::new(
                    format!("Could not {}", asked()),
                    format!(
                        "The group has {} mappings. Import one by its id: {}.",
                        ids.len(),
                        ids.join(", ")
                    ),
                ))
            }
        }
    }
}

/// The mapping with this id; with a placeholder, the one of that name, which may not show yet. `known`: from the state.
async fn found(
    cx: &Cx<'_, SsoGroupMapping>,
    idp: &IdpAlias,
    id: &Guid,
    known: Option<&SsoGroupMappingComputed>,
) -> atlan::Result<Option<atlan::SsoGroupMapping>> {
    let Some(known) = known.filter(|_| id.is_unclear()) else {
        return cx.client.sso_group_mapping(idp, id).await;
    };
    match cx.private.get(&UNSEEN) {
        Some(true) => cx.client.unseen_sso_group_mapping(idp, &known.name).await,
        _ => cx.client.sso_group_mapping_after_unknown(idp, &known.name).await,
    }
}

/// Warns of a second mapping of the group, which an interrupted apply may have left. A list that cannot be read is no failure, because
/// nothing but this warning depends on it. Normally it takes no request: the read of the mapping itself has just read the list.
async fn warn_of_others(cx: &Cx<'_, SsoGroupMapping>, idp: &IdpAlias, mapping: &atlan::SsoGroupMapping) {
    let Ok(all) = cx.client.sso_group_mappings(idp).await else { return };
    let is_other =
        |other: &&atlan::SsoGroupMapping| other.id != mapping.id && other.group_name == mapping.group_name;
    for other in all.iter().filter(is_other) {
        cx.warning_at(
            SsoGroupMappingArgs::GROUP_ID,
            format!("Group {} has another mapping at {}", mapping.group_name, idp.as_str()),
            format!(
                "The mapping {} (id {}) maps the SSO group {:?} of the claim {:?} to the same group. An apply that was interrupted may have \
                 left it, or it was created outside this resource. It is not known which of the two Atlan follows at a sign-in. Keep one \
                 of them, and delete the other one on the page of the identity provider in Atlan, or by destroying its resource.",
                other.name, other.id, other.sso_group, other.attribute_name
            ),
        );
    }
}

/// The id by which Atlan knows the mapping of an object. `None`: there is no such mapping.
async fn mapper(
    cx: &Cx<'_, SsoGroupMapping>,
    id: &MappingId,
    prior: &State<SsoGroupMapping>,
) -> atlan::Result<Option<atlan::Guid>> {
    if !id.id.is_unclear() {
        return Ok(Some((*id.id).clone()));
    }
    Ok(found(cx, &id.idp_alias, &id.id, Some(&prior.computed)).await?.map(|mapping| mapping.id))
}

/// Another resource has the mapping that this one was to delete.
fn stays(cx: &Cx<'_, SsoGroupMapping>, id: &MappingId, prior: &State<SsoGroupMapping>) {
    cx.warning(
        format!("The mapping of group {} was not replaced", prior.computed.group_name),
        format!(
            "Another resource has taken over the mapping that this one was to delete (id {}), such as the new object of a \
             replacement under `create_before_destroy` with `on_existing = \"adopt\"`. So nothing was deleted.",
            id.id.as_str()
        ),
    );
}

/// An import found nothing. `what` completes "The identity provider … has …".
fn no_mapping(cx: &Cx<'_, SsoGroupMapping>, idp: &IdpAlias, what: &str) -> Error {
    Error::new(
        format!("Could not import a mapping of {}", idp.as_str()),
        format!(
            "In the tenant {}, the identity provider {} has {what}, or there is no such provider. The import ID has the form \
             IDP_ALIAS/ID or IDP_ALIAS/group:INTERNAL_NAME.",
            cx.client.tenant(),
            idp.as_str()
        ),
    )
}

/// Completes "Could not …". `group`: as messages name it.
fn attempt(verb: &str, group: &str, idp: &IdpAlias) -> impl Fn() -> String {
    let text = format!("{verb} group {group} at {}", idp.as_str());
    move || text.clone()
}

fn key(idp: &IdpAlias, group: &Guid) -> Key {
    Key::Mapping(format!("{}/{}", idp.as_str(), group.folded().as_str()))
}

fn key_of(args: &SsoGroupMappingArgs) -> Key {
    key(&args.idp_alias, &args.group_id)
}

fn object(args: &SsoGroupMappingArgs, id: &Guid, private: &tfplug::Private) -> Object {
    Object::new(HOLDER, key_of(args), id, private)
}

/// The id by which Atlan knows a mapper. People write GUIDs in any case; Atlan's are in lower case.
fn mapper_id(id: &Guid) -> Guid {
    Guid::of_import(id.as_str()).unwrap_or_else(|| id.clone())
}

fn request(args: &SsoGroupMappingArgs) -> SsoGroupMappingUpdate {
    SsoGroupMappingUpdate {
        sso_group: args.sso_group.text().into_owned(),
        attribute_name: args.attribute_name.text().into_owned(),
    }
}

fn computed(mapping: &atlan::SsoGroupMapping) -> SsoGroupMappingComputed {
    SsoGroupMappingComputed {
        id: mapping.id.clone().into(),
        name: mapping.name.clone(),
        group_name: mapping.group_name.clone(),
    }
}

/// A mapping as it is in the state. `group_id`: of the group that it names.
pub(crate) fn state(
    mapping: &atlan::SsoGroupMapping,
    group_id: Guid,
    prior: Option<State<SsoGroupMapping>>,
) -> State<SsoGroupMapping> {
    let args = SsoGroupMappingArgs {
        idp_alias: mapping.idp_alias.clone().into(),
        group_id,
        sso_group: mapping.sso_group.clone().into(),
        attribute_name: mapping.attribute_name.clone().into(),
        on_existing: prior.map(|prior| prior.args.on_existing).unwrap_or_default(),
    };
    State { args, computed: computed(mapping) }
}

/// The GUID of the group that a mapping names: Atlan goes by the internal name.
async fn group_of(cx: &Cx<'_, SsoGroupMapping>, mapping: &atlan::SsoGroupMapping) -> Result<Guid> {
    let group = cx.client.group_by_name(&mapping.group_name).await?;
    let id = group.map(|group| group.id).or_else(|| mapping.group_id());
    id.map(Guid::from).ok_or_else(|| {
        Error::new(
            format!("The mapping {} names no group", mapping.name),
            format!(
                "The tenant has no group with the internal name {:?}, which the mapping names. Correct or delete the mapping in \
                 Atlan.",
                mapping.group_name
            ),
        )
    })
}
