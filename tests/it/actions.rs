//! Actions: everything is checked before the first write, each person gets a line, and nothing is sent twice.

use std::time::Duration;

use atlan_sim::{KeyKind, Moment, Rule, Sim};
use serde_json::{Value, json};
use tfplug::testing::{Core, Invoked, unknown};

use crate::api_token::{acts, alive};
use crate::harness::*;

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const EVE: &str = "eve@example.com";
const RESEND: &str = "/api/service/users/*/resendinvite";
const ONE: &str = "/api/service/users/*";
const WORKFLOWS: &str = "/api/service/workflows";

/// A tenant with the session of its admin as key. Ada is a member, and Bob is invited.
async fn cast() -> Sim {
    let sim = tenant(KeyKind::User).await;
    person_by_other_means(&sim, ADA);
    sim.invite(BOB, "$member").expect("invited");
    sim
}

async fn refused(core: &Core, action: &str, config: Value) -> String {
    core.action(action).try_invoke(config.clone()).await.expect_err("a refusal").to_string()
}

fn lines(invoked: &Invoked) -> Vec<&str> {
    invoked.progress().iter().map(String::as_str).collect()
}

fn enabled(sim: &Sim, email: &str) -> bool {
    sim.user(email).expect("there").enabled
}

#[tokio::test]
async fn people_are_disabled_and_enabled_again_with_a_line_each() {
    let sim = cast().await;
    person_by_other_means(&sim, EVE);
    let (core, id) = (core(&sim), sim.user(EVE).expect("there").id);
    let users = json!({ "users": [ADA, "ADA@example.com", id] });
    let disabled = core.action("atlan_disable_user").invoke(users.clone()).await;
    assert_eq!(disabled.progress().len(), 2, "{disabled}");
    assert!(disabled.to_string().contains("ada@example.com: disabled"), "{disabled}");
    assert!(!enabled(&sim, ADA) && !enabled(&sim, EVE));
    let again = core.action("atlan_disable_user").invoke(users.clone()).await;
    assert!(again.to_string().contains("eve@example.com: is disabled already"), "{again}");
    assert_eq!(sim.journal().count("POST", ONE), 2, "{}", sim.journal());
    let enabled_again = core.action("atlan_enable_user").invoke(users).await;
    assert!(enabled_again.to_string().contains("eve@example.com: enabled"), "{enabled_again}");
    assert!(enabled(&sim, ADA) && enabled(&sim, EVE));
    let once_more = core.action("atlan_enable_user").invoke(json!({ "users": [ADA] })).await;
    assert_eq!(lines(&once_more), ["ada@example.com: is enabled already"]);
}

#[tokio::test]
async fn nobody_is_disabled_or_enabled_if_one_person_cannot_be() {
    let sim = cast().await;
    sim.admit("scim@example.com", "$member", true).expect("admitted");
    let core = core(&sim);
    for action in ["atlan_disable_user", "atlan_enable_user"] {
        sim.clear_journal();
        let said = refused(&core, action, json!({ "users": [ADA, BOB] })).await;
        assert!(
            said.contains("bob@example.com has not accepted the invitation. To cancel it, destroy"),
            "{said}"
        );
        let said = refused(&core, action, json!({ "users": [ADA, "x@example.com", "y@example.com"] })).await;
        assert!(said.contains("2 people are not known") && said.contains("x@example.com"), "{said}");
        assert_eq!(places(&said), ["users"], "{said}");
        assert_eq!(writes(&sim), "", "{action}");
    }
    let said = refused(&core, "atlan_disable_user", json!({ "users": [ADA, "scim@example.com"] })).await;
    assert!(
        said.contains("scim@example.com is managed by SCIM. Change it in the identity provider."),
        "{said}"
    );
    assert!(enabled(&sim, ADA) && writes(&sim).is_empty());
}

/// Each of them alone could be disabled.
#[tokio::test]
async fn lock_out_is_asked_for_the_set_as_a_whole() {
    let sim = tenant(KeyKind::OauthClient).await;
    sim.set(json!({ "enable_disable_with": "all", "last_admin": "allow" })).expect("switches");
    sim.admit(EVE, "$admin", false).expect("admitted");
    sim.admit(ADA, "$member", false).expect("admitted");
    let admin = sim.users()[0].email.clone();
    let both = json!({ "users": [ADA, EVE, admin] });
    let said = refused(&core(&sim), "atlan_disable_user", both.clone()).await;
    assert!(said.contains("no enabled admin of the tenant would remain"), "{said}");
    assert!(said.contains("allow_self_lockout = true") && places(&said) == ["users"], "{said}");
    assert_eq!(writes(&sim), "");
    core(&sim).action("atlan_disable_user").invoke(json!({ "users": [ADA, EVE] })).await;
    sim.enable(EVE).expect("disabled");
    let careless = core_with(&sim, json!({ "allow_self_lockout": true }));
    careless.action("atlan_disable_user").invoke(both).await;
    assert!(!enabled(&sim, EVE) && !enabled(&sim, &admin));
}

/// Another credential would be refused, too.
#[tokio::test]
async fn a_tenant_that_guards_a_person_is_explained_although_the_check_is_off() {
    let sim = tenant(KeyKind::User).await;
    let admin = sim.users()[0].email.clone();
    let careless = core_with(&sim, json!({ "allow_self_lockout": true }));
    sim.set(json!({ "last_admin": "allow" })).expect("a switch");
    let said = refused(&careless, "atlan_disable_user", json!({ "users": [admin] })).await;
    assert!(said.contains("Atlan lets nobody take away their own access"), "{said}");
    assert!(!said.contains("Use an admin's own token"), "{said}");
    sim.set(json!({ "last_admin": "forbid", "disable_self": "allow" })).expect("switches");
    let other = tenant(KeyKind::OauthClient).await;
    other.set(json!({ "enable_disable_with": "all" })).expect("a switch");
    let careless = core_with(&other, json!({ "allow_self_lockout": true }));
    let admin = other.users()[0].email.clone();
    let said = refused(&careless, "atlan_disable_user", json!({ "users": [admin] })).await;
    assert!(said.contains("Atlan keeps the last one"), "{said}");
    assert!(enabled(&other, &admin));
}

/// The credential of somebody who is disabled does not work any more, not even to look at the outcome.
#[tokio::test]
async fn an_admin_who_disables_themselves_is_done() {
    let sim = tenant(KeyKind::User).await;
    sim.set(json!({ "enable_disable_with": "all", "disable_self": "allow", "last_admin": "allow" }))
        .expect("switches");
    let admin = sim.users()[0].email.clone();
    sim.admit("zoe@example.com", "$member", false).expect("admitted");
    let careless = core_with(&sim, json!({ "allow_self_lockout": true }));
    let invoked =
        careless.action("atlan_disable_user").invoke(json!({ "users": [admin, "zoe@example.com"] })).await;
    assert!(!enabled(&sim, &admin) && !enabled(&sim, "zoe@example.com"));
    assert_eq!(invoked.progress().last().map(String::as_str), Some(format!("{admin}: disabled").as_str()));
}

#[tokio::test]
async fn the_caller_and_the_maker_of_its_token_are_not_disabled() {
    for kind in [KeyKind::User, KeyKind::ApiToken] {
        let sim = tenant(kind).await;
        sim.set(json!({ "enable_disable_with": "all", "disable_self": "allow", "last_admin": "allow" }))
            .expect("switches");
        sim.admit(EVE, "$admin", false).expect("admitted");
        let said =
            refused(&core(&sim), "atlan_disable_user", json!({ "users": [EVE, sim.users()[0].email] })).await;
        let why = if kind == KeyKind::User {
            "the identity that makes"
        } else {
            "created the API token that makes"
        };
        assert!(said.contains(why), "{said}");
        assert_eq!(writes(&sim), "");
    }
}

#[tokio::test]
async fn a_failed_person_does_not_stop_the_others() {
    let sim = cast().await;
    person_by_other_means(&sim, EVE);
    let id = sim.user(ADA).expect("there").id;
    sim.fault(Rule::on("POST", &format!("/api/service/users/{id}")).status(422)).expect("a rule");
    let failed = core(&sim).action("atlan_disable_user").try_invoke(json!({ "users": [ADA, EVE] })).await;
    let failed = failed.expect_err("a failure");
    assert_eq!(lines(&failed), ["ada@example.com: failed", "eve@example.com: disabled"]);
    let said = failed.report().to_string();
    assert!(
        said.contains("Could not disable 1 of 2 people") && said.contains("- ada@example.com: POST"),
        "{said}"
    );
    assert!(enabled(&sim, ADA) && !enabled(&sim, EVE));
}

#[tokio::test]
async fn an_api_token_may_not_and_is_told_who_may() {
    let sim = tenant(KeyKind::ApiToken).await;
    person_by_other_means(&sim, ADA);
    person_by_other_means(&sim, EVE);
    for (action, config) in [
        ("atlan_disable_user", json!({ "users": [ADA] })),
        ("atlan_remove_user", json!({ "user": ADA, "transfer_to": EVE, "confirm_email": ADA })),
    ] {
        let said = refused(&core(&sim), action, config).await;
        assert!(
            said.contains("An API token may not do this. Use an admin's own token as `api_key`."),
            "{said}"
        );
    }
    assert!(enabled(&sim, ADA));
}

#[tokio::test]
async fn changes_survive_what_passes() {
    for (action, to) in [("atlan_disable_user", false), ("atlan_enable_user", true)] {
        side_by_side(passing("POST", ONE), move |(case, rule)| async move {
            let sim = cast().await;
            if to {
                sim.disable(ADA).expect("active");
            }
            sim.fault(rule).expect("a rule");
            let changed = impatient(&sim).action(action).try_invoke(json!({ "users": [ADA] })).await;
            assert!(changed.is_ok(), "{action}, {case}: {}", changed.expect_err("a failure"));
            assert_eq!(enabled(&sim, ADA), to, "{action}, {case}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_change_that_atlan_accepts_and_does_not_make_is_a_failure() {
    for (action, to) in [("atlan_disable_user", false), ("atlan_enable_user", true)] {
        let sim = cast().await;
        if to {
            sim.disable(ADA).expect("active");
        }
        let ignored = Rule { body: Some(json!({})), ..Rule::on("POST", ONE).status(200) };
        sim.fault(ignored).expect("a rule");
        let failed = core(&sim).action(action).try_invoke(json!({ "users": [ADA] })).await;
        let failed = failed.expect_err("a failure");
        assert_eq!(lines(&failed), ["ada@example.com: failed"]);
        assert!(failed.to_string().contains("but the record still shows"), "{failed}");
        assert_eq!(enabled(&sim, ADA), !to);
    }
}

/// The one whose request has left is done, the next one is not asked for, and the next run does the rest.
#[tokio::test]
async fn ctrl_c_ends_a_change_between_two_people() {
    for (action, verb, to) in
        [("atlan_disable_user", "disabled", false), ("atlan_enable_user", "enabled", true)]
    {
        for moment in [Moment::Before, Moment::After] {
            let sim = leaver().await;
            if to {
                sim.disable(ADA).expect("active");
                sim.disable(EVE).expect("active");
            }
            let core = core(&sim);
            let users = json!({ "users": [ADA, EVE] });
            let hold = sim.hold("POST", ONE, moment);
            let interrupt = async {
                sim.arrived("POST", ONE).await;
                core.stop().await;
                hold.release();
            };
            let change = core.action(action);
            let (changed, ()) = tokio::join!(change.try_invoke(users.clone()), interrupt);
            let changed = changed.expect_err("interrupted");
            assert_eq!(lines(&changed)[1], "eve@example.com: failed", "{changed}");
            assert!(changed.report().to_string().contains("was cancelled"), "{changed}");
            assert_eq!((enabled(&sim, ADA), enabled(&sim, EVE)), (to, !to), "{changed}");
            let again = self::core(&sim).action(action).invoke(users).await;
            let is_already = format!("ada@example.com: is {verb} already");
            assert_eq!(lines(&again), [is_already, format!("eve@example.com: {verb}")]);
            assert_eq!(sim.journal().count("POST", ONE), 2, "{}", sim.journal());
        }
    }
}

#[tokio::test]
async fn invitations_are_sent_again_to_pending_and_expired_people_only() {
    let sim = cast().await;
    sim.invite(EVE, "$guest").expect("invited");
    sim.expire(EVE).expect("pending");
    let sent = core(&sim).action("atlan_resend_invite").invoke(json!({ "users": [ADA, BOB, EVE] })).await;
    assert_eq!(
        lines(&sent),
        [
            "ada@example.com: skipped (active)",
            "bob@example.com: the invitation was sent again",
            "eve@example.com: the invitation was sent again",
        ]
    );
    assert_eq!([ADA, BOB, EVE].map(|email| sim.mails_to(email)), [1, 2, 2]);
    assert_eq!(writes(&sim).lines().count(), 2);
}

#[tokio::test]
async fn only_old_invitations_and_not_too_many_are_sent_again() {
    let sim = cast().await;
    sim.advance(Duration::from_secs(48 * 3600));
    sim.invite(EVE, "$guest").expect("invited");
    let old = json!({ "users": [BOB, EVE], "older_than": "24h" });
    let sent = core(&sim).action("atlan_resend_invite").invoke(old).await;
    assert!(sent.to_string().contains("eve@example.com: skipped (invited at"), "{sent}");
    assert_eq!((sim.mails_to(BOB), sim.mails_to(EVE)), (2, 1));
    sim.clear_journal();
    let config = json!({ "users": [ADA, BOB, EVE], "max_mails": 1 });
    let said = refused(&core(&sim), "atlan_resend_invite", config).await;
    assert!(said.contains("This would send 2 mails, more than max_mails = 1. Nothing was sent."), "{said}");
    assert_eq!((places(&said), writes(&sim)), (vec!["max_mails".to_owned()], String::new()));
}

/// A mail cannot be taken back, and no list shows it.
#[tokio::test]
async fn a_mail_whose_answer_was_lost_is_not_sent_a_second_time() {
    for (case, rule) in passing("POST", RESEND) {
        let sim = cast().await;
        sim.fault(rule).expect("a rule");
        let sent = impatient(&sim).action("atlan_resend_invite").try_invoke(json!({ "users": [BOB] })).await;
        // The body of the answer is empty, so nothing is cut off.
        let is_known = case.starts_with("429") || case == "cut off";
        assert_eq!(sent.is_ok(), is_known, "{case}");
        if let Err(sent) = sent {
            let said = sent.to_string();
            assert!(
                said.contains("it is unknown whether the invitation of bob@example.com was sent again"),
                "{said}"
            );
            assert!(said.contains("Ask the person whether the mail has come"), "{said}");
            assert_eq!(sim.journal().count("POST", RESEND), 1, "{case}: {}", sim.journal());
        }
        assert!(sim.mails_to(BOB) <= 2, "{case}");
    }
}

/// Atlan may drop the record of an invitation that has expired.
#[tokio::test]
async fn nobody_is_mailed_if_an_expired_invitation_is_no_longer_there() {
    let sim = cast().await;
    sim.set(json!({ "expired_record": "remove" })).expect("a switch");
    sim.invite(EVE, "$guest").expect("invited");
    sim.expire(EVE).expect("pending");
    let said = refused(&core(&sim), "atlan_resend_invite", json!({ "users": [BOB, EVE] })).await;
    assert!(said.contains("There is no such person") && said.contains("eve@example.com"), "{said}");
    assert_eq!((places(&said), sim.mails_to(BOB), sim.mails_to(EVE)), (vec!["users".to_owned()], 1, 1));
    assert_eq!(writes(&sim), "");
}

#[tokio::test]
async fn an_empty_set_of_people_is_no_mistake() {
    let sim = cast().await;
    for action in ["atlan_disable_user", "atlan_enable_user", "atlan_resend_invite"] {
        let done = core(&sim).action(action).invoke(json!({ "users": [] })).await;
        assert!(done.progress().is_empty(), "{done}");
    }
    assert_eq!(writes(&sim), "");
}

#[tokio::test]
async fn a_tenant_without_the_request_is_named_and_nothing_is_withdrawn() {
    let sim = cast().await;
    sim.invite(EVE, "$guest").expect("invited");
    sim.set(json!({ "resend_invite": false })).expect("a switch");
    let said = refused(&core(&sim), "atlan_resend_invite", json!({ "users": [BOB, EVE] })).await;
    assert!(
        said.contains("This tenant cannot resend invitations")
            && said.contains("page Users of Atlan's admin center"),
        "{said}"
    );
    assert_eq!(
        (sim.journal().count("POST", RESEND), sim.journal().writes().len()),
        (1, 1),
        "{}",
        sim.journal()
    );
    assert!(sim.user(BOB).expect("there").pending);
    sim.set(json!({ "resend_invite": true, "resend_with": ["api_token"] })).expect("a switch");
    let said = refused(&core(&sim), "atlan_resend_invite", json!({ "users": [BOB] })).await;
    assert!(said.contains("This credential may not do this"), "{said}");
}

fn removal() -> Value {
    json!({ "user": ADA, "transfer_to": EVE, "confirm_email": "Ada@example.com" })
}

async fn leaver() -> Sim {
    let sim = cast().await;
    person_by_other_means(&sim, EVE);
    sim
}

#[tokio::test]
async fn a_person_is_removed_and_what_they_own_is_transferred() {
    let sim = leaver().await;
    let (ada, eve) = (sim.user(ADA).expect("there"), sim.user(EVE).expect("there").id);
    let removed = core(&sim).action("atlan_remove_user").invoke(removal()).await;
    let expected = ["ada@example.com: Atlan has accepted the removal", "ada@example.com: removed"];
    assert_eq!(lines(&removed), expected);
    assert!(sim.user(ADA).is_none());
    let journal = sim.journal();
    let sent = journal.iter().find(|entry| entry.fits("POST", WORKFLOWS)).expect("a workflow");
    let body = sent.body.clone().expect("a body");
    let parameters = &body["spec"]["templates"][0]["dag"]["tasks"][0]["arguments"]["parameters"];
    let value = |name: &str| {
        let all = parameters.as_array().expect("parameters");
        all.iter().find(|one| one["name"] == name).expect(name)["value"].clone()
    };
    assert_eq!((value("user-id"), value("transfer-assets-to-user-id")), (json!(ada.id), json!(eve)));
    assert_eq!((value("username"), value("user-email")), (json!(ada.username), json!(ADA)));
    assert_eq!(value("wf-creator-email"), json!(sim.users()[0].email));
    assert_eq!(body["metadata"]["labels"]["package.argoproj.io/version"], "0.2.105");
}

#[tokio::test]
async fn each_reason_against_a_removal_is_found_before_anything_is_sent() {
    let sim = leaver().await;
    sim.admit("boss@example.com", "$admin", false).expect("admitted");
    sim.admit("gone@example.com", "$member", false).expect("admitted");
    sim.disable("gone@example.com").expect("active");
    let core = core(&sim);
    let id = sim.user(ADA).expect("there").id;
    let me = sim.users()[0].email.clone();
    let cases = [
        (
            json!({ "confirm_email": "ada@example.org" }),
            "confirm_email",
            "must write the address a second time",
        ),
        (
            json!({ "user": id, "confirm_email": BOB }),
            "confirm_email",
            "must write the address a second time",
        ),
        (json!({ "user": BOB, "confirm_email": BOB }), "user", "has not accepted the invitation"),
        (
            json!({ "user": "boss@example.com", "confirm_email": "boss@example.com" }),
            "user",
            "remove an admin",
        ),
        (json!({ "user": me, "confirm_email": me }), "user", "remove an admin"),
        (
            json!({ "user": "nobody@example.com", "confirm_email": "nobody@example.com" }),
            "user",
            "Nobody is known",
        ),
        (json!({ "transfer_to": "nobody@example.com" }), "transfer_to", "Nobody is known"),
        (json!({ "transfer_to": ADA }), "transfer_to", "Name somebody else"),
        (json!({ "transfer_to": id }), "transfer_to", "Name somebody else"),
        (json!({ "transfer_to": BOB }), "transfer_to", "bob@example.com is pending"),
        (json!({ "transfer_to": "gone@example.com" }), "transfer_to", "gone@example.com is disabled"),
    ];
    for (wrong, path, words) in cases {
        let said = refused(&core, "atlan_remove_user", with(removal(), wrong.clone())).await;
        assert_eq!(places(&said), [path], "{wrong}: {said}");
        assert!(said.contains(words), "{wrong}: {said}");
    }
    assert_eq!(writes(&sim), "");
}

/// The next apply would invite the person again.
#[tokio::test]
async fn a_person_whom_a_resource_of_the_run_holds_is_not_removed() {
    let sim = leaver().await;
    let run = core(&sim).one_run();
    let mut invite = run.resource("atlan_user_invite");
    invite.apply(json!({ "email": ADA, "role": "$member", "on_existing": "adopt" })).await;
    sim.clear_journal();
    let said = refused(&run, "atlan_remove_user", removal()).await;
    assert!(said.contains("In this configuration, an `atlan_user_invite` manages the person"), "{said}");
    assert!(said.contains("`on_destroy = \"forget\"`"), "{said}");
    assert_eq!((places(&said), writes(&sim)), (vec!["user".to_owned()], String::new()));
    let run = core(&sim).one_run();
    let mut role = run.resource("atlan_user_role");
    role.plan(json!({ "user": ADA, "role": "$guest" })).await;
    role.apply(json!({ "user": ADA, "role": "$guest" })).await;
    let said = refused(&run, "atlan_remove_user", removal()).await;
    assert!(
        said.contains("an `atlan_user_role` manages the person") && said.contains("`on_destroy = \"keep\"`"),
        "{said}"
    );
    role.set_core(&core(&sim));
    role.destroy().await;
    let run = core(&sim).one_run();
    let mut invites = run.resource("atlan_user_invites");
    let listed = json!({ "people": { ADA: { "role": "$member" } }, "on_existing": "adopt" });
    invites.apply(listed).await;
    let said = refused(&run, "atlan_remove_user", removal()).await;
    assert!(said.contains("an entry of `atlan_user_invites` manages the person"), "{said}");
    // Another run knows nothing of it.
    core(&sim).action("atlan_remove_user").invoke(removal()).await;
}

/// With `-invoke`, Terraform plans no resource, and the process of the apply knows nothing of the state.
#[tokio::test]
async fn a_person_whose_resource_was_read_is_not_removed() {
    for (kind, config) in [
        ("atlan_user_invite", json!({ "email": ADA, "role": "$member", "on_existing": "adopt" })),
        ("atlan_user_role", json!({ "user": ADA, "role": "$guest" })),
    ] {
        let sim = leaver().await;
        let mut resource = core(&sim).resource(kind);
        resource.apply(config.clone()).await;
        sim.clear_journal();
        let run = core(&sim).one_run();
        resource.set_core(&run);
        resource.refresh().await;
        let action = run.action("atlan_remove_user");
        let id = sim.user(ADA).unwrap().id;
        for user in [ADA.to_owned(), ADA.to_uppercase(), id] {
            let refused =
                action.try_plan(with(removal(), json!({ "user": user }))).await.expect_err("a refusal");
            let said = refused.to_string();
            assert!(said.contains(&format!("an `{kind}` manages the person")), "{said}");
            assert_eq!(places(&said), ["user"]);
        }
        assert_eq!(writes(&sim), "");
        // Once its plan removes it, the action may follow.
        resource.try_plan_destroy().await.unwrap();
        action.plan(removal()).await;
    }
}

/// The caller may be no admin by the time of the check, if the tenant lets others remove people.
#[tokio::test]
async fn the_maker_of_the_token_of_the_run_is_not_removed() {
    let sim = tenant(KeyKind::ApiToken).await;
    person_by_other_means(&sim, EVE);
    sim.admit("boss@example.com", "$admin", false).expect("admitted");
    let maker = sim.users()[0].email.clone();
    sim.give_role(&maker, "$member").expect("another admin is there");
    let config = json!({ "user": maker, "transfer_to": EVE, "confirm_email": maker });
    let said = refused(&core(&sim), "atlan_remove_user", config).await;
    assert!(said.contains("created the API token that makes the requests"), "{said}");
    assert_eq!((places(&said), writes(&sim)), (vec!["user".to_owned()], String::new()));
}

#[tokio::test]
async fn tokens_that_would_die_with_the_person_are_listed() {
    let sim = tenant(KeyKind::OauthClient).await;
    person_by_other_means(&sim, EVE);
    sim.admit("boss@example.com", "$admin", false).expect("admitted");
    // The maker of the token that the tenant starts with.
    let maker = sim.users()[0].email.clone();
    sim.give_role(&maker, "$member").expect("another admin is there");
    let config = json!({ "user": maker, "transfer_to": EVE, "confirm_email": maker });
    let said = refused(&core(&sim), "atlan_remove_user", config.clone()).await;
    assert!(
        said.contains("- \"terraform\" (apikey-") && said.contains("set `delete_tokens = true`"),
        "{said}"
    );
    assert_eq!((places(&said), writes(&sim)), (vec!["user".to_owned()], String::new()));
    let config = with(config, json!({ "delete_tokens": true }));
    let said = refused(&core(&sim), "atlan_remove_user", config).await;
    assert!(said.contains("This OAuth client may not do this"), "{said}");
    assert_eq!(sim.journal().count("POST", WORKFLOWS), 1);
}

#[tokio::test]
async fn tokens_die_with_the_person_if_the_action_says_so() {
    let sim = leaver().await;
    let secrets = ["dbt", "looker"].map(|name| sim.make_token(ADA, name).expect("a token"));
    sim.make_token(EVE, "of Eve").expect("a token");
    let said = refused(&core(&sim), "atlan_remove_user", removal()).await;
    assert!(said.contains("- \"dbt\" (apikey-") && said.contains("- \"looker\" (apikey-"), "{said}");
    assert!(!said.contains("of Eve") && writes(&sim).is_empty(), "{said}");
    assert!(acts(&sim, &secrets[0]).await);
    let config = with(removal(), json!({ "delete_tokens": true }));
    core(&sim).action("atlan_remove_user").invoke(config).await;
    assert!(sim.user(ADA).is_none());
    for secret in secrets {
        assert!(!acts(&sim, &secret).await);
    }
    assert_eq!(alive(&sim), ["of Eve"]);
}

/// A second workflow would run beside the first.
#[tokio::test]
async fn a_workflow_is_submitted_again_only_if_the_first_request_had_no_effect() {
    let on = || Rule::on("POST", WORKFLOWS).times(1);
    let cases = vec![
        ("429 with Retry-After", on().status(429).retry_after(0), 2, true),
        ("500, done", on().status(500).applied(), 1, true),
        ("503, done", on().status(503).applied(), 1, true),
        ("cut off", on().truncate(5), 1, true),
        ("500", on().status(500), 1, false),
        ("503", on().status(503), 1, false),
    ];
    side_by_side(cases, |(case, rule, times, is_done)| async move {
        let sim = leaver().await;
        sim.fault(rule).expect("a rule");
        let hurry = with(removal(), json!({ "timeout": if is_done { "30s" } else { "400ms" } }));
        let removed = impatient(&sim).action("atlan_remove_user").try_invoke(hurry).await;
        assert_eq!(sim.journal().count("POST", WORKFLOWS), times, "{case}: {}", sim.journal());
        assert_eq!((removed.is_ok(), sim.user(ADA).is_none()), (is_done, is_done), "{case}: {removed:?}");
        if let Err(failed) = removed {
            let said = failed.to_string();
            assert!(said.contains("The answer to the request was lost"), "{case}: {said}");
            assert!(said.contains("before you run the action again"), "{case}: {said}");
            core(&sim).action("atlan_remove_user").invoke(removal()).await;
            assert!(sim.user(ADA).is_none(), "{case}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_followed_and_the_workflow_is_submitted_once() {
    for moment in [Moment::After, Moment::Before] {
        let sim = leaver().await;
        let late = Rule::on("POST", WORKFLOWS).times(1).drop(moment);
        let late = if moment == Moment::Before { late.late(Duration::from_millis(60)) } else { late };
        sim.fault(late).expect("a rule");
        let removed = impatient(&sim).action("atlan_remove_user").try_invoke(removal()).await;
        let removed = removed.unwrap_or_else(|failed| panic!("{moment:?}: {failed}"));
        assert!(removed.to_string().contains("the answer was lost; waiting for the removal"), "{removed}");
        assert!(sim.user(ADA).is_none());
        assert_eq!(sim.journal().count("POST", WORKFLOWS), 1, "{}", sim.journal());
    }
}

#[tokio::test]
async fn a_removal_that_does_not_happen_is_an_error_that_says_where_to_look() {
    let sim = leaver().await;
    sim.set(json!({ "workflow_outcome": "nothing" })).expect("a switch");
    let config = with(removal(), json!({ "timeout": "300ms" }));
    let said = refused(&core(&sim), "atlan_remove_user", config).await;
    assert!(said.contains("The workflow was accepted, and ada@example.com is still there"), "{said}");
    assert!(said.contains("Look at the workflow in Atlan"), "{said}");
    sim.set(json!({ "workflow_outcome": "refused" })).expect("a switch");
    let said = refused(&core(&sim), "atlan_remove_user", removal()).await;
    assert!(
        said.contains("Could not remove ada@example.com") && said.contains("was refused with 400"),
        "{said}"
    );
    assert!(sim.user(ADA).is_some());
}

#[tokio::test]
async fn what_is_unknown_is_skipped_while_planning_and_bad_values_are_refused_offline() {
    let sim = leaver().await;
    let core = core(&sim);
    core.action("atlan_remove_user")
        .plan(json!({ "user": unknown(), "transfer_to": EVE, "confirm_email": ADA }))
        .await;
    core.action("atlan_disable_user").plan(json!({ "users": unknown() })).await;
    let of = |more: Value| with(removal(), more);
    let cases = [
        ("atlan_disable_user", json!({ "users": ["ada"] }), "users", "is not a person"),
        ("atlan_disable_user", json!({ "users": [ADA], "timeout": "0s" }), "timeout", "longer than zero"),
        ("atlan_enable_user", json!({ "users": [ADA], "timeout": "soon" }), "timeout", "soon"),
        ("atlan_disable_user", json!({}), "users", "users"),
        ("atlan_enable_user", json!({ "users": null }), "users", "users"),
        ("atlan_enable_user", json!({ "users": [ADA, null] }), "users", "null"),
        ("atlan_resend_invite", json!({ "users": [null] }), "users", "null"),
        ("atlan_resend_invite", json!({ "users": [ADA], "max_mails": 0 }), "max_mails", "at least 1"),
        ("atlan_resend_invite", json!({ "users": [ADA], "older_than": "soon" }), "older_than", "soon"),
        ("atlan_resend_invite", json!({ "users": [ADA], "timeout": "0s" }), "timeout", "longer than zero"),
        ("atlan_remove_user", of(json!({ "user": "ada" })), "user", "is not a person"),
        ("atlan_remove_user", of(json!({ "user": null })), "user", "user"),
        ("atlan_remove_user", of(json!({ "transfer_to": " ADA@example.com" })), "transfer_to", ""),
        ("atlan_remove_user", of(json!({ "transfer_to": "eve" })), "transfer_to", "is not a person"),
        ("atlan_remove_user", of(json!({ "transfer_to": null })), "transfer_to", "transfer_to"),
        ("atlan_remove_user", of(json!({ "confirm_email": BOB })), "confirm_email", "is not confirmed"),
        ("atlan_remove_user", of(json!({ "confirm_email": "ada" })), "confirm_email", "ada"),
        ("atlan_remove_user", of(json!({ "confirm_email": null })), "confirm_email", "confirm_email"),
        ("atlan_remove_user", of(json!({ "timeout": "0s" })), "timeout", "longer than zero"),
    ];
    for (action, config, path, words) in cases {
        let said = core.action(action).validate(config.clone()).await;
        assert_eq!(places(&said), [path], "{action} {config}: {said}");
        assert!(said.to_string().contains(words), "{action} {config}: {said}");
    }
    assert!(sim.journal().is_empty(), "{}", sim.journal());
}

/// What has left is finished, and nobody else is mailed.
#[tokio::test]
async fn ctrl_c_ends_an_action_between_two_people() {
    let sim = cast().await;
    sim.invite(EVE, "$guest").expect("invited");
    let core = core(&sim);
    let hold = sim.hold("POST", RESEND, Moment::After);
    let resend = core.action("atlan_resend_invite");
    let interrupt = async {
        sim.arrived("POST", RESEND).await;
        core.stop().await;
        hold.release();
    };
    let (sent, ()) = tokio::join!(resend.try_invoke(json!({ "users": [BOB, EVE] })), interrupt);
    let sent = sent.expect_err("interrupted");
    assert_eq!(lines(&sent), ["bob@example.com: the invitation was sent again", "eve@example.com: failed"]);
    assert!(sent.report().to_string().contains("was cancelled"), "{sent}");
    assert_eq!((sim.mails_to(BOB), sim.mails_to(EVE)), (2, 1));
}

#[tokio::test]
async fn ctrl_c_ends_the_wait_for_a_removal_and_says_that_it_goes_on() {
    let sim = leaver().await;
    sim.set(json!({ "workflow_takes_ms": 3_600_000 })).expect("a switch");
    let core = core(&sim);
    let remove = core.action("atlan_remove_user");
    let interrupt = async {
        sim.until(|journal| {
            journal.iter().any(|entry| entry.fits("POST", WORKFLOWS) && entry.applied).then_some(())
        })
        .await;
        core.stop().await;
    };
    let (removed, ()) = tokio::join!(remove.try_invoke(removal()), interrupt);
    let said = removed.expect_err("interrupted").to_string();
    assert!(said.contains("The workflow was accepted") && said.contains("cancelled"), "{said}");
    assert_eq!(sim.journal().count("POST", WORKFLOWS), 1, "{}", sim.journal());
}

/// A removal that takes long tells so from time to time.
#[tokio::test]
async fn a_long_removal_is_told_of() {
    let sim = leaver().await;
    sim.set(json!({ "workflow_takes_ms": 3_600_000 })).expect("a switch");
    let timing = atlan::Timing { progress: Duration::from_millis(30), ..quick_timing() };
    let core = core(&sim).give(timing);
    let remove = core.action("atlan_remove_user");
    let later = async {
        let looks = |journal: &[atlan_sim::Entry]| {
            let submitted = journal.iter().position(|entry| entry.fits("POST", WORKFLOWS))?;
            (journal.len() > submitted + 12).then_some(())
        };
        sim.until(looks).await;
        sim.advance(Duration::from_secs(2 * 3600));
    };
    let (removed, ()) = tokio::join!(remove.try_invoke(removal()), later);
    let removed = removed.unwrap_or_else(|failed| panic!("{failed}"));
    assert!(removed.to_string().contains("ada@example.com: still there after 0 s"), "{removed}");
    assert!(lines(&removed).last().expect("a line").ends_with("removed"), "{removed}");
}
