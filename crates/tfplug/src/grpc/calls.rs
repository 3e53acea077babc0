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
pub(super) type Content<'a> = (&'a [u8], &'static str);

/// A field that goes into a file.
pub(super) trait Part {
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

impl Values for tf::list_resource::Event {
    fn values(&self) -> Vec<(&'static str, Option<Content<'_>>)> {
        vec![("Identity", self.identity.content()), ("ResourceObject", self.resource_object.content())]
    }
}

impl Values for tf::invoke_action::Event {
    fn values(&self) -> Vec<(&'static str, Option<Content<'_>>)> {
        Vec::new()
    }
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
