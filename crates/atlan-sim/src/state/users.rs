//! People: one record and one GUID from the invitation through acceptance to the end.

use std::time::Duration;

use jiff::Timestamp;

use crate::reply::{Outcome, Refusal};
use crate::settings::{
    AllowPending, CancelInvite, Guard, KeyKind, RefusePending, RoleUnknown, ScimChange, WorkflowOutcome,
};
use crate::state::{Attributes, Caller, Cell, Key, Row, Tenant, WorkspaceRole};

/// A person.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) username: Option<String>,
    pub(crate) email: String,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) role: WorkspaceRole,
    /// Set by acceptance.
    pub(crate) email_verified: bool,
    pub(crate) enabled: bool,
    /// Managed by SCIM: neither enabled nor disabled in Atlan.
    pub(crate) scim: bool,
    pub(crate) invitation: Option<Invitation>,
    pub(crate) attributes: Attributes,
    pub(crate) created_at: Timestamp,
    pub(crate) last_login: Option<Timestamp>,
    pub(crate) visible_from: Duration,
}

/// Who sent an invitation, and when.
#[derive(Debug, Clone)]
pub(crate) struct Invitation {
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) by_name: String,
}

/// What an update may change; `None` leaves it alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct UserEdit {
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) attributes: Attributes,
    pub(crate) enabled: Option<bool>,
}

impl User {
    /// Invited, but never signed up.
    pub(crate) fn is_pending(&self) -> bool {
        !self.email_verified
    }

    /// Can administer the workspace at this moment.
    pub(crate) fn is_admin(&self) -> bool {
        self.role == WorkspaceRole::Admin && self.enabled && self.email_verified
    }

    pub(crate) fn full_name(&self) -> String {
        let names = [self.first_name.as_deref(), self.last_name.as_deref()];
        names.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

impl Row for User {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "username",
        "email",
        "firstName",
        "lastName",
        "workspaceRole",
        "enabled",
        "emailVerified",
        "createdTimestamp",
        "lastLoginTime",
    ];
    const INDEXED: &'static [&'static str] = &["id", "email", "username"];

    fn cell(&self, field: &str) -> Cell<'_> {
        match field {
            "id" => Cell::Text(&self.id),
            "username" => self.username.as_deref().map_or(Cell::Null, Cell::Text),
            "email" => Cell::Text(&self.email),
            "firstName" => self.first_name.as_deref().map_or(Cell::Null, Cell::Text),
            "lastName" => self.last_name.as_deref().map_or(Cell::Null, Cell::Text),
            "workspaceRole" => Cell::Text(self.role.name()),
            "enabled" => Cell::Flag(self.enabled),
            "emailVerified" => Cell::Flag(self.email_verified),
            "createdTimestamp" => Cell::Number(self.created_at.as_millisecond()),
            "lastLoginTime" => self.last_login.map_or(Cell::Null, |at| Cell::Number(at.as_millisecond())),
            _ => Cell::Null,
        }
    }

    fn visible_from(&self) -> Duration {
        self.visible_from
    }
}

impl Tenant {
    /// Changes a person's profile, or enables and disables them.
    ///
    /// # Errors
    /// 403 for callers who may not, 400 for people who have not signed up yet.
    pub(crate) fn update_user(&mut self, caller: &Caller, id: &str, edit: UserEdit) -> Outcome<Key> {
        let (key, user) = self.user(id)?;
        if let Some(enabled) = edit.enabled.filter(|enabled| *enabled != user.enabled) {
            let verb = if enabled { "enable users" } else { "disable users" };
            caller.must_be(&self.settings.enable_disable_with, verb)?;
            if user.scim && self.settings.scim_enable_disable == ScimChange::Reject {
                return Err(Refusal::forbidden(
                    "users managed by SCIM are enabled and disabled by their provider",
                ));
            }
        }
        if user.is_pending() && self.settings.update_pending == RefusePending::Reject {
            return Err(Refusal::bad_request("only users that have already signed up can be updated"));
        }
        if edit.enabled == Some(false) {
            self.guard_exit(caller, key, self.settings.disable_self, "disable")?;
        }
        self.change_user(key, |user| {
            user.enabled = edit.enabled.unwrap_or(user.enabled);
            user.first_name = edit.first_name.or_else(|| user.first_name.take());
            user.last_name = edit.last_name.or_else(|| user.last_name.take());
            user.attributes.extend(edit.attributes);
        });
        self.log(caller, "UPDATE", "USER", format!("users/{id}"));
        Ok(key)
    }

    /// Gives a person another workspace role.
    ///
    /// # Errors
    /// What the settings say about unknown roles, people who are pending or of SCIM, oneself and the last admin.
    pub(crate) fn change_role(&mut self, caller: &Caller, id: &str, role_id: &str) -> Outcome<()> {
        let (key, user) = self.user(id)?;
        let (pending, scim, before) = (user.is_pending(), user.scim, user.role);
        let role = self.workspace_role(role_id).ok_or_else(|| self.unknown_role(role_id))?;
        if pending && self.settings.role_change_pending == AllowPending::Reject {
            return Err(Refusal::bad_request("the role of a pending user cannot be changed"));
        }
        if scim && self.settings.role_change_scim == AllowPending::Reject {
            return Err(Refusal::forbidden("the role of a provisioned user cannot be changed"));
        }
        if role != before {
            self.guard_exit(caller, key, self.settings.role_change_self, "change the role of")?;
        }
        self.change_user(key, |user| user.role = role);
        self.log(caller, "UPDATE", "USER", format!("users/{id}/roles"));
        Ok(())
    }

    /// Cancels an invitation, or deletes an active person without a transfer of what they own.
    ///
    /// # Errors
    /// 403 for callers who may not; 404 where the tenant has no such route.
    pub(crate) fn delete_user(&mut self, caller: &Caller, id: &str) -> Outcome<()> {
        if self.settings.cancel_invite == CancelInvite::NotFound {
            return Err(Refusal::not_found("no such endpoint"));
        }
        let (key, user) = self.user(id)?;
        if user.is_pending() {
            caller.must_be(&self.settings.cancel_invite_with, "delete users")?;
            if self.settings.cancel_invite == CancelInvite::DisableInstead {
                self.change_user(key, |user| user.enabled = false);
                return Ok(());
            }
        } else {
            caller.must_be(&self.settings.delete_active_with, "delete users")?;
            self.guard_exit(caller, key, self.settings.disable_self, "delete")?;
        }
        self.lag_behind_user(key);
        self.drop_user(key);
        self.log(caller, "DELETE", "USER", format!("users/{id}"));
        Ok(())
    }

    /// Starts the removal of an active person; it is done when the workflow is.
    ///
    /// # Errors
    /// 403 unless the caller is a human admin; also 403 if the person is an admin, because admins cannot be removed.
    pub(crate) fn remove_user(&mut self, caller: &Caller, id: &str, heir: &str) -> Outcome<()> {
        caller.must_be(&[KeyKind::User], "remove users")?;
        let (_, user) = self.user(id)?;
        if user.role == WorkspaceRole::Admin {
            return Err(Refusal::forbidden("an admin cannot be removed by another admin"));
        }
        self.user(heir)?;
        match self.settings.workflow_outcome {
            WorkflowOutcome::Done => {}
            WorkflowOutcome::Nothing => return Ok(()),
            WorkflowOutcome::Refused => {
                return Err(Refusal::bad_request("the workflow could not be started"));
            }
        }
        let done = self.now() + Duration::from_millis(self.settings.workflow_takes_ms);
        self.leaving.push((done, id.into()));
        Ok(())
    }

    /// Removes a person and everything that belongs to them.
    pub(crate) fn drop_user(&mut self, key: Key) {
        let Some(user) = self.users.remove(key) else { return };
        self.members.forget_user(key);
        let Some(name) = user.username else { return };
        let own = |creator: &str| creator == name;
        let theirs: Vec<Key> =
            self.tokens.iter().filter(|(_, token)| own(&token.created_by)).map(|(key, _)| key).collect();
        for token in theirs {
            self.tokens.remove(token);
        }
    }

    pub(crate) fn unknown_role(&self, id: &str) -> Refusal {
        let status = match self.settings.invite_role_unknown {
            RoleUnknown::BadRequest => 400,
            RoleUnknown::NotFound => 404,
            RoleUnknown::ServerError => 500,
        };
        Refusal::new(status, format!("unknown role: `{id}`"))
    }

    /// Refuses a change that would lock out the caller or everybody.
    fn guard_exit(&self, caller: &Caller, key: Key, oneself: Guard, verb: &str) -> Outcome<()> {
        let is_caller = self.users.get(key).is_some_and(|user| user.id == caller.id);
        if is_caller && oneself == Guard::Forbid {
            return Err(Refusal::forbidden(format!("you cannot {verb} yourself")));
        }
        if self.is_last_admin(key) && self.settings.last_admin == Guard::Forbid {
            return Err(Refusal::forbidden(format!("you cannot {verb} the last admin")));
        }
        Ok(())
    }
}
