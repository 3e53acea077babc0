//! `atlan_user_invite`: one person's seat, from the invitation through acceptance to an active person; one resource, one
//! GUID. Acceptance, a login, a change of the profile plan nothing.
//!
//! Nobody must be invited twice, so once Atlan has accepted an invitation nothing here fails any more: a failed create
//! would be replaced by the next apply, and that would revoke the invitation and send another.

use atlan::{Cancelled, Existing, Invite, UserStatus, WorkspaceRole};
use tfplug::{
    Args, Change, Choice, Computed, Config, CreateCx, Cx, Error, PlanCx, Private, PrivateKey, Problems,
    Resource, Result, State, Text as _, Value,
};

use super::ById;
use crate::explain::Blame as _;
use crate::provider::Atlan;
use crate::types::{Email, Guid, OnExisting, Role, Status};

/// An invitation to the tenant and the seat that comes of it: the same object before and after the person accepts.
///
/// Removing a person for good, with a transfer of what they own, is irreversible and never what destroy does.
#[derive(Args)]
#[args(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
pub struct UserInviteArgs {
    /// Address to invite. Compared without regard to case.
    #[attr(replace)]
    pub email: Email,
    /// Workspace role of the person. Changed in place.
    pub role: Role,
    /// What to do when the person is in the tenant already: `error` says how to import them, `adopt` takes over, raises
    /// the role if the configuration asks for a higher one, and never lowers it.
    #[attr(default = OnExisting::Error)]
    pub on_existing: OnExisting,
    /// What destroy does. A pending invitation is cancelled under all but `forget`. `revoke`: the strongest thing the
    /// credential may do, stepping down with a warning that says what access remains: cancel or disable, else lower to
    /// `$guest`. `disable`: an active person is disabled, or the destroy fails. `downgrade`: lowered to `$guest`.
    /// `forget`: left alone, with a warning.
    #[attr(default = OnDestroy::Revoke)]
    pub on_destroy: OnDestroy,
}

/// What Atlan answers.
#[derive(Computed)]
pub struct UserInviteComputed {
    /// GUID of the person, the same before and after acceptance.
    #[attr(keep)]
    pub id: Guid,
    /// GUID of the role.
    #[attr(follows(role))]
    pub role_id: Guid,
    /// Where the person stands. A change of it by itself plans nothing.
    #[attr(volatile)]
    pub status: Status,
    /// Name that Atlan assigned to the person.
    #[attr(volatile)]
    pub username: Option<String>,
    /// When the invitation was sent, RFC 3339.
    #[attr(keep)]
    pub invited_at: Option<String>,
    /// User name of who sent the invitation; for an API token that of its service account.
    #[attr(keep)]
    pub invited_by: Option<String>,
}

/// What destroy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum OnDestroy {
    /// The strongest thing the credential may do.
    Revoke,
    /// Disable or fail.
    Disable,
    /// Lower to `$guest`.
    Downgrade,
    /// Leave alone.
    Forget,
}

/// Managed seats.
pub struct UserInvite;

/// Marks a seat whose invitation was sent without anybody learning what came of it. The next apply replaces the object;
/// that must neither withdraw the invitation, if there is one, nor send another.
///
/// Terraform hides the private values of an object to be replaced after a failed create from its plan, and gives the
/// delete half of the replacement those of the plan (`hashicorp/terraform:internal/terraform/node_resource_abstract_instance.go`).
/// So the mark goes from the state through the read, which notes the address for this run, to the plan, which sets it
/// again, and from there to the delete and the create.
const ATTEMPTED: PrivateKey<bool> = PrivateKey::new("attempted");

impl Resource for UserInvite {
    const NAME: &'static str = "user_invite";

    type Provider = Atlan;
    type Id = ById;
    type Args = UserInviteArgs;
    type Computed = UserInviteComputed;

    fn validate(config: &Config<'_, UserInviteArgs>, problems: &mut Problems) {
        if let Value::Known(email) = config.get(UserInviteArgs::EMAIL)
            && email.has_plus()
        {
            problems.warning(
                UserInviteArgs::EMAIL,
                "Atlan may refuse this address",
                "Atlan's help pages say that addresses with a `+` before the `@` are refused.",
            );
        }
    }

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        if change.is_create()
            && let (Some(client), Value::Known(email)) = (&cx.client, change.planned(UserInviteArgs::EMAIL))
        {
            let email = email.folded();
            if !client.plans("user_invite", &email) {
                return Err(Error::new(
                    "Two invitations for one person",
                    format!(
                        "Another atlan_user_invite in this configuration invites {email}, too. Remove one of them."
                    ),
                )
                .at(UserInviteArgs::EMAIL));
            }
            if client.was_attempted_before(&email) {
                cx.private.set(&ATTEMPTED, &true);
            }
        }
        Ok(())
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, _: &State<Self>) -> Result<()> {
        // This time the object is to go, and not to be replaced.
        cx.private.remove(&ATTEMPTED);
        Ok(())
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &UserInviteArgs) -> Result<UserInviteComputed> {
        let attempted = is_attempted(cx.private) || cx.client.was_attempted_before(&args.email.folded());
        let seated = seat(cx, args, attempted).await;
        match &seated {
            Ok(_) => cx.private.remove(&ATTEMPTED),
            Err(error) if attempted || is_unclear(error) => {
                cx.private.set(&ATTEMPTED, &true);
                cx.attempted();
            }
            Err(_) => {}
        }
        seated
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let Some(user) = cx.client.user(&id.id).await? else { return Ok(None) };
        if is_attempted(cx.private) {
            cx.client.attempted_before(atlan::fold_email(&user.email));
        }
        state(cx, user, prior).await.map(Some)
    }

    const FINDS: bool = true;

    async fn find(cx: &Cx<'_, Self>, args: &UserInviteArgs) -> Result<Option<State<Self>>> {
        let email = args.email.folded();
        let attempted = is_attempted(cx.private);
        let user = if attempted {
            // It may take effect even now, and once the object has left the state nobody would know. That takes its time, so
            // the roles, which are wanted afterwards, are read before.
            cx.client.role_by_name(args.role.into()).await?;
            cx.client.user_after_unknown(&email).await?
        } else {
            cx.client.user_by_email(&email).await?
        };
        let Some(user) = user else { return Ok(None) };
        if attempted {
            cx.client.attempted_before(email);
        }
        let mut found = state(cx, user, None).await?;
        (found.args.on_existing, found.args.on_destroy) = (args.on_existing, args.on_destroy);
        Ok(Some(found))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ById,
        prior: &State<Self>,
        args: &UserInviteArgs,
    ) -> Result<UserInviteComputed> {
        let role = WorkspaceRole::from(args.role);
        if args.role == prior.args.role {
            // Only how Terraform treats the object has changed.
            let Some(user) = cx.client.user(&id.id).await? else {
                return Err(atlan::Error::NotFound { subject: args.email.folded() }.into());
            };
            return Ok(UserInviteComputed { role_id: prior.computed.role_id.clone(), ..since(&user, prior) });
        }
        let role_id = cx.client.role_by_name(role).await.blame(UserInviteArgs::ROLE)?.id;
        let user = cx.client.change_role(&id.id, role).await.blame(UserInviteArgs::ROLE)?;
        Ok(UserInviteComputed { role_id: role_id.into(), ..since(&user, prior) })
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, prior: &State<Self>) -> Result<()> {
        if is_attempted(cx.private) {
            // The delete half of a replacement: the create that follows takes over what is there.
            cx.client.attempted_before(prior.args.email.folded());
            return Ok(());
        }
        let args = &prior.args;
        if args.on_destroy == OnDestroy::Forget {
            cx.warn(
                format!("{} stays in Atlan", args.email.text()),
                "`on_destroy` is `forget`: Terraform no longer manages this person, whose access is unchanged.",
            );
            return Ok(());
        }
        let Some(user) = cx.client.user(&id.id).await? else { return Ok(()) };
        farewell(cx, &user, args.on_destroy).await
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ById> {
        if let Ok(id) = text.parse::<atlan::Guid>()
            && id.is_uuid()
        {
            return Ok(ById { id: id.into() });
        }
        match cx.client.user_by_email(text).await? {
            Some(user) => Ok(ById { id: user.id.into() }),
            None => Err(Error::new(
                format!("Nobody is known to Atlan as {text:?}"),
                "Give the GUID or the e-mail address of a person who was invited or is a member of the tenant.",
            )),
        }
    }
}

fn is_attempted(private: &Private) -> bool {
    private.get(&ATTEMPTED) == Some(true)
}

fn is_unclear(error: &Error) -> bool {
    matches!(error.downcast_ref(), Some(atlan::Error::OutcomeUnknown { .. }))
}

/// Invites somebody, or takes over who is there. `attempted`: an earlier apply may have invited them.
async fn seat(cx: &Cx<'_, UserInvite>, args: &UserInviteArgs, attempted: bool) -> Result<UserInviteComputed> {
    let role = WorkspaceRole::from(args.role);
    let role_id = cx.client.role_by_name(role).await.blame(UserInviteArgs::ROLE)?.id;
    let invite = Invite { email: args.email.folded(), role };
    let invited = if attempted {
        cx.client.invite_after_unknown(&invite).await
    } else {
        cx.client.invite(&invite).await
    };
    let user = match invited {
        // Our own invitation, so its role is ours to set.
        Err(atlan::Error::AlreadyExists(Existing::User(user))) if attempted => {
            cx.client.change_role(&user.id, role).await.blame(UserInviteArgs::ROLE)?
        }
        Err(atlan::Error::AlreadyExists(Existing::User(user))) if args.on_existing == OnExisting::Adopt => {
            adopt(cx, *user, role).await?
        }
        invited => invited.blame(UserInviteArgs::EMAIL)?,
    };
    Ok(computed(&user, role_id.into()))
}

/// Takes over a person who is there. It must not call [`CreateCx::created`]: a failure here must leave them unmanaged instead
/// of marking them for replacement.
async fn adopt(cx: &Cx<'_, UserInvite>, user: atlan::User, role: WorkspaceRole) -> Result<atlan::User> {
    if user.role.is_some_and(|present| present > role) {
        let present = user.role.map_or("another role", WorkspaceRole::as_str);
        return Err(Error::new(
            format!("{} has a higher role already", user.email),
            format!(
                "The person is in the tenant with the role {present} and GUID {}; taking over never lowers a role, and {role} \
                 is lower. Set `role = \"{present}\"`, or import the person first and change the role then:\n\n  import {{\n    to \
                 = atlan_user_invite.NAME\n    id = \"{}\"\n  }}",
                user.id, user.id
            ),
        )
        .at(UserInviteArgs::ROLE));
    }
    cx.client.change_role(&user.id, role).await.blame(UserInviteArgs::ROLE)
}

/// Ends a person's access as far as the policy asks and the credential may.
async fn farewell(cx: &Cx<'_, UserInvite>, user: &atlan::User, policy: OnDestroy) -> Result<()> {
    let pending = user.status.is_invited();
    let strongest = if pending {
        cx.client.cancel_invitation(&user.id).await.map(|outcome| match outcome {
            Cancelled::Removed => {}
            Cancelled::Disabled => {
                tracing::debug!(id = %user.id, "the tenant keeps cancelled invitations, disabled")
            }
        })
    } else if policy == OnDestroy::Downgrade {
        cx.client.change_role(&user.id, WorkspaceRole::Guest).await?;
        return Ok(());
    } else if user.status == UserStatus::Disabled {
        return Ok(());
    } else {
        cx.client.disable(&user.id).await.map(|_| ())
    };
    let Err(refusal) = strongest else { return Ok(()) };
    // Only a refusal of this very step leads to the next; a lost connection or a lockout does not.
    let refused =
        refusal.status().is_some_and(|status| (400..500).contains(&status) && !matches!(status, 401 | 429))
            || matches!(refusal, atlan::Error::NotApplied { .. });
    if !refused || policy == OnDestroy::Disable {
        return Err(refusal.into());
    }
    let tried = if pending { "cancel the invitation" } else { "disable the person" };
    let before = user.role;
    cx.client.change_role(&user.id, WorkspaceRole::Guest).await?;
    let done = if before == Some(WorkspaceRole::Guest) {
        "The role is $guest already"
    } else {
        "The role was lowered to $guest"
    };
    let remains = if pending {
        "the invitation can still be accepted, and gives the access of a guest"
    } else {
        "the person can still log in, with the access of a guest"
    };
    cx.warn(
        format!("{} keeps some access to Atlan", user.email),
        format!(
            "Atlan did not let Terraform {tried} ({refusal}). {done}, and the object was removed from the state: {remains}. An \
             admin can end it in Atlan, or Terraform can with an admin's own token as `api_key`."
        ),
    );
    Ok(())
}

fn computed(user: &atlan::User, role_id: Guid) -> UserInviteComputed {
    UserInviteComputed {
        id: user.id.clone().into(),
        role_id,
        status: user.status.into(),
        username: user.username.clone(),
        invited_at: user.invited_at.clone(),
        invited_by: user.invited_by.clone(),
    }
}

/// A person after an update. Who invited them when is history, and history does not change.
fn since(user: &atlan::User, prior: &State<UserInvite>) -> UserInviteComputed {
    UserInviteComputed {
        invited_at: prior.computed.invited_at.clone(),
        invited_by: prior.computed.invited_by.clone(),
        ..computed(user, prior.computed.role_id.clone())
    }
}

async fn state(
    cx: &Cx<'_, UserInvite>,
    user: atlan::User,
    prior: Option<State<UserInvite>>,
) -> Result<State<UserInvite>> {
    let before = prior.as_ref().map(|prior| prior.args.role);
    let Some(role) = user.role.map(Role::from).or(before) else {
        return Err(Error::new(
            format!("{} has no workspace role", user.email),
            "Atlan's record of the person names none of $admin, $member and $guest. Give the person a role in Atlan first.",
        ));
    };
    // The GUID of a role never changes, so an unchanged role needs no look-up.
    let role_id = match &prior {
        Some(prior) if before == Some(role) => prior.computed.role_id.clone(),
        _ => cx.client.role_by_name(role.into()).await?.id.into(),
    };
    let (on_existing, on_destroy) = prior.map_or((OnExisting::default(), OnDestroy::Revoke), |prior| {
        (prior.args.on_existing, prior.args.on_destroy)
    });
    let computed = computed(&user, role_id);
    Ok(State { args: UserInviteArgs { email: user.email.into(), role, on_existing, on_destroy }, computed })
}
