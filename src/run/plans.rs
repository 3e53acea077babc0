//! What this process has planned: the objects of the state, which stay or are removed, and what is to be created. A clash is found in the
//! plan call that comes second. A resource for many people plans thousands of entries, so objects are found by key and by GUID.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::Private;

use super::marks::TOKEN;
use super::{Clash, Holder, Key, Memory, Object, Run};

/// The planned future of an existing object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It stays, under its key.
    Held,
    /// It is deleted, or gets another key.
    Leaving,
}

/// The objects of the state that have been planned, by what tells them apart.
#[derive(Default)]
pub(super) struct Planned {
    objects: BTreeMap<String, (Object, Stage)>,
    by_key: BTreeMap<Key, BTreeSet<String>>,
    /// Without those whose creation is unclear.
    by_guid: BTreeMap<String, BTreeSet<String>>,
}

impl Planned {
    fn insert(&mut self, object: Object, stage: Stage) {
        self.remove(object.identity());
        let identity = object.identity().to_owned();
        self.by_key.entry(object.key.clone()).or_default().insert(identity.clone());
        if !object.guid.is_empty() {
            self.by_guid.entry(object.guid.clone()).or_default().insert(identity.clone());
        }
        self.objects.insert(identity, (object, stage));
    }

    pub(super) fn remove(&mut self, identity: &str) {
        let Some((object, _)) = self.objects.remove(identity) else { return };
        leave(&mut self.by_key, &object.key, identity);
        leave(&mut self.by_guid, &object.guid, identity);
    }

    fn get(&self, identity: &str) -> Option<&(Object, Stage)> {
        self.objects.get(identity)
    }

    fn of_key(&self, key: &Key) -> impl Iterator<Item = &(Object, Stage)> {
        self.all(self.by_key.get(key))
    }

    /// Whether an object of that key is planned whose creation is unclear.
    pub(super) fn has_unclear(&self, key: &Key) -> bool {
        self.of_key(key).any(|(object, _)| object.is_unclear())
    }

    fn of_guid(&self, guid: &str) -> impl Iterator<Item = &(Object, Stage)> {
        self.all(self.by_guid.get(guid))
    }

    fn all<'a>(
        &'a self,
        identities: Option<&'a BTreeSet<String>>,
    ) -> impl Iterator<Item = &'a (Object, Stage)> {
        identities.into_iter().flatten().filter_map(|identity| self.objects.get(identity))
    }

    /// The object of a person, told by GUID or by key.
    pub(super) fn of_person(&self, id: Option<&str>, key: Option<&Key>, stage: Stage) -> Option<&Object> {
        let by_id = id.into_iter().flat_map(|id| self.of_guid(id));
        let by_key = key.into_iter().flat_map(|key| self.of_key(key));
        let is_wanted =
            |(object, at): &&(Object, Stage)| matches!(object.key, Key::Person(_)) && *at == stage;
        by_id.chain(by_key).find(is_wanted).map(|(object, _)| object)
    }

    /// One GUID at two addresses, unless both are destroyed. `stage`: of this one. The record of the other ends.
    fn refuse_shared(&mut self, object: &Object, stage: Stage) -> Result<(), Clash> {
        let is_other = |(other, at): &&(Object, Stage)| {
            other.identity() != object.identity() && (stage, *at) != (Stage::Leaving, Stage::Leaving)
        };
        let Some((other, at)) = self.of_guid(&object.guid).find(is_other).cloned() else { return Ok(()) };
        self.remove(other.identity());
        let (key, guid) = (object.key.clone(), object.guid.clone());
        Err(match (stage, at) {
            (Stage::Leaving, _) => Clash::Shared { key, guid, leaves: object.by, stays: other.by },
            (Stage::Held, Stage::Leaving) => Clash::Shared { key, guid, leaves: other.by, stays: object.by },
            (Stage::Held, Stage::Held) => Clash::Twice { key, guid, one: other.by, other: object.by },
        })
    }
}

fn leave<K: Ord + Clone>(index: &mut BTreeMap<K, BTreeSet<String>>, key: &K, identity: &str) {
    if let Some(identities) = index.get_mut(key) {
        identities.remove(identity);
        if identities.is_empty() {
            index.remove(key);
        }
    }
}

/// The name that people see of an object, as a plan changes it.
#[derive(Clone)]
pub(super) struct Shown {
    key: Key,
    before: String,
    /// `None`: the object is removed.
    after: Option<String>,
}

impl Shown {
    /// Whether the name of this object, which is removed, passes to the other, which had another one.
    fn passes_to(&self, other: &Shown) -> bool {
        self.after.is_none() && other.after.as_ref() == Some(&self.before) && other.before != self.before
    }
}

impl Memory {
    /// The key of the person of an object in Atlan, if it is another one: an entry of a list keeps its person when their address changes.
    fn present_key(&self, object: &Object) -> Option<Key> {
        let (address, _) = self.read.of_person(Some(&object.guid))?;
        let key = Key::Person(address.clone());
        (matches!(object.key, Key::Person(_)) && key != object.key).then_some(key)
    }

    /// Forgets what is to be created for the object, and says by what. `None` if nothing is, or only by the object's own resource: an entry
    /// may follow the address of its person. If the object was found by another address than that of the state, it gets this one, because
    /// errors and their advice need the address in Atlan.
    fn forget_coming(&mut self, object: &mut Object) -> Option<&'static Holder> {
        if let Some((by, _)) = self.coming.remove(&object.key) {
            return Some(by);
        }
        let key = self.present_key(object)?;
        let (_, token) = self.coming.get(&key)?;
        if token.is_some() && token.as_deref() == object.resource() {
            return None;
        }
        let (by, _) = self.coming.remove(&key)?;
        object.key = key;
        Some(by)
    }

    /// An object of the state that stands for the same person or group as a new one of that key. `own`: the token of the resource of the new
    /// one, if it exists.
    fn present(&self, key: &Key, own: Option<&str>) -> Option<(Object, Stage)> {
        if let Some(present) = self.planned.of_key(key).next() {
            return Some(present.clone());
        }
        let Key::Person(address) = key else { return None };
        let mut of_person = self.planned.of_guid(self.read.with_address(address)?);
        let is_person = |object: &Object| matches!(object.key, Key::Person(_));
        let found = of_person
            .find(|(object, _)| is_person(object) && (own.is_none() || object.resource() != own))
            .cloned();
        // As above, with the address in Atlan.
        found.map(|(object, stage)| (Object { key: key.clone(), ..object }, stage))
    }

    /// Forgets that an action removes this person. Whether one does.
    fn forget_removal<const N: usize>(&mut self, names: [&str; N]) -> bool {
        let removing = &mut self.removing;
        !removing.is_empty() && names.into_iter().fold(false, |known, name| removing.remove(name) | known)
    }

    /// A lost invitation may still take effect, and a resource whose people are not known yet could invite the same person before the
    /// look for it. Which comes first in an apply is up to Terraform, and a mail cannot be taken back.
    fn refuse_nameless(&mut self, object: &Object) -> Result<(), Clash> {
        if !object.is_unclear_person() {
            return Ok(());
        }
        let is_other =
            |resource: &Option<String>| resource.is_none() || resource.as_deref() != object.resource();
        let Some(resource) = self.nameless.keys().find(|resource| is_other(resource)).cloned() else {
            return Ok(());
        };
        let new = self.nameless.remove(&resource);
        new.map_or(Ok(()), |new| Err(Clash::MayBeTwice { key: object.key.clone(), new }))
    }

    /// An object is removed while another resource is to be created for the same key. The advice is the same for all objects of these
    /// types.
    fn moves(&mut self, object: Object, to: &'static Holder) -> Clash {
        let from = object.by;
        match (object.is_unclear(), object.key) {
            (true, key @ Key::Person(_)) => Clash::MovesUnclear { key, from, to },
            (_, key) => {
                let like = self.advised.entry((from.resource, to.resource)).or_insert_with(|| key.clone());
                if *like == key {
                    return Clash::Moves { key, from, to };
                }
                Clash::MovesToo { key, from, to, like: like.clone() }
            }
        }
    }
}

impl Run {
    /// An action is planned that removes the person of these names: the folded address, or the GUID. Terraform may plan it before the
    /// resources, and a resource that manages the person is refused then.
    pub(crate) fn will_remove(&self, names: impl IntoIterator<Item = String>) {
        self.memory().removing.extend(names);
    }

    /// The action is invoked, so its plan no longer counts.
    pub(crate) fn forget_removal_of(&self, user: &atlan::User) {
        self.memory().forget_removal([user.id.as_str(), &atlan::fold_email(&user.email)]);
    }

    /// An object is planned to stay under its key. A newer plan of the same object replaces the older record.
    pub(crate) fn holds(&self, mut object: Object) -> Result<(), Clash> {
        let mut memory = self.memory();
        memory.planned.remove(object.identity());
        if let Key::Person(email) = &object.key
            && memory.forget_removal([email, &object.guid])
        {
            return Err(Clash::Removed { key: object.key, by: object.by, is_new: false });
        }
        memory.refuse_nameless(&object)?;
        if let Some(new) = memory.forget_coming(&mut object) {
            return Err(Clash::Held { key: object.key, guid: object.guid, by: object.by, new });
        }
        memory.planned.refuse_shared(&object, Stage::Held)?;
        memory.planned.insert(object, Stage::Held);
        Ok(())
    }

    /// An object is planned to be deleted, or to get another key. `harmless`: its destroy does not touch it. That is never true of one
    /// whose creation is unclear: the request may still take effect, and another create would be a second one.
    pub(crate) fn leaves(&self, mut object: Object, harmless: bool) -> Result<(), Clash> {
        let mut memory = self.memory();
        memory.planned.remove(object.identity());
        memory.shown.remove(object.identity());
        if harmless && !object.is_unclear() {
            return Ok(());
        }
        memory.refuse_nameless(&object)?;
        if let Some(to) = memory.forget_coming(&mut object) {
            return Err(memory.moves(object, to));
        }
        memory.planned.refuse_shared(&object, Stage::Leaving)?;
        memory.planned.insert(object, Stage::Leaving);
        Ok(())
    }

    /// A refresh has found the person of an object whose removal this process has planned. Terraform 1.11, for one, plans the removal of a
    /// resource that has left the configuration by the state of before the refresh, and reads it afterwards. So only now the address is known.
    ///
    /// # Errors
    /// If another resource is to be created for that address.
    pub(crate) fn reads_leaving(&self, object: &Object) -> Result<(), Clash> {
        let mut memory = self.memory();
        let planned = memory.planned.get(object.identity());
        let Some((mut object, Stage::Leaving)) = planned.cloned() else { return Ok(()) };
        match memory.forget_coming(&mut object) {
            Some(to) => Err(memory.moves(object, to)),
            None => Ok(()),
        }
    }

    /// A change of an object has been applied. It stays under its key, so no later create of this process takes it over.
    pub(crate) fn changed(&self, object: Object) {
        let mut memory = self.memory();
        memory.shown.remove(object.identity());
        memory.planned.insert(object, Stage::Held);
    }

    /// The removal of an object that was to leave has failed. Its record had ended when the removal began.
    pub(crate) fn stays_after_all(&self, object: Object) {
        self.memory().planned.insert(object, Stage::Leaving);
    }

    /// Whether this process has planned to delete the object.
    pub(super) fn is_leaving(&self, object: &Object) -> bool {
        let memory = self.memory();
        memory.planned.get(object.identity()).is_some_and(|(_, stage)| *stage == Stage::Leaving)
    }

    /// An object of that key is planned to be created, and does not replace itself. `private`: of its resource.
    pub(crate) fn comes(&self, by: &'static Holder, key: Key, private: &Private) -> Result<(), Clash> {
        let own = private.get(&TOKEN);
        let mut memory = self.memory();
        if let Key::Person(email) = &key
            && memory.forget_removal([email])
        {
            return Err(Clash::Removed { key, by, is_new: true });
        }
        let Some((object, stage)) = memory.present(&key, own.as_deref()) else {
            memory.coming.insert(key, (by, own));
            return Ok(());
        };
        memory.planned.remove(object.identity());
        Err(match stage {
            Stage::Held => Clash::Held { key, guid: object.guid, by: object.by, new: by },
            Stage::Leaving => memory.moves(object, by),
        })
    }

    /// People are planned to be invited whose addresses are not known yet. `private`: of their resource, if it exists.
    ///
    /// # Errors
    /// If this process knows a person whom an earlier apply may have invited.
    pub(crate) fn comes_nameless(&self, by: &'static Holder, private: Option<&Private>) -> Result<(), Clash> {
        let mut memory = self.memory();
        let own = private.and_then(|private| private.get(&TOKEN));
        let is_other = |object: &Object| own.is_none() || object.resource() != own.as_deref();
        let unclear = memory.planned.objects.values().map(|(object, _)| object);
        let unclear =
            unclear.filter(|object| object.is_unclear_person()).find(|object| is_other(object)).cloned();
        let Some(object) = unclear else {
            memory.nameless.insert(own, by);
            return Ok(());
        };
        memory.planned.remove(object.identity());
        Err(Clash::MayBeTwice { key: object.key, new: by })
    }

    /// The name that people see of an object, before and after its plan. `after` is `None` if the object is removed. An object that
    /// stays must not get the name of one that is removed: a plan looks like that when a list has lost an entry, and the wrong object
    /// would be removed.
    pub(crate) fn shows(&self, object: &Object, before: &str, after: Option<&str>) -> Result<(), Clash> {
        let mut memory = self.memory();
        memory.shown.remove(object.identity());
        if after == Some(before) {
            return Ok(());
        }
        let own =
            Shown { key: object.key.clone(), before: before.to_owned(), after: after.map(str::to_owned) };
        let other = memory.shown.iter().find(|(_, other)| own.passes_to(other) || other.passes_to(&own));
        let Some((identity, other)) = other.map(|(identity, other)| (identity.clone(), other.clone())) else {
            memory.shown.insert(object.identity().to_owned(), own);
            return Ok(());
        };
        memory.shown.remove(&identity);
        let (removed, renamed) = if own.after.is_none() { (own, other) } else { (other, own) };
        Err(Clash::Shifted { removed: removed.key, renamed: renamed.key, shown: removed.before })
    }
}
