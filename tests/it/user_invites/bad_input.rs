//! Configurations that are refused without a request, and imports.

use super::*;

#[tokio::test]
async fn bad_input_is_refused_at_its_entry_without_a_request() {
    let (sim, invites) = managed(RESOURCE).await;
    sim.clear_journal();
    for (config, at, why) in [
        (people(&[("ada", "$member")]), "people[\"ada\"]", "is not an email address such as"),
        (people(&[("", "$member")]), "people[\"\"]", "is not an email address such as"),
        (people(&[(ADA, "owner")]), "people[\"ada@example.com\"].role", "$admin"),
        (
            people(&[(ADA, "$member"), ("Ada@Example.com", "$guest")]),
            "people[\"ada@example.com\"]",
            "Two entries are one person",
        ),
        (json!({ "people": null }), "people", "must not be null. Use `{}` for none."),
        (
            json!({ "people": { ADA: null } }),
            "people[\"ada@example.com\"]",
            "An object is required, not null",
        ),
        (json!({ "people": { ADA: {} } }), "people[\"ada@example.com\"].role", "is required"),
        (with(people(&[]), json!({ "on_existing": "keep" })), "on_existing", "adopt"),
        (with(people(&[]), json!({ "on_destroy": "delete" })), "on_destroy", "revoke"),
        (with(people(&[]), json!({ "max_removals": -1 })), "max_removals", "a whole number from 0"),
    ] {
        let said = invites.validate(config.clone()).await;
        assert_eq!(places(&said), [at], "{config}: one error: {said}");
        assert!(said.to_string().contains(why), "{config}: {said}");
    }
    assert_eq!(sim.journal().len(), 0, "{}", sim.journal());
}

#[tokio::test]
async fn both_spellings_of_one_person_are_named() {
    let (_, invites) = managed(RESOURCE).await;
    let said = invites.validate(people(&[(ADA, "$member"), ("Ada@Example.com", "$guest")])).await.to_string();
    assert!(said.contains("\"Ada@Example.com\" and \"ada@example.com\""), "{said}");
}

#[tokio::test]
async fn addresses_with_a_plus_are_one_warning() {
    let (_, invites) = managed(RESOURCE).await;
    let said =
        invites.validate(people(&[("a+1@example.com", "$guest"), ("a+2@example.com", "$guest")])).await;
    let said = said.to_string();
    assert_eq!(said.matches("warning at people: Atlan may refuse these addresses").count(), 1, "{said}");
    assert!(said.contains("a+1@example.com, a+2@example.com"), "{said}");
}

#[tokio::test]
async fn keys_that_are_known_only_at_apply_are_checked_there() {
    let (sim, mut invites) = managed(RESOURCE).await;
    let plan = invites.plan(json!({ "people": tfplug::testing::unknown() })).await;
    sim.clear_journal();
    let said = invites.try_apply_plan(&plan, people(&[("ada", "$member")])).await.failed().to_string();
    assert!(said.contains("error at people[\"ada\"]"), "{said}");
    assert_eq!(writes(&sim), "");
}

#[tokio::test]
async fn settings_that_are_unknown_while_planning_are_no_obstacle() {
    let (sim, _) = managed(RESOURCE).await;
    let unknown = json!({ "base_url": tfplug::testing::unknown(), "api_key": sim.api_key() });
    let mut invites = core(&sim).config_while_planning(unknown).resource(RESOURCE);
    invites.apply(people(&[(ADA, "$member")])).await;
    invites.apply(people(&[(ADA, "$guest"), (BOB, "$member")])).await;
    assert_eq!((sim.mails_to(ADA), sim.mails_to(BOB)), (1, 1));
    assert_eq!(sim.user(ADA).expect("there").role, "$guest");
}

#[tokio::test]
async fn an_import_says_what_to_do_instead() {
    let (_, mut invites) = managed(RESOURCE).await;
    let guid = "6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b";
    for said in [
        invites.try_import(guid).await.failed().to_string(),
        invites.try_import_identity(json!({ "id": guid })).await.failed().to_string(),
    ] {
        assert!(said.contains("Use `on_existing = \"adopt\"`: it takes over people"), "{said}");
    }
}

/// A truncated input file.
#[tokio::test]
async fn more_removals_than_max_removals_are_an_error_of_the_plan() {
    let (sim, mut invites) = managed(RESOURCE).await;
    invites.apply(crowd(30)).await;
    sim.clear_journal();
    let said = invites.try_plan(crowd(19)).await.failed().to_string();
    assert!(said.contains("error at people: More removals than `max_removals` allows"), "{said}");
    assert!(said.contains("removes 11 of 30 people, more than max_removals = 10"), "{said}");
    assert!(said.contains("p0019@example.com") && said.contains("and 1 more"), "{said}");
    assert_eq!(writes(&sim), "");
    for config in [
        crowd(20),
        with(crowd(19), json!({ "max_removals": 11 })),
        with(crowd(0), json!({ "on_destroy": "forget" })),
    ] {
        invites.plan(config).await;
    }
    let said = invites.try_plan(with(crowd(29), json!({ "max_removals": 0 }))).await.failed().to_string();
    assert!(said.contains("max_removals = 0"), "{said}");
    // Known only at apply.
    let plan = invites.plan(json!({ "people": tfplug::testing::unknown() })).await;
    let said = invites.try_apply_plan(&plan, crowd(2)).await.failed().to_string();
    assert!(said.contains("removes 28 of 30 people"), "{said}");
    assert_eq!(writes(&sim), "");
    assert_eq!(held(&invites).len(), 30);
}

/// Of more than a hundred people, a tenth may leave.
#[tokio::test]
async fn without_max_removals_a_tenth_of_many_people_may_leave() {
    let (sim, mut invites) = managed(RESOURCE).await;
    invites.apply(crowd(250)).await;
    sim.clear_journal();
    invites.plan(crowd(225)).await;
    let said = invites.try_plan(crowd(224)).await.failed().to_string();
    assert!(said.contains("removes 26 of 250 people, more than max_removals = 25"), "{said}");
    assert_eq!(writes(&sim), "");
}
