//! The single sign-on mappings of a run, beside the memberships. A set and a mapping of one group are a clash: of two plans, in the plan
//! that comes second, and of what was made, in the create that comes second. What was made is not looked at in a plan: in `terraform
//! test`, an earlier apply has made it, and its own plan may be to come.

use std::collections::{BTreeMap, BTreeSet};

use super::{Hold, MembershipClash, Memberships};

/// The groups of mappings.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    /// Of planned mappings, by the GUID of the mapping, or of the group if the mapping is new.
    planned: BTreeMap<String, String>,
    /// Of mappings that this process has made, is about to make, or has changed, by the GUID of the mapping, or by its key until it is made.
    made: BTreeMap<String, String>,
    /// Groups whose plan has been warned of.
    told: BTreeSet<String>,
}

impl Mapped {
    /// Whether a mapping of this group is planned or was made.
    fn has(&self, group: &str) -> bool {
        self.planned.values().chain(self.made.values()).any(|mapped| mapped == group)
    }

    pub(super) fn has_made(&self, group: &str) -> bool {
        self.made.values().any(|mapped| mapped == group)
    }

    /// Removes the planned mappings of this group. Whether there were any.
    pub(super) fn forget_planned(&mut self, group: &str) -> bool {
        let before = self.planned.len();
        self.planned.retain(|_, mapped| mapped != group);
        self.planned.len() < before
    }
}

impl Memberships {
    /// A mapping is planned for a group. `mapping`: its GUID, or that of the group if the mapping is new.
    ///
    /// # Errors
    /// If a set is planned to manage the members of the group.
    pub(crate) fn maps(&self, mapping: &str, group: &str) -> Result<(), MembershipClash> {
        let mut book = self.book();
        if book.held.values().chain(&book.coming).any(|hold| hold.is_set_of(group)) {
            book.mapped.planned.remove(mapping);
            book.held.retain(|_, hold| !hold.is_set_of(group));
            book.coming.retain(|hold| !hold.is_set_of(group));
            return Err(MembershipClash::Mapped { group: group.to_owned() });
        }
        book.mapped.planned.insert(mapping.to_owned(), group.to_owned());
        Ok(())
    }

    /// A mapping is about to be made.
    ///
    /// # Errors
    /// If a set of this process manages the members of the group.
    pub(crate) fn makes_mapping(&self, key: &str, group: &str) -> Result<(), MembershipClash> {
        let mut book = self.book();
        book.mapped.planned.remove(group);
        if book.made.values().any(|made| made.hold.is_set_of(group)) {
            return Err(MembershipClash::Mapped { group: group.to_owned() });
        }
        book.mapped.made.insert(key.to_owned(), group.to_owned());
        Ok(())
    }

    /// A mapping was made or changed. `name`: by which it was about to be made, or planned.
    pub(crate) fn mapping_made(&self, name: &str, mapping: &str) {
        let mapped = &mut self.book().mapped;
        let group = mapped.made.remove(name).or_else(|| mapped.planned.remove(name));
        if let Some(group) = group {
            mapped.made.insert(mapping.to_owned(), group);
        }
    }

    /// A mapping is to be deleted, or was not made.
    pub(crate) fn maps_no_more(&self, mapping: &str) {
        let mapped = &mut self.book().mapped;
        let (planned, made) = (mapped.planned.remove(mapping), mapped.made.remove(mapping));
        if let Some(group) = planned.or(made)
            && !mapped.has(&group)
        {
            mapped.told.remove(&group);
        }
    }

    /// Whether the plan has single memberships and a mapping of this group. Says so once.
    pub(crate) fn meets_mapping(&self, group: &str) -> bool {
        let mut book = self.book();
        let is_one = |hold: &Hold| hold.is_one_in(group);
        book.mapped.has(group)
            && book.held.values().chain(&book.coming).any(is_one)
            && book.mapped.told.insert(group.to_owned())
    }
}
