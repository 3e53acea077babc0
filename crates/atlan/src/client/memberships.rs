//! The calls about memberships of people in groups.

use std::collections::BTreeMap;

use crate::client::{Client, Pages};
use crate::error::Result;
use crate::guid::Guid;
use crate::members::{Joined, Member};
use crate::records::{Group, User};

impl Client {
    /// Somebody in a group. `None`: they are not in it, or the person or the group does not exist.
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn member(&self, group: &Guid, user: &Guid) -> Result<Option<Member>> {
        self.areas.members.find(&self.api, group, user).await
    }

    /// As [`Client::member`], for a membership that an earlier client created and never saw in a list
    /// ([`Joined::shown`]): waits for it to show. `None`: it has not for a minute. Takes that time even if the
    /// deadline of the call is earlier.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call is cancelled before that is known; failures of the requests.
    pub async fn unseen_member(&self, group: &Guid, user: &Guid) -> Result<Option<Member>> {
        self.areas.members.unseen(&self.api, group, user).await
    }

    /// Everybody in a group, in order of their GUIDs, by a new request. `None`: there is no such group.
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn members(&self, group: &Guid) -> Result<Option<Vec<Member>>> {
        self.areas.members.all(&self.api, group).await
    }

    /// Everybody in a group in the order of their user names, read page by page as they are asked for, and not kept.
    pub fn member_pages(&self, group: &Guid) -> Pages<Member> {
        Pages { api: self.api.clone(), walk: self.areas.members.pages(group) }
    }

    /// The address of a member, be it a person or another account. `None`: it has none, or does not exist.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn address_of(&self, account: &Guid) -> Result<Option<String>> {
        self.areas.members.address_of(&self.api, account).await
    }

    /// The same group with the number of members that it has now, memberships included that this client has made or ended.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn counted(&self, group: Group) -> Result<Group> {
        self.areas.members.counted(&self.api, group).await
    }

    /// Everybody, as [`Client::users`] gives them, knowing whether they are in a group now, memberships included that this
    /// client has made or ended. Those cost another walk over the pages.
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn counted_users(&self) -> Result<Vec<User>> {
        let mut users = self.users().await?;
        if self.areas.members.counts_are_old() {
            let mut pages = self.user_pages();
            let mut now = BTreeMap::new();
            while let Some(page) = pages.next().await? {
                now.extend(page.into_iter().map(|user| (user.id, user.is_in_groups)));
            }
            for user in &mut users {
                user.is_in_groups = now.get(&user.id).copied().unwrap_or(user.is_in_groups);
            }
        }
        Ok(users)
    }

    /// All groups, as [`Client::groups`] gives them, with the number of members that they have now, as for
    /// [`Client::counted_users`].
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn counted_groups(&self) -> Result<Vec<Group>> {
        let mut groups = self.groups().await?;
        if self.areas.members.counts_are_old() {
            let mut pages = self.group_pages();
            let mut now = BTreeMap::new();
            while let Some(page) = pages.next().await? {
                now.extend(page.into_iter().map(|group| (group.id, group.member_count)));
            }
            for group in &mut groups {
                group.member_count = now.get(&group.id).copied().unwrap_or(group.member_count);
            }
        }
        Ok(groups)
    }

    /// The groups of a person, in order of their internal names, by a new request. `None`: nobody has this GUID.
    ///
    /// # Errors
    /// Failures of the requests.
    pub async fn groups_of(&self, user: &Guid) -> Result<Option<Vec<Group>>> {
        self.areas.members.groups_of(&self.api, user).await
    }

    /// Adds a person to a group, and waits until a list shows it (at most until the end of the call, which is then no error).
    /// Nothing is sent for somebody who is in the group. Calls for one person that wait at the same time share one request.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) when there is no such group or person; failures of the requests.
    pub async fn join(&self, group: &Guid, user: &User) -> Result<Joined> {
        self.areas.members.join(&self.api, group, user).await
    }

    /// Adds people who are known to be absent, and reads them back together. Outcomes are in the order of the people; errors are
    /// those of [`Client::join`].
    pub async fn join_all(&self, group: &Guid, users: &[User]) -> Vec<Result<Joined>> {
        self.areas.members.join_all(&self.api, group, users).await
    }

    /// Removes people from a group, and waits until no list shows them in it. It is no error if a person is not in the group, or
    /// if the group or person does not exist. Calls for one group that wait at the same time share one request. Outcomes are in
    /// the order of the people: [`Error::NotApplied`](crate::Error::NotApplied) when Atlan accepts and does nothing; failures of
    /// the requests.
    pub async fn leave(&self, group: &Guid, users: &[Guid]) -> Vec<Result<()>> {
        self.areas.members.leave(&self.api, group, users).await
    }

    /// Waits until no removal of these people that this client has sent can take effect any more: a request whose
    /// answer was lost may still take effect after a look-up has shown the person out of the group. To be called
    /// before a look-up that decides whether somebody is to be added.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) when the call ends before.
    pub async fn removals_are_over(&self, group: &Guid, users: &[Guid]) -> Result<()> {
        self.areas.members.removals_are_over(&self.api, group, users).await
    }
}
