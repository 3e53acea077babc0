//! Carries a plan out, and decides what the state holds afterwards.

use super::message::{identity_kept, identity_known, identity_present};
use super::plan::{self, Action, Plan};
use super::report::DISCLOSED;
use super::schema::Resource;
use super::stored::Object;
use super::walk::{ApplyAnswer, ApplyRequest, Walk};
use super::{Report, rules};
use crate::value::Dynamic;

/// What the state holds after an apply.
pub(super) struct Outcome {
    pub(super) current: Option<Object>,
    /// The object that a new one has replaced, if it could not be deleted.
    pub(super) deposed: Option<Object>,
}

/// Carries a plan out on the object as it is in the state.
pub(super) async fn apply(
    walk: &Walk,
    resource: &Resource,
    plan: &Plan,
    object: Option<Object>,
    config: &Dynamic,
    create_first: bool,
    report: &mut Report,
) -> Outcome {
    let mut deposed = None;
    let current = match (plan.action(), object) {
        (Action::NoOp, object) => object,
        (Action::Delete, None) => None,
        (Action::Delete, Some(object)) => delete(walk, resource, object, &plan.private, report).await,
        (Action::Replace, Some(object)) if create_first => {
            let created = change(walk, resource, plan, None, config, report).await;
            match created {
                // Nothing came of it: the old object is the object again.
                None => Some(object),
                created if report.has_errors() => {
                    deposed = Some(object);
                    created
                }
                created => {
                    // Terraform plans this one only now, with the object's own private state.
                    deposed = match plan::delete(walk, resource, &object, report).await {
                        Some(plan) => delete(walk, resource, object, &plan.private, report).await,
                        None => Some(object),
                    };
                    created
                }
            }
        }
        (Action::Replace, Some(object)) => {
            match delete(walk, resource, object, &plan.private, report).await {
                None => change(walk, resource, plan, None, config, report).await,
                left => left,
            }
        }
        (Action::Create | Action::Update | Action::Replace, object) => {
            change(walk, resource, plan, object, config, report).await
        }
    };
    Outcome { current, deposed }
}

/// Deletes an object; what is left of it.
pub(super) async fn delete(
    walk: &Walk,
    resource: &Resource,
    object: Object,
    private: &[u8],
    report: &mut Report,
) -> Option<Object> {
    let null = Dynamic::Null;
    let request =
        ApplyRequest { prior: &object.value, config: &null, planned: &null, private, identity: None };
    call(walk, resource, Action::Delete, Some(&object), &request, report).await
}

/// Creates or updates: plans again, now that everything is known, and applies that.
async fn change(
    walk: &Walk,
    resource: &Resource,
    first: &Plan,
    object: Option<Object>,
    config: &Dynamic,
    report: &mut Report,
) -> Option<Object> {
    let mut found = Report::default();
    let last = final_plan(walk, resource, first, object.as_ref(), config, &mut found).await;
    let failed = found.has_errors();
    // Terraform prints what the final plan says, too.
    report.append(found.beyond(&first.report));
    let Some(last) = last.filter(|_| !failed) else { return object };
    if last.is_empty() {
        return object;
    }
    let null = Dynamic::Null;
    let request = ApplyRequest {
        prior: object.as_ref().map_or(&null, |object| &object.value),
        config,
        planned: &last.planned,
        private: &last.private,
        identity: last.identity.as_ref(),
    };
    let action = if object.is_none() { Action::Create } else { Action::Update };
    call(walk, resource, action, object.as_ref(), &request, report).await
}

async fn final_plan(
    walk: &Walk,
    resource: &Resource,
    first: &Plan,
    object: Option<&Object>,
    config: &Dynamic,
    report: &mut Report,
) -> Option<Plan> {
    if !config.is_wholly_known() {
        report.error("Configuration contains unknown value", "While applying, all of it is known.");
        return None;
    }
    let last = plan::change(walk, resource, object, config, false, report).await?;
    let summary = "Provider produced inconsistent final plan";
    let expected = if object.is_none() { Action::Create } else { first.action() };
    let allowed = last.action() == expected || (expected == Action::Update && last.is_empty());
    if !allowed {
        report.error(summary, format!("The planned action changed from {expected} to {}.", last.action()));
        return None;
    }
    report.refuse(summary, rules::compatible(&resource.schema.attributes, &first.planned, &last.planned));
    Some(last)
}

/// One call and what it leaves.
async fn call(
    walk: &Walk,
    resource: &Resource,
    action: Action,
    object: Option<&Object>,
    request: &ApplyRequest<'_>,
    report: &mut Report,
) -> Option<Object> {
    if walk.is_stopped() {
        report.error("Execution halted", format!("The {action} was not started."));
        return object.cloned();
    }
    let mut found = Report::default();
    let answer = walk.apply(resource, request, &mut found).await;
    let left = after(resource, action, object, request, answer, &mut found);
    report.append(found);
    left
}

/// What an answer leaves; `report` holds what the provider said with it.
pub(super) fn after(
    resource: &Resource,
    action: Action,
    object: Option<&Object>,
    request: &ApplyRequest<'_>,
    answer: Option<ApplyAnswer>,
    report: &mut Report,
) -> Option<Object> {
    // What cannot be read cannot be written into the state either, and is lost.
    let answer = answer?;
    let attributes = &resource.schema.attributes;
    let problems = rules::write_only(attributes, &answer.state);
    if !problems.is_empty() {
        // Terraform doesn't look at the rest of the answer, so it is lost, too.
        report.refuse("Provider produced invalid object", problems);
        return None;
    }
    let state = checked(resource, action, object, request, &answer, report);
    settle(action, object, state, answer, report.has_errors())
}

/// Holds an answer against the rules; the state as it may be stored.
fn checked(
    resource: &Resource,
    action: Action,
    object: Option<&Object>,
    request: &ApplyRequest<'_>,
    answer: &ApplyAnswer,
    report: &mut Report,
) -> Dynamic {
    let attributes = &resource.schema.attributes;
    let went_well = !report.has_errors();
    let summary = "Provider returned invalid result object after apply";
    report.refuse(summary, rules::stored(attributes, &answer.state));
    report.refuse(DISCLOSED, rules::disclosed(attributes, request.config, &answer.state));
    if went_well && (action == Action::Delete) != answer.state.is_null() {
        let found = if answer.state.is_null() { "no object" } else { "an object" };
        report.error(summary, format!("After the {action} it returned {found}."));
    } else if action != Action::Delete && !report.has_errors() {
        let problems = rules::compatible(attributes, request.planned, &answer.state);
        report.refuse("Provider produced inconsistent result after apply", problems);
        let identity = answer.identity.as_ref();
        if identity_known(identity, report) {
            match object.and_then(|object| object.identity.as_ref()) {
                Some(before) => identity_kept(Some(before), identity, report),
                None => identity_present(identity, summary, report),
            };
        }
    }
    known(&answer.state)
}

/// What the state holds after a call. Null together with an error means that nothing is known to have changed.
fn settle(
    action: Action,
    object: Option<&Object>,
    state: Dynamic,
    answer: ApplyAnswer,
    failed: bool,
) -> Option<Object> {
    if state.is_null() {
        return object.filter(|_| failed).cloned();
    }
    let tainted = match action {
        Action::Create => failed,
        _ => object.is_some_and(|object| object.tainted),
    };
    // What is not known of an identity cannot be stored either.
    let identity = answer.identity.filter(Dynamic::is_wholly_known);
    Some(Object { value: state, private: answer.private, identity, tainted })
}

/// A value as Terraform stores it where parts are unknown: with null for them.
fn known(value: &Dynamic) -> Dynamic {
    match value {
        Dynamic::Unknown(_) => Dynamic::Null,
        Dynamic::List(items) => Dynamic::List(items.iter().map(known).collect()),
        Dynamic::Map(entries) => {
            Dynamic::Map(entries.iter().map(|(key, value)| (key.clone(), known(value))).collect())
        }
        Dynamic::Typed(ty, value) => Dynamic::Typed(ty.clone(), Box::new(known(value))),
        Dynamic::Null | Dynamic::Bool(_) | Dynamic::Number(_) | Dynamic::String(_) => value.clone(),
    }
}
