//! What is done to people once, by an action: an invitation mail is sent again, and a person is removed for good.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::People;
use crate::api::Api;
use crate::create::{Effect, pause_before_repeat};
use crate::error::{Error, Origin, Result, Subject};
use crate::guid::Guid;
use crate::records::User;
use crate::request::Request;

/// Path of a second invitation mail.
const RESEND: &str = "users/{id}/resendinvite";
/// Path of the workflows.
const WORKFLOWS: &str = "workflows";

/// Whose names the removal of a person carries.
#[derive(Clone, Debug)]
pub struct Removal {
    /// The person to be removed.
    pub user: User,
    /// The person who gets what the other owns.
    pub heir: User,
    /// The person on whose behalf it is done.
    pub creator: User,
}

/// What became of the request for a removal.
#[derive(Debug)]
#[non_exhaustive]
pub enum Submitted {
    /// Atlan has accepted the workflow.
    Accepted,
    /// The answer was lost: it may have been accepted.
    Unclear(Error),
}

/// What became of a second mail.
#[derive(Debug)]
#[non_exhaustive]
pub enum Resent {
    /// It was sent.
    Sent,
    /// It was not due for the person by the time of their turn.
    NotDue(Box<User>),
}

/// When this process last had an invitation mail sent, or perhaps sent. Held while it is sent: two calls for one person must not both find
/// that it is due.
pub(super) type LastMailed = tokio::sync::Mutex<HashMap<Guid, Timestamp>>;

impl People {
    /// Sends the invitation mail of a pending person again if it is due by the latest record. Whom this process has mailed counts as invited at
    /// that time, because a tenant need not record a second mail. A request that may have been processed is not repeated, unless Atlan
    /// itself answered that it was too busy. A look-up cannot prove that no mail was sent, because a tenant need not
    /// record a second mail; if the tenant records it, the look-up proves that it was sent.
    pub(crate) async fn resend_invitation(
        &self,
        api: &Api,
        id: &Guid,
        is_due: impl Fn(&User) -> bool + Send,
    ) -> Result<Resent> {
        let mut last_mailed = api.wait("POST", RESEND, self.last_mailed.lock()).await?;
        let now = || api.server_time().unwrap_or_else(Timestamp::now);
        let mut attempts = 0;
        let mut invited_at = None;
        loop {
            let user = self.existing(api.clone(), id).await?;
            if !user.status.is_invited() {
                return Err(Error::NotPending { user: Box::new(user) });
            }
            let before = invited_at.get_or_insert_with(|| user.invited_at.clone());
            if *before != user.invited_at {
                return Ok(Resent::Sent);
            }
            let known = match last_mailed.get(id) {
                Some(at) => User { invited_at: Some(at.to_string()), ..user.clone() },
                None => user.clone(),
            };
            if attempts == 0 && !is_due(&known) {
                return Ok(Resent::NotDue(Box::new(known)));
            }
            attempts += 1;
            let error = match api.send(Request::judged(RESEND, None).about(id)).await {
                Ok(answer) => match answer.void() {
                    Ok(()) => {
                        last_mailed.insert(id.clone(), now());
                        return Ok(Resent::Sent);
                    }
                    Err(error) => error,
                },
                Err(error) => error,
            };
            if error.may_take_effect() && !is_too_busy(&error) {
                last_mailed.insert(id.clone(), now());
                let now = self.now(api.settling(), id).await;
                if now.is_ok_and(|now| now.is_some_and(|now| now.invited_at != *before)) {
                    return Ok(Resent::Sent);
                }
                let how = match &error {
                    Error::Refused(_) => "the answer does not say how far the request got",
                    Error::Unreadable { .. } => "the answer cannot be read",
                    _ => "no complete answer came",
                };
                return Err(Error::OutcomeUnknown {
                    subject: Subject::Mail(user.email),
                    why: format!("{how}, so the mail may have been sent, and the request was not repeated"),
                    is_accepted: false,
                    since: None,
                    last: Some(Box::new(error)),
                });
            }
            if error.effect() == Effect::Refused {
                return Err(error);
            }
            pause_before_repeat(api, error, attempts).await?;
        }
    }

    /// Submits the workflow that removes a person. It is not submitted a second time after a lost answer, because the two would run
    /// side by side.
    pub(crate) async fn submit_removal(&self, api: &Api, removal: &Removal) -> Result<Submitted> {
        let seconds = api.server_time().unwrap_or_else(Timestamp::now).as_second();
        let request = Request::judged(WORKFLOWS, Some(workflow(removal, seconds))).with("submit", "true");
        let mut attempts = 0;
        loop {
            attempts += 1;
            match api.send(request.clone()).await {
                Ok(_) => return Ok(Submitted::Accepted),
                Err(error) if error.may_take_effect() => return Ok(Submitted::Unclear(error)),
                Err(error) if error.effect() == Effect::Refused => return Err(error),
                Err(error) => pause_before_repeat(api, error, attempts).await?,
            }
        }
    }

    /// Waits for a person to disappear, for the time between two reports of a long wait. Returns whether they have.
    pub(crate) async fn is_removed(&self, api: &Api, id: &Guid) -> Result<bool> {
        let until = Instant::now() + api.timing().progress;
        let gone = |api: Api| async move { Ok(self.now(api, id).await?.is_none().then_some(())) };
        match (api.poll(until, gone).await?, api.scope.stop()) {
            (Some(()), _) => {
                self.reads.deleted(id);
                Ok(true)
            }
            (None, Some(stop)) => Err(api.stopped("GET", "users", stop, None)),
            (None, None) => Ok(false),
        }
    }
}

/// Whether Atlan itself answered 503: its errors have a code or an identifier. Any other answer, also a JSON object, may come from a gateway
/// while a server behind it processes the request.
fn is_too_busy(error: &Error) -> bool {
    let Error::Refused(refusal) = error else { return false };
    refusal.status == 503
        && refusal.origin == Origin::Api
        && (refusal.code.is_some() || refusal.incident.is_some())
}

/// First and last name; without them the user name, or the address.
fn full_name(user: &User) -> String {
    let names = [&user.first_name, &user.last_name].map(|name| name.as_deref().unwrap_or_default().trim());
    let name = names.join(" ").trim().to_owned();
    if name.is_empty() { username(user).to_owned() } else { name }
}

fn username(user: &User) -> &str {
    user.username.as_deref().unwrap_or(&user.email)
}

/// The workflow of Atlan's package `@atlan/delete-user`, as the Go SDK submits it. `seconds`: the time since 1970, which ends its
/// name.
fn workflow(removal: &Removal, seconds: i64) -> Value {
    let Removal { user, heir, creator } = removal;
    let page = "https://packages.atlan.com/-/web/detail/@atlan/delete-user";
    let logo = "https://assets.atlan.com/assets/remove-user.svg";
    let parameters = [
        ("user-id", user.id.as_str().to_owned()),
        ("username", username(user).to_owned()),
        ("user-full-name", full_name(user)),
        ("user-email", user.email.clone()),
        ("transfer-assets-to-user-id", heir.id.as_str().to_owned()),
        ("transfer-assets-to-username", username(heir).to_owned()),
        ("transferee-full-name", full_name(heir)),
        ("kube-secret-name", "argo-client-creds".to_owned()),
        ("wf-creator-full-name", full_name(creator)),
        ("wf-creator-email", creator.email.clone()),
    ]
    .map(|(name, value)| json!({ "name": name, "value": value }));
    json!({
        "metadata": {
            "name": format!("atln-del-usr-{}-{seconds}", user.id),
            "namespace": "default",
            "labels": {
                "orchestration.atlan.com/certified": "false",
                "orchestration.atlan.com/type": "utility",
                "orchestration.atlan.com/verified": "false",
                "package.argoproj.io/installer": "argopm",
                "package.argoproj.io/name": "a-t-ratlans-l-a-s-hdelete-user",
                "package.argoproj.io/parent": "",
                "package.argoproj.io/registry": "local",
                "package.argoproj.io/version": "0.2.105",
            },
            "annotations": {
                "orchestration.atlan.com/allowSchedule": "false",
                "orchestration.atlan.com/categories": "utility,admin,user,delete",
                "orchestration.atlan.com/dependentPackage": "",
                "orchestration.atlan.com/docsUrl": "https://ask.atlan.com/hc/en-us/articles/6755306791697",
                "orchestration.atlan.com/emoji": "🗑️",
                "orchestration.atlan.com/icon": logo,
                "orchestration.atlan.com/logo": logo,
                "orchestration.atlan.com/marketplaceLink": page,
                "orchestration.atlan.com/name": "Delete User",
                "package.argoproj.io/author": "Atlan",
                "package.argoproj.io/description": "Transfers user assets and deletes user",
                "package.argoproj.io/homepage": page,
                "package.argoproj.io/keywords": "[\"delete\",\"user\",\"admin\",\"utility\"]",
                "package.argoproj.io/name": "@atlan/delete-user",
                "package.argoproj.io/parent": ".",
                "package.argoproj.io/registry": "local",
                "package.argoproj.io/repository": "https://github.com/atlanhq/marketplace-packages.git",
                "package.argoproj.io/support": "support@atlan.com",
            },
        },
        "spec": {
            "entrypoint": "main",
            "synchronization": {
                "semaphore": { "configMapKeyRef": { "name": "atlan-delete-user", "key": "concurrency" } },
            },
            "templates": [{ "name": "main", "dag": { "tasks": [{
                "name": "run",
                "arguments": { "parameters": parameters },
                "templateRef": { "name": "atlan-delete-user", "template": "main", "clusterScope": true },
            }] } }],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::UserStatus;

    fn user(id: &str, username: Option<&str>, first_name: Option<&str>) -> User {
        User {
            id: id.parse().expect("a GUID"),
            email: format!("{id}@example.com"),
            username: username.map(str::to_owned),
            role: None,
            status: UserStatus::Active,
            invited_at: None,
            invited_by: None,
            first_name: first_name.map(str::to_owned),
            last_name: None,
            is_scim: None,
            last_login_at: None,
            created_at: None,
            is_in_groups: None,
        }
    }

    #[test]
    fn the_workflow_names_three_people_and_falls_back_to_user_names_and_addresses() {
        let removal = Removal {
            user: user("ada", Some("ada.l"), Some("Ada")),
            heir: user("eve", Some("eve.x"), Some(" ")),
            creator: user("bob", None, None),
        };
        let workflow = workflow(&removal, 1_700_000_000);
        assert_eq!(workflow["metadata"]["name"], "atln-del-usr-ada-1700000000");
        let tasks = &workflow["spec"]["templates"][0]["dag"]["tasks"][0];
        // The template is one of the cluster: it is not in the namespace of the workflow.
        assert_eq!(tasks["templateRef"]["clusterScope"], true);
        let parameters = tasks["arguments"]["parameters"].as_array().expect("parameters");
        let text = |of: &Value| of.as_str().expect("text").to_owned();
        let said: Vec<String> =
            parameters.iter().map(|one| format!("{}={}", text(&one["name"]), text(&one["value"]))).collect();
        assert_eq!(
            said,
            [
                "user-id=ada",
                "username=ada.l",
                "user-full-name=Ada",
                "user-email=ada@example.com",
                "transfer-assets-to-user-id=eve",
                "transfer-assets-to-username=eve.x",
                "transferee-full-name=eve.x",
                "kube-secret-name=argo-client-creds",
                "wf-creator-full-name=bob@example.com",
                "wf-creator-email=bob@example.com",
            ]
        );
    }
}
