//! Nobody locks themselves out by accident. The caller, the maker of its token and the last admin are three people here, so
//! that each check is all that protects one of them; the tenant itself would allow everything.

use atlan_sim::{KeyKind, Rule};
use serde_json::json;

use super::*;

const EVE: &str = "eve@example.com";
const BOB: &str = "bob@example.com";

/// A tenant that refuses nothing itself. Its first person, whose address is returned, owns the key or made it; Eve is an admin
/// and Bob a member.
async fn cast(key_kind: KeyKind) -> (Sim, String) {
    let sim = tenant(key_kind).await;
    let first = sim.users().first().expect("somebody").email.clone();
    sim.set(json!({
        "last_admin": "allow", "role_change_self": "allow", "disable_self": "allow",
        "enable_disable_with": ["user", "oauth_client", "api_token"],
    }))
    .expect("switches");
    for (email, role) in [(EVE, "$admin"), (BOB, "$member")] {
        invited_by_other_means(&sim, email, role);
        sim.accept(email).expect("pending");
    }
    (sim, first)
}

/// A change of role by somebody else.
fn made(sim: &Sim, email: &str, role: &str) {
    let roles = by_other_means_get(sim, ROLES);
    let role = roles["records"].as_array().expect("roles").iter().find(|known| known["name"] == role);
    let id = sim.user(email).expect("there").id;
    let body = json!({ "roleId": role.expect("the role")["id"] });
    by_other_means(sim, &format!("{USERS}/{id}/roles/update"), &body);
}

async fn imported(core: &tfplug::testing::Core, email: &str) -> Instance {
    let mut invite = core.resource("atlan_user_invite");
    invite.import(email).await;
    invite
}

/// Lowering and destroying are refused before anything is sent, for this reason.
async fn is_safe(sim: &Sim, core: &tfplug::testing::Core, email: &str, reason: &str) {
    let mut invite = imported(core, email).await;
    sim.clear_journal();
    let before = sim.user(email).expect("there");
    let lowered = invite.try_apply(json!({ "email": email, "role": "$guest" })).await.failed().to_string();
    assert!(lowered.contains("It is not safe to lower the role of"), "{lowered}");
    let destroyed = invite.try_destroy().await.failed().to_string();
    assert!(destroyed.contains("It is not safe to disable"), "{destroyed}");
    for said in [lowered, destroyed] {
        assert!(said.contains(email) && said.contains(reason), "{said}");
        assert!(said.contains("allow_self_lockout = true"), "{said}");
    }
    assert_eq!(writes(sim), "", "refused before the write");
    let after = sim.user(email).expect("there");
    assert_eq!((after.role, after.enabled), (before.role, before.enabled));
}

/// This person can be lowered and disabled.
async fn is_not_held_back(sim: &Sim, core: &tfplug::testing::Core, email: &str) {
    let mut invite = imported(core, email).await;
    invite.apply(json!({ "email": email, "role": "$guest" })).await;
    invite.destroy().await;
    assert!(!sim.user(email).expect("there").enabled);
}

#[tokio::test]
async fn the_identity_that_runs_terraform_is_neither_lowered_nor_disabled() {
    let (sim, me) = cast(KeyKind::User).await;
    is_safe(&sim, &core(&sim), &me, "this is the identity that makes the requests").await;
    is_not_held_back(&sim, &core(&sim), EVE).await;
    is_not_held_back(&sim, &core(&sim), BOB).await;
}

#[tokio::test]
async fn the_maker_of_the_token_is_protected_also_after_losing_the_admin_role() {
    let (sim, maker) = cast(KeyKind::ApiToken).await;
    is_safe(&sim, &core(&sim), &maker, "created the API token").await;
    made(&sim, &maker, "$member");
    is_safe(&sim, &core(&sim), &maker, "created the API token").await;
    is_not_held_back(&sim, &core(&sim), BOB).await;
}

/// In such a tenant the token dies with the access of whoever made it. No other token is held back by that.
#[tokio::test]
async fn where_tokens_die_with_the_access_of_their_maker_only_that_of_the_run_is_protected() {
    let (sim, maker) = cast(KeyKind::ApiToken).await;
    sim.set(json!({ "creator_disabled_kills_token": true })).expect("a switch");
    is_safe(&sim, &core(&sim), &maker, "created the API token").await;
    sim.clear_journal();
    let mut list = core(&sim).resource("atlan_user_invites");
    let entry = |on_destroy: &str| json!({ "people": { &maker: { "role": "$admin" } }, "on_existing": "adopt", "on_destroy": on_destroy });
    list.apply(entry("disable")).await;
    let action = core(&sim).action("atlan_disable_user").try_invoke(json!({ "users": [EVE, maker] })).await;
    for said in [list.try_destroy().await.failed().to_string(), action.expect_err("a refusal").to_string()] {
        assert!(said.contains(&maker) && said.contains("created the API token"), "{said}");
    }
    assert_eq!(writes(&sim), "", "refused before the write");
    // Bob's token is another one. Afterwards nothing can use it, and a review says so.
    let secret = sim.make_token(BOB, "looker").expect("there");
    let bobs = core_with(&sim, json!({ "api_key": secret })).data_source("atlan_current_user");
    assert_eq!(bobs.read(json!({})).await.value()["api_token_name"], "looker");
    is_not_held_back(&sim, &core(&sim), BOB).await;
    let said = bobs.try_read(json!({})).await.failed().to_string();
    assert!(said.contains("was refused with 401") && said.contains("expired or revoked"), "{said}");
    let report = core(&sim).data_source("atlan_access_report");
    let report = report.read(json!({ "include_api_tokens": true })).await.value();
    assert_eq!(report["orphaned_tokens"][0]["display_name"], "looker", "{report}");
    assert_eq!(report["orphaned_tokens"].as_array().map(Vec::len), Some(1), "{report}");
}

#[tokio::test]
async fn the_last_enabled_admin_is_neither_lowered_nor_disabled() {
    let (sim, maker) = cast(KeyKind::ApiToken).await;
    made(&sim, &maker, "$member");
    is_safe(&sim, &core(&sim), EVE, "this is the last enabled admin").await;
    is_not_held_back(&sim, &core(&sim), BOB).await;
}

#[tokio::test]
async fn a_disabled_admin_neither_counts_as_another_admin_nor_is_protected() {
    let (sim, maker) = cast(KeyKind::ApiToken).await;
    made(&sim, &maker, "$member");
    made(&sim, BOB, "$admin");
    sim.disable(BOB).expect("there");
    is_safe(&sim, &core(&sim), EVE, "this is the last enabled admin").await;
    // There is no enabled admin any more, and Bob's role can be lowered all the same.
    sim.disable(EVE).expect("there");
    imported(&core(&sim), BOB).await.apply(json!({ "email": BOB, "role": "$guest" })).await;
    assert_eq!(sim.user(BOB).expect("there").role, "$guest");
}

#[tokio::test]
async fn the_maker_of_a_token_that_made_the_token_is_protected() {
    let (sim, maker) = cast(KeyKind::ApiToken).await;
    made(&sim, &maker, "$member");
    let second = by_other_means(&sim, "/api/service/apikeys", &json!({ "displayName": "second" }));
    let core = core_with(&sim, json!({ "api_key": second["attributes"]["accessToken"] }));
    is_safe(&sim, &core, &maker, "created the API token").await;
    is_not_held_back(&sim, &core, BOB).await;
}

#[tokio::test]
async fn everybody_who_ever_logged_in_is_protected_while_the_maker_of_the_token_is_unknown() {
    let (sim, maker) = cast(KeyKind::ApiToken).await;
    made(&sim, &maker, "$member");
    sim.fault(Rule::on("GET", "/api/service/apikeys").status(403)).expect("a rule");
    for email in [maker.as_str(), BOB] {
        is_safe(&sim, &core(&sim), email, "may have created the API token").await;
    }
    // Nobody who never logged in has made a token, so an invitation can be withdrawn.
    invited_by_other_means(&sim, ADA, "$member");
    imported(&core(&sim), ADA).await.destroy().await;
    // The way out that the message names works.
    is_not_held_back(&sim, &core_with(&sim, json!({ "allow_self_lockout": true })), BOB).await;
}

#[tokio::test]
async fn allow_self_lockout_leaves_it_to_atlan() {
    let (sim, maker) = cast(KeyKind::ApiToken).await;
    made(&sim, EVE, "$member");
    let mut invite = imported(&core(&sim), &maker).await;
    invite.set_core(&core_with(&sim, json!({ "allow_self_lockout": true })));
    invite.apply(json!({ "email": maker, "role": "$guest" })).await;
    assert_eq!(sim.user(&maker).expect("there").role, "$guest");
}
