//! What a provider made with the framework cannot be brought to do: answers that only a broken one would give, and
//! messages that only a broken Terraform would send.

mod breaches;
mod mill;
mod unconfigured;

use tonic::Request;

use super::plan::Action;
use super::stored::Object;
use super::walk::{ApplyAnswer, ApplyRequest};
use super::{Core, Report, apply};
use crate::grpc::Server;
use crate::log::Masker;
use crate::object::Registry;
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::schema::absent_object;
use crate::value::Dynamic;
use crate::{Args, ConfigureCx, Provider, Result};
use mill::Mill;

/// Nothing to say.
#[derive(Args)]
struct NoArgs {}

/// A wheel as the provider answers it.
fn wheel(size: impl Into<Dynamic>) -> Dynamic {
    let objects = Registry::<Mill>::of_provider();
    let mut wheel = absent_object(&objects.resources["mill_wheel"].schema().attributes);
    let given = [("id", "w".into()), ("size", size.into()), ("changes", 0.into())];
    wheel.as_map_mut().expect("an object").extend(given.map(|(name, value)| (name.to_owned(), value)));
    wheel
}

/// What the state holds after an answer, and the summaries of the errors.
fn saved(action: Action, planned: Dynamic, answer: Dynamic, provider_failed: bool) -> String {
    let core = Core::new::<Mill>();
    let resource = &core.schemas.resources["mill_wheel"];
    let prior = Object { value: wheel(1), private: b"old".to_vec(), identity: None, tainted: false };
    let prior = (action != Action::Create).then_some(prior);
    let mut report = Report::default();
    if provider_failed {
        report.error("Failed", "");
    }
    let null = Dynamic::Null;
    let request = ApplyRequest {
        prior: prior.as_ref().map_or(&null, |object| &object.value),
        config: &null,
        planned: &planned,
        private: &[],
        identity: None,
    };
    let identity = Dynamic::Map([("id".to_owned(), "w".into())].into());
    let answer = ApplyAnswer { state: answer, private: b"new".to_vec(), identity: Some(identity) };
    let left = apply::after(resource, action, prior.as_ref(), &request, Some(answer), &mut report);
    let left = left.map_or("nothing".to_owned(), |object| {
        let private = String::from_utf8(object.private).expect("text");
        format!("{} {private}{}", object.value.get("size"), if object.tainted { " tainted" } else { "" })
    });
    let errors: Vec<_> = report.iter().map(|found| found.summary.as_str()).collect();
    [left.as_str()].into_iter().chain(errors).collect::<Vec<_>>().join(" | ")
}

/// The table of `hashicorp/terraform:docs/resource-instance-change-lifecycle.md`, and what Terraform does beyond it.
#[test]
fn what_is_saved_after_an_apply() {
    use Action::{Create, Delete, Update};
    let null = || Dynamic::Null;
    let invalid = "Provider returned invalid result object after apply";
    let inconsistent = "Provider produced inconsistent result after apply";
    let half = || wheel(Dynamic::unknown());
    for (action, planned, answer, failed, expected) in [
        (Create, wheel(2), wheel(2), false, "2 new".to_owned()),
        (Create, wheel(2), wheel(2), true, "2 new tainted | Failed".to_owned()),
        (Create, wheel(2), null(), true, "nothing | Failed".to_owned()),
        (Create, wheel(2), null(), false, format!("nothing | {invalid}")),
        (Create, wheel(2), wheel(3), false, format!("3 new tainted | {inconsistent}")),
        (Create, wheel(2), wheel(3), true, "3 new tainted | Failed".to_owned()),
        (Create, half(), half(), false, format!("null new tainted | {invalid}")),
        (Update, wheel(2), wheel(2), false, "2 new".to_owned()),
        (Update, wheel(2), wheel(3), true, "3 new | Failed".to_owned()),
        (Update, wheel(2), null(), true, "1 old | Failed".to_owned()),
        (Update, wheel(2), wheel(3), false, format!("3 new | {inconsistent}")),
        (Delete, null(), null(), false, "nothing".to_owned()),
        (Delete, null(), null(), true, "1 old | Failed".to_owned()),
        (Delete, null(), wheel(1), true, "1 new | Failed".to_owned()),
        (Delete, null(), wheel(1), false, format!("1 new | {invalid}")),
    ] {
        let case = format!("{action}: {planned} to {answer}, failed: {failed}");
        assert_eq!(saved(action, planned, answer, failed), expected, "{case}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_value_are_a_diagnostic_and_lose_nothing() {
    let server = Server::new::<Mill>(crate::object::Environment::new(|_| None), Masker::default());
    let junk = || Some(tf::DynamicValue { msgpack: vec![0xc1, 0xff].into(), json: Default::default() });
    let type_name = || "mill_wheel".to_owned();
    let refused = |diagnostics: &[tf::Diagnostic]| {
        let severity = tf::diagnostic::Severity::Error as i32;
        assert!(diagnostics.iter().any(|found| found.severity == severity), "{diagnostics:?}");
    };

    let request = tf::configure_provider::Request { config: junk(), ..Default::default() };
    refused(&server.configure_provider(Request::new(request)).await.expect("answer").get_ref().diagnostics);
    let request = tf::validate_resource_config::Request {
        type_name: type_name(),
        config: junk(),
        ..Default::default()
    };
    refused(
        &server.validate_resource_config(Request::new(request)).await.expect("answer").get_ref().diagnostics,
    );
    let request =
        tf::plan_resource_change::Request { type_name: type_name(), config: junk(), ..Default::default() };
    refused(&server.plan_resource_change(Request::new(request)).await.expect("answer").get_ref().diagnostics);

    let request = tf::read_resource::Request {
        type_name: type_name(),
        current_state: junk(),
        private: b"kept".to_vec().into(),
        ..Default::default()
    };
    let answer = server.read_resource(Request::new(request)).await.expect("answer").into_inner();
    refused(&answer.diagnostics);
    assert_eq!((answer.new_state, &answer.private[..]), (junk(), &b"kept"[..]));

    let request = tf::apply_resource_change::Request {
        type_name: type_name(),
        prior_state: junk(),
        planned_private: b"kept".to_vec().into(),
        ..Default::default()
    };
    let answer = server.apply_resource_change(Request::new(request)).await.expect("answer").into_inner();
    refused(&answer.diagnostics);
    assert_eq!((answer.new_state, &answer.private[..]), (junk(), &b"kept"[..]));
}

/// Says the same as its provider block.
#[derive(Args)]
struct BadArgs {
    /// Terraform means something else by it.
    count: i64,
    /// Must not be asked for.
    version: Option<String>,
}

struct Bad;

impl Provider for Bad {
    const NAME: &'static str = "bad";
    const ADDRESS: &'static str = "example.com/test/bad";
    const VERSION: &'static str = "0.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];
    type Args = BadArgs;
    type Client = ();

    async fn configure(_: &ConfigureCx<'_>, _: BadArgs) -> Result<()> {
        Ok(())
    }

    fn register(_: &mut Registry<Self>) {}
}

#[test]
#[should_panic(
    expected = "provider: count: provider arguments must be optional\nprovider: version: the name is reserved"
)]
fn a_wrong_schema_ends_the_test() {
    Core::new::<Bad>();
}

/// Not only where Terraform asks first: a client that has kept the schemas of another version does not ask for them.
#[tokio::test]
async fn a_wrong_schema_is_all_that_a_provider_tells() {
    let server = Server::new::<Bad>(crate::object::Environment::new(|_| None), Masker::default());
    let schemas = server.get_provider_schema(Request::new(tf::get_provider_schema::Request {})).await;
    let schemas = schemas.expect("answer").into_inner();
    assert!(schemas.provider.is_none(), "{schemas:?}");
    let metadata = server.get_metadata(Request::new(tf::get_metadata::Request {})).await;
    let metadata = metadata.expect("answer").into_inner();
    assert_eq!(metadata.server_capabilities, None);
    let configured =
        server.configure_provider(Request::new(tf::configure_provider::Request::default())).await;
    let configured = configured.expect("answer").into_inner();
    for told in [schemas.diagnostics, metadata.diagnostics, configured.diagnostics] {
        let problems: Vec<_> = told.iter().filter_map(|found| found.detail.lines().next()).collect();
        assert_eq!(
            problems,
            [
                "provider: count: provider arguments must be optional.",
                "provider: version: the name is reserved by Terraform.",
            ]
        );
    }
}
