//! What is noted of a call beside its answer: a log line about how long it took, and, for those who look for a mistake
//! in the protocol itself, its values as files.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::time::Instant;

use tonic::codegen::BoxStream;
use tracing::Span;

use super::{Environment, tf};

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
#[derive(Default)]
pub(super) struct Files(Option<PathBuf>);

impl Files {
    pub(super) fn of(environment: &Environment) -> Self {
        Files(environment(VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from))
    }

    /// Writes the values of a message, each to a file of its own that only its owner can read.
    pub(super) fn write<M: Values>(&self, rpc: &str, kind: &str, message: &M) {
        let Some(folder) = &self.0 else { return };
        for (field, value) in message.values() {
            let (bytes, extension) = match value {
                Some(value) if !value.msgpack.is_empty() => (&value.msgpack[..], "msgpack"),
                Some(value) if !value.json.is_empty() => (&value.json[..], "json"),
                _ => (&[][..], "empty"),
            };
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
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(mut file) => return file.write_all(bytes),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => time += 1,
            Err(error) => return Err(error),
        }
    }
}

/// A message with values of a schema in it.
pub(super) trait Values {
    /// The values by the names that Go's framework gives them.
    fn values(&self) -> Vec<(&'static str, Option<&tf::DynamicValue>)>;
}

/// What a request is a request for.
pub(super) trait Named {
    const RPC: &'static str;
}

/// The answer as a stream is not known yet.
impl<T> Values for BoxStream<T> {
    fn values(&self) -> Vec<(&'static str, Option<&tf::DynamicValue>)> {
        Vec::new()
    }
}

/// The messages of each call: `RPC, module: fields of the request => fields of the response`.
macro_rules! messages {
    ($($rpc:ident, $module:ident: $($asked:ident $asked_name:literal)* => $($told:ident $told_name:literal)*;)*) => {$(
        impl Named for tf::$module::Request {
            const RPC: &'static str = stringify!($rpc);
        }

        impl Values for tf::$module::Request {
            fn values(&self) -> Vec<(&'static str, Option<&tf::DynamicValue>)> {
                vec![$(($asked_name, self.$asked.as_ref())),*]
            }
        }

        messages!(@response $module $($told $told_name)*);
    )*};
    (@response list_resource) => {};
    (@response invoke_action) => {};
    (@response import_resource_state) => {
        impl Values for tf::import_resource_state::Response {
            fn values(&self) -> Vec<(&'static str, Option<&tf::DynamicValue>)> {
                self.imported_resources.iter().map(|imported| ("State", imported.state.as_ref())).collect()
            }
        }
    };
    (@response $module:ident $($told:ident $told_name:literal)*) => {
        impl Values for tf::$module::Response {
            fn values(&self) -> Vec<(&'static str, Option<&tf::DynamicValue>)> {
                vec![$(($told_name, self.$told.as_ref())),*]
            }
        }
    };
}

messages! {
    ValidateProviderConfig, validate_provider_config: config "Config" =>;
    ConfigureProvider, configure_provider: config "Config" =>;
    ValidateResourceConfig, validate_resource_config: config "Config" =>;
    UpgradeResourceState, upgrade_resource_state: => upgraded_state "UpgradedState";
    UpgradeResourceIdentity, upgrade_resource_identity: =>;
    ReadResource, read_resource: current_state "CurrentState" provider_meta "ProviderMeta" => new_state "NewState";
    PlanResourceChange, plan_resource_change: config "Config" prior_state "PriorState"
        proposed_new_state "ProposedNewState" provider_meta "ProviderMeta" => planned_state "PlannedState";
    ApplyResourceChange, apply_resource_change: config "Config" planned_state "PlannedState"
        prior_state "PriorState" provider_meta "ProviderMeta" => new_state "NewState";
    ImportResourceState, import_resource_state: =>;
    MoveResourceState, move_resource_state: => target_state "TargetState";
    GenerateResourceConfig, generate_resource_config: state "State" => config "Config";
    ValidateDataResourceConfig, validate_data_resource_config: config "Config" =>;
    ReadDataSource, read_data_source: config "Config" provider_meta "ProviderMeta" => state "State";
    ValidateEphemeralResourceConfig, validate_ephemeral_resource_config: config "Config" =>;
    OpenEphemeralResource, open_ephemeral_resource: config "Config" => result "Result";
    RenewEphemeralResource, renew_ephemeral_resource: =>;
    CloseEphemeralResource, close_ephemeral_resource: =>;
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
    fn values(&self) -> Vec<(&'static str, Option<&tf::DynamicValue>)> {
        self.arguments.iter().map(|argument| ("Argument", Some(argument))).collect()
    }
}

impl Values for tf::call_function::Response {
    fn values(&self) -> Vec<(&'static str, Option<&tf::DynamicValue>)> {
        vec![("Result", self.result.as_ref())]
    }
}
