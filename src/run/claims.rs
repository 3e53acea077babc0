//! Who makes what in this process: one resource makes or adopts an object once, and a create half takes over what the delete half of its
//! replacement has left.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tfplug::{Call, Private};

use super::endings::Ended;
use super::marks::{self, Half};
use super::{Clash, Holder, Key, Memory, Object, Run, deposed};

/// What the delete half of a replacement has left for the create half.
#[derive(Clone, Debug)]
pub(crate) enum Kept {
    /// The object, untouched.
    Object(atlan::Guid),
    /// An object that may exist: an earlier run tried to create it, and the outcome is unknown. The time of that attempt is
    /// in private state that the delete half does not receive.
    Attempt,
    /// A person whose access this process has ended, or a group that it has deleted, because the plan could not show that it is
    /// configured elsewhere.
    Ended(atlan::Guid),
}

/// An object that a create of this process has made or adopted, or is about to.
pub(super) struct Made {
    pub(super) by: &'static Holder,
    token: String,
    guid: Option<String>,
}

impl Made {
    pub(super) fn is_of(&self, object: &Object) -> bool {
        Some(&self.token) == object.token.as_ref()
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }
}

/// All of them.
#[derive(Default)]
pub(super) struct AllMade {
    by_key: BTreeMap<Key, Made>,
    by_guid: BTreeMap<String, BTreeSet<Key>>,
}

impl AllMade {
    pub(super) fn get(&self, key: &Key) -> Option<&Made> {
        self.by_key.get(key)
    }

    /// Some object of that GUID.
    pub(super) fn of_guid(&self, guid: &str) -> Option<&Made> {
        self.all_of_guid(guid).next()
    }

    fn all_of_guid(&self, guid: &str) -> impl Iterator<Item = &Made> {
        self.by_guid.get(guid).into_iter().flatten().filter_map(|key| self.by_key.get(key))
    }

    fn insert(&mut self, key: Key, made: Made) {
        self.remove(&key);
        self.by_key.insert(key, made);
    }

    pub(super) fn remove(&mut self, key: &Key) {
        let Some(guid) = self.by_key.remove(key).and_then(|made| made.guid) else { return };
        if let Some(keys) = self.by_guid.get_mut(&guid) {
            keys.remove(key);
        }
    }

    fn set_guid(&mut self, key: &Key, guid: &atlan::Guid) {
        let Some(made) = self.by_key.get_mut(key) else { return };
        made.guid = Some(guid.as_str().to_owned());
        self.by_guid.entry(guid.as_str().to_owned()).or_default().insert(key.clone());
    }

    /// What other resources have made of the same GUID or the same key, or are making.
    pub(super) fn again(&self, object: &Object) -> impl Iterator<Item = &Made> {
        self.all_of_guid(&object.guid).chain(self.get(&object.key)).filter(|made| !made.is_of(object))
    }

    /// Whether a resource other than that of the object has made it, or is making it.
    pub(super) fn has_again(&self, object: &Object) -> bool {
        self.has_made_again(object) || self.is_making_again(object)
    }

    fn has_made_again(&self, object: &Object) -> bool {
        self.all_of_guid(&object.guid).any(|made| !made.is_of(object))
    }

    /// Whether another resource has made an object of this key that is not this one.
    fn has_other(&self, object: &Object) -> bool {
        let other = self.get(&object.key).filter(|made| !made.is_of(object));
        other.and_then(|made| made.guid.as_deref()).is_some_and(|guid| guid != object.guid)
    }

    /// Whether such a create is under way.
    fn is_making_again(&self, object: &Object) -> bool {
        self.get(&object.key).is_some_and(|made| made.guid.is_none() && !made.is_of(object))
    }
}

/// What the delete half of a replacement has left, and for whom.
pub(super) struct Left {
    kept: Kept,
    by: &'static Holder,
    /// Of the create that may take it over.
    seal: Option<String>,
}

impl Left {
    /// Whether a create of that type and with that seal is the one it was left for, as far as that is known.
    fn is_for(&self, by: &'static Holder, seal: Option<&str>) -> bool {
        self.by == by && (self.seal.is_none() || self.seal.as_deref() == seal)
    }
}

impl Run {
    /// Begins to create an object of that key. One process makes or adopts an object once. `seal`: as in [`planned_create`](super::planned_create).
    pub(crate) fn claim(
        self: &Arc<Self>,
        by: &'static Holder,
        key: &Key,
        private: &Private,
        seal: Option<&str>,
    ) -> Result<Claim, Clash> {
        // An entry keeps the one that its resource gives it.
        let given = private.get(&marks::TOKEN).filter(|_| by.by_entry);
        let token = given.unwrap_or_else(marks::new_token);
        private.set(&marks::TOKEN, &token);
        if !by.by_entry {
            deposed::begin(private);
        }
        let mut memory = self.memory();
        memory.coming.remove(key);
        // All creates are planned by now, in this apply with an address.
        memory.nameless.clear();
        if memory.ended.get(key).is_some_and(|ended| ended.token.as_ref() == Some(&token)) {
            // The same entry was removed by an earlier change of its resource.
            memory.ended.remove(key);
        }
        let ended = memory.ended.get(key).cloned();
        if let Some(Ended { by: other, guid: None, .. }) = ended {
            return Err(Clash::Ended { key: key.clone(), by: other, new: by });
        }
        // An entry whose object has disappeared is created again.
        let is_other = |made: &&Made| made.token != token || made.guid.is_none();
        let other = memory.made.get(key).filter(is_other).map(|made| made.by);
        let other =
            other.or_else(|| memory.kept.get(key).filter(|left| !left.is_for(by, seal)).map(|left| left.by));
        if let Some(other) = other {
            return Err(Clash::Made { key: key.clone(), by: other, new: by });
        }
        memory.wanted.remove(key);
        memory.made.insert(key.clone(), Made { by, token, guid: None });
        let kept = memory.kept.remove(key).map(|left| left.kept);
        let kept = kept.or_else(|| ended.and_then(|ended| ended.guid).map(Kept::Ended));
        Ok(Claim { run: Arc::clone(self), by, key: key.clone(), kept, made: false })
    }

    /// What a delete half has kept for a create whose claim failed, because another resource has the claim: the state must
    /// not lose it. `seal`: as in [`Run::claim`].
    pub(crate) fn take_kept(&self, by: &'static Holder, key: &Key, seal: Option<&str>) -> Option<Kept> {
        let mut memory = self.memory();
        if !memory.kept.get(key)?.is_for(by, seal) {
            return None;
        }
        memory.kept.remove(key).map(|left| left.kept)
    }

    /// The delete half of a replacement changes nothing: the create half takes over what is there, unless another resource has.
    /// `private`: of the delete half.
    pub(crate) fn keep(&self, by: &'static Holder, key: Key, kept: Kept, private: &Private) {
        let mut memory = self.memory();
        let token = private.get(&marks::TOKEN);
        if memory.made.get(&key).is_some_and(|made| Some(&made.token) == token.as_ref()) {
            memory.made.remove(&key);
        }
        memory.kept.insert(key, Left { kept, by, seal: marks::seal(private) });
    }

    /// Waits until no other resource is creating the object, then says whether one has it.
    ///
    /// # Errors
    /// When the time of the call is over, and on Ctrl-C; [`Clash::Wanted`] if such a create has failed.
    pub(crate) async fn is_taken(&self, call: &Call, object: &Object, half: &Half) -> tfplug::Result<bool> {
        let is_over = |memory: &Memory| !memory.made.is_making_again(object);
        self.wait(call, format!("the create of {} at another resource address", object.key), is_over).await?;
        // No plan has shown the removal of a deposed object together with that create.
        let is_unseen = *half == Half::Leaves || self.is_deposed(object, half);
        let memory = self.memory();
        let is_taken = memory.made.has_again(object);
        if !is_taken
            && is_unseen
            && let Some(by) = memory.wanted.get(&object.key)
        {
            return Err(Clash::Wanted { key: object.key.clone(), by }.into());
        }
        Ok(is_taken)
    }

    /// Withdraws the person of an entry, because the create of its list fails. `private`: of the entry.
    pub(crate) fn gives_up(&self, by: &'static Holder, key: &Key, private: &Private) {
        let mut memory = self.memory();
        let token = private.get(&marks::TOKEN);
        if memory.made.get(key).is_some_and(|made| Some(&made.token) == token.as_ref()) {
            memory.made.remove(key);
            memory.wanted.insert(key.clone(), by);
        }
    }

    /// Whether another resource of this process has made the object.
    pub(crate) fn has_made_again(&self, object: &Object) -> bool {
        self.memory().made.has_made_again(object)
    }

    /// Whether another resource of this process has somebody else under the key of this object.
    pub(crate) fn has_other_person(&self, object: &Object) -> bool {
        self.memory().made.has_other(object)
    }

    /// Whether a create of this key has failed in this process.
    pub(crate) fn could_not_make(&self, object: &Object) -> bool {
        self.memory().wanted.contains_key(&object.key)
    }

    /// Whether another resource of this process has made the object, or is making it: the new half of its replacement under
    /// `create_before_destroy`, or one at another address.
    pub(crate) fn is_made_again(&self, object: &Object) -> bool {
        self.memory().made.has_again(object)
    }
}

/// The right of one create to its key. Given back when the create fails without an object.
pub(crate) struct Claim {
    run: Arc<Run>,
    by: &'static Holder,
    key: Key,
    kept: Option<Kept>,
    made: bool,
}

impl Claim {
    /// What the delete half of the same replacement has left.
    pub(crate) fn kept(&self) -> Option<&Kept> {
        self.kept.as_ref()
    }

    /// The object exists, and belongs to this create.
    pub(crate) fn made(&mut self, guid: &atlan::Guid) {
        self.made = true;
        self.run.memory().made.set_guid(&self.key, guid);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.made {
            let mut memory = self.run.memory();
            memory.made.remove(&self.key);
            memory.wanted.insert(self.key.clone(), self.by);
        }
    }
}
