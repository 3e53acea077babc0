//! The calls about people and their invitations.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::client::{Client, Pages};
use crate::error::{LockoutReason, Result};
use crate::guid::Guid;
use crate::people::{Cancelled, Invite, Loss, Removal, Resent, RoleChange, Similar, Submitted, Switched};
use crate::records::{User, UserStatus, WorkspaceRole};

impl Client {
    /// The person with this GUID. `None`: not in the list.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn user(&self, id: &Guid) -> Result<Option<User>> {
        self.areas.people.find(&self.api, id).await
    }

    /// The person with this email address in any case, compared as [`fold_email`](crate::fold_email) does. The server's
    /// filter finds parts of addresses, too; those are not taken.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        self.areas.people.by_email(&self.api, email).await
    }

    /// The GUIDs of the people that lists have shown with this address in any case, if they are more than one: a server may
    /// keep the case of addresses. Ask after [`Client::user_by_email`].
    pub fn users_with_email(&self, email: &str) -> Vec<Guid> {
        self.areas.people.with_email(email)
    }

    /// Everybody with this user name in any case; nobody or one person, unless the tenant is strange.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn users_by_username(&self, username: &str) -> Result<Vec<User>> {
        self.areas.people.by_username(&self.api, username).await
    }

    /// Everybody with one of these addresses, which must be as [`fold_email`](crate::fold_email) gives them, in any order. One
    /// request for some 75 addresses; those that nobody has take one more for some 25.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn users_by_emails(&self, emails: &BTreeSet<String>) -> Result<Vec<User>> {
        self.areas.people.by_emails(&self.api, emails).await
    }

    /// As [`Client::users_by_emails`], right before those who are not there are invited: absence is proved as [`Client::invite`] proves
    /// it, and by whole pages where they take fewer requests. Here, too, an address that is not folded would count as absent.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn users_before_invitations(&self, emails: &BTreeSet<String>) -> Result<Vec<User>> {
        self.areas.people.before_invitations(&self.api, emails).await
    }

    /// Everybody with one of these GUIDs, in any order. One request for some 75 GUIDs, if no whole list is at hand.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn users_by_ids(&self, ids: &BTreeSet<Guid>) -> Result<Vec<User>> {
        self.areas.people.by_ids(&self.api, ids).await
    }

    /// Some people whose email address or user name resembles one that nobody has, and others: for a message. Takes at most
    /// two requests.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn similar_users(&self, by: Similar, text: &str) -> Result<Vec<User>> {
        self.areas.people.similar(&self.api, by, text).await
    }

    /// Everybody, read page by page as they are asked for, and not kept.
    pub fn user_pages(&self) -> Pages<User> {
        Pages { api: self.api.clone(), walk: self.areas.people.pages() }
    }

    /// Everybody, in order of user names. Calls at the same time share their requests, and a list that was read less than ten
    /// seconds ago answers without one; what this client has written since is in it.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn users(&self) -> Result<Vec<User>> {
        self.areas.people.all(&self.api).await
    }

    /// Invites somebody and waits until the list of users shows them. Invitations made at the same time share one
    /// request; a single invitation waits for no other.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists) when the address is known;
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) when the answer was lost, or the person doesn't show before
    /// the end of the call: look before inviting again; a refusal, for which
    /// [`Error::is_sso_refusal`](crate::Error::is_sso_refusal) may hold; failures of the requests.
    pub async fn invite(&self, invite: &Invite) -> Result<User> {
        self.areas.people.invite(&self.api, invite).await
    }

    /// As [`Client::invite`], for somebody whose invitation an earlier client sent with an unknown outcome
    /// ([`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown), which tells whether Atlan accepted it). That request may take
    /// effect even now, so the address must stay absent before it is sent again: for as long as a request may take, or
    /// for two minutes if Atlan accepted it.
    ///
    /// # Errors
    /// As [`Client::invite`]; [`Error::AlreadyExists`](crate::Error::AlreadyExists) is the earlier invitation, most likely.
    pub async fn invite_after_unknown(&self, invite: &Invite, is_accepted: bool) -> Result<User> {
        self.areas.people.invite_after_unknown(&self.api, invite, is_accepted).await
    }

    /// As [`Client::user_by_email`], for somebody whose invitation an earlier client sent with an unknown outcome.
    /// `None`: they have been absent for as long as a request may take, or for two minutes if Atlan accepted it; so
    /// that invitation had no effect. Takes that time even if the deadline of the call is earlier: half the time would prove nothing, however often it is
    /// tried.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the
    /// requests.
    pub async fn user_after_unknown(&self, email: &str, is_accepted: bool) -> Result<Option<User>> {
        self.areas.people.find_after_unknown(&self.api, email, is_accepted).await
    }

    /// Whether an invitation was sent by this caller at `since` or later, by what the record says: for somebody found
    /// after an attempt whose outcome is unknown ([`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown), which carries
    /// `since`; with several such attempts the earliest counts). Times are compared with a slack of ten seconds, for clocks
    /// of the server that differ. Without `since` the name alone decides. A record that does not say by whom and when is
    /// not ours: a later process did not see that the person was absent right before the attempt.
    ///
    /// # Errors
    /// Failures of the request that finds out who the caller is.
    pub async fn invited_by_us(&self, user: &User, since: Option<Timestamp>) -> Result<bool> {
        self.areas.people.invited_by_us(&self.api, user, since).await
    }

    /// Gives a person another workspace role; pending people, too. Nothing is sent when they have it already.
    ///
    /// # Errors
    /// [`Error::Lockout`](crate::Error::Lockout) when a role is lowered that the caller depends on;
    /// [`Error::NotFound`](crate::Error::NotFound) when there is no such person;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and does nothing; failures of the requests.
    pub async fn change_role(&self, id: &Guid, role: WorkspaceRole) -> Result<User> {
        self.exchange_role(id, role).await?.outcome
    }

    /// As [`Client::change_role`]. Also tells which role the person had before, and a change of which nothing may be known from one
    /// that certainly failed.
    ///
    /// # Errors
    /// As [`Client::change_role`], if the role is certainly unchanged.
    pub async fn exchange_role(&self, id: &Guid, role: WorkspaceRole) -> Result<RoleChange> {
        self.areas.people.change_role(&self.api, id, role, |_| false).await
    }

    /// As [`Client::exchange_role`], for a change that was decided when the person had the role `planned`. Nothing is sent if somebody
    /// has given the person a role since that is higher than both, by a look-up right before the write; the answer says which role the person has.
    ///
    /// # Errors
    /// As [`Client::exchange_role`].
    pub async fn exchange_planned_role(
        &self,
        id: &Guid,
        planned: WorkspaceRole,
        role: WorkspaceRole,
    ) -> Result<RoleChange> {
        let is_newer = |user: &User| user.role.is_some_and(|present| present > role && present > planned);
        self.areas.people.change_role(&self.api, id, role, is_newer).await
    }

    /// Lowers a person's workspace role, which was `planned` when that was decided. Nothing is sent for a person who is disabled,
    /// has no higher role, or has got a higher one than `planned` since, by a look-up right before the write. So this never
    /// raises a role; the answer says which role the person has.
    ///
    /// # Errors
    /// As [`Client::change_role`].
    pub async fn lower_role(&self, id: &Guid, planned: WorkspaceRole, role: WorkspaceRole) -> Result<User> {
        let spares = |user: &User| {
            user.status == UserStatus::Disabled
                || user.role.is_none_or(|present| present <= role || present > planned)
        };
        self.areas.people.change_role(&self.api, id, role, spares).await?.outcome
    }

    /// Disables a person. Nothing is sent if they are disabled already, unless this client has enabled them: then the list that shows
    /// them as disabled may lag.
    ///
    /// # Errors
    /// A refusal with 403 for most credentials: API tokens may not do this; [`Error::Lockout`](crate::Error::Lockout) when
    /// the caller depends on the person; [`Error::NotFound`](crate::Error::NotFound) when there is no such person;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and does nothing; failures of the requests.
    pub async fn disable(&self, id: &Guid) -> Result<User> {
        Ok(self.set_enabled(id, false).await?.user)
    }

    /// Enables a disabled person. Nothing is sent if they can log in already, unless this client has disabled them, for the reason that
    /// [`Client::disable`] gives.
    ///
    /// # Errors
    /// A refusal with 403 for most credentials: API tokens may not do this; [`Error::NotFound`](crate::Error::NotFound) when
    /// the person no longer exists; [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and does nothing;
    /// failures of the requests.
    pub async fn enable(&self, id: &Guid) -> Result<User> {
        Ok(self.set_enabled(id, true).await?.user)
    }

    /// As [`Client::enable`] or [`Client::disable`]. Also tells whether a request was sent.
    ///
    /// # Errors
    /// As these.
    pub async fn set_enabled(&self, id: &Guid, enabled: bool) -> Result<Switched> {
        self.areas.people.set_enabled(&self.api, id, enabled).await
    }

    /// A person right before [`Client::set_enabled`], by a new request, which calls at the same time share. If this client has last asked for the
    /// opposite, the record says so, even if the list does not show it yet.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when there is no such person; failures of the request.
    pub async fn user_before_set_enabled(&self, id: &Guid, enabled: bool) -> Result<User> {
        self.areas.people.before_set_enabled(&self.api, id, enabled).await
    }

    /// A person by a new request, which calls at the same time share. If this client has enabled or disabled them, the record says so, even if
    /// the list does not show it yet. Somebody whom a request has disabled whose outcome is unknown counts as disabled, and somebody whom such a
    /// request has enabled counts as the list shows them.
    ///
    /// # Errors
    /// As [`Client::user_before_set_enabled`].
    pub async fn user_as_left(&self, id: &Guid) -> Result<User> {
        self.areas.people.as_left(&self.api, id).await
    }

    /// Whether a person is disabled, or was disabled by this client although no list shows it yet. Without a request.
    pub fn may_be_disabled(&self, user: &User) -> bool {
        self.areas.people.may_be_disabled(user)
    }

    /// Waits until no change of a person that this client has sent can take effect any more: a request whose answer was lost may do
    /// so after a look-up has shown it done, and after something else has undone it. To be called before somebody gets back what this
    /// client has taken from them.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call ends before.
    pub async fn changes_are_over(&self, id: &Guid) -> Result<()> {
        self.areas.people.writes_are_over(&self.api, id).await
    }

    /// Cancels an invitation. A person who was already removed is no error. Whether it is still open is looked at before each
    /// attempt.
    ///
    /// # Errors
    /// [`Error::NotPending`](crate::Error::NotPending) when the person is active or disabled, also when they have become so
    /// meanwhile, because the same request would delete them without a word about what they own: what is to become of
    /// somebody active is the caller's to decide. A refusal with 403 or 404 where the credential or the tenant can't cancel;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and does nothing; failures of the requests.
    pub async fn cancel_invitation(&self, id: &Guid) -> Result<Cancelled> {
        self.areas.people.cancel_invitation(&self.api, id).await
    }

    /// Sends the invitation mail of a pending person again if `is_due` says so of the latest record. Whom this process has mailed has that time as
    /// `invited_at`. Calls follow each other. An attempt whose answer was lost is not repeated; one that Atlan answered with 429 or
    /// 503 is.
    ///
    /// # Errors
    /// [`Error::NotPending`](crate::Error::NotPending) when the person is active or disabled;
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) when the mail may have been sent; a refusal with 404 where the tenant
    /// has no such request; failures of the requests.
    pub async fn resend_invitation(
        &self,
        id: &Guid,
        is_due: impl Fn(&User) -> bool + Send,
    ) -> Result<Resent> {
        self.areas.people.resend_invitation(&self.api, id, is_due).await
    }

    /// Refuses to take access away from all of these people if that could lock the caller out: the identity that makes the
    /// requests, the maker of its API token, all enabled admins. `raised`: people who become admins before; those of them count who
    /// can log in.
    ///
    /// # Errors
    /// [`Error::Lockout`](crate::Error::Lockout); failures of the requests.
    pub async fn refuse_lockout(&self, losses: &[Loss<'_>], raised: &[User]) -> Result<()> {
        self.areas.people.refuse_lockout_of(&self.api, losses, raised).await
    }

    /// Why Atlan itself may have refused to take access away from this person, whatever
    /// [`Config::allow_self_lockout`](crate::Config) says: they are the identity that makes the requests, or the last enabled admin.
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn guarded(&self, user: &User) -> Result<Option<LockoutReason>> {
        self.areas.people.guarded(&self.api, user).await
    }

    /// Submits the workflow that removes a person for good and transfers what they own. It checks nothing, and is not sent a second
    /// time when its answer is lost.
    ///
    /// # Errors
    /// Refusals, and failures of a request that has had no effect.
    pub async fn submit_removal(&self, removal: &Removal) -> Result<Submitted> {
        self.areas.people.submit_removal(&self.api, removal).await
    }

    /// Waits a few seconds for the list of users to lose a person. Returns whether it has.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) at the end of the call; failures of the requests.
    pub async fn is_removed(&self, id: &Guid) -> Result<bool> {
        self.areas.people.is_removed(&self.api, id).await
    }
}
