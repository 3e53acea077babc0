//! What admins did: the log behind `GET /events/main`.

use jiff::Timestamp;

use crate::state::{Caller, Tenant};

/// One entry of the log.
#[derive(Debug)]
pub(crate) struct AdminEvent {
    pub(crate) at: Timestamp,
    pub(crate) operation: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) path: String,
    pub(crate) by: String,
}

impl Tenant {
    pub(crate) fn log(
        &mut self,
        caller: &Caller,
        operation: &'static str,
        resource: &'static str,
        path: String,
    ) {
        self.events.push(AdminEvent { at: self.today(), operation, resource, path, by: caller.id.clone() });
    }
}
