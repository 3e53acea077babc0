//! Bad input, lock-out, and what goes wrong between Terraform and Atlan.

use atlan_sim::{KeyKind, Moment, Rule};

use super::*;

#[tokio::test]
async fn bad_input_is_refused_at_its_attribute_without_a_request() {
    let (sim, ada) = world().await;
    for (config, at, why) in [
        (role("", "$guest"), "user", "is not a person: give a GUID or an email address"),
        (role(" ", "$guest"), "user", "is not a person: give a GUID or an email address"),
        (role("ada", "$guest"), "user", "is not a person: give a GUID or an email address"),
        (role("ada@", "$guest"), "user", "is not an email address such as"),
        (role("apikey-0b5e4f3d", "$guest"), "user", "have no workspace role"),
        (json!({ "user": null, "role": "$guest" }), "user", "that invitation did not succeed"),
        (role(ADA, "owner"), "role", "one of \"$admin\" (also \"admin\")"),
        (json!({ "user": ADA, "role": null }), "role", "must not be null"),
        (with(role(ADA, "$guest"), json!({ "on_destroy": "revoke" })), "on_destroy", "restore"),
    ] {
        let said = ada.validate(config.clone()).await;
        assert_eq!(places(&said), [at], "{config}: one error: {said}");
        assert!(said.to_string().contains(why), "{config}: {said}");
    }
    assert_eq!(sim.journal().len(), 0, "{}", sim.journal());
}

#[tokio::test]
async fn whoever_is_unknown_to_atlan_is_named_in_the_plan_and_nothing_is_sent() {
    let (sim, mut ada) = world().await;
    for (user, why) in [
        ("nobody@example.com", "Invite with `atlan_user_invite`"),
        ("00000000-0000-4000-8000-000000000000", "has the GUID 00000000-0000-4000-8000-000000000000"),
    ] {
        let said = ada.try_plan(role(user, "$guest")).await.failed().to_string();
        assert!(said.contains("error at user:") && said.contains(why), "{said}");
    }
    // Unknown settings: the apply finds it.
    let unknown = json!({ "base_url": tfplug::testing::unknown(), "api_key": sim.api_key() });
    ada.set_core(&core(&sim).config_while_planning(unknown));
    let said = ada.try_apply(role("nobody@example.com", "$guest")).await.failed().to_string();
    assert!(said.contains("error at user:") && said.contains("Invite with `atlan_user_invite`"), "{said}");
    assert_eq!(writes(&sim), "");
    ada.apply(role(ADA, "$guest")).await;
    let id = sim.user(ADA).expect("there").id;
    ada.destroy().await;
    ada.apply(role(&id, "$guest")).await;
    ada.apply(role(&id, "$admin")).await;
    let unknown = json!({ "user": tfplug::testing::unknown(), "role": "$admin" });
    let said = ada.try_plan(unknown.clone()).await.failed();
    assert_eq!(places(&said), ["user"], "{said}");
    assert!(said.to_string().contains("Could not replace the role of ada@example.com yet"), "{said}");
    // Nothing is lowered and raised again if the destroy leaves the role alone.
    ada.apply(with(role(&id, "$admin"), json!({ "on_destroy": "keep" }))).await;
    let plan = ada.plan(with(unknown, json!({ "on_destroy": "keep" }))).await.to_string();
    assert!(plan.starts_with("replace because of user"), "{plan}");
}

/// Terraform plans the creation of what has left before it plans a destroy, so an error would keep the destroy from all objects.
#[tokio::test]
async fn somebody_who_has_left_blocks_no_plan_and_fails_in_the_apply() {
    let (sim, mut ada) = given("$admin").await;
    sim.remove(ADA).expect("there");
    sim.clear_journal();
    let plan = ada.plan(role(ADA, "$admin")).await;
    let said = plan.to_string();
    assert!(said.starts_with("create") && said.contains("ada@example.com has left Atlan"), "{said}");
    assert!(said.contains("The apply will fail"), "{said}");
    let said = ada.try_apply_plan(&plan, role(ADA, "$admin")).await.failed();
    assert_eq!(places(&said), ["user"], "{said}");
    assert!(said.to_string().contains("There is no such person") && ada.state().is_null(), "{said}");
    // Nobody in the state has left any more, so this is as for everybody who is unknown.
    let said = ada.try_plan(role(ADA, "$admin")).await.failed().to_string();
    assert!(
        said.contains("There is no such person") && said.contains("`terraform destroy -refresh=false`"),
        "{said}"
    );
    assert_eq!(writes(&sim), "");
}

#[tokio::test]
async fn a_pending_person_whose_role_the_tenant_keeps_is_explained() {
    let (sim, mut bob) = managed("atlan_user_role").await;
    sim.invite("bob@example.com", "$guest").expect("invited");
    sim.set(json!({ "role_change_pending": "reject" })).expect("a switch");
    let config = role("bob@example.com", "$member");
    let said = bob.try_apply(config.clone()).await.failed().to_string();
    assert!(said.contains("error at role:"), "{said}");
    assert!(said.contains("bob@example.com has not accepted the invitation yet"), "{said}");
    assert!(said.contains("may require that the person accepts the invitation first"), "{said}");
    assert!(said.contains("was refused with 400"), "{said}");
    assert!(bob.state().is_null());
    sim.accept("bob@example.com").expect("pending");
    bob.apply(config).await;
    bob.plan_is_empty().await;
}

#[tokio::test]
async fn a_role_that_scim_decides_about_is_explained_wherever_it_is_set() {
    let (sim, mut ada) = managed("atlan_user_role").await;
    sim.admit(ADA, "$member", true).expect("a newcomer");
    ada.apply(role(ADA, "$guest")).await;
    sim.set(json!({ "role_change_scim": "reject" })).expect("a switch");
    let explains = |said: &str| {
        assert!(said.contains("ada@example.com is managed by SCIM"), "{said}");
        assert!(said.contains("was refused with 403") && said.contains("identity provider"), "{said}");
    };
    let said = ada.try_apply(role(ADA, "$admin")).await.failed().to_string();
    assert!(said.contains("error at role:"), "{said}");
    explains(&said);
    assert_eq!(ada.state()["role"], "$guest");
    let mut lowers = core(&sim).resource("atlan_user_role");
    lowers.import(ADA).await;
    sim.give_role(ADA, "$member").expect("there");
    lowers.apply(with(role(ADA, "$member"), json!({ "on_destroy": "downgrade" }))).await;
    explains(&lowers.try_destroy().await.failed().to_string());
    assert!(!lowers.state().is_null());
    let mut invite = core(&sim).resource("atlan_user_invite");
    invite.import(ADA).await;
    explains(&invite.try_apply(json!({ "email": ADA, "role": "$guest" })).await.failed().to_string());
}

/// Two of them at once: each sees the other, so only one is lowered.
#[tokio::test]
async fn of_two_admins_lowered_at_once_one_stays() {
    let sim = tenant(KeyKind::OauthClient).await;
    sim.set(json!({ "last_admin": "allow" })).expect("a switch");
    let first = sim.users().first().expect("somebody").email.clone();
    sim.admit(ADA, "$admin", false).expect("a newcomer");
    sim.invite("bob@example.com", "$admin").expect("invited: no admin yet");
    let run = core(&sim).one_run();
    let mut roles = Vec::new();
    for email in [first, ADA.to_owned()] {
        let (mut object, config) = (run.resource("atlan_user_role"), role(&email, "$member"));
        let plan = object.plan(config.clone()).await;
        roles.push((object, config, plan));
    }
    sim.clear_journal();
    let lowered = at_once(roles.into_iter().map(|(mut object, config, plan)| async move {
        let applied = object.try_apply_plan(&plan, config).await;
        (object, applied)
    }))
    .await;
    let (failed, done): (Vec<_>, Vec<_>) = lowered.into_iter().partition(|(_, applied)| applied.is_err());
    assert_eq!((failed.len(), done.len()), (1, 1));
    for (object, applied) in failed {
        let said = applied.failed().to_string();
        assert!(said.contains("It is not safe to lower the role of"), "{said}");
        assert!(said.contains("error at role:") && said.contains("allow_self_lockout"), "{said}");
        assert!(object.state().is_null());
    }
    assert_eq!(sim.journal().on("POST", ROLE_UPDATES).len(), 1);
}

#[tokio::test]
async fn nobody_locks_themselves_out_by_a_role_or_its_destroy() {
    let sim = tenant(KeyKind::User).await;
    sim.set(json!({ "last_admin": "allow", "role_change_self": "allow" })).expect("switches");
    let me = sim.users().first().expect("somebody").email.clone();
    let mut mine = core(&sim).resource("atlan_user_role");
    mine.import(&me).await;
    sim.clear_journal();
    let said = mine.try_apply(role(&me, "$guest")).await.failed().to_string();
    assert!(said.contains("this is the identity that makes the requests"), "{said}");
    mine.apply(with(role(&me, "$admin"), json!({ "on_destroy": "downgrade" }))).await;
    let said = mine.try_destroy().await.failed().to_string();
    assert!(said.contains("this is the identity that makes the requests"), "{said}");
    assert_eq!((writes(&sim), role_of(&sim, &me)), (String::new(), "$admin"));
    mine.set_core(&core_with(&sim, json!({ "allow_self_lockout": true })));
    mine.destroy().await;
    assert_eq!(role_of(&sim, &me), "$guest");
}

/// With `allow_self_lockout`, the tenant's own refusal is what the practitioner reads.
#[tokio::test]
async fn the_tenants_own_guards_are_explained() {
    let sim = tenant(KeyKind::User).await;
    let me = sim.users().first().expect("somebody").email.clone();
    let mut mine = core_with(&sim, json!({ "allow_self_lockout": true })).resource("atlan_user_role");
    let said = mine.try_apply(role(&me, "$guest")).await.failed().to_string();
    assert!(said.contains("was refused with 403") && said.contains("yourself"), "{said}");
    assert!(said.contains("The person is the identity that makes the requests"), "{said}");
    assert!(!said.contains("another credential"), "{said}");
    assert!(mine.state().is_null());
    // The last admin, with the key of an API token.
    for policy in ["restore", "downgrade"] {
        let (sim, mut ada) = world().await;
        ada.set_core(&core_with(&sim, json!({ "allow_self_lockout": true })));
        ada.apply(with(role(ADA, "$admin"), json!({ "on_destroy": policy }))).await;
        let maker = sim.users().first().expect("somebody").email.clone();
        sim.give_role(&maker, "$member").expect("there");
        for said in [
            ada.try_apply(role(ADA, "$guest")).await.failed().to_string(),
            ada.try_destroy().await.failed().to_string(),
        ] {
            assert!(said.contains("was refused with 403") && said.contains("last enabled admin"), "{said}");
            assert!(!said.contains("another credential"), "{said}");
        }
        assert_eq!(role_of(&sim, ADA), "$admin");
    }
}

#[tokio::test]
async fn a_change_that_fails_leaves_the_truth_and_the_next_apply_converges() {
    let post = || Rule::on("POST", ROLE_UPDATES);
    let cases = vec![
        ("lost before, once", post().drop(Moment::Before).times(1), true),
        ("lost after, once", post().drop(Moment::After).times(1), true),
        ("429 with a pause", post().status(429).retry_after(0).times(2), true),
        ("503", post().status(503).times(2), true),
        ("500 with effect", post().status(500).applied().times(1), true),
        ("lost after, always", post().drop(Moment::After), true),
        ("503, always", post().status(503), false),
        ("403", post().status(403), false),
        ("400", post().status(400), false),
        ("404 of a gateway", post().status(404).html(), false),
    ];
    side_by_side(cases, |(case, rule, passes)| async move {
        let (sim, mut ada) = world().await;
        let hurried = core_with(&sim, json!({ "max_retries": 2, "request_timeout": "400ms" }));
        ada.set_core(&hurried);
        sim.set_faults(vec![rule.clone()]).expect("a rule");
        let applied = ada.try_apply(role(ADA, "$admin")).await;
        assert_eq!(applied.is_ok(), passes, "{case}: {applied:?}");
        assert_eq!(ada.state().is_null(), !passes, "{case}");
        assert!(!ada.is_tainted(), "{case}");
        sim.set_faults(vec![]).expect("no rule");
        ada.apply(role(ADA, "$admin")).await;
        ada.plan_is_empty().await;
        assert_eq!(
            (role_of(&sim, ADA), &ada.state()["previous_role"]),
            ("$admin", &json!("$member")),
            "{case}"
        );

        sim.set_faults(vec![rule.clone()]).expect("a rule");
        let updated = ada.try_apply(role(ADA, "$guest")).await;
        assert_eq!(updated.is_ok(), passes, "{case}: {updated:?}");
        sim.set_faults(vec![]).expect("no rule");
        ada.apply(role(ADA, "$guest")).await;
        ada.apply(role(ADA, "$admin")).await;

        sim.set_faults(vec![rule]).expect("a rule");
        let destroyed = ada.try_destroy().await;
        assert_eq!(destroyed.is_ok(), passes, "{case}: {destroyed:?}");
        assert_eq!(ada.state().is_null(), passes, "{case}");
        sim.set_faults(vec![]).expect("no rule");
        if !passes {
            ada.destroy().await;
        }
        assert_eq!(role_of(&sim, ADA), "$member", "{case}");
    })
    .await;
}

/// A create whose outcome stays unknown must not lose the role of before.
#[tokio::test]
async fn a_create_of_unknown_outcome_keeps_the_role_of_before_with_a_warning() {
    for (case, rule, effect) in [
        ("500, never done", Rule::on("POST", ROLE_UPDATES).status(500), false),
        ("lost, never done", Rule::on("POST", ROLE_UPDATES).drop(Moment::Before), false),
        ("done, no look works", Rule::on("GET", USERS).status(500), true),
        (
            "a page in place of an answer, never done",
            Rule::on("POST", ROLE_UPDATES).status(200).html(),
            false,
        ),
    ] {
        let (sim, mut ada) = world().await;
        ada.set_core(&core_with(&sim, json!({ "max_retries": 0, "request_timeout": "300ms" })));
        let looks = rule.method.as_deref() == Some("GET");
        let applied = if looks {
            let hold = sim.hold("POST", ROLE_UPDATES, Moment::Before);
            let applying = tokio::spawn(async move { (ada.try_apply(role(ADA, "$admin")).await, ada) });
            sim.arrived("POST", ROLE_UPDATES).await;
            sim.fault(rule).expect("a rule");
            hold.release();
            let (applied, object) = applying.await.expect("no panic");
            ada = object;
            applied
        } else {
            sim.fault(rule).expect("a rule");
            ada.try_apply(role(ADA, "$admin")).await
        };
        let applied = applied.unwrap_or_else(|said| panic!("{case}: {said}"));
        let said = applied.report().to_string();
        assert!(said.contains("The role of ada@example.com is not certain"), "{case}: {said}");
        assert!(said.contains("$member as `previous_role`"), "{case}: {said}");
        assert_eq!(role_of(&sim, ADA) == "$admin", effect, "{case}");
        sim.set_faults(vec![]).expect("no rule");
        ada.set_core(&core(&sim));
        let plan = ada.plan(role(ADA, "$admin")).await;
        assert_eq!(plan.is_empty(), effect, "{case}: {plan}");
        ada.apply(role(ADA, "$admin")).await;
        assert_eq!(ada.state()["previous_role"], "$member", "{case}");
        ada.destroy().await;
        assert_eq!(role_of(&sim, ADA), "$member", "{case}");
    }
}

/// The change shows, so the page that came in place of an answer does not matter.
#[tokio::test]
async fn a_change_whose_answer_cannot_be_read_is_looked_at() {
    let (sim, mut ada) = world().await;
    sim.fault(Rule::on("POST", ROLE_UPDATES).status(200).applied().html()).expect("a rule");
    let applied = ada.apply(role(ADA, "$admin")).await;
    assert!(!applied.to_string().contains("warning"), "{applied}");
    assert_eq!((role_of(&sim, ADA), &ada.state()["previous_role"]), ("$admin", &json!("$member")));
    ada.apply(role(ADA, "$guest")).await;
    ada.destroy().await;
    assert_eq!(role_of(&sim, ADA), "$guest");
}

/// The first attempt takes effect after the second one was refused. The create must know, or the role of before is lost.
#[tokio::test]
async fn a_lost_attempt_that_takes_effect_after_a_refused_one_is_seen() {
    let late = std::time::Duration::from_millis(250);
    for (first, second) in [
        (Rule::on("POST", ROLE_UPDATES).drop(Moment::Before).late(late), 503),
        (Rule::on("POST", ROLE_UPDATES).status(503).late(late), 503),
        (Rule::on("POST", ROLE_UPDATES).drop(Moment::Before).late(late), 403),
    ] {
        let (sim, mut ada) = world().await;
        ada.set_core(&core_with(&sim, json!({ "max_retries": 1, "request_timeout": "400ms" })));
        let then = Rule::on("POST", ROLE_UPDATES).status(second);
        sim.set_faults(vec![first.times(1), then]).expect("rules");
        ada.apply(role(ADA, "$admin")).await;
        assert_eq!(
            (role_of(&sim, ADA), &ada.state()["previous_role"]),
            ("$admin", &json!("$member")),
            "{second}"
        );
    }
}

/// The delete half of a replacement changes nothing, so the role of before must not be lost when the create half cannot even look.
#[tokio::test]
async fn a_replacement_that_cannot_look_the_person_up_keeps_what_the_state_had() {
    let (sim, ..) = world().await;
    let id = sim.user(ADA).expect("there").id;
    for user in [ADA, &id] {
        let mut ada = core(&sim).resource("atlan_user_role");
        ada.apply(role(user, "$admin")).await;
        let before = ada.state();
        assert_eq!(before["previous_role"], "$member");
        ada.taint();
        let run = core_with(&sim, json!({ "max_retries": 0 })).one_run();
        ada.set_core(&run);
        let plan = ada.plan(role(user, "$admin")).await;
        // A new process for the apply: it has read nobody yet.
        ada.set_core(&core_with(&sim, json!({ "max_retries": 0 })).one_run());
        sim.fault(Rule::on("GET", USERS).status(500)).expect("a rule");
        ada.try_apply_plan(&plan, role(user, "$admin")).await.failed();
        assert_eq!(ada.state(), before, "{user}");
        sim.set_faults(Vec::new()).expect("no rule");
        ada.set_core(&core(&sim));
        ada.apply(role(user, "$admin")).await;
        assert_eq!(ada.state(), before, "{user}");
        ada.destroy().await;
        assert_eq!(role_of(&sim, ADA), "$member", "{user}");
    }
}

/// Another resource has taken the person in this apply, under a name that its plan did not know.
#[tokio::test]
async fn a_replacement_whose_person_another_resource_has_taken_keeps_what_the_state_had() {
    let (sim, mut ada) = world().await;
    ada.apply(role(ADA, "$admin")).await;
    let before = ada.state();
    assert_eq!(before["previous_role"], "$member");
    ada.taint();
    let run = core(&sim).one_run();
    ada.set_core(&run);
    let mut other = run.resource("atlan_user_role");
    let replace = ada.plan(role(ADA, "$admin")).await;
    let late = json!({ "user": tfplug::testing::unknown(), "role": "$admin" });
    let create = other.try_plan(late).await.expect("a plan");
    // A new process for the apply.
    let run = core(&sim).one_run();
    ada.set_core(&run);
    other.set_core(&run);
    other.apply_plan(&create, role(ADA, "$admin")).await;
    let said = ada.try_apply_plan(&replace, role(ADA, "$admin")).await.failed().to_string();
    assert!(said.contains("ada@example.com"), "{said}");
    assert_eq!(ada.state(), before, "{said}");
}

#[tokio::test]
async fn ctrl_c_lets_the_request_in_flight_finish() {
    let (sim, mut ada) = world().await;
    let terraform = core(&sim);
    ada.set_core(&terraform);
    let hold = sim.hold("POST", ROLE_UPDATES, Moment::After);
    let applying = tokio::spawn(async move { (ada.try_apply(role(ADA, "$admin")).await, ada) });
    sim.arrived("POST", ROLE_UPDATES).await;
    terraform.stop().await;
    hold.release();
    let (_, mut ada) = applying.await.expect("no panic");
    ada.set_core(&core(&sim));
    assert_eq!(ada.state()["previous_role"], "$member", "the state has it");
    ada.apply(role(ADA, "$admin")).await;
    ada.plan_is_empty().await;
    ada.destroy().await;
    assert_eq!(role_of(&sim, ADA), "$member");
}

/// Lists may show it late, and nothing else knows the role of before.
#[tokio::test]
async fn a_role_that_the_tenant_accepts_and_does_not_show_keeps_the_role_of_before_with_a_warning() {
    for late in [false, true] {
        let (sim, mut ada) = world().await;
        match late {
            true => sim.set(json!({ "user_changes_visible_after_ms": 3_600_000 })).expect("a switch"),
            false => sim.fault(Rule::on("POST", ROLE_UPDATES).status(200)).expect("a rule"),
        }
        let said = ada.apply(role(ADA, "$admin")).await.to_string();
        assert!(said.contains("Atlan accepted the role $admin for ada@example.com, but"), "{late}: {said}");
        assert_eq!(ada.state()["previous_role"], "$member", "{late}");
        sim.set_faults(Vec::new()).expect("no rule");
        sim.set(json!({ "user_changes_visible_after_ms": 0 })).expect("a switch");
        sim.advance(std::time::Duration::from_secs(3_601));
        ada.set_core(&core(&sim));
        ada.apply(role(ADA, "$admin")).await;
        ada.plan_is_empty().await;
        ada.destroy().await;
        assert_eq!(role_of(&sim, ADA), "$member", "{late}");
    }
}

/// The delete half of an imported role changes nothing (`previous_role` is null), so a replacement takes nothing away.
#[tokio::test]
async fn an_imported_role_may_be_replaced_by_a_name_known_only_after_apply() {
    let (_sim, mut ada) = world().await;
    ada.import(ADA).await;
    assert!(ada.state()["previous_role"].is_null());
    let role = ada.state()["role"].clone();
    let planned = ada.try_plan(json!({ "user": tfplug::testing::unknown(), "role": role })).await;
    assert!(planned.is_ok(), "nobody would lose anything: {planned:?}");
}

/// Terraform repeats the plan of the new object in the apply, when the old one is a deposed object already.
#[tokio::test]
async fn under_create_before_destroy_a_refused_read_does_not_leave_a_deposed_object_alone() {
    let (sim, mut ada) = world().await;
    ada.create_before_destroy();
    ada.apply(role(ADA, "$admin")).await;
    ada.replace_next();
    let plan = ada.plan(role(ADA, "$admin")).await;
    ada.set_core(&core(&sim));
    sim.fault(Rule::on("GET", USERS).status(403).times(1)).expect("a rule");
    ada.apply_plan(&plan, role(ADA, "$admin")).await;
    assert_eq!(role_of(&sim, ADA), "$admin");
    ada.plan_is_empty().await;
}
