//! A `list` block of `terraform query`: a stream of objects up to a limit, each held against the schemas of the managed
//! resource.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;
use tokio_stream::StreamExt as _;
use tonic::Request;

use super::block::{configured, configured_wholly, named};
use super::instance::sound;
use super::message::{conforming, identity, identity_known, message, storable};
use super::schema::{Resource, Schema};
use super::walk::{Phase, Walk};
use super::{Core, Report, plan};
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::value::Dynamic;

const INVALID: &str = "Provider produced invalid list result";

/// A `list` block.
#[derive(Clone)]
pub struct ListBlock {
    core: Core,
    list: Arc<Schema>,
    resource: Arc<Resource>,
    limit: u64,
    whole: bool,
    give_up_after: Option<usize>,
}

/// What a list has found.
///
/// As text, each object is a line of its display name and identity, and the diagnostics follow.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    objects: Vec<Object>,
    report: Report,
}

/// One object that a list has found.
#[derive(Clone, Debug)]
pub struct Object {
    name: String,
    identity: Dynamic,
    object: Option<Dynamic>,
}

impl Listed {
    /// What was found, in order.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// All diagnostics.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl Object {
    /// What a person recognises it by.
    pub fn display_name(&self) -> &str {
        &self.name
    }

    /// Its identity as JSON.
    pub fn identity(&self) -> Json {
        plan::to_json(&self.identity)
    }

    /// All its attributes as JSON; null if they were not asked for.
    pub fn state(&self) -> Json {
        self.object.as_ref().map(plan::to_json).unwrap_or_default()
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, object) in self.objects.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{} {}", object.name, object.identity())?;
        }
        if !self.objects.is_empty() && !self.report.is_empty() {
            f.write_str("\n")?;
        }
        write!(f, "{}", self.report)
    }
}

impl Core {
    /// A `list` block of that type, with Terraform's limit of 100 objects, of which only the names are asked for.
    ///
    /// # Panics
    /// When the provider offers no such list resource, or not the resource itself.
    pub fn list(&self, type_name: &str) -> ListBlock {
        ListBlock {
            core: self.clone(),
            list: named(&self.schemas.lists, "list resource", type_name),
            resource: named(&self.schemas.resources, "resource", type_name),
            limit: 100,
            whole: false,
            give_up_after: None,
        }
    }
}

impl ListBlock {
    /// Sets how many objects are wanted at most.
    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// Asks for all attributes, as `include_resource = true` does.
    #[must_use]
    pub fn include_resource(mut self) -> Self {
        self.whole = true;
        self
    }

    /// Hangs up after so many objects, whatever the limit, as a Terraform does that ends early.
    #[must_use]
    pub fn give_up_after(mut self, objects: usize) -> Self {
        self.give_up_after = Some(objects);
        self
    }

    /// `terraform validate` of a query file: no provider is configured for it.
    pub async fn validate(&self, config: Json) -> Report {
        let mut report = Report::default();
        if let Some(config) = configured(&self.list, &config, &mut report)
            && let Some(walk) = self.core.walk(Phase::Validate, &mut report).await
        {
            self.validated(&walk, &config, &mut report).await;
        }
        report
    }

    /// `terraform query`, with the content of the block's `config`.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn query(&self, config: Json) -> Listed {
        sound("query", self.try_query(config).await)
    }

    /// As [`ListBlock::query`].
    ///
    /// # Errors
    /// What was found before the error, with all diagnostics.
    pub async fn try_query(&self, config: Json) -> Result<Listed, Listed> {
        let mut listed = Listed::default();
        if let Some(config) = configured_wholly(&self.list, &config, &mut listed.report) {
            self.listed(&config, &mut listed).await;
        }
        if listed.report.has_errors() { Err(listed) } else { Ok(listed) }
    }

    async fn validated(&self, walk: &Walk, config: &Dynamic, report: &mut Report) -> bool {
        let Some(config) = message(config, &self.list.ty, report) else { return false };
        let request = tf::validate_list_resource_config::Request {
            type_name: self.list.name.clone(),
            config: Some(config),
            // Terraform never tells: https://github.com/hashicorp/terraform/blob/main/internal/plugin6/grpc_provider.go
            ..Default::default()
        };
        let answer = walk.server().validate_list_resource_config(Request::new(request)).await;
        walk.received(answer, report).is_some_and(|answer| !report.receive(answer.diagnostics))
    }

    async fn listed(&self, config: &Dynamic, listed: &mut Listed) {
        let report = &mut listed.report;
        let Some(walk) = self.core.walk(Phase::Plan, report).await else { return };
        if !self.validated(&walk, config, report).await {
            return;
        }
        let Some(config) = message(config, &self.list.ty, report) else { return };
        let request = tf::list_resource::Request {
            type_name: self.list.name.clone(),
            config: Some(config),
            include_resource_object: self.whole,
            limit: i64::try_from(self.limit).unwrap_or(i64::MAX),
        };
        let answer = walk.server().list_resource(Request::new(request)).await;
        let Some(mut events) = walk.received(answer, report) else { return };
        while self.give_up_after != Some(listed.objects.len())
            && let Some(event) = events.next().await
        {
            let Some(event) = walk.received(event.map(tonic::Response::new), &mut listed.report) else {
                return;
            };
            let announced = event.identity.is_some();
            let warned = !event.diagnostic.is_empty();
            if listed.report.receive(event.diagnostic) {
                // An event with an error ends the list.
                return;
            }
            if !announced && warned {
                continue;
            }
            let event = (event.identity, event.display_name, event.resource_object);
            match self.found(event, &mut listed.report) {
                Some(object) => listed.objects.push(object),
                None => return,
            }
            if u64::try_from(listed.objects.len()).is_ok_and(|count| count > self.limit) {
                listed.report.error(INVALID, format!("It found more than {} objects.", self.limit));
                return;
            }
        }
    }

    /// One object, held against the rules; `None` after a breach.
    fn found(
        &self,
        (named, name, whole): (Option<tf::ResourceIdentityData>, String, Option<tf::DynamicValue>),
        report: &mut Report,
    ) -> Option<Object> {
        let Some(identity) = identity(&self.resource, named.as_ref(), INVALID, report)? else {
            report.error(INVALID, "An object has to have an identity.");
            return None;
        };
        if !identity_known(Some(&identity), report) {
            return None;
        }
        if name.is_empty() {
            report.error(INVALID, "An object has to have a display name.");
            return None;
        }
        let object = conforming(whole.as_ref(), &self.resource.schema.ty, INVALID, report)?;
        if self.whole == object.is_null() {
            let problem = if self.whole { "was asked for and is missing" } else { "was not asked for" };
            report.error(INVALID, format!("The whole of {name:?} {problem}."));
            return None;
        }
        storable(&self.resource, &object, INVALID, report).then(|| Object {
            name,
            identity,
            object: (!object.is_null()).then_some(object),
        })
    }
}
