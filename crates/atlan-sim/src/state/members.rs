//! Memberships: the people in a group and the groups of a person.
//!
//! An edge knows when lists start and stop showing it, so that reads may lag behind a write. The rules use the current
//! state instead: [`Memberships::has`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use crate::reply::{Outcome, Refusal};
use crate::settings::{AllowPending, MemberTwice, MembersRemoveUnknown, UserGroupsPost};
use crate::state::{Caller, Key, Tenant};

#[derive(Debug, Clone, Copy)]
struct Edge {
    shown_from: Duration,
    /// `None` while the person is a member.
    shown_until: Option<Duration>,
}

impl Edge {
    fn shows(self, now: Duration) -> bool {
        self.shown_from <= now && self.shown_until.is_none_or(|until| now < until)
    }
}

/// All memberships of a tenant.
#[derive(Debug, Default)]
pub(crate) struct Memberships {
    by_group: HashMap<Key, BTreeMap<Key, Edge>>,
    by_user: HashMap<Key, BTreeSet<Key>>,
}

impl Memberships {
    pub(crate) fn has(&self, group: Key, user: Key) -> bool {
        self.edge(group, user).is_some_and(|edge| edge.shown_until.is_none())
    }

    fn edge(&self, group: Key, user: Key) -> Option<Edge> {
        self.by_group.get(&group)?.get(&user).copied()
    }

    pub(crate) fn add(&mut self, group: Key, user: Key, shown_from: Duration) {
        self.by_group.entry(group).or_default().insert(user, Edge { shown_from, shown_until: None });
        self.by_user.entry(user).or_default().insert(group);
    }

    pub(crate) fn end(&mut self, group: Key, user: Key, shown_until: Duration) {
        if let Some(edge) = self.by_group.get_mut(&group).and_then(|users| users.get_mut(&user)) {
            edge.shown_until = Some(shown_until);
        }
    }

    /// People that lists show in a group, in the order they came to the tenant.
    pub(crate) fn users_of(&self, group: Key, now: Duration) -> Vec<Key> {
        let edges = self.by_group.get(&group).into_iter().flatten();
        edges.filter(|(_, edge)| edge.shows(now)).map(|(user, _)| *user).collect()
    }

    /// Groups that lists show for a person, in the order they were created.
    pub(crate) fn groups_of(&self, user: Key, now: Duration) -> Vec<Key> {
        let groups = self.by_user.get(&user).into_iter().flatten().copied();
        groups.filter(|group| self.edge(*group, user).is_some_and(|edge| edge.shows(now))).collect()
    }

    /// The people in a group, whatever lists show, in the order they came to the tenant.
    pub(crate) fn current_users(&self, group: Key) -> impl Iterator<Item = Key> {
        let edges = self.by_group.get(&group).into_iter().flatten();
        edges.filter(|(_, edge)| edge.shown_until.is_none()).map(|(user, _)| *user)
    }

    /// The groups of a person, whatever lists show, in the order they were created.
    pub(crate) fn current_groups(&self, user: Key) -> impl Iterator<Item = Key> {
        let groups = self.by_user.get(&user).into_iter().flatten().copied();
        groups.filter(move |group| self.has(*group, user))
    }

    /// How many there are, whatever lists show.
    pub(crate) fn count(&self) -> usize {
        self.by_group.keys().map(|group| self.current_users(*group).count()).sum()
    }

    pub(crate) fn forget_group(&mut self, group: Key) {
        for user in self.by_group.remove(&group).unwrap_or_default().into_keys() {
            if let Some(groups) = self.by_user.get_mut(&user) {
                groups.remove(&group);
            }
        }
    }

    pub(crate) fn forget_user(&mut self, user: Key) {
        for group in self.by_user.remove(&user).unwrap_or_default() {
            if let Some(users) = self.by_group.get_mut(&group) {
                users.remove(&user);
            }
        }
    }
}

impl Tenant {
    /// When lists show a membership that begins or ends now.
    pub(crate) fn membership_shows(&self) -> Duration {
        self.now() + Duration::from_millis(self.settings.membership_visible_after_ms)
    }

    /// Puts one person into groups, or several people into one: every pair of the two lists.
    ///
    /// # Errors
    /// 404 for unknown GUIDs; what the settings say about pending people and present members. Then nothing changes.
    pub(crate) fn add_members(
        &mut self,
        caller: &Caller,
        users: &[String],
        groups: &[String],
    ) -> Outcome<()> {
        let people = self.people(users)?;
        let groups = groups.iter().map(|id| Ok(self.group(id)?.0)).collect::<Outcome<Vec<Key>>>()?;
        let pending = |key: &Key| self.users.get(*key).is_some_and(|user| user.is_pending());
        if self.settings.group_add_pending == AllowPending::Reject && people.iter().any(pending) {
            return Err(Refusal::bad_request(
                "people who have not accepted their invitation cannot join groups",
            ));
        }
        let pairs = || groups.iter().flat_map(|group| people.iter().map(move |user| (*group, *user)));
        if self.settings.group_member_twice == MemberTwice::Conflict
            && pairs().any(|(group, user)| self.members.has(group, user))
        {
            return Err(Refusal::conflict("already a member of the group"));
        }
        let shown_from = self.membership_shows();
        for (group, user) in pairs() {
            if !self.members.has(group, user) {
                self.members.add(group, user, shown_from);
            }
        }
        self.log(caller, "CREATE", "GROUP_MEMBERSHIP", format!("users/{}/groups", users.join(",")));
        Ok(())
    }

    /// Puts a person into groups, from the side of the person. Where the list replaces the person's groups, groups that they are in are
    /// named to be kept, so that is no conflict.
    ///
    /// # Errors
    /// As [`Tenant::add_members`].
    pub(crate) fn join_groups(&mut self, caller: &Caller, user: &str, groups: &[String]) -> Outcome<()> {
        let replaces = self.settings.user_groups_post == UserGroupsPost::Replace;
        let key = self.user(user)?.0;
        let is_kept = |id: &&String| {
            let group = self.group(id);
            replaces && group.is_ok_and(|(group, _)| self.members.has(group, key))
        };
        let new: Vec<String> = groups.iter().filter(|id| !is_kept(id)).cloned().collect();
        self.add_members(caller, &[user.to_owned()], &new)?;
        if replaces {
            let stay: BTreeSet<Key> =
                groups.iter().filter_map(|id| self.group(id).ok()).map(|(group, _)| group).collect();
            let shown_until = self.membership_shows();
            let go: Vec<Key> =
                self.members.current_groups(key).filter(|group| !stay.contains(group)).collect();
            for group in go {
                self.members.end(group, key, shown_until);
            }
        }
        Ok(())
    }

    /// Takes people out of a group.
    ///
    /// # Errors
    /// 404 for an unknown group; what the settings say about absent members.
    pub(crate) fn remove_members(&mut self, caller: &Caller, group: &str, users: &[String]) -> Outcome<()> {
        let key = self.group(group)?.0;
        let present: Vec<Key> = users
            .iter()
            .filter_map(|id| self.users.by_id(id))
            .map(|(user, _)| user)
            .filter(|user| self.members.has(key, *user))
            .collect();
        if self.settings.group_member_twice == MemberTwice::Conflict && present.len() < users.len() {
            return Err(Refusal::conflict("not a member of the group"));
        }
        if self.settings.members_remove_unknown == MembersRemoveUnknown::NotFound
            && present.len() < users.len()
        {
            return Err(Refusal::not_found("a person to remove is not a member of the group"));
        }
        let shown_until = self.membership_shows();
        for user in present {
            self.members.end(key, user, shown_until);
        }
        self.log(caller, "DELETE", "GROUP_MEMBERSHIP", format!("groups/{group}/members"));
        Ok(())
    }
}
