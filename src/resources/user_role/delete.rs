//! Deletes of roles: the earlier role, or `$guest`, unless that would raise the role.

use atlan::{UserStatus, WorkspaceRole};
use tfplug::{Cx, Result, State, Text as _};

use super::plan::{may_lower, unknown_successor};
use super::replaced::{Replaced, bequeath};
use super::{HOLDER, OnDestroy, UserRole, UserRoleArgs, UserRoleComputed, key};
use crate::resources::ById;
use crate::resources::renamed::name;
use crate::run::{self, Half, Kept, Object};
use crate::seat;
use crate::types::Role;
use crate::workspace_role;

pub(super) async fn delete(cx: &Cx<'_, UserRole>, id: &ById, prior: &State<UserRole>) -> Result<()> {
    let (run, key) = (cx.client.run(), key(&prior.computed.email));
    let object = Object::new(HOLDER, key.clone(), &id.id, cx.private);
    let half = run::half(run, cx.private, &key);
    let same = match half {
        Half::OfItself => Some(prior.computed.clone()),
        _ => same_person(cx, id, &prior.computed).await?,
    };
    if let Some(computed) = same {
        run.applied(&object);
        let key = self::key(&computed.email);
        bequeath(run, Replaced { role: prior.args.role, computed });
        run.keep(HOLDER, key, Kept::Object((*id.id).clone()), cx.private);
        return Ok(());
    }
    // The new object of a tainted one is for whoever has the configured address by now.
    let email = prior.computed.email.folded();
    if seat::is_replaced_by_another(cx, HOLDER, &id.id, &email, name(&prior.args.user)) {
        let why = "The address of the person has changed in Atlan, and the new object is for whoever has the old one now. So it is not \
                   certain that this person should lose the role, and the destroy changed nothing";
        remains(cx, prior, None, why);
        return Ok(());
    }
    if prior.args.on_destroy == OnDestroy::Keep {
        // The new object of a replacement under `create_before_destroy`, or a resource at another address, may manage the person.
        if !run.has_made_again(&object) {
            remains(cx, prior, None, "`on_destroy` is `keep`, so Terraform left the role alone");
        }
        run.deleted(&object);
        return Ok(());
    }
    let may_lower = || may_lower(prior.args.on_destroy, prior.computed.previous_role, prior.args.role);
    if half == Half::Unknown && may_lower() {
        return Err(unknown_successor(&prior.computed.email));
    }
    let Some(ending) = run.to_end(cx, &object, &half).await? else {
        is_held(cx, prior);
        return Ok(());
    };
    end(cx, id, prior).await?;
    if half == Half::Leaves {
        ending.done(&id.id);
    }
    run.deleted(&object);
    Ok(())
}

/// What the state has of the person, with the present address, if the create half of a replacement is for the same person: the address
/// has changed in Atlan, the configuration has followed, and the state has not.
async fn same_person(
    cx: &Cx<'_, UserRole>,
    id: &ById,
    computed: &UserRoleComputed,
) -> Result<Option<UserRoleComputed>> {
    let Some(next) = run::next_name(cx.private) else { return Ok(None) };
    let found = cx.client.user_by_email(&next).await?.filter(|user| user.id == *id.id);
    Ok(found.map(|user| UserRoleComputed { email: user.email.into(), ..computed.clone() }))
}

/// Sets the earlier role, or `$guest`, unless that would raise the role. If the person no longer exists or is
/// disabled, that is a success.
async fn end(cx: &Cx<'_, UserRole>, id: &ById, prior: &State<UserRole>) -> Result<()> {
    let target = match (prior.args.on_destroy, prior.computed.previous_role) {
        (OnDestroy::Downgrade, _) => WorkspaceRole::Guest,
        (_, Some(previous)) => previous.into(),
        (_, None) => {
            let Some(user) = cx.client.user(&id.id).await? else { return Ok(()) };
            if user.status != UserStatus::Disabled {
                let role = user.role.map_or(prior.args.role, Role::from);
                let why = "It is not known which role the person had before this resource, because the resource was imported or \
                           moved, so the destroy changed nothing";
                remains(cx, prior, Some(role), why);
            }
            return Ok(());
        }
    };
    let planned = prior.args.role;
    let user = match cx.client.lower_role(&id.id, planned.into(), target).await {
        Ok(user) => user,
        Err(error) if error.is_not_found() && cx.client.user(&id.id).await?.is_none() => return Ok(()),
        Err(error) => {
            let explained = workspace_role::refusal(&cx.client, &id.id, target, &error).await;
            return Err(explained.unwrap_or_else(|| error.into()));
        }
    };
    if user.status == UserStatus::Disabled {
        if let Some(present) = user.role.filter(|present| *present > target) {
            let why = "The person is disabled, so the destroy changed nothing. Once somebody enables them, they have this role";
            remains(cx, prior, Some(present.into()), why);
        }
        return Ok(());
    }
    if let Err(error) = workspace_role::refuse_newer_at_end(&user, planned, target.into()) {
        // Terraform 1.11 plans the end of a resource that has left the configuration by the state of before the refresh. With the
        // present role in the state, the next plan shows it.
        let args = UserRoleArgs {
            user: prior.args.user.clone(),
            role: user.role.map_or(planned, Role::from),
            ..prior.args
        };
        cx.checkpoint(&State { args, computed: prior.computed.clone() });
        return Err(error);
    }
    match user.role {
        Some(present) if present < target => {
            let why = format!(
                "Before this resource, the person had {target}, which is higher. A destroy never raises a role, so it changed nothing"
            );
            remains(cx, prior, Some(present.into()), &why);
        }
        // The person keeps the rights of an admin although the configuration no longer names them.
        Some(present @ WorkspaceRole::Admin) => {
            let why = "The person had this role when the resource was created, so the destroy changed nothing. If a replacement under \
                       `create_before_destroy` created it, the replaced resource may have set the role";
            remains(cx, prior, Some(present.into()), why);
        }
        _ => {}
    }
    Ok(())
}

/// Warns that the person keeps a role. `role`: the present one, if Atlan was asked. `why` is a sentence without its full stop.
fn remains(cx: &Cx<'_, UserRole>, prior: &State<UserRole>, role: Option<Role>, why: &str) {
    let email = prior.computed.email.text();
    let role = role.map_or("that they have".to_owned(), |role| WorkspaceRole::from(role).to_string());
    cx.warning(
        format!("{email} keeps the role {role}"),
        format!(
            "{why}. Terraform no longer manages the role of this person. To give the person another one, change it in Atlan, or in an \
             `atlan_user_role` with that `role` and `on_destroy = \"keep\"`."
        ),
    );
}

/// Another resource of this process has the person, such as the new object of a replacement under `create_before_destroy`.
fn is_held(cx: &Cx<'_, UserRole>, prior: &State<UserRole>) {
    cx.warning(
        format!("The role of {} was not restored", prior.computed.email.text()),
        format!(
            "Another resource of this configuration manages the person now, such as the new object of a \
             replacement under `create_before_destroy`. So the role stays as that resource set it.{}",
            forgotten(prior)
        ),
    );
}

/// What no state knows once this object has left it, because the new object of its replacement has found the role that this one had set.
pub(super) fn forgotten(prior: &State<UserRole>) -> String {
    match prior.computed.previous_role {
        Some(previous) if previous != prior.args.role => format!(
            " The role before this resource was {}.\n\nIf that resource is the new object of a replacement, \
             Terraform told it nothing about the old object: its `previous_role` is {}, and a destroy of it \
             would leave this role. To lower the role when you remove the resource, first set `on_destroy \
             = \"downgrade\"` and run `terraform apply`, or first set `role` to {0}.",
            WorkspaceRole::from(previous),
            WorkspaceRole::from(prior.args.role)
        ),
        _ => String::new(),
    }
}
