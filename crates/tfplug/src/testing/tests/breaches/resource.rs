//! In the answers about managed resources.

use expect_test::expect;
use serde_json::json;
use tf::deferred::Reason::{AbsentPrereq, ProviderConfigUnknown, Unknown};

use super::{Seen, deferred, junk, lying, set, set_id, wheel};
use crate::grpc::convert;
use crate::proto::tfplugin6 as tf;
use crate::testing::tests::mill::Mill;
use crate::testing::{Core, Report};
use crate::value::Dynamic;

async fn planned(core: &Core) -> Report {
    core.resource("mill_wheel").try_plan(json!({ "size": 1, "key": "k" })).await.expect_err("a breach")
}

/// What comes of a change after a sound creation.
async fn changed(core: &Core) -> Report {
    let mut wheel = Core::new::<Mill>().resource("mill_wheel");
    wheel.apply(json!({ "size": 1, "stuff": "oak" })).await;
    wheel.set_core(core);
    wheel.try_apply(json!({ "size": 2, "stuff": "oak", "key": "k" })).await.expect_err("a breach")
}

#[tokio::test]
async fn in_plans() {
    use tf::plan_resource_change::Response;
    let mut seen = Seen::default();
    let core = lying(|answer: &mut Response| answer.planned_state = None);
    seen.add("no plan at all", &planned(&core).await);
    let core = lying(|answer: &mut Response| answer.planned_state = junk());
    seen.add("not of the schema", &planned(&core).await);
    let core = lying(|answer: &mut Response| set(&mut answer.planned_state, &wheel(), "size", 7));
    seen.add("another value than configured", &planned(&core).await);
    let core = lying(|answer: &mut Response| set(&mut answer.planned_state, &wheel(), "stuff", "elm"));
    seen.add("a value for what is not computed", &planned(&core).await);
    let core = lying(|answer: &mut Response| set(&mut answer.planned_state, &wheel(), "key", "k"));
    seen.add("a write-only value", &planned(&core).await);
    let core = lying(|answer: &mut Response| answer.legacy_type_system = true);
    seen.add("the legacy type system", &planned(&core).await);
    let nowhere = || convert::path(&crate::value::Path::attribute("nowhere"));
    let core = lying(move |answer: &mut Response| answer.requires_replace.push(nowhere()));
    seen.add("a replacement for nothing", &changed(&core).await);
    let core = lying(|answer: &mut Response| set_id(&mut answer.planned_identity, Dynamic::unknown()));
    seen.add("an update of an unknown identity", &changed(&core).await);
    let core = lying(|answer: &mut Response| set_id(&mut answer.planned_identity, "other"));
    seen.add("an update of another identity", &changed(&core).await);
    let core = lying(|answer: &mut Response| answer.planned_identity = None);
    seen.add("an update that drops the identity", &changed(&core).await);

    // The second plan of a replacement is checked for little, but for that.
    let mut oak = Core::new::<Mill>().resource("mill_wheel");
    oak.apply(json!({ "size": 1, "stuff": "oak" })).await;
    let before = oak.state();
    oak.set_core(&lying(|answer: &mut Response| {
        if answer.requires_replace.is_empty() {
            set(&mut answer.planned_state, &wheel(), "key", "k");
        }
    }));
    let report = oak.try_plan(json!({ "size": 1, "stuff": "elm" })).await.expect_err("a breach");
    seen.add("a write-only value in the second plan", &report);
    oak.set_core(&lying(|answer: &mut Response| {
        answer.planned_state = convert::dynamic_value(
            &Dynamic::Map(
                [("id", "w".into()), ("size", 1.into()), ("stuff", "oak".into()), ("key", Dynamic::Null)]
                    .into_iter()
                    .chain([("changes", 0.into())])
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
            ),
            &wheel(),
        )
        .ok();
    }));
    seen.add("a deletion that leaves something", &oak.try_destroy().await.expect_err("a breach"));
    assert_eq!(oak.state(), before);
    seen.check(expect![[r##"
        # no plan at all
        error: Provider produced invalid plan
          configured, but planned as absent
        # not of the schema
        error: Provider produced invalid plan
          The value does not conform to the schema: expected object({changes = number, id = string, key = string, size = number, stuff = string}), got an array
        # another value than configured
        error: Provider produced invalid plan
          size: 7 is planned, but 1 configured
        # a value for what is not computed
        error: Provider produced invalid plan
          stuff: "elm" is planned for what is neither configured nor computed
        # a write-only value
        error: Provider produced invalid plan
          key: a write-only value has to be null
        # the legacy type system
        error: Provider produced invalid plan
          It asks for the leniency of the legacy type system.
        # a replacement for nothing
        error: Provider produced invalid plan
          nowhere: the replacement is for what exists neither in the prior state nor in the plan
        # an update of an unknown identity
        error: Provider produced invalid identity
          The identity is not wholly known.
        # an update of another identity
        error: Provider produced different identity
          It was { "id" = "w" } and now is { "id" = "other" }.
        # an update that drops the identity
        error: Provider produced different identity
          It was { "id" = "w" } and now is missing.
        # a write-only value in the second plan
        error: Provider produced invalid plan
          key: a write-only value has to be null
        # a deletion that leaves something
        error: Provider produced invalid plan
          The plan of a deletion has to be null.
    "##]]);
}

#[tokio::test]
async fn in_applies() {
    use tf::apply_resource_change::Response;
    let mut seen = Seen::default();
    let core = lying(|answer: &mut Response| answer.new_state = None);
    seen.add("nothing after a change", &changed(&core).await);
    let core = lying(|answer: &mut Response| answer.new_state = junk());
    seen.add("not of the schema", &changed(&core).await);
    let core = lying(|answer: &mut Response| set(&mut answer.new_state, &wheel(), "size", 7));
    seen.add("another value than planned", &changed(&core).await);
    let core =
        lying(|answer: &mut Response| set(&mut answer.new_state, &wheel(), "changes", Dynamic::unknown()));
    seen.add("something unknown", &changed(&core).await);
    let core = lying(|answer: &mut Response| set(&mut answer.new_state, &wheel(), "key", "k"));
    seen.add("a write-only value", &changed(&core).await);
    let core = lying(|answer: &mut Response| answer.legacy_type_system = true);
    seen.add("the legacy type system", &changed(&core).await);
    let core = lying(|answer: &mut Response| set_id(&mut answer.new_identity, Dynamic::unknown()));
    seen.add("an unknown identity", &changed(&core).await);
    let core = lying(|answer: &mut Response| set_id(&mut answer.new_identity, "other"));
    seen.add("another identity", &changed(&core).await);
    let core = lying(|answer: &mut Response| answer.new_identity = None);
    let created = core.resource("mill_wheel").try_apply(json!({ "size": 1 })).await;
    seen.add("a creation without identity", &created.expect_err("a breach"));
    seen.check(expect![[r##"
        # nothing after a change
        error: Provider returned invalid result object after apply
          After the update it returned no object.
        # not of the schema
        error: Provider produced invalid object
          The value does not conform to the schema: expected object({changes = number, id = string, key = string, size = number, stuff = string}), got an array
        # another value than planned
        error: Provider produced inconsistent result after apply
          size: was planned as 2 and is 7
        # something unknown
        error: Provider returned invalid result object after apply
          changes: not wholly known: (unknown)
        # a write-only value
        error: Provider produced invalid object
          key: a write-only value has to be null
        # the legacy type system
        error: Provider produced invalid object
          It asks for the leniency of the legacy type system.
        # an unknown identity
        error: Provider produced invalid identity
          The identity is not wholly known.
        # another identity
        error: Provider produced different identity
          It was { "id" = "w" } and now is { "id" = "other" }.
        # a creation without identity
        error: Provider returned invalid result object after apply
          The identity is missing.
    "##]]);
}

/// What comes of a read after a sound creation; the state stays.
async fn read(core: &Core) -> Report {
    let mut wheel = Core::new::<Mill>().resource("mill_wheel");
    wheel.apply(json!({ "size": 1 })).await;
    let before = (wheel.state(), wheel.identity());
    wheel.set_core(core);
    let report = wheel.try_refresh().await.expect_err("a breach");
    assert_eq!((wheel.state(), wheel.identity()), before, "{report}");
    report
}

#[tokio::test]
async fn in_reads_and_imports() {
    use tf::import_resource_state::Response as Import;
    use tf::read_resource::Response as Read;
    let mut seen = Seen::default();
    seen.add("not of the schema", &read(&lying(|answer: &mut Read| answer.new_state = junk())).await);
    let core = lying(|answer: &mut Read| set(&mut answer.new_state, &wheel(), "size", Dynamic::unknown()));
    seen.add("something unknown", &read(&core).await);
    let core = lying(|answer: &mut Read| set(&mut answer.new_state, &wheel(), "key", "k"));
    seen.add("a write-only value", &read(&core).await);
    let core = lying(|answer: &mut Read| set_id(&mut answer.new_identity, "other"));
    seen.add("another identity", &read(&core).await);
    let core = lying(|answer: &mut Read| set_id(&mut answer.new_identity, Dynamic::unknown()));
    seen.add("an unknown identity", &read(&core).await);
    seen.add("no identity", &read(&lying(|answer: &mut Read| answer.new_identity = None)).await);

    let import = async |core: Core| core.resource("mill_wheel").try_import("w").await.expect_err("a breach");
    let core = lying(|answer: &mut Import| answer.imported_resources.clear());
    seen.add("an import of nothing", &import(core).await);
    let core = lying(|answer: &mut Import| {
        answer.imported_resources.extend_from_within(..);
    });
    seen.add("an import of two", &import(core).await);
    let core = lying(|answer: &mut Import| answer.imported_resources[0].type_name = "mill_water".to_owned());
    seen.add("an import of another type", &import(core).await);
    let core = lying(|answer: &mut Import| answer.imported_resources[0].state = None);
    seen.add("an import without object", &import(core).await);
    let core = lying(|answer: &mut Import| {
        set(&mut answer.imported_resources[0].state, &wheel(), "size", Dynamic::unknown());
    });
    seen.add("an import of something unknown", &import(core).await);
    let core = lying(|answer: &mut Read| answer.new_state = None);
    seen.add("an import of what is not there", &import(core).await);
    let core = lying(|answer: &mut Import| answer.imported_resources[0].identity = None);
    let imported = core.resource("mill_wheel").try_import_identity(json!({ "id": "w" })).await;
    seen.add("an import by an identity that is dropped", &imported.expect_err("a breach"));
    seen.check(expect![[r##"
        # not of the schema
        error: Provider produced invalid object
          The value does not conform to the schema: expected object({changes = number, id = string, key = string, size = number, stuff = string}), got an array
        # something unknown
        error: Provider produced invalid object
          size: not wholly known: (unknown)
        # a write-only value
        error: Provider produced invalid object
          key: a write-only value has to be null
        # another identity
        error: Provider produced different identity
          It was { "id" = "w" } and now is { "id" = "other" }.
        # an unknown identity
        error: Provider produced invalid identity
          The identity is not wholly known.
        # no identity
        error: Provider produced different identity
          It was { "id" = "w" } and now is missing.
        # an import of nothing
        error: Provider produced invalid import
          An import has to answer with exactly one object.
        # an import of two
        error: Provider produced invalid import
          An import has to answer with exactly one object.
        # an import of another type
        error: Provider produced invalid import
          It answered with an object of type "mill_water".
        # an import without object
        error: Provider produced invalid import
          It answered without an object, or without the identity that it was asked for.
        # an import of something unknown
        error: Provider produced invalid import
          size: not wholly known: (unknown)
        # an import of what is not there
        error: Cannot import non-existent remote object
          The provider detected that no object exists with the given id.
        # an import by an identity that is dropped
        error: Provider produced invalid import
          It answered without an object, or without the identity that it was asked for.
    "##]]);
}

#[tokio::test]
async fn in_upgrades_moves_and_generated_configurations() {
    use tf::generate_resource_config::Response as Generated;
    use tf::move_resource_state::Response as Moved;
    use tf::upgrade_resource_identity::Response as Identity;
    use tf::upgrade_resource_state::Response as Upgrade;
    let mut seen = Seen::default();
    seen.add("no state", &read(&lying(|answer: &mut Upgrade| answer.upgraded_state = None)).await);
    seen.add("not of the schema", &read(&lying(|answer: &mut Upgrade| answer.upgraded_state = junk())).await);
    let core = lying(|answer: &mut Upgrade| set(&mut answer.upgraded_state, &wheel(), "key", "k"));
    seen.add("a write-only value", &read(&core).await);
    let core = lying(|answer: &mut Upgrade| {
        set(&mut answer.upgraded_state, &wheel(), "size", Dynamic::unknown());
    });
    seen.add("something unknown", &read(&core).await);

    let identity = async |core: Core| {
        let mut wheel = Core::new::<Mill>().resource("mill_wheel");
        wheel.apply(json!({ "size": 1 })).await;
        wheel.set_identity(0, r#"{"name":"w"}"#);
        wheel.set_core(&core);
        wheel.try_refresh().await.expect_err("a breach")
    };
    let core = lying(|answer: &mut Identity| answer.upgraded_identity = None);
    seen.add("no identity", &identity(core).await);
    let core = lying(|answer: &mut Identity| set_id(&mut answer.upgraded_identity, Dynamic::unknown()));
    seen.add("an unknown identity", &identity(core).await);

    let moved = async |core: Core| {
        let mut wheel = core.resource("mill_wheel");
        let moved = wheel.try_move("x/test/other", "other_wheel", 0, r#"{"name":"w"}"#).await;
        assert_eq!(wheel.state(), json!(null));
        moved.expect_err("a breach")
    };
    seen.add("a move to nothing", &moved(lying(|answer: &mut Moved| answer.target_state = None)).await);
    let core = lying(|answer: &mut Moved| set(&mut answer.target_state, &wheel(), "key", "k"));
    seen.add("a move with a write-only value", &moved(core).await);
    let core =
        lying(|answer: &mut Moved| set(&mut answer.target_state, &wheel(), "size", Dynamic::unknown()));
    seen.add("a move to something unknown", &moved(core).await);
    let core = lying(|answer: &mut Moved| set_id(&mut answer.target_identity, Dynamic::unknown()));
    seen.add("a move to an unknown identity", &moved(core).await);

    let generated = async |core: Core| {
        let mut wheel = core.resource("mill_wheel");
        wheel.apply(json!({ "size": 1 })).await;
        wheel.try_generate_config().await.expect_err("a breach")
    };
    let core = lying(|answer: &mut Generated| answer.config = None);
    seen.add("a configuration of nothing", &generated(core).await);
    let core = lying(|answer: &mut Generated| set(&mut answer.config, &wheel(), "size", Dynamic::unknown()));
    seen.add("an unknown configuration", &generated(core).await);
    let core = lying(|answer: &mut Generated| set(&mut answer.config, &wheel(), "id", "w"));
    seen.add("a configuration of what is computed", &generated(core).await);
    seen.check(expect![[r##"
        # no state
        error: Invalid resource state upgrade
          The upgraded state is null, so the object would be lost.
        # not of the schema
        error: Invalid resource state upgrade
          The value does not conform to the schema: expected object({changes = number, id = string, key = string, size = number, stuff = string}), got an array
        # a write-only value
        error: Invalid resource state upgrade
          key: a write-only value has to be null
        # something unknown
        error: Invalid resource state upgrade
          size: not wholly known: (unknown)
        # no identity
        error: Invalid resource identity upgrade
          The upgraded identity is null, so it would be lost.
        # an unknown identity
        error: Provider produced invalid identity
          The identity is not wholly known.
        # a move to nothing
        error: Provider returned invalid value
          The moved state is null, so the object would be lost.
        # a move with a write-only value
        error: Provider returned invalid value
          key: a write-only value has to be null
        # a move to something unknown
        error: Provider returned invalid value
          size: not wholly known: (unknown)
        # a move to an unknown identity
        error: Provider produced invalid identity
          The identity is not wholly known.
        # a configuration of nothing
        error: Provider produced invalid configuration
          A generated configuration is an object, and all of it is known.
        # an unknown configuration
        error: Provider produced invalid configuration
          A generated configuration is an object, and all of it is known.
        # a configuration of what is computed
        error at id: "id" cannot be configured
          `id` is decided by the provider. Remove it from the configuration.
    "##]]);
}

#[tokio::test]
async fn in_deferrals_and_diagnostics() {
    use tf::apply_resource_change::Response as Apply;
    use tf::plan_resource_change::Response as Plan;
    use tf::read_resource::Response as Read;
    let mut seen = Seen::default();
    let core = lying(|answer: &mut Plan| answer.deferred = deferred(ProviderConfigUnknown));
    seen.add("a plan deferred without leave", &planned(&core).await);
    let core = lying(|answer: &mut Plan| answer.deferred = deferred(Unknown)).allow_deferral();
    seen.add("a plan deferred without reason", &planned(&core).await);
    let core = lying(|answer: &mut Read| answer.deferred = deferred(AbsentPrereq));
    seen.add("a read deferred without leave", &read(&core).await);
    // It was planned before, so there is no leave in the apply, whatever the message says.
    let mut wheel = Core::new::<Mill>().resource("mill_wheel");
    let plan = wheel.plan(json!({ "size": 1 })).await;
    wheel.set_core(&lying(|answer: &mut Plan| answer.deferred = deferred(AbsentPrereq)).allow_deferral());
    let applied = wheel.try_apply_plan(&plan, json!({ "size": 1 })).await;
    seen.add("a final plan deferred", &applied.expect_err("a breach"));

    for (breach, severity, summary) in [
        ("no severity", 0, "Nothing"),
        ("an unknown severity", 9, "Nothing"),
        ("no summary", 2, ""),
        ("a summary of several lines", 2, "a\nb"),
        ("a command to the terminal", 2, "\u{1b}[31mred"),
    ] {
        let core = lying(move |answer: &mut Apply| {
            let found = tf::Diagnostic { severity, summary: summary.to_owned(), ..Default::default() };
            answer.diagnostics.push(found);
        });
        seen.add(breach, &changed(&core).await);
    }
    seen.check(expect![[r##"
        # a plan deferred without leave
        error: Provider deferred changes
          Terraform did not allow deferrals.
        # a plan deferred without reason
        error: Provider deferred changes
          It does not say why.
        # a read deferred without leave
        error: Provider deferred changes
          Terraform did not allow deferrals.
        # a final plan deferred
        error: Provider deferred changes
          Resource deferred during apply, but not during plan.
        # no severity
        error: Diagnostic without severity
          Nothing: 
        # an unknown severity
        error: Diagnostic without severity
          Nothing: 
        # no summary
        error: Diagnostic that a terminal cannot show
          The summary is empty: "", ""
        # a summary of several lines
        error: Diagnostic that a terminal cannot show
          The summary is longer than a line: "a\nb", ""
        # a command to the terminal
        error: Diagnostic that a terminal cannot show
          It contains control characters: "\u{1b}[31mred", ""
    "##]]);
}
