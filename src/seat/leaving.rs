//! A seat that is given up:
//!
//! - The delete half of a replacement leaves it to the create half.
//! - A person whom another resource has by now keeps it.
//! - For anybody else, `farewell.rs` ends the access.

use atlan::{UserStatus, WorkspaceRole};
use tfplug::{Private, Result};

use super::words::{ended_higher, half_way, has_another, invited_again, unknown_successor};
use super::{Farewell, Place, farewell};
use crate::run::{self, Half, Holder, Kept, Key, Object};
use crate::types::Guid;

/// The role that the state of a replaced object had, for its new half.
pub(super) struct RoleBefore(pub(super) WorkspaceRole);

/// Gives a seat up. `role`: by the state.
///
/// # Errors
/// When the access could not be ended as the policy asks; the state keeps the person.
pub(crate) async fn leave(
    place: &impl Place,
    by: &'static Holder,
    id: &Guid,
    email: &str,
    role: WorkspaceRole,
    policy: Farewell,
) -> Result<()> {
    let run = place.client().run();
    let key = Key::Person(email.to_owned());
    let object = Object::new(by, key.clone(), id, place.marks());
    let half = run::half(run, place.marks(), &key);
    match half {
        Half::OfItself => {
            hand_over(place, by, &object, id, role, key, place.marks());
            return Ok(());
        }
        Half::Unknown => return Err(unknown_successor(email)),
        Half::Leaves | Half::PlannedHere | Half::Tainted => {
            if let Some(next) = same_person(place, id, email).await? {
                hand_over(place, by, &object, id, role, next, place.marks());
                return Ok(());
            }
        }
    }
    if policy == Farewell::Forget {
        // The new object of a replacement under `create_before_destroy`, or a resource at another address, may manage the person.
        if !run.has_made_again(&object) {
            place.warning(
                format!("{email} stays in Atlan"),
                "`on_destroy` is `forget`: Terraform no longer manages this person, whose access is unchanged."
                    .to_owned(),
            );
        }
    } else {
        let Some(user) = place.client().user(id).await? else {
            warn_if_invited_again(place, &object, id, email).await;
            run.deleted(&object);
            return Ok(());
        };
        let is_deposed = run.is_deposed(&object, &half);
        // A create knows the person by the address in Atlan, which may have changed since the state was written.
        let present = Object::new(by, Key::Person(atlan::fold_email(&user.email)), id, place.marks());
        let Some(ending) = run.to_end(place.call(), &present, &half).await? else {
            has_another(place, &user);
            return Ok(());
        };
        let raised = user.role.filter(|present| *present > role && user.status != UserStatus::Disabled);
        farewell::end(place, user, policy).await?;
        if let Some(present) = raised {
            ended_higher(place, email, role, present);
        }
        if half == Half::Leaves || is_deposed {
            ending.done(id);
        }
    }
    run.deleted(&object);
    Ok(())
}

/// Whether a deposed object was replaced in this apply by one for another person, who has its `former` address by now: a tainted object is
/// replaced by whoever has the configured address.
pub(crate) fn is_replaced_by_another(
    place: &impl Place,
    by: &'static Holder,
    id: &Guid,
    email: &str,
    former: &str,
) -> bool {
    let (run, key) = (place.client().run(), Key::Person(email.to_owned()));
    let half = run::half(run, place.marks(), &key);
    let object = Object::new(by, key, id, place.marks());
    let named = Object::new(by, Key::Person(former.to_owned()), id, place.marks());
    let is_replaced =
        run.is_deposed(&object, &half) && run.has_other_person(&named) && !run.has_made_again(&object);
    if is_replaced {
        run.deleted(&object);
    }
    is_replaced
}

/// The delete half of a replacement leaves the seat to the create half. `next`: the key of that half; `marks`: those by which it is
/// recognised.
pub(crate) fn hand_over(
    place: &impl Place,
    by: &'static Holder,
    object: &Object,
    id: &atlan::Guid,
    role: WorkspaceRole,
    next: Key,
    marks: &Private,
) {
    let run = place.client().run();
    run.applied(object);
    run.bequeath(next.clone(), RoleBefore(role));
    run.keep(by, next, Kept::Object(id.clone()), marks);
}

/// The key of the next object, if it is this object's person: the address has changed in Atlan, the configuration has followed, and the
/// state has not.
///
/// # Errors
/// Refuses the delete of a replacement whose create would fail because somebody else is in the tenant already: nobody would have the seat.
/// The plan cannot refuse this, because it may also move that person elsewhere, or `-target` may leave their resource out.
async fn same_person(place: &impl Place, id: &atlan::Guid, email: &str) -> Result<Option<Key>> {
    let Some((next, role, adopts)) = run::next(place.marks()) else { return Ok(None) };
    let Some(user) = place.client().user_by_email(&next).await? else { return Ok(None) };
    let role: Option<WorkspaceRole> = role.and_then(|role| role.parse().ok());
    let is_higher = user.role.zip(role).is_some_and(|(present, role)| present > role);
    match (user.id == *id, adopts, is_higher) {
        (true, ..) => Ok(Some(Key::Person(next))),
        (_, true, false) => Ok(None),
        (false, true, true) => Err(half_way(email, &user, user.role)),
        (false, false, _) => Err(half_way(email, &user, None)),
    }
}

/// The person of the object no longer exists. Warns if others have given the address to somebody new.
async fn warn_if_invited_again(place: &impl Place, object: &Object, id: &atlan::Guid, email: &str) {
    let client = place.client();
    if client.run().is_made_again(object) {
        return;
    }
    // The person is gone, whether or not this look-up succeeds.
    let Some(user) = client.user_by_email(email).await.ok().flatten() else { return };
    if user.id != *id && client.run().holder_of_person(Some(&user.id), Some(email)).is_none() {
        invited_again(place, id, &user);
    }
}
