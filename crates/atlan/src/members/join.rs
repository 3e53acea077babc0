//! Adding people to groups.
//!
//! **Replaces or adds?** `POST /users/{id}/groups` has been seen to add, once. If some server replaced the person's groups
//! instead, each add would take others away. So the first add for somebody who is in other groups reads that person's
//! groups before and after. What has vanished is restored at once, and from then on all groups of a person are sent.
//! Such adds wait for that first one; somebody in no group has nothing to lose.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::api::Api;
use crate::create::Effect;
use crate::error::{Error, Result};
use crate::guard::{guarded, task_is_gone};
use crate::guid::Guid;
use crate::members::known::Pair;
use crate::members::line::{Line, Own, Place, Ticket};
use crate::members::{Member, Members};
use crate::reads::Need;
use crate::records::User;
use crate::request::Request;
use crate::turns::Turn;

pub(super) const ADD: &str = "users/{id}/groups";

/// What came of adding somebody to a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Joined {
    /// The person was in the group already; nothing was sent.
    pub was_there: bool,
    /// A list shows the person in the group. `false`: Atlan has accepted it, and no list shows it so far.
    pub shown: bool,
    /// Other groups that the tenant took the person out of, and that this client put them back into.
    pub restored: Vec<Guid>,
}

/// What a request has done, before it is read back.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    restored: Vec<Guid>,
}

/// What the tenant does with a list of groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Meaning {
    #[default]
    Unknown,
    Adds,
    Replaces,
}

#[derive(Debug, Default)]
pub(super) struct Joins {
    /// By person; the items are groups.
    pub(super) line: Line<Guid, Sent>,
    meaning: Mutex<Meaning>,
    /// Held by the add that finds out.
    probe: tokio::sync::Mutex<()>,
}

impl Joins {
    fn meaning(&self) -> Meaning {
        *self.meaning.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, meaning: Meaning) {
        tracing::debug!(?meaning, "what adding somebody to a group does to their other groups");
        *self.meaning.lock().unwrap_or_else(PoisonError::into_inner) = meaning;
    }
}

impl Members {
    /// Adds somebody to a group, and waits until a list shows it. Nothing is sent for somebody who is in it.
    pub(crate) async fn join(self: &Arc<Self>, api: &Api, group: &Guid, user: &User) -> Result<Joined> {
        let pair = Pair { group: group.clone(), user: user.id.clone() };
        match self.sight.see(api, pair.clone(), Need::Recent).await {
            Ok(Some(_)) => return Ok(Joined { was_there: true, shown: true, restored: Vec::new() }),
            Ok(None) => {}
            Err(error) => return Err(self.explained(api, error, group, &user.id).await),
        }
        let coming = self.sight.coming();
        let (sent, turn) = self.send(api, group, user).await;
        let sent = sent?;
        drop(coming);
        let shown = self.confirm(api, vec![pair]).await;
        drop(turn);
        Ok(Joined { was_there: false, shown: shown == [true], restored: sent.restored })
    }

    /// Adds people who are known to be absent, and reads them back together. Outcomes are in the order of the people.
    pub(crate) async fn join_all(
        self: &Arc<Self>,
        api: &Api,
        group: &Guid,
        users: &[User],
    ) -> Vec<Result<Joined>> {
        let mut tasks = JoinSet::new();
        for (number, user) in users.iter().enumerate() {
            let (members, api, group, user) = (Arc::clone(self), api.clone(), group.clone(), user.clone());
            tasks.spawn(async move {
                let sending = async { Ok(members.send(&api, &group, &user).await) };
                (number, guarded("memberships", sending).await)
            });
        }
        let mut outcomes: Vec<Result<Joined>> =
            users.iter().map(|_| Err(task_is_gone("memberships"))).collect();
        let (mut turns, mut accepted) = (Vec::new(), Vec::new());
        while let Some(task) = tasks.join_next().await {
            let Ok((number, sent)) = task else { continue };
            let (sent, turn) = sent.unwrap_or_else(|error| (Err(error), None));
            turns.extend(turn);
            if sent.is_ok() {
                accepted.push(number);
            }
            if let Some(outcome) = outcomes.get_mut(number) {
                *outcome = sent.map(|Sent { restored }| Joined { was_there: false, shown: false, restored });
            }
        }
        let pair = |number: &usize| {
            users.get(*number).map(|user| Pair { group: group.clone(), user: user.id.clone() })
        };
        let shown = self.confirm(api, accepted.iter().filter_map(pair).collect()).await;
        for (number, shown) in accepted.into_iter().zip(shown) {
            if let Some(Ok(joined)) = outcomes.get_mut(number) {
                joined.shown = shown;
            }
        }
        drop(turns);
        outcomes
    }

    /// Sends what waits for a person, this group included. The turn is to be held until it has been read back.
    async fn send(&self, api: &Api, group: &Guid, user: &User) -> (Result<Sent>, Option<Turn>) {
        let only = |mut results: Vec<Result<Sent>>| {
            results.pop().unwrap_or_else(|| Err(task_is_gone("memberships")))
        };
        match self.joins.line.enter(api, &user.id, ADD, std::slice::from_ref(group)).await {
            Err(error) => (Err(error), None),
            Ok(Place::Answered(results)) => (only(results), None),
            Ok(Place::Lead(lead)) => {
                let (turn, batch, own) = lead.begin();
                self.lead(api, user, batch, &own).await;
                (only(own.results()), Some(turn))
            }
        }
    }

    /// Sends all groups of a batch, and tells the calls what came of it.
    async fn lead(&self, api: &Api, user: &User, batch: Vec<Ticket<Guid, Sent>>, own: &Own<Sent>) {
        let groups: BTreeSet<Guid> = batch.iter().flat_map(|ticket| ticket.items.iter().cloned()).collect();
        let groups: Vec<Guid> = groups.into_iter().collect();
        let error = match self.add(api, user, &groups).await {
            Ok(mut sent) => {
                for ticket in batch {
                    // One call tells what was restored.
                    let told = if own.is(&ticket) { std::mem::take(&mut sent) } else { Sent::default() };
                    let results = ticket.items.iter().map(|_| Ok(told.clone())).collect();
                    ticket.answer(results);
                }
                return;
            }
            Err(error) => error,
        };
        for ticket in batch {
            // The end of this call is not the end of the others, which step up when they hear nothing.
            if matches!(error, Error::Stopped { .. }) && !own.is(&ticket) {
                continue;
            }
            let mut results = Vec::new();
            for group in &ticket.items {
                results.push(self.settled(api, user, group, &error, groups.len() > 1).await);
            }
            ticket.answer(results);
        }
    }

    /// What became of one group of a request that failed: a read tells whether the person is in it. If the request was refused,
    /// perhaps for the sake of another group, this one is sent alone.
    async fn settled(
        &self,
        api: &Api,
        user: &User,
        group: &Guid,
        error: &Error,
        was_one_of_many: bool,
    ) -> Result<Sent> {
        let pair = Pair { group: group.clone(), user: user.id.clone() };
        if error.effect() == Effect::NotYet {
            return Err(error.duplicate());
        }
        if let Ok(Some(_)) = self.sight.see(&api.settling(), pair.clone(), Need::Fresh).await {
            return Ok(Sent::default());
        }
        if was_one_of_many && matches!(error.status(), Some(400 | 403 | 404 | 409 | 422)) {
            return match Box::pin(self.add(api, user, std::slice::from_ref(group))).await {
                Err(error) if error.effect() != Effect::NotYet => {
                    match self.sight.see(&api.settling(), pair, Need::Fresh).await {
                        Ok(Some(_)) => Ok(Sent::default()),
                        _ => Err(self.explained(api, error, group, &user.id).await),
                    }
                }
                sent => sent,
            };
        }
        Err(self.explained(api, error.duplicate(), group, &user.id).await)
    }

    /// Sends an add, without losing groups that the person is in.
    async fn add(&self, api: &Api, user: &User, groups: &[Guid]) -> Result<Sent> {
        let (mut meaning, mut probe) = (self.joins.meaning(), None);
        if meaning == Meaning::Unknown && self.may_lose(user) {
            probe = Some(api.wait("POST", ADD, self.joins.probe.lock()).await?);
            meaning = self.joins.meaning();
        }
        match (meaning, probe) {
            (Meaning::Replaces, _) => {
                let mut all = self.sight.groups_of(api, &user.id).await?;
                all.extend(groups.iter().cloned());
                self.post(api, user, &all).await.map(|()| Sent::default())
            }
            (Meaning::Unknown, Some(_probe)) => self.find_out(api, user, groups).await,
            _ => {
                let groups = groups.iter().cloned().collect();
                self.post(api, user, &groups).await.map(|()| Sent::default())
            }
        }
    }

    /// Whether the person is in another group, as far as known.
    fn may_lose(&self, user: &User) -> bool {
        user.is_in_groups != Some(false) || self.sight.known(|known| known.is_in_any(&user.id))
    }

    /// Sends an add, and compares the person's groups before and after.
    async fn find_out(&self, api: &Api, user: &User, groups: &[Guid]) -> Result<Sent> {
        let recent = api.sharing().people_recent;
        let before = match self.sight.known(|known| known.groups_of(&user.id, recent)) {
            Some(groups) => groups,
            None => self.sight.groups_of(api, &user.id).await?,
        };
        let new: HashSet<Guid> = groups.iter().cloned().collect();
        let others: HashSet<Guid> = before.difference(&new).cloned().collect();
        self.post(api, user, &new).await?;
        if others.is_empty() {
            return Ok(Sent::default());
        }
        let until = Instant::now() + api.timing().settle;
        let look = |api: Api| {
            let new = &new;
            async move {
                let after = self.sight.groups_of(&api, &user.id).await?;
                Ok(new.is_subset(&after).then_some(after))
            }
        };
        // A list that does not show the new groups so far tells nothing about the others.
        let Ok(Some(after)) = api.settling().poll(until, look).await else { return Ok(Sent::default()) };
        let mut lost: Vec<Guid> = others.difference(&after).cloned().collect();
        if lost.is_empty() {
            self.joins.learn(Meaning::Adds);
            return Ok(Sent::default());
        }
        self.joins.learn(Meaning::Replaces);
        lost.sort();
        tracing::warn!(user = %user.id, ?lost, "the tenant replaced a person's groups; they are restored");
        let all = others.union(&new).cloned().collect();
        self.post(&api.settling(), user, &all).await?;
        Ok(Sent { restored: lost })
    }

    async fn post(&self, api: &Api, user: &User, groups: &HashSet<Guid>) -> Result<()> {
        let groups: BTreeSet<&Guid> = groups.iter().collect();
        let request = Request::set(ADD, Some(json!({ "groups": groups }))).about(&user.id);
        api.send(request).await?.void()?;
        self.sight.known(|known| {
            for group in groups {
                let pair = Pair { group: group.clone(), user: user.id.clone() };
                known.wrote(&pair, true, false);
            }
        });
        Ok(())
    }

    /// Waits until lists show people in a group: whether each of them has shown.
    async fn confirm(&self, api: &Api, pairs: Vec<Pair>) -> Vec<bool> {
        let done = |seen: &Result<Option<Member>>| matches!(seen, Ok(Some(_)));
        self.watch(api, pairs, done).await.into_iter().map(|seen| done(&seen)).collect()
    }

    /// Reads memberships until each is as it should be, or the time is over: what was seen last.
    pub(super) async fn watch(
        &self,
        api: &Api,
        pairs: Vec<Pair>,
        done: impl Fn(&Result<Option<Member>>) -> bool,
    ) -> Vec<Result<Option<Member>>> {
        let until = Instant::now() + api.timing().visible_within;
        let until = api.scope.deadline().map_or(until, |deadline| until.min(deadline));
        let api = api.settling();
        let mut seen: Vec<Result<Option<Member>>> = Vec::new();
        let mut pause = api.timing().poll;
        loop {
            let started = Instant::now();
            let is_open = |number: usize| seen.get(number).is_none_or(|seen| !done(seen));
            let open: Vec<(usize, Pair)> =
                pairs.iter().cloned().enumerate().filter(|(number, _)| is_open(*number)).collect();
            let now = self
                .sight
                .see_all(&api, open.iter().map(|(_, pair)| pair.clone()).collect(), Need::Fresh)
                .await;
            if seen.is_empty() {
                seen = now;
            } else {
                for ((number, _), now) in open.into_iter().zip(now) {
                    if let Some(seen) = seen.get_mut(number) {
                        *seen = now;
                    }
                }
            }
            let may_change = |seen: &Result<Option<Member>>| match seen {
                Ok(_) => true,
                Err(error) => error.is_retryable(),
            };
            if !seen.iter().any(|seen| !done(seen) && may_change(seen)) || started >= until {
                return seen;
            }
            let left = until.saturating_duration_since(Instant::now());
            if api.scope.sleep(pause.min(left)).await.is_err() {
                return seen;
            }
            pause = (pause * 2).min(api.timing().poll_max);
        }
    }
}
