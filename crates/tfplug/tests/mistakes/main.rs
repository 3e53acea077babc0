//! What comes of mistakes in a provider that the compiler cannot see: nothing is lost by them, and no secret is shown.

mod answers;
mod counts;
mod given_up;
mod halves;
mod handles;
mod identity;
mod inner;
mod large;
mod leaks;
mod limits;
mod listed;
mod meta;
mod nan;
mod nfc;
mod open;
mod own;
mod quoted;
mod remark;
mod secrets;
mod twice;
mod words;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tfplug::testing::Core;
use tfplug::types::Sensitive;
use tfplug::{Args, Config, ConfigureCx, Diagnostics, Provider, Registry, Result, Value};

/// What the handlers were asked, and what they are to do wrong.
#[derive(Clone, Default)]
pub(crate) struct Desk(Arc<Mutex<(Vec<String>, BTreeSet<&'static str>)>>);

impl Desk {
    fn inside<T>(&self, f: impl FnOnce(&mut Vec<String>, &mut BTreeSet<&'static str>) -> T) -> T {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (calls, faults) = &mut *inside;
        f(calls, faults)
    }

    pub(crate) fn note(&self, call: impl Into<String>) {
        self.inside(|calls, _| calls.push(call.into()));
    }

    /// The calls since the last time.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.inside(|calls, _| std::mem::take(calls))
    }

    pub(crate) fn fail(&self, fault: &'static str) {
        self.inside(|_, faults| faults.insert(fault));
    }

    pub(crate) fn repair(&self) {
        self.inside(|_, faults| faults.clear());
    }

    pub(crate) fn fails(&self, fault: &str) -> bool {
        self.inside(|_, faults| faults.contains(fault))
    }
}

pub(crate) struct Hasty;

/// Where it is.
#[derive(Args)]
pub(crate) struct HastyArgs {
    /// Key to it.
    pub key: Option<Sensitive<String>>,
}

impl Provider for Hasty {
    const ADDRESS: &'static str = "example.com/demo/hasty";
    const VERSION: &'static str = "0.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];
    type Args = HastyArgs;
    type Client = Desk;

    async fn configure(cx: &ConfigureCx<'_>, _: HastyArgs) -> Result<Desk> {
        Ok(cx.given::<Desk>().cloned().unwrap_or_default())
    }

    fn validate(config: &Config<'_, HastyArgs>, diagnostics: &mut Diagnostics) {
        if let Value::Known(key) = config.get(HastyArgs::KEY) {
            diagnostics.warning("A key", format!("It is {}.", key.expose()));
        }
    }

    fn register(registry: &mut Registry<Self>) {
        registry
            .resource::<identity::Named>()
            .resource::<identity::Numbered>()
            .resource::<answers::Ratio>()
            .resource::<answers::Zone>()
            .resource::<secrets::Vault>()
            .resource::<words::Parcel>()
            .resource::<quoted::Safe>()
            .resource::<listed::Minted>()
            .list_resource::<listed::Minted>()
            .resource::<limits::Meter>()
            .resource::<halves::Grown>()
            .resource::<leaks::Gate>()
            .resource::<twice::Tank>()
            .resource::<inner::Rack>()
            .resource::<counts::Case>()
            .resource::<open::Memo>()
            .resource::<own::Lock>()
            .resource::<given_up::Slow>()
            .resource::<nfc::Caption>()
            .ephemeral_resource::<secrets::Lease>()
            .ephemeral_resource::<handles::Ticket>()
            .resource::<large::Blob>()
            .resource::<nan::Probe>()
            .data_source::<leaks::Lookup>()
            .data_source::<nan::Gauge>()
            .function::<secrets::Sign>()
            .function::<nan::Quotients>();
    }
}

/// A run over a desk of its own.
fn core() -> (Desk, Core) {
    let desk = Desk::default();
    (desk.clone(), Core::new::<Hasty>().give(desk))
}
