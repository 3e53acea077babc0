//! Who must not lose access: the caller, the maker of its token, and the last admin.

use std::time::Duration;

use atlan::{Error, Invite, LockoutReason, Loss, User, WorkspaceRole};
use atlan_sim::{KeyKind, Moment, Options, Rule, Sim};
use serde_json::json;

use crate::support::*;

fn reason(result: Result<impl std::fmt::Debug, Error>) -> LockoutReason {
    match result {
        Err(Error::Lockout { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
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
    token_sim.clear_journal();
    assert_eq!(
        reason(token_client.change_role(&admin.id, WorkspaceRole::Member).await),
        LockoutReason::TokenCreator
    );
    assert_eq!(reason(token_client.disable(&admin.id).await), LockoutReason::TokenCreator);
    for sim in [sim, token_sim] {
        assert_eq!(sim.journal().writes().len(), 0, "refused before the write");
    }
}

#[tokio::test]
async fn the_last_enabled_admin_is_neither_demoted_nor_disabled() {
    let sim = atlan_sim::Sim::start(atlan_sim::Options::default()).await.expect("a simulator");
    // An OAuth client has no maker to protect, so only the number of admins decides.
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
async fn of_two_admins_in_one_change_the_second_sees_the_first_and_only_an_active_one_counts_as_the_third() {
    let sim = atlan_sim::Sim::start(atlan_sim::Options::default()).await.expect("a simulator");
    let (client_id, secret) = sim.oauth_client();
    let client = client(&sim, |config| {
        config.credentials =
            atlan::Credentials::OAuth { client_id, client_secret: atlan::Secret::new(secret) };
    });
    let admin = client.user_by_email(&sim.users()[0].email).await.expect("read").expect("there");
    let eve = active(&sim, &client, "eve@example.com", WorkspaceRole::Admin).await;
    let pending = client.invite(&Invite { role: WorkspaceRole::Admin, ..ada() }).await.expect("invited");
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    let losses = [Loss { user: &admin, action: "lower the role of" }, Loss { user: &eve, action: "disable" }];
    let refused = |raised: Vec<User>| {
        let client = client.clone();
        async move { reason(client.refuse_lockout(&losses, &raised).await) }
    };
    assert_eq!(refused(Vec::new()).await, LockoutReason::AllAdmins, "the third is pending");
    assert_eq!(refused(vec![pending]).await, LockoutReason::AllAdmins, "a pending admin is no help");
    assert_eq!(refused(vec![eve.clone()]).await, LockoutReason::AllAdmins, "who leaves is no help");
    client.refuse_lockout(&losses[..1], &[]).await.expect("Eve remains");
    client.refuse_lockout(&losses, &[bob]).await.expect("Bob becomes an admin first");
    sim.accept("ada@example.com").expect("pending");
    client.refuse_lockout(&losses, &[]).await.expect("Ada is active");
    assert_eq!(sim.journal().count("POST", "/api/service/users/*/roles/update"), 0, "nothing is written");
}

#[tokio::test]
async fn of_two_admins_demoted_at_the_same_time_one_is_refused() {
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

/// As many as there are changes at a time: the first is under way, and the others wait for it.
#[tokio::test]
async fn admins_who_wait_for_one_another_hold_up_nobody_else() {
    let options = Options { key_kind: KeyKind::OauthClient, ..Options::default() };
    let sim = Sim::start(options).await.expect("a simulator");
    let client = client(&sim, |_| {});
    for number in 0..10 {
        sim.admit(&format!("admin{number}@example.com"), "$admin", false).expect("new");
    }
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    let admins =
        client.users().await.expect("read").into_iter().filter(|user| user.email.starts_with("admin"));
    let hold = sim.hold("POST", "*/roles/update", Moment::Before);
    let change = |id: atlan::Guid| {
        let client = client.clone();
        tokio::spawn(async move { client.change_role(&id, WorkspaceRole::Guest).await })
    };
    let mut changes: Vec<_> = admins.take(10).map(|admin| change(admin.id)).collect();
    assert_eq!(changes.len(), 10);
    sim.arrived("POST", "*/roles/update").await;
    changes.push(change(bob.id.clone()));
    let path = format!("/api/service/users/{}/roles/update", bob.id);
    let arrives = tokio::time::timeout(Duration::from_secs(30), sim.arrived("POST", &path)).await;
    assert!(arrives.is_ok(), "{}", sim.journal());
    hold.release();
    for change in changes {
        change.await.expect("no panic").expect("changed");
    }
}

/// The list of credentials as the tenant gives it: one record, whose maker is this.
fn credential(client_id: &str, created_by: Option<&str>) -> serde_json::Value {
    let attributes = json!({ "clientId": client_id, "createdBy": created_by });
    json!({ "totalRecord": 1, "filterRecord": 1, "records": [{ "id": client_id, "attributes": attributes }] })
}

fn answers(path: &str, body: serde_json::Value) -> Rule {
    Rule { body: Some(body), ..Rule::on("GET", &format!("/api/service/{path}")).status(200).times(1) }
}

const NO_RECORD: &str = r#"{ "totalRecord": 0, "filterRecord": 0, "records": [] }"#;

#[tokio::test]
async fn nobody_active_loses_access_while_the_maker_of_the_token_is_unknown() {
    let (sim, client) = tenant().await;
    let eve = active(&sim, &client, "eve@example.com", WorkspaceRole::Admin).await;
    // Bob may have been an admin when the token was made.
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    let ada = client.invite(&ada()).await.expect("invited");
    let own = client.current().await.expect("read").username.replace("service-account-", "");
    let other = "service-account-apikey-other";
    let nobody = || serde_json::from_str(NO_RECORD).expect("JSON");
    let endless: Vec<Rule> = std::iter::once(credential(&own, Some(other)))
        .chain(std::iter::repeat_with(|| credential("apikey-other", Some(other))))
        .map(|body| answers("apikeys", body))
        .take(20)
        .collect();
    let cases = [
        ("refused", vec![Rule::on("GET", "/api/service/apikeys").status(403)]),
        ("no record", vec![answers("apikeys", nobody())]),
        ("names nobody", vec![answers("apikeys", credential(&own, None))]),
        ("an empty name", vec![answers("apikeys", credential(&own, Some(" ")))]),
        ("a service of no known kind", vec![answers("apikeys", credential(&own, Some("service-account-x")))]),
        (
            "its maker is gone",
            vec![answers("apikeys", credential(&own, Some(other))), answers("apikeys", nobody())],
        ),
        ("a circle", endless),
    ];
    for (case, rules) in cases {
        for person in [&eve, &bob] {
            let client = crate::support::client(&sim, |_| {});
            sim.set_faults(rules.clone()).expect("rules");
            sim.clear_journal();
            let refused = reason(client.change_role(&person.id, WorkspaceRole::Guest).await);
            assert_eq!(refused, LockoutReason::CreatorUnknown, "{case}");
            assert_eq!(sim.journal().writes().len(), 0, "{case}: refused before the write");
        }
    }
    sim.set_faults(vec![Rule::on("GET", "/api/service/apikeys").status(403)]).expect("a rule");
    client.change_role(&ada.id, WorkspaceRole::Guest).await.expect("who never logged in made no token");
    let bold = crate::support::client(&sim, |config| config.allow_self_lockout = true);
    bold.change_role(&bob.id, WorkspaceRole::Guest).await.expect("as asked");
}

#[tokio::test]
async fn a_token_protects_the_person_who_made_the_credential_that_made_it() {
    let (sim, client) = tenant().await;
    active(&sim, &client, "eve@example.com", WorkspaceRole::Admin).await;
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    let cleo = active(&sim, &client, "cleo@example.com", WorkspaceRole::Member).await;
    let own = client.current().await.expect("read").username.replace("service-account-", "");
    let chains = [
        vec![
            answers("apikeys", credential(&own, Some("service-account-apikey-other"))),
            answers("apikeys", credential("apikey-other", Some("Bob"))),
        ],
        vec![
            answers("apikeys", credential(&own, Some("service-account-oauth-client-1"))),
            // The records of OAuth clients have these fields at the top level.
            answers(
                "oauth-clients",
                json!({ "totalRecord": 1, "filterRecord": 1, "records": [
                    { "id": "c", "clientId": "oauth-client-1", "createdBy": "bob" }
                ] }),
            ),
        ],
    ];
    for chain in chains {
        let client = crate::support::client(&sim, |_| {});
        sim.set_faults(chain).expect("rules");
        let refused = reason(client.change_role(&bob.id, WorkspaceRole::Guest).await);
        assert_eq!(refused, LockoutReason::TokenCreator);
        client.change_role(&cleo.id, WorkspaceRole::Guest).await.expect("Cleo made nothing");
        client.change_role(&cleo.id, WorkspaceRole::Member).await.expect("raised again");
    }
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

#[tokio::test]
async fn a_write_that_would_lock_everybody_out_by_now_is_not_repeated() {
    for fault in failures("*/roles/update") {
        let (sim, _) = tenant().await;
        // A role that may still change is looked at for as long as a request may take.
        let client = impatient(&sim);
        sim.set(json!({ "last_admin": "allow" })).expect("a switch");
        let ada = active(&sim, &client, "ada@example.com", WorkspaceRole::Admin).await;
        let lower = async move { client.change_role(&ada.id, WorkspaceRole::Member).await };
        let leaves = || sim.disable("admin@example.com").expect("there");
        let result = meanwhile(&sim, "*/roles/update", fault.clone(), lower, leaves).await;
        let error = result.expect_err("she is the last admin now");
        assert!(matches!(error, Error::Lockout { reason: LockoutReason::LastAdmin, .. }), "{error}");
        assert_eq!(sim.user("ada@example.com").map(|ada| ada.role), Some("$admin"), "{fault:?}");
    }
    for fault in failures("*/users/*") {
        let (sim, _) = tenant().await;
        let client = impatient(&sim);
        sim.set(json!({ "last_admin": "allow", "enable_disable_with": "all" })).expect("a switch");
        let ada = active(&sim, &client, "ada@example.com", WorkspaceRole::Admin).await;
        let disable = async move { client.disable(&ada.id).await };
        let leaves = || sim.disable("admin@example.com").expect("there");
        let error = meanwhile(&sim, "*/users/*", fault.clone(), disable, leaves).await.expect_err("the last");
        assert!(matches!(error, Error::Lockout { reason: LockoutReason::LastAdmin, .. }), "{error}");
        assert!(sim.user("ada@example.com").is_some_and(|ada| ada.enabled), "{fault:?}");
    }
}

/// Lists go on showing the first as an admin who can log in, after Atlan has accepted that they are not.
#[tokio::test]
async fn of_two_admins_the_second_stays_although_no_list_shows_that_the_first_is_none() {
    for disables in [false, true] {
        let options = Options { key_kind: KeyKind::OauthClient, ..Options::default() };
        let sim = Sim::start(options).await.expect("a simulator");
        sim.set(json!({ "last_admin": "allow", "enable_disable_with": "all" })).expect("switches");
        sim.admit("ada@example.com", "$admin", false).expect("new");
        let client = client(&sim, |_| {});
        let admins = client.users().await.expect("read");
        assert_eq!(admins.len(), 2);
        sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
        let mut ended = Vec::new();
        for admin in &admins {
            ended.push(match disables {
                true => client.disable(&admin.id).await,
                false => client.change_role(&admin.id, WorkspaceRole::Guest).await,
            });
        }
        let left = sim.users().iter().filter(|user| user.enabled && user.role == "$admin").count();
        assert_eq!(left, 1, "{ended:?}");
        assert!(matches!(ended[1], Err(Error::Lockout { .. })), "{ended:?}");
    }
}
