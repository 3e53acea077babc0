//! `atlan_user_role`: the workspace role of a person who exists. It never invites and never ends a seat: a destroy restores the
//! earlier role, but never raises one.
//!
//! Only the state knows the person's earlier role. So a create that may have changed the role always leaves a state,
//! and a replacement passes the earlier role from the old half to the new one.

mod create;
mod delete;
mod plan;
mod replaced;

use serde::Deserialize;
use tfplug::{
    Args, Attempting as _, Change, Choice, Computed, CreateCx, Cx, Error, Moves, PlanCx, PrivateKey,
    Resource, Result, State, Text as _,
};

use super::{ById, person_named, renamed};
use crate::provider::Atlan;
use crate::run::{self, Holder, Key, Object, Run};
use crate::types::{Email, Guid, Person, Role, Status};
use crate::workspace_role;

/// The workspace role of a person who is in the tenant: by single sign-on, by SCIM, or because somebody invited them; the invitation may
/// still be open.
/// To invite people, use `atlan_user_invite`, which sets the role, too. Manage each person with only one of these
/// resources.
///
/// A create sets the role of the configuration. If that lowers the role of the person, the plan warns. If somebody raises
/// the role after the plan, the apply lowers it, too, and warns; `previous_role` keeps the higher role. If somebody raises it
/// during the apply, the create fails. If Atlan accepts the role and no list shows it, the create succeeds with a warning and keeps
/// `previous_role`; the next plan shows the role that the person has. An update, and a replacement without `create_before_destroy`, fail
/// if somebody has raised the role since the plan. So does a destroy that would lower that role.
///
/// This resource never invites anybody and never ends anybody's access. A destroy gives the person their earlier role
/// back, unless it is higher than the present one.
///
/// A `moved` block (`from = atlan_user_invite.NAME`, Terraform 1.8 and later) turns an `atlan_user_invite` into this
/// resource, or the reverse. Nothing changes in Atlan.
///
/// If the identity provider synchronises roles, Atlan sets the role at each sign-in, and the next plan shows the same
/// change again. In that case remove this resource, or exclude the person from the synchronisation.
///
/// If an `atlan_user_invite`, an entry of `atlan_user_invites` or another `atlan_user_role` has the same person, the plan or
/// the apply fails. Exception: if `user` is known only after apply, and the other resource has no changes, only
/// the next plan fails.
///
/// The provider's credential must be allowed to change roles. An API token may do so; an OAuth client may if its role allows it.
#[derive(Args)]
#[args(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
pub struct UserRoleArgs {
    /// GUID or email address of the person. Another spelling of the same person changes nothing; another person replaces the
    /// resource. If the name is known only after apply and a destroy would lower the role, the plan fails. If the address of the person changes in Atlan, the resource stays with this person, also if somebody else gets the
    /// old address. The plan warns until `user` is the new address, which changes nothing in Atlan.
    pub user: Person,
    /// Workspace role of the person. Changed in place.
    pub role: Role,
    /// Policy for a destroy. `restore` gives the person the role that they had before this resource. If that role is
    /// unknown or higher than the present one, the role stays as it is, with a warning. If the person was an admin
    /// before and stays one, a warning says so, too. `downgrade` lowers the role to `$guest`. `keep` leaves the role
    /// alone, with a warning. A destroy does not touch disabled people.
    #[attr(default = OnDestroy::Restore)]
    pub on_destroy: OnDestroy,
}

/// What Atlan answers.
#[derive(Clone, Computed)]
#[computed(args = UserRoleArgs)]
pub struct UserRoleComputed {
    /// GUID of the person.
    #[attr(keep)]
    pub id: Guid,
    /// Email address of the person as Atlan stores it.
    #[attr(keep)]
    pub email: Email,
    /// Status of the person. If only the status changes, the plan stays empty. The plan warns if the person is disabled.
    #[attr(keep)]
    pub status: Status,
    /// Workspace role of the person before this resource set one. Null after an import or a move. If the resource is
    /// replaced for the same person, the new resource keeps this value. With `create_before_destroy`, the new
    /// resource has the role that the replaced one had set, and a warning says what the value was before.
    #[attr(keep)]
    pub previous_role: Option<Role>,
}

/// Policy for a destroy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum OnDestroy {
    /// The earlier role, unless it is higher.
    #[default]
    Restore,
    /// Lower to `$guest`.
    Downgrade,
    /// Leave alone.
    Keep,
}

/// How the register of a run identifies it.
const HOLDER: &Holder =
    &Holder { resource: "atlan_user_role", by_entry: false, keyed_by: "person", on_existing: false };

/// GUID of the role in the state, as far as known: an `atlan_user_invite` that this one becomes needs it.
pub(super) const ROLE_ID: PrivateKey<String> = PrivateKey::new("role_id");

/// Managed roles of people.
pub struct UserRole;

impl Resource for UserRole {
    const NAME: &'static str = "user_role";

    type Provider = Atlan;
    type Id = ById;
    type Args = UserRoleArgs;
    type Computed = UserRoleComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        plan::plan(cx, change).await
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        if super::spares(
            cx,
            &format!("the role of {}", prior.computed.email.text()),
            &delete::forgotten(prior),
        ) {
            return Ok(());
        }
        let run = cx.session::<Run>();
        let object = Object::new(HOLDER, key(&prior.computed.email), &prior.computed.id, cx.private);
        Ok(run::plan_delete(&run, cx.private, object, prior.args.on_destroy == OnDestroy::Keep)?)
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &UserRoleArgs) -> Result<UserRoleComputed> {
        let asked = || format!("set the role of {}", args.user.text().trim());
        create::create(cx, args).await.attempting(asked)
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        if prior.is_none() {
            run::imported(cx.private);
        }
        let id = id.read_by(prior.is_none());
        let asked = || match &prior {
            Some(prior) => format!("read the role of {}", prior.computed.email.text()),
            None => format!("read the role of {}", id.as_str()),
        };
        cx.client.run().meets(HOLDER.resource, cx.private, [id.as_str()]);
        let Some(user) = cx.client.user(&id).await.attempting(asked)? else {
            if let Some(State { computed, args }) = &prior {
                for name in [computed.email.folded(), computed.id.as_str().to_owned()] {
                    cx.client.run().departs(Self::NAME, name);
                }
                renamed::departs(cx.client.run(), HOLDER.resource, &args.user, &computed.id, &computed.email);
            }
            return Ok(None);
        };
        super::see_whether_replaced(cx, HOLDER.resource, id.as_str());
        let run = cx.client.run();
        run.reads(HOLDER, &user);
        if let Some(State { computed, .. }) = &prior {
            run.reads_leaving(&Object::new(HOLDER, key(&computed.email), &user.id, cx.private))?;
        }
        let role =
            workspace_role::of(&user, prior.as_ref().map(|prior| prior.args.role)).attempting(asked)?;
        if prior.as_ref().is_none_or(|prior| prior.args.role != role) {
            cx.private.remove(&ROLE_ID);
        }
        Ok(Some(state(user, role, prior)))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ById,
        prior: &State<Self>,
        args: &UserRoleArgs,
    ) -> Result<UserRoleComputed> {
        run::forget_plan(cx.private);
        renamed::means(cx.private, None);
        let mut computed = prior.computed.clone();
        let before = (&prior.args.user, &prior.computed.email);
        computed.email = renamed::address_after(&cx.client, &id.id, before, &args.user).await?;
        if args.role != prior.args.role {
            let at = UserRoleArgs::ROLE.into();
            let changed = workspace_role::change(&cx.client, &id.id, prior.args.role, args.role, at).await;
            changed.attempting(|| format!("change the role of {}", prior.computed.email.text()))?;
            remember_id(cx, args.role).await;
        }
        cx.client.run().changed(Object::new(HOLDER, key(&prior.computed.email), &id.id, cx.private));
        // Other changes show in the next refresh.
        Ok(computed)
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, prior: &State<Self>) -> Result<()> {
        if super::is_replaced(cx.private) {
            return Ok(());
        }
        let asked = || format!("end the role of {}", prior.computed.email.text());
        delete::delete(cx, id, prior).await.attempting(asked)
    }

    fn missing(cx: &Cx<'_, Self>, id: &ById) -> Error {
        super::nobody(&cx.client, id.id.as_str(), "nobody with this GUID")
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ById> {
        person_named(&cx.client, text).await
    }

    fn moves() -> Moves<Self> {
        Moves::none().from_source("atlanhq/atlan", "atlan_user_invite", 0, |cx, invite: Invite| {
            let (Some(id), Some(status)) = (invite.id, invite.status) else {
                return Err(Error::new(
                    "The outcome of the invitation is unknown",
                    "The invitation may not have been sent, so there may be no such person yet. Run \
                     `terraform apply` without the `moved` block first.",
                ));
            };
            match invite.role_id {
                Some(role) => cx.private.set(&ROLE_ID, &role),
                None => cx.private.remove(&ROLE_ID),
            }
            let email = Email::from(invite.email);
            Ok(State {
                args: UserRoleArgs {
                    user: Person::from(&email),
                    role: super::stored(&invite.role)?,
                    on_destroy: OnDestroy::Restore,
                },
                computed: UserRoleComputed {
                    id: super::stored(&id)?,
                    email,
                    status: super::stored(&status)?,
                    previous_role: None,
                },
            })
        })
    }
}

/// What a stored `atlan_user_invite` has.
#[derive(Deserialize)]
struct Invite {
    id: Option<String>,
    email: String,
    role: String,
    role_id: Option<String>,
    status: Option<String>,
}

fn key(email: &Email) -> Key {
    Key::Person(email.folded())
}

/// Keeps the GUID of the role. It was looked up for the change, so no request is due.
async fn remember_id(cx: &Cx<'_, UserRole>, role: Role) {
    cx.private.remove(&ROLE_ID);
    if let Ok(role) = cx.client.role_by_name(role.into()).await {
        cx.private.set(&ROLE_ID, &role.id.to_string());
    }
}

fn computed(user: atlan::User, previous_role: Option<Role>) -> UserRoleComputed {
    UserRoleComputed {
        id: user.id.into(),
        email: user.email.into(),
        status: user.status.into(),
        previous_role,
    }
}

/// A person as an object. `prior`: as the state has it; `None` after an import.
pub(crate) fn state(user: atlan::User, role: Role, prior: Option<State<UserRole>>) -> State<UserRole> {
    let (name, on_destroy, previous) = match prior {
        Some(prior) => (Some(prior.args.user), prior.args.on_destroy, prior.computed.previous_role),
        None => (None, OnDestroy::Restore, None),
    };
    let computed = computed(user, previous);
    let user = name.unwrap_or_else(|| Person::from(&computed.email));
    State { args: UserRoleArgs { user, role, on_destroy }, computed }
}
