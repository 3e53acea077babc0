//! The workspace role of a person.

use serde_json::json;
use tokio::time::Instant;

use super::People;
use crate::api::Api;
use crate::error::{Error, Result};
use crate::guid::Guid;
use crate::judged::{self, Attempts, Ended, send_judged};
use crate::reads::Key;
use crate::records::{User, WorkspaceRole};
use crate::request::Request;

const CHANGE: &str = "users/{id}/roles/update";

/// What a change of a person's role found and led to.
#[derive(Debug)]
pub struct RoleChange {
    /// The role before the first attempt. `None`: the record named none.
    pub before: Option<WorkspaceRole>,
    /// The person as they are now. An error: a request was sent, and whether it took effect could not be learned.
    pub outcome: Result<User>,
}

impl People {
    /// Gives a person another workspace role; pending people, too. Nothing is sent when `spares` says so of the person, by what a
    /// look right before the write shows.
    pub(crate) async fn change_role(
        &self,
        api: &Api,
        id: &Guid,
        role: WorkspaceRole,
        spares: impl Fn(&User) -> bool,
    ) -> Result<RoleChange> {
        let role_id = self.roles.by_name(api, role).await?.id;
        let mut is_first_lowering = false;
        let changed = self.change_role_to(api, id, role, &role_id, spares, &mut is_first_lowering).await;
        match &changed {
            // A list that shows an admin may be older than that request.
            Ok(RoleChange { outcome: Ok(user), .. }) if user.role != Some(WorkspaceRole::Admin) => {
                self.lowered.remove(id);
            }
            Ok(_) => {}
            Err(_) if is_first_lowering => self.lowered.remove(id),
            Err(_) => {}
        }
        changed
    }

    /// `is_first_lowering`: whether this call was the first to send a request that lowers the role.
    async fn change_role_to(
        &self,
        api: &Api,
        id: &Guid,
        role: WorkspaceRole,
        role_id: &Guid,
        spares: impl Fn(&User) -> bool,
        is_first_lowering: &mut bool,
    ) -> Result<RoleChange> {
        let mut place = Some(api.wait("POST", CHANGE, self.changes.acquire()).await?);
        let mut attempts = Attempts::default();
        let mut before = None;
        loop {
            let looked = Instant::now();
            let user = match attempts.looked(self.existing(api.clone(), id).await) {
                Ok(user) => user,
                Err(error) => {
                    drop(place);
                    return self.role_failed(api, id, role, before, attempts, error).await;
                }
            };
            let was = *before.get_or_insert(user.role);
            if user.role == Some(role) || spares(&user) {
                self.reads.wrote(&user, true);
                return Ok(RoleChange { before: was, outcome: Ok(user) });
            }
            let lowered = user.role.is_none_or(|present| role < present);
            if lowered && user.role == Some(WorkspaceRole::Admin) {
                // Admins are lowered one after the other, until each change shows. Others need not wait for that.
                place = None;
            }
            let guarded = match lowered {
                true => Box::pin(self.refuse_lockout(api, "lower the role of", &user)).await,
                false => Ok(None),
            };
            let _guard = match guarded {
                Ok(guard) => guard,
                // The attempt before may still take effect.
                Err(error) if attempts.is_doubtful() => {
                    drop(place);
                    return self.role_failed(api, id, role, before, attempts, error).await;
                }
                Err(error) => return Err(error),
            };
            if lowered {
                *is_first_lowering |= self.lowered.add(id);
            }
            let body = json!({ "roleId": role_id });
            let request = Request::judged(CHANGE, Some(body)).about(id);
            let coming = self.reads.announce(Key::Id(id.clone()));
            let leaves = || self.reads.leaves(api, &Key::Id(id.clone()));
            let answer = match send_judged(api, request, id, looked, &mut attempts, leaves).await {
                Ok(Some(answer)) => answer,
                Ok(None) => continue,
                Err(error) => {
                    drop(place);
                    return self.role_failed(api, id, role, before, attempts, error).await;
                }
            };
            drop(place);
            // A successful answer that cannot be read proves as little as no answer.
            let unreadable = answer.void().err();
            let action = format!("the role {role} for {}", user.email);
            return match self.changed(api, id, action, |user| user.role == Some(role), Some(&coming)).await {
                Ok(user) => Ok(RoleChange { before: was, outcome: Ok(user) }),
                // Also if lists go on showing the role of before: they may be late.
                Err(error) => Ok(RoleChange { before: was, outcome: Err(unreadable.unwrap_or(error)) }),
            };
        }
    }

    /// A failed attempt, or a failed look after one. `before`: what the first look-up showed. It must not be lost if an earlier attempt takes
    /// effect after all.
    async fn role_failed(
        &self,
        api: &Api,
        id: &Guid,
        role: WorkspaceRole,
        before: Option<Option<WorkspaceRole>>,
        attempts: Attempts,
        error: Error,
    ) -> Result<RoleChange> {
        let Some(before) = before else { return Err(error) };
        let look =
            |api: Api| async move { Ok(self.now(api, id).await?.filter(|user| user.role == Some(role))) };
        match judged::ended(api, attempts, error, look).await {
            Ended::Shown(user) => {
                self.reads.wrote(&user, true);
                Ok(RoleChange { before, outcome: Ok(user) })
            }
            Ended::Failed(error) => Err(error),
            Ended::Unclear(error) => Ok(RoleChange { before, outcome: Err(error) }),
        }
    }
}
