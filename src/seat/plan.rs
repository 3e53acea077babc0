//! Plans of seats, as the register of the run records them.

use atlan::WorkspaceRole;
use tfplug::{Private, Result};

use super::Farewell;
use super::words::unknown_successor;
use crate::run::{self, Holder, Key, Object, Run, Successor};
use crate::types::OnExisting;

/// A person as an object of the state.
pub(crate) fn object(by: &'static Holder, email: &str, id: &atlan::Guid, private: &Private) -> Object {
    Object::new(by, Key::Person(email.to_owned()), id, private)
}

/// The plan of a change. `next` is the address by the plan, if it is known.
///
/// # Errors
/// If two resources of the plan are for the same person.
pub(crate) fn plan_change(run: &Run, private: &Private, object: Object, next: Option<String>) -> Result<()> {
    run::planned_change(run, private, object, &successor(next)).map_err(run::error)
}

/// The plan of a create.
///
/// # Errors
/// If two resources of the plan are for the same person.
pub(crate) fn plan_create(
    run: &Run,
    private: &Private,
    by: &'static Holder,
    email: Option<String>,
    role: Option<WorkspaceRole>,
    on_existing: Option<OnExisting>,
) -> Result<()> {
    let is_known = email.is_some();
    run::planned_create(run, private, by, &successor(email), role.map(|role| role.to_string()))?;
    if let Some(on_existing) = on_existing {
        run::adopts(private, on_existing == OnExisting::Adopt);
    }
    if !is_known {
        run.comes_nameless(by, None)?;
    }
    Ok(())
}

fn successor(email: Option<String>) -> Successor {
    email.map_or(Successor::Unknown, |email| Successor::Key(Key::Person(email)))
}

/// The plan of a destroy.
///
/// # Errors
/// If two resources of the plan are for the same person.
pub(crate) fn plan_delete(run: &Run, private: &Private, object: Object, farewell: Farewell) -> Result<()> {
    Ok(run::plan_delete(run, private, object, farewell == Farewell::Forget)?)
}

/// As [`plan_delete`], for an object without a GUID, because its invitation is unclear.
///
/// # Errors
/// As [`plan_delete`].
pub(crate) fn plan_delete_unclear(
    run: &Run,
    private: &Private,
    by: &'static Holder,
    email: &str,
    farewell: Farewell,
) -> Result<()> {
    plan_delete(run, private, Object::unclear(by, Key::Person(email.to_owned()), private), farewell)
}

/// Refuses to replace a person by an address that is not known yet.
///
/// # Errors
/// If `next` is unknown.
pub(crate) fn refuse_unknown(email: &str, next: Option<&String>) -> Result<()> {
    if next.is_none() { Err(unknown_successor(email)) } else { Ok(()) }
}
