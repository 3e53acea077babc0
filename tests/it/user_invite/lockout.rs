//! Nobody locks themselves out by accident.

use atlan_sim::KeyKind;
use serde_json::json;

use super::*;

/// The person who made the tenant's API token is its only admin.
async fn admin(key_kind: KeyKind) -> (Sim, String, Instance) {
    let sim = tenant(key_kind).await;
    let admin = sim.users().into_iter().find(|user| user.role == "$admin").expect("an admin");
    let mut invite = core(&sim).resource("atlan_user_invite");
    invite.import(&admin.email).await;
    sim.clear_journal();
    (sim, admin.email, invite)
}

#[tokio::test]
async fn the_caller_the_maker_of_its_token_and_the_last_admin_are_safe() {
    for key_kind in [KeyKind::ApiToken, KeyKind::User] {
        let (sim, email, mut invite) = admin(key_kind).await;
        let demoted = json!({ "email": email, "role": "$guest" });
        let said = invite.try_apply(demoted.clone()).await.failed().to_string();
        assert!(
            said.contains("Refused to lower the role of") && said.contains("allow_self_lockout = true"),
            "{said}"
        );
        let said = invite.try_destroy().await.failed().to_string();
        assert!(said.contains("Refused to disable"), "{said}");
        assert_eq!(writes(&sim), "", "refused before the write");
        assert_eq!(invite.state()["role"], "$admin");
    }
}

#[tokio::test]
async fn allow_self_lockout_leaves_it_to_atlan() {
    let (sim, email, mut invite) = admin(KeyKind::ApiToken).await;
    sim.set(json!({ "last_admin": "allow", "role_change_self": "allow" })).expect("switches");
    invite.set_core(&core_with(&sim, json!({ "allow_self_lockout": true })));
    invite.apply(json!({ "email": email, "role": "$guest" })).await;
    assert_eq!(sim.user(&email).expect("there").role, "$guest");
}
