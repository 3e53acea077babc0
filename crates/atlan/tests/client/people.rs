//! People: status, roles, disabling and cancelling.

use atlan::{Cancelled, Error, Existing, Invite, ReadMode, UserStatus, WorkspaceRole};
use atlan_sim::{Entry, Moment, Rule};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn a_person_keeps_the_guid_from_invitation_to_disabling() {
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

/// The list lags by an hour.
#[tokio::test]
async fn a_disabled_person_whom_the_list_shows_as_enabled_may_be_disabled() {
    let (sim, client) = tenant_of_admin().await;
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    assert!(!client.may_be_disabled(&bob));
    sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
    client.disable(&bob.id).await.expect_err("it does not show");
    let listed = client.user(&bob.id).await.expect("read").expect("there");
    assert_eq!((listed.status, client.may_be_disabled(&listed)), (UserStatus::Active, true));
    client.enable(&bob.id).await.expect("enabled");
    assert!(sim.user("bob@example.com").expect("there").enabled && !client.may_be_disabled(&listed));
}

#[tokio::test]
async fn people_are_found_by_address_exactly() {
    let (_sim, client) = tenant().await;
    for email in ["ada@example.com", "granada@example.com", "bob@example.com"] {
        client.invite(&Invite { email: email.into(), ..ada() }).await.expect("invited");
    }
    let cases = [
        ("ADA@example.com ", Some("ada@example.com")),
        ("nobody@example.com", None),
        ("bob@example.com", Some("bob@example.com")),
        ("da@example.com", None),
    ];
    for (email, expected) in cases {
        let found = client.user_by_email(email).await.expect("read");
        assert_eq!(found.map(|user| user.email).as_deref(), expected, "{email}");
    }
    assert_eq!(client.users().await.expect("read").len(), 4);
}

#[tokio::test]
async fn lowering_never_raises_a_role_and_spares_newer_ones_and_disabled_people() {
    let (sim, client) = tenant().await;
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    sim.give_role("bob@example.com", "$guest").expect("there");
    sim.clear_journal();
    let shown =
        client.lower_role(&bob.id, WorkspaceRole::Admin, WorkspaceRole::Member).await.expect("spared");
    assert_eq!(shown.role, Some(WorkspaceRole::Guest), "by a look right before the write");
    sim.give_role("bob@example.com", "$admin").expect("there");
    sim.disable("bob@example.com").expect("there");
    let shown = client.lower_role(&bob.id, WorkspaceRole::Admin, WorkspaceRole::Guest).await.expect("spared");
    assert_eq!((shown.role, shown.status), (Some(WorkspaceRole::Admin), UserStatus::Disabled));
    sim.enable("bob@example.com").expect("there");
    let shown =
        client.lower_role(&bob.id, WorkspaceRole::Member, WorkspaceRole::Guest).await.expect("spared");
    assert_eq!(shown.role, Some(WorkspaceRole::Admin), "somebody has raised it since");
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    let lowered =
        client.lower_role(&bob.id, WorkspaceRole::Admin, WorkspaceRole::Member).await.expect("lowered");
    assert_eq!(lowered.role, Some(WorkspaceRole::Member));
}

#[tokio::test]
async fn an_exchange_of_roles_tells_the_earlier_one_and_what_is_unclear() {
    let (sim, client) = tenant().await;
    let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    let change = client.exchange_role(&bob.id, WorkspaceRole::Guest).await.expect("lowered");
    assert_eq!(change.before, Some(WorkspaceRole::Member));
    assert_eq!(change.outcome.expect("known").role, Some(WorkspaceRole::Guest));
    let updates = "/api/service/users/*/roles/update";
    // Refused: certainly unchanged. The server failed: unknown.
    for (status, unclear) in [(403, false), (400, false), (500, true), (504, true)] {
        sim.set_faults(vec![Rule::on("POST", updates).status(status)]).expect("a rule");
        match client.exchange_role(&bob.id, WorkspaceRole::Member).await {
            Ok(change) => {
                assert!(unclear && change.outcome.is_err(), "{status}");
                assert_eq!(change.before, Some(WorkspaceRole::Guest));
            }
            Err(error) => assert!(!unclear, "{status}: {error}"),
        }
    }
}

/// The first attempt may still take effect when the look for another admin fails, which precedes the second one.
#[tokio::test]
async fn an_exchange_is_unclear_after_a_lost_attempt_although_a_check_before_the_next_one_fails() {
    let (sim, _) = tenant().await;
    let client = impatient(&sim);
    let ada = active(&sim, &client, "ada@example.com", WorkspaceRole::Admin).await;
    let late = std::time::Duration::from_millis(150);
    let lost = Rule::on("POST", "*/roles/update").drop(Moment::Before).late(late).times(1);
    // The person, another admin, the request, the person, another admin.
    let fails = Rule::on("GET", USERS).status(500).after_n(3).times(1);
    sim.set_faults(vec![lost, fails]).expect("rules");
    let change = client.exchange_role(&ada.id, WorkspaceRole::Member).await.expect("it may be done");
    assert_eq!(change.before, Some(WorkspaceRole::Admin));
    assert!(change.outcome.is_err(), "{change:?}");
    assert_eq!(sim.journal().count("POST", "*/roles/update"), 1, "{}", sim.journal());
    sim.until(|entries| entries.iter().all(|entry| entry.applied || entry.method == "GET").then_some(()))
        .await;
    assert_eq!(sim.user("ada@example.com").expect("there").role, "$member");
}

/// Atlan refused the first attempt, and the look before the second one fails.
#[tokio::test]
async fn an_exchange_that_was_never_processed_is_no_unclear_one() {
    let (sim, client) = tenant().await;
    let ada = active(&sim, &client, "ada@example.com", WorkspaceRole::Member).await;
    let busy = Rule::on("POST", "*/roles/update").status(429).retry_after(0).times(1);
    let fails = Rule::on("GET", USERS).status(500).after_n(1).times(1);
    sim.set_faults(vec![busy, fails]).expect("rules");
    let change = client.exchange_role(&ada.id, WorkspaceRole::Admin).await;
    assert_eq!(change.expect_err("certainly unchanged").status(), Some(500));
    assert_eq!(sim.user("ada@example.com").expect("there").role, "$member");
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
async fn cancelling_never_deletes_somebody_who_has_accepted_since_the_last_look() {
    for read_mode in [ReadMode::Auto, ReadMode::Snapshot, ReadMode::Single] {
        let (sim, _) = tenant_of_admin().await;
        let client = client(&sim, |config| config.read_mode = read_mode);
        let id = client.invite(&ada()).await.expect("invited").id;
        let known = client.user(&id).await.expect("read").expect("there");
        assert_eq!(known.status, UserStatus::Pending);
        sim.accept("ada@example.com").expect("pending");
        sim.clear_journal();
        let error = client.cancel_invitation(&id).await.expect_err("not pending");
        assert!(matches!(error, Error::NotPending { .. }), "{read_mode:?}: {error}");
        assert_eq!(sim.journal().writes().len(), 0, "{read_mode:?}");
        assert!(sim.user("ada@example.com").is_some_and(|ada| ada.enabled), "{read_mode:?}");
    }
}

#[tokio::test]
async fn somebody_who_accepts_before_a_cancellation_is_repeated_is_not_deleted() {
    for fault in failures("*/delete") {
        let (sim, client) = tenant_of_admin().await;
        let id = client.invite(&ada()).await.expect("invited").id;
        let cancel = async move { client.cancel_invitation(&id).await };
        let accepts = || sim.accept("ada@example.com").expect("pending");
        let error =
            meanwhile(&sim, "*/delete", fault.clone(), cancel, accepts).await.expect_err("she is active");
        assert!(matches!(&error, Error::NotPending { user } if user.status == UserStatus::Active), "{error}");
        assert!(sim.user("ada@example.com").is_some_and(|ada| ada.enabled), "{fault:?}");
        assert_eq!(sim.journal().count("POST", "*/delete"), 1, "{}", sim.journal());
    }
}

#[tokio::test]
async fn a_cancellation_without_an_answer_is_looked_after_and_ends_once() {
    for applied in [false, true] {
        let (sim, client) = tenant_of_admin().await;
        for cancelled in ["delete", "disable_instead"] {
            sim.set(json!({ "cancel_invite": cancelled })).expect("a switch");
            let id = client.invite(&ada()).await.expect("invited").id;
            sim.clear_journal();
            let moment = if applied { Moment::After } else { Moment::Before };
            sim.fault(Rule::on("POST", "*/delete").drop(moment).times(1)).expect("a rule");
            client.cancel_invitation(&id).await.expect("cancelled");
            let posts = sim.journal().count("POST", "*/delete");
            assert_eq!(posts, if applied { 1 } else { 2 }, "{cancelled}: {}", sim.journal());
        }
    }
}

#[tokio::test]
async fn after_a_500_the_record_tells_whether_a_change_took_effect() {
    for applied in [false, true] {
        let (sim, client) = tenant_of_admin().await;
        let bob = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
        let ada = client.invite(&ada()).await.expect("invited");
        let post = |path| Rule::on("POST", path).status(500).times(1);
        let fails = |path| {
            sim.clear_journal();
            sim.fault(if applied { post(path).applied() } else { post(path) }).expect("a rule");
        };
        let check = |result: Result<(), Error>| {
            match result {
                Ok(()) => assert!(applied, "nothing took effect"),
                Err(error) => assert!(!applied && error.status() == Some(500), "{error}"),
            }
            assert_eq!(sim.journal().writes().len(), 1, "{}", sim.journal());
        };
        fails("*/roles/update");
        check(client.change_role(&bob.id, WorkspaceRole::Guest).await.map(drop));
        fails("*/users/*");
        check(client.disable(&bob.id).await.map(drop));
        client.disable(&bob.id).await.expect("disabled");
        fails("*/users/*");
        check(client.enable(&bob.id).await.map(drop));
        fails("*/delete");
        check(client.cancel_invitation(&ada.id).await.map(drop));
    }
}

#[tokio::test]
async fn somebody_whose_cancelled_invitation_became_a_disabled_record_still_exists() {
    let (sim, _) = tenant_of_admin().await;
    sim.set(json!({ "cancel_invite": "disable_instead", "invite_duplicate": "skip" })).expect("switches");
    for read_mode in [ReadMode::Auto, ReadMode::Snapshot] {
        let client = client(&sim, |config| config.read_mode = read_mode);
        let address = format!("{read_mode:?}@example.com");
        let invite = Invite { email: address, ..ada() };
        let id = client.invite(&invite).await.expect("invited").id;
        assert_eq!(client.cancel_invitation(&id).await.expect("cancelled"), Cancelled::Disabled);
        let again = client.invite(&invite).await;
        let Err(Error::AlreadyExists(Existing::User(user))) = again else { panic!("{again:?}") };
        assert_eq!(user.status, UserStatus::Disabled);
    }
}

#[tokio::test]
async fn a_404_of_a_gateway_is_neither_a_cancellation_nor_a_refusal_by_atlan() {
    let (sim, client) = tenant().await;
    let user = client.invite(&ada()).await.expect("invited");
    sim.fault(Rule::on("POST", "*/delete").status(404).html().times(1)).expect("a rule");
    let error = client.cancel_invitation(&user.id).await.expect_err("it is still open");
    assert!(error.is_of_gateway(), "{}", story(&error));
    assert_eq!(sim.user("ada@example.com").map(|user| user.enabled), Some(true));
}

#[tokio::test]
async fn a_look_is_repeated_if_it_is_old_when_the_write_may_be_sent() {
    let (sim, client) = tenant_of_admin().await;
    let user = client.invite(&ada()).await.expect("invited");
    // The caller and the maker of the token are known, so the cancellation takes one look and the write.
    client.current().await.expect("known");
    sim.clear_journal();
    let look = sim.hold("GET", USERS, Moment::After);
    let call = tokio::spawn({
        let (client, id) = (client.clone(), user.id.clone());
        async move { client.cancel_invitation(&id).await }
    });
    sim.arrived("GET", USERS).await;
    // Another request is answered 429: everything pauses for longer than a look stays recent.
    let busy = Rule::on("GET", "/api/service/v2/groups").status(429).retry_after(2).times(1);
    sim.fault(busy).expect("a rule");
    let other = tokio::spawn({
        let client = client.clone();
        async move { client.groups().await }
    });
    while client.summary().throttled == 0 {
        tokio::task::yield_now().await;
    }
    look.release();
    let answered = |entries: &[Entry]| {
        entries.iter().any(|entry| entry.fits("GET", USERS) && entry.status.is_some()).then_some(())
    };
    sim.until(answered).await;
    sim.accept("ada@example.com").expect("pending until now");
    let error = call.await.expect("no panic").expect_err("she has accepted meanwhile");
    assert!(matches!(&error, Error::NotPending { user } if user.status == UserStatus::Active), "{error}");
    assert!(sim.user("ada@example.com").is_some_and(|ada| ada.enabled && !ada.pending));
    assert_eq!(sim.journal().count("POST", "*/delete"), 0, "{}", sim.journal());
    other.await.expect("no panic").expect("read");
}

/// A look right before the write decides, and the answer says which role the person has.
#[tokio::test]
async fn a_planned_change_of_a_role_takes_no_newer_role_away() {
    use WorkspaceRole::{Admin, Guest, Member};
    for (planned, wanted, present, is_sent) in [
        (Member, Guest, Admin, false),
        (Guest, Member, Admin, false),
        // Somebody has lowered it, too, and not as far.
        (Admin, Guest, Member, true),
        (Admin, Member, Admin, true),
        (Guest, Member, Guest, true),
        (Member, Admin, Guest, true),
        (Guest, Member, Member, false),
    ] {
        let (sim, client) = tenant_of_admin().await;
        let ada = active(&sim, &client, "ada@example.com", present).await;
        sim.clear_journal();
        let change = client.exchange_planned_role(&ada.id, planned, wanted).await.expect("no failure");
        let now = change.outcome.expect("a certain outcome").role;
        let case = format!("{planned} to {wanted}, while it is {present}");
        assert_eq!(
            (change.before, sim.journal().writes().len()),
            (Some(present), usize::from(is_sent)),
            "{case}"
        );
        assert_eq!(now, Some(if is_sent { wanted } else { present }), "{case}");
    }
}
