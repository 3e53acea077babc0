//! Which object of a state another one has replaced. If an apply ends between the halves of a replacement under `create_before_destroy`,
//! the state has the old object as a deposed object beside the new one, and both stand for the same person, group, membership or mapping.
//! A destroy of the old object would take away what the new one has, so the plan refuses it. But a refresh, which reads both, leaves what
//! they share to the object that was created later.
//!
//! Terraform reads both at the same time: each read records its object before it sends anything, and decides after the answer.

use std::collections::{BTreeMap, BTreeSet};

use atlan::Timestamp;
use tfplug::{Private, PrivateKey};

use super::Run;
use super::marks::TOKEN;

/// When the object was created by the clock of that machine, in milliseconds since 1970. The two objects of a replacement are usually days
/// apart.
const CREATED: PrivateKey<i64> = PrivateKey::new("created");

/// [`CREATED`] of an object that was imported: an object with the same GUID is one at another address, not the old half of a replacement.
const IMPORTED: i64 = -1;

/// An object that a refresh has met.
pub(super) struct Met {
    resource: &'static str,
    created: i64,
    /// What it stands for: GUIDs.
    ids: BTreeSet<String>,
}

/// All of them, by token.
pub(super) type AllMet = BTreeMap<String, Met>;

/// Marks a new object.
pub(crate) fn begin(private: &Private) {
    private.set(&CREATED, &Timestamp::now().as_millisecond());
}

/// Marks an object that was imported.
pub(super) fn imported(private: &Private) {
    private.set(&CREATED, &IMPORTED);
}

impl Run {
    /// The state has an object of this type that stands for these GUIDs.
    pub(crate) fn meets<'a>(
        &self,
        resource: &'static str,
        private: &Private,
        ids: impl IntoIterator<Item = &'a str>,
    ) {
        let Some(token) = private.get(&TOKEN) else { return };
        let ids = ids.into_iter().map(str::to_owned).collect();
        let created = private.get(&CREATED).unwrap_or_default();
        self.memory().met.insert(token, Met { resource, created, ids });
    }

    /// An object no longer exists.
    pub(crate) fn meets_no_more(&self, private: &Private) {
        if let Some(token) = private.get(&TOKEN) {
            self.memory().met.remove(&token);
        }
    }

    /// Whether an object of the same type that was created later than this one stands for the GUID, too.
    pub(crate) fn is_replaced(&self, resource: &'static str, private: &Private, id: &str) -> bool {
        // An import has no token before its first read is over.
        if private.get(&TOKEN).is_none() {
            return false;
        }
        let own = private.get(&CREATED).unwrap_or_default();
        let is_later = |met: &Met| met.resource == resource && met.created > own && met.ids.contains(id);
        own != IMPORTED && self.memory().met.values().any(is_later)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "atlan_user_invites";

    fn created(when: i64) -> Private {
        let private = Private::default();
        crate::run::imported(&private);
        private.set(&CREATED, &when);
        private
    }

    #[test]
    fn a_person_is_left_to_the_list_that_was_created_later() {
        let (run, old, new) = (Run::default(), created(1), created(2));
        run.meets(LIST, &old, ["ada", "bob"]);
        assert!(!run.is_replaced(LIST, &old, "ada"), "its own");
        run.meets(LIST, &new, ["ada"]);
        assert!(run.is_replaced(LIST, &old, "ada") && !run.is_replaced(LIST, &old, "bob"));
        assert!(!run.is_replaced(LIST, &new, "ada"));
        run.meets_no_more(&new);
        assert!(!run.is_replaced(LIST, &old, "ada"));
    }

    #[test]
    fn an_import_and_another_type_replace_nothing() {
        let (run, old, imported) = (Run::default(), created(1), Private::default());
        crate::run::imported(&imported);
        run.meets(LIST, &imported, ["ada"]);
        run.meets("atlan_user_role", &created(2), ["ada"]);
        assert!(!run.is_replaced(LIST, &old, "ada"));
        run.meets(LIST, &created(3), ["ada"]);
        assert!(run.is_replaced(LIST, &old, "ada") && !run.is_replaced(LIST, &imported, "ada"));
    }
}
