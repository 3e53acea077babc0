//! What the delete half of a replacement leaves to the create half: the earlier role of the person, which only the state
//! of the replaced object has.

use atlan::WorkspaceRole;

use super::{UserRoleComputed, key};
use crate::run::{Kept, Key, Run};
use crate::types::Role;

/// What the state of a replaced object had.
#[derive(Clone)]
pub(super) struct Replaced {
    pub(super) role: Role,
    pub(super) computed: UserRoleComputed,
}

/// Leaves what the state has to the create half, which may know the person by address or GUID.
pub(super) fn bequeath(run: &Run, replaced: Replaced) {
    for key in keys(&replaced.computed) {
        run.bequeath(key, replaced.clone());
    }
}

/// What the state of the replaced object had, once. `key`: of the address or the GUID.
pub(super) fn inherited(run: &Run, key: &Key) -> Option<Replaced> {
    let replaced: Replaced = run.inherit(key)?;
    keys(&replaced.computed).iter().for_each(|key| drop(run.inherit::<Replaced>(key)));
    Some(replaced)
}

fn keys(replaced: &UserRoleComputed) -> [Key; 2] {
    [key(&replaced.email), Key::Person(replaced.id.as_str().to_owned())]
}

/// Whether the delete half of a replacement has left the person whom the create half has found. Somebody who left Atlan and came back
/// has another GUID, so what the replaced object knew is about a record that no longer exists.
pub(super) fn is_same(kept: Option<&Kept>, user: &atlan::User) -> bool {
    matches!(kept, Some(Kept::Object(id)) if *id == user.id)
}

/// What tells the create half of a replacement from a create by another resource.
pub(super) fn seal(role: Role) -> String {
    WorkspaceRole::from(role).to_string()
}
