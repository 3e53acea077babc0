//! `atlan_sso_group_mapping`: made once, found by its name, changed without losing what others have set, and gone when it is gone.

use atlan_sim::{KeyKind, Sim};
use expect_test::expect;
use serde_json::{Value, json};
use tfplug::testing::Instance;

use crate::harness::*;

mod failures;

pub(crate) const MAPPERS: &str = "/api/service/idp/okta/mappers";
const AZURE: &str = "/api/service/idp/azure/mappers";

/// A tenant with a group, and a mapping of it that is not created yet.
pub(crate) async fn mapping() -> (Sim, Instance, String) {
    let (sim, mapping) = managed("atlan_sso_group_mapping").await;
    let group = group_by_other_means(&sim, "stewards", json!({ "alias": ["Stewards"] }));
    sim.clear_journal();
    (sim, mapping, group)
}

pub(crate) fn config(group: &str) -> Value {
    json!({ "idp_alias": "okta", "group_id": group, "sso_group": "data-stewards" })
}

/// What the tenant has for that identity provider.
pub(crate) fn mappers(sim: &Sim) -> Vec<Value> {
    by_other_means_get(sim, MAPPERS).as_array().expect("a list").clone()
}

/// A mapping made by somebody else; its id.
pub(crate) fn by_others(sim: &Sim, name: &str, config: Value) -> String {
    let body = json!({ "name": name, "identityProviderAlias": "okta",
        "identityProviderMapper": "saml-group-idp-mapper", "config": config });
    by_other_means(sim, MAPPERS, &body);
    let made = mappers(sim).into_iter().find(|mapper| mapper["name"] == name);
    made.expect("the mapper")["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_mapping_is_made_changed_and_deleted() {
    let (sim, mut mapping, group) = mapping().await;
    mapping.plan(config(&group)).await.check(expect![[r#"
        create: idp_alias, group_id, sso_group, attribute_name, on_existing; known after apply: id, name, group_name"#]]);
    mapping.apply(config(&group)).await;
    mapping.plan_is_empty().await;
    let made = mappers(&sim).remove(0);
    assert_eq!((&mapping.state()["id"], &mapping.state()["name"]), (&made["id"], &made["name"]));
    assert!(made["name"].as_str().expect("a name").starts_with(&format!("{group}--")), "{made}");
    assert_eq!(mapping.state()["group_name"], "stewards");
    assert_eq!(
        made["config"],
        json!({ "syncMode": "FORCE", "attributes": "[]", "group": "stewards", "attribute.name": "memberOf",
                "attribute.value": "data-stewards" })
    );

    let other = with(config(&group), json!({ "sso_group": "Stewards", "attribute_name": "groups" }));
    mapping.apply(other).await.check(expect!["update: sso_group, attribute_name"]);
    mapping.plan_is_empty().await;
    assert_eq!(mappers(&sim)[0]["config"]["attribute.value"], "Stewards");
    assert_eq!(mappers(&sim)[0]["config"]["attribute.name"], "groups");

    mapping.destroy().await;
    assert!(mappers(&sim).is_empty());
}

/// What the tenant has for the other identity provider.
fn mappers_of_azure(sim: &Sim) -> Vec<Value> {
    by_other_means_get(sim, AZURE).as_array().expect("a list").clone()
}

#[tokio::test]
async fn another_provider_or_group_replaces_the_mapping() {
    let (sim, mut mapping, group) = mapping().await;
    mapping.apply(config(&group)).await;
    let azure = with(config(&group), json!({ "idp_alias": "azure" }));
    let plan = mapping.plan(azure.clone()).await;
    assert_eq!(plan.replaced_for(), ["idp_alias"]);
    mapping.apply(azure.clone()).await;
    mapping.plan_is_empty().await;
    assert_eq!((mappers(&sim).len(), mappers_of_azure(&sim).len()), (0, 1));
    let made = mappers_of_azure(&sim).remove(0);
    assert_eq!((&mapping.state()["id"], &mapping.state()["idp_alias"]), (&made["id"], &json!("azure")));
    assert_eq!(made["config"]["attribute.value"], "data-stewards");

    let other = group_by_other_means(&sim, "analysts", json!({ "alias": ["Analysts"] }));
    mapping.apply(with(config(&other), json!({ "idp_alias": "azure" }))).await;
    mapping.plan_is_empty().await;
    assert_eq!((mappers(&sim).len(), mappers_of_azure(&sim).len()), (0, 1));
    assert_eq!(mappers_of_azure(&sim)[0]["config"]["group"], "analysts");
    mapping.destroy().await;
    assert!(mappers_of_azure(&sim).is_empty());
}

/// The create would fail after the delete had deleted the old mapping.
#[tokio::test]
async fn a_replacement_by_a_mapping_that_is_there_deletes_nothing_before_it_fails() {
    let (sim, mut mapping, group) = mapping().await;
    mapping.apply(config(&group)).await;
    let other = group_by_other_means(&sim, "analysts", json!({ "alias": ["Analysts"] }));
    let id = by_others(&sim, "by-hand", json!({ "group": "analysts", "attribute.value": "theirs" }));
    sim.clear_journal();
    let said = mapping.try_apply(config(&other)).await.failed().to_string();
    assert!(
        said.contains("would fail after the delete") && said.contains("\"Analysts\"") && said.contains(&*id),
        "{said}"
    );
    assert_eq!((writes(&sim).as_str(), mappers(&sim).len()), ("", 2));
    assert_eq!(mapping.state()["group_id"], *group, "the state keeps the old mapping");
    mapping.apply(with(config(&other), json!({ "on_existing": "adopt" }))).await;
    mapping.plan_is_empty().await;
    assert_eq!((mapping.state()["id"].as_str(), mappers(&sim).len()), (Some(&*id), 1));
}

#[tokio::test]
async fn an_update_keeps_what_others_have_set() {
    for update in ["replace", "merge"] {
        let (sim, mut mapping, group) = mapping().await;
        sim.set(json!({ "mapper_update": update })).expect("a switch");
        mapping.apply(config(&group)).await;
        let mut changed = mappers(&sim).remove(0);
        changed["config"]["syncMode"] = json!("IMPORT");
        changed["config"]["theirs"] = json!("stays");
        changed["extra"] = json!(7);
        let id = changed["id"].as_str().expect("an id").to_owned();
        by_other_means(&sim, &format!("{MAPPERS}/{id}"), &changed);
        mapping.plan_is_empty().await;
        mapping.apply(with(config(&group), json!({ "sso_group": "Stewards" }))).await;
        let now = mappers(&sim).remove(0);
        assert_eq!(now["config"]["syncMode"], "IMPORT", "{update}");
        assert_eq!((&now["config"]["theirs"], &now["extra"]), (&json!("stays"), &json!(7)), "{update}");
        assert_eq!(now["config"]["attribute.value"], "Stewards", "{update}");
    }
}

#[tokio::test]
async fn a_change_made_outside_shows_and_is_repaired() {
    let (sim, mut mapping, group) = mapping().await;
    mapping.apply(config(&group)).await;
    // As SCIM does when the group is renamed in the identity provider.
    let mut renamed = mappers(&sim).remove(0);
    renamed["config"]["attribute.value"] = json!("stewards-of-data");
    let id = renamed["id"].as_str().expect("an id").to_owned();
    by_other_means(&sim, &format!("{MAPPERS}/{id}"), &renamed);
    mapping.apply(config(&group)).await.check(expect!["update: sso_group"]);
    assert_eq!(mappers(&sim)[0]["config"]["attribute.value"], "data-stewards");
    assert_eq!(mappers(&sim)[0]["id"], id, "the same mapper");

    by_other_means(&sim, &format!("{MAPPERS}/{id}/delete"), &Value::Null);
    mapping.refresh().await;
    assert_eq!(mapping.state(), Value::Null);
}

#[tokio::test]
async fn mappers_of_other_kinds_are_ignored() {
    let (sim, mut mapping, group) = mapping().await;
    let of_attribute = json!({ "name": format!("{group}--1"), "identityProviderMapper": "saml-user-attribute-idp-mapper",
        "config": { "user.attribute": "email" } });
    sim.set(json!({ "mapper_name_taken": "allow" })).expect("a switch");
    by_other_means(&sim, MAPPERS, &of_attribute);
    mapping.apply(config(&group)).await;
    mapping.plan_is_empty().await;
    mapping.destroy().await;
    assert_eq!(mappers(&sim).len(), 1, "theirs is still there");
}

#[tokio::test]
async fn an_existing_mapping_is_an_error_with_an_import_block_or_taken_over() {
    for (name, by) in [("by-hand", "stewards"), ("<group>--1", "renamed")] {
        let (sim, mut mapping, group) = mapping().await;
        let theirs = json!({ "group": by, "attribute.name": "groups", "attribute.value": "theirs" });
        let id = by_others(&sim, &name.replace("<group>", &group), theirs);
        let said = mapping.try_apply(config(&group)).await.failed();
        assert_eq!(places(&said), ["group_id"], "{said}");
        let said = said.to_string();
        for part in
            ["already exists", "\"theirs\"", &format!("id = \"okta/{id}\""), "on_existing = \"adopt\""]
        {
            assert!(said.contains(part), "{name}: no {part} in {said}");
        }
        assert!(mapping.state().is_null() && mappers(&sim).len() == 1, "{name}");

        mapping.apply(with(config(&group), json!({ "on_existing": "adopt" }))).await;
        assert_eq!(mapping.state()["id"], *id, "{name}");
        assert_eq!(mappers(&sim).len(), 1, "{name}");
        assert_eq!(mappers(&sim)[0]["config"]["attribute.value"], "data-stewards", "{name}");
        mapping.plan_is_empty().await;
    }
}

#[tokio::test]
async fn imports_by_id_by_group_and_by_identity_plan_nothing() {
    let (sim, mut mapping, group) = mapping().await;
    mapping.apply(config(&group)).await;
    let (state, id) = (mapping.state(), mapping.state()["id"].as_str().expect("an id").to_owned());
    for text in
        [format!("okta/{id}"), format!("okta/{}", id.to_uppercase()), "okta/group:stewards".to_owned()]
    {
        let mut imported = core(&sim).resource("atlan_sso_group_mapping");
        imported.import(&text).await;
        assert_eq!(imported.state(), state, "{text}");
        assert!(imported.plan(config(&group)).await.is_empty(), "{text}");
    }
    let mut imported = core(&sim).resource("atlan_sso_group_mapping");
    imported.import_identity(mapping.identity()).await;
    assert_eq!(imported.state(), state);
}

#[tokio::test]
async fn an_import_of_what_is_not_there_names_what_was_looked_for() {
    let (_sim, mut mapping, _) = mapping().await;
    mapping.try_import("okta/group:nobody").await.failed().check(expect![[r#"
        error: Could not import a mapping of okta
          In the tenant http://<tenant>, the identity provider okta has no mapping of a group with the internal name "nobody", or there is no such provider. The import ID has the form IDP_ALIAS/ID or IDP_ALIAS/group:INTERNAL_NAME."#]]);
    let said = mapping.try_import("okta/6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b").await.failed().to_string();
    assert!(said.contains("has no mapping 6f1d3c2a"), "{said}");
    let said = mapping.try_import("acme/group:stewards").await.failed().to_string();
    assert!(said.contains("no identity provider with this alias"), "{said}");
    for wrong in ["stewards", "okta/", "ok ta/1", "/1"] {
        let said = mapping.try_import(wrong).await.failed().to_string();
        assert!(said.contains("has the form IDP_ALIAS/ID"), "{wrong}: {said}");
    }
}

#[tokio::test]
async fn an_import_by_a_group_with_several_mappings_lists_their_ids() {
    let (sim, mut mapping, _) = mapping().await;
    group_by_other_means(&sim, "owners", json!({ "alias": ["Owners"] }));
    let [first, second, other] =
        [("one", "stewards"), ("two", "stewards"), ("three", "owners")].map(|(name, group)| {
            let theirs = json!({ "group": group, "attribute.name": "memberOf", "attribute.value": name });
            by_others(&sim, name, theirs)
        });
    let said = mapping.try_import("okta/group:stewards").await.failed();
    said.check(expect![[r#"
        error: Could not import mapping "okta/group:stewards"
          The group has 2 mappings. Import one by its id: <guid>, <guid>."#]]);
    let said = said.to_string();
    assert!(said.contains(&first) && said.contains(&second) && !said.contains(&other), "{said}");
    assert!(mapping.state().is_null());
    mapping.import(&format!("okta/{second}")).await;
    assert_eq!(mapping.state()["sso_group"], "two");
}

#[tokio::test]
async fn a_mapping_with_a_regular_expression_is_kept_with_a_warning() {
    let (sim, mut mapping, group) = mapping().await;
    let theirs = json!({ "group": "stewards", "attribute.name": "memberOf", "attribute.value": "data-.*",
        "are.attribute.values.regex": "true" });
    by_others(&sim, "regex", theirs);
    mapping.import("okta/group:stewards").await;
    let mine = with(config(&group), json!({ "sso_group": "data-.*" }));
    let plan = mapping.plan(mine.clone()).await;
    assert!(plan.is_empty() && plan.to_string().contains("is a regular expression"), "{plan}");
    mapping.apply(with(mine, json!({ "sso_group": "dept-.*" }))).await;
    let config = &mappers(&sim)[0]["config"];
    assert_eq!(
        (&config["attribute.value"], &config["are.attribute.values.regex"]),
        (&json!("dept-.*"), &json!("true"))
    );
}

#[tokio::test]
async fn bad_values_are_refused_before_any_request() {
    let (sim, mapping, group) = mapping().await;
    let cases = [
        (json!({ "idp_alias": "okta/x" }), "idp_alias", "is not the alias of an identity provider"),
        (json!({ "idp_alias": "ok ta" }), "idp_alias", "is not the alias of an identity provider"),
        (json!({ "idp_alias": null }), "idp_alias", "must not be null"),
        (json!({ "idp_alias": "" }), "idp_alias", "is not the alias of an identity provider"),
        (json!({ "sso_group": " data-stewards" }), "sso_group", "Did you mean \"data-stewards\"?"),
        (json!({ "sso_group": "  " }), "sso_group", "It must not be blank."),
        (json!({ "attribute_name": "memberOf " }), "attribute_name", "Did you mean \"memberOf\"?"),
        (json!({ "group_id": "no/guid" }), "group_id", "is not a GUID"),
        (json!({ "on_existing": "replace" }), "on_existing", "adopt"),
    ];
    for (wrong, path, words) in cases {
        let said = mapping.validate(with(config(&group), wrong.clone())).await;
        assert_eq!(places(&said), [path], "{wrong}: {said}");
        assert!(said.to_string().contains(words), "{wrong}: {said}");
    }
    assert!(sim.journal().is_empty(), "{}", sim.journal());
}

#[tokio::test]
async fn an_unknown_provider_or_group_is_named() {
    for switch in ["not_found", "empty_list"] {
        let (sim, mut mapping, group) = mapping().await;
        sim.set(json!({ "mapper_unknown_provider": switch })).expect("a switch");
        let said = mapping.try_apply(with(config(&group), json!({ "idp_alias": "acme" }))).await.failed();
        assert_eq!(places(&said), ["idp_alias"], "{said}");
        let said = said.to_string();
        assert!(said.contains("at acme") && said.contains("no identity provider with this alias"), "{said}");
        assert!(mapping.state().is_null() && !mapping.is_tainted());
    }
    let (sim, mut mapping, _) = mapping().await;
    let nobody = "0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910";
    let said = mapping.try_apply(config(nobody)).await.failed();
    assert_eq!(places(&said), ["group_id"], "{said}");
    assert!(said.to_string().contains("has no group with the GUID 0b5e4f3d"), "{said}");
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
}

#[tokio::test]
async fn a_credential_that_may_not_is_told_so() {
    let (sim, mut mapping, group) = mapping().await;
    mapping.apply(config(&group)).await;
    let before = mapping.state();
    sim.set(json!({ "sso_with": ["user"] })).expect("a switch");
    for said in [mapping.try_refresh().await.failed(), mapping.try_destroy().await.failed()] {
        assert!(said.to_string().contains("may not manage single sign-on"), "{said}");
        assert_eq!(mapping.state(), before);
    }
}

#[tokio::test]
async fn one_group_at_one_provider_has_one_resource() {
    let (sim, _, group) = mapping().await;
    let run = core(&sim).one_run();
    let (mut one, mut other) =
        (run.resource("atlan_sso_group_mapping"), run.resource("atlan_sso_group_mapping"));
    one.apply(config(&group)).await;
    let said = other.try_apply(with(config(&group), json!({ "on_existing": "adopt" }))).await.failed();
    assert_eq!(places(&said), ["group_id"], "{said}");
    assert!(said.to_string().contains("another resource of this configuration"), "{said}");
    assert_eq!(mappers(&sim).len(), 1);
    let mut azure = run.resource("atlan_sso_group_mapping");
    azure.apply(with(config(&group), json!({ "idp_alias": "azure" }))).await;

    // Removed here and created there, in one plan.
    let run = core(&sim).one_run();
    one.set_core(&run);
    one.try_plan_destroy().await.expect("a plan");
    let mut third = run.resource("atlan_sso_group_mapping");
    let said = third.try_plan(config(&group)).await.failed().to_string();
    assert!(said.contains("is both removed and created") && said.contains("moved {"), "{said}");
}

/// Neither is in the state when they are planned, so the apply finds it; once both are, the plan does.
#[tokio::test]
async fn two_mappings_of_one_group_at_one_provider_are_refused_by_name() {
    let (sim, _, group) = mapping().await;
    let run = core(&sim).one_run();
    let (mut first, mut second) =
        (run.resource("atlan_sso_group_mapping"), run.resource("atlan_sso_group_mapping"));
    let adopt = with(config(&group), json!({ "on_existing": "adopt" }));
    let plans = (first.plan(adopt.clone()).await, second.plan(adopt.clone()).await);
    let (made, refused) = tokio::join!(
        first.try_apply_plan(&plans.0, adopt.clone()),
        second.try_apply_plan(&plans.1, adopt.clone())
    );
    let said = match (made, refused) {
        (Ok(_), Err(said)) | (Err(said), Ok(_)) => said,
        both => panic!("one of the two is refused: {both:?}"),
    };
    assert_eq!(places(&said), ["group_id"], "{said}");
    assert!(said.to_string().contains("is configured twice"), "{said}");
    assert_eq!((mappers(&sim).len(), second.state().is_null() != first.state().is_null()), (1, true));
    let mut one = if first.state().is_null() { second } else { first };
    // Both in the state, as after an import.
    let run = core(&sim).one_run();
    let mut double = run.resource("atlan_sso_group_mapping");
    double.import("okta/group:stewards").await;
    one.set_core(&run);
    one.plan(adopt.clone()).await;
    let said = double.try_plan(adopt).await.failed();
    assert_eq!(places(&said), ["group_id"], "{said}");
    assert!(said.to_string().contains("is managed at two resource addresses"), "{said}");
}

#[tokio::test]
async fn a_replacement_under_create_before_destroy_that_adopts_keeps_the_mapping() {
    let (sim, mut mapping, group) = mapping().await;
    mapping.apply(with(config(&group), json!({ "on_existing": "adopt" }))).await;
    let before = mapping.state()["id"].clone();
    mapping.create_before_destroy();
    mapping.taint();
    let core = core(&sim).one_run();
    mapping.set_core(&core);
    let applied = mapping.apply(with(config(&group), json!({ "on_existing": "adopt" }))).await;
    assert!(applied.to_string().contains("was not replaced"), "{applied}");
    assert_eq!(mapping.state()["id"], before);
    assert_eq!(mappers(&sim).len(), 1);
}

#[tokio::test]
async fn what_a_hundred_mappings_cost() {
    let sim = tenant(KeyKind::ApiToken).await;
    let groups: Vec<String> = (0..101)
        .map(|n| {
            group_by_other_means(&sim, &format!("group_{n}"), json!({ "alias": [format!("Group {n}")] }))
        })
        .collect();
    let run = core(&sim);
    let mut instances: Vec<Instance> =
        groups.iter().map(|_| run.resource("atlan_sso_group_mapping")).collect();
    let mut last = instances.pop().expect("one more");
    let made = instances.into_iter().zip(groups.clone()).map(|(mut mapping, group)| async move {
        mapping.apply(config(&group)).await;
        mapping
    });
    let made = at_once(made).await;
    assert_eq!(mappers(&sim).len(), 100);

    sim.clear_journal();
    let again = run.one_run();
    let refreshed = made.into_iter().map(|mut mapping| {
        mapping.set_core(&again);
        async move { mapping.refresh().await }
    });
    at_once(refreshed).await;
    assert_eq!(sim.journal().by_kind().to_string(), "1 GET /idp/okta/mappers");

    let plan = last.plan(config(&groups[100])).await;
    sim.clear_journal();
    last.apply_plan(&plan, config(&groups[100])).await;
    let journal = sim.journal();
    assert!(journal.writes().len() == 1 && journal.len() <= 4, "{journal}");
}

#[tokio::test]
async fn a_sign_in_follows_the_mapping_and_deleting_it_ends_no_membership() {
    let (sim, mut mapping, group) = mapping().await;
    mapping.apply(config(&group)).await;
    sim.sign_in("ada@example.com", "okta", &["data-stewards"], None).expect("signed in");
    mapping.plan_is_empty().await;
    assert_eq!(sim.user("ada@example.com").expect("there").groups, ["stewards"]);
    mapping.destroy().await;
    assert_eq!(sim.user("ada@example.com").expect("there").groups, ["stewards"]);
}

/// The create would fail after the delete: there is no such group, or no such identity provider.
#[tokio::test]
async fn a_replacement_by_a_group_or_a_provider_that_is_not_there_deletes_nothing_before_it_fails() {
    let nobody = json!({ "group_id": "0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910" });
    for other in [nobody, json!({ "idp_alias": "acme" })] {
        for on_existing in ["error", "adopt"] {
            let (sim, mut mapping, group) = mapping().await;
            sim.set(json!({ "mapper_unknown_provider": "not_found" })).expect("a switch");
            mapping.apply(config(&group)).await;
            sim.clear_journal();
            let next = with(with(config(&group), other.clone()), json!({ "on_existing": on_existing }));
            let said = mapping.try_apply(next).await.failed().to_string();
            assert_eq!(
                (writes(&sim).as_str(), mappers(&sim).len()),
                ("", 1),
                "{other} {on_existing}: {said}"
            );
            assert_eq!(mapping.state()["group_id"], *group, "{other} {on_existing}: {said}");
        }
    }
}

/// People write GUIDs in any case; Atlan's are in lower case.
#[tokio::test]
async fn the_guid_of_the_group_is_read_in_any_case() {
    let (sim, mut mapping, group) = mapping().await;
    mapping.apply(config(&group)).await;
    let id = mapping.state()["id"].clone();
    sim.clear_journal();
    let plan = mapping.plan(config(&group.to_uppercase())).await;
    assert!(plan.is_empty(), "{plan}");
    mapping.apply(config(&group.to_uppercase())).await;
    assert_eq!((writes(&sim).as_str(), &mapping.state()["id"]), ("", &id));
    mapping.destroy().await;
    mapping.apply(config(&group.to_uppercase())).await;
    mapping.plan_is_empty().await;
    assert_eq!(mappers(&sim).len(), 1);
}

#[tokio::test]
async fn the_name_of_a_group_in_place_of_its_guid_is_refused_before_any_request() {
    let (sim, mapping, _) = mapping().await;
    let said = mapping.validate(config("stewards")).await;
    assert_eq!(places(&said), ["group_id"], "{said}");
    assert!(sim.journal().is_empty(), "{}", sim.journal());
}
