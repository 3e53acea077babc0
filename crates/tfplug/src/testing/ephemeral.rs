//! An `ephemeral` block: opened, renewed while it is needed, closed. Nothing of it is stored.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use tonic::Request;

use super::block::{configured, named, placeholder};
use super::instance::{finished, sound};
use super::message::{conforming, message};
use super::schema::Schema;
use super::walk::{Phase, Walk};
use super::{Core, Deferral, Report, plan, rules};
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::serve::Ending as _;
use crate::value::Dynamic;

/// An `ephemeral` block.
#[derive(Clone)]
pub struct EphemeralBlock {
    core: Core,
    object: Arc<Schema>,
}

/// An ephemeral object that was opened, or what stands for it while its configuration is not known.
///
/// Terraform closes each object that it has opened; a test does so by [`Opened::close`].
pub struct Opened {
    object: Arc<Schema>,
    walk: Walk,
    value: Dynamic,
    state: State,
    report: Report,
}

enum State {
    /// The configuration is not known: the provider was not asked.
    PutOff,
    Deferred(Deferral),
    Open {
        /// What the answer of `open` holds, which Terraform hands to `close`, whatever renewals have answered.
        first: Option<bytes::Bytes>,
        /// What the last answer holds, which Terraform hands to the next renewal.
        last: Option<bytes::Bytes>,
        renew_after: Option<Duration>,
    },
}

impl Core {
    /// An `ephemeral` block of that type.
    ///
    /// # Panics
    /// When the provider offers no such ephemeral resource.
    pub fn ephemeral(&self, type_name: &str) -> EphemeralBlock {
        let object = named(&self.schemas.ephemeral, "ephemeral resource", type_name);
        EphemeralBlock { core: self.clone(), object }
    }
}

impl EphemeralBlock {
    /// `terraform validate`: no provider is configured for it.
    pub async fn validate(&self, config: Json) -> Report {
        let mut report = Report::default();
        if let Some(config) = configured(&self.object, &config, &mut report)
            && let Some(walk) = self.core.walk(Phase::Validate, &mut report).await
        {
            self.validated(&walk, &config, &mut report).await;
        }
        report
    }

    /// Opens the object in a walk of its own, if all of its configuration is known. Plan and apply both do so.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn open(&self, config: Json) -> Opened {
        sound("open", self.try_open(config).await)
    }

    /// As [`EphemeralBlock::open`].
    ///
    /// # Errors
    /// All diagnostics when one of them is an error. Terraform doesn't close what was not opened well.
    pub async fn try_open(&self, config: Json) -> Result<Opened, Report> {
        let mut report = Report::default();
        let opened = match configured(&self.object, &config, &mut report) {
            Some(config) => self.opened(&config, &mut report).await,
            None => None,
        };
        finished(opened, report).map(|(opened, report)| Opened { report, ..opened })
    }

    async fn validated(&self, walk: &Walk, config: &Dynamic, report: &mut Report) -> bool {
        let Some(config) = message(config, &self.object.ty, report) else { return false };
        let type_name = self.object.name.clone();
        let request = tf::validate_ephemeral_resource_config::Request { type_name, config: Some(config) };
        let answer = walk.server().validate_ephemeral_resource_config(Request::new(request)).await;
        walk.received(answer, report).is_some_and(|answer| !report.receive(answer.diagnostics))
    }

    async fn opened(&self, config: &Dynamic, report: &mut Report) -> Option<Opened> {
        let walk = self.core.walk(Phase::Plan, report).await?;
        if !self.validated(&walk, config, report).await {
            return None;
        }
        let schema = &self.object;
        let opened = |walk, value, state| {
            Some(Opened { object: Arc::clone(&self.object), walk, value, state, report: Report::default() })
        };
        let expected = placeholder(&schema.attributes, config);
        if !config.is_wholly_known() {
            return opened(walk, expected, State::PutOff);
        }
        let ty = &schema.ty;
        let request = tf::open_ephemeral_resource::Request {
            type_name: self.object.name.clone(),
            config: Some(message(config, ty, report)?),
            client_capabilities: walk.client.deferral.then(|| walk.capabilities()),
        };
        let answer = walk.server().open_ephemeral_resource(Request::new(request)).await;
        let answer = walk.received(answer, report)?;
        if report.receive(answer.diagnostics) || !walk.defer(answer.deferred, report) {
            return None;
        }
        if let Some(reason) = walk.deferral() {
            return opened(walk, expected, State::Deferred(reason));
        }
        let summary = "Provider produced invalid ephemeral resource instance";
        let value = conforming(answer.result.as_ref(), ty, summary, report)?;
        report.refuse(summary, rules::planned(&schema.attributes, &Dynamic::Null, config, &value));
        report.refuse(summary, rules::stored(&schema.attributes, &value));
        let renew_after = after(answer.renew_at.as_ref(), report);
        let state = State::Open { first: answer.private.clone(), last: answer.private, renew_after };
        opened(walk, value, state)
    }
}

impl Opened {
    /// What it gives, arguments and answer together; with [`unknown`](super::unknown) for what is not known before it is
    /// opened.
    pub fn value(&self) -> Json {
        plan::to_json(&self.value)
    }

    /// Whether Terraform has not asked the provider, because something in the configuration is not known yet.
    pub fn is_put_off(&self) -> bool {
        matches!(self.state, State::PutOff)
    }

    /// Why the provider has put the opening off, if it has and Terraform lets it.
    pub fn deferred(&self) -> Option<Deferral> {
        match self.state {
            State::Deferred(reason) => Some(reason),
            State::PutOff | State::Open { .. } => None,
        }
    }

    /// How long after the last answer the provider wants to be asked to renew it; `None` when never (again).
    pub fn renew_after(&self) -> Option<Duration> {
        match self.state {
            State::Open { renew_after, .. } => renew_after,
            State::PutOff | State::Deferred(_) => None,
        }
    }

    /// Warnings that came when it was opened.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Renews the object at once, without waiting for its time. After an error Terraform goes on without renewing it.
    ///
    /// # Panics
    /// When the provider has not asked for a renewal.
    #[expect(clippy::panic, reason = "a test that expected a renewal ends here")]
    pub async fn renew(&mut self) -> Report {
        let mut report = Report::default();
        let State::Open { last, renew_after: renew_after @ Some(_), .. } = &mut self.state else {
            panic!("the provider asks for no renewal");
        };
        *renew_after = None;
        let type_name = self.object.name.clone();
        let request = tf::renew_ephemeral_resource::Request { type_name, private: last.clone() };
        let answer = self.walk.server().renew_ephemeral_resource(Request::new(request)).await;
        if let Some(answer) = self.walk.received(answer, &mut report)
            && !report.receive(answer.diagnostics)
        {
            *last = answer.private;
            *renew_after = after(answer.renew_at.as_ref(), &mut report);
        }
        report
    }

    /// Ends the process while the object is open, as Terraform does after an apply that failed and after Ctrl-C.
    pub async fn end_of_process(self) {
        self.walk.server().end(tokio::time::Instant::now() + Duration::from_secs(1)).await;
    }

    /// Closes the object, with what `open` has answered, as Terraform does.
    pub async fn close(self) -> Report {
        let mut report = Report::default();
        if let State::Open { first, .. } = self.state {
            let type_name = self.object.name.clone();
            let request = tf::close_ephemeral_resource::Request { type_name, private: first };
            let answer = self.walk.server().close_ephemeral_resource(Request::new(request)).await;
            if let Some(answer) = self.walk.received(answer, &mut report) {
                report.receive(answer.diagnostics);
            }
        }
        report
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("type", &self.object.name).finish_non_exhaustive()
    }
}

/// The time until a moment by the clock. One that has passed would make Terraform renew without pause.
fn after(at: Option<&prost_types::Timestamp>, report: &mut Report) -> Option<Duration> {
    let at = at?;
    let moment = jiff::Timestamp::new(at.seconds, at.nanos).ok();
    let left =
        moment.and_then(|moment| Duration::try_from(moment.duration_since(jiff::Timestamp::now())).ok());
    if left.is_none() {
        report.error(
            "Provider produced invalid ephemeral resource instance",
            "The time of its renewal has passed already, or is none.",
        );
    }
    left
}
