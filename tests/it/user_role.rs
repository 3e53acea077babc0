//! `atlan_user_role`.

mod addresses;
mod destroy;
mod failures;
mod histories;
mod life;
mod moves;
mod one_run;
mod scale;

use atlan_sim::Sim;
use serde_json::{Value, json};
use tfplug::testing::Instance;

use crate::harness::*;

pub(crate) const ADA: &str = "ada@example.com";

pub(crate) fn role(user: &str, role: &str) -> Value {
    json!({ "user": user, "role": role })
}

/// A fresh tenant to which Ada came by single sign-on as a member, and a role that is not set yet.
async fn world() -> (Sim, Instance) {
    let (sim, instance) = managed("atlan_user_role").await;
    sim.admit(ADA, "$member", false).expect("a newcomer");
    (sim, instance)
}

/// The same after Terraform has given Ada a role.
async fn given(present: &str) -> (Sim, Instance) {
    let (sim, mut instance) = world().await;
    instance.apply(role(ADA, present)).await;
    (sim, instance)
}

fn role_of(sim: &Sim, email: &str) -> &'static str {
    sim.user(email).expect("there").role
}
