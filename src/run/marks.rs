//! Marks in the private state of an object, by which the halves of a replacement inform each other.

use tfplug::{Private, PrivateKey};

use super::{Clash, Holder, Key, Object, Run, deposed};

/// Tells objects apart that have one GUID: the two halves of a replacement, or two addresses.
pub(super) const TOKEN: PrivateKey<String> = PrivateKey::new("token");

/// Set by a plan call with a prior state: the key of the object. If a plan call without a prior state finds it, this
/// is the second call of a replacement.
const HELD: PrivateKey<String> = PrivateKey::new("held");

/// Set by the plan of a create: the key of what is to be created, empty while it is unknown. The delete half of a replacement
/// gets it.
const NEXT: PrivateKey<String> = PrivateKey::new("next");

/// Set by the plan of a create without an earlier plan call for a prior state. In the private state of a delete half: the object
/// is tainted, so its plan showed nothing of what it held.
pub(super) const UNSEEN: PrivateKey<bool> = PrivateKey::new("unseen_prior");

/// Set by the plan of a create: what is planned, apart from the key. It lets the delete half of a replacement tell
/// its own create half from a create of the same key by another resource.
const SEAL: PrivateKey<String> = PrivateKey::new("seal");

/// Set by the plan of a create: whether the create takes over an object that exists already. In a replacement, the delete gets it, too.
const ADOPTS: PrivateKey<bool> = PrivateKey::new("adopts");

/// Set by the plan of a destroy: which process planned it.
const PLANNED_BY: PrivateKey<String> = PrivateKey::new("planned_by");

/// What the plan of a change makes of an object's key.
pub(crate) enum Successor {
    /// Known.
    Key(Key),
    /// Known after apply.
    Unknown,
}

/// Why an object is deleted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Half {
    /// A destroy, or the old half of a replacement under `create_before_destroy`, planned by this process.
    PlannedHere,
    /// A destroy that another process has planned, or half of a replacement by an object of another key.
    Leaves,
    /// The delete half of a replacement by an object of the same key.
    OfItself,
    /// The delete half of a replacement by an object whose key was unknown while planning.
    Unknown,
    /// The delete half of the replacement of a tainted object by one of another key. Whether the plan creates this object's
    /// key at another address was not visible while planning.
    Tainted,
}

/// Records the plan of an object that exists. With another key, this is two plans, a deletion and a creation, and each
/// may clash: after an error Terraform makes no second call.
pub(crate) fn planned_change(
    run: &Run,
    private: &Private,
    object: Object,
    next: &Successor,
) -> Result<(), Vec<Clash>> {
    private.remove(&NEXT);
    private.remove(&UNSEEN);
    private.remove(&SEAL);
    private.remove(&ADOPTS);
    private.set(&HELD, &object.key.name().to_owned());
    let clashes: Vec<Clash> = match next {
        Successor::Key(key) if *key == object.key => run.holds(object).err().into_iter().collect(),
        Successor::Key(key) => {
            let by = object.by;
            let two = [run.leaves(object, false), run.comes(by, key.clone(), private)];
            two.into_iter().filter_map(Result::err).collect()
        }
        Successor::Unknown => run.leaves(object, false).err().into_iter().collect(),
    };
    if clashes.is_empty() { Ok(()) } else { Err(clashes) }
}

/// Records the plan of an object that is to be created. `Ok(true)`: it replaces itself. `seal` is the same for the create, if it
/// is known.
pub(crate) fn planned_create(
    run: &Run,
    private: &Private,
    by: &'static Holder,
    next: &Successor,
    seal: Option<String>,
) -> Result<bool, Clash> {
    let held = private.get(&HELD);
    private.remove(&HELD);
    if held.is_none() {
        private.set(&UNSEEN, &true);
    }
    if let Some(seal) = seal {
        private.set(&SEAL, &seal);
    }
    let Successor::Key(key) = next else {
        private.set(&NEXT, &String::new());
        return Ok(false);
    };
    private.set(&NEXT, &key.name().to_owned());
    if held.as_deref() == Some(key.name()) {
        return Ok(true);
    }
    run.comes(by, key.clone(), private).map(|()| false)
}

/// Records the plan of a destroy.
pub(crate) fn plan_delete(run: &Run, private: &Private, object: Object, harmless: bool) -> Result<(), Clash> {
    forget_plan(private);
    planned_here(run, private);
    run.leaves(object, harmless)
}

/// Marks a removal as planned by this process.
pub(super) fn planned_here(run: &Run, private: &Private) {
    private.set(&PLANNED_BY, &run.id);
}

/// What the create half of a replacement is for, as one entry of its resource sees it.
pub(super) enum Next {
    /// Known after apply.
    Unknown,
    /// An entry of the same key.
    Same,
    /// No such entry.
    Other,
}

/// Gives an entry the marks of a plan that the resource has. `next`: with the seal.
pub(super) fn copy_plan(
    resource: &Private,
    entry: &Private,
    key: &Key,
    next: Option<(Next, Option<String>)>,
) {
    if let Some((next, seal)) = next {
        let next = match next {
            Next::Unknown => String::new(),
            Next::Same => key.name().to_owned(),
            Next::Other => format!("not {}", key.name()),
        };
        entry.set(&NEXT, &next);
        if let Some(seal) = seal {
            entry.set(&SEAL, &seal);
        }
    }
    if let Some(unseen) = resource.get(&UNSEEN) {
        entry.set(&UNSEEN, &unseen);
    }
    if let Some(planned_by) = resource.get(&PLANNED_BY) {
        entry.set(&PLANNED_BY, &planned_by);
    }
}

/// Removes what only the plan and its apply are to see.
pub(crate) fn forget_plan(private: &Private) {
    private.remove(&HELD);
    private.remove(&NEXT);
    private.remove(&UNSEEN);
    private.remove(&SEAL);
    private.remove(&ADOPTS);
    private.remove(&PLANNED_BY);
}

/// Whether the create takes over an object that exists already, if [`adopts`] was called.
pub(super) fn does_adopt(private: &Private) -> Option<bool> {
    private.get(&ADOPTS)
}

/// The seal of the create half, as a delete half knows it.
pub(super) fn seal(private: &Private) -> Option<String> {
    private.get(&SEAL)
}

/// Notes whether the create takes over an object that exists already.
pub(crate) fn adopts(private: &Private, adopts: bool) {
    private.set(&ADOPTS, &adopts);
}

/// What the delete of a replacement knows about the create, if the key is known and [`adopts`] was called: the name of the key, the seal, and
/// whether the create takes over an object that exists already.
pub(crate) fn next(private: &Private) -> Option<(String, Option<String>, bool)> {
    Some((next_name(private)?, seal(private), does_adopt(private)?))
}

/// What the delete of a replacement knows about the create: the name of the key, if it is known.
pub(crate) fn next_name(private: &Private) -> Option<String> {
    private.get(&NEXT).filter(|name| !name.is_empty())
}

/// A token of 48 random bits: few bytes, because Terraform writes the whole state anew after every object.
pub(super) fn new_token() -> String {
    format!("{:012x}", uuid::Uuid::new_v4().as_u128() >> 80)
}

/// Gives an imported object its token. `false`: it has one, so a create of this object has begun, and this read completes it.
pub(crate) fn imported(private: &Private) -> bool {
    let is_new = private.get(&TOKEN).is_none();
    if is_new {
        private.set(&TOKEN, &new_token());
        deposed::imported(private);
    }
    is_new
}

/// Why the object with this private state is deleted.
pub(crate) fn half(run: &Run, private: &Private, key: &Key) -> Half {
    match private.get(&NEXT) {
        Some(next) if next.is_empty() => Half::Unknown,
        Some(next) if next == key.name() => Half::OfItself,
        Some(_) if private.get(&UNSEEN) == Some(true) => Half::Tainted,
        Some(_) => Half::Leaves,
        None if private.get(&PLANNED_BY).as_ref() == Some(&run.id) => Half::PlannedHere,
        None => Half::Leaves,
    }
}
