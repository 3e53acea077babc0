//! The memory of one run of Terraform across objects, so that two resources never work on the same person or group.
//!
//! Terraform tells a provider neither the address of an object nor which calls belong together. These facts are
//! certain:
//!
//! | what Terraform does | what a provider sees |
//! | --- | --- |
//! | plans a destroy | a plan without a proposed value, with the object's own private state |
//! | plans a replacement | a plan with the prior state, then a plan without it, which gets the private state of the first plan |
//! | plans the replacement of a tainted object | one plan without prior state and private state, like a plain create; so a delete half that replaces it by an object of another key is refused |
//! | applies a create | the plan again, in another process, without private state; then the apply |
//! | applies the delete half of a replacement | the apply with the private state of the *create's* plan, before the create |
//! | deletes the old object under `create_before_destroy` | its destroy planned and applied after the create ([`replaced`]) |
//! | deletes a deposed object that an earlier apply has left | its destroy planned, and in the apply planned anew and applied |
//!
//! (`hashicorp/terraform:internal/terraform/node_resource_abstract_instance.go`; the same from 1.6 to 1.15.) Planning and
//! applying are two processes. The exception is `terraform test` from 1.13 on if the test file has a `provider` block: one process
//! then does both, several times.
//!
//! So there are two memories. The [`Run`] records, by natural key, which objects this process has planned, created and
//! deleted; it finds clashes between them. The [marks](Half) in the private state connect the halves of one replacement.
//! A resource that holds many objects in the entries of a map has marks for each ([`entries`]).
//!
//! A plan cannot tell a deposed object without a successor (an apply has ended between the two steps of a replacement) from an object whose
//! resource was renamed without a `moved` block: both are a destroy, and a create of the same key. An apply could, because it plans the
//! destroy of a deposed object anew, after the create. But it may destroy the other one before the create. So both are refused, and the
//! error says how to go on.
//!
//! A clash is an error in the plan call that comes second. Both records are dropped then, because `terraform test` uses
//! the same process to clean up.

mod claims;
mod clash;
mod credentials;
pub(crate) mod deposed;
mod endings;
pub(crate) mod entries;
mod holder;
mod marks;
mod memberships;
mod plans;
mod replaced;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tfplug::{Backoff, Call, Observed, Private};
use uuid::Uuid;

use crate::types::Guid;

use claims::{AllMade, Left};
use credentials::AllCredentials;
use deposed::AllMet;
use endings::Ended;
use plans::{Planned, Shown, Stage};
use replaced::AllTerms;

pub(crate) use claims::{Claim, Kept};
pub(crate) use clash::{Clash, TO_DESTROY, error};
pub(crate) use holder::Holder;
pub(crate) use marks::{
    Half, Successor, adopts, forget_plan, half, imported, next, next_name, plan_delete, planned_change,
    planned_create,
};
pub(crate) use memberships::{Hold, MembershipClaim, MembershipClash, Memberships, Who};
pub(crate) use replaced::{NewTerms, Terms};

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
    /// Distinguishes the object from another one with the same GUID. Objects in older states have no token.
    token: Option<String>,
}

impl Object {
    /// An object with this private state.
    pub(crate) fn new(by: &'static Holder, key: Key, guid: &atlan::Guid, private: &Private) -> Self {
        Object { by, key, guid: guid.as_str().to_owned(), token: private.get(&marks::TOKEN) }
    }

    /// An object without a GUID in the state, because its creation is unclear.
    pub(crate) fn unclear(by: &'static Holder, key: Key, private: &Private) -> Self {
        Object { by, key, guid: String::new(), token: private.get(&marks::TOKEN) }
    }

    /// Whether its creation is unclear.
    fn is_unclear(&self) -> bool {
        self.guid.is_empty()
    }

    /// The name by which its key is known.
    pub(crate) fn name(&self) -> &str {
        self.key.name()
    }

    /// Whether it is a person whom an earlier apply may have invited.
    fn is_unclear_person(&self) -> bool {
        self.is_unclear() && matches!(self.key, Key::Person(_))
    }

    /// The token of its resource.
    fn resource(&self) -> Option<&str> {
        self.token.as_deref().map(resource_of)
    }

    fn identity(&self) -> &str {
        self.token.as_deref().unwrap_or(&self.guid)
    }
}

/// The token of the resource, in that of an object.
fn resource_of(token: &str) -> &str {
    token.split_once('/').map_or(token, |(resource, _)| resource)
}

/// Between two looks at what another call of this process does.
const PAUSES: Backoff = Backoff::new(Duration::from_millis(5), Duration::from_millis(100));

/// Whose objects this process has read: the folded address, and the type that has it in the state.
#[derive(Default)]
struct AllRead {
    by_guid: BTreeMap<String, (String, &'static Holder)>,
    /// GUIDs by address.
    by_address: BTreeMap<String, String>,
}

impl AllRead {
    fn insert(&mut self, user: &atlan::User, by: &'static Holder) {
        let (id, address) = (user.id.as_str().to_owned(), atlan::fold_email(&user.email));
        self.remove(&id);
        self.by_address.insert(address.clone(), id.clone());
        self.by_guid.insert(id, (address, by));
    }

    fn remove(&mut self, id: &str) {
        if let Some((address, _)) = self.by_guid.remove(id)
            && self.by_address.get(&address).is_some_and(|other| other == id)
        {
            self.by_address.remove(&address);
        }
    }

    fn of_person(&self, id: Option<&str>) -> Option<&(String, &'static Holder)> {
        self.by_guid.get(id?)
    }

    /// The GUID of the person who has this address.
    fn with_address(&self, address: &str) -> Option<&str> {
        self.by_address.get(address).map(String::as_str)
    }
}

#[derive(Default)]
struct Memory {
    planned: Planned,
    /// The objects whose error says what to do about a move between these types of resources.
    advised: BTreeMap<(&'static str, &'static str), Key>,
    /// Resources that are planned to invite people whose addresses are not known yet. By the token of the resource; `None`: it is new.
    nameless: BTreeMap<Option<String>, &'static Holder>,
    /// What is planned to be created, and the token of its resource, if that exists.
    coming: BTreeMap<Key, (&'static Holder, Option<String>)>,
    made: AllMade,
    met: AllMet,
    terms: AllTerms,
    kept: BTreeMap<Key, Left>,
    ended: BTreeMap<Key, Ended>,
    /// Keys of creates that have failed. The configuration still has an object of that key.
    wanted: BTreeMap<Key, &'static Holder>,
    /// The names of objects that are renamed or removed, by what tells objects apart.
    shown: BTreeMap<String, Shown>,
    attempted: BTreeMap<Key, String>,
    read: AllRead,
    /// What the state of a replaced object had, and its new half cannot find out.
    inherited: BTreeMap<Key, Box<dyn Any + Send>>,
    /// People whom an action of the plan removes: folded addresses, and GUIDs.
    removing: BTreeSet<String>,
    credentials: AllCredentials,
    /// Type and names of what a refresh has found in the state and no longer in Atlan.
    departed: BTreeSet<(&'static str, String)>,
    /// Type and address in the configuration of such an object; see [`Run::departs_under`].
    departed_under: BTreeMap<(&'static str, String), (Guid, bool)>,
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
        self.memory().read.insert(user, by);
    }

    async fn wait(
        &self,
        call: &Call,
        what: String,
        is_over: impl Fn(&Memory) -> bool + Send + Sync,
    ) -> tfplug::Result<()> {
        // Ctrl-C ends a wait, and there may be nothing to wait for.
        if is_over(&self.memory()) {
            return Ok(());
        }
        let look = async || match is_over(&self.memory()) {
            true => Ok(Observed::Done(())),
            false => Ok(Observed::Pending("under way".to_owned())),
        };
        call.wait_until(&what, PAUSES, look).await
    }

    /// Removes the records of an object, because its change has been applied.
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
        let own = memory.made.get(&object.key).is_some_and(|made| made.is_of(object));
        if own {
            memory.made.remove(&object.key);
        }
    }

    /// Remembers for the plan that an earlier run tried to create an object, and that the outcome is unknown. `since`: as the
    /// private state of the object has it.
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
        let key = email.map(|email| Key::Person(email.to_owned()));
        let planned = |stage| memory.planned.of_person(id, key.as_ref(), stage).map(|object| object.by);
        let coming = || key.as_ref().and_then(|key| memory.coming.get(key)).map(|(by, _)| *by);
        let made = || id.and_then(|id| memory.made.of_guid(id)).map(|made| made.by);
        let read = || {
            let read =
                memory.read.of_person(id).or_else(|| memory.read.of_person(memory.read.with_address(email?)));
            read.filter(|_| planned(Stage::Leaving).is_none()).map(|(_, by)| *by)
        };
        planned(Stage::Held).or_else(coming).or_else(made).or_else(read)
    }

    /// Whether this plan invites somebody of this folded address, or may: an earlier apply may have, or the plan does not know all addresses.
    pub(crate) fn will_invite(&self, email: &str) -> bool {
        let (memory, key) = (self.memory(), Key::Person(email.to_owned()));
        memory.coming.contains_key(&key) || memory.planned.has_unclear(&key) || !memory.nameless.is_empty()
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
    /// other objects; so it waits for the apply. `name`: lets the plan of the create recognise the object.
    pub(crate) fn departs(&self, resource: &'static str, name: String) {
        self.memory().departed.insert((resource, name));
    }

    /// Whether [`Run::departs`] was told of such an object.
    pub(crate) fn has_departed(&self, resource: &'static str, name: &str) -> bool {
        self.memory().departed.contains(&(resource, name.to_owned()))
    }

    /// Remembers for the plan that a refresh has found an object only in the state. `named`: the address by which the configuration names
    /// the person. `who`: the GUID in the state, and whether the person had another address by then.
    pub(crate) fn departs_under(&self, resource: &'static str, named: String, who: (Guid, bool)) {
        self.memory().departed_under.insert((resource, named), who);
    }

    /// What [`Run::departs_under`] was told.
    pub(crate) fn departed_under(&self, resource: &'static str, named: &str) -> Option<(Guid, bool)> {
        self.memory().departed_under.get(&(resource, named.to_owned())).cloned()
    }

    /// What [`Run::note_attempt`] was told.
    pub(crate) fn attempt(&self, key: &Key) -> Option<String> {
        self.memory().attempted.get(key).cloned()
    }
}

#[cfg(test)]
mod tests;
