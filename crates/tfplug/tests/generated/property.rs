//! Laws of generated resources, in process: honest ones are always accepted, and lies never.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use tfplug::testing::{Action, Asked, Core, Instance, Report};
use tfplug::value::json::decode_state;
use tfplug::value::{Dynamic, Type};

use crate::case::Case;
use crate::configuration::{known, planning};
use crate::lies::{self, Lie, Twist, What};
use crate::provider::{self, Generated, HandlerLie, Shape};
use crate::remote::{Remote, respelled};
use crate::shape::{self, Field, Source};

/// Runs a test of one resource type with an empty remote side.
pub(crate) fn with_shape<T>(shape: Shape, test: impl AsyncFnOnce(Core) -> T) -> T {
    provider::test(vec![shape]);
    Remote::forget();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(test(Core::new::<Generated>()))
}

/// The name of the only resource type.
pub(crate) const TYPE: &str = "gen_t00";

/// The state as a value.
fn state(instance: &Instance, ty: &Type) -> Dynamic {
    decode_state(instance.stored(), ty).unwrap()
}

/// Applies a configuration of which some is not known while planning.
async fn apply(instance: &mut Instance, config: &Json) -> Action {
    let plan = instance.plan(planning(config)).await;
    instance.apply_plan(&plan, known(config)).await;
    // What was late is known now, so the configuration is planned as it is.
    instance.plan(known(config)).await;
    instance.plan_is_empty().await;
    plan.action()
}

pub(crate) fn an_honest_provider_is_always_accepted(case: Case) {
    let ty = shape::ty(&case.fields);
    with_shape(Shape { fields: case.fields.clone(), lie: None, fault: None }, async |core| {
        let mut object = core.resource(TYPE);
        let report = object.validate(planning(&case.first)).await;
        assert!(!report.has_errors(), "{report}");
        assert_eq!(apply(&mut object, &case.first).await, Action::Create);
        for config in [&case.first, &case.second] {
            if std::ptr::eq(config, &case.second) {
                apply(&mut object, config).await;
            }
            let config = known(config);
            let before = state(&object, &ty);
            object.refresh().await;
            assert_eq!(state(&object, &ty), before, "after refresh");

            let mut imported = core.resource(TYPE);
            let id = before.get("id").as_str().unwrap();
            imported.import(id).await;
            let plain = |state: &Dynamic| respelled(&case.fields, state);
            assert_eq!(plain(&state(&imported, &ty)), plain(&before), "after import");
            let mut named = core.resource(TYPE);
            named.import_identity(json!({ "id": id })).await;
            assert_eq!(state(&named, &ty), state(&imported, &ty), "by identity");
            imported.plan(config.clone()).await;
            imported.plan_is_empty().await;

            let mut old = core.resource(TYPE);
            old.import(id).await;
            old.upgrade(0, of_version_0(&case.fields, object.stored())).await;
            assert_kept(&case.fields, &before, &state(&old, &ty));
            old.plan(config).await;
            old.plan_is_empty().await;
        }
        object.destroy().await;
        assert_eq!(Remote::objects(), [""; 0]);
    });
}

/// Whether an attribute is new in version 1: every other one that may be missing.
fn is_new(index: usize, field: &Field) -> bool {
    index.is_multiple_of(2) && field.name != "id" && !matches!(field.source, Source::Required)
}

/// The stored object as version 0 wrote it: without attributes that are new, and with one that is gone since.
pub(crate) fn of_version_0(fields: &[Field], stored: &[u8]) -> Vec<u8> {
    let mut attributes: std::collections::BTreeMap<String, Box<serde_json::value::RawValue>> =
        serde_json::from_slice(stored).unwrap();
    for (_, field) in fields.iter().enumerate().filter(|(index, field)| is_new(*index, field)) {
        attributes.remove(&field.name);
    }
    attributes.insert("gone".to_owned(), serde_json::value::to_raw_value(&[1]).unwrap());
    serde_json::to_vec(&attributes).unwrap()
}

fn assert_kept(fields: &[Field], before: &Dynamic, after: &Dynamic) {
    for (_, field) in fields.iter().enumerate().filter(|(index, field)| !is_new(*index, field)) {
        assert_eq!(after.get(&field.name), before.get(&field.name), "{} after upgrade", field.name);
    }
}

/// The errors of a report by summary.
pub(crate) fn summaries(report: &Report) -> Vec<&str> {
    let errors = report.iter().filter(|found| found.severity == tfplug::Severity::Error);
    errors.map(|found| found.summary.as_str()).collect()
}

pub(crate) fn a_lying_handler_is_refused_by_the_framework((case, lie): (Case, HandlerLie)) {
    let ours = |report: Report| {
        let summaries = summaries(&report);
        let bug = |summary: &&str| {
            summary.starts_with("The provider has a bug")
                || summary.starts_with("The provider could not write")
        };
        assert!(summaries.first().is_some_and(bug), "{lie:?}: {report}");
    };
    with_shape(Shape { fields: case.fields, lie: Some(lie), fault: None }, async |core| {
        let mut object = core.resource(TYPE);
        let mut config = Map::clone(known(&case.first).as_object().unwrap());
        match lie {
            HandlerLie::PlansArgument => {
                config.remove("note");
                ours(object.try_plan(config.into()).await.unwrap_err());
            }
            HandlerLie::LeavesUnknown | HandlerLie::AnswersOtherType => {
                ours(object.try_apply(config.into()).await.unwrap_err());
            }
            HandlerLie::ReadsOther => {
                object.apply(config.into()).await;
                ours(object.try_refresh().await.unwrap_err());
            }
            HandlerLie::ChangesKept | HandlerLie::LosesKept => {
                object.apply(config.clone().into()).await;
                config.insert("note".to_owned(), "another".into());
                // What follows the note may force a replacement, and a new object keeps nothing.
                if object.plan(config.clone().into()).await.action() != Action::Update {
                    return;
                }
                ours(object.try_apply(config.into()).await.unwrap_err());
            }
        }
    });
}

/// Lies that every object can be told about, each with Terraform's summary.
pub(crate) fn certain_lies() -> Vec<(Lie, &'static str)> {
    let (create, later) = (false, true);
    let (invalid_plan, invalid_object) =
        ("Provider produced invalid plan", "Provider produced invalid object");
    let invalid_result = "Provider returned invalid result object after apply";
    let inconsistent = "Provider produced inconsistent result after apply";
    let lie = |asked, later, what| Lie { asked, later, what };
    vec![
        (lie(Asked::Plan, create, What::Attribute("name", Twist::Other)), invalid_plan),
        (lie(Asked::Plan, create, What::Attribute("name", Twist::Garbled)), invalid_plan),
        (lie(Asked::Plan, later, What::Replace("nothing")), invalid_plan),
        (lie(Asked::Apply, create, What::Attribute("name", Twist::Other)), inconsistent),
        (lie(Asked::Apply, create, What::Attribute("id", Twist::Unknown)), invalid_result),
        (lie(Asked::Apply, create, What::Object(Twist::Null)), invalid_result),
        (lie(Asked::Apply, create, What::Object(Twist::Garbled)), invalid_object),
        (lie(Asked::Read, later, What::Attribute("id", Twist::Unknown)), invalid_object),
        (lie(Asked::Read, later, What::Identity(Twist::Other)), "Provider produced different identity"),
    ]
}

pub(crate) fn a_falsified_answer_is_refused_by_core((case, (lie, summary)): (Case, (Lie, &'static str))) {
    let ty = shape::ty(&case.fields);
    with_shape(Shape { fields: case.fields, lie: None, fault: None }, async |core| {
        let config = known(&case.first);
        let mut object = core.resource(TYPE);
        let later = lie.later;
        let lying = core.clone().lying(Arc::new(move |answer| lies::tell(&lie, &ty, answer)));
        if later {
            object.apply(config.clone()).await;
        }
        object.set_core(&lying);
        let report = object.try_apply(config).await.unwrap_err();
        assert_eq!(summaries(&report).first(), Some(&summary), "{report}");
    });
}
