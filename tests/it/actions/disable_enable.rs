//! `atlan_disable_user` and `atlan_enable_user`.

use std::time::Duration;

use atlan_sim::{Moment, Rule};

use super::*;

const ONE: &str = "/api/service/users/*";

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
    assert_eq!(
        lines(&once_more),
        ["ada@example.com: is enabled already, as Atlan's list shows; nothing was sent"]
    );
}

#[tokio::test]
async fn nobody_is_disabled_or_enabled_if_one_person_cannot_be() {
    let sim = cast().await;
    sim.admit("scim@example.com", "$member", true).expect("admitted");
    let core = core(&sim);
    for (action, way) in [
        ("atlan_disable_user", "To cancel it, destroy"),
        ("atlan_enable_user", "They can log in once they accept it. The action `atlan_resend_invite`"),
    ] {
        sim.clear_journal();
        let said = refused(&core, action, json!({ "users": [ADA, BOB] })).await;
        assert!(said.contains(&format!("bob@example.com has not accepted the invitation. {way}")), "{said}");
        let said = refused(&core, action, json!({ "users": [ADA, "x@example.com", "y@example.com"] })).await;
        assert!(said.contains("2 people are not known") && said.contains("x@example.com"), "{said}");
        // An invitation would mail somebody who was removed on purpose.
        assert!(said.contains("Check the spelling") && !said.contains("atlan_user_invite"), "{said}");
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

/// Somebody whom SCIM manages is tried only if the change is there to be made; a tenant may allow what others refuse.
#[tokio::test]
async fn somebody_of_scim_is_enabled_by_the_identity_provider_only() {
    let sim = cast().await;
    sim.admit("scim@example.com", "$member", true).expect("admitted");
    let users = json!({ "users": [ADA, "scim@example.com"] });
    let run = core(&sim);
    let said = run.action("atlan_enable_user").invoke(users.clone()).await;
    assert!(lines(&said).iter().all(|line| line.contains("is enabled already")), "{said}");
    for email in [ADA, "scim@example.com"] {
        sim.disable(email).expect("active");
    }
    sim.clear_journal();
    let said = refused(&run, "atlan_enable_user", users).await;
    assert!(
        said.contains("scim@example.com is managed by SCIM. Change it in the identity provider."),
        "{said}"
    );
    assert!(!said.contains(ADA), "{said}");
    assert_eq!((places(&said), writes(&sim)), (vec!["users".to_owned()], String::new()));
    assert!(!enabled(&sim, ADA) && !enabled(&sim, "scim@example.com"));
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
    // A list may have shown them as done, so the error does not say that they are.
    assert!(said.contains("the messages of the action say what was done for the others"), "{said}");
    assert!(enabled(&sim, ADA) && !enabled(&sim, EVE));
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

/// The person whose request was sent is done; nothing is sent for the next one, and the next run does the rest.
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
            let said = changed.report().to_string();
            assert!(said.contains("was cancelled") && said.contains("eve@example.com: failed"), "{changed}");
            assert_eq!((enabled(&sim, ADA), enabled(&sim, EVE)), (to, !to), "{changed}");
            let again = self::core(&sim).action(action).invoke(users).await;
            let is_already =
                format!("ada@example.com: is {verb} already, as Atlan's list shows; nothing was sent");
            assert_eq!(lines(&again), [is_already, format!("eve@example.com: {verb}")]);
            assert_eq!(sim.journal().count("POST", ONE), 2, "{}", sim.journal());
        }
    }
}

/// One action, the opposite, and whether the person is enabled before the first and after the second.
const OPPOSITES: [(&str, &str, bool); 2] =
    [("atlan_disable_user", "atlan_enable_user", true), ("atlan_enable_user", "atlan_disable_user", false)];

async fn cast_with_ada(enabled: bool) -> Sim {
    let sim = cast().await;
    if !enabled {
        sim.disable(ADA).expect("active");
    }
    sim
}

/// The list of people lags by an hour, so a change shows neither in time nor to the next action.
#[tokio::test]
async fn the_opposite_of_a_change_that_does_not_show_yet_is_sent() {
    for (first, then, to) in OPPOSITES {
        let sim = cast_with_ada(to).await;
        sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch");
        let run = core(&sim).one_run();
        let users = json!({ "users": [ADA] });
        let unseen = run.action(first).try_invoke(users.clone()).await.expect_err("it does not show");
        assert!(unseen.to_string().contains("but the record still shows"), "{unseen}");
        assert_eq!(enabled(&sim, ADA), !to);
        let undone = run.action(then).invoke(users.clone()).await;
        let done = if to { "enabled" } else { "disabled" };
        assert_eq!(lines(&undone), [format!("ada@example.com: {done}")]);
        assert_eq!(enabled(&sim, ADA), to, "{undone}");
        // Once more changes nothing, and another run cannot know more than the list.
        let again = run.action(then).invoke(users.clone()).await;
        let other = core(&sim).action(then).invoke(users).await;
        for again in [again, other] {
            let is_already = format!("is {done} already, as Atlan's list shows; nothing was sent");
            assert_eq!(lines(&again), [format!("ada@example.com: {is_already}")]);
        }
        assert_eq!(sim.journal().count("POST", ONE), 2, "{}", sim.journal());
    }
}

/// A request whose answer was lost would undo the opposite if it took effect after it.
#[tokio::test]
async fn the_opposite_of_a_lost_request_waits_until_that_cannot_take_effect_any_more() {
    for (first, then, to) in OPPOSITES {
        let sim = cast_with_ada(to).await;
        let run = core_with(&sim, json!({ "request_timeout": "300ms", "max_retries": 0 })).one_run();
        let users = json!({ "users": [ADA] });
        let late = Rule::on("POST", ONE).times(1).drop(Moment::Before).late(Duration::from_millis(150));
        sim.fault(late).expect("a rule");
        let _ = run.action(first).try_invoke(users.clone()).await;
        run.action(then).invoke(users).await;
        let all_have_taken_effect = |journal: &[atlan_sim::Entry]| {
            let is_late = |entry: &&atlan_sim::Entry| entry.fits("POST", ONE) && !entry.applied;
            journal.iter().find(is_late).is_none().then_some(())
        };
        sim.until(all_have_taken_effect).await;
        assert_eq!(enabled(&sim, ADA), to, "{first}: {}", sim.journal());
    }
}

/// Another resource of the run has read all people before somebody outside Terraform changes one.
#[tokio::test]
async fn a_list_that_was_read_earlier_in_the_run_decides_nothing() {
    for (action, to) in [("atlan_disable_user", false), ("atlan_enable_user", true)] {
        let sim = cast().await;
        if !to {
            sim.disable(ADA).expect("active");
        }
        person_by_other_means(&sim, EVE);
        let run = core_with(&sim, json!({ "read_mode": "snapshot" })).one_run();
        run.resource("atlan_user_role").apply(json!({ "user": EVE, "role": "$guest" })).await;
        match to {
            true => sim.disable(ADA).expect("active"),
            false => sim.enable(ADA).expect("disabled"),
        }
        let changed = run.action(action).invoke(json!({ "users": [ADA] })).await;
        assert_eq!(enabled(&sim, ADA), to, "{changed}");
    }
}
