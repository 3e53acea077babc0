//! Calls that come before the provider is configured, as no Terraform would send them: a diagnostic, and nothing else.

use expect_test::expect;
use tokio_stream::StreamExt as _;
use tonic::Request;

use super::mill::Mill;
use crate::grpc::{Server, convert};
use crate::log::Masker;
use crate::object::{Registered, Registry};
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::schema::{Schema, absent_object};
use crate::value::Dynamic;

fn value(schema: &Schema, given: &[(&str, Dynamic)]) -> Option<tf::DynamicValue> {
    let mut object = absent_object(&schema.attributes);
    object.as_map_mut().expect("an object").extend(given.iter().map(|(k, v)| ((*k).to_owned(), v.clone())));
    Some(convert::dynamic_value(&object, &schema.ty()).expect("it conforms"))
}

fn said(call: &str, diagnostics: &[tf::Diagnostic]) -> String {
    let error = tf::diagnostic::Severity::Error as i32;
    assert!(diagnostics.iter().any(|found| found.severity == error), "{call}: {diagnostics:?}");
    let summaries: Vec<_> = diagnostics.iter().map(|found| found.summary.as_str()).collect();
    format!("{call}: {}\n", summaries.join(" | "))
}

#[tokio::test]
async fn calls_before_configuration_are_refused_and_lose_nothing() {
    let server = Server::new::<Mill>(crate::object::Environment::new(|_| None), Masker::default());
    let Registered { resources, data_sources, ephemeral, .. } = Registry::<Mill>::of_provider();
    let schema = resources["mill_wheel"].schema();
    let wheel =
        |size: i64| value(schema, &[("id", "w".into()), ("size", size.into()), ("changes", 0.into())]);
    let config = value(schema, &[("size", 2.into())]);
    let type_name = || "mill_wheel".to_owned();
    let mut seen = String::new();

    let request = tf::read_resource::Request {
        type_name: type_name(),
        current_state: wheel(1),
        private: b"kept".to_vec().into(),
        ..Default::default()
    };
    // While settings are unknown it is the same: what is stored says more than an error.
    let answer = server.read_resource(Request::new(request)).await.expect("answer").into_inner();
    assert_eq!((answer.new_state, &answer.private[..]), (wheel(1), &b"kept"[..]));

    let request = tf::plan_resource_change::Request {
        type_name: type_name(),
        proposed_new_state: config.clone(),
        config: config.clone(),
        ..Default::default()
    };
    let answer = server.plan_resource_change(Request::new(request)).await.expect("answer").into_inner();
    assert!(answer.diagnostics.is_empty() && answer.planned_state.is_some(), "a plan needs nobody's answer");

    let null = || Some(convert::dynamic_value(&Dynamic::Null, schema.ty()).expect("it conforms"));
    for (call, prior, planned) in
        [("create", null(), wheel(2)), ("update", wheel(1), wheel(2)), ("delete", wheel(1), null())]
    {
        let request = tf::apply_resource_change::Request {
            type_name: type_name(),
            prior_state: prior.clone(),
            config: if call == "delete" { null() } else { config.clone() },
            planned_state: planned,
            planned_private: b"kept".to_vec().into(),
            ..Default::default()
        };
        let answer = server.apply_resource_change(Request::new(request)).await.expect("answer").into_inner();
        seen += &said(call, &answer.diagnostics);
        let left = convert::value(answer.new_state.as_ref(), schema.ty()).expect("it conforms");
        assert_eq!(left, convert::value(prior.as_ref(), schema.ty()).expect("it conforms"), "{call}");
    }

    let request = tf::import_resource_state::Request {
        type_name: type_name(),
        id: "w".to_owned(),
        ..Default::default()
    };
    let answer = server.import_resource_state(Request::new(request)).await.expect("answer").into_inner();
    seen += &said("import", &answer.diagnostics);
    assert_eq!(answer.imported_resources, []);

    // Terraform 1.14.0 forgets to send the state.
    let request = tf::generate_resource_config::Request { type_name: type_name(), ..Default::default() };
    let answer = server.generate_resource_config(Request::new(request)).await.expect("answer").into_inner();
    assert!(answer.diagnostics.is_empty() && answer.config.is_some());

    let river = [("river", Dynamic::from("rhine"))];
    let request = tf::read_data_source::Request {
        type_name: "mill_water".to_owned(),
        config: value(data_sources["mill_water"].schema(), &river),
        ..Default::default()
    };
    let answer = server.read_data_source(Request::new(request)).await.expect("answer").into_inner();
    seen += &said("data read", &answer.diagnostics);
    assert_eq!(answer.state, None);

    let flow = || "mill_flow".to_owned();
    let request = tf::open_ephemeral_resource::Request {
        type_name: flow(),
        config: value(ephemeral["mill_flow"].schema(), &river),
        ..Default::default()
    };
    let answer = server.open_ephemeral_resource(Request::new(request)).await.expect("answer").into_inner();
    seen += &said("open", &answer.diagnostics);
    assert_eq!((answer.result, answer.private), (None, None));
    let private = || Some(br#""rhine""#.to_vec().into());
    let request = tf::renew_ephemeral_resource::Request { type_name: flow(), private: private() };
    let answer = server.renew_ephemeral_resource(Request::new(request)).await.expect("answer").into_inner();
    seen += &said("renew", &answer.diagnostics);
    let request = tf::close_ephemeral_resource::Request { type_name: flow(), private: private() };
    let answer = server.close_ephemeral_resource(Request::new(request)).await.expect("answer").into_inner();
    seen += &said("close", &answer.diagnostics);

    let nothing = value(&Schema::default(), &[]);
    let request =
        tf::list_resource::Request { type_name: type_name(), config: nothing.clone(), ..Default::default() };
    let events = server.list_resource(Request::new(request)).await.expect("answer").into_inner();
    let events: Vec<_> = events.map(|event| event.expect("an event")).collect().await;
    assert_eq!(events.len(), 1);
    seen += &said("list", &events[0].diagnostic);

    let action_type = || "mill_grind".to_owned();
    let request = tf::plan_action::Request {
        action_type: action_type(),
        config: nothing.clone(),
        ..Default::default()
    };
    let answer = server.plan_action(Request::new(request)).await.expect("answer").into_inner();
    assert!(answer.diagnostics.is_empty(), "a plan needs nobody's answer");
    let request =
        tf::invoke_action::Request { action_type: action_type(), config: nothing, ..Default::default() };
    let events = server.invoke_action(Request::new(request)).await.expect("answer").into_inner();
    let mut events: Vec<_> = events.map(|event| event.expect("an event")).collect().await;
    assert_eq!(events.len(), 1);
    match events.remove(0).r#type {
        Some(tf::invoke_action::event::Type::Completed(end)) => seen += &said("invoke", &end.diagnostics),
        other => panic!("no end: {other:?}"),
    }
    expect![[r#"
        create: The provider is not configured
        update: The provider is not configured
        delete: The provider is not configured
        import: The provider is not configured
        data read: The provider is not configured
        open: The provider is not configured
        renew: The provider is not configured
        close: The provider is not configured
        list: The provider is not configured
        invoke: The provider is not configured
    "#]]
    .assert_eq(&seen);
}
