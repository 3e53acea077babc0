//! The apply of one object: create, update or delete, and the state that is true afterwards.
//!
//! Whatever happens in the handler, the answer holds what exists: on success what was planned, completed by what the
//! handler answered; after a failed create what the handler saved with [`crate::CreateCx::created`] or
//! [`crate::Cx::checkpoint`]; after a failed update or delete the prior state or the last checkpoint. Terraform
//! stores exactly that, together with the errors.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Answer, Scope, broken, failed, guard, guarded, identity_of, in_clear, promises, settle};
use crate::diag::{Diagnostic, Diagnostics, Error, Result};
use crate::object::{ATTEMPTED, AnyResource, Call, Operation, Private, PrivateKey, Saved};
use crate::schema::{Attribute, Mode, nested};
use crate::value::{Dynamic, Path};

/// Marks an object of which the state has only a part, because its creation failed half-way and told no more, or because an
/// answer cannot be read back.
pub(super) const HALF: PrivateKey<bool> = PrivateKey::new(".half_created");

/// What Terraform asks.
pub(crate) struct Request {
    /// Null on delete. The only place where write-only values are.
    pub(crate) config: Dynamic,
    /// Null on create.
    pub(crate) prior: Dynamic,
    /// Null on delete.
    pub(crate) planned: Dynamic,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<Dynamic>,
}

/// Creates, updates or deletes the object.
pub(crate) async fn apply(resource: &dyn AnyResource, scope: Scope, request: Request) -> Answer {
    let Request { config, prior, planned, private, identity } = request;
    let (operation, limits) = match (prior.is_null(), planned.is_null()) {
        (true, _) => (Operation::Create, &planned),
        (_, true) => (Operation::Delete, &prior),
        _ => (Operation::Update, &planned),
    };
    let mut diagnostics = Diagnostics::new();
    if let Some(error) = contradiction(resource, identity.as_ref(), &prior) {
        diagnostics.push(error);
        return Answer { state: prior, is_as_sent: true, private, identity, diagnostics };
    }
    let deadline = tokio::time::Instant::now() + resource.timeouts().limit(operation, limits);
    let call = Call::new(scope, deadline, Private::decode(&private));
    let mut state = match operation {
        Operation::Delete => delete(resource, &call, prior, identity.as_ref(), &mut diagnostics).await,
        _ => change(resource, &call, &config, &prior, &planned, identity.as_ref(), &mut diagnostics).await,
    };
    diagnostics.extend(call.take_warnings());
    if diagnostics.has_errors() {
        settle::without_nan(&mut state);
    }
    let identity = identity_after(resource, identity, &state);
    let private = if state.is_null() { Vec::new() } else { call.private.encode() };
    Answer { state, is_as_sent: false, private, identity, diagnostics }
}

async fn change(
    resource: &dyn AnyResource,
    call: &Call,
    config: &Dynamic,
    prior: &Dynamic,
    planned: &Dynamic,
    identity: Option<&Dynamic>,
    diagnostics: &mut Diagnostics,
) -> Dynamic {
    let attributes = &resource.schema().attributes;
    let args = arguments(resource, config, planned);
    let create = prior.is_null();
    let half_known = || call.private.get(&HALF) == Some(true);
    if resource.timeouts().alone_differ(prior, planned) && !half_known() {
        // Other limits are stored, and nothing is asked of the provider.
        return planned.clone();
    }
    let id = if create { Dynamic::Null } else { id_of(resource, prior, identity) };
    let (attempt, result) = if create {
        // Of the object that this one replaces.
        call.private.remove(&HALF);
        call.private.remove(&ATTEMPTED);
        let outcome = || match call.saved() {
            None => {
                "Whether the object exists is unknown, and the state has nothing of it: look for it before you apply again, because the next \
                 plan will create it once more. If it is there, import it."
            }
            Some(_) => "Its outcome is unknown; the next plan shows what is there.",
        };
        ("create", guarded(call, resource.create(call, &args), outcome).await)
    } else {
        let update = async {
            if half_known() && (call.is_unconfirmed() || resource.whole(prior).is_err()) {
                return Err(known_in_part(resource));
            }
            super::read::readable(resource, prior)?;
            guard(call, resource.update(call, &id, prior, &args)).await
        };
        ("update", update.await)
    };
    match result {
        Ok(answer) => {
            let (mut state, panic) = settle::surely(attributes, |attributes| {
                settle::applied(attributes, config, planned, &answer)
            });
            let compared = panic.is_none();
            if let Some(error) = panic {
                failed(resource, attempt, error, diagnostics);
            }
            // After a panic, too: with the identity of another object the state would orphan this one.
            let mut is_of_another = false;
            if !create {
                keeps_identity(resource, attempt, &id, &mut state, diagnostics);
            } else if let Some(known) = own_object(resource, call, planned, &mut state, diagnostics) {
                (state, is_of_another) = (known, true);
            }
            if compared && !is_of_another {
                // The types of the provider may panic when they write what they hold, and the object exists whatever they do.
                let held = catch_unwind(AssertUnwindSafe(|| resource.held(&args))).unwrap_or_else(|panic| {
                    failed(resource, attempt, super::bug(&*panic), diagnostics);
                    Dynamic::Null
                });
                let mut breaches = promises::applied(attributes, planned, &state);
                breaches.extend(promises::answered(attributes, config, planned, &held, &answer));
                broken(resource, "answer", breaches, diagnostics);
                in_clear(resource, config, &state, diagnostics);
            }
            let mut unreadable = Diagnostics::new();
            demand_readable(resource, call, attempt, &state, &mut unreadable);
            if !diagnostics.has_errors() {
                diagnostics.extend(unreadable);
            }
            state
        }
        Err(error) => {
            failed(resource, attempt, error, diagnostics);
            let saved = call.saved();
            if matches!(saved, Some(Saved::Attempted | Saved::Created(_))) {
                call.private.set(&HALF, &true);
            }
            if create && matches!(saved, Some(Saved::Attempted)) {
                call.private.set(&ATTEMPTED, &true);
            }
            let mut state = after_failure(resource, saved.clone(), prior, planned);
            match saved {
                Some(Saved::Checkpoint(_)) => {
                    // The first word of a new object counts: to follow another one would orphan it.
                    if let Some(told) = call.told().filter(|_| create)
                        && let Some(part) = differing_part(resource, &told, &state)
                    {
                        diagnostics.push(told_another(resource, &told, "then that it is", &state, part));
                        // The other values of the checkpoint are of the other object.
                        call.private.set(&HALF, &true);
                        return after_failure(resource, Some(Saved::Created(told)), prior, planned);
                    }
                    if !create {
                        keeps_identity(resource, attempt, &id, &mut state, diagnostics);
                    }
                    demand_readable(resource, call, attempt, &state, diagnostics);
                }
                Some(Saved::Created(told)) => {
                    let planned = settle::known(planned);
                    if let Some(part) = differing_part(resource, &planned, &told) {
                        diagnostics.push(told_another(resource, &told, "it is", &planned, part));
                    }
                }
                _ => {}
            }
            state
        }
    }
}

/// Demands that a state can be read back, as the next call will have to. If it cannot, the next read gets no prior state, and
/// completes it.
fn demand_readable(
    resource: &dyn AnyResource,
    call: &Call,
    attempt: &str,
    state: &Dynamic,
    diagnostics: &mut Diagnostics,
) {
    if let Err(error) = super::read::readable_back(resource, state) {
        call.private.set(&HALF, &true);
        failed(resource, attempt, error, diagnostics);
    }
}

/// The error about a state whose attributes name another object than the identity beside it. An upgrade that takes the wrong
/// attribute makes one, and a state that was edited by hand may be one. Which of the two is meant nobody knows, so nothing may be
/// read, changed or deleted by it. A part that either of them lacks contradicts nothing.
pub(super) fn contradiction(
    resource: &dyn AnyResource,
    identity: Option<&Dynamic>,
    state: &Dynamic,
) -> Option<Diagnostic> {
    let identity = identity?;
    let part = resource.identity().iter().find(|part| {
        let (passed, found) = (identity.get(&part.name), state.get(&part.name));
        let told = |value: &Dynamic| !value.is_null() && value.is_wholly_known();
        told(passed) && told(found) && !is_same_part(resource, part, passed, found)
    })?;
    let name = &part.name;
    let (passed, found) = (identity.get(name), state.get(name));
    let detail = format!(
        "{name} of {} is {found} in its state, and {passed} in the identity that Terraform keeps beside the state. So nothing tells \
         which object is meant, and none was read or changed.\n\nIf the provider was upgraded, or the object moved, it probably \
         converted the state wrongly, which is a bug: go back to the version that wrote the state, and report this. Otherwise remove \
         the object from the state with `terraform state rm`, and import the one that you mean.",
        resource.type_name()
    );
    Some(Diagnostic::error("The state names another object", detail).at(Path::attribute(name)))
}

/// The identity that goes with a state: the one that was passed along, if both name the same object, because Terraform takes no other
/// spelling of it.
pub(super) fn identity_after(
    resource: &dyn AnyResource,
    passed: Option<Dynamic>,
    state: &Dynamic,
) -> Option<Dynamic> {
    match (identity_of(resource, state), passed) {
        (Some(found), Some(passed)) if is_same_identity(resource, &passed, &found) => Some(passed),
        (Some(found), _) => Some(found),
        (None, passed) => passed.filter(|_| !state.is_null()),
    }
}

/// Whether two identities name the same object, be it in two spellings.
pub(super) fn is_same_identity(resource: &dyn AnyResource, a: &Dynamic, b: &Dynamic) -> bool {
    resource.identity().iter().all(|part| is_same_part(resource, part, a.get(&part.name), b.get(&part.name)))
}

/// The same where `told` is of an object that the state knows only in part: what it lacks may be anything.
pub(super) fn differing_part<'a>(
    resource: &'a dyn AnyResource,
    told: &Dynamic,
    found: &Dynamic,
) -> Option<&'a Attribute> {
    resource.identity().iter().find(|part| {
        let (told, found) = (told.get(&part.name), found.get(&part.name));
        !told.is_null() && !is_same_part(resource, part, told, found)
    })
}

/// A comparison by the provider's types may panic; then nothing is the same but what is equal.
fn is_same_part(resource: &dyn AnyResource, part: &Attribute, a: &Dynamic, b: &Dynamic) -> bool {
    a == b
        || resource
            .schema()
            .attribute(&part.name)
            .is_some_and(|attribute| catch_unwind(AssertUnwindSafe(|| attribute.same(a, b))).unwrap_or(false))
}

/// Holds a new object against what the handler has told of it: something has to name it, and always the same. What is known of
/// the object that was told of, if the answer is another one: that one exists, and nothing else would remember it.
fn own_object(
    resource: &dyn AnyResource,
    call: &Call,
    planned: &Dynamic,
    state: &mut Dynamic,
    diagnostics: &mut Diagnostics,
) -> Option<Dynamic> {
    let told = call.told();
    let Some(answered) = identity_of(resource, state) else {
        call.private.set(&HALF, &true);
        diagnostics.push(Diagnostic::error(
            "The provider has a bug: nothing names the new object",
            format!(
                "The created {} exists, but an obligatory part of its identity is missing in the answer.\n\nPlease \
                 report this with the configuration of the object.",
                resource.type_name()
            ),
        ));
        told.iter().for_each(|told| state.put(told));
        return None;
    };
    let told = told?;
    let part = differing_part(resource, &told, &answered)?;
    diagnostics.push(told_another(resource, &told, "it is", &answered, part));
    let checkpoint = call.saved().filter(|saved| match saved {
        Saved::Checkpoint(object) => differing_part(resource, &told, object).is_none(),
        Saved::Attempted | Saved::Created(_) => false,
    });
    if checkpoint.is_none() {
        call.private.set(&HALF, &true);
    }
    let known = checkpoint.unwrap_or(Saved::Created(told));
    Some(after_failure(resource, Some(known), &Dynamic::Null, planned))
}

/// The error that a create has told of another object than it has made. `but` is how it contradicts itself: "it is".
fn told_another(
    resource: &dyn AnyResource,
    told: &Dynamic,
    but: &str,
    made: &Dynamic,
    part: &Attribute,
) -> Diagnostic {
    Diagnostic::error(
        "The provider has a bug: it told of another object",
        format!(
            "While it created {} it told that {} is {}, but {but} {}.\n\nPlease report this with the configuration of the \
             object.",
            resource.type_name(),
            part.name,
            told.get(&part.name),
            made.get(&part.name),
        ),
    )
    .at(Path::attribute(&part.name))
}

/// An update leaves an object the identity that it had: an answer with another one is an error, and the state goes on to
/// name the object that exists.
fn keeps_identity(
    resource: &dyn AnyResource,
    attempt: &str,
    id: &Dynamic,
    state: &mut Dynamic,
    diagnostics: &mut Diagnostics,
) {
    if id_is_missing(id) {
        return;
    }
    let found = identity_of(resource, state);
    if found.as_ref().is_some_and(|found| is_same_identity(resource, id, found)) {
        return;
    }
    let found = found.unwrap_or(Dynamic::Null);
    failed(resource, attempt, super::read::another_object(resource, id, &found), diagnostics);
    state.put(id);
}

/// What is stored where the answer of a handler cannot be: what was there before an update; for a new object what is
/// known of its plan, and what names it. With it the private values.
pub(crate) fn fallback(
    resource: &dyn AnyResource,
    prior: &Dynamic,
    planned: &Dynamic,
    identity: Option<&Dynamic>,
    private: &[u8],
) -> (Dynamic, Vec<u8>) {
    if !prior.is_null() {
        return (prior.clone(), private.to_vec());
    }
    let mut state = settle::known(planned);
    let identity = identity.filter(|identity| {
        crate::value::msgpack::encode(identity, &crate::schema::object_type(resource.identity())).is_ok()
    });
    if let Some(identity) = identity {
        state.put(identity);
    }
    let private = Private::decode(private);
    private.set(&HALF, &true);
    (state, private.encode())
}

/// What exists after a handler failed, as far as it has told.
fn after_failure(
    resource: &dyn AnyResource,
    saved: Option<Saved>,
    prior: &Dynamic,
    planned: &Dynamic,
) -> Dynamic {
    let attributes = &resource.schema().attributes;
    match saved {
        None => prior.clone(),
        // An update attempts nothing: the object is there.
        Some(Saved::Attempted) if !prior.is_null() => prior.clone(),
        Some(Saved::Attempted) => settle::known(planned),
        Some(Saved::Created(identity)) => {
            let mut state = settle::known(planned);
            state.put(&identity);
            state
        }
        // After a failure in part, changed values have the planned spelling, and the others the one before. This must not panic:
        // the failure is reported already.
        Some(Saved::Checkpoint(object)) => {
            let before = if prior.is_null() { planned } else { prior };
            let spelled = |attributes: &[Attribute]| {
                let mut object = object.clone();
                settle::spell(attributes, before, &mut object);
                settle::read(attributes, planned, object)
            };
            settle::surely(attributes, spelled).0
        }
    }
}

async fn delete(
    resource: &dyn AnyResource,
    call: &Call,
    prior: Dynamic,
    identity: Option<&Dynamic>,
    diagnostics: &mut Diagnostics,
) -> Dynamic {
    let mut prior = prior;
    let mut id = id_of(resource, &prior, identity);
    if id_is_missing(&id) || call.is_unconfirmed() || resource.whole(&prior).is_err() {
        match look(resource, call, &id, &prior).await {
            Ok(Some((found_id, found))) => {
                call.private.remove(&ATTEMPTED);
                (id, prior) = (found_id, found);
            }
            Ok(None) => return Dynamic::Null,
            Err(error) => {
                failed(resource, "delete", error, diagnostics);
                // The delete half of a replacement does not get the object's own private values, which said so already.
                call.private.set(&HALF, &true);
                return prior;
            }
        }
    }
    match guard(call, resource.delete(call, &id, &prior)).await {
        Ok(()) => Dynamic::Null,
        Err(error) => {
            failed(resource, "delete", error, diagnostics);
            let mut state = after_failure(resource, call.saved(), &prior, &prior);
            keeps_identity(resource, "delete", &id, &mut state, diagnostics);
            if matches!(call.saved(), Some(Saved::Checkpoint(_))) {
                demand_readable(resource, call, "delete", &state, diagnostics);
            }
            state
        }
    }
}

/// Looks for an object of which the state has only a part, because its creation failed and no read has completed it since:
/// its identity, and all of it. `None` when there is none. The arguments stay as they are stored: nobody has seen others in a plan.
async fn look(
    resource: &dyn AnyResource,
    call: &Call,
    id: &Dynamic,
    prior: &Dynamic,
) -> Result<Option<(Dynamic, Dynamic)>> {
    let found = if id_is_missing(id) || call.is_unconfirmed() {
        super::read::findable(resource)?;
        guard(call, resource.find(call, prior)).await?
    } else {
        guard(call, resource.read(call, id, &Dynamic::Null)).await?
    };
    let Some(found) = found else {
        tracing::debug!(resource = resource.type_name(), "not there to be deleted");
        return Ok(None);
    };
    let attributes = &resource.schema().attributes;
    let (found, panic) =
        settle::surely(attributes, |attributes| settle::read(attributes, prior, found.clone()));
    if let Some(error) = panic {
        return Err(error);
    }
    match identity_of(resource, &found) {
        Some(found_id) if differing_part(resource, id, &found_id).is_none() => {
            super::read::readable_back(resource, &found)?;
            let found = with_stored_arguments(attributes, prior, found);
            Ok(Some((found_id, found)))
        }
        found_id => Err(super::read::another_object(resource, id, &found_id.unwrap_or(Dynamic::Null))),
    }
}

/// What a look has found, with the arguments of the state.
fn with_stored_arguments(attributes: &[Attribute], stored: &Dynamic, mut found: Dynamic) -> Dynamic {
    for attribute in
        attributes.iter().filter(|attribute| attribute.mode != Mode::Computed && attribute.nested().is_none())
    {
        let argument = stored.get(&attribute.name);
        if !argument.is_null() && argument.is_wholly_known() {
            found.put(&Dynamic::Map([(attribute.name.clone(), argument.clone())].into()));
        }
    }
    found
}

/// The object's identity, preferably as the state tells it.
pub(super) fn id_of(resource: &dyn AnyResource, state: &Dynamic, identity: Option<&Dynamic>) -> Dynamic {
    identity_of(resource, state).or_else(|| identity.cloned()).unwrap_or(Dynamic::Null)
}

/// Whether no identity is known.
pub(super) fn id_is_missing(id: &Dynamic) -> bool {
    id.is_null()
}

/// An update of an object that its state has only in part, because no read has completed it since its creation failed.
fn known_in_part(resource: &dyn AnyResource) -> Error {
    Error::new(
        format!("Could not update {}", resource.type_name()),
        "An earlier run could not finish creating this object, so the state has only a part of it. Nothing was changed. Run the \
         command again without `-refresh=false`: Terraform then reads the object first.",
    )
}

/// What a handler gets as its arguments: the plan with the configuration's write-only values; what is known only after
/// apply is left out, because it is the handler's to decide.
fn arguments(resource: &dyn AnyResource, config: &Dynamic, planned: &Dynamic) -> Dynamic {
    let mut args = settle::known(planned);
    with_write_only(&resource.schema().attributes, config, &mut args);
    args
}

fn with_write_only(attributes: &[Attribute], config: &Dynamic, args: &mut Dynamic) {
    super::each_attribute(attributes, args, |attribute, value| {
        let config = config.get(&attribute.name);
        if attribute.write_only {
            value.clone_from(config);
        } else if let Some((nesting, inner)) = attribute.nested() {
            nested::each(nesting, config, &Dynamic::Null, value, |_, config, _, value| {
                with_write_only(inner, config, value);
            });
        }
    });
}
