//! Invitations that were sent and whose outcome is unknown: the mark of them, and the look for the person.

use atlan::{Timestamp, User};
use tfplug::{Private, PrivateKey, Result};

use super::words::unknown_successor;
use super::{NewPlace, Place};
use crate::run::{self, Half, Holder, Kept, Key, Object};

/// Marks an object whose invitation was sent but whose outcome is unknown. The value is an [`Attempt`] as text.
///
/// A plan of a tainted object does not get the object's private state, and neither do the halves of its replacement. So the
/// delete half recognises such an object by the missing GUID, and tells the create half through the [`Run`].
const ATTEMPTED: PrivateKey<String> = PrivateKey::new("attempted");

/// An earlier apply that may have invited the person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Attempt {
    /// When it was sent, by the server's clock, if known.
    pub(super) since: Option<Timestamp>,
    /// Atlan accepted it, but the list of users did not show the person.
    pub(super) is_accepted: bool,
}

impl Attempt {
    /// What the delete half of a replacement tells: it does not get the mark, so nothing is known of the answer.
    pub(super) const OF_OTHER_HALF: Self = Attempt { since: None, is_accepted: true };

    /// One more invitation with an unknown outcome. The earliest of several counts, and each that was accepted.
    pub(super) fn and(earlier: Option<Self>, later: Self) -> Self {
        match earlier {
            Some(earlier) => {
                Attempt { is_accepted: earlier.is_accepted || later.is_accepted, since: earlier.since }
            }
            None => later,
        }
    }

    fn from_text(text: &str) -> Self {
        let (is_accepted, since) = match text.strip_prefix(ACCEPTED) {
            Some(since) => (true, since),
            None => (false, text),
        };
        Attempt { since: since.parse().ok(), is_accepted }
    }

    fn text(self) -> String {
        let since = self.since.map(|since| since.to_string()).unwrap_or_default();
        if self.is_accepted { format!("{ACCEPTED}{since}") } else { since }
    }
}

/// Before the time of an attempt that Atlan accepted.
const ACCEPTED: &str = "accepted ";

/// The person of an object whose invitation was attempted and never confirmed. `None`: there is no such person, or they
/// are not ours.
///
/// # Errors
/// Failures of the look-up.
pub(crate) async fn find(place: &impl Place, by: &'static Holder, email: &str) -> Result<Option<User>> {
    match trace(place, by, email).await? {
        Trace::Ours(user) => Ok(Some(*user)),
        Trace::NotOurs(_) | Trace::NotLookedFor => Ok(None),
    }
}

/// What is known of an invitation that was attempted and never confirmed.
pub(crate) enum Trace {
    /// It has had its effect.
    Ours(Box<User>),
    /// It has had none, as far as can be known. Somebody else may have invited the person.
    NotOurs(Option<Box<User>>),
    /// The other half of a replacement looks for it.
    NotLookedFor,
}

/// As [`find`], and tells why nobody was found.
///
/// # Errors
/// Failures of the look-up.
pub(crate) async fn trace(place: &impl Place, by: &'static Holder, email: &str) -> Result<Trace> {
    let key = Key::Person(email.to_owned());
    let half = run::half(place.client().run(), place.marks(), &key);
    match half {
        // The delete half of a replacement without a refresh. The create half looks before it sends anything.
        Half::OfItself => {
            place.client().run().keep(by, key, Kept::Attempt, place.marks());
            return Ok(Trace::NotLookedFor);
        }
        Half::Unknown => return Err(unknown_successor(email)),
        Half::Leaves | Half::PlannedHere | Half::Tainted => {}
    }
    // If the new address is known only during the apply, the plan could not refuse a create of the same person. This guard makes
    // that create wait until the look-up is over.
    let object = Object::unclear(by, key, place.marks());
    let _looking = place.client().run().ends(&object);
    // Read first, because the look-up may use up the time of this call.
    place.client().current().await?;
    // The invitation may still take effect, and once the object has left the state, that would go unnoticed.
    let attempt = attempt(place.marks()).unwrap_or(Attempt::OF_OTHER_HALF);
    let user = place.client().user_after_unknown(email, attempt.is_accepted).await?;
    match user {
        Some(user) if place.client().invited_by_us(&user, attempt.since).await? => {
            Ok(Trace::Ours(Box::new(user)))
        }
        other => {
            if half == Half::PlannedHere {
                place.client().run().applied(&object);
            }
            Ok(Trace::NotOurs(other.map(Box::new)))
        }
    }
}

/// Removes the mark: the outcome is known, or the caller keeps it.
pub(crate) fn forget_attempt(private: &Private) {
    private.remove(&ATTEMPTED);
}

/// The mark of an unclear invitation, for a resource that keeps it elsewhere.
pub(crate) fn attempted(private: &Private) -> Option<String> {
    private.get(&ATTEMPTED)
}

/// Restores what [`attempted`] told.
pub(crate) fn set_attempt(private: &Private, attempt: &str) {
    private.set(&ATTEMPTED, &attempt.to_owned());
}

pub(super) fn attempt(private: &Private) -> Option<Attempt> {
    private.get(&ATTEMPTED).map(|text| Attempt::from_text(&text))
}

pub(super) fn remember_attempt(place: &impl NewPlace, attempt: Attempt) {
    place.marks().set(&ATTEMPTED, &attempt.text());
    place.attempted();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_read_as_it_was_written() {
        let at = "2026-11-29T02:30:00Z".parse().expect("a time");
        for (since, is_accepted) in [(None, false), (None, true), (Some(at), false), (Some(at), true)] {
            let attempt = Attempt { since, is_accepted };
            assert_eq!(Attempt::from_text(&attempt.text()), attempt);
        }
    }

    #[test]
    fn of_several_attempts_the_earliest_time_counts_and_each_that_was_accepted() {
        let at = |text: &str| Some(text.parse().expect("a time"));
        let (lost, accepted) = (
            Attempt { since: at("2026-11-29T02:30:00Z"), is_accepted: false },
            Attempt { since: at("2026-11-29T02:31:00Z"), is_accepted: true },
        );
        assert_eq!(Attempt::and(None, lost), lost);
        assert_eq!(Attempt::and(Some(lost), accepted), Attempt { since: lost.since, is_accepted: true });
        assert_eq!(Attempt::and(Some(accepted), lost), accepted);
    }
}
