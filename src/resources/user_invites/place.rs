//! One entry as `seat.rs` sees it: like an object of its own. The resource collects its marks and reports.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tfplug::{Call, Diagnostic, Private};

use super::{ATTEMPTS, HOLDER, NOT_ENABLED, at};
use crate::provider::Client;
use crate::run::Key;
use crate::run::entries::Marks;
use crate::seat::{self, NewPlace, Part, Place, Wanted};
use crate::types::{OnExisting, Role};

/// What the entries of one call share.
pub(super) struct Work<'a> {
    pub(super) client: Client,
    pub(super) call: &'a Call,
    /// Of the resource.
    private: &'a Private,
    pub(super) marks: Marks<'a>,
    /// As the resource had them before this call.
    attempts: BTreeMap<String, String>,
    warnings: Mutex<Vec<(String, Diagnostic)>>,
}

impl<'a> Work<'a> {
    pub(super) fn new(client: &Client, call: &'a Call, private: &'a Private) -> Self {
        let (client, attempts) = (client.watching_briefly(), private.get(&ATTEMPTS).unwrap_or_default());
        Work { client, call, private, marks: Marks::of(private), attempts, warnings: Mutex::default() }
    }

    /// As [`Work::place`], for an entry that the state has as unclear. The mark may be lost: a failed delete half leaves the private state
    /// of the create's plan in the state.
    pub(super) fn unclear_place(&self, email: &str, spelled: &str) -> Entry<'_> {
        let entry = self.place(email, spelled);
        seat::set_unclear(&entry.marks, self.attempts.get(email).map(String::as_str));
        entry
    }

    /// The object of one entry.
    pub(super) fn place(&self, email: &str, spelled: &str) -> Entry<'_> {
        let of_entry = self.marks.entry(&Key::Person(email.to_owned()));
        if let Some(since) = self.attempts.get(email) {
            seat::set_attempt(&of_entry, since);
        }
        Entry {
            work: self,
            email: email.to_owned(),
            spelled: spelled.to_owned(),
            marks: of_entry,
            who: Mutex::new(Who::Nobody),
            in_part: Mutex::default(),
        }
    }

    /// Keeps in the private state which invitations of these entries are unclear. Those of other entries stay as they are.
    pub(super) fn remember<'b>(&self, places: impl IntoIterator<Item = &'b Entry<'b>>) {
        let mut attempts = self.private.get(&ATTEMPTS).unwrap_or_default();
        for place in places {
            match seat::attempted(&place.marks) {
                Some(since) => attempts.insert(place.email.clone(), since),
                None => attempts.remove(&place.email),
            };
        }
        self.set_attempts(&attempts);
    }

    /// Keeps in the private state which of these entries have somebody who could not be enabled. Those of other entries stay as they are.
    pub(super) fn remember_parts<'b>(&self, places: impl IntoIterator<Item = &'b Entry<'b>>) {
        let mut parts = self.private.get(&NOT_ENABLED).unwrap_or_default();
        for place in places {
            match place.is_not_enabled() {
                true => parts.insert(place.email.clone()),
                false => parts.remove(&place.email),
            };
        }
        self.set_parts(&parts);
    }

    /// The people of these entries are as configured, or have left.
    pub(super) fn forget_parts(&self, is_over: impl Fn(&String) -> bool) {
        let mut parts = self.private.get(&NOT_ENABLED).unwrap_or_default();
        parts.retain(|email| !is_over(email));
        self.set_parts(&parts);
    }

    fn set_parts(&self, parts: &BTreeSet<String>) {
        match parts.is_empty() {
            true => self.private.remove(&NOT_ENABLED),
            false => self.private.set(&NOT_ENABLED, parts),
        }
    }

    /// The outcome of these invitations is known, or nobody asks for it any more.
    pub(super) fn forget<'b>(&self, emails: impl IntoIterator<Item = &'b str>) {
        let mut attempts = self.private.get(&ATTEMPTS).unwrap_or_default();
        for email in emails {
            attempts.remove(email);
        }
        self.set_attempts(&attempts);
    }

    fn set_attempts(&self, attempts: &BTreeMap<String, String>) {
        match attempts.is_empty() {
            true => self.private.remove(&ATTEMPTS),
            false => self.private.set(&ATTEMPTS, attempts),
        }
    }

    /// Says what the entries have warned about.
    pub(super) fn send_warnings(&self) {
        let warnings = std::mem::take(&mut *lock(&self.warnings));
        super::many::send_grouped(self.call, warnings);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who holds the seat of an entry, as far as it has been told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Nobody.
    Nobody,
    /// Somebody who exists and belongs to the entry.
    Made(atlan::Guid),
    /// Perhaps somebody: an invitation was sent.
    Attempted,
}

/// One entry during a call.
pub(super) struct Entry<'a> {
    work: &'a Work<'a>,
    /// Folded.
    pub(super) email: String,
    /// The key.
    pub(super) spelled: String,
    marks: Private,
    who: Mutex<Who>,
    /// If the person could not be taken over as configured.
    in_part: Mutex<Option<Part>>,
}

impl Entry<'_> {
    /// Whether the person could not be enabled.
    fn is_not_enabled(&self) -> bool {
        lock(&self.in_part).is_some_and(|part| !part.is_enabled)
    }

    /// Whether certainly nothing was done for anybody.
    pub(super) fn is_untouched(&self) -> bool {
        self.who() == Who::Nobody || lock(&self.in_part).is_some_and(|part| !part.is_changed)
    }

    pub(super) fn who(&self) -> Who {
        lock(&self.who).clone()
    }

    /// What the entry asks for.
    pub(super) fn wanted(&self, role: Role, on_existing: OnExisting) -> Wanted {
        let email_at = at(&self.spelled);
        let role_at = email_at.attr("role");
        Wanted { by: HOLDER, email: self.email.clone(), role: role.into(), on_existing, email_at, role_at }
    }
}

impl Place for Entry<'_> {
    fn client(&self) -> &Client {
        &self.work.client
    }

    fn call(&self) -> &Call {
        self.work.call
    }

    fn marks(&self) -> &Private {
        &self.marks
    }

    fn warning(&self, summary: String, detail: String) {
        let warning = Diagnostic::warning(summary, detail).at(at(&self.spelled));
        lock(&self.work.warnings).push((self.email.clone(), warning));
    }

    fn is_entry(&self) -> bool {
        true
    }
}

impl NewPlace for Entry<'_> {
    fn made(&self, id: &atlan::Guid) {
        *lock(&self.who) = Who::Made(id.clone());
    }

    fn made_in_part(&self, id: &atlan::Guid, part: Part) -> bool {
        self.made(id);
        *lock(&self.in_part) = Some(part);
        true
    }

    fn not_made(&self) {
        *lock(&self.who) = Who::Nobody;
    }

    fn attempted(&self) {
        *lock(&self.who) = Who::Attempted;
    }
}
