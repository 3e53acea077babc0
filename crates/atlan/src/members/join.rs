//! Adds people to groups. `others.rs` makes sure that nobody loses other groups by this.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

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
use crate::members::others::{Others, Sent};
use crate::members::wire::GROUPS_OF;
use crate::members::{Member, Members};
use crate::reads::Need;
use crate::records::User;
use crate::request::Request;
use crate::turns::Turn;

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
    /// Other groups that the person was in before, and that no list shows them in since.
    pub unconfirmed: Vec<Guid>,
}

#[derive(Debug, Default)]
pub(super) struct Joins {
    /// By person; the items are groups.
    pub(super) line: Line<Guid, Sent>,
    pub(super) others: Others,
}

impl Sent {
    fn joined(self, shown: bool) -> Joined {
        Joined { was_there: false, shown, restored: self.restored, unconfirmed: self.unconfirmed }
    }
}

impl Members {
    /// Adds a person to a group, and waits until a list shows it. Nothing is sent for somebody who is in it.
    pub(crate) async fn join(self: &Arc<Self>, api: &Api, group: &Guid, user: &User) -> Result<Joined> {
        let pair = Pair { group: group.clone(), user: user.id.clone() };
        match self.sight.see(api, pair.clone(), Need::Recent).await {
            Ok(Some(_)) => return Ok(Joined { was_there: true, shown: true, ..Joined::default() }),
            Ok(None) => {}
            Err(error) => return Err(self.explained(api, error, group, &user.id).await),
        }
        let (coming, started) = (self.sight.coming(), Instant::now());
        let (sent, turn) = self.send(api, group, user).await;
        let sent = sent?;
        drop(coming);
        // The first add of a run is followed by a list. If that list shows the person, no second read is due.
        let shown = self.sight.known(|known| known.is_shown_since(&pair, started))
            || self.confirm(api, vec![pair]).await == [true];
        drop(turn);
        Ok(sent.joined(shown))
    }

    /// Adds people who are known to be absent, and reads them back together. Outcomes are in the order of the people.
    ///
    /// The turns of all people are held until then. They are taken one after another in the order of the GUIDs, as those of a removal are:
    /// two calls for the same people would otherwise wait for each other for ever.
    pub(crate) async fn join_all(
        self: &Arc<Self>,
        api: &Api,
        group: &Guid,
        users: &[User],
    ) -> Vec<Result<Joined>> {
        let mut in_order: Vec<(usize, &User)> = users.iter().enumerate().collect();
        in_order.sort_by(|(_, one), (_, other)| one.id.cmp(&other.id));
        let mut places = Vec::new();
        for (number, user) in in_order {
            let place = self.joins.line.enter(api, &user.id, GROUPS_OF, std::slice::from_ref(group)).await;
            places.push((number, user.clone(), place));
        }
        let mut tasks = JoinSet::new();
        for (number, user, place) in places {
            let (members, api) = (Arc::clone(self), api.clone());
            tasks.spawn(async move {
                let sending = async { Ok(members.send_from(&api, &user, place).await) };
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
                *outcome = sent.map(|sent| sent.joined(false));
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
        let place = self.joins.line.enter(api, &user.id, GROUPS_OF, std::slice::from_ref(group)).await;
        self.send_from(api, user, place).await
    }

    /// As [`Members::send`], from a place in the line of the person.
    async fn send_from(
        &self,
        api: &Api,
        user: &User,
        place: Result<Place<Guid, Sent>>,
    ) -> (Result<Sent>, Option<Turn>) {
        let only = |mut results: Vec<Result<Sent>>| {
            results.pop().unwrap_or_else(|| Err(task_is_gone("memberships")))
        };
        match place {
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
            // One call tells what was lost.
            if matches!(error, Error::GroupsLost { .. }) && own.is(&ticket) {
                let results = ticket.items.iter().map(|_| Err(error.duplicate())).collect();
                ticket.answer(results);
                continue;
            }
            let mut results = Vec::new();
            for group in &ticket.items {
                results.push(self.settled(api, user, group, &error, groups.len() > 1).await);
            }
            // As above, if this call has ended since.
            let stopped = results.iter().any(|result| matches!(result, Err(Error::Stopped { .. })));
            if !stopped || own.is(&ticket) {
                ticket.answer(results);
            }
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
                Err(error)
                    if error.effect() != Effect::NotYet && !matches!(error, Error::GroupsLost { .. }) =>
                {
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

    pub(super) async fn post(&self, api: &Api, user: &User, groups: &HashSet<Guid>) -> Result<()> {
        let groups: BTreeSet<&Guid> = groups.iter().collect();
        let request = Request::set(GROUPS_OF, Some(json!({ "groups": groups }))).about(&user.id);
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
    pub(super) async fn confirm(&self, api: &Api, pairs: Vec<Pair>) -> Vec<bool> {
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
                Err(error) => error.may_pass_soon(),
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
