//! The other groups of a person who is added to a group: the person must not lose them.
//!
//! **Replaces or adds?** `POST /users/{id}/groups` has been seen to add, on one tenant. If another server replaced the person's
//! groups instead, each add would remove the other groups. So the first add for somebody who is in other groups reads that person's
//! groups before and after. If a group has vanished, all groups are sent again at once, and from then on with every add. Other adds
//! for people who are in groups wait for that first one; a person in no group has nothing to lose.
//!
//! A group that somebody has deleted meanwhile is no loss.
//!
//! **What was not seen counts as lost.** If the answer to the first add was lost, or the groups cannot be read
//! afterwards, all groups are sent again, too, and with every later add: on a server that adds, this changes nothing. If they cannot be
//! sent, the next add for the person sends them, and the failed call names the groups ([`Error::GroupsLost`]).
//!
//! **Lists may lag.** All groups of a person are the groups in the list, plus those that this process has added and
//! that no list shows yet.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::api::Api;
use crate::error::{Error, Result};
use crate::guid::Guid;
use crate::members::Members;
use crate::members::known::Pair;
use crate::members::wire::GROUPS_OF;
use crate::records::User;

/// How often groups are sent again before the call fails.
const ATTEMPTS: u32 = 3;
/// How long a write of this process counts that no list has shown so far.
const UNSHOWN: Duration = Duration::from_secs(20 * 60);

/// What a request has done, before it is read back.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    /// See [`Joined`](super::Joined).
    pub(super) restored: Vec<Guid>,
    /// See [`Joined`](super::Joined).
    pub(super) unconfirmed: Vec<Guid>,
}

/// What the tenant does with a list of groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Meaning {
    #[default]
    Unknown,
    Adds,
    Replaces,
}

/// What is known of a tenant's adds.
#[derive(Debug, Default)]
pub(super) struct Others {
    meaning: Mutex<Meaning>,
    /// Held by the add that finds out.
    probe: tokio::sync::Mutex<()>,
    /// Groups that people were in before an add that may have taken them out.
    owed: Mutex<HashMap<Guid, HashSet<Guid>>>,
}

impl Others {
    fn meaning(&self) -> Meaning {
        *self.meaning.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, meaning: Meaning) {
        tracing::debug!(?meaning, "what adding somebody to a group does to their other groups");
        *self.meaning.lock().unwrap_or_else(PoisonError::into_inner) = meaning;
    }

    fn owed(&self) -> MutexGuard<'_, HashMap<Guid, HashSet<Guid>>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody is to be out of a group.
    pub(super) fn left(&self, group: &Guid, user: &Guid) {
        if let Some(groups) = self.owed().get_mut(user) {
            groups.remove(group);
        }
    }
}

impl Members {
    /// Sends an add, without losing groups that the person is in.
    pub(super) async fn add(&self, api: &Api, user: &User, groups: &[Guid]) -> Result<Sent> {
        let others = &self.joins.others;
        let new: HashSet<Guid> = groups.iter().cloned().collect();
        let (mut meaning, mut probe) = (others.meaning(), None);
        if meaning == Meaning::Unknown && self.may_lose(user) {
            probe = Some(api.wait("POST", GROUPS_OF, others.probe.lock()).await?);
            meaning = others.meaning();
        }
        let owed = others.owed().get(&user.id).cloned().unwrap_or_default();
        if !owed.is_empty() {
            let now = self.groups_now(api, user).await?;
            let is_lost = |group: &&Guid| !now.contains(*group) && !new.contains(*group);
            let lost = self.that_exist(api, owed.iter().filter(is_lost).cloned().collect()).await;
            let all = now.into_iter().chain(lost.iter().cloned()).chain(new.iter().cloned()).collect();
            return self.send_all(api, user, &all, &new, lost.into_iter().collect(), false).await;
        }
        match (meaning, probe) {
            (Meaning::Replaces, _) => {
                let now = self.groups_now(api, user).await?;
                let all = now.union(&new).cloned().collect();
                self.post_all(api, user, &all, &new).await.map(|()| Sent::default())
            }
            (Meaning::Unknown, Some(_probe)) => self.find_out(api, user, new).await,
            _ => self.post(api, user, &new).await.map(|()| Sent::default()),
        }
    }

    /// Whether the person is in another group, as far as known.
    fn may_lose(&self, user: &User) -> bool {
        user.is_in_groups != Some(false) || self.sight.known(|known| known.is_in_any(&user.id))
    }

    /// The groups of a person by the list, and by what this process has done that no list shows so far.
    async fn groups_now(&self, api: &Api, user: &User) -> Result<HashSet<Guid>> {
        self.sight.groups_of(api, &user.id).await?;
        let groups = self.sight.known(|known| known.groups_of(&user.id, Duration::MAX, UNSHOWN));
        Ok(groups.unwrap_or_default())
    }

    /// Sends an add, and compares the person's groups before and after.
    async fn find_out(&self, api: &Api, user: &User, new: HashSet<Guid>) -> Result<Sent> {
        let recent = api.sharing().people_recent;
        let before = match self.sight.known(|known| known.groups_of(&user.id, recent, UNSHOWN)) {
            Some(groups) => groups,
            None => self.groups_now(api, user).await?,
        };
        let before: HashSet<Guid> = before.difference(&new).cloned().collect();
        if before.is_empty() {
            return self.post(api, user, &new).await.map(|()| Sent::default());
        }
        self.joins.others.owed().insert(user.id.clone(), before.clone());
        let posted = self.post(api, user, &new).await;
        let patience = match &posted {
            Err(error) if !may_have_left(error) => {
                self.joins.others.owed().remove(&user.id);
                return posted.map(|()| Sent::default());
            }
            Err(error) if !error.may_take_effect() => Duration::ZERO,
            _ => api.timing().settle,
        };
        let look = |api: Api| {
            let new = &new;
            async move {
                let after = self.sight.groups_of(&api, &user.id).await?;
                Ok(new.is_subset(&after).then_some(after))
            }
        };
        let mut seen = api.poll(Instant::now() + patience, look).await;
        if api.scope.stop().is_some() && !matches!(seen, Ok(Some(_))) {
            // One look, so that time is left to send all groups again.
            seen = look(api.settling()).await;
        }
        // A list that does not show the new groups so far tells nothing about the others.
        let lost = match seen.ok().flatten() {
            Some(after) => {
                let lost = before.difference(&after).cloned().collect();
                Some(self.that_exist(&api.settling(), lost).await)
            }
            None => None,
        };
        match &lost {
            Some(lost) if lost.is_empty() => {
                self.joins.others.owed().remove(&user.id);
                self.joins.others.learn(Meaning::Adds);
                return Ok(Sent::default());
            }
            Some(lost) => {
                self.joins.others.learn(Meaning::Replaces);
                tracing::warn!(user = %user.id, ?lost, "the tenant replaced a person's groups; they are restored");
            }
            None => {
                // Otherwise every add would wait for what no list shows in time.
                self.joins.others.learn(Meaning::Replaces);
                tracing::warn!(user = %user.id, "it is unknown whether an add replaced the person's groups; all are sent")
            }
        }
        let is_known = lost.is_some();
        let may_be_lost: BTreeSet<Guid> = lost.unwrap_or_else(|| before.iter().cloned().collect());
        let all = before.union(&new).cloned().collect();
        let sent =
            self.send_all(api, user, &all, &new, may_be_lost.into_iter().collect(), posted.is_ok()).await;
        match (sent, posted) {
            (Ok(sent), _) if is_known => Ok(sent),
            (Ok(sent), _) => Ok(Sent { restored: Vec::new(), ..sent }),
            // By what is seen, the add has had no effect at all.
            (Err(Error::GroupsLost { groups, .. }), Err(error)) if groups.is_empty() => Err(error),
            (Err(error), _) => Err(error),
        }
    }

    /// Those of these groups that nobody has deleted, as far as that can be learned.
    async fn that_exist(&self, api: &Api, groups: BTreeSet<Guid>) -> BTreeSet<Guid> {
        let mut there = BTreeSet::new();
        for group in groups {
            if !matches!(self.groups.exists(api, &group).await, Ok(false)) {
                there.insert(group);
            }
        }
        there
    }

    /// Sends all groups of a person. A tenant that refuses that because the person is in one of them already adds: then they are sent one by
    /// one. Of those that are not new, one that was deleted meanwhile is left out.
    async fn post_all(&self, api: &Api, user: &User, all: &HashSet<Guid>, new: &HashSet<Guid>) -> Result<()> {
        let error = match self.post(api, user, all).await {
            Err(error) if matches!(error.status(), Some(404 | 409)) => error,
            posted => return posted,
        };
        if error.status() == Some(409) {
            self.joins.others.learn(Meaning::Adds);
            for group in all.iter().collect::<BTreeSet<_>>() {
                match self.post(api, user, &HashSet::from([group.clone()])).await {
                    Err(error) if error.status() != Some(409) => return Err(error),
                    _ => {}
                }
            }
            return Ok(());
        }
        let there = self.that_exist(&api.settling(), all.difference(new).cloned().collect()).await;
        let left: HashSet<Guid> = there.into_iter().chain(new.iter().cloned()).collect();
        if left.len() == all.len() { Err(error) } else { self.post(api, user, &left).await }
    }

    /// Sends all groups of a person who has lost some, or may have, and waits until lists show these groups. `is_accepted`: the tenant has
    /// accepted an add of the new ones before.
    async fn send_all(
        &self,
        api: &Api,
        user: &User,
        all: &HashSet<Guid>,
        new: &HashSet<Guid>,
        lost: Vec<Guid>,
        is_accepted: bool,
    ) -> Result<Sent> {
        let api = api.settling();
        for attempt in 1.. {
            let Err(error) = self.post_all(&api, user, all, new).await else { break };
            let seen = self.sight.groups_of(&api, &user.id).await;
            if seen.as_ref().is_ok_and(|seen| all.is_subset(seen)) {
                break;
            }
            let is_final = !may_have_left(&error) && !error.is_retryable() || attempt == ATTEMPTS;
            if is_final || api.scope.sleep(api.backoff(attempt)).await.is_err() {
                let mut groups = lost;
                // As above, a list that does not show the new groups so far tells nothing about the others.
                if let Some(seen) = seen.as_ref().ok().filter(|seen| !is_accepted || new.is_subset(seen)) {
                    groups.retain(|group| !seen.contains(group));
                }
                let email = user.email.clone();
                return Err(Error::GroupsLost { email, groups, last: Box::new(error) });
            }
        }
        self.joins.others.owed().remove(&user.id);
        let pairs = lost.iter().map(|group| Pair { group: group.clone(), user: user.id.clone() });
        let shown = self.confirm(&api, pairs.collect()).await;
        let unconfirmed = lost.iter().zip(shown).filter(|(_, shown)| !shown);
        let unconfirmed = unconfirmed.map(|(group, _)| group.clone()).collect();
        Ok(Sent { restored: lost, unconfirmed })
    }
}

/// Whether some attempt of a failed request may have had an effect.
fn may_have_left(error: &Error) -> bool {
    match error {
        Error::Stopped { last, .. } => last.is_some(),
        _ => error.may_have_created() || error.call().is_some_and(|call| call.attempts > 1),
    }
}
