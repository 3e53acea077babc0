//! Removes people from groups: many people of one group in one request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use crate::api::Api;
use crate::create::{Effect, absent_by};
use crate::error::{Error, Result};
use crate::guard::task_is_gone;
use crate::guid::Guid;
use crate::members::known::Pair;
use crate::members::line::{Line, Own, Place, Ticket};
use crate::members::{Member, Members, is_missing};
use crate::reads::Need;
use crate::request::Request;

const REMOVE: &str = "groups/{id}/members/remove";
/// Most people of one request.
const LARGEST: usize = 100;

#[derive(Debug, Default)]
pub(super) struct Leaves {
    /// By group; the items are people.
    line: Line<Guid, ()>,
}

impl Members {
    /// Removes people from a group, and waits until no list shows them in it. It is no error if a person is not in
    /// the group, or if the group or person does not exist. Outcomes are in the order of the people.
    pub(crate) async fn leave(self: &Arc<Self>, api: &Api, group: &Guid, users: &[Guid]) -> Vec<Result<()>> {
        let all = |error: Error| users.iter().map(|_| Err(error.duplicate())).collect();
        if users.is_empty() {
            return Vec::new();
        }
        let results = match self.leaves.line.enter(api, group, REMOVE, users).await {
            Err(error) => return all(error),
            Ok(Place::Answered(results)) => results,
            Ok(Place::Lead(lead)) => {
                let (_turn, batch, own) = lead.begin();
                self.lead_out(api, group, batch, &own).await;
                own.results()
            }
        };
        if results.len() == users.len() { results } else { all(task_is_gone("memberships")) }
    }

    /// Removes everybody of a batch, and tells the calls what came of it.
    async fn lead_out(&self, api: &Api, group: &Guid, batch: Vec<Ticket<Guid, ()>>, own: &Own<()>) {
        let users: BTreeSet<Guid> = batch.iter().flat_map(|ticket| ticket.items.iter().cloned()).collect();
        let users: Vec<Guid> = users.into_iter().collect();
        let mut outcomes: BTreeMap<Guid, Result<()>> = BTreeMap::new();
        for some in users.chunks(LARGEST) {
            outcomes.extend(self.remove_some(api, group, some).await);
        }
        for ticket in batch {
            let of = |user: &Guid| match outcomes.get(user) {
                Some(Ok(())) => Ok(()),
                Some(Err(error)) => Err(error.duplicate()),
                None => Err(task_is_gone("memberships")),
            };
            let results: Vec<Result<()>> = ticket.items.iter().map(of).collect();
            let stopped = results.iter().any(|result| matches!(result, Err(Error::Stopped { .. })));
            // The end of this call is not the end of the others, which step up when they hear nothing.
            if !stopped || own.is(&ticket) {
                ticket.answer(results);
            }
        }
    }

    /// Removes up to [`LARGEST`] people, and reads back. Meanwhile nothing is added for any of them.
    async fn remove_some(&self, api: &Api, group: &Guid, users: &[Guid]) -> Vec<(Guid, Result<()>)> {
        let mut turns = Vec::new();
        // In the order of GUIDs, so that two removals never wait for each other.
        for user in users {
            match self.joins.line.turn(api, user, REMOVE).await {
                Ok(turn) => turns.push(turn),
                Err(error) => {
                    return users.iter().map(|user| (user.clone(), Err(error.duplicate()))).collect();
                }
            }
        }
        let coming = self.sight.coming();
        let mut refused = self.remove(api, group, users).await;
        drop(coming);
        let sent: Vec<Guid> = users.iter().filter(|user| !refused.contains_key(*user)).cloned().collect();
        for pair in pairs(group, &sent) {
            self.joins.others.left(&pair.group, &pair.user);
            self.sight.known(|known| known.wrote(&pair, false, false));
        }
        let seen = self.watch(api, pairs(group, &sent), is_out).await;
        let mut outcomes: Vec<(Guid, Result<()>)> = Vec::new();
        for (user, seen) in sent.into_iter().zip(seen) {
            let pair = Pair { group: group.clone(), user: user.clone() };
            let outcome = match seen {
                Ok(None) => Ok(()),
                Ok(Some(_)) => Err(Error::NotApplied {
                    action: removal(group, &user),
                    shown: "the membership".to_owned(),
                }),
                Err(error) => self.not_seen(api, group, &user, error).await,
            };
            if outcome.is_ok() {
                self.sight.known(|known| known.wrote(&pair, false, true));
            }
            outcomes.push((user, outcome));
        }
        drop(turns);
        outcomes.extend(users.iter().filter_map(|user| Some((user.clone(), Err(refused.remove(user)?)))));
        outcomes
    }

    /// The outcome of a removal that Atlan has accepted and that could not be seen. That proves nothing, and the object of a destroy would not
    /// be read again. But if the group or the person no longer exists, there is no membership.
    async fn not_seen(&self, api: &Api, group: &Guid, user: &Guid, error: Error) -> Result<()> {
        if is_missing(&error) && self.missing(&api.settling(), group, Some(user)).await?.is_some() {
            return Ok(());
        }
        Err(Error::NotSeen { action: removal(group, user), last: Box::new(error) })
    }

    /// Sends a removal. If it is refused, sends it again without the people who are out of the group already, then
    /// one by one. Returns the people who could not be removed.
    async fn remove(&self, api: &Api, group: &Guid, users: &[Guid]) -> BTreeMap<Guid, Error> {
        let Err(error) = self.post_removal(api, group, users).await else { return BTreeMap::new() };
        let mut left = match self.still_in(api, group, users, &error).await {
            Ok(left) => left,
            Err(error) => return users.iter().map(|user| (user.clone(), error.duplicate())).collect(),
        };
        let mut errors = BTreeMap::new();
        let may_be_divided = matches!(error.status(), Some(400 | 403 | 404 | 409 | 413 | 422));
        if !left.is_empty() && left.len() < users.len() && may_be_divided {
            match self.post_removal(api, group, &left).await {
                Ok(()) => return errors,
                Err(error) => {
                    left = match self.still_in(api, group, &left, &error).await {
                        Ok(left) => left,
                        Err(error) => {
                            return left.iter().map(|user| (user.clone(), error.duplicate())).collect();
                        }
                    };
                }
            }
        }
        if left.len() == 1 && users.len() == 1 || !may_be_divided {
            errors.extend(left.into_iter().map(|user| (user, error.duplicate())));
            return errors;
        }
        for user in left {
            let one = std::slice::from_ref(&user);
            if let Err(error) = self.post_removal(api, group, one).await {
                match self.still_in(api, group, one, &error).await {
                    Ok(left) if left.is_empty() => {}
                    Ok(_) | Err(_) => drop(errors.insert(user, error)),
                }
            }
        }
        errors
    }

    /// Who is in the group after a removal that failed.
    ///
    /// # Errors
    /// The failure of the removal, if nothing can be learned or nothing has changed.
    async fn still_in(&self, api: &Api, group: &Guid, users: &[Guid], error: &Error) -> Result<Vec<Guid>> {
        if matches!(error, Error::Stopped { .. }) || error.effect() == Effect::NotYet {
            return Err(error.duplicate());
        }
        if is_missing(error) && !self.groups.exists(&api.settling(), group).await? {
            return Ok(Vec::new());
        }
        let seen = self.sight.see_all(&api.settling(), pairs(group, users), Need::Fresh).await;
        let mut left = Vec::new();
        for (user, seen) in users.iter().zip(seen) {
            match seen {
                Ok(None) => {}
                Ok(Some(_)) => left.push(user.clone()),
                Err(missing) if is_missing(&missing) => {
                    if self.missing(&api.settling(), group, Some(user)).await?.is_none() {
                        return Err(error.duplicate());
                    }
                }
                Err(_) => return Err(error.duplicate()),
            }
        }
        Ok(left)
    }

    async fn post_removal(&self, api: &Api, group: &Guid, users: &[Guid]) -> Result<()> {
        let request = Request::set(REMOVE, Some(json!({ "users": users }))).about(group);
        let sent = api.send(request).await;
        if sent.as_ref().map_or_else(Error::may_be_late, |answer| answer.call.late) {
            let until = absent_by(api);
            pairs(group, users).iter().for_each(|pair| api.is_late(&pair.key(), until));
        }
        sent?.void()
    }

    /// Waits until no removal of these people that this client has sent can take effect any more: a request whose
    /// answer was lost may still take effect after a look-up has shown the person out of the group, and even after
    /// somebody has added them again.
    ///
    /// # Errors
    /// When the call ends before.
    pub(crate) async fn removals_are_over(&self, api: &Api, group: &Guid, users: &[Guid]) -> Result<()> {
        let keys: Vec<String> = pairs(group, users).iter().map(Pair::key).collect();
        api.writes_are_over(REMOVE, &keys).await
    }
}

/// What an error says was accepted.
fn removal(group: &Guid, user: &Guid) -> String {
    format!("the removal of the person {user} from the group {group}")
}

fn pairs(group: &Guid, users: &[Guid]) -> Vec<Pair> {
    users.iter().map(|user| Pair { group: group.clone(), user: user.clone() }).collect()
}

/// Whether a person is not in a group, also because one of the two does not exist.
fn is_out(seen: &Result<Option<Member>>) -> bool {
    match seen {
        Ok(member) => member.is_none(),
        Err(error) => is_missing(error),
    }
}
