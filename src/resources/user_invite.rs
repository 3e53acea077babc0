//! `atlan_user_invite`: one person's seat, from the invitation through acceptance to an active person; one resource, one
//! GUID. The plan stays empty when the person accepts, logs in or changes their profile.
//!
//! `seat.rs` decides what happens to the person. This file has the attributes and what Terraform sees of them.

use atlan::UserStatus;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use tfplug::{
    Args, Attempting as _, Change, Choice, Computed, Config, CreateCx, Cx, Diagnostics, Error, Moves, PlanCx,
    PrivateKey, Resource, Result, State, Text as _, Value,
};

use super::user_role::ROLE_ID;
use super::{ById, nobody, person_named, renamed, stored};
use crate::explain::Blame as _;
use crate::provider::Atlan;
use crate::run::{self, Holder, Run};
use crate::seat::{self, Farewell, Wanted};
use crate::types::{Email, Guid, OnExisting, Person, Role, Status};
use crate::workspace_role;

/// An invitation to the tenant and the resulting seat: the same object before and after the person accepts.
///
/// A destroy never deletes an active person, because that is irreversible and requires a transfer of their assets.
#[derive(Args)]
#[args(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
pub struct UserInviteArgs {
    /// Email address to invite. Case makes no difference.
    #[attr(replace)]
    pub email: Email,
    /// Workspace role of the person. Changed in place.
    pub role: Role,
    /// Behaviour if the person is already in the tenant: `error` fails and says how to import them, `adopt` takes them
    /// over, raises the role if the configuration asks for a higher one, and never lowers it. `adopt` also enables a
    /// disabled person, which requires an admin's own token as `api_key`.
    #[attr(default = OnExisting::Error)]
    pub on_existing: OnExisting,
    /// Policy for a destroy. All policies but `forget` cancel a pending invitation. `revoke` cancels the invitation or
    /// disables the person; if the credential may not do that, it lowers the role to `$guest`, with a warning that says
    /// what access remains. `disable` disables the person; if the credential may not do that, the destroy fails.
    /// `downgrade` lowers the role to `$guest`. `forget` leaves the person alone, with a warning.
    #[attr(default = OnDestroy::Revoke)]
    pub on_destroy: OnDestroy,
}

/// What Atlan answers.
#[derive(Clone, Computed)]
#[computed(args = UserInviteArgs)]
pub struct UserInviteComputed {
    /// GUID of the person, the same before and after acceptance.
    #[attr(keep)]
    pub id: Guid,
    /// GUID of the role.
    #[attr(follows(role))]
    pub role_id: Guid,
    /// Status of the person. If only the status changes, the plan stays empty. The plan warns if the person is disabled.
    #[attr(keep)]
    pub status: Status,
    /// Name that Atlan assigned to the person.
    #[attr(keep)]
    pub username: Option<String>,
    /// Time at which the invitation was sent, in RFC 3339 format.
    #[attr(keep)]
    pub invited_at: Option<String>,
    /// User name of the sender of the invitation; for an API token, that of its service account.
    #[attr(keep)]
    pub invited_by: Option<String>,
}

/// What destroy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum OnDestroy {
    /// The strongest step that the credential may take.
    Revoke,
    /// Disable or fail.
    Disable,
    /// Lower to `$guest`.
    Downgrade,
    /// Leave alone.
    Forget,
}

/// The arguments that Atlan does not know. If a create has failed half-way, the state has the person only, and a read completes it.
#[derive(Serialize, Deserialize)]
struct Terms {
    on_existing: String,
    on_destroy: String,
}

impl Terms {
    fn of(args: &UserInviteArgs) -> Self {
        Terms {
            on_existing: args.on_existing.text().into_owned(),
            on_destroy: args.on_destroy.text().into_owned(),
        }
    }
}

/// Set while a create is under way.
const TERMS: PrivateKey<Terms> = PrivateKey::new("terms");

/// The address before Atlan changed it, folded. The configuration may still have it.
const FORMER: PrivateKey<String> = PrivateKey::new("former");

/// How the register of a run identifies it.
const HOLDER: &Holder =
    &Holder { resource: "atlan_user_invite", by_entry: false, keyed_by: "email address", on_existing: true };

/// Managed seats.
pub struct UserInvite;

impl Resource for UserInvite {
    const NAME: &'static str = "user_invite";

    type Provider = Atlan;
    type Id = ById;
    type Args = UserInviteArgs;
    type Computed = UserInviteComputed;

    fn validate(config: &Config<'_, UserInviteArgs>, diagnostics: &mut Diagnostics) {
        if let Value::Known(email) = config.get(UserInviteArgs::EMAIL)
            && email.has_plus()
        {
            diagnostics.warning_at(
                UserInviteArgs::EMAIL,
                "Atlan may refuse this address",
                "Atlan's help pages say that addresses with a `+` before the `@` are refused.",
            );
        }
    }

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        let run = cx.session::<Run>();
        let next = match change.planned(UserInviteArgs::EMAIL) {
            Value::Known(email) => Some(email.folded()),
            Value::Null | Value::Unknown => None,
        };
        let planned = match (change.prior(UserInviteArgs::EMAIL), change.prior(UserInviteComputed::ID)) {
            (Value::Known(email), Value::Known(id)) => {
                let email = email.folded();
                let object = seat::object(HOLDER, &email, &id, cx.private);
                let planned = seat::refuse_unknown(&email, next.as_ref())
                    .and_then(|()| seat::plan_change(&run, cx.private, object, next.clone()));
                let is_disabled = change.prior(UserInviteComputed::STATUS)
                    == Value::Known(Status::from(UserStatus::Disabled));
                match next.filter(|_| planned.is_ok()) {
                    Some(next) if next != email => warn_of_replacement(cx, change, &email, &next),
                    Some(_) if is_disabled => {
                        let adopts =
                            change.planned(UserInviteArgs::ON_EXISTING).known() == Some(OnExisting::Adopt);
                        seat::warn_of_disabled(cx, UserInviteArgs::EMAIL, HOLDER.resource, &email, adopts);
                    }
                    _ => {}
                }
                planned
            }
            _ => {
                let role = match change.planned(UserInviteArgs::ROLE) {
                    Value::Known(role) => Some(role.into()),
                    Value::Null | Value::Unknown => None,
                };
                let on_existing = change.planned(UserInviteArgs::ON_EXISTING).known();
                seat::plan_create(&run, cx.private, HOLDER, next, role, on_existing)
            }
        };
        planned.map_err(|error| error.at(UserInviteArgs::EMAIL))?;
        if change.is_create()
            && change.planned(UserInviteArgs::ON_EXISTING).known() == Some(OnExisting::Adopt)
            && let Value::Known(email) = change.planned(UserInviteArgs::EMAIL)
        {
            let (at, person) = (UserInviteArgs::EMAIL, Person::from(&email));
            renamed::tell_of_heir(cx, &run, cx.client.as_ref(), HOLDER.resource, at, &person).await?;
        }
        Ok(())
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        if super::spares(cx, &prior.args.email.text(), "") {
            return Ok(());
        }
        let run = cx.session::<Run>();
        let object = seat::object(HOLDER, &prior.args.email.folded(), &prior.computed.id, cx.private);
        seat::plan_delete(&run, cx.private, object, prior.args.on_destroy.into())
    }

    async fn plan_delete_unclear(cx: &PlanCx<'_, Self>, args: &UserInviteArgs) -> Result<()> {
        let run = cx.session::<Run>();
        seat::plan_delete_unclear(&run, cx.private, HOLDER, &args.email.folded(), args.on_destroy.into())
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &UserInviteArgs) -> Result<UserInviteComputed> {
        let asked = || format!("invite {}", args.email.text());
        let wanted = Wanted {
            by: HOLDER,
            email: args.email.folded(),
            role: args.role.into(),
            on_existing: args.on_existing,
            email_at: UserInviteArgs::EMAIL.into(),
            role_at: UserInviteArgs::ROLE.into(),
        };
        cx.private.set(&TERMS, &Terms::of(args));
        let (user, role_id) = seat::take(cx, &wanted).await.attempting(asked)?;
        cx.private.remove(&TERMS);
        Ok(computed(&user, role_id.into()))
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let id = id.read_by(prior.is_none());
        let asked =
            prior.as_ref().map_or(id.as_str().to_owned(), |prior| prior.args.email.text().into_owned());
        let asked = || format!("read {asked}");
        let run = cx.client.run();
        run.meets(HOLDER.resource, cx.private, [id.as_str()]);
        let Some(user) = cx.client.user(&id).await.attempting(asked)? else {
            if let Some(State { args, computed }) = &prior {
                run.departs_under(HOLDER.resource, args.email.folded(), (computed.id.clone(), false));
            }
            return Ok(None);
        };
        super::see_whether_replaced(cx, HOLDER.resource, id.as_str());
        run.reads(HOLDER, &user);
        if let Some(prior) = &prior {
            if prior.args.email.folded() != atlan::fold_email(&user.email) {
                cx.private.set(&FORMER, &prior.args.email.folded());
            }
            run.reads_leaving(&seat::object(HOLDER, &prior.args.email.folded(), &user.id, cx.private))?;
        }
        if prior.is_none() {
            imported(cx, &user);
        }
        state(cx, user, prior).await.attempting(asked).map(Some)
    }

    const FINDS: bool = true;

    async fn find(cx: &Cx<'_, Self>, args: &UserInviteArgs) -> Result<Option<State<Self>>> {
        // Read first, because the look for the person may use up the time of this call.
        let asked = || format!("find out about {}", args.email.text());
        cx.client.role_by_name(args.role.into()).await.attempting(asked)?;
        let found = seat::find(cx, HOLDER, &args.email.folded()).await.attempting(asked)?;
        let Some(user) = found else { return Ok(None) };
        seat::forget_attempt(cx.private);
        cx.private.set(&TERMS, &Terms::of(args));
        state(cx, user, None).await.map(Some)
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ById,
        prior: &State<Self>,
        args: &UserInviteArgs,
    ) -> Result<UserInviteComputed> {
        run::forget_plan(cx.private);
        let mut computed = prior.computed.clone();
        if args.role != prior.args.role {
            let asked = || format!("change the role of {}", args.email.text());
            let role = cx.client.role_by_name(args.role.into()).await;
            computed.role_id = role.blame(UserInviteArgs::ROLE).attempting(asked)?.id.into();
            let at = UserInviteArgs::ROLE.into();
            workspace_role::change(&cx.client, &id.id, prior.args.role, args.role, at)
                .await
                .attempting(asked)?;
        }
        cx.client.run().changed(seat::object(HOLDER, &args.email.folded(), &id.id, cx.private));
        // Other changes show in the next refresh.
        Ok(computed)
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, prior: &State<Self>) -> Result<()> {
        if super::is_replaced(cx.private) {
            return Ok(());
        }
        let (email, role) = (prior.args.email.folded(), prior.args.role.into());
        if let Some(former) = cx.private.get(&FORMER)
            && seat::is_replaced_by_another(cx, HOLDER, &id.id, &email, &former)
        {
            stays_beside(cx, &prior.args.email.text(), &former);
            return Ok(());
        }
        let left = seat::leave(cx, HOLDER, &id.id, &email, role, prior.args.on_destroy.into()).await;
        left.attempting(|| format!("end the access of {}", prior.args.email.text()))
    }

    fn missing(cx: &Cx<'_, Self>, id: &ById) -> Error {
        nobody(&cx.client, id.id.as_str(), "nobody with this GUID")
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ById> {
        person_named(&cx.client, text).await
    }

    fn moves() -> Moves<Self> {
        Moves::none()
            .from_source("atlanhq/atlan", "atlan_user_role", 0, |cx, role: HeldRole| {
                // The configured name may be a GUID, or an old address.
                let is_present = atlan::fold_email(&role.user) == atlan::fold_email(&role.email);
                let email = if is_present { role.user } else { role.email };
                // Without one, the next refresh looks it up.
                let role_id = match cx.private.get(&ROLE_ID) {
                    Some(id) => stored(&id)?,
                    None => Guid::unclear("role"),
                };
                cx.private.remove(&ROLE_ID);
                Ok(State {
                    args: UserInviteArgs {
                        email: email.into(),
                        role: stored(&role.role)?,
                        on_existing: OnExisting::default(),
                        on_destroy: OnDestroy::Revoke,
                    },
                    computed: UserInviteComputed {
                        id: stored(&role.id)?,
                        role_id,
                        status: stored(&role.status)?,
                        username: None,
                        invited_at: None,
                        invited_by: None,
                    },
                })
            })
            .from("atlanhq/atlan", "atlan_user_invites", 0, |_: IgnoredAny| Err(no_list()))
    }
}

/// The new object of a tainted one is for whoever has the old address by now, or for nobody else than a new person.
fn stays_beside(cx: &Cx<'_, UserInvite>, email: &str, former: &str) {
    cx.warning(
        format!("{email} keeps the access"),
        format!(
            "The address of the person has changed in Atlan from {former}, and the new object is for whoever has that address now. So it is \
             not certain that {email} should lose the access. Nothing was sent for this person, and Terraform no longer manages them. To \
             manage them, add an `atlan_user_invite` with `email = \"{email}\"` and `on_existing = \"adopt\"`. To end their access, \
             disable them in Atlan or by the action `atlan_disable_user`."
        ),
    );
}

/// Warns that a replacement ends or lowers somebody's access. In the plan it looks like a corrected address, whereas the plan of a destroy
/// needs no such warning.
fn warn_of_replacement(
    cx: &PlanCx<'_, UserInvite>,
    change: &Change<'_, UserInvite>,
    email: &str,
    next: &str,
) {
    let policy = change.prior(UserInviteArgs::ON_DESTROY).known();
    let is_active = change.prior(UserInviteComputed::STATUS).known() == Some(Status::Active);
    if !is_active || policy == Some(OnDestroy::Forget) {
        return;
    }
    // One summary for all resources: Terraform then shows the first of these warnings, and how many others there are.
    let (summary, does) = seat::losses_of_active(1, policy.map(Into::into));
    cx.warning_at(
        UserInviteArgs::EMAIL,
        summary,
        format!(
            "Another `email` is another person to Atlan, so the plan replaces the resource: it invites {next}, and `on_destroy` {does}: \
             {email}. If both addresses belong to one person, Atlan has two records of them afterwards.\n\nIf {email} is to keep the access, \
             do not apply this plan. If the address changed in Atlan, set `email = \"{email}\"`. Otherwise put {email} back, set \
             `on_destroy = \"forget\"`, and run `terraform apply`; only then change the address. In the same change, `forget` comes too late."
        ),
    );
}

fn no_list() -> Error {
    Error::new(
        "`atlan_user_invites` cannot become `atlan_user_invite`",
        "A list of people cannot become one resource by a `moved` block. Nothing was changed. Remove the `moved` block, let the list \
         leave the state without a destroy (Terraform 1.7 and later; before, `terraform state rm`), and import each person by the email \
         address:\n\n  removed {\n    from = atlan_user_invites.NAME\n    lifecycle {\n      destroy = false\n    }\n  }",
    )
}

/// What a stored `atlan_user_role` has.
#[derive(Deserialize)]
struct HeldRole {
    id: String,
    user: String,
    email: String,
    role: String,
    status: String,
}

impl From<OnDestroy> for Farewell {
    fn from(on_destroy: OnDestroy) -> Self {
        match on_destroy {
            OnDestroy::Revoke => Farewell::Revoke,
            OnDestroy::Disable => Farewell::Disable,
            OnDestroy::Downgrade => Farewell::Downgrade,
            OnDestroy::Forget => Farewell::Forget,
        }
    }
}

/// Called after an import, and when a read completes a create whose person is known by GUID only.
fn imported(cx: &Cx<'_, UserInvite>, user: &atlan::User) {
    if run::imported(cx.private) && user.status == UserStatus::Disabled {
        cx.warning(
            format!("{} is disabled", user.email),
            "An import puts the person into the state, but does not enable them, and no plan will change that. Ask an admin to enable \
             the person in Atlan. If SCIM manages the person, only the identity provider can enable them. If the person should not have access \
             again, remove the resource.",
        );
    }
}

pub(crate) fn computed(user: &atlan::User, role_id: Guid) -> UserInviteComputed {
    UserInviteComputed {
        id: user.id.clone().into(),
        role_id,
        status: user.status.into(),
        username: user.username.clone(),
        invited_at: user.invited_at.clone(),
        invited_by: user.invited_by.clone(),
    }
}

async fn state(
    cx: &Cx<'_, UserInvite>,
    user: atlan::User,
    prior: Option<State<UserInvite>>,
) -> Result<State<UserInvite>> {
    let before = prior.as_ref().map(|prior| prior.args.role);
    let role = workspace_role::of(&user, before)?;
    // The GUID of a role never changes, so an unchanged role needs no look-up.
    let role_id = match &prior {
        Some(prior) if before == Some(role) && !prior.computed.role_id.is_unclear() => {
            prior.computed.role_id.clone()
        }
        _ => cx.client.role_by_name(role.into()).await?.id.into(),
    };
    let (on_existing, on_destroy) = match (prior, cx.private.get(&TERMS)) {
        (Some(prior), _) => (prior.args.on_existing, prior.args.on_destroy),
        (None, Some(terms)) => (stored(&terms.on_existing)?, stored(&terms.on_destroy)?),
        // After an import.
        (None, None) => (OnExisting::default(), OnDestroy::Revoke),
    };
    cx.private.remove(&TERMS);
    let computed = computed(&user, role_id);
    Ok(State { args: UserInviteArgs { email: user.email.into(), role, on_existing, on_destroy }, computed })
}
