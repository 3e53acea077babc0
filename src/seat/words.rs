//! Diagnostics about a seat that was kept, that could not be taken, or that a plan gives up.

use atlan::{User, UserStatus, WorkspaceRole};
use tfplug::{Call, Error, Path};

use super::checks::{Obstacle, Stage, Why};
use super::{Farewell, Place};
use crate::explain;

pub(super) const ANOTHER_MAIL: &str = "To send another invitation mail, invoke the action `atlan_resend_invite` (Terraform 1.14 and later), or resend the invitation \
     on the page Users of Atlan's admin center.";

pub(super) fn kept(place: &impl Place, user: &User, expired: Option<&str>, was_disabled: bool) {
    let mail = match (expired, user.status.is_invited()) {
        (Some(why), _) => {
            format!(" The invitation has expired and was not sent again: {why}. {ANOTHER_MAIL}")
        }
        (None, true) => format!(" {ANOTHER_MAIL}"),
        (None, false) => String::new(),
    };
    let whether_enabled = if was_disabled {
        "the person, who was disabled, is enabled and can log in again"
    } else {
        "nobody was disabled"
    };
    place.warning(
        format!("{} keeps the seat", user.email),
        format!(
            "Terraform replaced this resource by one for the same person. A delete and a create would have ended the \
             person's access and invited them again, so the provider kept the seat: the GUID is still {}, \
             {whether_enabled}, and no second mail was sent.{mail}",
            user.id
        ),
    );
}

/// Somebody was disabled when they were taken over.
pub(super) fn adopted_disabled(place: &impl Place, user: &User) {
    place.warning(
        format!("{} was disabled and can log in again", user.email),
        format!(
            "Because of `on_existing = \"adopt\"`, Terraform took the person over (GUID {}) and enabled them. If they should not log in, \
             remove them from the configuration.",
            user.id
        ),
    );
}

/// Somebody was enabled to be taken over, and has a higher role by now, so that they are not.
pub(super) fn enabled_and_raised(place: &impl Place, user: &User) {
    place.warning(
        format!("{} was disabled and can log in again", user.email),
        format!(
            "Terraform enabled the person (GUID {}) to take them over. Meanwhile somebody raised their role, so the person does not belong to \
             the entry: removing it would end no access. Set the role that the person has now, or disable them in Atlan.",
            user.id
        ),
    );
}

/// Somebody is enabled whom an earlier apply had taken over and could not enable.
pub(super) fn enabled_later(place: &impl Place, user: &User) {
    place.warning(
        format!("{} was disabled and can log in again", user.email),
        format!("Terraform enabled the person (GUID {}), whom an earlier apply could not enable.", user.id),
    );
}

/// An earlier apply has invited the person, and somebody has raised the role since.
pub(super) fn is_higher(place: &impl Place, user: &User, present: WorkspaceRole, wanted: WorkspaceRole) {
    place.warning(
        format!("{} has a higher role", user.email),
        format!(
            "The person (GUID {}) comes from an invitation of an earlier apply, and has the role {present} by now. The provider left it as it \
             is, because no plan has shown that. The next plan shows the change to {wanted}. To keep the role, set `role = \"{present}\"`.",
            user.id
        ),
    );
}

/// An earlier apply has invited the person, and somebody has disabled them since.
pub(super) fn disabled_since(place: &impl Place, user: &User) {
    place.warning(
        format!("{} is disabled", user.email),
        format!(
            "The person (GUID {}) comes from an invitation of an earlier apply, and somebody has disabled them since, so they cannot log in. \
             {ENABLE_AGAIN}",
            user.id
        ),
    );
}

/// The new half of a replacement has the seat before the old one is deleted. It may have sent a mail: an earlier invitation of the old
/// object may have been unclear.
pub(super) fn has_another(place: &impl Place, user: &User) {
    place.warning(
        format!("{} was not removed", user.email),
        format!(
            "Another entry or resource manages the person now, such as the entry with the new address, or the new object of a \
             replacement. The removal would have ended the person's access, so the provider sent nothing for it. The GUID of the person \
             is still {}.",
            user.id
        ),
    );
}

/// The summary of a warning that so many active people lose access, and the words after "`on_destroy`".
/// `policy`: `None` if it is not known yet.
pub(crate) fn losses_of_active(people: usize, policy: Option<Farewell>) -> (String, &'static str) {
    let (will, does) = match policy {
        Some(Farewell::Downgrade) => ("will be lowered to $guest", "lowers their role to $guest"),
        Some(Farewell::Revoke) => (
            "will lose access",
            "disables them, or lowers their role to $guest if the credential may not do that",
        ),
        Some(Farewell::Disable) => ("will lose access", "disables them"),
        Some(Farewell::Forget) | None => ("may lose access", "may disable them"),
    };
    (format!("{} {will}", active_people(people)), does)
}

pub(crate) fn active_people(count: usize) -> String {
    if count == 1 { "1 active person".to_owned() } else { format!("{count} active people") }
}

/// An object whose invitation is unclear leaves the state, and nobody belongs to it.
pub(crate) fn forgotten(place: &impl Place, email: &str, user: Option<&User>) {
    let found = match user {
        Some(user) => format!(
            "Somebody with this address is in the tenant (GUID {}), but Atlan's record does not say that this credential invited them. \
             The person is left alone.",
            user.id
        ),
        None => "Nobody with this address has appeared in the tenant for as long as a request may take, so most likely the invitation had \
                 no effect."
            .to_owned(),
    };
    place.warning(
        format!("{email} is no longer managed"),
        format!(
            "It is unknown whether an earlier apply invited this person. {found} Look at the page Users of Atlan's admin center: if the \
             person is there and should not be, cancel the invitation or disable the person in Atlan."
        ),
    );
}

/// The person of a seat that is given up no longer exists, and others have invited somebody at the same address.
pub(super) fn invited_again(place: &impl Place, old: &atlan::Guid, user: &User) {
    let role = user.role.map_or("no role", WorkspaceRole::as_str);
    place.warning(
        format!("{} was invited again", user.email),
        format!(
            "The person in the state (GUID {old}) no longer exists. Since then, somebody else has invited the address again (GUID \
             {}, role {role}, status {}). Terraform left that invitation alone and does not manage it. If the person should have no access, cancel \
             the invitation or disable the person in Atlan.",
            user.id, user.status
        ),
    );
}

pub(super) fn is_disabled(user: &User) -> Error {
    Error::new(
        format!("Could not invite {}", user.email),
        format!(
            "The person is in the tenant with GUID {0}, but is disabled and cannot log in.\n\nWith `on_existing = \
             \"adopt\"` Terraform takes the person over and enables them. {ENABLING} Or ask an admin to enable the person \
             in Atlan, then import them (replace the address in `to` by that of your \
             resource):\n\n  import {{\n    to = \
             atlan_user_invite.NAME\n    id = \"{0}\"\n  }}\n\n{1}",
            user.id,
            explain::replaced_first("this person")
        ),
    )
}

/// A disabled person whose own object is replaced. It is in the state, so an import would be refused.
pub(super) fn stays_disabled(user: &User) -> Error {
    Error::new(
        format!("Could not replace {}", user.email),
        format!(
            "This resource replaces one for the same person, who is disabled and cannot log in (GUID {}). Nothing was changed, and \
             the resource stays in the state.\n\nEither set `on_existing = \"adopt\"`: then Terraform enables the person. \
             {ENABLING} Or ask an admin to enable the person in Atlan. Then run `terraform apply` again. \
             If the person should stay disabled, remove the resource. Or, if the resource is tainted, run \
             `terraform untaint`: then nothing is replaced.",
            user.id
        ),
    )
}

/// Warns that a person whom the plan keeps is disabled: nothing else in a plan shows it. One summary for all resources of a type, so that
/// Terraform groups the warnings.
/// `adopts`: whether a replacement would enable the person. The plan does not know whether it is one.
pub(crate) fn warn_of_disabled(call: &Call, at: impl Into<Path>, resource: &str, email: &str, adopts: bool) {
    let replacement = if adopts { REPLACEMENT_ENABLES } else { "" };
    call.warning_at(
        at,
        format!("The person of an `{resource}` is disabled"),
        format!(
            "{email} is disabled and cannot log in, and an update does not enable people. {ENABLE_AGAIN} Otherwise, remove the resource.{replacement}"
        ),
    );
}

/// Ends a warning about somebody who is disabled.
pub(crate) const REPLACEMENT_ENABLES: &str = " If this plan replaces the resource, the replacement enables them, because of `on_existing = \"adopt\"`.";

/// What to do for somebody who is disabled.
pub(crate) const ENABLE_AGAIN: &str = "To give access again, ask an admin to enable them in Atlan, or invoke the action `atlan_enable_user` (Terraform \
                                       1.14 and later). If SCIM manages the person, only the identity provider can enable them.";

/// A removal was carried out although the person had a higher role than the state has, which the plan did not show.
pub(super) fn ended_higher(place: &impl Place, email: &str, role: WorkspaceRole, present: WorkspaceRole) {
    place.warning(
        format!("{email} had a higher role than the state shows"),
        format!(
            "The state has the role {role}, but the person had {present} in Atlan: somebody raised the role, and the plan did not show it. \
             The plan removes the person, so `on_destroy` was carried out all the same. If the person should have \
             access, add them again with `on_existing = \"adopt\"`, or restore the access in Atlan."
        ),
    );
}

/// A replacement of one person by another who is in the tenant already. `higher`: the role of the other person, if that is why the create
/// would fail.
pub(super) fn half_way(email: &str, user: &User, higher: Option<WorkspaceRole>) -> Error {
    let next = &user.email;
    let (why, way) = match higher {
        Some(present) => (
            format!("with the role {present}, which is higher than `role`"),
            format!("`role = \"{present}\"` with `on_existing = \"adopt\"`"),
        ),
        None => ("and `on_existing` is `error`".to_owned(), "`on_existing = \"adopt\"`".to_owned()),
    };
    Error::new(
        format!("Replacing {email} would fail after the delete"),
        format!(
            "This resource is to have {next} instead of {email}. But {next} is in the tenant already (GUID {}), {why}. So Terraform would \
             delete the old object, and the create of the new one would fail. Nothing was sent, and {email} stays in the state.\n\nIf another resource manages \
             {next}, change both in one apply, without `-target`. To manage {next}, too, put {email} back, and import {next} into a resource of \
             its own. To manage {next} instead, set {way}.",
            user.id
        ),
    )
}

pub(super) const ENABLING: &str = "That needs a credential that may enable people, such as an admin's own token as `api_key`, and is not possible for people whom SCIM manages.";

/// What the credential may not do, and which one may. `verb` completes "may not …".
pub(super) async fn not_with_this(place: &impl Place, verb: &str) -> String {
    let whose = match place.client().current().await.map(atlan::Caller::kind) {
        Ok(atlan::CallerKind::ApiToken) => "An API token",
        Ok(atlan::CallerKind::OauthClient) => "This OAuth client",
        Ok(atlan::CallerKind::Person) | Err(_) => "This credential",
    };
    format!("{whose} may not {verb}. Use an admin's own token as `api_key`")
}

pub(super) fn higher_role(user: &User, wanted: WorkspaceRole) -> Error {
    let present = user.role.map_or("another role", WorkspaceRole::as_str);
    Error::new(
        format!("Could not take over {}", user.email),
        format!(
            "The person already has a higher role: {present} (GUID {}). Taking over never lowers a role, and \
             {wanted} is \
             lower.\n\nSet `role = \"{present}\"`, or import the person first and then change the role:\n\n  import \
             {{\n    to = \
             atlan_user_invite.NAME\n    id = \"{}\"\n  }}\n\n{}",
            user.id,
            user.id,
            explain::replaced_first("this person")
        ),
    )
}

pub(super) fn unknown_successor(email: &str) -> Error {
    Error::new(
        format!("Could not replace {email} yet"),
        format!(
            "This resource is to be replaced, and its new email address is known only after other changes are \
             applied. If it turns out to be the same address, {email} would lose access and be invited again. \
             Nothing was changed. First use `-target` to apply the resource that the address comes from, then run \
             `terraform apply` again."
        ),
    )
}

/// Most people that a message names.
const MOST_NAMES: usize = 20;

/// What stands in the way of entries, as one error.
pub(super) fn entries_refused(obstacles: &[Obstacle<'_>], stage: Stage) -> Error {
    let half = match stage {
        Stage::DeleteHalf => {
            "\n\nThis apply replaces the resource. Terraform deletes the old object first, and the create of the new one would then fail, so \
             nobody was removed. The resource stays in the state."
        }
        Stage::Update | Stage::Create => "",
    };
    let are = |why: Why| obstacles.iter().filter(move |obstacle| obstacle.why == why);
    let higher: Vec<_> = are(Why::HigherRole).collect();
    if !higher.is_empty() {
        let lines = higher.iter().map(|Obstacle { wanted, user, .. }| {
            let present = user.role.map_or("another role", WorkspaceRole::as_str);
            format!("{} has {present}, not {} (GUID {})", user.email, wanted.role, user.id)
        });
        return Error::new(
            format!("{} a higher role already", people(&higher, "has", "have")),
            format!(
                "Taking people over never lowers a role. No role was changed.\n\n{}\n\nGive `role` the value that the person has, and \
                 run `terraform apply`. After that, you can lower the role.{half}",
                list(lines)
            ),
        );
    }
    if obstacles.iter().all(|obstacle| obstacle.why == Why::StaysDisabled) {
        return entries_stay_disabled(obstacles, half);
    }
    let disabled = obstacles.iter().any(|obstacle| obstacle.user.status == UserStatus::Disabled);
    let lines = obstacles.iter().map(|Obstacle { user, why, .. }| {
        let role = user.role.map_or("no role", WorkspaceRole::as_str);
        let kept = if *why == Why::StaysDisabled { ", has an entry in the state" } else { "" };
        format!("{} ({role}, {}, GUID {}{kept})", user.email, user.status, user.id)
    });
    let enables = match disabled {
        true => format!(" It also enables people who are disabled. {ENABLING}"),
        false => String::new(),
    };
    let replaced = match stage {
        Stage::Create => format!("\n\n{}", explain::replaced_first("these people")),
        Stage::Update | Stage::DeleteHalf => half.to_owned(),
    };
    let all: Vec<_> = obstacles.iter().collect();
    Error::new(
        format!("{} in the tenant already", people(&all, "is", "are")),
        format!(
            "With `on_existing = \"error\"` only people who are not in the tenant yet can be invited. \
             Nothing was sent.\n\n{}\n\nTo manage them \
             here, set `on_existing = \"adopt\"`: it takes over people who are in the tenant, sends no \
             mail, and never lowers a role.{enables}{replaced}",
            list(lines)
        ),
    )
}

/// Disabled people whose own resource is replaced.
fn entries_stay_disabled(obstacles: &[Obstacle<'_>], half: &str) -> Error {
    let all: Vec<_> = obstacles.iter().collect();
    let lines = obstacles.iter().map(|Obstacle { user, .. }| format!("{} (GUID {})", user.email, user.id));
    Error::new(
        format!("{} disabled and would stay so", people(&all, "is", "are")),
        format!(
            "The resource is replaced, and these people cannot log in. Nothing was sent.\n\n{}\n\nEither set `on_existing = \"adopt\"`: \
             then Terraform enables them. {ENABLING} Or ask an admin to enable them in Atlan, and run `terraform apply` again. If they should \
             stay disabled, remove the entries. Or, if the resource is tainted, run `terraform untaint`: then nothing is replaced.{half}",
            list(lines)
        ),
    )
}

fn people(obstacles: &[&Obstacle<'_>], is: &str, are: &str) -> String {
    match obstacles {
        [one] => format!("{} {is}", one.user.email),
        many => format!("{} people {are}", many.len()),
    }
}

fn list(lines: impl ExactSizeIterator<Item = String>) -> String {
    let more = lines.len().saturating_sub(MOST_NAMES);
    let mut list: Vec<String> = lines.take(MOST_NAMES).map(|line| format!("  {line}")).collect();
    if more > 0 {
        list.push(format!("  and {more} more"));
    }
    list.join("\n")
}
