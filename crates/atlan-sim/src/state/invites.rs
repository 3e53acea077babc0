//! Invitations: who may be invited, what a batch does, the mails that leave, acceptance and expiry.

use std::collections::HashSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::reply::{Outcome, Refusal};
use crate::settings::{
    DefaultJoin, EmailCase, EmptyInvite, InviteBatch, InviteDuplicate, KeyKind, PendingUsername, Refuse,
    RoleMismatch, VisibleOrder,
};
use crate::state::{Attributes, Caller, Invitation, Key, Tenant, User, WorkspaceRole};

/// One entry of a batch, as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invite {
    pub(crate) email: String,
    pub(crate) role_name: String,
    pub(crate) role_id: String,
}

/// An invitation mail that left the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// The address in lower case, however it was written.
    pub email: String,
    /// GUID of the person.
    pub id: String,
    /// `false` for the first invitation of a person, `true` for every other.
    pub again: bool,
    /// When it left, RFC 3339.
    pub at: String,
}

/// What a valid entry leads to.
enum Verdict {
    New(WorkspaceRole),
    MailAgain,
    Nothing,
}

impl Tenant {
    /// Invites a batch of people.
    ///
    /// # Errors
    /// 413 for more people than `invite_max_batch`, who are not looked at. Otherwise the first error in the batch;
    /// `invite_batch` decides which entries take effect nevertheless.
    pub(crate) fn invite(&mut self, caller: &Caller, batch: &[Invite]) -> Outcome<()> {
        if self.settings.sso_enforced {
            return Err(Refusal::new(
                self.settings.sso_refused_with,
                "SSO is enforced on this workspace: people join through the identity provider, not by invitation",
            ));
        }
        if batch.is_empty() && self.settings.invite_empty_list == EmptyInvite::BadRequest {
            return Err(Refusal::bad_request("nobody to invite"));
        }
        let most = self.settings.invite_max_batch;
        if most > 0 && batch.len() > most {
            let invited = batch.len();
            return Err(Refusal::new(413, format!("an invitation may name {most} people, not {invited}")));
        }
        if self.settings.invite_batch == InviteBatch::Atomic {
            let mut before = HashSet::new();
            for entry in batch {
                self.judge(entry, before.contains(&fold(&entry.email)))?;
                before.insert(fold(&entry.email));
            }
        }
        for (at, entry) in batch.iter().enumerate() {
            match self.judge(entry, false) {
                Ok(Verdict::New(role)) => {
                    let shows = self.now() + self.invisible_for(at, batch.len());
                    self.admit_invitee(caller, &entry.email, role, shows);
                }
                Ok(Verdict::MailAgain) => self.mail_again(&entry.email),
                Ok(Verdict::Nothing) => {}
                Err(_) if self.settings.invite_batch == InviteBatch::PerEntry => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }

    fn judge(&self, entry: &Invite, earlier_in_batch: bool) -> Outcome<Verdict> {
        let email = fold(&entry.email);
        let Some((local, domain)) = split(&email) else {
            return Err(Refusal::bad_request(format!("`{}` is not an email address", entry.email)));
        };
        if local.contains('+') && self.settings.invite_plus_address == Refuse::Reject {
            return Err(Refusal::bad_request(format!("{email}: addresses with a + cannot be invited")));
        }
        if self.settings.invite_disposable_domains.iter().any(|bad| bad.eq_ignore_ascii_case(domain)) {
            return Err(Refusal::bad_request(format!("{email}: disposable addresses cannot be invited")));
        }
        let role = self.role_of(entry)?;
        if !earlier_in_batch && self.person(&email).is_none() {
            return Ok(Verdict::New(role));
        }
        match self.settings.invite_duplicate {
            InviteDuplicate::Conflict => {
                Err(Refusal::conflict(format!("{email} is already invited or a member of the workspace")))
            }
            InviteDuplicate::BadRequest => Err(Refusal::bad_request(format!("{email} exists already"))),
            InviteDuplicate::Skip => Ok(Verdict::Nothing),
            InviteDuplicate::Resend => Ok(Verdict::MailAgain),
        }
    }

    fn role_of(&self, entry: &Invite) -> Outcome<WorkspaceRole> {
        let by_id = self.workspace_role(&entry.role_id).ok_or_else(|| self.unknown_role(&entry.role_id))?;
        match self.settings.invite_role_mismatch {
            RoleMismatch::IdWins => Ok(by_id),
            RoleMismatch::NameWins => {
                WorkspaceRole::of(&entry.role_name).ok_or_else(|| self.unknown_role(&entry.role_name))
            }
            RoleMismatch::BadRequest if by_id.name() == entry.role_name => Ok(by_id),
            RoleMismatch::BadRequest => Err(Refusal::bad_request(format!(
                "roleId is {}, roleName is {}",
                by_id.name(),
                entry.role_name
            ))),
        }
    }

    /// How long lists do not show the person at this place of a batch.
    fn invisible_for(&self, at: usize, batch: usize) -> Duration {
        let longest = Duration::from_millis(self.settings.invite_visible_after_ms);
        match self.settings.invite_visible_order {
            VisibleOrder::Together => longest,
            VisibleOrder::LastFirst => longest.mul_f64((batch - at) as f64 / batch as f64),
        }
    }

    fn admit_invitee(&mut self, caller: &Caller, email: &str, role: WorkspaceRole, visible_from: Duration) {
        let folded = fold(email);
        let inviter = self.users.by_id(&caller.id).map(|(_, user)| user.full_name());
        let id = self.ids.fresh();
        let user = User {
            id: id.clone(),
            username: self.pending_username(&folded),
            email: match self.settings.email_case {
                EmailCase::Fold => folded.clone(),
                EmailCase::Preserve => email.trim().to_owned(),
            },
            first_name: None,
            last_name: None,
            role,
            email_verified: false,
            enabled: true,
            scim: false,
            invitation: Some(Invitation {
                at: self.today(),
                by: caller.username.clone(),
                by_name: inviter.unwrap_or_else(|| caller.username.clone()),
            }),
            attributes: Attributes::new(),
            created_at: self.today(),
            last_login: None,
            visible_from,
        };
        self.log(caller, "CREATE", "USER", format!("users/{}", user.id));
        let key = self.users.insert(user);
        if self.settings.default_group_join == DefaultJoin::Invite {
            self.join_default_groups(key);
        }
        self.send(folded, id, false);
    }

    fn pending_username(&self, email: &str) -> Option<String> {
        let local = split(email).map_or(email, |(local, _)| local);
        match self.settings.pending_username {
            PendingUsername::Null => None,
            PendingUsername::Email => Some(email.into()),
            PendingUsername::LocalPart => {
                let taken = |name: &String| self.users.find("username", name).next().is_some();
                let mut names = (2..).map(|n: u32| format!("{local}-{n}"));
                Some(local.to_owned()).filter(|name| !taken(name)).or_else(|| names.find(|name| !taken(name)))
            }
        }
    }

    /// Sends the invitation of a pending person once more.
    ///
    /// # Errors
    /// 403 for callers who may not; 400 for people who have accepted.
    pub(crate) fn resend_invite(&mut self, caller: &Caller, id: &str) -> Outcome<()> {
        caller.must_be(&self.settings.resend_with, "resend invitations")?;
        let (_, user) = self.user(id)?;
        if !user.is_pending() {
            return Err(Refusal::bad_request(format!("{} has already signed up", user.email)));
        }
        let email = user.email.clone();
        self.mail_again(&email);
        Ok(())
    }

    fn mail_again(&mut self, email: &str) {
        let (folded, today) = (fold(email), self.today());
        let key = self.person(&folded);
        let renews = self.settings.resend_updates_invited_at;
        let id = key.and_then(|key| {
            self.change_user(key, |user| {
                if let Some(invitation) = user.invitation.as_mut().filter(|_| !user.email_verified && renews)
                {
                    invitation.at = today;
                }
                user.id.clone()
            })
        });
        self.send(folded, id.unwrap_or_default(), true);
    }

    /// The first person of the tenant, an admin, invites somebody. No switch affects this.
    ///
    /// # Errors
    /// 409 when the address is taken.
    pub(crate) fn invite_by_admin(&mut self, email: &str, role: WorkspaceRole) -> Outcome<()> {
        if self.person(email).is_some() {
            return Err(Refusal::conflict(format!("{email} is in the tenant already")));
        }
        let Some((_, admin)) = self.users.iter().next() else { return Ok(()) };
        let caller = Caller {
            kind: KeyKind::User,
            id: admin.id.clone(),
            username: admin.username.clone().unwrap_or_default(),
            role: "$admin".into(),
        };
        self.admit_invitee(&caller, email, role, self.now());
        Ok(())
    }

    /// A person comes by single sign-on or SCIM: active from the start and never invited.
    ///
    /// # Errors
    /// 409 when the address is taken.
    pub(crate) fn come_by_directory(&mut self, email: &str, role: WorkspaceRole, scim: bool) -> Outcome<()> {
        // Where the tenant keeps the case of addresses, a directory may know two people whose addresses differ in case.
        let folds = self.settings.email_case == EmailCase::Fold;
        let is_same = |known: &str| if folds { fold(known) == fold(email) } else { known == email.trim() };
        if self.users.iter().any(|(_, user)| is_same(&user.email)) {
            return Err(Refusal::conflict(format!("{email} is in the tenant already")));
        }
        let (today, (first, last), id) = (self.today(), names(&fold(email)), self.ids.fresh());
        let user = User {
            username: self.pending_username(&fold(email)).or_else(|| Some(id.clone())),
            id,
            email: match self.settings.email_case {
                EmailCase::Fold => fold(email),
                EmailCase::Preserve => email.trim().to_owned(),
            },
            first_name: Some(first),
            last_name: Some(last),
            role,
            email_verified: true,
            enabled: true,
            scim,
            invitation: None,
            attributes: Attributes::new(),
            created_at: today,
            last_login: Some(today),
            visible_from: self.now(),
        };
        let key = self.users.insert(user);
        if self.settings.default_group_join != DefaultJoin::Never {
            self.join_default_groups(key);
        }
        Ok(())
    }

    fn send(&mut self, email: String, id: String, again: bool) {
        self.mails.push(Mail { email, id, again, at: rfc3339(self.today()) });
    }

    /// The person with this address, whatever the case.
    pub(crate) fn person(&self, email: &str) -> Option<Key> {
        self.users.find("email", email.trim()).map(|(key, _)| key).next()
    }

    /// When the link in the mail stops working; `None` without an invitation.
    pub(crate) fn expires_at(&self, user: &User) -> Option<Timestamp> {
        let life = SignedDuration::from_hours(24 * i64::from(self.settings.invite_ttl_days));
        user.invitation.as_ref().and_then(|invitation| invitation.at.checked_add(life).ok())
    }

    /// The invitee follows the link, states a name and logs in.
    ///
    /// # Errors
    /// 409 when there is no open invitation, or its link has expired.
    pub(crate) fn accept(&mut self, key: Key) -> Outcome<()> {
        let (today, keeps) = (self.today(), self.settings.accept_keeps_username);
        let Some(user) = self.users.get(key) else { return Ok(()) };
        if !user.is_pending() || !user.enabled {
            return Err(Refusal::conflict(format!("{} has no open invitation", user.email)));
        }
        if self.expires_at(user).is_some_and(|at| at <= today) {
            return Err(Refusal::conflict(format!("the invitation of {} has expired", user.email)));
        }
        let (first, last) = names(&user.email);
        let chosen = format!("{}.{}", first.to_lowercase(), user.id.get(..8).unwrap_or_default());
        self.users.change(key, |user| {
            user.email_verified = true;
            user.last_login = Some(today);
            user.first_name = Some(first);
            user.last_name = Some(last);
            if !keeps || user.username.is_none() {
                user.username = Some(chosen);
            }
        });
        if self.settings.default_group_join == DefaultJoin::Accept {
            self.join_default_groups(key);
        }
        Ok(())
    }

    /// Lets the time of an open invitation run out.
    ///
    /// # Errors
    /// 409 when there is none.
    pub(crate) fn expire(&mut self, key: Key) -> Outcome<()> {
        let past = SignedDuration::from_hours(24 * i64::from(self.settings.invite_ttl_days))
            + SignedDuration::from_secs(1);
        let sent = self.today().checked_sub(past).unwrap_or(Timestamp::MIN);
        let expired = self.users.change(key, |user| {
            let open = user.invitation.as_mut().filter(|_| !user.email_verified);
            open.map(|invitation| invitation.at = sent).is_some()
        });
        match expired {
            Some(true) => Ok(()),
            _ => Err(Refusal::conflict("there is no open invitation")),
        }
    }
}

/// Addresses are compared trimmed and in lower case.
pub(crate) fn fold(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Dates in user records: RFC 3339, whole seconds, `Z`.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Local part and domain of what could be an address.
fn split(email: &str) -> Option<(&str, &str)> {
    let (local, domain) = email.rsplit_once('@')?;
    let plain = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@')
    };
    let dotted = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
    (plain(local) && plain(domain) && dotted).then_some((local, domain))
}

/// The name an invitee states: made from the address.
fn names(email: &str) -> (String, String) {
    let local = split(email).map_or(email, |(local, _)| local);
    let (first, last) = local.split_once(['.', '_', '-']).unwrap_or((local, "Example"));
    let title = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    (title(first), title(last))
}
