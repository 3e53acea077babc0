//! `atlan_remove_user`: the only thing in this provider that deletes an active person.

use std::time::Duration as Span;

use atlan::{Removal, Submitted, User, UserStatus, WorkspaceRole};
use tfplug::{
    Action, ActionCx, Args, Attempting as _, Config, Diagnostics, Duration, Error, Result, Text as _,
};
use tokio::time::Instant;

use super::{limited, not_with_this, now};
use crate::credentials::causes;
use crate::members;
use crate::provider::{Atlan, Client, not_zero};
use crate::types::{Email, Person, PersonName};

/// Removes a person from the tenant for good, and transfers what they own to somebody else. **This cannot be undone.**
///
/// The action submits the workflow that Atlan's own page uses, and waits until the person no longer exists. Before it
/// sends anything, it refuses to remove a person
///
/// - if `confirm_email` is not the person's address;
/// - who is an admin, because Atlan does not allow that;
/// - whose record names none of the roles `$admin`, `$member` and `$guest`, because then the person may be an admin;
/// - who is the identity that runs Terraform, or has created its API token;
/// - who has not accepted the invitation: destroy the `atlan_user_invite`, or remove the entry of `atlan_user_invites`, in its place;
/// - if `transfer_to` is the same person, or is not active;
/// - who created API tokens, because Atlan deletes them with the person, unless `delete_tokens = true`;
/// - whose record has no user name, because then nothing tells which API tokens the person created, unless `delete_tokens = true`;
/// - whom a resource manages that Terraform reads or plans together with the action: first set
///   `on_destroy = "forget"` in that resource and apply, then remove it from the configuration and apply again. With
///   `-invoke`, Terraform reads only what the action refers to, so write `user = atlan_user_invite.NAME.email` rather
///   than the address itself: then the check sees the resource. Memberships (`atlan_group_member`, `atlan_group_members`) are no such
///   resources: take the person out of them, too, because the next apply would no longer find the person.
///
/// If the answer to the request is lost, the action does not send it a second time, but waits for its effect. API
/// tokens may not remove people: use an admin's own token as `api_key`.
///
/// Requires Terraform 1.14 or later. In earlier versions and in OpenTofu, remove people on the page Users of Atlan's admin center.
#[derive(Args)]
pub struct RemoveUserArgs {
    /// GUID or email address of the person to remove.
    pub user: Person,
    /// GUID or email address of the person who gets what the removed person owns.
    pub transfer_to: Person,
    /// Email address of the person to remove, as a confirmation.
    pub confirm_email: Email,
    /// Whether Atlan may delete the API tokens that the person created.
    #[attr(default = false)]
    pub delete_tokens: bool,
    /// How long the action may take, such as `30s` or `10m`. If a request is under way then, the action waits for its answer, up to
    /// `request_timeout`.
    #[attr(default = half_an_hour(), check = not_zero())]
    pub timeout: Duration,
}

/// The action.
pub struct RemoveUser;

fn half_an_hour() -> Duration {
    Span::from_secs(30 * 60).into()
}

impl Action for RemoveUser {
    const NAME: &'static str = "remove_user";

    type Provider = Atlan;
    type Args = RemoveUserArgs;

    fn validate(config: &Config<'_, RemoveUserArgs>, diagnostics: &mut Diagnostics) {
        let user = config.get(RemoveUserArgs::USER).known();
        if let (Some(user), Some(heir)) = (&user, config.get(RemoveUserArgs::TRANSFER_TO).known())
            && user.same(&heir)
        {
            diagnostics.error_at(RemoveUserArgs::TRANSFER_TO, SAME_PERSON, TO_SOMEBODY_ELSE);
        }
        if let (Some(user), Some(confirmed)) = (&user, config.get(RemoveUserArgs::CONFIRM_EMAIL).known())
            && let PersonName::Email(email) = user.name()
            && *email != confirmed.folded()
        {
            diagnostics.error_at(RemoveUserArgs::CONFIRM_EMAIL, NOT_CONFIRMED, unlike(&confirmed, email));
        }
    }

    fn plan(client: Option<&Client>, config: &Config<'_, RemoveUserArgs>, diagnostics: &mut Diagnostics) {
        let (Some(client), Some(user)) = (client, config.get(RemoveUserArgs::USER).known()) else { return };
        let held = match user.name() {
            PersonName::Email(email) => held(client, None, Some(email)),
            PersonName::Id(id) => held(client, Some(id), None),
        };
        if let Some(detail) = held {
            diagnostics.error_at(RemoveUserArgs::USER, format!("Could not remove {}", user.text()), detail);
            return;
        }
        let name = match user.name() {
            PersonName::Email(email) => atlan::fold_email(email),
            PersonName::Id(id) => id.as_str().to_lowercase(),
        };
        let confirmed = config.get(RemoveUserArgs::CONFIRM_EMAIL).known().map(|email| email.folded());
        client.run().will_remove(confirmed.into_iter().chain([name]));
    }

    async fn invoke(cx: &ActionCx<'_, Atlan>, args: &RemoveUserArgs) -> Result<()> {
        let client = limited(cx, &args.timeout);
        let (user_at, heir_at) = (RemoveUserArgs::USER, RemoveUserArgs::TRANSFER_TO);
        let user = members::existing_person(&client, &args.user).await.map_err(|error| error.at(user_at))?;
        let user = now(&client, &user, user_at).await?;
        let asked = || format!("remove {}", user.email);
        let heir =
            members::existing_person(&client, &args.transfer_to).await.map_err(|error| error.at(heir_at))?;
        // What is transferred to somebody who is gone, or whom this run has disabled, would be lost.
        let heir = now(&client, &heir, heir_at).await?;
        client.run().forget_removal_of(&user);
        check(&client, args, &user, &heir).await?;
        let caller = client.current().await.attempting(asked)?;
        let creator = match caller.kind() {
            atlan::CallerKind::Person => client.user(&caller.id).await.attempting(asked)?,
            _ => None,
        };
        let removal = Removal { user: user.clone(), heir: heir.clone(), creator: creator.unwrap_or(heir) };
        let unclear = match client.submit_removal(&removal).await {
            Ok(Submitted::Accepted) => {
                cx.progress(format!("{}: Atlan has accepted the removal", user.email)).await;
                None
            }
            Ok(Submitted::Unclear(error)) => {
                cx.progress(format!("{}: the answer was lost; waiting for the removal", user.email)).await;
                Some(error)
            }
            Ok(_) => None,
            Err(error) if error.is_forbidden() => {
                let advice = not_with_this(&client).await;
                return Err(Error::new(
                    format!("Could not {}", asked()),
                    format!("{}.\n\n{advice}", causes(&error)),
                ));
            }
            Err(error) => return Err(error).attempting(asked),
        };
        wait(cx, &client, &user, unclear).await
    }
}

/// Waits until the person no longer exists, and reports from time to time that they still do.
async fn wait(
    cx: &ActionCx<'_, Atlan>,
    client: &Client,
    user: &User,
    unclear: Option<atlan::Error>,
) -> Result<()> {
    let start = Instant::now();
    loop {
        match client.is_removed(&user.id).await {
            Ok(true) => {
                cx.progress(format!("{}: removed", user.email)).await;
                return Ok(());
            }
            Ok(false) => {
                let waited = start.elapsed().as_secs();
                cx.progress(format!("{}: still there after {waited} s", user.email)).await;
            }
            Err(error) => {
                let sent = match &unclear {
                    None => "The workflow was accepted".to_owned(),
                    Some(lost) => format!("The answer to the request was lost ({})", causes(lost)),
                };
                let shown = match &error {
                    // Whether a list was read since the request is not known here.
                    atlan::Error::Stopped { last: None, .. } => {
                        format!("no list has shown that {} is gone", user.email)
                    }
                    _ => {
                        format!("no later list of people could be read to see whether {} is gone", user.email)
                    }
                };
                return Err(Error::new(
                    format!("Unknown whether {} was removed", user.email),
                    format!(
                        "{sent}, and {shown}: {}. Look at the workflow in Atlan before you run the action again.",
                        causes(&error)
                    ),
                ));
            }
        }
    }
}

const NOT_CONFIRMED: &str = "The removal is not confirmed";
const SAME_PERSON: &str = "Nobody to transfer to";
const TO_SOMEBODY_ELSE: &str =
    "`transfer_to` names the person who is to be removed. Name somebody else who is active.";

fn unlike(confirmed: &Email, email: &str) -> String {
    format!(
        "`confirm_email` is {:?}, and the person to remove is {email:?}. Nothing was sent. Removing a \
         person cannot be undone, so you must write the address a second time.",
        confirmed.text()
    )
}

/// Why a person whom this configuration manages may not be removed.
fn held(client: &Client, id: Option<&atlan::Guid>, email: Option<&str>) -> Option<String> {
    let holder = client.run().holder_of_person(id, email)?;
    let (then, how) = holder.without_the_person();
    Some(format!(
        "In this configuration, {holder} manages the person, so the next apply {then}. Nothing was sent. \
         First set `on_destroy = {how:?}` there and run `terraform apply`. Then remove the person from the \
         configuration and run `terraform apply` again. Then invoke the action again, with the address or the GUID in `user` instead of \
         a reference to that resource."
    ))
}

/// Everything that can be known before the removal is sent.
async fn check(client: &Client, args: &RemoveUserArgs, user: &User, heir: &User) -> Result<()> {
    let refuse = |summary: String, detail: String| Err(Error::new(summary, detail));
    if args.confirm_email.folded() != atlan::fold_email(&user.email) {
        return refuse(NOT_CONFIRMED.to_owned(), unlike(&args.confirm_email, &user.email))
            .map_err(|error| error.at(RemoveUserArgs::CONFIRM_EMAIL));
    }
    let asked = format!("Could not remove {}", user.email);
    let at_user = |error: Error| error.at(RemoveUserArgs::USER);
    if user.status.is_invited() {
        let detail = "The person has not accepted the invitation. Nothing was sent. To cancel it, destroy the `atlan_user_invite`, or \
                      remove the entry of `atlan_user_invites`.";
        return refuse(asked, detail.to_owned()).map_err(at_user);
    }
    let is_or_may_be_admin = match user.role {
        Some(WorkspaceRole::Admin) => Some(
            "Atlan does not let anybody remove an admin. Nothing was sent. Give the person another role first.",
        ),
        Some(_) => None,
        None => Some(
            "Atlan's record of the person names none of the roles $admin, $member and $guest, so the person may be an admin, \
             and Atlan does not let anybody remove an admin. Nothing was sent. Give the person a role first.",
        ),
    };
    if let Some(detail) = is_or_may_be_admin {
        return refuse(asked, detail.to_owned()).map_err(at_user);
    }
    let lockout = client.refuse_lockout(&[atlan::Loss { user, action: "remove" }], &[]).await;
    lockout.map_err(|error| at_user(Error::from(error)))?;
    let held = held(client, Some(&user.id), Some(&atlan::fold_email(&user.email)));
    if let Some(detail) = held {
        return refuse(asked, detail).map_err(at_user);
    }
    let at_heir = |error: Error| error.at(RemoveUserArgs::TRANSFER_TO);
    if heir.id == user.id {
        return refuse(SAME_PERSON.to_owned(), format!("{TO_SOMEBODY_ELSE} Nothing was sent."))
            .map_err(at_heir);
    }
    if heir.status != UserStatus::Active {
        let detail = format!(
            "{} is {}, and only an active person can take over what another person owns. Nothing was sent. \
             Name somebody who is active.",
            heir.email, heir.status
        );
        return refuse(asked, detail).map_err(at_heir);
    }
    if args.delete_tokens {
        return Ok(());
    }
    // Tokens name their makers by user name.
    let Some(username) = user.username.as_deref().map(str::to_lowercase) else {
        let detail = "Atlan's record of the person has no user name, so nothing tells which API tokens the person created, and Atlan deletes \
                      them with the person. Nothing was sent. Look at the tokens in Atlan. If none of them is needed, set \
                      `delete_tokens = true`.";
        return refuse(asked, detail.to_owned()).map_err(at_user);
    };
    // What the person has created since an earlier list of this run would go, too.
    let tokens = client.credentials_now::<atlan::ApiToken>().await;
    let tokens = tokens.attempting(|| format!("find out which API tokens {} created", user.email))?;
    let is_theirs = |maker: &str| maker.to_lowercase() == username;
    let theirs: Vec<String> = tokens
        .iter()
        .filter(|token| token.created_by.as_deref().is_some_and(is_theirs))
        .map(|token| format!("\n  - {:?} ({})", token.display_name, token.client_id))
        .collect();
    if theirs.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "The person created these API tokens, which Atlan would delete with the person:\n{}\n\nNothing was \
         sent. Replace them by tokens that somebody else creates, or set `delete_tokens = true`.",
        theirs.concat()
    );
    refuse(asked, detail).map_err(at_user)
}
