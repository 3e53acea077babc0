//! The memberships of one run: which resource manages whom in which group.
//!
//! An `atlan_group_member` holds one person in one group, an `atlan_group_members` all people of a group. Two
//! resources that hold the same membership would undo each other's changes, so the second one is refused: in the plan
//! if the plan shows it, otherwise in the apply of the second. If a single membership moves to another resource in
//! one run, that is no clash, because the second call knows what the first has done: the removal is skipped for
//! people whom this process has added or is about to add, and an add waits for a removal that has begun
//! ([`Removal`]). But the destroy of a membership that the state has at a second address, too, is refused, because no
//! later call would add the person again.
//!
//! Single memberships and an `atlan_sso_group_mapping` of the same group are no clash either: the plan warns once for each group
//! ([`Memberships::meets_mapping`]). A set and a mapping of the same group are a clash, because each sign-in would undo the set.
//!
//! The destroy of a single membership is refused, too, while the state has a set for its group, and the destroy of a set while the
//! state has single memberships in its group: an apply does not call the provider for a resource without changes, so
//! nothing would add the people again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tfplug::{Call, Observed, Private, PrivateKey, Text as _};

use super::PAUSES;
use super::deposed;
use super::marks::{TOKEN, new_token};
use crate::types::Guid;

mod clash;
mod mapped;

pub(crate) use clash::MembershipClash;
use mapped::Mapped;

/// Set by a plan call with a prior state. If a plan call without a prior state finds it, this is the second call of a
/// replacement.
const HELD: PrivateKey<String> = PrivateKey::new("held_membership");

/// A person as far as a plan knows them: by folded address, by GUID in lower case, or by both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) email: Option<String>,
    pub(crate) id: Option<String>,
}

impl Who {
    /// Whether both are the same person, as far as is known.
    fn is(&self, other: &Self) -> bool {
        // An address may be an old one, which somebody else has by now.
        if let (Some(one), Some(other)) = (&self.id, &other.id) {
            return one == other;
        }
        self.email.is_some() && self.email == other.email
    }

    fn name(&self) -> &str {
        self.email.as_deref().or(self.id.as_deref()).unwrap_or_default()
    }
}

/// What a resource holds. Groups by GUID in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// `atlan_group_member`.
    One { group: String, person: Box<Who> },
    /// `atlan_group_members`.
    All { group: String },
}

impl Hold {
    pub(crate) fn group(&self) -> &str {
        match self {
            Hold::One { group, .. } | Hold::All { group } => group,
        }
    }

    fn resource(&self) -> &'static str {
        match self {
            Hold::One { .. } => "atlan_group_member",
            Hold::All { .. } => "atlan_group_members",
        }
    }

    fn is_one_in(&self, of: &str) -> bool {
        matches!(self, Hold::One { group, .. } if group == of)
    }

    fn is_set_of(&self, of: &str) -> bool {
        matches!(self, Hold::All { group } if group == of)
    }

    /// Whether two resources with these would undo each other.
    fn disturbs(&self, other: &Self) -> bool {
        let same = match (self, other) {
            (Hold::One { person: one, .. }, Hold::One { person: other, .. }) => one.is(other),
            _ => true,
        };
        same && self.group() == other.group()
    }

    /// Whether both are one and the same, in whatever spelling.
    fn is(&self, other: &Self) -> bool {
        matches!((self, other), (Hold::One { .. }, Hold::One { .. }) | (Hold::All { .. }, Hold::All { .. }))
            && self.disturbs(other)
    }
}

/// What this process has made, or is about to make.
#[derive(Debug)]
struct Made {
    hold: Hold,
    /// GUIDs.
    people: BTreeSet<String>,
    is_under_way: bool,
}

#[derive(Debug, Default)]
struct Book {
    /// Objects of the state that the plan keeps, by token.
    held: BTreeMap<String, Hold>,
    /// What the plan creates.
    coming: Vec<Hold>,
    /// Groups whose set the plan was to destroy beside single memberships, which was refused. The plan fails, so further single memberships
    /// of the group are not recorded: in `terraform test`, they would hinder the clean-up.
    refused: BTreeSet<String>,
    /// Objects of the state that the plan destroys or gives something else to hold, by token.
    leaving: BTreeMap<String, Hold>,
    /// What this process has made or is about to make, by token.
    made: BTreeMap<String, Made>,
    /// Group and person of creates that have failed, by GUID, or by the name in the configuration. The configuration still has the membership.
    wanted: BTreeSet<(String, String)>,
    /// People whom this process has taken out of a group, by group and GUID, with their addresses. Another resource may be for the same
    /// membership, and has not added them again so far.
    ended: BTreeMap<(String, String), String>,
    /// Removals under way: group, person, and how many.
    removing: BTreeMap<(String, String), usize>,
    mapped: Mapped,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Memberships {
    book: Mutex<Book>,
}

impl Memberships {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the plan of an object that exists; `next` is what it is to hold afterwards, if that is known. A newer plan of
    /// the same object replaces the older record.
    pub(crate) fn planned_change(
        &self,
        private: &Private,
        hold: Hold,
        next: Option<&Hold>,
    ) -> Result<(), MembershipClash> {
        let token = token(private);
        private.set(&HELD, &token);
        let stays = next.is_some_and(|next| next.is(&hold));
        if stays { self.book().holds(token, hold) } else { self.book().leaves(token, hold) }
    }

    /// Records the plan of a create. Returns whether it is known to replace an object with the same hold.
    pub(crate) fn planned_create(
        &self,
        private: &Private,
        hold: Option<Hold>,
    ) -> Result<bool, MembershipClash> {
        let (mut book, mut replaces_itself) = (self.book(), false);
        if let Some(token) = private.get(&HELD) {
            private.remove(&HELD);
            // The old half of the replacement is no other resource.
            let stays = book.held.remove(&token);
            if book.leaving.get(&token).zip(hold.as_ref()).is_some_and(|(old, new)| old.disturbs(new)) {
                book.leaving.remove(&token);
            }
            replaces_itself = stays.as_ref().zip(hold.as_ref()).is_some_and(|(old, new)| old.is(new));
        }
        hold.map_or(Ok(()), |hold| book.comes(hold))?;
        Ok(replaces_itself)
    }

    /// Records the plan of a destroy.
    pub(crate) fn planned_delete(&self, private: &Private, hold: Hold) -> Result<(), MembershipClash> {
        forget_plan(private);
        self.book().leaves(token(private), hold)
    }

    /// Whether this process has created another object with the same hold, as under `create_before_destroy`.
    pub(crate) fn is_made_again(&self, private: &Private, hold: &Hold) -> bool {
        let token = token(private);
        self.book().made.iter().any(|(of, made)| *of != token && made.hold.is(hold))
    }

    /// Whether this is a deposed object, and this process has made another one for somebody else of the same name: a tainted object is
    /// replaced by whoever has the configured address by now.
    pub(crate) fn has_another_of_name(&self, private: &Private, hold: &Hold, name: &str) -> bool {
        let (token, book) = (token(private), self.book());
        let Hold::One { person: own, .. } = hold else { return false };
        let is_another = |made: &Made| match &made.hold {
            Hold::One { group, person } => {
                group == hold.group() && person.email.as_deref() == Some(name) && person.id != own.id
            }
            Hold::All { .. } => false,
        };
        // A plan of its removal in the same process as the create: the apply.
        book.leaving.contains_key(&token)
            && book.made.iter().any(|(of, made)| *of != token && is_another(made))
    }

    /// Begins to create or update an object that holds these people, by GUID.
    pub(crate) fn claim(
        self: &Arc<Self>,
        private: &Private,
        hold: Hold,
        people: impl IntoIterator<Item = String>,
        is_new: bool,
    ) -> Result<MembershipClaim, MembershipClash> {
        forget_plan(private);
        if is_new {
            private.set(&TOKEN, &new_token());
            deposed::begin(private);
        }
        let token = token(private);
        let mut book = self.book();
        book.refused.remove(hold.group());
        // The plan is over. What it was to create is claimed itself now. What an earlier plan of this process was to create, in `terraform
        // test` with `command = plan`, never comes.
        book.coming.clear();
        book.held.remove(&token);
        let other = book.made.iter().find(|(of, other)| **of != token && other.hold.disturbs(&hold));
        if let Some((_, other)) = other {
            return Err(MembershipClash::Twice { one: other.hold.clone(), other: hold });
        }
        if let Hold::All { group } = &hold
            && book.mapped.has_made(group)
        {
            return Err(MembershipClash::Mapped { group: group.clone() });
        }
        let people: BTreeSet<String> = people.into_iter().collect();
        let address = match &hold {
            Hold::One { person, .. } => person.email.clone(),
            Hold::All { group } => {
                book.wanted.retain(|(of, _)| of != group);
                None
            }
        };
        for person in people.iter().cloned().chain(address) {
            book.wanted.remove(&(hold.group().to_owned(), person));
        }
        let made = Made { hold: hold.clone(), people: people.clone(), is_under_way: true };
        book.made.insert(token.clone(), made);
        Ok(MembershipClaim { memberships: Arc::clone(self), token, hold, people, is_kept: false })
    }

    /// A create has failed before it knew the GUIDs of its people. `names`: of the configuration, folded.
    pub(crate) fn wants(&self, group: &Guid, names: impl IntoIterator<Item = String>) {
        let group = group.folded().text().into_owned();
        self.book().wanted.extend(names.into_iter().map(|name| (group.clone(), name)));
    }

    /// A destroy has taken these people out of a group. `people`: GUIDs and addresses.
    pub(crate) fn ended<'a>(&self, group: &Guid, people: impl IntoIterator<Item = (&'a Guid, String)>) {
        let group = group.folded().text().into_owned();
        let ended =
            people.into_iter().map(|(id, email)| ((group.clone(), id.folded().text().into_owned()), email));
        self.book().ended.extend(ended);
    }

    /// Addresses of those of these people whom a destroy in this process has taken out of the group. `names`: of the configuration, folded.
    pub(crate) fn out_of(&self, group: &Guid, names: &BTreeSet<String>) -> Vec<String> {
        let (group, book) = (group.folded().text().into_owned(), self.book());
        let is_named =
            |id: &String, email: &String| names.contains(id) || names.contains(&atlan::fold_email(email));
        let ended = book.ended.iter().filter(|((of, id), email)| *of == group && is_named(id, email));
        ended.map(|(_, email)| email.clone()).collect()
    }

    /// Begins to remove people from a group, except people whom another resource holds by now. Waits until no other resource is adding one
    /// of them.
    ///
    /// # Errors
    /// [`MembershipClash::Wanted`] if that has failed; when the time of the call is over, and on Ctrl-C.
    pub(crate) async fn removal(
        self: &Arc<Self>,
        call: &Call,
        private: &Private,
        hold: &Hold,
        people: impl IntoIterator<Item = String>,
    ) -> tfplug::Result<Result<Removal, MembershipClash>> {
        let people: BTreeSet<String> = people.into_iter().collect();
        let look = async || match self.try_removal(private, hold, &people) {
            Ok(Some(removal)) => Ok(Observed::Done(Ok(removal))),
            Ok(None) => Ok(Observed::Pending("under way".to_owned())),
            Err(clash) => Ok(Observed::Done(Err(clash))),
        };
        call.wait_until("the addition of a member by another resource", PAUSES, look).await
    }

    /// `None`: another resource is adding one of them.
    fn try_removal(
        self: &Arc<Self>,
        private: &Private,
        hold: &Hold,
        people: &BTreeSet<String>,
    ) -> Result<Option<Removal>, MembershipClash> {
        let (token, group) = (token(private), hold.group());
        let mut book = self.book();
        let others = || book.made.iter().filter(|(of, made)| **of != token && made.hold.group() == group);
        if others().any(|(_, made)| made.is_under_way && !made.people.is_disjoint(people)) {
            return Ok(None);
        }
        let address = match hold {
            Hold::One { person, .. } => person.email.as_ref(),
            Hold::All { .. } => None,
        };
        let is_wanted = |person: &&String| book.wanted.contains(&(group.to_owned(), (*person).clone()));
        if let Some(person) = people.iter().chain(address).find(is_wanted) {
            return Err(MembershipClash::Wanted { hold: hold.clone(), id: person.clone() });
        }
        let is_held = |person: &&String| others().any(|(_, made)| made.people.contains(*person));
        let people: BTreeSet<String> = people.iter().filter(|person| !is_held(person)).cloned().collect();
        for person in &people {
            *book.removing.entry((group.to_owned(), person.clone())).or_default() += 1;
        }
        Ok(Some(Removal { memberships: Arc::clone(self), group: group.to_owned(), people }))
    }

    /// The plan of an object ends, because it has been applied without a change of what it holds.
    pub(crate) fn applied(&self, private: &Private) {
        forget_plan(private);
        self.book().held.remove(&token(private));
    }

    /// Removes the records of an object, because it was deleted.
    pub(crate) fn deleted(&self, private: &Private) {
        let token = token(private);
        let mut book = self.book();
        book.held.remove(&token);
        book.leaving.remove(&token);
        book.made.remove(&token);
    }
}

/// Removes what only the plan and its apply are to see.
fn forget_plan(private: &Private) {
    private.remove(&HELD);
}

/// Tells an object from others, for as long as its state exists.
fn token(private: &Private) -> String {
    super::imported(private);
    private.get(&TOKEN).unwrap_or_default()
}

impl Book {
    fn holds(&mut self, token: String, hold: Hold) -> Result<(), MembershipClash> {
        self.held.remove(&token);
        self.leaving.remove(&token);
        if hold.is_set_of(hold.group()) {
            self.refused.remove(hold.group());
        }
        self.refuse_mapped(&hold)?;
        let other = self.held.iter().find(|(_, other)| other.disturbs(&hold));
        if let Some((of, other)) = other.map(|(of, other)| (of.clone(), other.clone())) {
            self.held.remove(&of);
            return Err(MembershipClash::Twice { one: other, other: hold });
        }
        if let Some(other) = self.comes_disturbing(&hold) {
            return Err(MembershipClash::Twice { one: hold, other });
        }
        self.refuse_shared(&hold, |book| &mut book.leaving)?;
        if let Hold::All { group } = &hold
            && let Some((of, single)) = self.leaving.iter().find(|(_, leaving)| leaving.is_one_in(group))
        {
            let (of, single) = (of.clone(), single.clone());
            self.leaving.remove(&of);
            return Err(MembershipClash::SingleLeaves { single });
        }
        if hold.is_one_in(hold.group())
            && let Some((of, set)) = self.leaving.iter().find(|(_, leaving)| leaving.is_set_of(hold.group()))
        {
            let (of, set) = (of.clone(), set.clone());
            self.leaving.remove(&of);
            return Err(MembershipClash::SetLeaves { set, other: hold });
        }
        self.held.insert(token, hold);
        Ok(())
    }

    /// A single membership that leaves does not disturb another that comes: the second call knows what the first has done.
    fn leaves(&mut self, token: String, hold: Hold) -> Result<(), MembershipClash> {
        self.held.remove(&token);
        self.leaving.remove(&token);
        // In `terraform test`, this process may have made it in an earlier apply. From now on, another resource may be made instead. Under
        // `create_before_destroy`, an apply plans the removal of an old object, which it has not made: what has failed in it counts.
        if self.made.remove(&token).is_some() {
            self.wanted.retain(|(group, _)| group != hold.group());
        }
        if hold.is_set_of(hold.group()) {
            self.refused.remove(hold.group());
        }
        if matches!(hold, Hold::All { .. })
            && let Some(other) = self.comes_disturbing(&hold)
        {
            self.coming.retain(|other| !other.disturbs(&hold));
            self.refused.insert(hold.group().to_owned());
            return Err(MembershipClash::SetLeaves { set: hold, other });
        }
        if let Hold::All { group } = &hold
            && let Some((of, other)) = self.held.iter().find(|(_, held)| held.is_one_in(group))
        {
            let (of, other) = (of.clone(), other.clone());
            self.held.remove(&of);
            return Err(MembershipClash::SetLeaves { set: hold, other });
        }
        self.refuse_shared(&hold, |book| &mut book.held)?;
        let before = self.held.len();
        self.held.retain(|_, held| !(hold.is_one_in(held.group()) && held.is_set_of(hold.group())));
        if self.held.len() < before {
            return Err(MembershipClash::SingleLeaves { single: hold });
        }
        self.leaving.insert(token, hold);
        Ok(())
    }

    /// Refuses a set of a group for which a mapping is planned.
    fn refuse_mapped(&mut self, hold: &Hold) -> Result<(), MembershipClash> {
        match hold {
            Hold::All { group } if self.mapped.forget_planned(group) => {
                Err(MembershipClash::Mapped { group: group.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Removes a planned hold that clashes with `hold` from `coming`, and returns it.
    fn comes_disturbing(&mut self, hold: &Hold) -> Option<Hold> {
        let at = self.coming.iter().position(|other| other.disturbs(hold))?;
        Some(self.coming.swap_remove(at))
    }

    /// Refuses a hold that the state has at a second address, if the plan destroys only one of the two. `others`: the
    /// holds that the plan treats the other way.
    fn refuse_shared(
        &mut self,
        hold: &Hold,
        others: impl Fn(&mut Self) -> &mut BTreeMap<String, Hold>,
    ) -> Result<(), MembershipClash> {
        let others = others(self);
        let Some(token) = others.iter().find(|(_, other)| other.is(hold)).map(|(of, _)| of.clone()) else {
            return Ok(());
        };
        others.remove(&token);
        Err(MembershipClash::Shared { hold: hold.clone() })
    }

    fn comes(&mut self, hold: Hold) -> Result<(), MembershipClash> {
        self.refuse_mapped(&hold)?;
        let found = |(of, other): (&String, &Hold)| (of.clone(), other.clone());
        let disturbed = self.held.iter().find(|(_, other)| other.disturbs(&hold));
        if let Some((of, other)) = disturbed.map(found) {
            self.held.remove(&of);
            return Err(MembershipClash::Twice { one: other, other: hold });
        }
        let is_disturbed_set = |other: &Hold| matches!(other, Hold::All { .. }) && other.disturbs(&hold);
        let set = self.leaving.iter().find(|(_, other)| is_disturbed_set(other));
        if let Some((of, set)) = set.map(found) {
            self.leaving.remove(&of);
            self.refused.insert(hold.group().to_owned());
            return Err(MembershipClash::SetLeaves { set, other: hold });
        }
        let is_refused = hold.is_one_in(hold.group()) && self.refused.contains(hold.group());
        if !is_refused && !self.coming.contains(&hold) {
            self.coming.push(hold);
        }
        Ok(())
    }
}

/// The right of a create or an update to its people. Given back if it fails without an object.
pub(crate) struct MembershipClaim {
    memberships: Arc<Memberships>,
    token: String,
    hold: Hold,
    people: BTreeSet<String>,
    is_kept: bool,
}

impl MembershipClaim {
    /// Waits for removals of these people that had begun before.
    ///
    /// # Errors
    /// When the time of the call is over, and on Ctrl-C.
    pub(crate) async fn removals_ended(&self, call: &Call) -> tfplug::Result<()> {
        let look = async || match self.is_under_removal() {
            false => Ok(Observed::Done(())),
            true => Ok(Observed::Pending("under way".to_owned())),
        };
        call.wait_until("the removal of a member by another resource", PAUSES, look).await
    }

    /// Whether another resource is removing one of these people.
    fn is_under_removal(&self) -> bool {
        let (book, group) = (self.memberships.book(), self.hold.group());
        self.people.iter().any(|person| book.removing.contains_key(&(group.to_owned(), person.clone())))
    }

    /// The object exists.
    pub(crate) fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for MembershipClaim {
    fn drop(&mut self) {
        let mut book = self.memberships.book();
        if !self.is_kept {
            book.made.remove(&self.token);
            let group = self.hold.group();
            book.wanted.extend(self.people.iter().map(|person| (group.to_owned(), person.clone())));
            return;
        }
        for person in &self.people {
            book.ended.remove(&(self.hold.group().to_owned(), person.clone()));
        }
        if let Some(made) = book.made.get_mut(&self.token) {
            made.is_under_way = false;
        }
    }
}

/// A removal of people from a group, until it has been read back.
pub(crate) struct Removal {
    memberships: Arc<Memberships>,
    group: String,
    /// GUIDs of those who may be removed.
    pub(crate) people: BTreeSet<String>,
}

impl Drop for Removal {
    fn drop(&mut self) {
        let mut book = self.memberships.book();
        for person in &self.people {
            let key = (self.group.clone(), person.clone());
            if let Some(count) = book.removing.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    book.removing.remove(&key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
