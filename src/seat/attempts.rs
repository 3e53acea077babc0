//! Invitations that were sent and whose outcome is unknown: the mark of them, and the look for the person.

use std::time::Duration;

use atlan::{Timestamp, User};
use tfplug::{Private, PrivateKey, Result};

use super::words::unknown_successor;
use super::{NewPlace, Place};
use crate::provider::Client;
use crate::run::{self, Half, Holder, Kept, Key, Object};

/// Marks an object whose invitation was sent but whose outcome is unknown. The value is an [`Attempt`] as text.
///
/// A plan of a tainted object does not get the object's private state, and neither do the halves of its replacement. So the
/// delete half recognises such an object by the missing GUID, and tells the create half through the [`Run`].
const ATTEMPTED: PrivateKey<String> = PrivateKey::new("attempted");

/// After this time, no invitation of an apply that gave up can take effect any more: an hour is far longer than an apply waits, even
/// if the clocks differ.
const LONG_AGO: Duration = Duration::from_secs(3600);

/// An earlier apply that may have invited the person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Attempt {
    /// When it was sent, by the server's clock, if known.
    pub(super) since: Option<Timestamp>,
    /// When the last apply gave up that sent one, by the server's clock, if known.
    pub(super) given_up: Option<Timestamp>,
    /// Atlan accepted it, but the list of users did not show the person.
    pub(super) is_accepted: bool,
}

impl Attempt {
    /// What the delete half of a replacement tells: it does not get the mark, so nothing is known of the answer.
    pub(super) const OF_OTHER_HALF: Self = Attempt { since: None, given_up: None, is_accepted: true };

    /// One more invitation with an unknown outcome. The earliest of several counts, the last time of giving up, and each that was
    /// accepted.
    pub(super) fn and(earlier: Option<Self>, later: Self) -> Self {
        match earlier {
            Some(earlier) => Attempt {
                is_accepted: earlier.is_accepted || later.is_accepted,
                since: earlier.since,
                given_up: later.given_up,
            },
            None => later,
        }
    }

    fn from_text(text: &str) -> Self {
        let (is_accepted, times) = match text.strip_prefix(ACCEPTED) {
            Some(times) => (true, times),
            None => (false, text),
        };
        let (since, given_up) = times.split_once(' ').unwrap_or((times, ""));
        Attempt { since: since.parse().ok(), given_up: given_up.parse().ok(), is_accepted }
    }

    fn text(self) -> String {
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        let accepted = if self.is_accepted { ACCEPTED } else { "" };
        let given_up = self.given_up.map(|time| format!(" {time}")).unwrap_or_default();
        format!("{accepted}{}{given_up}", text(self.since))
    }

    /// Whether the invitation cannot take effect any more: a single look tells its outcome.
    fn is_long_ago(self, now: Option<Timestamp>) -> bool {
        self.given_up.zip(now).is_some_and(|(given_up, now)| {
            Duration::try_from(now.duration_since(given_up)).is_ok_and(|since| since >= LONG_AGO)
        })
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

/// What has become of an invitation of an earlier apply, for a resource that keeps the mark elsewhere. `attempt`: the mark; `None`: it was
/// lost.
pub(crate) enum Outcome {
    /// It has had its effect.
    Ours(Box<User>),
    /// Somebody is there whom it has not invited.
    NotOurs,
    /// It has had none, and can have none any more.
    NoEffect,
}

/// Looks for the person. Returns only once the invitation has had its effect or can no longer have one, so a create that does not know of
/// it cannot send a second mail.
///
/// # Errors
/// Failures of the look-up.
pub(crate) async fn outcome(client: &Client, email: &str, attempt: Option<&str>) -> atlan::Result<Outcome> {
    let attempt = attempt.map_or(Attempt::OF_OTHER_HALF, Attempt::from_text);
    // A first look, whose answer tells the time of the server.
    let user = client.user_by_email(email).await?;
    let user = match user {
        None if attempt.is_long_ago(client.server_time()) => None,
        None => client.user_after_unknown(email, attempt.is_accepted).await?,
        user => user,
    };
    Ok(match user {
        Some(user) if client.invited_by_us(&user, attempt.since).await? => Outcome::Ours(Box::new(user)),
        Some(_) => Outcome::NotOurs,
        None => Outcome::NoEffect,
    })
}

/// Marks an entry that the state has as unclear. `attempt`: the mark of it; `None`: it was lost, so nothing is known of the answer.
pub(crate) fn set_unclear(private: &Private, attempt: Option<&str>) {
    match attempt {
        Some(attempt) => set_attempt(private, attempt),
        None => set_attempt(private, &Attempt::OF_OTHER_HALF.text()),
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
        for (since, given_up) in [(None, None), (None, Some(at)), (Some(at), None), (Some(at), Some(at))] {
            for is_accepted in [false, true] {
                let attempt = Attempt { since, given_up, is_accepted };
                assert_eq!(Attempt::from_text(&attempt.text()), attempt);
            }
        }
        // As older states have it.
        let before = Attempt { since: Some(at), given_up: None, is_accepted: true };
        assert_eq!(Attempt::from_text("accepted 2026-11-29T02:30:00Z"), before);
    }

    #[test]
    fn an_attempt_is_long_ago_once_nothing_of_it_can_be_under_way() {
        let at = |text: &str| Some(text.parse().expect("a time"));
        let given_up = |given_up| Attempt { given_up, ..Attempt::OF_OTHER_HALF };
        let attempt = given_up(at("2026-11-29T02:30:00Z"));
        for (now, expected) in [
            (at("2026-11-29T02:29:00Z"), false),
            (at("2026-11-29T03:29:59Z"), false),
            (at("2026-11-29T03:30:00Z"), true),
            (None, false),
        ] {
            assert_eq!(attempt.is_long_ago(now), expected, "{now:?}");
        }
        assert!(!given_up(None).is_long_ago(at("2026-11-29T03:30:00Z")));
    }

    #[test]
    fn of_several_attempts_the_earliest_time_counts_and_each_that_was_accepted() {
        let at = |text: &str| Some(text.parse().expect("a time"));
        let (lost, accepted) = (
            Attempt {
                since: at("2026-11-29T02:30:00Z"),
                given_up: at("2026-11-29T02:40:00Z"),
                is_accepted: false,
            },
            Attempt {
                since: at("2026-11-29T02:31:00Z"),
                given_up: at("2026-11-29T02:41:00Z"),
                is_accepted: true,
            },
        );
        assert_eq!(Attempt::and(None, lost), lost);
        assert_eq!(Attempt::and(Some(lost), accepted), Attempt { since: lost.since, ..accepted });
        assert_eq!(Attempt::and(Some(accepted), lost), Attempt { given_up: lost.given_up, ..accepted });
    }
}
