//! Lists `atlan_sso_group_mapping`.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::{Args, Attempting as _, CallCx, Error, List, ListSink, Result};
use tokio::task::JoinSet;

use crate::explain::Blame as _;
use crate::provider::{Atlan, Client};
use crate::resources::{MappingId, SsoGroupMapping, sso_group_mapping_state};
use crate::types::IdpAlias;

/// Mappings of SSO groups of one identity provider, in Atlan's order, labelled by the SSO group and the internal name of the Atlan
/// group. Mappings of groups that no longer exist are left out with a warning.
///
/// The provider's credential must be allowed to manage single sign-on. An API token may do so; an OAuth client needs an
/// admin role.
///
/// Requires Terraform 1.14 or later. In earlier versions and in OpenTofu, write an `import` block for each mapping.
#[derive(Args)]
#[args(timeouts(read = "30m"))]
pub struct SsoGroupMappingFilter {
    /// Alias of the identity provider: `azure`, `google`, `jumpcloud`, `okta`, `onelogin`, or the provider's own alias.
    pub idp_alias: IdpAlias,
}

impl List for SsoGroupMapping {
    type Filter = SsoGroupMappingFilter;

    async fn list(
        cx: &CallCx<'_, Atlan>,
        filter: &SsoGroupMappingFilter,
        sink: &ListSink<Self>,
    ) -> Result<()> {
        let idp = &filter.idp_alias;
        let asked = || format!("list the SSO group mappings of {}", idp.as_str());
        let mappings = match cx.client.sso_group_mappings(idp).await {
            Err(error) if error.status() == Some(404) => {
                return Err(error)
                    .attempting(asked)
                    .map_err(|error: Error| error.at(SsoGroupMappingFilter::IDP_ALIAS));
            }
            mappings => mappings.blame(SsoGroupMappingFilter::IDP_ALIAS).attempting(asked)?,
        };
        let groups = match sink.include_resource() {
            true => groups(&cx.client, mappings.iter().map(|mapping| mapping.group_name.clone())).await,
            false => Ok(BTreeMap::new()),
        };
        let groups = groups.attempting(asked)?;
        for mapping in mappings.iter() {
            let id = MappingId { idp_alias: idp.clone(), id: mapping.id.clone().into() };
            let label = format!("{} → {}", mapping.sso_group, mapping.group_name);
            if !sink.include_resource() {
                sink.send_identity(label, &id).await?;
                continue;
            }
            // Atlan goes by the internal name; the GUID in the name of the mapping may be that of a group deleted since.
            let group = match (groups.get(&mapping.group_name), mapping.group_id()) {
                (None, Some(named)) => cx.client.group(&named).await.attempting(asked)?.map(|group| group.id),
                (group, _) => group.cloned(),
            };
            let Some(group) = group else {
                cx.warning(
                    format!("Mapping {} was left out", mapping.name),
                    format!(
                        "The tenant has no group with the internal name {:?}, which the mapping names.",
                        mapping.group_name
                    ),
                );
                continue;
            };
            let state = sso_group_mapping_state(mapping, group.into(), None);
            sink.send(label, &id, &state).await?;
        }
        Ok(())
    }
}

/// GUIDs of groups by their internal names. The look-ups share their requests.
async fn groups(
    client: &Client,
    names: impl Iterator<Item = String>,
) -> atlan::Result<BTreeMap<String, atlan::Guid>> {
    let mut looks = JoinSet::new();
    for name in names.collect::<BTreeSet<_>>() {
        let client = client.clone();
        looks.spawn(async move { client.group_by_name(&name).await });
    }
    let mut groups = BTreeMap::new();
    while let Some(look) = looks.join_next().await {
        // A look that panicked has said so; its group counts as not found.
        if let Ok(look) = look
            && let Some(group) = look?
        {
            groups.insert(group.name, group.id);
        }
    }
    Ok(groups)
}
