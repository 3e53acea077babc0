//! Which lists of a state have the same person. If an apply ends between the halves of a replacement under `create_before_destroy`, the
//! state has the old list as a deposed object beside the new one, and both have those who stay. A destroy of the old list would end their
//! access, so the plan refuses it. But a refresh, which reads both, leaves a person to the list that was created later.

use std::collections::{BTreeMap, BTreeSet};

use atlan::Timestamp;
use tfplug::{Private, PrivateKey};

use super::Run;
use super::marks::TOKEN;

/// When the list was created by the clock of that machine, in milliseconds since 1970. The two lists of a replacement are usually days
/// apart.
const CREATED: PrivateKey<i64> = PrivateKey::new("created");

/// The lists that a refresh has met, by token: when each was created, and the GUIDs of its people.
pub(super) type AllLists = BTreeMap<String, (i64, BTreeSet<String>)>;

/// Marks a new list.
pub(crate) fn begin(private: &Private) {
    private.set(&CREATED, &Timestamp::now().as_millisecond());
}

impl Run {
    /// The state has a list of these people.
    pub(crate) fn has_list<'a>(&self, private: &Private, ids: impl Iterator<Item = &'a atlan::Guid>) {
        let Some(token) = private.get(&TOKEN) else { return };
        let list =
            (private.get(&CREATED).unwrap_or_default(), ids.map(|id| id.as_str().to_owned()).collect());
        self.memory().lists.insert(token, list);
    }

    /// A list no longer exists.
    pub(crate) fn has_no_list(&self, private: &Private) {
        if let Some(token) = private.get(&TOKEN) {
            self.memory().lists.remove(&token);
        }
    }

    /// Whether a list that was created later than this one has the person.
    pub(crate) fn is_in_later_list(&self, private: &Private, id: &atlan::Guid) -> bool {
        let own = private.get(&CREATED).unwrap_or_default();
        self.memory().lists.values().any(|(created, ids)| *created > own && ids.contains(id.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_left_to_the_list_that_was_created_later() {
        let (run, old, new) = (Run::default(), Private::default(), Private::default());
        let guid = |digit: &str| -> atlan::Guid {
            format!("8f0c2e9a-0000-4000-8000-00000000000{digit}").parse().expect("a GUID")
        };
        let (ada, bob) = (guid("1"), guid("2"));
        for (private, created) in [(&old, 1), (&new, 2)] {
            crate::run::imported(private);
            private.set(&CREATED, &created);
        }
        run.has_list(&old, [&ada, &bob].into_iter());
        assert!(!run.is_in_later_list(&old, &ada), "its own");
        run.has_list(&new, [&ada].into_iter());
        assert!(run.is_in_later_list(&old, &ada) && !run.is_in_later_list(&old, &bob));
        assert!(!run.is_in_later_list(&new, &ada));
        run.has_no_list(&new);
        assert!(!run.is_in_later_list(&old, &ada));
    }
}
