//! A `data` block: read while planning if its configuration is known by then, otherwise while applying.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;
use tonic::Request;

use super::block::{configured, configured_wholly, named, placeholder};
use super::instance::{finished, sound};
use super::message::{conforming, message};
use super::report::DISCLOSED;
use super::schema::Schema;
use super::walk::{Phase, Walk};
use super::{Core, Deferral, Report, plan, rules};
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::value::Dynamic;

/// A `data` block.
#[derive(Clone)]
pub struct DataBlock {
    core: Core,
    source: Arc<Schema>,
}

/// What a data source answered, or that it was not asked yet.
#[derive(Clone, Debug)]
pub struct Data {
    value: Dynamic,
    put_off: bool,
    deferral: Option<Deferral>,
    report: Report,
}

impl Data {
    /// The object, arguments and answer together; with [`unknown`](super::unknown) for what is not known before it is read.
    pub fn value(&self) -> Json {
        plan::to_json(&self.value)
    }

    /// Whether Terraform has left the read to the apply, because something in the configuration is not known yet.
    pub fn is_put_off(&self) -> bool {
        self.put_off
    }

    /// Why the provider has put the read off, if it has and Terraform lets it.
    pub fn deferred(&self) -> Option<Deferral> {
        self.deferral
    }

    /// Warnings that came with it.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// The object as JSON, then the warnings.
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value())?;
        if self.report.is_empty() { Ok(()) } else { write!(f, "\n{}", self.report) }
    }
}

impl Core {
    /// A `data` block of that type.
    ///
    /// # Panics
    /// When the provider offers no such data source.
    pub fn data_source(&self, type_name: &str) -> DataBlock {
        let source = named(&self.schemas.data_sources, "data source", type_name);
        DataBlock { core: self.clone(), source }
    }
}

impl DataBlock {
    /// `terraform validate`: no provider is configured for it.
    pub async fn validate(&self, config: Json) -> Report {
        let mut report = Report::default();
        if let Some(config) = configured(&self.source, &config, &mut report)
            && let Some(walk) = self.core.walk(Phase::Validate, &mut report).await
        {
            self.validated(&walk, &config, &mut report).await;
        }
        report
    }

    /// What a plan makes of the block: it is read if all of its configuration is known.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn read(&self, config: Json) -> Data {
        sound("read", self.try_read(config).await)
    }

    /// As [`DataBlock::read`].
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_read(&self, config: Json) -> Result<Data, Report> {
        let mut report = Report::default();
        let data = match configured(&self.source, &config, &mut report) {
            Some(config) => self.data(&config, Phase::Plan, &mut report).await,
            None => None,
        };
        finished(data, report).map(|(data, report)| Data { report, ..data })
    }

    /// The read that was deferred until the apply.
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_read_in_apply(&self, config: Json) -> Result<Data, Report> {
        let mut report = Report::default();
        let data = match configured_wholly(&self.source, &config, &mut report) {
            Some(config) => self.data(&config, Phase::Apply, &mut report).await,
            None => None,
        };
        finished(data, report).map(|(data, report)| Data { report, ..data })
    }

    async fn validated(&self, walk: &Walk, config: &Dynamic, report: &mut Report) -> bool {
        let Some(config) = message(config, &self.source.ty, report) else { return false };
        let type_name = self.source.name.clone();
        let request = tf::validate_data_resource_config::Request { type_name, config: Some(config) };
        let answer = walk.server().validate_data_resource_config(Request::new(request)).await;
        walk.received(answer, report).is_some_and(|answer| !report.receive(answer.diagnostics))
    }

    async fn data(&self, config: &Dynamic, phase: Phase, report: &mut Report) -> Option<Data> {
        let walk = self.core.walk(phase, report).await?;
        if !self.validated(&walk, config, report).await {
            return None;
        }
        let schema = &self.source;
        let expected = placeholder(&schema.attributes, config);
        if !config.is_wholly_known() {
            return Some(Data { value: expected, put_off: true, deferral: None, report: Report::default() });
        }
        let ty = &schema.ty;
        let request = tf::read_data_source::Request {
            type_name: self.source.name.clone(),
            config: Some(message(config, ty, report)?),
            provider_meta: walk.client.meta.clone(),
            client_capabilities: Some(walk.capabilities()),
        };
        let answer = walk.server().read_data_source(Request::new(request)).await;
        let answer = walk.received(answer, report)?;
        if report.receive(answer.diagnostics) || !walk.defer(answer.deferred, report) {
            return None;
        }
        if let Some(reason) = walk.deferral() {
            let report = Report::default();
            return Some(Data { value: expected, put_off: false, deferral: Some(reason), report });
        }
        let summary = "Provider produced invalid object";
        let value = conforming(answer.state.as_ref(), ty, summary, report)?;
        if value.is_null() {
            report.error("Provider produced null object", "A data source that finds nothing is an error.");
            return None;
        }
        // Terraform does not compare the arguments, but an expression that refers to one must give what was configured.
        if report.refuse(summary, rules::stored(&schema.attributes, &value)) {
            report.refuse(summary, rules::compatible(&schema.attributes, &expected, &value));
        }
        report.refuse(DISCLOSED, rules::disclosed(&schema.attributes, config, &value));
        Some(Data { value, put_off: false, deferral: None, report: Report::default() })
    }
}
