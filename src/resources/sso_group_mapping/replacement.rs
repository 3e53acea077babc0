//! The delete half of a replacement, before it sends anything: a create that must fail would leave people without the mapping.

use tfplug::{Cx, Error, Result, State, Text as _};

use super::{SsoGroupMapping, key_of};
use crate::run;
use crate::types::{Guid, IdpAlias};

/// Refuses the delete of a replacement whose create would fail because there is no such group or identity provider, or because the group
/// has a mapping already.
pub(super) async fn refuse_half(cx: &Cx<'_, SsoGroupMapping>, prior: &State<SsoGroupMapping>) -> Result<()> {
    let Some((next, _, adopts)) = run::next(cx.private) else { return Ok(()) };
    let own = key_of(&prior.args);
    let Some((idp, group_id)) = next.split_once('/').filter(|_| next != own.name()) else { return Ok(()) };
    let (Ok(idp), Ok(group_id)) = (IdpAlias::parse(idp), Guid::parse(group_id)) else { return Ok(()) };
    let would_fail = |why: String, way: &str| {
        Error::new(
            "Replacing the mapping would fail after the delete",
            format!(
                "{why} So Terraform would delete the old mapping, and the create of the new one would fail. Nothing was sent.\n\n{way}"
            ),
        )
    };
    let Some(group) = cx.client.group_for_write(&group_id).await? else {
        let why = format!("The tenant has no group with the GUID {}.", group_id.as_str());
        return Err(would_fail(why, "Correct `group_id`."));
    };
    let there = match cx.client.sso_group_mapping_of(&idp, &group).await {
        Err(error) if error.status() == Some(404) => {
            return Err(would_fail(format!("{error}."), "Correct `idp_alias`."));
        }
        there => there?,
    };
    // While the state has a placeholder for the id, the name tells.
    let computed = &prior.computed;
    let is_own = |there: &atlan::SsoGroupMapping| {
        there.id == *computed.id || (computed.id.is_unclear() && there.name == computed.name)
    };
    match there.filter(|there| !adopts && !is_own(there)) {
        Some(there) => {
            let (alias, idp, id) = (&group.alias, idp.as_str(), there.id);
            let why = format!(
                "The group {alias:?} has a mapping at {idp} already (id {id}), and `on_existing` is `error`."
            );
            Err(would_fail(why, "Set `on_existing = \"adopt\"`, or delete the other mapping first."))
        }
        None => Ok(()),
    }
}
