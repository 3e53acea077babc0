//! People: status, roles, disabling, cancelling, and who must not lose access.

use atlan::{Cancelled, Error, Invite, LockoutReason, UserStatus, WorkspaceRole};
use atlan_sim::Rule;
use serde_json::json;

use crate::support::*;

fn reason(result: Result<impl std::fmt::Debug, Error>) -> LockoutReason {
    match result {
        Err(Error::Lockout { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn one_guid_from_invitation_to_farewell() {
    let (sim, client) = tenant_of_admin().await;
    let invited = client.invite(&ada()).await.expect("invited");
    let status = async || client.user(&invited.id).await.expect("read").expect("there").status;
    assert_eq!(status().await, UserStatus::Pending);
    sim.expire("ada@example.com").expect("pending");
    assert_eq!(status().await, UserStatus::Expired);
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    assert_eq!(bob.status, UserStatus::Active);
    let bob = client.disable(&bob.id).await.expect("disabled");
    assert_eq!(bob.status, UserStatus::Disabled);
    assert_eq!(client.disable(&bob.id).await.expect("the same").id, bob.id);
}

#[tokio::test]
async fn people_are_found_by_address_and_user_name_exactly() {
    let (_sim, client) = tenant().await;
    for email in ["ada@example.com", "granada@example.com", "bob@example.com"] {
        client.invite(&Invite { email: email.into(), ..ada() }).await.expect("invited");
    }
    let found = client
        .users_by_emails(&["ADA@example.com ", "nobody@example.com", "bob@example.com"])
        .await
        .expect("read");
    let mut emails: Vec<_> = found.iter().map(|user| user.email.as_str()).collect();
    emails.sort_unstable();
    assert_eq!(emails, ["ada@example.com", "bob@example.com"]);
    let found = client.users_by_usernames(&["granada", "ad"]).await.expect("read");
    assert_eq!(found.iter().map(|user| user.email.as_str()).collect::<Vec<_>>(), ["granada@example.com"]);
    assert_eq!(client.users_by_emails::<&str>(&[]).await.expect("no request"), vec![]);
    assert_eq!(client.users().await.expect("read").len(), 4);
}

#[tokio::test]
async fn a_role_is_changed_for_pending_and_active_people() {
    let (sim, client) = tenant().await;
    let user = client.invite(&ada()).await.expect("invited");
    let user = client.change_role(&user.id, WorkspaceRole::Guest).await.expect("lowered");
    assert_eq!(user.role, Some(WorkspaceRole::Guest));
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Guest).await;
    let bob = client.change_role(&bob.id, WorkspaceRole::Admin).await.expect("raised");
    assert_eq!(sim.user("bob@example.com").expect("there").role, "$admin");
    sim.clear_journal();
    client.change_role(&bob.id, WorkspaceRole::Admin).await.expect("the same");
    assert_eq!(sim.journal().writes().len(), 0);
}

#[tokio::test]
async fn an_api_token_may_neither_disable_nor_cancel() {
    let (sim, client) = tenant().await;
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    assert!(client.disable(&bob.id).await.expect_err("refused").is_forbidden());
    let ada = client.invite(&ada()).await.expect("invited");
    assert!(client.cancel_invitation(&ada.id).await.expect_err("refused").is_forbidden());
}

#[tokio::test]
async fn an_invitation_is_cancelled_however_the_tenant_does_it() {
    for (switch, outcome) in [("delete", Cancelled::Removed), ("disable_instead", Cancelled::Disabled)] {
        let (sim, client) = tenant_of_admin().await;
        sim.set(json!({ "cancel_invite": switch })).expect("a switch");
        let user = client.invite(&ada()).await.expect("invited");
        assert_eq!(client.cancel_invitation(&user.id).await.expect("cancelled"), outcome);
    }
    let (sim, client) = tenant_of_admin().await;
    sim.set(json!({ "cancel_invite": "not_found" })).expect("a switch");
    let user = client.invite(&ada()).await.expect("invited");
    let error = client.cancel_invitation(&user.id).await.expect_err("no such route");
    assert!(error.is_not_found(), "the person is still there: {error}");
    sim.remove("ada@example.com").expect("there");
    assert_eq!(client.cancel_invitation(&user.id).await.expect("gone"), Cancelled::Removed);
}

#[tokio::test]
async fn cancelling_never_deletes_somebody_active() {
    let (sim, client) = tenant_of_admin().await;
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    sim.clear_journal();
    let error = client.cancel_invitation(&bob.id).await.expect_err("not pending");
    assert!(matches!(error, Error::NotPending { .. }), "{error}");
    assert_eq!(sim.journal().writes().len(), 0);
}

#[tokio::test]
async fn the_caller_and_the_maker_of_its_token_keep_their_access() {
    let (sim, client) = tenant_of_admin().await;
    active(&sim, &client, "eve@example.com", WorkspaceRole::Admin).await;
    let admin = client.user_by_email(&sim.users()[0].email).await.expect("read").expect("there");
    sim.clear_journal();
    assert_eq!(reason(client.disable(&admin.id).await), LockoutReason::Caller);
    assert_eq!(reason(client.change_role(&admin.id, WorkspaceRole::Guest).await), LockoutReason::Caller);

    let (token_sim, token_client) = tenant().await;
    active(&token_sim, &token_client, "eve@example.com", WorkspaceRole::Admin).await;
    let admin = token_client.user_by_email(&token_sim.users()[0].email).await.expect("read").expect("there");
    assert_eq!(
        reason(token_client.change_role(&admin.id, WorkspaceRole::Member).await),
        LockoutReason::TokenCreator
    );
    assert_eq!(sim.journal().writes().len(), 0, "refused before the write");
}

#[tokio::test]
async fn the_last_enabled_admin_stays_one() {
    let sim = atlan_sim::Sim::start(atlan_sim::Options::default()).await.expect("a simulator");
    // An OAuth client has no maker to protect, so only the count of admins holds it back.
    let (client_id, secret) = sim.oauth_client();
    let client = client(&sim, |config| {
        config.credentials =
            atlan::Credentials::OAuth { client_id, client_secret: atlan::Secret::new(secret) };
    });
    let admin = client.user_by_email(&sim.users()[0].email).await.expect("read").expect("there");
    client.invite(&Invite { role: WorkspaceRole::Admin, ..ada() }).await.expect("a pending admin is no help");
    assert_eq!(reason(client.change_role(&admin.id, WorkspaceRole::Member).await), LockoutReason::LastAdmin);
    sim.accept("ada@example.com").expect("pending");
    client.change_role(&admin.id, WorkspaceRole::Member).await.expect("Ada is left");
}

#[tokio::test]
async fn two_admins_demoted_at_once_do_not_rely_on_each_other() {
    let sim = atlan_sim::Sim::start(atlan_sim::Options::default()).await.expect("a simulator");
    sim.set(json!({ "last_admin": "allow" })).expect("a switch");
    let (client_id, secret) = sim.oauth_client();
    let client = client(&sim, |config| {
        config.credentials =
            atlan::Credentials::OAuth { client_id, client_secret: atlan::Secret::new(secret) };
    });
    let eve = active(&sim, &client, "eve@example.com", WorkspaceRole::Admin).await;
    let admin = client.user_by_email(&sim.users()[0].email).await.expect("read").expect("there");
    let (one, other) = tokio::join!(
        client.change_role(&eve.id, WorkspaceRole::Guest),
        client.change_role(&admin.id, WorkspaceRole::Guest)
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert_eq!(sim.users().iter().filter(|user| user.role == "$admin").count(), 1);
}

#[tokio::test]
async fn an_admin_is_safe_while_the_maker_of_the_token_is_unknown() {
    let (sim, client) = tenant().await;
    let eve = active(&sim, &client, "eve@example.com", WorkspaceRole::Admin).await;
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    sim.fault(Rule::on("GET", "/api/service/apikeys").status(403)).expect("a rule");
    assert_eq!(
        reason(client.change_role(&eve.id, WorkspaceRole::Guest).await),
        LockoutReason::CreatorUnknown
    );
    client.change_role(&bob.id, WorkspaceRole::Guest).await.expect("only admins make tokens");
}

#[tokio::test]
async fn the_protection_can_be_switched_off() {
    let (sim, _) = tenant().await;
    sim.set(json!({ "last_admin": "allow", "role_change_self": "allow" })).expect("switches");
    let client = client(&sim, |config| config.allow_self_lockout = true);
    let admin = client.user_by_email(&sim.users()[0].email).await.expect("read").expect("there");
    let admin = client.change_role(&admin.id, WorkspaceRole::Guest).await.expect("as asked");
    assert_eq!(admin.role, Some(WorkspaceRole::Guest));
}
