//! Groups that exist before Terraform manages them: refused, adopted, imported.

use expect_test::expect;
use serde_json::json;

use crate::harness::*;

#[tokio::test]
async fn a_taken_name_is_an_error_that_says_how_to_import() {
    let (sim, mut group) = managed("atlan_group").await;
    let id = group_by_other_means(&sim, "data_team", json!({ "alias": ["Theirs"] }));
    sim.clear_journal();
    let report = group.try_apply(json!({ "alias": "Data team" })).await.failed();
    assert!(report.to_string().contains(&id), "{report}");
    report.check(expect![[r#"
        error at alias: Could not create group "Data team"
          A group named data_team already exists, with GUID <guid>.

          To manage it here, set `on_existing = "adopt"`, or import it (replace the address in `to` by that of your resource):

            import {
              to = atlan_group.data_team
              id = "<guid>"
            }

          If this resource manages this group already and Terraform is replacing it, remove `create_before_destroy` from its `lifecycle` block. If it has none, remove it from the resources that refer to this one, because Terraform passes it on. If Terraform replaces the resource only because it is tainted, run `terraform untaint` instead."#]]);
    assert!(sim.journal().writes().is_empty());
    group.import(&id).await;
    group.apply(json!({ "alias": "Data team" })).await.check(expect!["update: alias"]);
    group.plan_is_empty().await;
}

#[tokio::test]
async fn an_adopted_group_keeps_what_the_configuration_does_not_state() {
    let (sim, mut group) = managed("atlan_group").await;
    let theirs = json!({ "alias": ["Theirs"], "description": ["Old hands"], "isDefault": ["true"] });
    let id = group_by_other_means(&sim, "data_team", theirs);
    let adopt = json!({ "alias": "Data team", "on_existing": "adopt" });
    group.plan(adopt.clone()).await.check(expect![
        "create: alias, name, on_existing; known after apply: description, is_default, id, path"
    ]);
    group.apply(adopt.clone()).await;
    assert_eq!(group.state()["id"], *id);
    let seen = || {
        let groups = sim.groups();
        let attribute =
            |name: &str| groups[0].attributes.get(name).map(|texts| texts.join(",")).unwrap_or_default();
        format!("{} / {} / {}", attribute("alias"), attribute("description"), attribute("isDefault"))
    };
    assert_eq!(seen(), "Data team / Old hands / true");
    group.plan_is_empty().await;

    // A later change of something else leaves it alone, too.
    group.apply(with(adopt.clone(), json!({ "alias": "Data" }))).await.check(expect!["update: alias"]);
    assert_eq!(seen(), "Data / Old hands / true");
    group.plan_is_empty().await;

    // Once the configuration has set the value, leaving it out clears it.
    group.apply(with(adopt.clone(), json!({ "description": "Ours" }))).await;
    assert_eq!(seen(), "Data team / Ours / true");
    group.plan_is_empty().await;
    group.apply(adopt.clone()).await.check(expect!["update: description"]);
    assert_eq!(seen(), "Data team /  / true");
    group.plan_is_empty().await;
    group.apply(with(adopt.clone(), json!({ "is_default": false }))).await;
    assert_eq!(seen(), "Data team /  / false");
    group.apply(adopt).await;
    group.plan_is_empty().await;
}

#[tokio::test]
async fn adopting_what_is_as_configured_writes_nothing() {
    let (sim, mut group) = managed("atlan_group").await;
    group_by_other_means(&sim, "data_team", json!({ "alias": ["Data team"] }));
    sim.clear_journal();
    group.apply(json!({ "alias": "Data team", "description": "", "on_existing": "adopt" })).await;
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal());
    group.plan_is_empty().await;
}

#[tokio::test]
async fn adopt_makes_a_group_where_there_is_none() {
    let (sim, mut group) = managed("atlan_group").await;
    group.apply(json!({ "alias": "Data", "on_existing": "adopt" })).await;
    group.plan_is_empty().await;
    assert_eq!(sim.groups().len(), 1);
}

#[tokio::test]
async fn every_way_to_import_finds_the_same_group() {
    let (sim, mut made) = managed("atlan_group").await;
    made.apply(json!({ "alias": "Data team", "description": "Ours" })).await;
    let id = made.state()["id"].as_str().expect("an id").to_owned();
    for way in [id.as_str(), &id.to_uppercase(), "data_team", "alias:Data team"] {
        let mut imported = core(&sim).resource("atlan_group");
        imported.import(way).await;
        assert_eq!(imported.state(), made.state(), "{way}");
        assert!(
            imported.plan(json!({ "alias": "Data team", "description": "Ours" })).await.is_empty(),
            "{way}"
        );
    }
    for id in [id.clone(), id.to_uppercase()] {
        let mut imported = core(&sim).resource("atlan_group");
        imported.import_identity(json!({ "id": id })).await;
        assert_eq!(imported.state(), made.state(), "{id}");
    }
}

#[tokio::test]
async fn an_import_finds_an_alias_in_any_normal_form() {
    let (composed, decomposed) = ("\u{c9}quipe donn\u{e9}es", "E\u{301}quipe donne\u{301}es");
    for (stored, asked) in
        [(decomposed, composed), (composed, decomposed), (decomposed, decomposed), ("\u{e9}", "e\u{301}")]
    {
        let (sim, mut group) = managed("atlan_group").await;
        let id = group_by_other_means(&sim, "equipe", json!({ "alias": [stored] }));
        group_by_other_means(&sim, "other", json!({ "alias": ["Equipe donnees"] }));
        group.import(&format!("alias:{asked}")).await;
        assert_eq!(group.state()["id"], *id, "{stored:?} by {asked:?}");
    }
}

#[tokio::test]
async fn a_group_whose_name_breaks_the_rule_can_be_imported() {
    let (sim, mut group) = managed("atlan_group").await;
    group_by_other_means(&sim, "psdk-admin-x", json!({ "alias": ["psdk-admin-x"] }));
    group.import("psdk-admin-x").await;
    assert!(group.plan(json!({ "alias": "psdk-admin-x" })).await.is_empty());
    group.apply(json!({ "alias": "Admins" })).await;
    assert_eq!(group.state()["name"], "psdk-admin-x");
    group.plan_is_empty().await;
}

#[tokio::test]
async fn an_import_that_finds_nothing_or_several_says_what_to_use_instead() {
    let (sim, mut group) = managed("atlan_group").await;
    group_by_other_means(&sim, "data_1", json!({ "alias": ["Data"] }));
    group_by_other_means(&sim, "data_2", json!({ "alias": ["Data"] }));
    let mut all = String::new();
    for id in ["alias:Data", "alias:data", "data", "", "00000000-0000-4000-8000-000000000000", "alias:"] {
        let report = group.try_import(id).await.failed();
        all.push_str(&format!("{id:?}\n{report}\n"));
    }
    all.check(expect![[r#"
        "alias:Data"
        error: Could not import group "alias:Data"
          2 groups are shown under this name. Import by GUID or internal name instead: <guid> (data_1), <guid> (data_2).
        "alias:data"
        error: Could not import group "alias:data"
          The tenant http://<tenant> has no group that is shown under this name. Use the GUID, the internal name, or `alias:` followed by the name shown in Atlan, spelled as in Atlan.
        "data"
        error: Could not import group "data"
          The tenant http://<tenant> has no group with this internal name. Use the GUID, the internal name, or `alias:` followed by the name shown in Atlan, spelled as in Atlan.
        ""
        error: Could not import group ""
          The tenant http://<tenant> has no group with this internal name. Use the GUID, the internal name, or `alias:` followed by the name shown in Atlan, spelled as in Atlan.
        "<guid>"
        error: Could not import group "<guid>"
          The tenant http://<tenant> has no group with this GUID. Use the GUID, the internal name, or `alias:` followed by the name shown in Atlan, spelled as in Atlan.
        "alias:"
        error: Could not import group "alias:"
          The tenant http://<tenant> has no group that is shown under this name. Use the GUID, the internal name, or `alias:` followed by the name shown in Atlan, spelled as in Atlan.
    "#]]);
}

/// The create half would refuse it, after the delete half had deleted the old group with its members.
#[tokio::test]
async fn a_replacement_by_a_name_that_is_taken_deletes_nothing() {
    for taints in [false, true] {
        let (sim, mut group) = managed("atlan_group").await;
        let named = |name: &str| json!({ "alias": "Data", "name": name });
        group.apply(named("first")).await;
        let own = group.state()["id"].clone();
        let theirs = group_by_other_means(&sim, "second", json!({ "alias": ["Theirs"] }));
        if taints {
            group.taint();
        }
        sim.clear_journal();
        let said = group.try_apply(named("second")).await.failed().to_string();
        let is_refused = said.contains("would fail after the delete") || taints && said.contains("tainted");
        assert!(is_refused, "{said}");
        assert!(taints || said.contains(&theirs), "{said}");
        assert!(sim.journal().writes().is_empty());
        assert_eq!(group.state()["id"], own, "the state keeps the old group");
        if taints {
            group.untaint();
        }
        group.apply(with(named("second"), json!({ "on_existing": "adopt" }))).await;
        group.plan_is_empty().await;
        assert_eq!((group.state()["id"].as_str(), sim.groups().len()), (Some(&*theirs), 1));
    }
}

/// The name of the second resource is known only after apply, and comes when the first one has been changed.
#[tokio::test]
async fn a_group_that_a_resource_of_this_apply_has_changed_is_taken_over_by_no_other() {
    let (sim, mut old) = managed("atlan_group").await;
    let named = |name: serde_json::Value, alias: &str| json!({ "name": name, "alias": alias, "on_existing": "adopt" });
    old.apply(named(json!("alpha"), "A")).await;
    let run = core(&sim).one_run();
    old.set_core(&run);
    let change = old.plan(named(json!("alpha"), "A2")).await;
    let mut new = run.resource("atlan_group");
    let create = new.plan(named(tfplug::testing::unknown(), "X")).await;
    old.apply_plan(&change, named(json!("alpha"), "A2")).await;
    let said = new.try_apply_plan(&create, named(json!("alpha"), "X")).await.failed().to_string();
    assert!(said.contains("manages group alpha"), "{said}");
    assert_eq!(sim.groups()[0].alias, "A2");
}
