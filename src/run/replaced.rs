//! The old object of a replacement under `create_before_destroy`. Terraform plans its removal in the apply, and passes nothing of the
//! configuration. But this process has created the new object by then, and that create has left its [`Terms`] here.
//!
//! Nothing says which new object replaces which old one, so it is inferred:
//!
//! - If a new object has a key of the old one, and all new objects have one `on_destroy`, it is the one.
//! - Otherwise any new object may replace it, or none. None does if an earlier apply has left the old one: Terraform plans the removal of
//!   such a deposed object again in each apply. And a list that is new at another address may have taken over somebody.
//! - `terraform test` plans and applies in one process. There, an object that this process has made itself may be removed for any reason.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tfplug::Private;

use super::marks::TOKEN;
use super::{Object, Run, resource_of};

/// The arguments that govern removals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) on_destroy: String,
    pub(crate) max_removals: Option<u32>,
}

/// The terms of what this process has created, by the token of the resource.
pub(super) type AllTerms = BTreeMap<String, Terms>;

/// The terms of what replaces an object.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NewTerms {
    /// Of what certainly replaces it.
    Known(Terms),
    /// Of what may replace it. Empty: nothing does.
    Possible(BTreeSet<Terms>),
}

impl Run {
    /// The create of a resource with this private state begins.
    pub(crate) fn sets_terms(&self, private: &Private, terms: Terms) {
        if let Some(token) = private.get(&TOKEN) {
            self.memory().terms.insert(token, terms);
        }
    }

    /// That create has failed, so it replaces nothing.
    pub(crate) fn unsets_terms(&self, private: &Private) {
        if let Some(token) = private.get(&TOKEN) {
            self.memory().terms.remove(&token);
        }
    }

    /// The terms of the resource that replaces that of these entries, whose removal is being planned.
    pub(crate) fn new_terms(&self, entries: &[Object]) -> NewTerms {
        let memory = self.memory();
        let is_own = |object: &Object| memory.made.get(&object.key).is_some_and(|made| made.is_of(object));
        if entries.iter().any(is_own) {
            return NewTerms::Possible(BTreeSet::new());
        }
        let shares = entries.iter().flat_map(|object| memory.made.again(object));
        let shares = shares.filter_map(|made| memory.terms.get(resource_of(made.token()))).min();
        let possible: BTreeSet<Terms> = memory.terms.values().cloned().collect();
        match shares {
            Some(terms) if possible.iter().all(|other| other.on_destroy == terms.on_destroy) => {
                NewTerms::Known(terms.clone())
            }
            _ => NewTerms::Possible(possible),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::run::Key;
    use crate::run::entries::{self, Marks};
    use crate::run::holder::samples::ENTRY;

    const ADA: &str = "ada@example.com";
    const BOB: &str = "bob@example.com";

    fn terms(on_destroy: &str) -> Terms {
        Terms { on_destroy: on_destroy.to_owned(), max_removals: None }
    }

    /// Each address has its own.
    fn guid(email: &str) -> atlan::Guid {
        email.replace(['@', '.'], "-").parse().expect("a GUID")
    }

    /// A resource with its own token.
    fn resource() -> Private {
        let private = Private::default();
        entries::begin(&private);
        private
    }

    fn entry(resource: &Private, email: &str) -> Object {
        let key = Key::Person(email.to_owned());
        Object::new(ENTRY, key.clone(), &guid(email), &Marks::of(resource).entry(&key))
    }

    /// Creates a resource with one entry.
    fn create(run: &Arc<Run>, resource: &Private, on_destroy: &str, email: &str) {
        run.sets_terms(resource, terms(on_destroy));
        let key = Key::Person(email.to_owned());
        let marks = Marks::of(resource).entry(&key);
        run.claim(ENTRY, &key, &marks, None).expect("alone").made(&guid(email));
    }

    #[test]
    fn the_new_object_is_the_one_with_an_entry_of_the_old_one() {
        let (run, old) = (Arc::new(Run::default()), resource());
        let leaves = [entry(&old, ADA), entry(&old, BOB)];
        assert_eq!(run.new_terms(&leaves), NewTerms::Possible(BTreeSet::new()));
        create(&run, &resource(), "revoke", "kim@example.com");
        assert_eq!(run.new_terms(&leaves), NewTerms::Possible([terms("revoke")].into()));
        create(&run, &resource(), "revoke", ADA);
        assert_eq!(run.new_terms(&leaves), NewTerms::Known(terms("revoke")));
        let failed = resource();
        run.sets_terms(&failed, terms("forget"));
        run.unsets_terms(&failed);
        assert_eq!(run.new_terms(&leaves), NewTerms::Known(terms("revoke")));
        // The list with Ada may be new at another address.
        create(&run, &resource(), "forget", "eve@example.com");
        assert_eq!(run.new_terms(&leaves), NewTerms::Possible([terms("forget"), terms("revoke")].into()));
    }

    #[test]
    fn an_object_that_this_process_has_made_may_be_removed_for_any_reason() {
        let (run, own) = (Arc::new(Run::default()), resource());
        create(&run, &own, "revoke", ADA);
        create(&run, &resource(), "forget", BOB);
        assert_eq!(run.new_terms(&[entry(&own, ADA), entry(&own, BOB)]), NewTerms::Possible(BTreeSet::new()));
    }
}
