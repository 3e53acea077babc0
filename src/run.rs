//! The memory of one run of Terraform across objects, so that two resources never work on the same person or group.
//!
//! Terraform tells a provider neither the address of an object nor which calls belong together. These facts are
//! certain:
//!
//! | what Terraform does | what a provider sees |
//! | --- | --- |
//! | plans a destroy | a plan without a proposed value, with the object's own private data |
//! | plans a replacement | a plan with the prior state, then one without that gets the private data of the first |
//! | plans the replacement of a tainted object | one plan without prior state and private data, like a plain create; so a delete half that replaces it by an object of another key is refused |
//! | applies a create | the plan again, in another process, without private data; then the apply |
//! | applies the delete half of a replacement | the apply with the private data of the *create's* plan, before the create |
//! | deletes the old object under `create_before_destroy` | its destroy planned and applied after the create |
//!
//! (`hashicorp/terraform:internal/terraform/node_resource_abstract_instance.go`; the same from 1.6 to 1.15.) Planning and
//! applying are two processes, except in `terraform test` from 1.13 on, where one process does both, several times.
//!
//! So there are two memories. The [`Run`] records, by natural key, which objects this process has planned, created and
//! deleted; it finds clashes between them. The [marks](Half) in the private data connect the halves of one replacement.
//! A resource that holds many objects in the entries of a map has marks for each ([`entries`]).
//!
//! A clash is an error in the plan call that comes second. Both records are dropped then, because `terraform test` uses
//! the same process to clean up.

mod clash;
pub(crate) mod entries;
mod holder;
mod marks;
mod memberships;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tfplug::{Backoff, Call, Private, Progress};
use uuid::Uuid;

pub(crate) use clash::{Clash, TO_DESTROY, error};
pub(crate) use holder::Holder;
pub(crate) use marks::{
    Half, Successor, forget_plan, half, imported, plan_delete, planned_change, planned_create,
};
pub(crate) use memberships::{Hold, MembershipClaim, MembershipClash, Memberships, Who};

/// The natural key of an object, which is unique in a tenant like its GUID.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// A folded email address.
    Person(String),
    /// An internal name.
    Group(String),
    /// The alias of an identity provider, a `/`, and the GUID of a group.
    Mapping(String),
}

impl Key {
    pub(crate) fn name(&self) -> &str {
        match self {
            Key::Person(name) | Key::Group(name) | Key::Mapping(name) => name,
        }
    }
}

/// As messages name it.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Person(email) => f.write_str(email),
            Key::Group(name) => write!(f, "group {name}"),
            Key::Mapping(name) => write!(f, "mapping {name}"),
        }
    }
}

/// An object of a state.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    by: &'static Holder,
    key: Key,
    guid: String,
    /// Tells it from another object of the same GUID. Objects of older states have none.
    token: Option<String>,
}

impl Object {
    /// An object whose private data these are.
    pub(crate) fn new(by: &'static Holder, key: Key, guid: &atlan::Guid, private: &Private) -> Self {
        Object { by, key, guid: guid.as_str().to_owned(), token: private.get(&marks::TOKEN) }
    }

    /// An object without a GUID in the state, because its creation is unclear.
    pub(crate) fn unclear(by: &'static Holder, key: Key, private: &Private) -> Self {
        Object { by, key, guid: String::new(), token: private.get(&marks::TOKEN) }
    }

    /// The name by which its key is known.
    pub(crate) fn name(&self) -> &str {
        self.key.name()
    }

    fn identity(&self) -> &str {
        self.token.as_deref().unwrap_or(&self.guid)
    }
}

/// What the delete half of a replacement has left for the create half.
#[derive(Clone, Debug)]
pub(crate) enum Kept {
    /// The object, untouched.
    Object(atlan::Guid),
    /// Perhaps an object: an earlier run tried to create it and never learned the outcome. The time of that attempt is
    /// in private data that the delete half does not receive.
    Attempt,
    /// A person whose access this process has ended, or a group that it has deleted, because the plan could not show that it is
    /// configured elsewhere.
    Ended(atlan::Guid),
}

/// The planned future of an existing object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It stays, under its key.
    Held,
    /// It is deleted, or gets another key.
    Leaving,
}

struct Made {
    by: &'static Holder,
    token: String,
    guid: Option<String>,
}

impl Made {
    fn is_not_of(&self, object: &Object) -> bool {
        Some(&self.token) != object.token.as_ref()
    }
}

/// The end of an access, or of a group.
#[derive(Clone)]
struct Ended {
    by: &'static Holder,
    /// Of the object that ended it.
    token: Option<String>,
    /// Once the step is done.
    guid: Option<atlan::Guid>,
}

/// What the delete half of a replacement has left, and for whom.
struct Left {
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

#[derive(Default)]
struct Memory {
    planned: BTreeMap<String, (Object, Stage)>,
    coming: BTreeMap<Key, &'static Holder>,
    made: BTreeMap<Key, Made>,
    kept: BTreeMap<Key, Left>,
    ended: BTreeMap<Key, Ended>,
    /// Creates that have failed: the configuration has an object of that key all the same.
    wanted: BTreeMap<Key, &'static Holder>,
    /// Names shown in Atlan, by object: before the plan and, unless the object is removed, after it.
    shown: BTreeMap<String, (Key, String, Option<String>)>,
    attempted: BTreeMap<Key, String>,
    /// Whose objects this process has read: the folded address, and the type that has it in the state. By GUID.
    read: BTreeMap<String, (String, &'static Holder)>,
    /// What the state of a replaced object had, and its new half cannot find out.
    inherited: BTreeMap<Key, Box<dyn Any + Send>>,
    /// Type and names of what a refresh has found in the state and no longer in Atlan.
    departed: BTreeSet<(&'static str, String)>,
}

/// See the module.
pub(crate) struct Run {
    /// Tells this process from that of the plan.
    id: String,
    memory: Mutex<Memory>,
    memberships: Arc<Memberships>,
}

impl Default for Run {
    fn default() -> Self {
        Run { id: Uuid::new_v4().to_string(), memory: Mutex::default(), memberships: Arc::default() }
    }
}

impl Run {
    /// Which resource manages whom in which group.
    pub(crate) fn memberships(&self) -> &Arc<Memberships> {
        &self.memberships
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An object of the state has been read, and is there. With `-invoke`, Terraform plans no resource, but reads those to which
    /// the action refers.
    pub(crate) fn reads(&self, by: &'static Holder, user: &atlan::User) {
        self.memory().read.insert(user.id.as_str().to_owned(), (atlan::fold_email(&user.email), by));
    }

    /// An object is planned to stay under its key. A newer plan of the same object replaces the older record.
    pub(crate) fn holds(&self, object: Object) -> Result<(), Clash> {
        let mut memory = self.memory();
        memory.planned.remove(object.identity());
        if let Some(new) = memory.coming.remove(&object.key) {
            return Err(Clash::Held { key: object.key, guid: object.guid, by: object.by, new });
        }
        memory.refuse_shared(&object, Stage::Held)?;
        memory.planned.insert(object.identity().to_owned(), (object, Stage::Held));
        Ok(())
    }

    /// An object is planned to be deleted, or to get another key. `harmless`: its destroy does not touch it.
    pub(crate) fn leaves(&self, object: Object, harmless: bool) -> Result<(), Clash> {
        let mut memory = self.memory();
        memory.planned.remove(object.identity());
        memory.shown.remove(object.identity());
        if harmless {
            return Ok(());
        }
        if let Some(to) = memory.coming.remove(&object.key) {
            return Err(Clash::Moves { key: object.key, from: object.by, to });
        }
        memory.refuse_shared(&object, Stage::Leaving)?;
        memory.planned.insert(object.identity().to_owned(), (object, Stage::Leaving));
        Ok(())
    }

    /// Whether this process has planned to delete the object.
    fn is_leaving(&self, object: &Object) -> bool {
        let memory = self.memory();
        memory.planned.get(object.identity()).is_some_and(|(_, stage)| *stage == Stage::Leaving)
    }

    /// The name that people see of an object, before and after its plan. `after` is `None` if the object is removed. An object that
    /// stays must not get the name of one that is removed: that is how a list looks that has lost an entry, and the wrong object
    /// would be removed.
    pub(crate) fn shows(&self, object: &Object, before: &str, after: Option<&str>) -> Result<(), Clash> {
        let mut memory = self.memory();
        let own = (object.key.clone(), before.to_owned(), after.map(str::to_owned));
        memory.shown.remove(object.identity());
        let passes = |from: &(Key, String, Option<String>), to: &(Key, String, Option<String>)| {
            from.2.is_none() && to.2.as_ref() == Some(&from.1) && to.1 != from.1
        };
        let other = memory.shown.iter().find(|(_, other)| passes(&own, other) || passes(other, &own));
        let Some((identity, other)) = other.map(|(identity, other)| (identity.clone(), other.clone())) else {
            memory.shown.insert(object.identity().to_owned(), own);
            return Ok(());
        };
        memory.shown.remove(&identity);
        let (removed, renamed) = if own.2.is_none() { (own, other) } else { (other, own) };
        Err(Clash::Shifted { removed: removed.0, renamed: renamed.0, shown: removed.1 })
    }

    /// An object of that key is planned to be created, and does not replace itself.
    pub(crate) fn comes(&self, by: &'static Holder, key: Key) -> Result<(), Clash> {
        let mut memory = self.memory();
        let present = memory.planned.iter().find(|(_, (object, _))| object.key == key);
        let Some((identity, (object, stage))) =
            present.map(|(id, (object, stage))| (id.clone(), (object.clone(), *stage)))
        else {
            memory.coming.insert(key, by);
            return Ok(());
        };
        memory.planned.remove(&identity);
        Err(match stage {
            Stage::Held => Clash::Held { key, guid: object.guid, by: object.by, new: by },
            Stage::Leaving => Clash::Moves { key, from: object.by, to: by },
        })
    }

    /// Waits until no step that ends the access of this person, or deletes this group, is under way.
    ///
    /// # Errors
    /// When the time of the call is over, and on Ctrl-C.
    pub(crate) async fn ends_are_over(&self, call: &Call, key: &Key) -> tfplug::Result<()> {
        let is_over = |memory: &Memory| memory.ended.get(key).is_none_or(|ended| ended.guid.is_some());
        self.wait(call, format!("the removal of {key} at another resource address"), is_over).await
    }

    /// Waits until no other resource is creating the object, then says whether one has it.
    ///
    /// # Errors
    /// When the time of the call is over, and on Ctrl-C; [`Clash::Wanted`] if such a create has failed.
    pub(crate) async fn is_taken(&self, call: &Call, object: &Object, half: &Half) -> tfplug::Result<bool> {
        let is_over = |memory: &Memory| {
            let mut made = memory.made.iter();
            !made.any(|(key, made)| made.guid.is_none() && *key == object.key && made.is_not_of(object))
        };
        self.wait(call, format!("the create of {} at another resource address", object.key), is_over).await?;
        let memory = self.memory();
        let is_taken = memory.is_made_again(object);
        if !is_taken
            && *half == Half::Leaves
            && let Some(by) = memory.wanted.get(&object.key)
        {
            return Err(Clash::Wanted { key: object.key.clone(), by }.into());
        }
        Ok(is_taken)
    }

    async fn wait(
        &self,
        call: &Call,
        what: String,
        is_over: impl Fn(&Memory) -> bool + Send + Sync,
    ) -> tfplug::Result<()> {
        const PAUSES: Backoff = Backoff::new(Duration::from_millis(5), Duration::from_millis(100));
        let look = async || match is_over(&self.memory()) {
            true => Ok(Progress::Done(())),
            false => Ok(Progress::Pending("under way".to_owned())),
        };
        call.wait_until(&what, PAUSES, look).await
    }

    /// Begins to create an object of that key. One process makes or adopts an object once. `seal`: as in [`planned_create`].
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
        let mut memory = self.memory();
        memory.coming.remove(key);
        if memory.ended.get(key).is_some_and(|ended| ended.token.as_ref() == Some(&token)) {
            // The same entry was removed by an earlier change of its resource.
            memory.ended.remove(key);
        }
        let ended = memory.ended.get(key).cloned();
        if let Some(Ended { by: other, guid: None, .. }) = ended {
            return Err(Clash::Ended { key: key.clone(), by: other, new: by });
        }
        // An entry whose object has disappeared is made again.
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

    /// As [`Run::ends`], once no other resource is creating the person. `None`: another resource has them.
    ///
    /// # Errors
    /// As [`Run::is_taken`]; [`Clash::Tainted`] if the plan could not judge this.
    pub(crate) async fn to_end(
        self: &Arc<Self>,
        call: &Call,
        object: &Object,
        half: &Half,
    ) -> tfplug::Result<Option<Ending>> {
        // A create of the same person may begin at any time: the plan did not show one whose address was unknown.
        loop {
            if self.is_taken(call, object, half).await? {
                self.applied(object);
                return Ok(None);
            }
            if *half == Half::Tainted {
                return Err(Clash::Tainted { key: object.key.clone(), by: object.by }.into());
            }
            if let Some(ending) = self.ends(object) {
                return Ok(Some(ending));
            }
        }
    }

    /// Begins to end the access of a person, as another process has planned it: a create of the same person in this one was
    /// not part of that plan. `None`: such a create has begun, so the person is to keep the access.
    pub(crate) fn ends(self: &Arc<Self>, object: &Object) -> Option<Ending> {
        let mut memory = self.memory();
        if memory.is_made_again(object) {
            return None;
        }
        let ended = Ended { by: object.by, token: object.token.clone(), guid: None };
        memory.ended.insert(object.key.clone(), ended);
        Some(Ending { run: Arc::clone(self), key: object.key.clone(), is_done: false })
    }

    /// Whether this is the old object of a replacement under `create_before_destroy`: its removal was planned in the apply, so nobody
    /// has seen a plan of it. (In `terraform test`, too, one process plans and applies, but there it has also made the object.)
    pub(crate) fn is_deposed(&self, object: &Object, half: &Half) -> bool {
        let memory = self.memory();
        let is_of = |made: &Made| !made.is_not_of(object);
        *half == Half::PlannedHere && !memory.made.get(&object.key).is_some_and(is_of)
    }

    /// Whether another resource of this process has made the object, or is making it.
    pub(crate) fn is_made_again(&self, object: &Object) -> bool {
        self.memory().is_made_again(object)
    }

    /// The records of an object end, because its change has been applied.
    pub(crate) fn applied(&self, object: &Object) {
        let mut memory = self.memory();
        memory.planned.remove(object.identity());
        memory.shown.remove(object.identity());
    }

    /// An object is deleted.
    pub(crate) fn deleted(&self, object: &Object) {
        let mut memory = self.memory();
        memory.planned.remove(object.identity());
        memory.shown.remove(object.identity());
        memory.read.remove(&object.guid);
        let own = memory.made.get(&object.key).is_some_and(|made| Some(&made.token) == object.token.as_ref());
        if own {
            memory.made.remove(&object.key);
        }
    }

    /// Remembers for the plan that an earlier run tried to make an object and never learned the outcome. `since`: as the
    /// private data of the object have it.
    pub(crate) fn note_attempt(&self, key: Key, since: String) {
        self.memory().attempted.insert(key, since);
    }

    /// The type of resource that manages this person after the plan or the apply so far. `email`: folded. One of the two names
    /// is enough.
    pub(crate) fn holder_of_person(
        &self,
        id: Option<&atlan::Guid>,
        email: Option<&str>,
    ) -> Option<&'static Holder> {
        let memory = self.memory();
        let id = id.map(atlan::Guid::as_str);
        let is_key = |key: &Key| matches!(key, Key::Person(name) if Some(name.as_str()) == email);
        let of_stage = |wanted: Stage| {
            let mut objects = memory.planned.values();
            objects.find(|(object, stage)| {
                let is_person = matches!(object.key, Key::Person(_));
                is_person && *stage == wanted && (Some(object.guid.as_str()) == id || is_key(&object.key))
            })
        };
        let held = || of_stage(Stage::Held).map(|(object, _)| object.by);
        let coming = || memory.coming.iter().find(|(key, _)| is_key(key)).map(|(_, by)| *by);
        let made = || memory.made.values().find(|made| made.guid.is_some() && made.guid.as_deref() == id);
        let read = || {
            let mut read = memory.read.iter();
            read.find(|(guid, (address, _))| Some(guid.as_str()) == id || Some(address.as_str()) == email)
                .filter(|_| of_stage(Stage::Leaving).is_none())
        };
        held()
            .or_else(coming)
            .or_else(|| made().map(|made| made.by))
            .or_else(|| read().map(|(_, (_, by))| *by))
    }

    /// Remembers for the create half of a replacement what only the state of the old object had.
    pub(crate) fn bequeath<T: Any + Send>(&self, key: Key, what: T) {
        self.memory().inherited.insert(key, Box::new(what));
    }

    /// What [`Run::bequeath`] was told.
    pub(crate) fn inheritance<T: Any + Clone>(&self, key: &Key) -> Option<T> {
        self.memory().inherited.get(key)?.downcast_ref::<T>().cloned()
    }

    /// What [`Run::bequeath`] was told, once.
    pub(crate) fn inherit<T: Any>(&self, key: &Key) -> Option<T> {
        let what: Box<T> = self.memory().inherited.remove(key)?.downcast().ok()?;
        Some(*what)
    }

    /// Remembers for the plan that a refresh has found an object of this type only in the state. Terraform plans to create such an
    /// object anew, also before it plans a destroy. An error about a create that nobody asked for would block the plan for all
    /// other objects; so it waits for the apply. `name`: by which the plan of the create can tell it.
    pub(crate) fn departs(&self, resource: &'static str, name: String) {
        self.memory().departed.insert((resource, name));
    }

    /// Whether [`Run::departs`] was told of such an object.
    pub(crate) fn has_departed(&self, resource: &'static str, name: &str) -> bool {
        self.memory().departed.contains(&(resource, name.to_owned()))
    }

    /// What [`Run::note_attempt`] was told.
    pub(crate) fn attempt(&self, key: &Key) -> Option<String> {
        self.memory().attempted.get(key).cloned()
    }
}

impl Memory {
    /// Whether the object is in use again by a resource other than the one that is about to delete it: by the new half of
    /// its replacement under `create_before_destroy`, or at another address, where its create may still be under way.
    fn is_made_again(&self, object: &Object) -> bool {
        self.made.iter().any(|(key, made)| {
            let same = made.guid.as_ref().map_or(*key == object.key, |guid| *guid == object.guid);
            same && made.is_not_of(object)
        })
    }

    /// One GUID at two addresses, unless both are destroyed. `stage`: of this one.
    fn refuse_shared(&mut self, object: &Object, stage: Stage) -> Result<(), Clash> {
        let other = self.planned.iter().find(|(identity, (other, at))| {
            *identity != object.identity()
                && other.guid == object.guid
                && !object.guid.is_empty()
                && (stage, *at) != (Stage::Leaving, Stage::Leaving)
        });
        let other = other.map(|(identity, (other, at))| (identity.clone(), other.by, *at));
        let Some((identity, other, at)) = other else { return Ok(()) };
        self.planned.remove(&identity);
        let (key, guid) = (object.key.clone(), object.guid.clone());
        Err(match (stage, at) {
            (Stage::Leaving, _) => Clash::Shared { key, guid, leaves: object.by, stays: other },
            (Stage::Held, Stage::Leaving) => Clash::Shared { key, guid, leaves: other, stays: object.by },
            (Stage::Held, Stage::Held) => Clash::Twice { key, guid, one: other, other: object.by },
        })
    }
}

/// The end of a person's access, from the decision to the answer. Without an answer nothing has ended.
pub(crate) struct Ending {
    run: Arc<Run>,
    key: Key,
    is_done: bool,
}

impl Ending {
    /// The step is done.
    pub(crate) fn done(mut self, guid: &atlan::Guid) {
        self.is_done = true;
        if let Some(ended) = self.run.memory().ended.get_mut(&self.key) {
            ended.guid = Some(guid.clone());
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.is_done {
            self.run.memory().ended.remove(&self.key);
        }
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
        if let Some(made) = self.run.memory().made.get_mut(&self.key) {
            made.guid = Some(guid.as_str().to_owned());
        }
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

#[cfg(test)]
mod tests;
