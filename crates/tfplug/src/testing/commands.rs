//! How an instance goes through the walks of Terraform's commands, and what they leave in its state.

use serde_json::Value as Json;

use super::plan::{self, Action, Plan};
use super::stored::{Object, Stored};
use super::walk::{Phase, Source, Walk};
use super::{Instance, Report, apply, config};
use crate::value::Dynamic;

impl Instance {
    pub(super) async fn planned(&mut self, config: Json, report: &mut Report) -> Option<Plan> {
        let value = config::object(&self.resource.schema, &config, report);
        self.config = Some(config);
        // It counts for this command, whatever becomes of it.
        let forced = std::mem::take(&mut self.replaced_next);
        if report.has_errors() {
            return None;
        }
        let walk = self.core.walk(Phase::Plan, report).await?;
        let object = self.current(&walk, self.core.refreshes, report).await?;
        let plan = plan::change(&walk, &self.resource, object.as_ref(), &value, forced, report).await?;
        Some(Plan { deferred: walk.deferral(), ..plan })
    }

    pub(super) async fn carry_out(&mut self, plan: &Plan, config: Json, report: &mut Report) {
        let value = if plan.action == Action::Delete {
            Dynamic::Null
        } else {
            let value = config::object(&self.resource.schema, &config, report);
            self.config = Some(config);
            value
        };
        if report.has_errors() {
            return;
        }
        // What the plan has read is stored even if nothing else comes of it.
        self.store(plan.prior.as_ref(), report);
        if plan.deferred.is_some() {
            // Terraform leaves it to a later run.
            return;
        }
        let Some(walk) = self.core.walk(Phase::Apply, report).await else { return };
        let Some(object) = self.current(&walk, false, report).await else { return };
        let outcome =
            apply::apply(&walk, &self.resource, plan, object, &value, self.create_first, report).await;
        self.store(outcome.current.as_ref(), report);
        if let Some(deposed) = outcome.deposed.and_then(|object| self.stored_form(&object, report)) {
            self.deposed.push(deposed);
        }
    }

    pub(super) async fn planned_destroy(&mut self, report: &mut Report) -> Option<Option<Plan>> {
        let walk = self.core.walk(Phase::Plan, report).await?;
        match self.current(&walk, self.core.refreshes, report).await? {
            None => {
                self.stored = None;
                Some(None)
            }
            Some(object) => {
                let plan = plan::delete(&walk, &self.resource, &object, report).await?;
                Some(Some(Plan { deferred: walk.deferral(), ..plan }))
            }
        }
    }

    pub(super) async fn destroyed(&mut self, report: &mut Report) {
        let Some(plan) = self.planned_destroy(report).await else { return };
        if let Some(reason) = plan.as_ref().and_then(|plan| plan.deferred) {
            report.put_off("Deletion deferred", reason);
            return;
        }
        let Some(walk) = self.core.walk(Phase::Apply, report).await else { return };
        let mut left = Vec::new();
        for stored in std::mem::take(&mut self.deposed) {
            let object = walk.upgrade(&self.resource, &stored, report).await;
            let remains = match object {
                None => Some(stored),
                Some(object) => {
                    let private = object.private.clone();
                    apply::delete(&walk, &self.resource, object, &private, report).await.map(|_| stored)
                }
            };
            left.extend(remains);
        }
        self.deposed = left;
        if let Some(plan) = plan {
            self.store(plan.prior.as_ref(), report);
            let Some(object) = self.current(&walk, false, report).await else { return };
            let outcome =
                apply::apply(&walk, &self.resource, &plan, object, &Dynamic::Null, false, report).await;
            self.store(outcome.current.as_ref(), report);
        }
    }

    pub(super) async fn imported(&mut self, id: &str, identity: Option<Dynamic>, report: &mut Report) {
        if self.stored.is_some() {
            report.error("Resource already managed by Terraform", "It is in the state.");
            return;
        }
        let Some(walk) = self.core.walk(Phase::Plan, report).await else { return };
        let found = walk.import(&self.resource, id, identity.as_ref(), report).await;
        if let Some(reason) = walk.deferral() {
            report.put_off("Import deferred", reason);
        }
        let Some(found) = found else { return };
        match walk.read_imported(&self.resource, &found, report).await {
            None => {}
            // The next run imports it.
            Some(_) if walk.deferral().is_some() => {}
            Some(None) => report.error(
                "Cannot import non-existent remote object",
                "The provider detected that no object exists with the given id.",
            ),
            Some(found) => self.store(found.as_ref(), report),
        }
    }

    pub(super) async fn refreshed(&mut self, report: &mut Report) {
        let Some(walk) = self.core.walk(Phase::Plan, report).await else { return };
        let Some(found) = self.current(&walk, true, report).await else { return };
        if let Some(reason) = walk.deferral() {
            report.put_off("Read deferred", reason);
        }
        self.store(found.as_ref(), report);
    }

    /// A move is made before any provider is configured.
    pub(super) async fn moved(&mut self, source: &Source<'_>, report: &mut Report) {
        if self.stored.is_some() {
            report.error("Unresolved resource instance address changes", "There is an object in the state.");
            return;
        }
        let Some(walk) = self.core.walk(Phase::Validate, report).await else { return };
        if let Some(found) = walk.move_state(&self.resource, source, report).await {
            self.store(Some(&found), report);
        }
    }

    /// The configuration that the provider generates for the object in the state, as it validates it itself.
    pub(super) async fn generated(&self, report: &mut Report) -> Option<Dynamic> {
        let walk = self.core.walk(Phase::Plan, report).await?;
        let Some(object) = self.current(&walk, true, report).await? else {
            report.error("Nothing to describe", "There is no object in the state.");
            return None;
        };
        let config = walk.generate(&self.resource, &object, report).await?;
        walk.validate(&self.resource, &config, report).await.then_some(config)
    }

    /// The object of the state as the current schema sees it, and as it is now if `refresh`; `Some(None)` when there is
    /// none (any more), `None` after an error.
    pub(super) async fn current(
        &self,
        walk: &Walk,
        refresh: bool,
        report: &mut Report,
    ) -> Option<Option<Object>> {
        let Some(stored) = &self.stored else { return Some(None) };
        let object = walk.upgrade(&self.resource, stored, report).await?;
        if refresh { walk.read(&self.resource, &object, report).await } else { Some(Some(object)) }
    }

    pub(super) fn store(&mut self, object: Option<&Object>, report: &mut Report) {
        self.stored = object.and_then(|object| self.stored_form(object, report));
    }

    fn stored_form(&self, object: &Object, report: &mut Report) -> Option<Stored> {
        match object.store(&self.resource) {
            Ok(stored) => Some(stored),
            Err(error) => {
                report.error("Failed to write the state", error.to_string());
                None
            }
        }
    }
}
