//! What disabling and enabling share.

use std::collections::BTreeSet;

use atlan::{Loss, User, UserStatus};
use tfplug::{ActionCx, Duration, Path, Result};

use super::{Outcomes, limited, none_of, people, still_there};
use crate::members::together;
use crate::provider::Atlan;
use crate::types::Person;

/// Enables people, or disables them.
pub(super) async fn set(
    cx: &ActionCx<'_, Atlan>,
    users: &BTreeSet<Person>,
    timeout: &Duration,
    enabled: bool,
    at: Path,
) -> Result<()> {
    let client = limited(cx, timeout);
    let verb = if enabled { "enable" } else { "disable" };
    // A resource of this run may have read the list of people minutes ago, so each person is looked up anew.
    let looks = people(&client, users, at.clone()).await?.into_iter().map(|user| {
        let (client, at) = (client.clone(), at.clone());
        async move {
            let looked = client.user_before_set_enabled(&user.id, enabled).await;
            Ok(still_there(&client, &user, looked, at))
        }
    });
    let mut users = together(looks).await?.into_iter().collect::<Result<Vec<User>>>()?;
    let is_as_wanted = |user: &User| (user.status == UserStatus::Disabled) != enabled;
    let problem = |user: &User| {
        if user.status.is_invited() {
            let way = match enabled {
                true => {
                    "They can log in once they accept it. The action `atlan_resend_invite` sends another mail, also if the invitation has expired."
                }
                false => {
                    "To cancel it, destroy the `atlan_user_invite`, or remove the entry of `atlan_user_invites`."
                }
            };
            return Some(format!("{} has not accepted the invitation. {way}", user.email));
        }
        let is_of_scim = user.is_scim == Some(true) && !is_as_wanted(user);
        is_of_scim.then(|| format!("{} is managed by SCIM. Change it in the identity provider.", user.email))
    };
    let problems: Vec<String> = users.iter().filter_map(problem).collect();
    none_of(&format!("{verb} these people"), &problems, at.clone())?;
    if !enabled {
        let active = users.iter().filter(|user| !is_as_wanted(user));
        let losses: Vec<Loss<'_>> = active.map(|user| Loss { user, action: "disable" }).collect();
        client.refuse_lockout(&losses, &[]).await.map_err(|error| tfplug::Error::from(error).at(at))?;
    }
    if !enabled && let Ok(caller) = client.current().await {
        // After that the credential may not work any more.
        users.sort_by_key(|user| user.id == caller.id);
    }
    // The list may lag, so the message says what the list shows and no more.
    let already = format!("is {verb}d already, as Atlan's list shows; nothing was sent");
    let mut outcomes = Outcomes::default();
    for user in &users {
        let (outcome, sent) = match is_as_wanted(user) {
            true => (Ok(()), false),
            false => match client.set_enabled(&user.id, enabled).await {
                Ok(switched) => (Ok(()), switched.sent),
                Err(error) => (Err(error), true),
            },
        };
        let done = if sent { format!("{verb}d") } else { already.clone() };
        outcomes.note(cx, user, outcome, &done).await;
    }
    outcomes.end(verb, None)
}
