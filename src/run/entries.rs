//! The marks of a resource that holds many objects, each in an entry of a map.
//!
//! The [`Run`] knows entries as it knows resources: each is planned, created and deleted by its own key. The private state
//! belongs to the whole resource, so it has the marks of all entries, and [`Marks`] gives those of one entry in the form
//! that `marks.rs` and `seat.rs` read. One token is enough for all entries: with the key it is unique.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tfplug::{Private, PrivateKey};

use super::marks::{self, TOKEN, UNSEEN};
use super::{Clash, Holder, Key, Object, Run};

/// As the mark of that name of a single object: the keys of all entries.
const HELD: PrivateKey<BTreeSet<String>> = PrivateKey::new("held");

/// As the mark of that name of a single object.
const NEXT: PrivateKey<Next> = PrivateKey::new("next");

/// What the plan of a create is for.
#[derive(Serialize, Deserialize)]
enum Next {
    /// Known after apply.
    Unknown,
    /// The keys of the entries, each with its seal, if that is known.
    Entries(BTreeMap<String, Option<String>>),
}

/// What the plan of a change makes of an entry of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stays.
    Stays,
    /// It is removed.
    Leaves,
    /// It is removed, and what it stands for is left alone.
    IsForgotten,
}

/// A clash of one entry.
pub(crate) type EntryClash = (Key, Clash);

/// Gives a new resource its token.
pub(crate) fn begin(private: &Private) {
    private.set(&TOKEN, &marks::new_token());
}

/// The marks of a resource, read once for all of its entries.
pub(crate) struct Marks<'a> {
    resource: &'a Private,
    token: Option<String>,
    next: Option<Next>,
}

impl<'a> Marks<'a> {
    /// Those in the private state of the resource.
    pub(crate) fn of(private: &'a Private) -> Self {
        Marks { resource: private, token: private.get(&TOKEN), next: private.get(&NEXT) }
    }

    /// What the delete half of a replacement knows about the create, if its keys are known and [`adopts`](super::adopts) was called: the
    /// keys of its entries, each with its seal, and whether the create takes over what exists already.
    pub(crate) fn next(&self) -> Option<(&BTreeMap<String, Option<String>>, bool)> {
        match &self.next {
            Some(Next::Entries(entries)) => Some((entries, marks::does_adopt(self.resource)?)),
            Some(Next::Unknown) | None => None,
        }
    }

    /// Those of one entry.
    pub(crate) fn entry(&self, key: &Key) -> Private {
        let of_entry = Private::default();
        if let Some(token) = &self.token {
            of_entry.set(&TOKEN, &format!("{token}/{}", key.name()));
        }
        let next = self.next.as_ref().map(|next| match next {
            Next::Unknown => (marks::Next::Unknown, None),
            Next::Entries(entries) => match entries.get(key.name()) {
                Some(seal) => (marks::Next::Same, seal.clone()),
                None => (marks::Next::Other, None),
            },
        });
        marks::copy_plan(self.resource, &of_entry, key, next);
        of_entry
    }
}

/// Records the plan of a resource that exists: what becomes of its entries, and which are new.
pub(crate) fn planned_change(
    run: &Run,
    private: &Private,
    by: &'static Holder,
    entries: Vec<(Object, Fate)>,
    new: impl IntoIterator<Item = Key>,
) -> Vec<EntryClash> {
    marks::forget_plan(private);
    private.set(&HELD, &entries.iter().map(|(object, _)| object.key.name().to_owned()).collect());
    let mut clashes = Vec::new();
    // Planning and applying an update are two processes, except in `terraform test`. Only there has this process planned the
    // removal before.
    let leaving: Vec<&Object> =
        entries.iter().filter(|(_, fate)| *fate == Fate::Leaves).map(|(object, _)| object).collect();
    if !leaving.is_empty() && leaving.iter().all(|object| run.is_leaving(object)) {
        marks::planned_here(run, private);
    }
    for (object, fate) in entries {
        let key = object.key.clone();
        let planned = match fate {
            Fate::Stays => run.holds(object),
            Fate::Leaves | Fate::IsForgotten => run.leaves(object, fate == Fate::IsForgotten),
        };
        clashes.extend(planned.err().map(|clash| (key, clash)));
    }
    clashes.extend(comes(run, private, by, new));
    clashes
}

/// Records the plan of a resource that is to be created. `next`: the keys of its entries, each with its seal (see
/// [`marks::planned_create`]), if they are known.
pub(crate) fn planned_create(
    run: &Run,
    private: &Private,
    by: &'static Holder,
    next: Option<BTreeMap<Key, Option<String>>>,
) -> Vec<EntryClash> {
    let held = private.get(&HELD);
    private.remove(&HELD);
    if held.is_none() {
        private.set(&UNSEEN, &true);
    }
    let Some(next) = next else {
        private.set(&NEXT, &Next::Unknown);
        return Vec::new();
    };
    // Those that the old resource has replace themselves.
    let held = held.unwrap_or_default();
    let new: Vec<Key> = next.keys().filter(|key| !held.contains(key.name())).cloned().collect();
    let names = next.into_iter().map(|(key, seal)| (key.name().to_owned(), seal)).collect();
    private.set(&NEXT, &Next::Entries(names));
    comes(run, private, by, new)
}

/// Records the plan of a destroy. `harmless`: it does not touch what the entries stand for.
pub(crate) fn plan_delete(
    run: &Run,
    private: &Private,
    entries: Vec<Object>,
    harmless: bool,
) -> Vec<EntryClash> {
    marks::forget_plan(private);
    marks::planned_here(run, private);
    let leaves = |object: Object| (object.key.clone(), run.leaves(object, harmless));
    entries.into_iter().map(leaves).filter_map(|(key, planned)| Some((key, planned.err()?))).collect()
}

fn comes(
    run: &Run,
    private: &Private,
    by: &'static Holder,
    new: impl IntoIterator<Item = Key>,
) -> Vec<EntryClash> {
    let comes = |key: Key| run.comes(by, key.clone(), private).err().map(|clash| (key, clash));
    new.into_iter().filter_map(comes).collect()
}
