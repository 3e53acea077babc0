//! Single switches of the tenant and their effect on a person; `tests/it/switches.rs` tries all of them.

use serde_json::json;

use super::*;

#[tokio::test]
async fn where_pending_people_keep_their_role_a_change_fails_until_they_accept() {
    let (sim, mut invite) = invited().await;
    sim.set(json!({ "role_change_pending": "reject" })).expect("a switch");
    let before = invite.state();
    let said = invite.try_apply(ada("$guest")).await.failed().to_string();
    assert!(said.contains("was refused with 4"), "{said}");
    assert_eq!(invite.state()["role"], before["role"]);
    // Neither may the invitation be cancelled nor the role be lowered: the person is kept.
    invite.try_destroy().await.failed();
    assert_eq!(invite.state()["id"], before["id"]);
    sim.accept(ADA).expect("there");
    invite.apply(ada("$guest")).await;
    invite.plan_is_empty().await;
    invite.destroy().await;
}

#[tokio::test]
async fn a_credential_with_more_rights_takes_the_stronger_step() {
    for (switch, accepted, gone) in [
        (json!({ "enable_disable_with": ["user", "oauth_client", "api_token"] }), true, false),
        (json!({ "cancel_invite_with": ["user", "oauth_client", "api_token"] }), false, true),
        (
            json!({ "cancel_invite_with": ["user", "oauth_client", "api_token"], "update_pending": "allow" }),
            false,
            true,
        ),
    ] {
        let (sim, mut invite) = invited().await;
        sim.set(switch.clone()).expect("a switch");
        if accepted {
            sim.accept(ADA).expect("there");
        }
        let said = invite.destroy().await.to_string();
        assert!(!said.contains("warning"), "{switch}: {said}");
        assert_eq!(sim.user(ADA).is_none(), gone, "{switch}");
        assert!(gone || !sim.user(ADA).expect("there").enabled, "{switch}");
    }
}

#[tokio::test]
async fn addresses_that_a_tenant_refuses_are_an_error_with_its_words() {
    let plus = json!({ "email": "ada+work@example.com", "role": "$member" });
    let (sim, mut invite) = managed("atlan_user_invite").await;
    let said = invite.try_apply(plus.clone()).await.failed().to_string();
    assert!(said.contains("error at email:") && said.contains("was refused with 400"), "{said}");
    assert!(invite.state().is_null() && sim.mails().is_empty());
    sim.set(json!({ "invite_plus_address": "accept" })).expect("a switch");
    invite.apply(plus).await;
    invite.plan_is_empty().await;

    let disposable = json!({ "email": "ada@mailinator.com", "role": "$member" });
    let (sim, mut invite) = managed("atlan_user_invite").await;
    invite.try_apply(disposable.clone()).await.failed();
    sim.set(json!({ "invite_disposable_domains": [] })).expect("a switch");
    invite.apply(disposable).await;
    assert_eq!(sim.mails().len(), 1);
}
