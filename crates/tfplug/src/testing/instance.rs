//! One instance of a managed resource: its state, and what Terraform's commands do to it.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use super::core::Core;
use super::plan::{self, Plan};
use super::schema::Resource;
use super::stored::{Stored, StoredIdentity};
use super::walk::{Phase, Source};
use super::{Report, config};

/// One instance of a managed resource. Its state lives here between calls, as the JSON that Terraform stores.
///
/// Calls come in two kinds: `apply` panics with the whole report when there is an error, which is what most tests want;
/// `try_apply` returns it, for tests of failures. After either, the state is what Terraform's would be.
pub struct Instance {
    pub(super) core: Core,
    pub(super) resource: Arc<Resource>,
    pub(super) stored: Option<Stored>,
    /// Replaced objects that could not be deleted.
    pub(super) deposed: Vec<Stored>,
    pub(super) create_first: bool,
    /// Whether the next plan is made with `-replace`.
    pub(super) replaced_next: bool,
    /// What was planned or applied last.
    pub(super) config: Option<Json>,
}

/// What an apply did.
#[derive(Clone, Debug)]
pub struct Applied {
    plan: Plan,
    report: Report,
}

impl Applied {
    /// The plan that was carried out.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Warnings that came up while applying.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// The plan that was carried out, then the warnings that came up meanwhile.
impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.plan)?;
        if self.report.is_empty() { Ok(()) } else { write!(f, "\n{}", self.report) }
    }
}

#[expect(clippy::panic, reason = "a test that expected no errors ends here")]
pub(super) fn sound<T, R: fmt::Display>(command: &str, result: Result<T, R>) -> T {
    match result {
        Ok(value) => value,
        Err(report) => panic!("{command} failed:\n{report}\n"),
    }
}

impl Instance {
    pub(super) fn new(core: Core, resource: Arc<Resource>) -> Self {
        Instance {
            core,
            resource,
            stored: None,
            deposed: Vec::new(),
            create_first: false,
            replaced_next: false,
            config: None,
        }
    }

    /// Makes replacements create the new object before they delete the old one, as `create_before_destroy` does.
    pub fn create_before_destroy(&mut self) {
        self.create_first = true;
    }

    /// Makes replacements delete the old object first, as without `create_before_destroy`.
    pub fn destroy_before_create(&mut self) {
        self.create_first = false;
    }

    /// Goes on with other settings of the provider, another version of Terraform, and so on.
    pub fn set_core(&mut self, core: &Core) {
        self.core = core.clone();
    }

    /// `terraform validate`: no provider is configured for it.
    pub async fn validate(&self, config: Json) -> Report {
        let mut report = Report::default();
        let config = config::object(&self.resource.schema, &config, &mut report);
        if !report.has_errors()
            && let Some(walk) = self.core.walk(Phase::Validate, &mut report).await
        {
            walk.validate(&self.resource, &config, &mut report).await;
        }
        report
    }

    /// `terraform plan`: reads the object and plans what `config` makes of it. The state stays as it is.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn plan(&mut self, config: Json) -> Plan {
        sound("plan", self.try_plan(config).await)
    }

    /// As [`Instance::plan`].
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_plan(&mut self, config: Json) -> Result<Plan, Report> {
        let mut report = Report::default();
        let plan = self.planned(config, &mut report).await;
        finished(plan, report).map(|(plan, report)| Plan { report, ..plan })
    }

    /// Plans the configuration that was planned or applied last, and expects that there is nothing to do.
    ///
    /// # Panics
    /// When there is an error, something to do, or no configuration yet.
    #[expect(clippy::panic, reason = "a failed expectation of a test")]
    pub async fn plan_is_empty(&mut self) {
        let Some(config) = self.config.clone() else { panic!("nothing was planned or applied yet") };
        let plan = self.plan(config).await;
        if !plan.is_empty() {
            let before = plan.prior.as_ref().map(|object| plan::to_json(&object.value));
            let before = before.unwrap_or_default();
            panic!("the plan is not empty: {plan}\nbefore: {before}\nplanned: {}", plan.planned());
        }
    }

    /// `terraform apply`: plans, plans again in a fresh provider, and applies.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn apply(&mut self, config: Json) -> Applied {
        sound("apply", self.try_apply(config).await)
    }

    /// As [`Instance::apply`].
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_apply(&mut self, config: Json) -> Result<Applied, Report> {
        let plan = self.try_plan(config.clone()).await?;
        self.try_apply_plan(&plan, config).await
    }

    /// Applies an earlier plan, with what was unknown in its configuration known by now. The plan of a destroy needs no
    /// configuration.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn apply_plan(&mut self, plan: &Plan, config: Json) -> Applied {
        sound("apply", self.try_apply_plan(plan, config).await)
    }

    /// As [`Instance::apply_plan`].
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_apply_plan(&mut self, plan: &Plan, config: Json) -> Result<Applied, Report> {
        let mut report = Report::default();
        self.carry_out(plan, config, &mut report).await;
        finished(Some(plan.clone()), report).map(|(plan, report)| Applied { plan, report })
    }

    /// `terraform destroy`; well without an object, too.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn destroy(&mut self) -> Report {
        sound("destroy", self.try_destroy().await)
    }

    /// As [`Instance::destroy`]; the warnings, if it went well.
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_destroy(&mut self) -> Result<Report, Report> {
        let mut report = Report::default();
        self.destroyed(&mut report).await;
        finished(Some(()), report).map(|((), report)| report)
    }

    /// The plan of `terraform destroy`; `None` when there is nothing to destroy.
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_plan_destroy(&mut self) -> Result<Option<Plan>, Report> {
        let mut report = Report::default();
        let plan = self.planned_destroy(&mut report).await;
        let (plan, report) = finished(plan, report)?;
        Ok(plan.map(|plan| Plan { report, ..plan }))
    }

    /// `terraform apply -refresh-only`: takes over what the provider reads; an object that is gone leaves the state.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn refresh(&mut self) -> Report {
        sound("refresh", self.try_refresh().await)
    }

    /// As [`Instance::refresh`]; the warnings, if it went well.
    ///
    /// # Errors
    /// All diagnostics when one of them is an error. The state is as it was.
    pub async fn try_refresh(&mut self) -> Result<Report, Report> {
        let mut report = Report::default();
        self.refreshed(&mut report).await;
        finished(Some(()), report).map(|((), report)| report)
    }

    /// `terraform import` by text.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn import(&mut self, id: &str) -> Report {
        sound("import", self.try_import(id).await)
    }

    /// As [`Instance::import`]; the warnings, if it went well.
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_import(&mut self, id: &str) -> Result<Report, Report> {
        let mut report = Report::default();
        self.imported(id, None, &mut report).await;
        finished(Some(()), report).map(|((), report)| report)
    }

    /// An `import` block with an `identity`.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn import_identity(&mut self, identity: Json) -> Report {
        sound("import", self.try_import_identity(identity).await)
    }

    /// As [`Instance::import_identity`]; the warnings, if it went well.
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_import_identity(&mut self, identity: Json) -> Result<Report, Report> {
        let mut report = Report::default();
        let identity = config::object(&self.resource.identity, &identity, &mut report);
        if !report.has_errors() {
            self.imported("", Some(identity), &mut report).await;
        }
        finished(Some(()), report).map(|((), report)| report)
    }

    /// Puts a state of an older schema version in place, as stored, and has it upgraded.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn upgrade(&mut self, version: i64, stored: impl Into<Vec<u8>>) -> Report {
        sound("upgrade", self.try_upgrade(version, stored).await)
    }

    /// As [`Instance::upgrade`]; the warnings, if it went well.
    ///
    /// # Errors
    /// All diagnostics when one of them is an error. The stored state is the old one then.
    pub async fn try_upgrade(&mut self, version: i64, stored: impl Into<Vec<u8>>) -> Result<Report, Report> {
        let (private, identity) =
            self.stored.take().map_or((Vec::new(), None), |stored| (stored.private, stored.identity));
        self.stored = Some(Stored { version, json: stored.into(), private, identity, tainted: false });
        let mut report = Report::default();
        if let Some(walk) = self.core.walk(Phase::Plan, &mut report).await
            && let Some(found) = self.current(&walk, false, &mut report).await
        {
            self.store(found.as_ref(), &mut report);
        }
        finished(Some(()), report).map(|((), report)| report)
    }

    /// Puts an identity of an older version in place, as stored, in the state of the object; the next call has it upgraded.
    pub fn set_identity(&mut self, version: i64, stored: impl Into<Vec<u8>>) {
        if let Some(object) = &mut self.stored {
            object.identity = Some(StoredIdentity { version, json: stored.into() });
        }
    }

    /// A `moved` block that makes an object of another resource type this one. `provider` is the full address of the
    /// provider that `state` is from, `version` the schema version of `state`, and that is the object as stored.
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_move(
        &mut self,
        provider: &str,
        type_name: &str,
        version: i64,
        state: impl AsRef<[u8]>,
    ) -> Result<Report, Report> {
        let mut report = Report::default();
        let state = state.as_ref();
        let source = Source { provider, type_name, version, state, private: &[], identity: None };
        self.moved(&source, &mut report).await;
        finished(Some(()), report).map(|((), report)| report)
    }

    /// A `moved` block that makes the object of `other` this one, with its private bytes and its identity. `provider` is
    /// the full address of the provider of `other`. After a success `other` is forgotten.
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_move_from(&mut self, provider: &str, other: &mut Instance) -> Result<Report, Report> {
        let mut report = Report::default();
        if let Some(stored) = &other.stored {
            let source = Source {
                provider,
                type_name: &other.resource.schema.name,
                version: stored.version,
                state: &stored.json,
                private: &stored.private,
                identity: stored.identity.as_ref().map(|identity| &*identity.json),
            };
            self.moved(&source, &mut report).await;
        }
        let report = finished(Some(()), report).map(|((), report)| report)?;
        other.forget();
        Ok(report)
    }

    /// What a configuration would have to say to describe the object, as `-generate-config-out` writes it; it passes the
    /// provider's own validation.
    ///
    /// # Errors
    /// All diagnostics when one of them is an error.
    pub async fn try_generate_config(&self) -> Result<Json, Report> {
        let mut report = Report::default();
        let config = self.generated(&mut report).await;
        finished(config, report).map(|(config, _)| plan::to_json(&config))
    }

    /// `terraform taint`: the next plan replaces the object.
    pub fn taint(&mut self) {
        if let Some(stored) = &mut self.stored {
            stored.tainted = true;
        }
    }

    /// `-replace`: the next plan replaces the object, whatever else it changes.
    pub fn replace_next(&mut self) {
        self.replaced_next = true;
    }

    /// `terraform untaint`.
    pub fn untaint(&mut self) {
        if let Some(stored) = &mut self.stored {
            stored.tainted = false;
        }
    }

    /// `terraform state rm`: forgets the object, which goes on to exist.
    pub fn forget(&mut self) {
        self.stored = None;
    }

    /// The object in the state as JSON; null when there is none.
    pub fn state(&self) -> Json {
        self.stored.as_ref().map(|stored| parsed(&stored.json)).unwrap_or_default()
    }

    /// The object in the state as it is stored, with every digit of its numbers; empty when there is none.
    pub fn stored(&self) -> &[u8] {
        self.stored.as_ref().map_or(&[], |stored| &stored.json)
    }

    /// The object's identity as JSON; null when there is none.
    pub fn identity(&self) -> Json {
        let identity = self.stored.as_ref().and_then(|stored| stored.identity.as_ref());
        identity.map(|identity| parsed(&identity.json)).unwrap_or_default()
    }

    /// The object's private bytes; empty when there are none.
    pub fn private(&self) -> &[u8] {
        self.stored.as_ref().map_or(&[], |stored| &stored.private)
    }

    /// Puts other private bytes into the state.
    pub fn set_private(&mut self, private: impl Into<Vec<u8>>) {
        if let Some(stored) = &mut self.stored {
            stored.private = private.into();
        }
    }

    /// Takes the identity out of the state, as a Terraform that knows none would have left it.
    pub fn forget_identity(&mut self) {
        if let Some(stored) = &mut self.stored {
            stored.identity = None;
        }
    }

    /// Whether the object is in the state and to be replaced at the next occasion.
    pub fn is_tainted(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| stored.tainted)
    }

    /// How many replaced objects are left that could not be deleted.
    pub fn deposed(&self) -> usize {
        self.deposed.len()
    }

    /// Hands over the replaced objects that could not be deleted, each as an instance to be destroyed.
    pub fn take_deposed(&mut self) -> Vec<Instance> {
        let instance = |stored| Instance {
            stored: Some(stored),
            ..Instance::new(self.core.clone(), Arc::clone(&self.resource))
        };
        std::mem::take(&mut self.deposed).into_iter().map(instance).collect()
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("type", &self.resource.schema.name)
            .field("state", &self.state())
            .field("tainted", &self.is_tainted())
            .finish_non_exhaustive()
    }
}

pub(super) fn finished<T>(value: Option<T>, report: Report) -> Result<(T, Report), Report> {
    match value {
        Some(value) if !report.has_errors() => Ok((value, report)),
        _ => Err(report),
    }
}

fn parsed(bytes: &[u8]) -> Json {
    serde_json::from_slice(bytes).unwrap_or_default()
}
