//! `atlan_resend_invite`.

use std::collections::BTreeSet;

use atlan::{Resent, Timestamp, User};
use tfplug::schema::at_least;
use tfplug::{Action, ActionCx, Args, Duration, Error, Result, Text as _};

use super::{Outcomes, limited, people, ten_minutes};
use crate::members::{MOST_NAMES, listed};
use crate::provider::{Atlan, not_zero};
use crate::types::Person;

/// Sends invitation mails again to people who have not accepted, also if the invitation has expired. Other people are
/// skipped.
///
/// The action looks up all people before the first mail. If the answer to a request is lost, the mail may have been
/// sent, so the action does not send it a second time and ends with an error that names the person. A 503 from a gateway
/// counts as a lost answer. If Atlan itself answers that it is too busy (429 or 503), the action tries again. If Atlan
/// refuses one person, the action goes on with the others.
///
/// The action uses a request of Atlan's own pages that Atlan does not document, so a tenant may lack it. The error then
/// says so. In this case, resend the invitations on the page Users of Atlan's admin center. It is not documented either
/// which credentials may send the request. If yours may not, use an admin's own token as `api_key`. The action never
/// cancels an invitation to send a new one.
///
/// `older_than` goes by the time that the record of the person shows. A list may show a mail late, and a tenant may not update that time
/// when it sends a mail again. Then another apply, or another `-invoke`, sends another mail.
///
/// To send mails as part of an apply, name the action in an `action_trigger` block of a resource's `lifecycle` block, for
/// example with `events = [after_update]`. Events of a destroy need Terraform 1.16 or later. With `for_each`, Terraform invokes the action
/// once for each instance that fires the event, so let the action name only the person of that instance, or set `older_than`.
///
/// Requires Terraform 1.14 or later. In earlier versions and in OpenTofu, resend invitations on the page Users of Atlan's admin center.
#[derive(Args)]
pub struct ResendInviteArgs {
    /// GUIDs or email addresses of the people to send mails to.
    pub users: BTreeSet<Person>,
    /// Minimum age of an invitation that is sent again, such as `72h`. If left out, all invitations are sent again.
    pub older_than: Option<Duration>,
    /// Maximum number of mails. If there would be more, the action fails before it sends the first one.
    #[attr(default = 50, check = at_least(1))]
    pub max_mails: u32,
    /// How long the action may take, such as `30s` or `10m`. If a request is under way then, the action waits for its answer, up to
    /// `request_timeout`.
    #[attr(default = ten_minutes(), check = not_zero())]
    pub timeout: Duration,
}

/// The action.
pub struct ResendInvite;

impl Action for ResendInvite {
    const NAME: &'static str = "resend_invite";

    type Provider = Atlan;
    type Args = ResendInviteArgs;

    async fn invoke(cx: &ActionCx<'_, Atlan>, args: &ResendInviteArgs) -> Result<()> {
        let client = limited(cx, &args.timeout);
        let users = people(&client, &args.users, ResendInviteArgs::USERS).await?;
        let now = client.server_time().unwrap_or_else(Timestamp::now);
        let (mut due, mut skipped) = (Vec::new(), Vec::new());
        for user in users {
            match reason_to_skip(&user, args.older_than.as_ref(), now) {
                Some(reason) => skipped.push(format!("{}: skipped ({reason})", user.email)),
                None => due.push(user),
            }
        }
        if due.len() > usize::try_from(args.max_mails).unwrap_or(usize::MAX) {
            let error = Error::new(
                "Too many invitation mails",
                format!(
                    "This would send {} mails, more than max_mails = {}. Nothing was sent. If all of them are wanted, raise \
                     `max_mails`.",
                    due.len(),
                    args.max_mails
                ),
            );
            return Err(error.at(ResendInviteArgs::MAX_MAILS));
        }
        for line in skipped {
            cx.progress(line).await;
        }
        let (mut outcomes, mut mailed, mut is_first) = (Outcomes::default(), Vec::new(), true);
        let why_not = |user: &User| reason_to_skip(user, args.older_than.as_ref(), now);
        for user in &due {
            let sent = client.resend_invitation(&user.id, |user| why_not(user).is_none()).await;
            match &sent {
                // Once a mail was sent, perhaps, the request is known to exist, and a 404 is about the person.
                Err(error)
                    if error.status() == Some(404)
                        && is_first
                        && client.user_as_left(&user.id).await.is_ok() =>
                {
                    return Err(no_such_request(&user.email));
                }
                // Accepted meanwhile: there is no invitation to send.
                Err(atlan::Error::NotPending { user: now }) => {
                    outcomes.note(cx, user, Ok(()), &format!("skipped ({})", now.status)).await;
                }
                // Another invocation of this run has mailed the person.
                Ok(Resent::NotDue(now)) => {
                    let why = why_not(now).unwrap_or_default();
                    outcomes.note(cx, user, Ok(()), &format!("skipped ({why})")).await;
                }
                _ => {
                    // For somebody who is gone, nothing was sent, or the 404 says nothing about the request.
                    is_first &= sent.as_ref().is_err_and(atlan::Error::is_not_found);
                    mailed.extend(sent.is_ok().then(|| user.email.clone()));
                    outcomes.note(cx, user, sent, "the invitation was sent again").await;
                }
            }
        }
        outcomes.end("mail", not_again(&mailed))
    }
}

/// How to mail the others without a second mail to these people.
fn not_again(mailed: &[String]) -> Option<String> {
    let mailed = (!mailed.is_empty()).then(|| listed(mailed, MOST_NAMES))?;
    Some(format!(
        "Already mailed: {mailed}. The action would mail them again. So name only the others in `users`, and run `terraform apply \
         -invoke=ADDRESS`. A trigger does not fire again until its event happens again."
    ))
}

/// Why no mail is sent to somebody.
fn reason_to_skip(user: &User, older_than: Option<&Duration>, now: Timestamp) -> Option<String> {
    if !user.status.is_invited() {
        return Some(user.status.to_string());
    }
    let least = older_than?;
    let invited = user.invited_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
    let Some(at) = invited else {
        return Some("Atlan does not say when the invitation was sent".to_owned());
    };
    let age = now.duration_since(at);
    let is_younger = age.is_negative() || age.unsigned_abs() < least.get();
    is_younger.then(|| format!("invited at {at}, less than {} ago", least.text()))
}

/// The tenant does not know the route.
fn no_such_request(email: &str) -> Error {
    Error::new(
        "This tenant cannot resend invitations",
        format!(
            "Atlan answered 404 for the invitation of {email}, although the person is there: this tenant offers no such request. \
             Nothing was sent. Resend the invitations on the page Users of Atlan's admin center."
        ),
    )
}
