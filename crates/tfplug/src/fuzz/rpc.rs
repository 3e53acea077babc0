//! Targets: every call of the service, before and after the provider is configured, with any message.
//!
//! Whatever a call was sent, it answers; nothing inside of it panicked, not even behind the guard that makes a
//! diagnostic of a panic; and the same service then answers a good call as a fresh one does.

use std::sync::LazyLock;

use prost::Message;
use tokio_stream::StreamExt as _;
use tonic::{Request, Response, Status};

use super::provider::Yard;
use super::{explore, mutate};
use crate::grpc::{CALLS, Server, convert};
use crate::log::Masker;
use crate::object::Registry;
use crate::proto::tfplugin6::{self as tf, provider_server::Provider as _};
use crate::schema::object_type;
use crate::value::{Type, json};

/// Makes a test of each call: `call: good requests`.
macro_rules! calls {
    ($names:ident $answer:ident: $($name:ident: $corpus:expr,)+) => {
        const $names: &[&str] = &[$(stringify!($name)),+];

        $(
            #[test]
            fn $name() {
                let corpus: Vec<Vec<u8>> =
                    $corpus.into_iter().map(|request: tf::$name::Request| request.encode_to_vec()).collect();
                explore(&corpus, mutate::messages(corpus.clone()), |input| {
                    let Ok(request) = tf::$name::Request::decode(input) else { return };
                    serve(async |server| $answer(server.$name(Request::new(request.clone())).await).await);
                });
            }
        )+
    };
}

calls! { UNARY unary:
    get_metadata: [Default::default()],
    get_provider_schema: [Default::default()],
    get_resource_identity_schemas: [Default::default()],
    get_functions: [Default::default()],
    validate_provider_config: [tf::validate_provider_config::Request { config: settings() }],
    configure_provider: [configuration()],
    stop_provider: [Default::default()],
    validate_resource_config: [tf::validate_resource_config::Request {
        type_name: boat_name(),
        config: boat(CONFIG),
        client_capabilities: capabilities(),
    }],
    upgrade_resource_state: [1, 0].map(|version| tf::upgrade_resource_state::Request {
        type_name: boat_name(),
        version,
        raw_state: stored(STATE),
    }),
    upgrade_resource_identity: [(1, PLACE), (0, OLD)].map(|(version, text)| tf::upgrade_resource_identity::Request {
        type_name: boat_name(),
        version,
        raw_identity: stored(text),
    }),
    read_resource: [tf::read_resource::Request {
        type_name: boat_name(),
        current_state: boat(STATE),
        private: PRIVATE.into(),
        current_identity: place(),
        client_capabilities: capabilities(),
        ..Default::default()
    }],
    plan_resource_change: [plan("null"), plan(STATE)],
    apply_resource_change: [("null", PLANNED), (STATE, CHANGED), (STATE, "null")].map(|(prior, planned)| {
        tf::apply_resource_change::Request {
            type_name: boat_name(),
            prior_state: boat(prior),
            planned_state: boat(planned),
            config: boat(if planned == "null" { "null" } else { CONFIG }),
            planned_private: PRIVATE.into(),
            ..Default::default()
        }
    }),
    import_resource_state: [("ops/7", None), ("", place())].map(|(id, identity)| tf::import_resource_state::Request {
        type_name: boat_name(),
        id: id.to_owned(),
        identity,
        client_capabilities: capabilities(),
    }),
    move_resource_state: [tf::move_resource_state::Request {
        source_provider_address: "example.com/test/other".to_owned(),
        source_type_name: "other_boat".to_owned(),
        source_state: stored(OLD),
        target_type_name: boat_name(),
        source_private: PRIVATE.into(),
        ..Default::default()
    }],
    generate_resource_config: [tf::generate_resource_config::Request {
        type_name: boat_name(),
        state: boat(STATE),
    }],
    validate_data_resource_config: [tf::validate_data_resource_config::Request {
        type_name: "yard_tide".to_owned(),
        config: tide(),
    }],
    read_data_source: [tf::read_data_source::Request {
        type_name: "yard_tide".to_owned(),
        config: tide(),
        client_capabilities: capabilities(),
        ..Default::default()
    }],
    validate_ephemeral_resource_config: [tf::validate_ephemeral_resource_config::Request {
        type_name: "yard_tide".to_owned(),
        config: tide(),
    }],
    open_ephemeral_resource: [tf::open_ephemeral_resource::Request {
        type_name: "yard_tide".to_owned(),
        config: tide(),
        client_capabilities: capabilities(),
    }],
    renew_ephemeral_resource: [tf::renew_ephemeral_resource::Request {
        type_name: "yard_tide".to_owned(),
        private: Some(b"\"ada\""[..].into()),
    }],
    close_ephemeral_resource: [tf::close_ephemeral_resource::Request {
        type_name: "yard_tide".to_owned(),
        private: Some(b"\"ada\""[..].into()),
    }],
    validate_list_resource_config: [tf::validate_list_resource_config::Request {
        type_name: boat_name(),
        config: filter(),
        ..Default::default()
    }],
    call_function: [tf::call_function::Request {
        name: "sum".to_owned(),
        arguments: ["1.5", "null", "2"].map(number).into(),
    }],
    validate_action_config: [tf::validate_action_config::Request {
        type_name: "yard_horn".to_owned(),
        config: filter(),
    }],
    plan_action: [tf::plan_action::Request {
        action_type: "yard_horn".to_owned(),
        config: filter(),
        client_capabilities: capabilities(),
    }],
}

calls! { STREAMED streamed:
    list_resource: [tf::list_resource::Request {
        type_name: boat_name(),
        config: filter(),
        include_resource_object: true,
        limit: 2,
    }],
    invoke_action: [tf::invoke_action::Request {
        action_type: "yard_horn".to_owned(),
        config: filter(),
        client_capabilities: capabilities(),
    }],
}

#[test]
fn no_call_of_the_service_is_left_out() {
    let left_out: Vec<_> =
        CALLS.iter().filter(|call| !UNARY.contains(call) && !STREAMED.contains(call)).collect();
    assert_eq!(left_out, [&""; 0]);
}

/// As it is configured by a practitioner.
const CONFIG: &str = r#"{"name":"Emma","built":"2026-01-31T08:00:00Z","load":0.5,"crew":{"captain":["ada","bob"]},
    "ropes":[{"length":3,"stuff":"steel"},{"length":5}],"anchor":{"length":1},
    "more":{"value":[1,"x"],"type":["tuple",["number","string"]]},"price":7}"#;
/// As it is stored.
const STATE: &str =
    r#"{"name":"Emma","load":1e400,"ropes":[{"length":3,"stuff":"steel"}],"region":"ops","number":7}"#;
/// As it is planned, what is computed aside, which JSON can't say.
const PLANNED: &str = r#"{"name":"Emma","built":"2026-01-31T08:00:00Z","load":0.5,"crew":{"captain":["ada","bob"]},
    "ropes":[{"length":3,"stuff":"steel"},{"length":5,"stuff":"hemp"}],"anchor":{"length":1,"stuff":"hemp"},
    "more":{"value":[1,"x"],"type":["tuple",["number","string"]]},"price":7,"region":"ops","number":7}"#;
const CHANGED: &str = PLANNED;
const OLD: &str = r#"{"name":"Emma"}"#;
const PLACE: &str = r#"{"region":"ops","number":7}"#;
const PRIVATE: &[u8] = br#"{"mark":"Nw=="}"#;

/// The object that a JSON text says, with null for all that it doesn't.
fn message(text: &str, ty: &Type) -> tf::DynamicValue {
    convert::dynamic_value(&json::decode_state(text.as_bytes(), ty).unwrap(), ty).unwrap()
}

fn boat_name() -> String {
    "yard_boat".to_owned()
}

fn boat(text: &str) -> Option<tf::DynamicValue> {
    Some(message(text, Registry::<Yard>::of_provider().resources["yard_boat"].schema().ty()))
}

fn place() -> Option<tf::ResourceIdentityData> {
    let ty = object_type(Registry::<Yard>::of_provider().resources["yard_boat"].identity());
    Some(tf::ResourceIdentityData { identity_data: Some(message(PLACE, &ty)) })
}

fn tide() -> Option<tf::DynamicValue> {
    let ty = Registry::<Yard>::of_provider().data_sources["yard_tide"].schema().ty().clone();
    Some(message(r#"{"harbour":"Bergen","days":["2026-01-31T08:00:00Z"]}"#, &ty))
}

/// What a listing and an action take.
fn filter() -> Option<tf::DynamicValue> {
    let ty = r#"["object",{"days":["list","string"],"harbour":"string"}]"#;
    Some(message(r#"{"harbour":"Bergen"}"#, &Type::from_json(ty.as_bytes()).unwrap()))
}

fn number(text: &str) -> tf::DynamicValue {
    message(text, &Type::Number)
}

fn settings() -> Option<tf::DynamicValue> {
    let ty = Type::from_json(br#"["object",{"address":"string","key":"string"}]"#).unwrap();
    Some(message(r#"{"address":"here","key":"hunter22"}"#, &ty))
}

fn stored(text: &str) -> Option<tf::RawState> {
    Some(tf::RawState { json: text.as_bytes().to_vec().into(), ..Default::default() })
}

fn capabilities() -> Option<tf::ClientCapabilities> {
    Some(tf::ClientCapabilities {
        deferral_allowed: true,
        write_only_attributes_allowed: true,
        ..Default::default()
    })
}

fn configuration() -> tf::configure_provider::Request {
    tf::configure_provider::Request {
        terraform_version: "1.15.0".to_owned(),
        config: settings(),
        client_capabilities: capabilities(),
    }
}

fn plan(prior: &str) -> tf::plan_resource_change::Request {
    tf::plan_resource_change::Request {
        type_name: boat_name(),
        prior_state: boat(prior),
        proposed_new_state: boat(PLANNED),
        config: boat(CONFIG),
        prior_private: PRIVATE.into(),
        ..Default::default()
    }
}

/// A call that has nothing to complain of, to be answered in the same way whatever came before.
static GOOD: LazyLock<tf::plan_resource_change::Request> = LazyLock::new(|| plan(STATE));
static CONFIGURATION: LazyLock<tf::configure_provider::Request> = LazyLock::new(configuration);
static EXPECTED: LazyLock<Vec<u8>> = LazyLock::new(|| runtime().block_on(good(&server())));

fn server() -> Server {
    Server::new::<Yard>(crate::object::Environment::new(|_| None), Masker::default())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

async fn good(server: &Server) -> Vec<u8> {
    let answer = server.plan_resource_change(Request::new(GOOD.clone())).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics, []);
    answer.encode_to_vec()
}

/// Makes a call of a service that is not configured yet, then of one that is.
fn serve(call: impl AsyncFn(&Server) -> Vec<u8>) {
    let expected = &*EXPECTED; // made before, as its runtime can't start within another
    runtime().block_on(async {
        for configured in [false, true] {
            let server = server();
            if configured {
                let answer = server.configure_provider(Request::new(CONFIGURATION.clone())).await.unwrap();
                assert_eq!(answer.into_inner().diagnostics, []);
            }
            let answer = call(&server).await;
            let panicked = answer.windows(11).any(|part| part == b"It panicked");
            assert!(!panicked, "{}", String::from_utf8_lossy(&answer));
            assert_eq!(&good(&server).await, expected);
        }
    });
}

/// The answer as bytes; a status would mean to Terraform that the plugin is broken.
async fn unary<T: Message>(answer: Result<Response<T>, Status>) -> Vec<u8> {
    answer.unwrap().into_inner().encode_to_vec()
}

/// All answers of a stream, to its end.
async fn streamed<T: Message>(answer: Result<Response<tonic::codegen::BoxStream<T>>, Status>) -> Vec<u8> {
    let mut stream = answer.unwrap().into_inner();
    let mut answers = Vec::new();
    while let Some(answer) = stream.next().await {
        answers.extend(answer.unwrap().encode_to_vec());
    }
    answers
}
