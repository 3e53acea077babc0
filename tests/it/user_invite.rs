//! `atlan_user_invite`.

mod attributes;
mod commands;
mod destroy;
mod existing;
mod failures;
mod histories;
mod lockout;
mod never_twice;
mod one_run;
mod seat;
mod switches;

use atlan_sim::Sim;
use serde_json::{Value, json};
use tfplug::testing::Instance;

use crate::harness::*;

pub(crate) const ADA: &str = "ada@example.com";

pub(crate) fn ada(role: &str) -> Value {
    json!({ "email": ADA, "role": role })
}

/// A fresh tenant in which Terraform has invited Ada as a member.
pub(crate) async fn invited() -> (Sim, Instance) {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    invite.apply(ada("$member")).await;
    (sim, invite)
}

/// Somebody invited by somebody else.
pub(crate) fn invited_by_other_means(sim: &Sim, email: &str, role: &str) -> String {
    let roles = by_other_means_get(sim, ROLES);
    let id = roles["records"].as_array().expect("roles").iter().find(|known| known["name"] == role);
    let entry = json!({ "email": email, "roleName": role, "roleId": id.expect("the role")["id"] });
    by_other_means(sim, USERS, &json!({ "users": [entry] }));
    sim.user(email).expect("invited").id
}
