//! The same life of a group and a person under every switch of the tenant that could touch it.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use atlan::{Cancelled, GroupUpdate, Invite, ReadMode, UserStatus, WorkspaceRole};
use atlan_sim::{KeyKind, Options, Sim};
use serde_json::{Value, json};

use crate::support::*;

/// Every value but the default of every switch that groups, people, roles, lists or errors depend on.
fn switches() -> Vec<Value> {
    let values: [(&str, Value); 56] = [
        ("invite_duplicate", json!(["skip", "resend", "bad_request"])),
        ("invite_batch", json!(["partial", "per_entry"])),
        ("invite_visible_after_ms", json!([150])),
        ("email_case", json!(["preserve"])),
        ("pending_username", json!(["email", "null"])),
        ("accept_keeps_username", json!([false])),
        ("invite_role_mismatch", json!(["name_wins", "bad_request"])),
        ("expired_record", json!(["remove"])),
        ("void_body", json!(["object", "null"])),
        ("cancel_invite", json!(["disable_instead"])),
        ("update_pending", json!(["allow"])),
        ("role_change_path_alias", json!([false])),
        ("get_user_by_id", json!([false])),
        ("status_strings", json!([{ "enabled": "Disabled", "disabled": "Enabled", "pending": "Invited" }])),
        ("never_logged_in", json!(["zero", "null"])),
        ("group_name_taken", json!(["bad_request", "existing"])),
        ("group_name_case", json!(["fold"])),
        ("group_name_charset", json!(["documented"])),
        ("group_alias_taken", json!(["conflict"])),
        ("group_update", json!(["replace"])),
        ("group_empty_list", json!(["ignore"])),
        ("group_empty_string", json!(["remove"])),
        ("group_update_without_path", json!(["accept"])),
        ("group_rename_name", json!(["rename"])),
        ("group_delete_missing", json!(["ok"])),
        ("group_visible_after_ms", json!([150])),
        ("default_group_join", json!(["accept", "never"])),
        ("default_limit", json!([3])),
        ("page_limit", json!([3])),
        ("total_record", json!(["filtered"])),
        ("count_false", json!(["include"])),
        ("empty_records", json!(["null"])),
        ("ilike_underscore", json!(["literal"])),
        ("filter_case_sensitive", json!([false])),
        ("invite_plus_address", json!(["accept"])),
        ("invite_disposable_domains", json!([[]])),
        ("invite_ttl_days", json!([30])),
        ("invite_role_unknown", json!(["not_found", "server_error"])),
        ("invite_empty_list", json!(["bad_request"])),
        ("cancel_invite_with", json!([["user"]])),
        ("delete_active_with", json!([["user", "oauth_client", "api_token"]])),
        ("enable_disable_with", json!([["user", "oauth_client", "api_token"]])),
        ("group_add_pending", json!(["reject"])),
        ("role_change_self", json!(["allow"])),
        ("disable_self", json!(["allow"])),
        ("last_admin", json!(["allow"])),
        ("group_members_post", json!([false])),
        ("resend_invite", json!([false])),
        ("creator_disabled_kills_token", json!([true])),
        ("membership_visible_after_ms", json!([150])),
        ("default_group_retroactive", json!([true])),
        ("count_absent", json!(["omit"])),
        ("limit_zero", json!(["empty"])),
        ("filter_unknown_field", json!(["ignore", "match_none"])),
        ("v1_groups", json!(["no_personas"])),
        ("rate_limit_header", json!(["date", "none"])),
    ];
    let each = |(name, values): (&str, Value)| -> Vec<Value> {
        values.as_array().expect("a list").iter().map(|value| json!({ name: value })).collect()
    };
    let mut all: Vec<Value> = values.into_iter().flat_map(each).collect();
    all.push(json!({}));
    all.push(json!({ "page_limit": 25, "limit_over_max": "bad_request" }));
    all.extend(["error_code", "bare", "html", "empty"].map(|shape| json!({ "error_shape": shape })));
    all
}

#[tokio::test]
async fn a_life_is_the_same_under_every_switch() {
    // Each tenant is a thread; a few at a time keep the machine busy and the waits short.
    let all = switches();
    for some in all.chunks(8) {
        let lives: Vec<_> = some.iter().cloned().map(|switch| tokio::spawn(live_under(switch))).collect();
        for life in lives {
            life.await.expect("no panic");
        }
    }
}

/// Two switches at a time, another choice in each run; `ATLAN_SWITCH_SEED` repeats one.
#[tokio::test]
async fn a_life_is_the_same_under_pairs_of_switches() {
    let seed = std::env::var("ATLAN_SWITCH_SEED").ok().and_then(|text| text.parse().ok());
    let mut dice: u64 = seed.unwrap_or_else(|| RandomState::new().hash_one(0) % 1_000_000_000);
    let all = switches();
    let told = format!("ATLAN_SWITCH_SEED={dice}");
    let mut pick = || {
        // An LCG by Knuth; its upper bits are random enough to choose by.
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        all[(dice >> 33) as usize % all.len()].clone()
    };
    let mut pairs = Vec::new();
    while pairs.len() < 40 {
        let (mut one, other) = (pick(), pick());
        // A pair with itself, or two values of one switch, would be one switch.
        let (Some(entries), Value::Object(more)) = (one.as_object_mut(), other) else { continue };
        if more.keys().all(|name| !entries.contains_key(name)) && !more.is_empty() {
            entries.extend(more);
            pairs.push(one);
        }
    }
    for some in pairs.chunks(8) {
        let lives: Vec<_> = some.iter().cloned().map(|switch| tokio::spawn(live_under(switch))).collect();
        for life in lives {
            life.await.unwrap_or_else(|error| panic!("{told}: {error}"));
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
    let change = GroupUpdate { alias: Some("Team".into()), is_default: Some(true), ..update(&group.path) };
    let changed = client.update_group(&group.id, &change).await?;
    assert_eq!((changed.alias.as_str(), changed.is_default), ("Team", true));
    assert_eq!(changed.description.as_deref(), Some("Own the glossary"));
    let clear = GroupUpdate { description: Some(String::new()), ..update(&group.path) };
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = sim.base_url().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.expect("connected");
    let body = body.to_string();
    let request = format!(
        "POST {USERS} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        sim.api_key(),
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
