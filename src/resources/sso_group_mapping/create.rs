//! Creates of mappings: from the first request on, no failure loses the mapping.

use atlan::{Existing, NewSsoGroupMapping};
use tfplug::{CreateCx, Error, Result, State, Text as _};

use super::{
    HOLDER, SsoGroupMapping, SsoGroupMappingArgs, SsoGroupMappingComputed, UNSEEN, computed, key_of, request,
};
use crate::explain::Blame as _;
use crate::members;
use crate::run::{self, Claim};
use crate::types::{Guid, OnExisting};

pub(super) async fn create(
    cx: &CreateCx<'_, SsoGroupMapping>,
    args: &SsoGroupMappingArgs,
) -> Result<SsoGroupMappingComputed> {
    run::forget_plan(cx.private);
    let (run, key) = (cx.client.run(), key_of(args));
    run.ends_are_over(cx, &key).await.map_err(|error| error.at(SsoGroupMappingArgs::GROUP_ID))?;
    let claimed = run.claim(HOLDER, &key, cx.private, None);
    let mut claim = claimed.map_err(|clash| Error::from(clash).at(SsoGroupMappingArgs::GROUP_ID))?;
    let memberships = run.memberships();
    let makes = memberships.makes_mapping(key.name(), args.group_id.folded().as_str());
    makes.map_err(|clash| members::clash(Some(&cx.client), &clash).at(SsoGroupMappingArgs::GROUP_ID))?;
    let made = make(cx, args, &mut claim).await;
    match &made {
        Ok(made) => memberships.mapping_made(key.name(), made.id.as_str()),
        Err(_) => memberships.maps_no_more(key.name()),
    }
    made
}

/// Creates or adopts the mapping.
async fn make(
    cx: &CreateCx<'_, SsoGroupMapping>,
    args: &SsoGroupMappingArgs,
    claim: &mut Claim,
) -> Result<SsoGroupMappingComputed> {
    let Some(group) = cx.client.group_for_write(&args.group_id.folded()).await? else {
        let missing = Error::new(
            "There is no such group",
            format!(
                "The tenant has no group with the GUID {}. It may have been deleted.",
                args.group_id.as_str()
            ),
        );
        return Err(missing.at(SsoGroupMappingArgs::GROUP_ID));
    };
    let new = NewSsoGroupMapping {
        idp_alias: (*args.idp_alias).clone(),
        name: cx.client.new_mapping_name(&group.id),
        group,
        sso_group: args.sso_group.text().into_owned(),
        attribute_name: args.attribute_name.text().into_owned(),
    };
    // From here on no failure loses the mapping.
    cx.private.remove(&UNSEEN);
    cx.checkpoint(&unclear(args, &new));
    let mapping = match cx.client.create_sso_group_mapping(&new).await {
        Ok(mapping) => mapping,
        Err(atlan::Error::OutcomeUnknown { is_accepted: true, why, .. }) => {
            let State { computed, .. } = unclear(args, &new);
            cx.private.set(&UNSEEN, &true);
            claim.made(&computed.id);
            cx.warning(
                format!("The mapping of group {} does not show yet", computed.group_name),
                format!(
                    "{why}. The state has the mapping without its id. The next plan waits for it to show."
                ),
            );
            return Ok(computed);
        }
        Err(error @ atlan::Error::OutcomeUnknown { .. }) => return Err(error.into()),
        Err(atlan::Error::AlreadyExists(Existing::SsoGroupMapping(existing)))
            if args.on_existing == OnExisting::Adopt =>
        {
            cx.not_created();
            let (idp, id) = (&args.idp_alias, &existing.id);
            let adopted = cx.client.update_sso_group_mapping(idp, id, &request(args)).await;
            adopted.blame(SsoGroupMappingArgs::SSO_GROUP)?
        }
        Err(error) => {
            cx.not_created();
            // What is not found is the identity provider.
            let unknown_provider = error.status() == Some(404);
            let error = Err(error).blame(SsoGroupMappingArgs::GROUP_ID);
            return error.map_err(|error: Error| {
                if unknown_provider { error.at(SsoGroupMappingArgs::IDP_ALIAS) } else { error }
            });
        }
    };
    claim.made(&mapping.id);
    Ok(computed(&mapping))
}

/// What the state holds of a mapping while it is unknown whether it was created.
fn unclear(args: &SsoGroupMappingArgs, new: &NewSsoGroupMapping) -> State<SsoGroupMapping> {
    let computed = SsoGroupMappingComputed {
        id: Guid::unclear(&new.name),
        name: new.name.clone(),
        group_name: new.group.name.clone(),
    };
    State { args: args.clone(), computed }
}
