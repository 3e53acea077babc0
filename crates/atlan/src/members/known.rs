//! What is known of memberships: pages of groups, the groups of people, and what this process has written. No requests here.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::guid::Guid;
use crate::members::Member;
use crate::reads::Need;

/// One person in one group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Pair {
    pub(super) group: Guid,
    pub(super) user: Guid,
}

impl Pair {
    pub(super) fn key(&self) -> String {
        format!("{}/{}", self.group, self.user)
    }
}

/// Members of a group, as pages have shown them.
#[derive(Debug)]
pub(super) struct GroupView {
    /// When the first page was asked for.
    pub(super) taken: Instant,
    pub(super) members: HashMap<Guid, Option<String>>,
    /// Entries read so far.
    pub(super) received: usize,
    /// Entries of the first page.
    pub(super) page: usize,
    /// Members of the group, if the server tells.
    pub(super) total: Option<usize>,
    /// Whether all pages were read, and they fit together.
    pub(super) whole: bool,
    /// Requests spent on its members from the side of people since.
    pub(super) spent: usize,
}

impl GroupView {
    /// Requests that reading the whole group takes.
    pub(super) fn pages(&self) -> usize {
        self.total.map_or(1, |total| total.div_ceil(self.page.max(1))).max(1)
    }
}

#[derive(Debug)]
struct PersonView {
    taken: Instant,
    groups: HashSet<Guid>,
}

#[derive(Debug)]
struct Written {
    at: Instant,
    is_member: bool,
    /// Whether a list has shown it.
    shown: bool,
}

/// An answer, and how old it is.
#[derive(Clone, Debug)]
struct Evidence {
    taken: Instant,
    /// The address, where the list shows it. `None`: not a member.
    member: Option<Option<String>>,
    /// Whether it proves absence: pages alone do not, because people may move from one to another while they are read.
    is_proof: bool,
}

#[derive(Debug, Default)]
pub(super) struct Known {
    groups: HashMap<Guid, GroupView>,
    people: HashMap<Guid, PersonView>,
    written: HashMap<Pair, Written>,
    /// Groups whose pages were read at least twice, and when the earlier time began.
    read_before: HashMap<Guid, Instant>,
}

impl Known {
    /// What a reader may be told. `asked`: when its question came. `None`: ask the server.
    pub(super) fn answer(
        &self,
        pair: &Pair,
        need: Need,
        asked: Instant,
        life: Duration,
        recent: Duration,
    ) -> Option<Option<Member>> {
        let evidence = self.newest(pair)?;
        let (age, is_new) = (evidence.taken.elapsed(), evidence.taken >= asked);
        let found = evidence.member.map(|email| Member { id: pair.user.clone(), email });
        let is_enough = match (need, &found) {
            (Need::Fresh, _) => is_new,
            (Need::Recent, _) => is_new || age <= recent,
            (Need::Any, Some(_)) => age <= life,
            (Need::Any, None) => is_new && evidence.is_proof,
        };
        is_enough.then_some(found)
    }

    fn newest(&self, pair: &Pair) -> Option<Evidence> {
        let written = self.written.get(pair).map(|written| Evidence {
            taken: written.at,
            member: written.is_member.then_some(None),
            is_proof: true,
        });
        let by_group = self.groups.get(&pair.group).and_then(|view| {
            let member = view.members.get(&pair.user).cloned();
            let is_proof = self.read_before.contains_key(&pair.group);
            (member.is_some() || view.whole).then_some(Evidence { taken: view.taken, member, is_proof })
        });
        let by_person = self.people.get(&pair.user).map(|view| Evidence {
            taken: view.taken,
            member: view.groups.contains(&pair.group).then(|| self.email(pair)),
            is_proof: true,
        });
        [written, by_group, by_person].into_iter().flatten().max_by_key(|evidence| evidence.taken)
    }

    /// The address of a member, if a list of the group has shown it.
    fn email(&self, pair: &Pair) -> Option<String> {
        self.groups.get(&pair.group)?.members.get(&pair.user)?.clone()
    }

    pub(super) fn group(&self, group: &Guid) -> Option<&GroupView> {
        self.groups.get(group)
    }

    /// Whether pages that were asked for since then show the whole group without this person.
    pub(super) fn is_unconfirmed(&self, pair: &Pair, asked: Instant) -> bool {
        let newest = self.newest(pair);
        newest.is_some_and(|evidence| {
            evidence.taken >= asked && evidence.member.is_none() && !evidence.is_proof
        })
    }

    /// Takes over what pages have shown. `again`: the absence of somebody was asked for a second time.
    pub(super) fn saw_group(&mut self, group: &Guid, view: GroupView, again: bool) {
        if again {
            self.read_before.insert(group.clone(), view.taken);
        } else {
            self.read_before.remove(group);
        }
        for user in view.members.keys() {
            self.has_shown(&Pair { group: group.clone(), user: user.clone() }, view.taken);
        }
        if view.whole {
            self.have_left(view.taken, |pair| pair.group == *group && !view.members.contains_key(&pair.user));
        }
        self.groups.insert(group.clone(), view);
    }

    pub(super) fn spent(&mut self, group: &Guid) {
        if let Some(view) = self.groups.get_mut(group) {
            view.spent += 1;
        }
    }

    pub(super) fn saw_person(&mut self, user: &Guid, taken: Instant, groups: HashSet<Guid>) {
        for group in &groups {
            self.has_shown(&Pair { group: group.clone(), user: user.clone() }, taken);
        }
        self.have_left(taken, |pair| pair.user == *user && !groups.contains(&pair.group));
        self.people.insert(user.clone(), PersonView { taken, groups });
    }

    /// The groups of a person, if they were read lately. Writes of this process count that came later, and for a while those
    /// that no list has shown so far.
    pub(super) fn groups_of(
        &self,
        user: &Guid,
        recent: Duration,
        unshown: Duration,
    ) -> Option<HashSet<Guid>> {
        let view = self.people.get(user).filter(|view| view.taken.elapsed() <= recent)?;
        let counts =
            |written: &Written| written.at >= view.taken || !written.shown && written.at.elapsed() <= unshown;
        let of_user = self.written.iter().filter(|(pair, written)| pair.user == *user && counts(written));
        let mut groups = view.groups.clone();
        for (pair, written) in of_user {
            if written.is_member {
                groups.insert(pair.group.clone());
            } else {
                groups.remove(&pair.group);
            }
        }
        Some(groups)
    }

    /// Whether the person is known to be in a group, by whatever was read or written.
    pub(super) fn is_in_any(&self, user: &Guid) -> bool {
        self.written.iter().any(|(pair, written)| pair.user == *user && written.is_member)
            || self.people.get(user).is_some_and(|view| !view.groups.is_empty())
            || self.groups.values().any(|view| view.members.contains_key(user))
    }

    fn has_shown(&mut self, pair: &Pair, taken: Instant) {
        if let Some(written) = self.written.get_mut(pair) {
            written.shown |= written.is_member && taken >= written.at;
        }
    }

    /// Notes the removals of which a list without these people is the effect.
    fn have_left(&mut self, taken: Instant, is_out: impl Fn(&Pair) -> bool) {
        for (pair, written) in &mut self.written {
            written.shown |= !written.is_member && taken >= written.at && is_out(pair);
        }
    }

    /// Notes what a write of this process has done. `shown`: a list has shown it.
    pub(super) fn wrote(&mut self, pair: &Pair, is_member: bool, shown: bool) {
        self.written.insert(pair.clone(), Written { at: Instant::now(), is_member, shown });
    }

    /// Whether this process has added somebody to a group, or removed somebody.
    pub(super) fn has_written(&self, group: &Guid) -> bool {
        self.written.keys().any(|pair| pair.group == *group)
    }

    /// Whether this process has added anybody to any group, or removed anybody.
    pub(super) fn has_written_any(&self) -> bool {
        !self.written.is_empty()
    }

    /// Whether this process has added the person since then, and a later list has shown that.
    pub(super) fn is_shown_since(&self, pair: &Pair, since: Instant) -> bool {
        let written = self.written.get(pair);
        written.is_some_and(|written| written.is_member && written.shown && written.at >= since)
    }

    /// Whether this process has added the person, and no list has shown that so far.
    pub(super) fn is_not_yet_shown(&self, pair: &Pair, within: Duration) -> bool {
        let written = self.written.get(pair);
        written.is_some_and(|written| written.is_member && !written.shown && written.at.elapsed() <= within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_secs(300);
    const RECENT: Duration = Duration::from_secs(10);

    fn guid(text: &str) -> Guid {
        text.parse().expect("a GUID")
    }

    fn pair(user: &str) -> Pair {
        Pair { group: guid("g"), user: guid(user) }
    }

    fn view(members: &[&str], whole: bool) -> GroupView {
        let members: HashMap<_, _> = members.iter().map(|id| (guid(id), None)).collect();
        let (taken, received) = (Instant::now(), members.len());
        GroupView { taken, members, received, page: 100, total: Some(received), whole, spent: 0 }
    }

    #[tokio::test(start_paused = true)]
    async fn pages_show_who_is_there_and_prove_no_absence() {
        let (mut known, asked) = (Known::default(), Instant::now());
        known.saw_group(&guid("g"), view(&["ada"], true), false);
        let is = |known: &Known, user, need, asked| {
            known.answer(&pair(user), need, asked, LIFE, RECENT).map(|member| member.is_some())
        };
        assert_eq!(is(&known, "ada", Need::Any, asked), Some(true));
        assert_eq!(is(&known, "bob", Need::Any, asked), None, "asked for once more");
        assert!(known.is_unconfirmed(&pair("bob"), asked));
        assert_eq!(
            is(&known, "bob", Need::Recent, asked),
            Some(false),
            "an add that is not needed does no harm"
        );
        known.saw_group(&guid("g"), view(&["ada"], true), true);
        assert_eq!(is(&known, "bob", Need::Any, asked), Some(false), "the pages were read twice");
        tokio::time::advance(Duration::from_secs(11)).await;
        let later = Instant::now();
        assert_eq!(is(&known, "ada", Need::Any, later), Some(true));
        assert_eq!(is(&known, "ada", Need::Recent, later), None);
        assert_eq!(is(&known, "ada", Need::Fresh, later), None);
        assert_eq!(is(&known, "bob", Need::Any, later), None, "absence is of its time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_counts_until_something_newer_is_seen() {
        let mut known = Known::default();
        known.saw_group(&guid("g"), view(&["ada"], true), false);
        tokio::time::advance(Duration::from_secs(1)).await;
        known.wrote(&pair("bob"), true, false);
        known.wrote(&pair("ada"), false, true);
        let is = |known: &Known, user| {
            let member = known.answer(&pair(user), Need::Recent, Instant::now(), LIFE, RECENT);
            member.map(|member| member.is_some())
        };
        assert_eq!((is(&known, "bob"), is(&known, "ada")), (Some(true), Some(false)));
        tokio::time::advance(Duration::from_secs(1)).await;
        known.saw_group(&guid("g"), view(&["ada"], true), false);
        assert_eq!((is(&known, "bob"), is(&known, "ada")), (Some(false), Some(true)), "the lists say so now");
        assert!(known.is_not_yet_shown(&pair("bob"), LIFE), "it may only be late");
        known.saw_person(&guid("bob"), Instant::now(), [guid("g")].into());
        assert!(!known.is_not_yet_shown(&pair("bob"), LIFE));
    }

    #[tokio::test(start_paused = true)]
    async fn the_groups_of_a_person_include_what_was_written_since() {
        let mut known = Known::default();
        assert_eq!(known.groups_of(&guid("ada"), RECENT, LIFE), None);
        assert!(!known.is_in_any(&guid("ada")));
        known.saw_person(&guid("ada"), Instant::now(), [guid("a"), guid("b")].into());
        known.wrote(&pair("ada"), true, true);
        known.wrote(&Pair { group: guid("a"), user: guid("ada") }, false, true);
        assert_eq!(known.groups_of(&guid("ada"), RECENT, LIFE), Some([guid("b"), guid("g")].into()));
        assert!(known.is_in_any(&guid("ada")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_no_list_shows_counts_for_a_while() {
        let (mut known, of) =
            (Known::default(), |group: &str| Pair { group: guid(group), user: guid("ada") });
        known.wrote(&of("new"), true, false);
        known.wrote(&of("old"), false, false);
        let groups = |known: &Known| known.groups_of(&guid("ada"), RECENT, LIFE).expect("read lately");
        tokio::time::advance(Duration::from_secs(1)).await;
        known.saw_person(&guid("ada"), Instant::now(), [guid("old")].into());
        assert_eq!(groups(&known), [guid("new")].into(), "the list lags");
        known.saw_person(&guid("ada"), Instant::now(), [guid("new")].into());
        known.saw_person(&guid("ada"), Instant::now(), [guid("old")].into());
        assert_eq!(
            groups(&known),
            [guid("old")].into(),
            "both have shown, so somebody else has changed them back"
        );
        known.wrote(&of("new"), true, false);
        tokio::time::advance(LIFE + Duration::from_secs(1)).await;
        known.saw_person(&guid("ada"), Instant::now(), [guid("old")].into());
        assert_eq!(groups(&known), [guid("old")].into(), "it has never shown");
    }
}
