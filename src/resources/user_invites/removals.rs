//! Entries that leave the map, in an update or a destroy.

use atlan::User;
use futures_util::future::join_all;

use super::outcome::{Outcome, What};
use super::place::{Entry as Place, Work};
use super::plan::object;
use super::{Entries, Entry, HOLDER};
use crate::seat::{self, Farewell, Trace};
use crate::types::Guid;

/// Removals at the same time.
const AT_ONCE: usize = 10;

/// An entry that leaves the map.
pub(super) struct Leaving<'a> {
    pub(super) place: Place<'a>,
    pub(super) before: Entry,
    pub(super) user: Option<User>,
}

pub(super) fn leave<'a>(work: &'a Work<'a>, email: &str, before: &Entries) -> Option<Leaving<'a>> {
    let before = before.get(email)?.clone();
    Some(Leaving { place: work.place(email, &before.spelled), before, user: None })
}

/// Ends the access of people, a few at a time. The outcome lists the people for whom that failed.
pub(super) async fn remove(
    work: &Work<'_>,
    leaves: &[&Leaving<'_>],
    policy: Farewell,
    outcome: &mut Outcome,
) {
    // Finding out the outcome of an unclear invitation takes a while, so all of them are looked up at once.
    let unclear = leaves.iter().filter(|leaves| leaves.before.id.is_none()).map(|&leaves| async move {
        (leaves, seat::trace(&leaves.place, HOLDER, &leaves.place.email).await)
    });
    let mut people: Vec<(&Leaving<'_>, Guid)> = Vec::new();
    for (leaves, found) in join_all(unclear.collect::<Vec<_>>()).await {
        match found {
            Ok(nobody @ (Trace::NotOurs(_) | Trace::NotLookedFor)) => {
                if let Trace::NotOurs(user) = nobody {
                    seat::forgotten(&leaves.place, &leaves.place.email, user.as_deref());
                }
                if let Some(object) = object(&work.marks, &leaves.place.email, &leaves.before) {
                    work.client.run().deleted(&object);
                }
            }
            Ok(Trace::Ours(user)) => people.push((leaves, user.id.into())),
            Err(error) => outcome.fail(&leaves.place.email, What::Remove, error),
        }
    }
    people.extend(leaves.iter().filter_map(|&leaves| Some((leaves, leaves.before.id.clone()?))));
    for some in people.chunks(AT_ONCE) {
        let steps = some.iter().map(|(leaves, id)| async move {
            let role = leaves.before.role.into();
            (leaves, seat::leave(&leaves.place, HOLDER, id, &leaves.place.email, role, policy).await)
        });
        for (leaves, left) in join_all(steps.collect::<Vec<_>>()).await {
            if let Err(error) = left {
                outcome.fail(&leaves.place.email, What::Remove, error);
            }
        }
    }
}
