//! The end of an access, or of a group: a step that another process has planned, and that a create of this one may overtake.

use std::sync::Arc;

use tfplug::Call;

use super::marks::Half;
use super::{Clash, Holder, Key, Memory, Object, Run};

/// The end of an access, or of a group.
#[derive(Clone)]
pub(super) struct Ended {
    pub(super) by: &'static Holder,
    /// Of the object that ended it.
    pub(super) token: Option<String>,
    /// Once the step is done.
    pub(super) guid: Option<atlan::Guid>,
}

impl Run {
    /// Waits until no step that ends the access of this person, or deletes this group, is under way.
    ///
    /// # Errors
    /// When the time of the call is over, and on Ctrl-C.
    pub(crate) async fn ends_are_over(&self, call: &Call, key: &Key) -> tfplug::Result<()> {
        let is_over = |memory: &Memory| memory.ended.get(key).is_none_or(|ended| ended.guid.is_some());
        self.wait(call, format!("the removal of {key} at another resource address"), is_over).await
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
    /// not part of that plan. `None`: such a create has begun, so the person should keep the access.
    pub(crate) fn ends(self: &Arc<Self>, object: &Object) -> Option<Ending> {
        let mut memory = self.memory();
        if memory.made.has_again(object) {
            return None;
        }
        // A create of the same person whose plan comes from now on waits, and restores the access.
        memory.planned.remove(object.identity());
        let ended = Ended { by: object.by, token: object.token.clone(), guid: None };
        memory.ended.insert(object.key.clone(), ended);
        Some(Ending { run: Arc::clone(self), key: object.key.clone(), is_done: false })
    }

    /// Whether this is the old object of a replacement under `create_before_destroy`: its removal was planned in the apply, so nobody
    /// has seen a plan of it, unless an earlier apply has left it. (In `terraform test`, too, one process plans and applies, but there it
    /// has also made the object.)
    pub(crate) fn is_deposed(&self, object: &Object, half: &Half) -> bool {
        let memory = self.memory();
        *half == Half::PlannedHere && !memory.made.get(&object.key).is_some_and(|made| made.is_of(object))
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
