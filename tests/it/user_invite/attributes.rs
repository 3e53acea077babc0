//! Values that a configuration may have, and the plans of their changes.

use atlan_sim::KeyKind;
use expect_test::expect;
use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn an_invitation_holds_what_atlan_answers() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    let applied = invite.apply(json!({ "email": "Ada@Example.com", "role": "member" })).await;
    applied.check(expect!["create: email, role, on_existing, on_destroy; known after apply: id, role_id, status, username, invited_at, invited_by"]);
    let state = invite.state();
    let user = sim.user(ADA).expect("invited");
    assert_eq!(state["email"], "Ada@Example.com", "the practitioner's spelling stays");
    assert_eq!(state["role"], "member", "here, too");
    assert_eq!([&state["id"], &state["status"], &state["username"]], [user.id.as_str(), "pending", "ada"]);
    assert!(state["invited_at"].is_string() && state["invited_by"].is_string(), "{state}");
    assert!(state.to_string().len() <= 1536, "{} bytes of state", state.to_string().len());
    invite.plan_is_empty().await;
    assert_eq!(sim.mails_to(ADA), 1);
}

#[tokio::test]
async fn other_spellings_of_one_meaning_plan_nothing() {
    let (_sim, mut invite) = invited().await;
    for (email, role) in [("ADA@example.com", "$member"), (" ada@example.com ", "member"), (ADA, "member")] {
        let plan = invite.plan(json!({ "email": email, "role": role })).await;
        assert_eq!(plan.to_string(), "no-op", "{email} {role}");
    }
}

#[tokio::test]
async fn a_role_changes_in_place_and_an_address_replaces() {
    let (sim, mut invite) = invited().await;
    let id = invite.state()["id"].clone();
    invite.apply(ada("$guest")).await.check(expect!["update: role; known after apply: role_id"]);
    assert_eq!(invite.state()["id"], id);
    assert_eq!(sim.user(ADA).expect("there").role, "$guest");
    invite.plan_is_empty().await;
    let plan = invite.plan(json!({ "email": "grace@example.com", "role": "$guest" })).await;
    assert!(plan.to_string().starts_with("replace because of email"), "{plan}");
}

#[tokio::test]
async fn acceptance_expiry_and_disabling_plan_nothing() {
    let (sim, mut invite) = invited().await;
    sim.expire(ADA).expect("there");
    invite.plan_is_empty().await;
    invite.refresh().await;
    assert_eq!(invite.state()["status"], "expired");
    let (sim, mut invite) = invited().await;
    let id = invite.state()["id"].clone();
    sim.accept(ADA).expect("there");
    invite.plan_is_empty().await;
    invite.refresh().await;
    assert_eq!([&invite.state()["status"], &invite.state()["id"]], [&json!("active"), &id]);
    sim.disable(ADA).expect("there");
    invite.plan_is_empty().await;
    invite.refresh().await;
    assert_eq!(invite.state()["status"], "disabled");
    assert_eq!(sim.mails().len(), 1);
}

#[tokio::test]
async fn on_existing_on_destroy_and_timeouts_change_without_a_request() {
    let (sim, mut invite) = invited().await;
    sim.clear_journal();
    invite
        .apply(with(ada("$member"), json!({ "on_destroy": "forget", "timeouts": { "delete": "1m" } })))
        .await;
    assert_eq!(writes(&sim), "");
    invite.plan_is_empty().await;
}

#[tokio::test]
async fn a_wrong_value_is_named_without_a_request() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    let cases: [(Value, &str, &[&str]); 8] = [
        (
            json!({ "email": "ada", "role": "$member" }),
            "email",
            &["is not an email address", "ada@example.com"],
        ),
        (json!({ "email": "", "role": "$member" }), "email", &["is not an email address"]),
        (ada("owner"), "role", &["\"$admin\"", "\"$member\"", "\"$guest\"", "owner"]),
        (ada("Admin"), "role", &["Did you mean \"$admin\"?"]),
        (with(ada("$member"), json!({ "on_existing": "take" })), "on_existing", &["\"error\"", "\"adopt\""]),
        (
            with(ada("$member"), json!({ "on_destroy": "delete" })),
            "on_destroy",
            &["\"revoke\"", "\"disable\"", "\"downgrade\"", "\"forget\""],
        ),
        (with(ada("$member"), json!({ "timeouts": { "create": "soon" } })), "timeouts.create", &["5m"]),
        (json!({ "email": null, "role": "$member" }), "email", &["required"]),
    ];
    for (config, attribute, words) in cases {
        let said = invite.try_plan(config.clone()).await.failed().to_string();
        assert!(said.contains(&format!("error at {attribute}:")), "{config}: {said}");
        for word in words {
            assert!(said.contains(word), "{config} should be answered with {word}: {said}");
        }
    }
    assert_eq!(sim.journal().len(), 0);
}

#[tokio::test]
async fn an_address_with_a_plus_is_accepted_with_a_warning() {
    let (_sim, invite) = managed("atlan_user_invite").await;
    let said =
        invite.validate(json!({ "email": "ada+work@example.com", "role": "$member" })).await.to_string();
    assert!(said.starts_with("warning at email: Atlan may refuse this address"), "{said}");
}

#[tokio::test]
async fn imports_take_a_guid_or_an_address_in_any_case() {
    let sim = tenant(KeyKind::ApiToken).await;
    let id = invited_by_other_means(&sim, ADA, "$member");
    for text in [id.as_str(), &id.to_uppercase(), "ADA@Example.com"] {
        let mut invite = core(&sim).resource("atlan_user_invite");
        invite.import(text).await;
        assert_eq!(invite.state()["id"], *id);
        assert_eq!(invite.plan(ada("member")).await.to_string(), "no-op", "{text}");
    }
    let mut invite = core(&sim).resource("atlan_user_invite");
    invite.import_identity(json!({ "id": id })).await;
    assert_eq!(invite.plan(ada("$member")).await.to_string(), "no-op");
    let mut upper = core(&sim).resource("atlan_user_invite");
    upper.import_identity(json!({ "id": id.to_uppercase() })).await;
    assert_eq!(upper.state()["id"], *id);
    assert_eq!(upper.plan(ada("$member")).await.to_string(), "no-op");
    let mut nobody = core(&sim).resource("atlan_user_invite");
    let said = nobody.try_import("nobody@example.com").await.failed().to_string();
    assert!(said.contains("Could not import \"nobody@example.com\""), "{said}");
    assert!(said.contains(&sim.base_url()), "{said}");
}

#[tokio::test]
async fn the_role_of_a_new_invitee_is_read_back_and_set_right() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    // Another role than was asked for, by the tenant's own rules or a colleague.
    let hold = sim.hold("POST", USERS, atlan_sim::Moment::After);
    let lowers = async {
        sim.until(|_| sim.user(ADA).map(|_| ())).await;
        sim.give_role(ADA, "$guest").expect("there");
        hold.release();
    };
    let (applied, ()) = tokio::join!(invite.try_apply(ada("$member")), lowers);
    applied.expect("invited");
    assert_eq!((sim.user(ADA).expect("there").role, sim.mails().len()), ("$member", 1));
    assert_eq!(invite.state()["role"], "$member");
    invite.plan_is_empty().await;
}
