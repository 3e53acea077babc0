//! The calls about groups.

use jiff::Timestamp;

use crate::client::{Client, Pages};
use crate::error::Result;
use crate::groups::{GroupUpdate, NewGroup};
use crate::guid::Guid;
use crate::records::Group;

impl Client {
    /// The group with this GUID. `None`: it is not in the list.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn group(&self, id: &Guid) -> Result<Option<Group>> {
        self.areas.groups.find(&self.api, id).await
    }

    /// As [`Client::group`], asked of the server after this call began: for a write that names the group. One that this client
    /// made counts although no list shows it yet.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn group_for_write(&self, id: &Guid) -> Result<Option<Group>> {
        self.areas.groups.for_write(&self.api, id).await
    }

    /// Whether a list has shown a group that this client made. One that it didn't make counts as seen.
    pub fn has_seen_group(&self, id: &Guid) -> bool {
        self.areas.groups.has_seen(id)
    }

    /// A group as some earlier read or write has shown it, without a request: for messages.
    pub fn remembered_group(&self, id: &Guid) -> Option<Group> {
        self.areas.groups.remembered(id)
    }

    /// As [`Client::group`], for one that an earlier client created and never saw in a list: waits for it to show.
    /// `None`: it has not for a minute. Takes that time even if the deadline of the call is earlier.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the
    /// requests.
    pub async fn unseen_group(&self, id: &Guid) -> Result<Option<Group>> {
        self.areas.groups.unseen(&self.api, id).await
    }

    /// The group with this internal name, compared exactly.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn group_by_name(&self, name: &str) -> Result<Option<Group>> {
        self.areas.groups.by_name(&self.api, name).await
    }

    /// All groups that people see under this name, in any of Unicode's normal forms; an alias need not be unique.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn groups_by_alias(&self, alias: &str) -> Result<Vec<Group>> {
        self.areas.groups.by_alias(&self.api, alias).await
    }

    /// All groups, read page by page as they are asked for, and not kept.
    pub fn group_pages(&self) -> Pages<Group> {
        Pages { api: self.api.clone(), walk: self.areas.groups.pages() }
    }

    /// All groups, in order of their names. Calls at the same time share their requests, and a list that was read less than
    /// a minute ago answers without one; what this client has written since is in it.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn groups(&self) -> Result<Vec<Group>> {
        self.areas.groups.all(&self.api).await
    }

    /// Makes a group, and waits until lists show it (at most until the end of the call, which is then no error).
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists) when the name is taken;
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) when no clear answer came and the group did not show: ask
    /// [`Client::created_by_us`] before taking over what shows later; failures of the requests.
    pub async fn create_group(&self, new: &NewGroup) -> Result<Group> {
        self.areas.groups.create(&self.api, new).await
    }

    /// The group with this internal name, which an earlier client may have created with an unknown outcome
    /// ([`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown)). `None`: it has been absent for as long as a request may take,
    /// so that request had no effect. Takes that time even if the deadline of the call is earlier.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the
    /// requests.
    pub async fn group_after_unknown(&self, name: &str) -> Result<Option<Group>> {
        self.areas.groups.find_after_unknown(&self.api, name).await
    }

    /// Whether a group was made by this caller at `since` or later, by what the record says: as
    /// [`Client::invited_by_us`] does for people.
    ///
    /// # Errors
    /// Failures of the request that finds out who the caller is.
    pub async fn created_by_us(&self, group: &Group, since: Option<Timestamp>) -> Result<bool> {
        self.areas.groups.is_by_us(&self.api, group, since).await
    }

    /// Changes what is stated and leaves the rest. Nothing is sent when nothing differs. Returns the group as it then is.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when the group does not exist;
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts the change but does not carry it out; failures of the
    /// requests.
    pub async fn update_group(&self, id: &Guid, update: &GroupUpdate) -> Result<Group> {
        self.areas.groups.update(&self.api, id, update).await
    }

    /// Deletes a group for good, and waits until lists no longer show it. A group that is deleted already is no error.
    ///
    /// # Errors
    /// [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and lists go on showing the group; its refusal when
    /// that was 404 and they do; failures of the requests.
    pub async fn delete_group(&self, id: &Guid) -> Result<()> {
        self.areas.groups.delete(&self.api, id).await
    }
}
