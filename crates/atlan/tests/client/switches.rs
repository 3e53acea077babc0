//! The same life of a group and a person under every switch of the tenant. Pairs are walked through the whole provider.

use std::time::Duration;

use atlan::{Cancelled, GroupUpdate, Invite, ReadMode, UserStatus, WorkspaceRole};
use atlan_sim::{KeyKind, Options, Sim};
use serde_json::{Value, json};

use crate::support::*;
use crate::tenants::singles;

/// Switches under which the steps rightly have other results; `tests/it/switches.rs` says which.
fn otherwise() -> Vec<Value> {
    vec![
        json!({ "sso_enforced": true }),
        json!({ "role_change_pending": "reject" }),
        json!({ "cancel_invite": "not_found" }),
        json!({ "key_kind": "oauth_client" }),
    ]
}

#[tokio::test]
async fn a_life_is_the_same_under_every_switch() {
    // Each tenant is a thread; a few at a time keep the machine busy and the waits short.
    let mut all = singles();
    all.retain(|switches| !otherwise().contains(switches));
    for some in all.chunks(8) {
        let lives: Vec<_> = some.iter().cloned().map(|switch| tokio::spawn(live_under(switch))).collect();
        for life in lives {
            life.await.expect("no panic");
        }
    }
}

async fn live_under(switch: Value) {
    let options = Options { users: 7, groups: 5, key_kind: KeyKind::User, ..Options::default() };
    let sim = Sim::start(options).await.expect("a simulator");
    sim.set(switch.clone()).expect("a switch");
    for mode in [ReadMode::Auto, ReadMode::Snapshot] {
        sim.reset();
        sim.set(switch.clone()).expect("a switch");
        match tokio::time::timeout(Duration::from_secs(60), live(&sim, mode)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => panic!("{switch}, {mode:?}: {}\n{}", story(&error), sim.journal()),
            Err(_) => panic!("{switch}, {mode:?}: no end\n{}", sim.journal()),
        }
    }
}

async fn live(sim: &Sim, mode: ReadMode) -> Result<(), atlan::Error> {
    let anew = || client(sim, |config| config.read_mode = mode);
    let client = anew();
    let group = client.create_group(&stewards()).await?;
    assert!(matches!(client.create_group(&stewards()).await, Err(atlan::Error::AlreadyExists(_))));
    let change = GroupUpdate { alias: Some("Team".into()), is_default: Some(true), ..GroupUpdate::default() };
    let changed = client.update_group(&group.id, &change).await?;
    assert_eq!((changed.alias.as_str(), changed.is_default), ("Team", true));
    assert_eq!(changed.description.as_deref(), Some("Own the glossary"));
    let clear = GroupUpdate { description: Some(String::new()), ..GroupUpdate::default() };
    let cleared = client.update_group(&group.id, &clear).await?;
    assert_eq!((cleared.alias.as_str(), cleared.description), ("Team", None));
    assert_eq!(client.group(&group.id).await?.map(|group| group.name), Some("data_stewards".to_owned()));

    let ada =
        client.invite(&Invite { email: "Ada.L@Example.com".into(), role: WorkspaceRole::Member }).await?;
    assert_eq!((ada.status, ada.role), (UserStatus::Pending, Some(WorkspaceRole::Member)));
    assert!(matches!(
        client.invite(&Invite { email: "ada.l@example.com".into(), role: WorkspaceRole::Guest }).await,
        Err(atlan::Error::AlreadyExists(_))
    ));
    let raised = client.change_role(&ada.id, WorkspaceRole::Admin).await?;
    assert_eq!((raised.id, raised.role), (ada.id.clone(), Some(WorkspaceRole::Admin)));
    sim.accept("ada.l@example.com").expect("pending");
    // The next run of Terraform: what happened to people in between is seen.
    let client = anew();
    let active = client.user_by_email("ADA.L@example.com").await?.expect("there");
    assert_eq!((active.id, active.status), (ada.id.clone(), UserStatus::Active));
    assert_eq!(client.disable(&ada.id).await?.status, UserStatus::Disabled);

    let bob = client.invite(&Invite { email: "bob@example.com".into(), role: WorkspaceRole::Guest }).await?;
    let cancelled = client.cancel_invitation(&bob.id).await?;
    let gone = client.user(&bob.id).await?;
    assert_eq!(cancelled == Cancelled::Removed, gone.is_none());
    assert_eq!(sim.mails().len(), 2, "one each");
    assert_eq!(client.users().await?.len(), sim.users().len());
    client.delete_group(&group.id).await?;
    assert_eq!(client.group(&group.id).await?, None);
    client.delete_group(&group.id).await
}

#[tokio::test]
async fn somebody_stored_in_mixed_case_by_others_is_found() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "email_case": "preserve" })).expect("a switch");
    let role_id = client.role_by_name(WorkspaceRole::Guest).await.expect("a role").id;
    let body = json!({ "users": [{ "email": "Eve@Example.com", "roleName": "$guest", "roleId": role_id }] });
    invite_by_other_means(&sim, &body).await;
    let eve = client.user_by_email("eve@example.com").await.expect("read").expect("found");
    assert_eq!(eve.email, "Eve@Example.com");
    let again = Invite { email: "eve@example.com".into(), role: WorkspaceRole::Guest };
    assert!(matches!(client.invite(&again).await, Err(atlan::Error::AlreadyExists(_))));
    assert_eq!(sim.mails().len(), 1);
}

/// A request that our client would never make: the address as typed.
async fn invite_by_other_means(sim: &Sim, body: &Value) {
    by_other_means(sim, USERS, &body.to_string()).await;
}
