//! What goes wrong on the way: one live token at the end, no useless one beside it, and nobody else's is touched.

use super::*;

/// Whether a name is that of an attempt.
fn is_temporary(name: &str) -> bool {
    name.rsplit_once(" ~").is_some_and(|(_, digits)| digits.len() == 8)
}

#[tokio::test]
async fn a_lost_answer_leaves_one_token_with_its_secret() {
    let late = Duration::from_millis(60);
    let mut cases = passing("POST", TOKENS);
    cases.push(("dropped, late", Rule::on("POST", TOKENS).times(1).drop(Moment::Before).late(late)));
    for name_taken in ["allow", "conflict"] {
        side_by_side(cases.clone(), move |(case, rule)| async move {
            let (sim, mut token) = managed("atlan_api_token").await;
            sim.set(json!({ "token_name_taken": name_taken })).expect("a switch");
            // A namesake, and what looks like the attempt of a run beside this one.
            let namesake = if name_taken == "allow" { "dbt" } else { "other" };
            made_by_others(&sim, namesake);
            made_by_others(&sim, "dbt ~0a1b2c3d");
            token.set_core(&core_with(&sim, json!({ "request_timeout": "100ms" })));
            sim.fault(rule).expect("a rule");
            let applied = token.try_apply(dbt()).await;
            assert!(applied.is_ok(), "{case}: {applied:?}");
            token.plan_is_empty().await;
            assert_eq!(alive(&sim), [namesake, "dbt ~0a1b2c3d", "dbt"], "{case}: {}", sim.journal());
            let secret = text(&token.state()["token"]);
            assert!(acts(&sim, &secret).await, "{case}");
            let ours = sim.tokens().pop().expect("ours");
            assert_eq!(token.state()["id"], *ours.id, "{case}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_token_made_behind_a_500_is_deleted_and_a_tenant_that_always_fails_keeps_none() {
    let (sim, mut token) = managed("atlan_api_token").await;
    sim.set(json!({ "token_create_lost": true })).expect("a switch");
    let said = token.try_apply(dbt()).await.failed().to_string();
    assert!(said.contains("were lost, and what has appeared of these attempts was deleted"), "{said}");
    assert!(said.contains("under a name that begins with \"dbt ~\""), "{said}");
    assert!(alive(&sim).is_empty() && token.state().is_null() && !token.is_tainted());
    assert_eq!(sim.journal().count("POST", TOKENS), 2);
}

#[tokio::test]
async fn a_refused_rename_is_a_warning_and_repaired_by_the_next_apply() {
    let (sim, mut token) = managed("atlan_api_token").await;
    sim.fault(Rule::on("POST", ONE).status(409).times(1)).expect("a rule");
    let applied = token.apply(dbt()).await;
    assert!(applied.to_string().contains("keeps a temporary name"), "{applied}");
    assert!(!token.is_tainted() && is_temporary(&alive(&sim)[0]), "{:?}", alive(&sim));
    let secret = token.state()["token"].clone();
    token.apply(dbt()).await.check(expect!["update: display_name"]);
    assert_eq!((alive(&sim), &token.state()["token"]), (vec!["dbt".to_owned()], &secret));
}

#[tokio::test]
async fn a_rename_to_a_name_that_is_taken_names_who_has_it() {
    let (sim, mut token) = managed("atlan_api_token").await;
    sim.set(json!({ "token_name_taken": "conflict" })).expect("a switch");
    made_by_others(&sim, "dbt");
    let holder = sim.tokens()[0].id.clone();
    let applied = token.apply(dbt()).await.to_string();
    assert!(applied.contains(&format!("The token {holder} has that name.")), "{applied}");
    assert!(is_temporary(&alive(&sim)[1]), "{:?}", alive(&sim));
}

#[tokio::test]
async fn changes_and_deletes_survive_what_passes() {
    side_by_side(passing("POST", ONE), |(case, rule)| async move {
        let (sim, mut token) = managed("atlan_api_token").await;
        token.set_core(&impatient(&sim));
        token.apply(dbt()).await;
        sim.fault(rule).expect("a rule");
        let changed = token.try_apply(with(dbt(), json!({ "display_name": "other" }))).await;
        assert!(changed.is_ok(), "{case}: {changed:?}");
        assert_eq!(alive(&sim), ["other"], "{case}");
    })
    .await;
    side_by_side(passing("DELETE", ONE), |(case, rule)| async move {
        let (sim, mut token) = managed("atlan_api_token").await;
        token.set_core(&impatient(&sim));
        token.apply(dbt()).await;
        sim.fault(rule).expect("a rule");
        let deleted = token.try_destroy().await;
        assert!(deleted.is_ok(), "{case}: {deleted:?}");
        assert!(alive(&sim).is_empty(), "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_refused_write_leaves_the_state_true() {
    let (sim, mut token) = managed("atlan_api_token").await;
    sim.fault(Rule::on("POST", TOKENS).status(403)).expect("a rule");
    token.try_apply(dbt()).await.failed();
    assert!(token.state().is_null() && !token.is_tainted());
    sim.set_faults(vec![]).expect("rules");
    let said =
        token.try_apply(with(dbt(), json!({ "persona_qualified_names": ["default/none"] }))).await.failed();
    assert!(said.to_string().contains("persona default/none not found"), "{said}");
    token.apply(dbt()).await;
    let before = token.state();
    sim.set_faults(vec![Rule::on("*", ONE).status(403)]).expect("rules");
    token.try_apply(with(dbt(), json!({ "display_name": "other" }))).await.failed();
    token.try_destroy().await.failed();
    assert_eq!(token.state(), before);
    sim.set_faults(vec![]).expect("rules");
    token.destroy().await;
}

/// A tenant in which the answer to a create was lost, and an apply that could not learn what came of it.
async fn unclear(moment: Moment) -> (Sim, Instance) {
    let (sim, mut token) = managed("atlan_api_token").await;
    token.set_core(&core_with(&sim, json!({ "request_timeout": "100ms" })));
    sim.set_faults(vec![Rule::on("POST", TOKENS).drop(moment), Rule::on("GET", TOKENS).status(500)])
        .expect("rules");
    let said = token.try_apply(dbt()).await.failed().to_string();
    assert!(said.contains("unknown whether the API token \"dbt ~"), "{said}");
    assert!(token.is_tainted());
    sim.set_faults(vec![]).expect("rules");
    (sim, token)
}

#[tokio::test]
async fn after_an_unclear_outcome_the_useless_token_is_deleted() {
    let yes_or_no = [true, false];
    let cases = [Moment::After, Moment::Before].into_iter().flat_map(|moment| {
        yes_or_no
            .into_iter()
            .flat_map(move |refreshes| yes_or_no.map(|destroys| (moment, refreshes, destroys)))
    });
    side_by_side(cases.collect(), |(moment, refreshes, destroys)| async move {
        let (sim, mut token) = unclear(moment).await;
        let core = impatient(&sim);
        token.set_core(&if refreshes { core } else { core.without_refresh() });
        if destroys {
            token.destroy().await;
            assert!(alive(&sim).is_empty(), "{moment:?}, {refreshes}");
        } else {
            token.apply(dbt()).await;
            assert_eq!(alive(&sim), ["dbt"], "{moment:?}, {refreshes}");
            assert!(acts(&sim, &text(&token.state()["token"])).await);
            token.plan_is_empty().await;
        }
    })
    .await;
}

/// A state knows nothing of a token that was being made when the process was killed.
#[tokio::test]
async fn what_a_killed_apply_may_have_left_is_warned_of_and_stays() {
    let (sim, mut token) = managed("atlan_api_token").await;
    for name in ["dbt ~0a1b2c3d", "dbt ~0a1b2c3", "dbt ~0A1B2C3D", "dbt", "other ~0a1b2c3d"] {
        made_by_others(&sim, name);
    }
    let applied = token.apply(dbt()).await.to_string();
    let refreshed = token.refresh().await.to_string();
    for said in [applied, refreshed] {
        assert_eq!(said.matches("may be forgotten").count(), 1, "{said}");
        assert!(said.contains("API token \"dbt ~0a1b2c3d\" may be forgotten"), "{said}");
        assert!(said.contains(&*sim.tokens()[0].id) && said.contains("it works until "), "{said}");
    }
    assert_eq!(sim.tokens().len(), 6);
    // Two of one name at once are no remains of each other, nor is one that keeps the name of its attempt.
    sim.reset();
    sim.fault(Rule::on("POST", ONE).status(409).times(1)).expect("a rule");
    let core = core(&sim).one_run();
    let (mut one, mut two) = (core.resource("atlan_api_token"), core.resource("atlan_api_token"));
    let (one, two) = tokio::join!(one.apply(dbt()), two.apply(dbt()));
    let said = format!("{one}{two}");
    assert!(!said.contains("may be forgotten") && said.contains("keeps a temporary name"), "{said}");
}

/// As if Terraform had been killed after a create and before it stored the state.
#[tokio::test]
async fn a_token_of_the_same_name_that_this_identity_made_lately_is_named() {
    let (sim, mut token) = managed("atlan_api_token").await;
    token.apply(dbt()).await;
    let first = sim.tokens()[0].id.clone();
    let there_is = "There is another API token \"dbt\"";
    sim.admit("ada@example.com", "$admin", false).expect("a newcomer");
    sim.make_token("ada@example.com", "dbt").expect("a token of somebody else");
    // By this identity, but with another description.
    made_by_others(&sim, "dbt");
    for (passed, warns) in [(0, true), (3500, true), (200, false)] {
        sim.advance(Duration::from_secs(passed));
        // Two of one run do not name each other.
        let core = core(&sim).one_run();
        let (mut one, mut two) = (core.resource("atlan_api_token"), core.resource("atlan_api_token"));
        let said = format!("{}{}", one.apply(dbt()).await, two.apply(dbt()).await);
        let named = said
            .matches(&*format!("({first}) has the same name and description. It was created at "))
            .count();
        let all = (said.matches(there_is).count(), named, said.contains("it works until "));
        assert_eq!(all, if warns { (2, 2, true) } else { (0, 0, false) }, "{passed}: {said}");
        one.destroy().await;
        two.destroy().await;
    }
    // A token that has expired is not named.
    let short = with(dbt(), json!({ "validity": "10m" }));
    for passed in [0, 1200] {
        core(&sim).resource("atlan_api_token").apply(short.clone()).await;
        sim.advance(Duration::from_secs(passed));
    }
    let said = core(&sim).resource("atlan_api_token").apply(short).await.to_string();
    assert!(!said.contains(there_is), "{said}");
}

/// As if Terraform had been killed in a replacement under `create_before_destroy`: the state has the old token, and no create follows.
#[tokio::test]
async fn a_refresh_names_a_token_of_the_same_name_that_no_object_of_the_state_stands_for() {
    let (sim, mut token) = managed("atlan_api_token").await;
    token.apply(dbt()).await;
    let there_is = "There is another API token \"dbt\"";
    sim.admit("ada@example.com", "$admin", false).expect("a newcomer");
    sim.make_token("ada@example.com", "dbt").expect("a token of somebody else");
    made_by_others(&sim, "dbt");
    made_by_others(&sim, "dbt Cloud");
    let said = token.refresh().await.to_string();
    assert!(!said.contains(there_is), "another maker, description or name: {said}");

    core(&sim).resource("atlan_api_token").apply(with(dbt(), json!({ "validity": "240h" }))).await;
    let left = sim.tokens().pop().expect("a token").id;
    for passed in [0, 9 * 24 * 3600] {
        sim.advance(Duration::from_secs(passed));
        let said = token.refresh().await.to_string();
        assert_eq!(said.matches(there_is).count(), 1, "{said}");
        assert!(said.contains(&*left) && said.contains("it works until "), "{said}");
        token.plan_is_empty().await;
    }
    sim.advance(Duration::from_secs(2 * 24 * 3600));
    let said = token.refresh().await.to_string();
    assert!(!said.contains(there_is), "it has expired: {said}");

    // The run has the right to replace a token of somebody else.
    let hers = sim.tokens().into_iter().find(|one| one.created_by == "ada").expect("hers").id;
    let mut imported = core(&sim).resource("atlan_api_token");
    imported.import(&hers).await;
    let said = imported.refresh().await.to_string();
    assert!(said.contains(there_is) && said.contains(&text(&token.state()["id"])), "{said}");
}

/// Reads come in any order, and a name may be shared on purpose.
#[tokio::test]
async fn tokens_of_one_state_that_share_a_name_are_not_named() {
    let (sim, mut one) = managed("atlan_api_token").await;
    one.apply(dbt()).await;
    let (mut two, mut other) =
        (core(&sim).resource("atlan_api_token"), core(&sim).resource("atlan_api_token"));
    two.apply(dbt()).await;
    other.apply(with(dbt(), json!({ "display_name": "other" }))).await;
    let run = core(&sim).one_run();
    for token in [&mut one, &mut two, &mut other] {
        token.set_core(&run);
    }
    // From here on the list is known, so a read that waited for no other would be over before the next one begins.
    other.refresh().await;
    let (first, second) = tokio::join!(one.refresh(), two.refresh());
    let said = format!("{first}{second}");
    assert!(!said.contains("There is another"), "{said}");
}

/// What they would warn of may be read after them.
#[tokio::test]
async fn ctrl_c_ends_the_wait_of_a_refresh_for_others_without_a_warning() {
    let (sim, mut token) = managed("atlan_api_token").await;
    token.apply(dbt()).await;
    core(&sim).resource("atlan_api_token").apply(dbt()).await;
    let core = self::core(&sim).one_run();
    // The list is known, so the refresh is at its wait when the command is interrupted.
    let mut other = core.resource("atlan_api_token");
    other.import(&sim.tokens()[0].id).await;
    token.set_core(&core);
    let (refreshed, ()) = tokio::join!(token.refresh(), core.stop());
    let said = refreshed.to_string();
    assert!(!said.contains("There is another"), "{said}");
    token.set_core(&self::core(&sim));
    let said = token.refresh().await.to_string();
    assert!(said.contains("There is another"), "without Ctrl-C: {said}");
}

#[tokio::test]
async fn ctrl_c_keeps_the_secret_of_the_token_that_is_made() {
    for moment in [Moment::Before, Moment::After] {
        let (sim, mut token) = managed("atlan_api_token").await;
        let core = core(&sim);
        token.set_core(&core);
        let hold = sim.hold("POST", TOKENS, moment);
        let interrupt = async {
            sim.arrived("POST", TOKENS).await;
            core.stop().await;
            hold.release();
        };
        let (applied, ()) = tokio::join!(token.try_apply(dbt()), interrupt);
        assert_eq!(sim.tokens().len(), 1, "{applied:?}");
        assert!(!token.is_tainted(), "{applied:?}");
        assert!(acts(&sim, &text(&token.state()["token"])).await);
        token.set_core(&self::core(&sim));
        token.apply(dbt()).await;
        assert_eq!(alive(&sim), ["dbt"]);
        token.plan_is_empty().await;
    }
}

#[tokio::test]
async fn a_token_that_shows_late_and_one_that_is_gone_already() {
    let (sim, mut token) = managed("atlan_api_token").await;
    sim.set(json!({ "token_visible_after_ms": 150 })).expect("a switch");
    token.apply(dbt()).await;
    token.plan_is_empty().await;
    for switch in ["not_found", "ok"] {
        sim.set(json!({ "token_delete_missing": switch })).expect("a switch");
        let mut second = core(&sim).resource("atlan_api_token");
        second.import("name:dbt").await;
        token.destroy().await;
        second.set_core(&core(&sim).without_refresh());
        second.destroy().await;
        token.apply(dbt()).await;
    }
}

#[tokio::test]
async fn ctrl_c_in_a_rename_and_in_a_delete_leaves_the_state_true() {
    for moment in [Moment::Before, Moment::After] {
        let (sim, mut token) = managed("atlan_api_token").await;
        token.apply(dbt()).await;
        let secret = text(&token.state()["token"]);
        let other = with(dbt(), json!({ "display_name": "other" }));
        let stopped = core(&sim);
        token.set_core(&stopped);
        let renamed =
            interrupted(&sim, &stopped, ("POST", ONE, moment), token.try_apply(other.clone())).await;
        assert_eq!(alive(&sim), ["other"], "{renamed:?}");
        assert!(!token.is_tainted() && token.state()["token"] == *secret, "{renamed:?}");
        token.set_core(&core(&sim));
        token.apply(other).await;
        token.plan_is_empty().await;
        assert!(acts(&sim, &secret).await);

        let stopped = core(&sim);
        token.set_core(&stopped);
        let deleted = interrupted(&sim, &stopped, ("DELETE", ONE, moment), token.try_destroy()).await;
        assert!(alive(&sim).is_empty(), "{deleted:?}");
        token.set_core(&core(&sim));
        token.destroy().await;
        assert!(token.state().is_null());
        assert_eq!(sim.journal().count("DELETE", ONE), 1, "{}", sim.journal());
    }
}

/// Nobody else has the name of an attempt, so the token is ours although Atlan has refused to make it. Nobody has its secret.
#[tokio::test]
async fn a_token_that_was_made_although_atlan_refused_it_is_deleted_and_made_again() {
    for status in [400, 409] {
        let (sim, mut token) = managed("atlan_api_token").await;
        sim.fault(Rule::on("POST", TOKENS).status(status).applied().times(1)).expect("a rule");
        token.apply(dbt()).await;
        assert_eq!(alive(&sim), ["dbt"], "{status}: {}", sim.journal());
        assert!(acts(&sim, &text(&token.state()["token"])).await);
        token.plan_is_empty().await;
    }
}

/// The resource of the state works, and the next apply renames it. Another resource of the same name says nothing about it.
#[tokio::test]
async fn a_token_of_the_state_that_could_not_be_renamed_is_not_called_forgotten() {
    let sim = tenant(KeyKind::ApiToken).await;
    let run = core(&sim).one_run();
    let (mut one, mut two) = (run.resource("atlan_api_token"), run.resource("atlan_api_token"));
    sim.fault(Rule::on("POST", ONE).status(500).times(1)).expect("a rule");
    one.apply(dbt()).await;
    two.apply(dbt()).await;
    let run = core(&sim).one_run();
    one.set_core(&run);
    two.set_core(&run);
    let said = format!("{}{}", one.refresh().await, two.refresh().await);
    assert!(!said.contains("may be forgotten"), "{said}");
    // A state that has only one of them cannot know.
    two.set_core(&core(&sim));
    let said = two.refresh().await.to_string();
    assert!(said.contains("may be forgotten") && said.contains("If a state has this GUID"), "{said}");
}

/// Atlan has made the token although it refused it, and one of the reads that find this out fails. If the refusal had to be believed, the
/// next apply warns.
#[tokio::test]
async fn a_token_that_was_made_although_atlan_refused_it_is_not_forgotten_if_a_read_fails() {
    side_by_side((0..5).collect(), |failing| async move {
        let (sim, mut token) = managed("atlan_api_token").await;
        sim.fault(Rule::on("POST", TOKENS).status(409).applied().times(1)).expect("a rule");
        sim.fault(Rule::on("GET", TOKENS).after_n(failing).status(403).times(1)).expect("a rule");
        let first = token.try_apply(dbt()).await;
        sim.set_faults(Vec::new()).expect("no rules");
        let second = token.try_apply(dbt()).await;
        let is_told =
            second.as_ref().is_ok_and(|second| second.report().to_string().contains("may be forgotten"));
        assert!(
            alive(&sim) == ["dbt"] || is_told,
            "read {failing}: {first:?}\n{second:?}\n{}",
            sim.journal()
        );
    })
    .await;
}

/// The old token has the name as long as it lives, so the new one keeps that of its attempt until the next apply.
#[tokio::test]
async fn where_names_are_unique_a_token_that_is_created_first_gets_its_name_by_the_next_apply() {
    let (sim, mut token) = managed("atlan_api_token").await;
    sim.set(json!({ "token_name_taken": "conflict" })).expect("a switch");
    token.create_before_destroy();
    token.apply(dbt()).await;
    let before = token.state();
    token.replace_next();
    let applied = token.apply(dbt()).await.to_string();
    assert!(applied.contains("keeps a temporary name"), "{applied}");
    assert!(applied.contains(&format!("The token {} has that name.", text(&before["id"]))), "{applied}");
    let secret = text(&token.state()["token"]);
    assert_ne!(before["token"], *secret);
    assert!(alive(&sim).len() == 1 && is_temporary(&alive(&sim)[0]), "{:?}", alive(&sim));
    token.apply(dbt()).await.check(expect!["update: display_name"]);
    assert_eq!((alive(&sim), text(&token.state()["token"])), (vec!["dbt".to_owned()], secret.clone()));
    assert!(acts(&sim, &secret).await);
    token.plan_is_empty().await;
}

/// A destroy that trusted the answer would forget a token that still works.
#[tokio::test]
async fn a_delete_that_atlan_ignores_is_an_error_that_says_so_and_the_token_is_kept() {
    let (sim, mut token) = managed("atlan_api_token").await;
    token.apply(dbt()).await;
    let before = token.state();
    sim.fault(ignored("DELETE", ONE)).expect("a rule");
    let said = token.try_destroy().await.failed().to_string();
    assert!(said.contains("Atlan accepted the deletion of the API token"), "{said}");
    assert!(said.contains("but the record still shows the API token"), "{said}");
    assert_eq!((token.state(), alive(&sim)), (before, vec!["dbt".to_owned()]));
    sim.set_faults(vec![]).expect("no rule");
    token.destroy().await;
    assert!(alive(&sim).is_empty());
}

#[tokio::test]
async fn a_token_that_never_appears_is_given_up_with_a_warning() {
    let (sim, mut token) = managed("atlan_api_token").await;
    sim.set(json!({ "token_visible_after_ms": 3_600_000 })).expect("a switch");
    let said =
        token.apply(with(dbt(), json!({ "timeouts": { "create": "300ms" } }))).await.report().to_string();
    assert!(said.contains("does not appear in Atlan yet"), "{said}");
    let id = text(&token.state()["id"]);
    let said = token.refresh().await.to_string();
    assert!(said.contains("does not appear in Atlan") && said.contains(&id), "{said}");
    assert!(token.state().is_null());
}
