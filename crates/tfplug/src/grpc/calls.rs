//! What is noted of a call beside its answer: a log line about how long it took, and, for those who look for a mistake
//! in the protocol itself, its values as files.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use tracing::Span;

use super::{Environment, tf};
use crate::system::private;

/// The variable that Go's framework reads, too.
const VARIABLE: &str = "TF_LOG_SDK_PROTO_DATA_DIR";

/// A running call. Its line is written when this goes, so also when the client does.
pub(super) struct Called {
    pub(super) span: Span,
    since: Instant,
}

impl Called {
    /// `name` is the type of the object that the call is about, if it is about one.
    pub(super) fn new(id: u64, rpc: &'static str, name: &str) -> Self {
        // Named as Go's framework names them, so that logs of several providers read alike. Warnings within the call
        // have these fields, too, whatever the level.
        let span = tracing::error_span!("rpc", tf_rpc = rpc, tf_resource_type = name, tf_req_id = id);
        Called { span, since: Instant::now() }
    }
}

impl Drop for Called {
    fn drop(&mut self) {
        let milliseconds = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.span.in_scope(|| tracing::debug!(tf_req_duration_ms = milliseconds, "call ended"));
    }
}

/// The folder into which the values of calls are written as they came and went, secrets included.
#[derive(Clone, Default)]
pub(super) struct Files(Option<PathBuf>);

impl Files {
    pub(super) fn of(environment: &Environment) -> Self {
        Files(environment.get(VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from))
    }

    /// Writes the values of a message, each to a file of its own that only its owner can read.
    pub(super) fn write<M: Values>(&self, rpc: &str, kind: &str, message: &M) {
        let Some(folder) = &self.0 else { return };
        for (field, content) in message.values() {
            let (bytes, extension) = content.unwrap_or((&[], "empty"));
            let rest = format!("{rpc}_{kind}_{field}.{extension}");
            if let Err(error) = new_file(folder, &rest, bytes) {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "could not write a file into the folder of {VARIABLE}");
            }
        }
    }
}

/// Writes a file whose name begins with the time in nanoseconds, later than that of any other of the same name.
fn new_file(folder: &std::path::Path, rest: &str, bytes: &[u8]) -> io::Result<()> {
    let mut time = jiff::Timestamp::now().as_nanosecond();
    loop {
        let path = folder.join(format!("{time}_{rest}"));
        match private(OpenOptions::new().write(true).create_new(true)).open(path) {
            Ok(mut file) => return file.write_all(bytes),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => time += 1,
            Err(error) => return Err(error),
        }
    }
}

/// A message with something of an object in it.
pub(super) trait Values {
    /// What is in it, by the names that Go's framework gives it.
    fn values(&self) -> Vec<(&'static str, Option<Content<'_>>)>;
}

/// What goes into a file, and by which extension.
type Content<'a> = (&'a [u8], &'static str);

/// A field that goes into a file.
trait Part {
    /// `None` when it is absent or empty.
    fn content(&self) -> Option<Content<'_>>;
}

impl<T: Part> Part for Option<T> {
    fn content(&self) -> Option<Content<'_>> {
        self.as_ref()?.content()
    }
}

impl Part for tf::DynamicValue {
    fn content(&self) -> Option<Content<'_>> {
        if self.msgpack.is_empty() { self.json.content() } else { Some((&self.msgpack, "msgpack")) }
    }
}

impl Part for tf::ResourceIdentityData {
    fn content(&self) -> Option<Content<'_>> {
        self.identity_data.content()
    }
}

impl Part for tf::RawState {
    fn content(&self) -> Option<Content<'_>> {
        self.json.content()
    }
}

/// Stored JSON, and private data, which is an object of JSON.
impl Part for prost::bytes::Bytes {
    fn content(&self) -> Option<Content<'_>> {
        (!self.is_empty()).then_some((&self[..], "json"))
    }
}

/// What a request is a request for.
pub(super) trait Named {
    const RPC: &'static str;
}

/// The messages of each call: `RPC, module: fields of the request => fields of the response`.
macro_rules! messages {
    ($($rpc:ident, $module:ident: $($asked:ident $asked_name:literal)* => $($told:ident $told_name:literal)*;)*) => {$(
        impl Named for tf::$module::Request {
            const RPC: &'static str = stringify!($rpc);
        }

        impl Values for tf::$module::Request {
            fn values(&self) -> Vec<(&'static str, Option<Content<'_>>)> {
                vec![$(($asked_name, self.$asked.content())),*]
            }
        }

        messages!(@response $module $($told $told_name)*);
    )*};
    (@response list_resource) => {
        impl Values for tf::list_resource::Event {
            fn values(&self) -> Vec<(&'static str, Option<Content<'_>>)> {
                vec![("Identity", self.identity.content()), ("ResourceObject", self.resource_object.content())]
            }
        }
    };
    (@response invoke_action) => {
        impl Values for tf::invoke_action::Event {
            fn values(&self) -> Vec<(&'static str, Option<Content<'_>>)> {
                Vec::new()
            }
        }
    };
    (@response import_resource_state) => {
        impl Values for tf::import_resource_state::Response {
            fn values(&self) -> Vec<(&'static str, Option<Content<'_>>)> {
                let imported = self.imported_resources.iter();
                let parts = imported.flat_map(|imported| {
                    [
                        ("State", imported.state.content()),
                        ("Private", imported.private.content()),
                        ("Identity", imported.identity.content()),
                    ]
                });
                parts.collect()
            }
        }
    };
    (@response $module:ident $($told:ident $told_name:literal)*) => {
        impl Values for tf::$module::Response {
            fn values(&self) -> Vec<(&'static str, Option<Content<'_>>)> {
                vec![$(($told_name, self.$told.content())),*]
            }
        }
    };
}

messages! {
    ValidateProviderConfig, validate_provider_config: config "Config" =>;
    ConfigureProvider, configure_provider: config "Config" =>;
    ValidateResourceConfig, validate_resource_config: config "Config" =>;
    UpgradeResourceState, upgrade_resource_state: raw_state "RawState" => upgraded_state "UpgradedState";
    UpgradeResourceIdentity, upgrade_resource_identity: raw_identity "RawIdentity" =>
        upgraded_identity "UpgradedIdentity";
    ReadResource, read_resource: current_state "CurrentState" provider_meta "ProviderMeta" private "Private"
        current_identity "CurrentIdentity" => new_state "NewState" private "Private" new_identity "NewIdentity";
    PlanResourceChange, plan_resource_change: config "Config" prior_state "PriorState"
        proposed_new_state "ProposedNewState" provider_meta "ProviderMeta" prior_private "PriorPrivate"
        prior_identity "PriorIdentity" => planned_state "PlannedState" planned_private "PlannedPrivate"
        planned_identity "PlannedIdentity";
    ApplyResourceChange, apply_resource_change: config "Config" planned_state "PlannedState"
        prior_state "PriorState" provider_meta "ProviderMeta" planned_private "PlannedPrivate"
        planned_identity "PlannedIdentity" => new_state "NewState" private "Private" new_identity "NewIdentity";
    ImportResourceState, import_resource_state: identity "Identity" =>;
    MoveResourceState, move_resource_state: source_state "SourceState" source_private "SourcePrivate"
        source_identity "SourceIdentity" => target_state "TargetState" target_private "TargetPrivate"
        target_identity "TargetIdentity";
    GenerateResourceConfig, generate_resource_config: state "State" => config "Config";
    ValidateDataResourceConfig, validate_data_resource_config: config "Config" =>;
    ReadDataSource, read_data_source: config "Config" provider_meta "ProviderMeta" => state "State";
    ValidateEphemeralResourceConfig, validate_ephemeral_resource_config: config "Config" =>;
    OpenEphemeralResource, open_ephemeral_resource: config "Config" => result "Result"
        private "Private";
    RenewEphemeralResource, renew_ephemeral_resource: private "Private" => private "Private";
    CloseEphemeralResource, close_ephemeral_resource: private "Private" =>;
    ValidateListResourceConfig, validate_list_resource_config: config "Config" =>;
    ListResource, list_resource: config "Config" =>;
    ValidateActionConfig, validate_action_config: config "Config" =>;
    PlanAction, plan_action: config "Config" =>;
    InvokeAction, invoke_action: config "Config" =>;
}

impl Named for tf::call_function::Request {
    const RPC: &'static str = "CallFunction";
}

impl Values for tf::call_function::Request {
    fn values(&self) -> Vec<(&'static str, Option<Content<'_>>)> {
        self.arguments.iter().map(|argument| ("Argument", argument.content())).collect()
    }
}

impl Values for tf::call_function::Response {
    fn values(&self) -> Vec<(&'static str, Option<Content<'_>>)> {
        vec![("Result", self.result.content())]
    }
}
