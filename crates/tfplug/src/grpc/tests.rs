//! What clients of other versions and makes ask, message by message: putting off, missing capabilities, empty values.

mod cost;

use std::sync::Arc;

use super::*;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::value::{Type, msgpack};
use crate::{
    ById, CallCx, Change, ConfigureCx, CreateCx, Cx, DataSource, Deferral, EphemeralResource, Function,
    FunctionError, Opened, PlanCx, Resource, Result, State, Value,
};

/// A provider whose objects wait for each other.
struct Queue;

/// The addresses of clients that nothing uses any more.
#[derive(Clone, Default)]
struct Finished(Arc<std::sync::Mutex<Vec<String>>>);

/// How to reach it.
#[derive(tfplug_derive::Args)]
struct QueueArgs {
    /// Where it is.
    address: Option<String>,
}

impl Provider for Queue {
    const ADDRESS: &'static str = "example.com/demo/queue";
    const VERSION: &'static str = "0.0.0";
    type Args = QueueArgs;
    type Client = (String, Finished);

    async fn configure(cx: &ConfigureCx<'_>, args: QueueArgs) -> Result<Self::Client> {
        Ok((args.address.unwrap_or_default(), cx.given::<Finished>().cloned().unwrap_or_default()))
    }

    fn finish((address, finished): &Self::Client) {
        finished.0.lock().expect("no panic").push(address.clone());
    }

    fn register(registry: &mut Registry<Self>) {
        registry
            .resource::<Ticket>()
            .data_source::<Ticket>()
            .ephemeral_resource::<Ticket>()
            .function::<Next>();
    }
}

/// A ticket.
#[derive(tfplug_derive::Args, Clone)]
struct TicketArgs {
    /// What has to be there first.
    after: Option<String>,
}

#[derive(tfplug_derive::Computed, Clone)]
struct TicketComputed {
    /// Its number.
    #[attr(keep)]
    id: String,
}

struct Ticket;

fn first() -> TicketComputed {
    TicketComputed { id: "1".to_owned() }
}

impl Resource for Ticket {
    const NAME: &'static str = "ticket";
    type Provider = Queue;
    type Id = ById;
    type Args = TicketArgs;
    type Computed = TicketComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        match change.planned(TicketArgs::AFTER) {
            Value::Unknown => Err(cx.defer(Deferral::ConfigUnknown)),
            _ => Ok(()),
        }
    }

    async fn create(_: &CreateCx<'_, Self>, _: &TicketArgs) -> Result<TicketComputed> {
        Ok(first())
    }

    async fn read(cx: &Cx<'_, Self>, _: &ById, _: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Err(cx.defer(Deferral::AbsentPrerequisite))
    }

    async fn update(cx: &Cx<'_, Self>, _: &ById, _: &State<Self>, _: &TicketArgs) -> Result<TicketComputed> {
        assert!(!cx.may_defer());
        Err(cx.defer(Deferral::AbsentPrerequisite))
    }

    async fn delete(_: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

impl DataSource for Ticket {
    const NAME: &'static str = "ticket";
    type Provider = Queue;
    type Args = TicketArgs;
    type Computed = TicketComputed;

    async fn read(cx: &CallCx<'_, Queue>, _: &TicketArgs) -> Result<TicketComputed> {
        if cx.may_defer() { Err(cx.defer(Deferral::AbsentPrerequisite)) } else { Ok(first()) }
    }
}

impl EphemeralResource for Ticket {
    const NAME: &'static str = "ticket";
    type Provider = Queue;
    type Args = TicketArgs;
    type Computed = TicketComputed;
    type Handle = ();

    async fn open(cx: &CallCx<'_, Queue>, _: &TicketArgs) -> Result<Opened<Self>> {
        Err(cx.defer(Deferral::AbsentPrerequisite))
    }
}

/// Counts.
#[derive(tfplug_derive::Args)]
struct NextArgs {
    /// The one before.
    before: Option<i64>,
    /// How to step.
    step: Option<Step>,
}

/// A step.
#[derive(tfplug_derive::Args)]
struct Step {
    /// How far.
    #[attr(check = crate::schema::at_least(1))]
    by: i64,
}

struct Next;

impl Function for Next {
    const NAME: &'static str = "next";
    const SUMMARY: &'static str = "The next number.";
    type Provider = Queue;
    type Args = NextArgs;
    type Output = i64;

    fn call(args: NextArgs) -> Result<i64, FunctionError> {
        Ok(args.before.unwrap_or(0) + args.step.map_or(1, |step| step.by))
    }
}

fn server() -> Server {
    Server::new::<Queue>(crate::object::Environment::new(|_| None), Masker::default())
}

/// A configured server, whose settings are known or not.
async fn configured(address: Dynamic) -> Server {
    let server = server();
    configure(&server, address).await;
    server
}

async fn configure(server: &Server, address: Dynamic) {
    let ty = Type::Object([("address".to_owned(), Type::String)].into());
    let config = convert::dynamic_value(&map(&[("address", address)]), &ty).expect("a block");
    let request = tf::configure_provider::Request { config: Some(config), ..Default::default() };
    let answer = server.configure_provider(Request::new(request)).await.expect("an answer").into_inner();
    assert_eq!(answer.diagnostics, []);
}

fn map(entries: &[(&str, Dynamic)]) -> Dynamic {
    Dynamic::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

fn ticket(after: Dynamic, id: Dynamic) -> Dynamic {
    map(&[("after", after), ("id", id)])
}

fn of_ticket(object: &Dynamic) -> Option<tf::DynamicValue> {
    let ty = Type::Object([("after".to_owned(), Type::String), ("id".to_owned(), Type::String)].into());
    Some(convert::dynamic_value(object, &ty).expect("a ticket"))
}

/// What Terraform says of itself, with and without `-allow-deferral`.
fn client(deferral_allowed: bool) -> Option<tf::ClientCapabilities> {
    Some(tf::ClientCapabilities { deferral_allowed, ..Default::default() })
}

fn plan(after: Dynamic, allowed: bool) -> Request<tf::plan_resource_change::Request> {
    let object = ticket(after, Dynamic::Null);
    Request::new(tf::plan_resource_change::Request {
        type_name: "queue_ticket".to_owned(),
        config: of_ticket(&object),
        proposed_new_state: of_ticket(&object),
        prior_state: of_ticket(&Dynamic::Null),
        client_capabilities: client(allowed),
        ..Default::default()
    })
}

fn read(allowed: bool) -> Request<tf::read_data_source::Request> {
    Request::new(tf::read_data_source::Request {
        type_name: "queue_ticket".to_owned(),
        config: of_ticket(&ticket(Dynamic::Null, Dynamic::Null)),
        client_capabilities: client(allowed),
        ..Default::default()
    })
}

fn open(allowed: bool) -> Request<tf::open_ephemeral_resource::Request> {
    Request::new(tf::open_ephemeral_resource::Request {
        type_name: "queue_ticket".to_owned(),
        config: of_ticket(&ticket(Dynamic::Null, Dynamic::Null)),
        client_capabilities: client(allowed),
    })
}

const ABSENT: Option<tf::Deferred> = Some(tf::Deferred { reason: tf::deferred::Reason::AbsentPrereq as i32 });
const SETTINGS: Option<tf::Deferred> =
    Some(tf::Deferred { reason: tf::deferred::Reason::ProviderConfigUnknown as i32 });

#[tokio::test]
async fn a_provider_is_named_by_its_address_and_an_identity_described_as_the_attribute_is() {
    let schemas =
        server().get_resource_identity_schemas(Request::new(Default::default())).await.expect("an answer");
    let schemas = schemas.into_inner().identity_schemas;
    let [id] = schemas["queue_ticket"].identity_attributes.as_slice() else { panic!("{schemas:?}") };
    assert_eq!((id.name.as_str(), id.description.as_str()), ("id", "Its number."));
}

#[tokio::test]
async fn what_a_handler_puts_off_is_put_off_without_an_error() {
    let server = configured("here".into()).await;
    let planned =
        server.plan_resource_change(plan(Dynamic::unknown(), true)).await.expect("answer").into_inner();
    assert_eq!(planned.diagnostics, []);
    let reason = tf::deferred::Reason::ResourceConfigUnknown as i32;
    assert_eq!(planned.deferred, Some(tf::Deferred { reason }));
    let read = server.read_data_source(read(true)).await.expect("answer").into_inner();
    assert_eq!((read.diagnostics, read.deferred), (vec![], ABSENT));
    let state = read.state.expect("Terraform refuses a deferred read without an object");
    assert_eq!(state, of_ticket(&Dynamic::unknown()).expect("unknown"));
    let opened = server.open_ephemeral_resource(open(true)).await.expect("answer").into_inner();
    assert_eq!((opened.diagnostics, opened.deferred, opened.result), (vec![], ABSENT, None));

    let state = of_ticket(&ticket(Dynamic::Null, "1".into()));
    let request = tf::read_resource::Request {
        type_name: "queue_ticket".to_owned(),
        current_state: state.clone(),
        client_capabilities: client(true),
        ..Default::default()
    };
    let read = server.read_resource(Request::new(request)).await.expect("answer").into_inner();
    assert_eq!((read.diagnostics, read.deferred, read.new_state), (vec![], ABSENT, state));
}

#[tokio::test]
async fn a_client_that_cannot_wait_is_told_what_to_do() {
    let server = configured("here".into()).await;
    let planned =
        server.plan_resource_change(plan(Dynamic::unknown(), false)).await.expect("answer").into_inner();
    assert_eq!(planned.deferred, None);
    let [problem] = planned.diagnostics.as_slice() else { panic!("one error: {:?}", planned.diagnostics) };
    assert_eq!(problem.summary, "This change must be deferred");
    assert!(problem.detail.contains("`-target`"), "{}", problem.detail);
    let read = server.read_data_source(read(false)).await.expect("answer").into_inner();
    assert_eq!(read.state, of_ticket(&ticket(Dynamic::Null, "1".into())), "it does not ask");
}

#[tokio::test]
async fn an_apply_cannot_be_put_off() {
    let server = configured("here".into()).await;
    let request = tf::apply_resource_change::Request {
        type_name: "queue_ticket".to_owned(),
        prior_state: of_ticket(&ticket(Dynamic::Null, "1".into())),
        planned_state: of_ticket(&ticket("0".into(), "1".into())),
        config: of_ticket(&ticket("0".into(), Dynamic::Null)),
        ..Default::default()
    };
    let applied = server.apply_resource_change(Request::new(request)).await.expect("answer").into_inner();
    assert_eq!(applied.diagnostics.len(), 1, "{:?}", applied.diagnostics);
    assert_eq!(applied.new_state, of_ticket(&ticket(Dynamic::Null, "1".into())));
}

#[tokio::test]
async fn while_settings_are_unknown_everything_is_put_off_where_that_is_allowed() {
    let server = configured(Dynamic::unknown()).await;
    let planned = server.plan_resource_change(plan(Dynamic::Null, true)).await.expect("answer").into_inner();
    assert_eq!((planned.deferred, planned.diagnostics), (SETTINGS, vec![]));
    assert_eq!(planned.planned_state, of_ticket(&ticket(Dynamic::Null, Dynamic::unknown())), "with a plan");
    let answer = server.read_data_source(read(true)).await.expect("answer").into_inner();
    assert_eq!((answer.deferred, answer.diagnostics), (SETTINGS, vec![]));
    assert_eq!(answer.state, of_ticket(&Dynamic::unknown()));
    let opened = server.open_ephemeral_resource(open(true)).await.expect("answer").into_inner();
    assert_eq!((opened.deferred, opened.diagnostics), (SETTINGS, vec![]));
    let request = tf::import_resource_state::Request {
        type_name: "queue_ticket".to_owned(),
        id: "1".to_owned(),
        client_capabilities: client(true),
        ..Default::default()
    };
    let imported = server.import_resource_state(Request::new(request)).await.expect("answer").into_inner();
    assert_eq!((imported.deferred, imported.diagnostics), (SETTINGS, vec![]));

    let planned = server.plan_resource_change(plan(Dynamic::Null, false)).await.expect("answer").into_inner();
    assert_eq!((planned.deferred, planned.diagnostics), (None, vec![]), "a plan needs no client");
    let refused = server.read_data_source(read(false)).await.expect("answer").into_inner();
    assert_eq!(refused.deferred, None);
    assert_eq!(
        refused.diagnostics.first().map(|it| it.summary.as_str()),
        Some("The provider is not configured")
    );
}

/// `terraform test` of 1.13 and later may configure one process once for each of its walks.
#[tokio::test]
async fn each_client_is_finished_when_its_last_call_is_over() {
    let finished = Finished::default();
    let told = || finished.0.lock().expect("no panic").clone();
    let mut environment = Environment::new(|_| None);
    environment.given = Some(Arc::new(finished.clone()));
    let server = Server::new::<Queue>(environment, Masker::default());
    configure(&server, "first".into()).await;
    let call = server.scope(None).expect("a call");
    configure(&server, "second".into()).await;
    assert_eq!(told(), [""; 0], "a call of the first walk still runs");
    drop(call);
    assert_eq!(told(), ["first"]);
    configure(&server, "third".into()).await;
    drop(server);
    assert_eq!(told(), ["first", "second", "third"]);
}

#[tokio::test]
async fn every_capability_of_a_provider_is_told() {
    let told =
        server().get_metadata(Request::new(tf::get_metadata::Request {})).await.expect("answer").into_inner();
    let schema = tf::get_provider_schema::Request {};
    let schema = server().get_provider_schema(Request::new(schema)).await.expect("answer").into_inner();
    let all = tf::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    };
    assert_eq!((told.server_capabilities, schema.server_capabilities), (Some(all), Some(all)));
}

/// No schema offers one, so that Terraform does not ask.
#[tokio::test]
async fn calls_about_state_stores_are_unimplemented() {
    let request = Request::new(tf::validate_state_store::Request::default());
    let refused = server().validate_state_store_config(request).await.expect_err("no state store");
    assert_eq!(refused.code(), tonic::Code::Unimplemented);
    let schemas = server().get_provider_schema(Request::new(tf::get_provider_schema::Request {})).await;
    assert!(schemas.expect("answer").into_inner().state_store_schemas.is_empty());
}

/// Calls the function `next`.
async fn next(arguments: [tf::DynamicValue; 2]) -> Result<Dynamic, (String, Option<i64>)> {
    let request = tf::call_function::Request { name: "next".to_owned(), arguments: arguments.into() };
    let answer = server().call_function(Request::new(request)).await.expect("answer").into_inner();
    match (answer.result, answer.error) {
        (Some(value), None) => Ok(msgpack::decode(&value.msgpack, &Type::Number).expect("a number")),
        (None, Some(error)) => Err((error.text, error.function_argument)),
        other => panic!("either a result or an error: {other:?}"),
    }
}

fn step(by: i64) -> tf::DynamicValue {
    let ty = Type::Object([("by".to_owned(), Type::Number)].into());
    convert::dynamic_value(&map(&[("by", by.into())]), &ty).expect("a step")
}

/// OpenTofu sends nothing at all for an argument that is null.
#[tokio::test]
async fn a_null_argument_may_be_an_empty_message() {
    let empty = tf::DynamicValue::default;
    assert_eq!(next([empty(), empty()]).await, Ok(1.into()));
    assert_eq!(next([empty(), step(5)]).await, Ok(5.into()));
}

#[tokio::test]
async fn what_is_inside_of_an_argument_is_checked() {
    let (text, argument) = next([tf::DynamicValue::default(), step(0)]).await.expect_err("no step");
    assert_eq!((text.as_str(), argument), ("step.by: It must be at least 1, not 0", Some(1)));
}
