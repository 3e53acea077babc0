//! The framework from a practitioner's side: a small provider over a cloud in memory, driven through Terraform's calls.
//!
//! What is asserted is what a person could see (plans, states, diagnostics) or the cloud could (its journal).

#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "all of it is test code")]

mod demo;

mod action;
mod breaches;
mod data_source;
mod deferral;
mod deletion;
mod ephemeral;
mod failures;
mod files;
mod function;
mod import;
mod life_cycle;
mod list;
mod masking;
mod moves;
mod panics;
mod provider;
mod refusals;
mod shapes;
mod upgrade;

use std::fmt::Display;

use expect_test::Expect;
use tfplug::testing::{Core, Instance};

use demo::{Cloud, Demo};

/// A subject held against its snapshot.
trait Check {
    fn check(&self, expect: Expect);
}

impl<T: Display + ?Sized> Check for T {
    fn check(&self, expect: Expect) {
        expect.assert_eq(&self.to_string());
    }
}

/// A run of the demo provider over a cloud of its own.
fn core() -> (Cloud, Core) {
    let cloud = Cloud::default();
    let core = Core::new::<Demo>().config(serde_json::json!({ "cloud": cloud.address() }));
    (cloud, core)
}

/// Ctrl-C as soon as a handler waits.
async fn stop_when_waiting(cloud: &Cloud, core: &Core) {
    cloud.waiting().await;
    core.stop().await;
}

/// Puts things of these labels into the cloud.
async fn things(core: &Core, labels: &[&str]) {
    for label in labels {
        core.resource("demo_thing").apply(serde_json::json!({ "label": label })).await;
    }
}

/// An instance in an empty cloud.
fn managed(type_name: &str) -> (Cloud, Instance) {
    let (cloud, core) = core();
    let instance = core.resource(type_name);
    (cloud, instance)
}
