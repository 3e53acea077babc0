//! An `action` block: planned like any object, but without an outcome that could be planned; invoked once all is known.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;
use tokio_stream::StreamExt as _;
use tonic::{Request, Response};

use super::block::{configured, configured_wholly, named};
use super::instance::{finished, sound};
use super::message::message;
use super::schema::Schema;
use super::walk::{Phase, Walk};
use super::{Core, Deferral, Report};
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::value::Dynamic;
use tf::invoke_action::event::Type as Event;

const INVALID: &str = "Provider produced invalid action event";

/// An `action` block.
#[derive(Clone)]
pub struct ActionBlock {
    core: Core,
    action: Arc<Schema>,
}

/// What a plan says of an action.
#[derive(Clone, Debug)]
pub struct ActionPlan {
    deferral: Option<Deferral>,
    report: Report,
}

/// What an action did.
///
/// As text, each message about its progress is a line, and the diagnostics follow.
#[derive(Clone, Debug, Default)]
pub struct Invoked {
    progress: Vec<String>,
    report: Report,
}

impl ActionPlan {
    /// Why the provider puts the action off, if it does and Terraform lets it.
    pub fn deferred(&self) -> Option<Deferral> {
        self.deferral
    }

    /// Warnings that came with the plan.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// The warnings; `deferred` before them if it is.
impl fmt::Display for ActionPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.deferral.is_some() { "deferred" } else { "invoke" })?;
        if self.report.is_empty() { Ok(()) } else { write!(f, "\n{}", self.report) }
    }
}

impl Invoked {
    /// How far it got, in the words of the action.
    pub fn progress(&self) -> &[String] {
        &self.progress
    }

    /// All diagnostics.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Display for Invoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.progress.join("\n"))?;
        if !self.progress.is_empty() && !self.report.is_empty() {
            f.write_str("\n")?;
        }
        write!(f, "{}", self.report)
    }
}

impl Core {
    /// An `action` block of that type.
    ///
    /// # Panics
    /// When the provider offers no such action.
    pub fn action(&self, type_name: &str) -> ActionBlock {
        ActionBlock { core: self.clone(), action: named(&self.schemas.actions, "action", type_name) }
    }
}

impl ActionBlock {
    /// `terraform validate`: no provider is configured for it.
    pub async fn validate(&self, config: Json) -> Report {
        let mut report = Report::default();
        if let Some(config) = configured(&self.action, &config, &mut report)
            && let Some(walk) = self.core.walk(Phase::Validate, &mut report).await
        {
            self.validated(&walk, &config, &mut report).await;
        }
        report
    }

    /// Plans the action, of which something may not be known yet.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn plan(&self, config: Json) -> ActionPlan {
        sound("plan", self.try_plan(config).await)
    }

    /// As [`ActionBlock::plan`].
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_plan(&self, config: Json) -> Result<ActionPlan, Report> {
        let mut report = Report::default();
        let planned = match configured(&self.action, &config, &mut report) {
            Some(config) => self.planned(&config, &mut report).await,
            None => None,
        };
        finished(planned, report).map(|(plan, report)| ActionPlan { report, ..plan })
    }

    /// Plans the action and invokes it, each in a fresh provider.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn invoke(&self, config: Json) -> Invoked {
        sound("invoke", self.try_invoke(config).await)
    }

    /// As [`ActionBlock::invoke`].
    ///
    /// # Errors
    /// How far it got, with all diagnostics.
    pub async fn try_invoke(&self, config: Json) -> Result<Invoked, Invoked> {
        let mut invoked = Invoked::default();
        match self.try_plan(config.clone()).await {
            Ok(plan) => invoked.report.append(plan.report),
            Err(report) => return Err(Invoked { report, ..invoked }),
        }
        if let Some(config) = configured_wholly(&self.action, &config, &mut invoked.report) {
            self.invoked(&config, &mut invoked).await;
        }
        if invoked.report.has_errors() { Err(invoked) } else { Ok(invoked) }
    }

    async fn validated(&self, walk: &Walk, config: &Dynamic, report: &mut Report) -> bool {
        let Some(config) = message(config, &self.action.ty, report) else { return false };
        let request =
            tf::validate_action_config::Request { type_name: self.action.name.clone(), config: Some(config) };
        let answer = walk.server().validate_action_config(Request::new(request)).await;
        walk.received(answer, report).is_some_and(|answer| !report.receive(answer.diagnostics))
    }

    async fn planned(&self, config: &Dynamic, report: &mut Report) -> Option<ActionPlan> {
        let walk = self.core.walk(Phase::Plan, report).await?;
        if !self.validated(&walk, config, report).await {
            return None;
        }
        let request = tf::plan_action::Request {
            action_type: self.action.name.clone(),
            config: Some(message(config, &self.action.ty, report)?),
            client_capabilities: Some(walk.capabilities()),
        };
        let answer = walk.server().plan_action(Request::new(request)).await;
        let answer = walk.received(answer, report)?;
        if report.receive(answer.diagnostics) || !walk.defer(answer.deferred, report) {
            return None;
        }
        if !matches!(walk.deferral(), None | Some(Deferral::ProviderConfigUnknown)) {
            report.error("Provider deferred changes", "An action waits for the provider's settings only.");
        }
        Some(ActionPlan { deferral: walk.deferral(), report: Report::default() })
    }

    async fn invoked(&self, config: &Dynamic, invoked: &mut Invoked) {
        let report = &mut invoked.report;
        let Some(walk) = self.core.walk(Phase::Apply, report).await else { return };
        let Some(config) = message(config, &self.action.ty, report) else { return };
        let request = tf::invoke_action::Request {
            action_type: self.action.name.clone(),
            config: Some(config),
            client_capabilities: Some(walk.capabilities()),
        };
        let answer = walk.server().invoke_action(Request::new(request)).await;
        let Some(mut events) = walk.received(answer, report) else { return };
        let mut ended = false;
        while let Some(event) = events.next().await {
            let Some(event) = walk.received(event.map(Response::new), &mut invoked.report) else { return };
            if ended {
                invoked.report.error(INVALID, "Nothing may follow the end of an action.");
                return;
            }
            match event.r#type {
                Some(Event::Progress(progress)) => invoked.progress.push(progress.message),
                Some(Event::Completed(completed)) => {
                    ended = true;
                    invoked.report.receive(completed.diagnostics);
                }
                None => {
                    invoked.report.error(INVALID, "An event without content makes Terraform crash.");
                    return;
                }
            }
        }
        if !ended {
            invoked.report.error(INVALID, "Without an end Terraform believes that the action went well.");
        }
    }
}
