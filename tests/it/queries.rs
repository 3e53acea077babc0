//! List resources in process: what `terraform query` finds, in which order and with how many requests.

use atlan_sim::{Moment, Options, Rule, Sim};
use expect_test::expect;
use serde_json::{Value, json};
use tfplug::testing::Listed;

use crate::harness::*;

async fn sim(users: usize, groups: usize) -> Sim {
    Sim::start(Options { users, groups, ..Options::default() }).await.expect("a simulator")
}

fn labels(found: &Listed) -> Vec<String> {
    found.objects().iter().map(|object| object.display_name().to_owned()).collect()
}

#[tokio::test]
async fn every_group_and_person_comes_once_and_complete() {
    let sim = sim(230, 130).await;
    let core = core(&sim);
    let groups = core.list("atlan_group").limit(10_000).include_resource().query(json!({})).await;
    let names = |found: &Listed, field: &str| -> Vec<String> {
        found
            .objects()
            .iter()
            .map(|object| object.state()[field].as_str().expect("text").to_owned())
            .collect()
    };
    let mut expected: Vec<String> = sim.groups().into_iter().map(|group| group.name).collect();
    expected.sort();
    assert_eq!(names(&groups, "name"), expected, "in the order of the names");
    let people = core.list("atlan_user_invite").limit(10_000).include_resource().query(json!({})).await;
    let mut expected: Vec<String> = sim.users().into_iter().map(|user| user.email).collect();
    let mut found = names(&people, "email");
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    let journal = sim.journal();
    assert_eq!(
        (journal.count("GET", GROUP_LIST), journal.count("GET", USERS), journal.count("GET", ROLES)),
        (2, 3, 1)
    );
    let admin = people
        .objects()
        .iter()
        .find(|object| object.state()["email"] == "admin@example.com")
        .expect("somebody");
    admin.state().check(expect![[r#"{"email":"admin@example.com","id":"<guid>","invited_at":null,"invited_by":null,"on_destroy":"revoke","on_existing":"error","role":"$admin","role_id":"<guid>","status":"active","timeouts":null,"username":"admin"}"#]]);
    groups.objects()[0].state().check(expect![[r#"{"alias":"Analytics 1","description":"People of Analytics 1","id":"<guid>","is_default":false,"name":"analytics_1","on_existing":"error","path":"/analytics_1","timeouts":null}"#]]);

    // What an import reads is the same.
    let mut imported = core.resource("atlan_user_invite");
    imported.import("admin@example.com").await;
    assert_eq!(imported.state(), admin.state());
    let mut imported = core.resource("atlan_group");
    imported.import_identity(groups.objects()[0].identity()).await;
    assert_eq!(imported.state(), groups.objects()[0].state());
}

#[tokio::test]
async fn roles_are_listed_as_an_import_reads_them_without_a_request_for_roles() {
    let sim = sim(120, 0).await;
    let core = core(&sim);
    let found = core.list("atlan_user_role").limit(10_000).include_resource().query(json!({})).await;
    assert_eq!(found.objects().len(), 121);
    assert_eq!((sim.journal().len(), sim.journal().count("GET", USERS)), (2, 2), "{}", sim.journal());
    let admin = found
        .objects()
        .iter()
        .find(|object| object.display_name() == "admin@example.com ($admin, active)")
        .expect("somebody");
    let mut imported = core.resource("atlan_user_role");
    imported.import("admin@example.com").await;
    assert_eq!(imported.state(), admin.state());
    sim.clear_journal();
    let admins = core.list("atlan_user_role").limit(1).query(json!({ "role": "admin" })).await;
    assert_eq!((admins.objects().len(), sim.journal().len()), (1, 1));
    let said = core.list("atlan_user_role").try_query(json!({ "email_domain": "a@b" })).await;
    assert!(said.expect_err("a refusal").report().to_string().contains("error at email_domain"));
}

/// Neither by address nor in the order in which they came.
#[tokio::test]
async fn people_are_listed_in_the_order_of_their_user_names() {
    let sim = sim(0, 0).await;
    let group = group_by_other_means(&sim, "stewards", json!({ "alias": ["Stewards"] }));
    // The user name of somebody who has got another address stays.
    for (name, email) in [("zoe", "b@example.com"), ("bob", "z@example.com"), ("mia", "a@example.com")] {
        let id = person_by_other_means(&sim, &format!("{name}@example.com"));
        join_by_other_means(&sim, &group, &[&id]);
        sim.give_address(&format!("{name}@example.com"), email).expect("there");
    }
    let by_name = ["admin@example.com", "z@example.com", "a@example.com", "b@example.com"];
    let core = core(&sim);
    for list in ["atlan_user_invite", "atlan_user_role"] {
        let found = labels(&core.list(list).query(json!({})).await);
        let expected =
            by_name.map(|email| format!("{email} ({}, active)", sim.user(email).expect("there").role));
        assert_eq!(found, expected, "{list}");
    }
    let found = labels(&core.list("atlan_group_member").query(json!({ "group_id": group })).await);
    assert_eq!(found, ["z", "a", "b"].map(|name| format!("Stewards: {name}@example.com")));
}

/// A tenant with that many people and groups, and how many members each group has.
async fn teams(people: usize, groups: usize, members: usize) -> Sim {
    let sim = sim(people, groups).await;
    let ids: Vec<String> = sim.users().into_iter().map(|user| user.id).collect();
    for (number, group) in sim.groups().into_iter().enumerate() {
        let some = (0..members).map(|member| ids[(number * 7 + member) % ids.len()].as_str());
        by_other_means(&sim, &format!("{GROUPS}/{}/members/remove", group.id), &json!({ "users": ids }));
        join_by_other_means(&sim, &group.id, &some.collect::<Vec<_>>());
    }
    sim.clear_journal();
    sim
}

#[tokio::test]
async fn five_thousand_memberships_are_listed_with_a_page_for_each_group() {
    // With the admin, a thousand people.
    let sim = teams(999, 100, 50).await;
    let core = core(&sim);
    let found = core.list("atlan_group_member").limit(10_000).include_resource().query(json!({})).await;
    assert_eq!((found.objects().len(), sim.journal().len()), (5000, 101));
    let mut pairs: Vec<String> = found.objects().iter().map(|object| object.identity().to_string()).collect();
    pairs.sort();
    pairs.dedup();
    assert_eq!(pairs.len(), 5000, "each once");
    // The people and the groups themselves: a request for each page, and one for the roles where objects have their GUIDs.
    for (list, requests) in [("atlan_user_invite", 11), ("atlan_user_role", 10), ("atlan_group", 1)] {
        sim.clear_journal();
        core.list(list).limit(10_000).include_resource().query(json!({})).await;
        assert_eq!(sim.journal().len(), requests, "{list}: {}", sim.journal());
    }
    let first = found.objects()[0].state();
    let mut groups = sim.groups();
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    assert_eq!(labels(&found)[0], format!("{}: {}", groups[0].alias, first["email"].as_str().unwrap()));
    first.check(expect![[r#"{"email":"ada.allen.0@example.com","group_id":"<guid>","id":"<guid>/<guid>","timeouts":null,"user":"ada.allen.0@example.com","user_id":"<guid>"}"#]]);
    let mut imported = core.resource("atlan_group_member");
    imported.import_identity(found.objects()[0].identity()).await;
    assert_eq!(imported.state(), first);

    let core = self::core(&sim);
    sim.clear_journal();
    let sets = core.list("atlan_group_members").limit(10_000).include_resource().query(json!({})).await;
    assert_eq!((sets.objects().len(), sim.journal().len()), (100, 101));
    assert_eq!(labels(&sets)[0], groups[0].alias);
    let state = sets.objects()[0].state();
    assert_eq!(state["members"].as_array().map(Vec::len), Some(50));
    let mut imported = core.resource("atlan_group_members");
    imported.import_identity(sets.objects()[0].identity()).await;
    assert_eq!(imported.state(), state);
    sim.clear_journal();
    let named = core.list("atlan_group_members").limit(10_000).query(json!({})).await;
    assert_eq!((named.objects().len(), sim.journal().len()), (100, 1), "{}", sim.journal());
}

#[tokio::test]
async fn memberships_of_one_person_or_group_cost_their_own_requests_and_a_limit_stops_reading() {
    let sim = teams(300, 120, 110).await;
    let core = core(&sim);
    let group = sim.groups().remove(5);
    let person = sim.user(&group.members[0]).expect("there");
    let mut expected = person.groups.clone();
    expected.sort();
    let list = || core.list("atlan_group_member").limit(10_000);
    let found = list().query(json!({ "user": person.email.to_uppercase() })).await;
    assert_eq!(found.objects().len(), expected.len());
    assert_eq!((sim.journal().count("GET", OF_PERSON), sim.journal().len()), (1, 2), "{}", sim.journal());
    let both = list().query(json!({ "user": person.id, "group_id": group.id.to_uppercase() })).await;
    assert_eq!(labels(&both), [format!("{}: {}", group.alias, person.email)]);
    sim.clear_journal();
    let found = list().query(json!({ "group_id": group.id })).await;
    assert_eq!(found.objects().len(), 110);
    assert_eq!(sim.journal().count("GET", OF_GROUP), 2, "{}", sim.journal());
    sim.clear_journal();
    let few = core.list("atlan_group_member").limit(100).query(json!({})).await;
    assert_eq!((few.objects().len(), sim.journal().len()), (100, 2), "{}", sim.journal());
    sim.clear_journal();
    let few = core.list("atlan_group_members").include_resource().limit(3).query(json!({})).await;
    assert_eq!((few.objects().len(), sim.journal().len()), (3, 1 + 3 * 2), "{}", sim.journal());

    for (config, at) in [
        (json!({ "group_id": "00000000-0000-4000-8000-000000000000" }), "group_id"),
        (json!({ "user": "nobody@example.com" }), "user"),
        (json!({ "user": "00000000-0000-4000-8000-000000000000" }), "user"),
    ] {
        let said = core.list("atlan_group_member").try_query(config.clone()).await.expect_err("a refusal");
        assert_eq!(places(&said), [at], "{config}: {said}");
    }
    for filter in
        [json!({ "name_prefix": &group.name }), json!({ "alias_contains": group.alias.to_uppercase() })]
    {
        let found = core.list("atlan_group_members").limit(10_000).query(filter.clone()).await;
        assert!(labels(&found).contains(&group.alias), "{filter}");
    }
}

/// Members of a list without addresses are looked up together.
#[tokio::test]
async fn memberships_have_addresses_where_lists_of_members_show_none() {
    let sim = teams(120, 3, 60).await;
    sim.set(json!({ "member_columns": "ignored" })).expect("a switch");
    let core = core(&sim);
    for (list, count) in [("atlan_group_member", 180), ("atlan_group_members", 3)] {
        sim.clear_journal();
        let found = core.list(list).limit(10_000).include_resource().query(json!({})).await;
        assert_eq!(found.objects().len(), count);
        assert!(sim.journal().count("GET", USERS) <= 6, "{}", sim.journal());
        for object in found.objects() {
            let mut imported = core.resource(list);
            imported.import_identity(object.identity()).await;
            assert_eq!(imported.state(), object.state());
            if count > 3 {
                break;
            }
        }
    }
}

/// Such as a group that was deleted in the meantime and that a list still shows.
#[tokio::test]
async fn a_group_whose_members_atlan_does_not_give_ends_no_list_of_all_groups() {
    let sim = teams(20, 3, 5).await;
    let group = sim.groups().remove(1);
    let path = format!("{GROUPS}/{}/members", group.id);
    sim.fault(Rule::on("GET", &path).status(404)).expect("a rule");
    let core = core(&sim);
    for (list, count) in [("atlan_group_member", 10), ("atlan_group_members", 2)] {
        let found = core.list(list).limit(1000).include_resource().query(json!({})).await;
        assert_eq!(found.objects().len(), count, "{list}");
        assert!(found.objects().iter().all(|object| object.state()["group_id"] != group.id), "{list}");
        let said = found.report().to_string();
        assert!(said.contains("warning: Members of 1 group were left out"), "{list}: {said}");
        assert!(said.contains(&format!("{:?} (GUID {})", group.alias, group.id)), "{list}: {said}");
    }
    // If Atlan does not give the members of any group, the cause is not one of the groups.
    sim.set_faults(vec![Rule::on("GET", &format!("{GROUPS}/*/members")).status(404)]).expect("a rule");
    for list in ["atlan_group_member", "atlan_group_members"] {
        let found = core.list(list).limit(1000).include_resource().try_query(json!({})).await;
        assert!(found.expect_err("a refusal").to_string().contains("was refused with 404"), "{list}");
    }
    let named = core.list("atlan_group_member").try_query(json!({ "group_id": group.id })).await;
    assert!(named.expect_err("a refusal").to_string().contains("was refused with 404"));

    // The page of a gateway is about the path and not about the group.
    sim.set_faults(vec![Rule::on("GET", &path).status(404).html()]).expect("a rule");
    for list in ["atlan_group_member", "atlan_group_members"] {
        let found = core.list(list).limit(1000).include_resource().try_query(json!({})).await;
        assert!(found.expect_err("a refusal").to_string().contains("was refused with 404"), "{list}");
    }
}

#[tokio::test]
async fn no_page_is_read_after_the_limit_or_after_terraform_stops() {
    let sim = sim(1000, 0).await;
    let core = core(&sim);
    for (limit, pages) in [(1, 1), (100, 1), (101, 2), (250, 3)] {
        sim.clear_journal();
        let found = core.list("atlan_user_invite").limit(limit).query(json!({})).await;
        assert_eq!(found.objects().len() as u64, limit);
        assert_eq!(sim.journal().len(), pages, "{limit}: {}", sim.journal());
    }
    sim.clear_journal();
    let stopped = core.list("atlan_user_invite").limit(10_000).give_up_after(10).query(json!({})).await;
    assert_eq!(stopped.objects().len(), 10);
    sim.idle().await;
    assert!(sim.journal().len() < 11, "{}", sim.journal());
}

/// Somebody comes or goes while the pages are read, and everybody behind them moves by one.
#[tokio::test]
async fn objects_that_move_between_pages_come_once_and_none_is_lost() {
    for comes in [true, false] {
        let sim = sim(250, 0).await;
        let mut before: Vec<String> = sim.users().into_iter().map(|user| user.email).collect();
        let core = core(&sim);
        let list = core.list("atlan_user_invite").limit(10_000);
        // The first page is answered; the second waits.
        sim.fault(Rule { hold: Some(Moment::Before), ..Rule::on("GET", USERS).after_n(1) }).expect("a rule");
        let shift = async {
            sim.arrived_times("GET", USERS, 2).await;
            if comes {
                // First by user name.
                sim.admit("aaa@example.com", "$member", false).expect("a newcomer");
            } else {
                let first = sim.users().into_iter().filter(|user| user.role != "$admin");
                let first = first.min_by_key(|user| user.username.clone()).expect("somebody").email;
                sim.remove(&first).expect("there");
                before.retain(|email| *email != first);
            }
            sim.set_faults(vec![]).expect("no rule");
        };
        let (found, ()) = tokio::join!(list.query(json!({})), shift);
        let mut ids: Vec<String> =
            found.objects().iter().map(|object| object.identity().to_string()).collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "{comes}: each once\n{}", sim.journal());
        let found = labels(&found);
        for email in &before {
            let is_found = found.iter().any(|label| label.starts_with(&format!("{email} (")));
            assert!(is_found, "{comes}: {email} is lost\n{}", sim.journal());
        }
    }
}

/// Neither in the list of members nor in its own record, such as an account of another system.
#[tokio::test]
async fn a_member_who_has_no_address_is_left_out_of_the_lists_of_memberships() {
    let sim = teams(20, 2, 3).await;
    let group = sim.groups().remove(0);
    let path = format!("{GROUPS}/{}/members", group.id);
    let columns = "limit=100&sort=username&count=true&columns=id&columns=username&columns=email";
    let mut listed = by_other_means_get(&sim, &format!("{path}?{columns}"));
    let odd = json!({ "id": "00000000-0000-4000-8000-000000000009", "username": "service-account-x", "enabled": true });
    listed["records"].as_array_mut().expect("members").push(odd.clone());
    for total in ["totalRecord", "filterRecord"] {
        listed[total] = json!(4);
    }
    let alone = json!({ "totalRecord": 1, "filterRecord": 1, "records": [odd] });
    for (on, body) in [(path.as_str(), listed), (USERS, alone)] {
        sim.fault(Rule { body: Some(body), ..Rule::on("GET", on).status(200) }).expect("a rule");
    }
    let core = core(&sim);
    for (list, count) in [("atlan_group_member", 6), ("atlan_group_members", 2)] {
        let found = core.list(list).limit(1000).include_resource().try_query(json!({})).await;
        let found = found.unwrap_or_else(|said| panic!("{list}: {said}"));
        assert_eq!(found.objects().len(), count, "{list}: {found}");
    }
}

#[tokio::test]
async fn filters_are_applied_together() {
    let sim = sim(0, 0).await;
    sim.invite("pending@example.com", "$member").expect("invited");
    sim.admit("scim@example.com", "$guest", true).expect("a newcomer");
    sim.admit("eve@sub.example.com", "$member", false).expect("a newcomer");
    group_by_other_means(&sim, "data_teams", json!({ "alias": ["Data Teams"], "isDefault": ["true"] }));
    group_by_other_means(&sim, "data_stewards", json!({ "alias": ["Stewards of DATA"] }));
    group_by_other_means(&sim, "finance", json!({ "alias": ["Finance Data"] }));
    // Neither an address nor a group that can be read.
    sim.set(json!({ "foreign_records": "nulls" })).expect("a switch");
    let core = core(&sim);
    let cases: [(&str, Value, &[&str]); 8] = [
        ("atlan_group", json!({ "name_prefix": "data_" }), &["Stewards of DATA", "Data Teams"]),
        (
            "atlan_group",
            json!({ "alias_contains": "data", "is_default": false }),
            &["Stewards of DATA", "Finance Data"],
        ),
        (
            "atlan_user_invite",
            json!({ "role": "member" }),
            &["eve@sub.example.com ($member, active)", "pending@example.com ($member, pending)"],
        ),
        ("atlan_user_invite", json!({ "status": "pending" }), &["pending@example.com ($member, pending)"]),
        (
            "atlan_user_invite",
            json!({ "email_domain": "SUB.example.com" }),
            &["eve@sub.example.com ($member, active)"],
        ),
        ("atlan_user_invite", json!({ "is_scim": true }), &["scim@example.com ($guest, active)"]),
        (
            "atlan_user_invite",
            json!({ "is_scim": false, "role": "$admin" }),
            &["admin@example.com ($admin, active)"],
        ),
        ("atlan_user_invite", json!({ "is_scim": true, "role": "$admin" }), &[]),
    ];
    for (list, config, expected) in cases {
        assert_eq!(labels(&core.list(list).query(config.clone()).await), expected, "{list} {config}");
    }
}

#[tokio::test]
async fn somebody_without_a_role_is_left_out_with_a_warning() {
    let sim = sim(0, 0).await;
    let record =
        json!({ "id": "00000000-0000-4000-8000-000000000001", "email": "x@example.com", "enabled": true });
    let body = json!({ "totalRecord": 1, "filterRecord": 1, "records": [record] });
    sim.fault(Rule { body: Some(body), ..Rule::on("GET", USERS).status(200) }).expect("a rule");
    for whole in [false, true] {
        let list = core(&sim).list("atlan_user_invite");
        let found = if whole { list.include_resource() } else { list }.query(json!({})).await;
        assert!(
            found.objects().is_empty() && found.report().to_string().contains("x@example.com was left out"),
            "{found}"
        );
    }
}

#[tokio::test]
async fn bad_filters_are_refused_before_any_request() {
    let sim = sim(1, 1).await;
    let core = core(&sim);
    let mut said = String::new();
    for (list, config) in [
        ("atlan_group", json!({ "name_prefix": "" })),
        ("atlan_group", json!({ "alias": "x" })),
        ("atlan_group_member", json!({ "group_id": "data_stewards" })),
        ("atlan_group_member", json!({ "user": "ada" })),
        ("atlan_group_members", json!({ "alias_contains": "" })),
        ("atlan_api_token", json!({ "name_prefix": " " })),
        ("atlan_api_token", json!({ "created_by": "" })),
        ("atlan_oauth_client", json!({ "name_prefix": "" })),
        ("atlan_user_role", json!({ "role": "owner" })),
        ("atlan_user_invite", json!({ "role": "owner" })),
        ("atlan_user_invite", json!({ "status": "gone" })),
        ("atlan_user_invite", json!({ "email_domain": "@example.com" })),
    ] {
        let refused = core.list(list).try_query(config.clone()).await.expect_err("a refusal");
        said += &format!("{list} {config}\n{refused}\n");
    }
    said.check(expect![[r#"
        atlan_group {"name_prefix":""}
        error at name_prefix: Invalid value for "name_prefix"
          It must not be blank.
        atlan_group {"alias":"x"}
        error at alias: Unsupported argument
          An argument named "alias" is not expected here.
        atlan_group_member {"group_id":"data_stewards"}
        error at group_id: Invalid value for "group_id"
          "data_stewards" is not a GUID such as "<guid>".
        atlan_group_member {"user":"ada"}
        error at user: Invalid value for "user"
          "ada" is not a person: give a GUID or an email address such as "ada@example.com".
        atlan_group_members {"alias_contains":""}
        error at alias_contains: Invalid value for "alias_contains"
          It must not be blank.
        atlan_api_token {"name_prefix":" "}
        error at name_prefix: Invalid value for "name_prefix"
          It must not be blank.
        atlan_api_token {"created_by":""}
        error at created_by: Invalid value for "created_by"
          It must not be blank.
        atlan_oauth_client {"name_prefix":""}
        error at name_prefix: Invalid value for "name_prefix"
          It must not be blank.
        atlan_user_role {"role":"owner"}
        error at role: Invalid value for "role"
          It must be one of "$admin" (also "admin"), "$member" (also "member") or "$guest" (also "guest"), not "owner".
        atlan_user_invite {"role":"owner"}
        error at role: Invalid value for "role"
          It must be one of "$admin" (also "admin"), "$member" (also "member") or "$guest" (also "guest"), not "owner".
        atlan_user_invite {"status":"gone"}
        error at status: Invalid value for "status"
          It must be one of "pending", "expired", "active" or "disabled", not "gone".
        atlan_user_invite {"email_domain":"@example.com"}
        error at email_domain: Invalid value for "email_domain"
          It must be what follows the `@` of an email address, such as "example.com".
    "#]]);
    assert!(sim.journal().is_empty(), "{}", sim.journal());
}

#[tokio::test]
async fn every_api_token_comes_once_without_its_secret_and_filters_are_exact() {
    let sim = sim(0, 0).await;
    for n in 0..120 {
        let body =
            json!({ "displayName": format!("token {n}"), "description": "", "validitySeconds": 7_776_000 });
        by_other_means(&sim, "/api/service/apikeys", &body);
    }
    let core = core(&sim);
    sim.clear_journal();
    let found = core.list("atlan_api_token").limit(10_000).include_resource().query(json!({})).await;
    let mut expected = vec!["terraform".to_owned()];
    expected.extend(sim.tokens().into_iter().map(|token| token.display_name));
    assert_eq!(labels(&found), expected, "by creation");
    assert_eq!(sim.journal().count("GET", "/api/service/apikeys"), 2, "{}", sim.journal());
    let state = found.objects()[1].state();
    assert_eq!((&state["token"], &state["validity"]), (&Value::Null, &json!("7776000s")));
    sim.clear_journal();
    let few = core.list("atlan_api_token").limit(10).query(json!({})).await;
    assert_eq!((few.objects().len(), sim.journal().len()), (10, 1), "{}", sim.journal());
    for (filter, count) in [
        (json!({ "name_prefix": "token 11" }), 11),
        (json!({ "name_prefix": "Token" }), 0),
        (json!({ "created_by": "ADMIN" }), 1),
        (json!({ "created_by": "nobody" }), 0),
    ] {
        let found = core.list("atlan_api_token").limit(10_000).query(filter.clone()).await;
        assert_eq!(found.objects().len(), count, "{filter}");
    }
}

#[tokio::test]
async fn every_oauth_client_comes_once_without_its_secret_and_filters_are_exact() {
    let sim = sim(0, 0).await;
    for n in 0..120 {
        let body = json!({ "displayName": format!("client {n}"), "description": "", "role": "$guest", "personaQNs": [] });
        by_other_means(&sim, "/api/service/oauth-clients", &body);
    }
    let core = core(&sim);
    sim.clear_journal();
    let found = core.list("atlan_oauth_client").limit(10_000).include_resource().query(json!({})).await;
    let mut expected = vec!["terraform".to_owned()];
    expected.extend(sim.oauth_clients().into_iter().map(|client| client.display_name));
    assert_eq!(labels(&found), expected, "by creation");
    assert_eq!(sim.journal().count("GET", "/api/service/oauth-clients"), 2, "{}", sim.journal());
    let state = found.objects()[1].state();
    assert_eq!((&state["client_secret"], &state["role"]), (&Value::Null, &json!("$guest")));
    sim.clear_journal();
    let few = core.list("atlan_oauth_client").limit(10).query(json!({})).await;
    assert_eq!((few.objects().len(), sim.journal().len()), (10, 1), "{}", sim.journal());
    for (filter, count) in [
        (json!({ "name_prefix": "client 11" }), 11),
        (json!({ "name_prefix": "Client" }), 0),
        (json!({ "created_by": "ADMIN" }), 1),
        (json!({ "created_by": "nobody" }), 0),
    ] {
        let found = core.list("atlan_oauth_client").limit(10_000).query(filter.clone()).await;
        assert_eq!(found.objects().len(), count, "{filter}");
    }
}

#[tokio::test]
async fn every_mapping_of_a_provider_comes_once_with_its_group() {
    const MAPPERS: &str = "/api/service/idp/okta/mappers";
    let sim = sim(0, 120).await;
    let groups = sim.groups();
    for (n, group) in groups.iter().enumerate() {
        let config = json!({ "group": group.name, "attribute.name": "memberOf", "attribute.value": format!("sso {n}") });
        // The GUID in the name of a mapping counts only if no group has the internal name.
        let body = json!({ "name": format!("{}--{n}", groups[0].id), "identityProviderAlias": "okta",
            "identityProviderMapper": "saml-group-idp-mapper", "config": config });
        by_other_means(&sim, MAPPERS, &body);
    }
    let core = core(&sim);
    sim.clear_journal();
    let config = json!({ "idp_alias": "okta" });
    let named = core.list("atlan_sso_group_mapping").limit(10_000).query(config.clone()).await;
    assert_eq!((named.objects().len(), sim.journal().len()), (120, 1), "{}", sim.journal());
    let first = format!("sso 0 → {}", groups[0].name);
    assert_eq!(labels(&named)[0], first);
    sim.clear_journal();
    let found = core.list("atlan_sso_group_mapping").limit(10_000).include_resource().query(config).await;
    assert!(sim.journal().len() <= 4, "{}", sim.journal());
    for (object, group) in found.objects().iter().zip(&groups) {
        let state = object.state();
        assert_eq!((&state["group_id"], &state["group_name"]), (&json!(group.id), &json!(group.name)));
    }
    let few = core.list("atlan_sso_group_mapping").limit(10).query(json!({ "idp_alias": "okta" })).await;
    assert_eq!(few.objects().len(), 10);

    let core = self::core(&sim);
    let unknown = core.list("atlan_sso_group_mapping").try_query(json!({ "idp_alias": "none" })).await;
    let said = unknown.expect_err("a refusal");
    assert_eq!(places(&said), ["idp_alias"], "{said}");
    assert!(said.to_string().contains("The tenant has no identity provider with this alias"), "{said}");
    sim.clear_journal();
    for wrong in [json!({}), json!({ "idp_alias": "a/b" })] {
        let said = core.list("atlan_sso_group_mapping").try_query(wrong).await.expect_err("a refusal");
        assert_eq!(places(&said), ["idp_alias"], "{said}");
    }
    assert!(sim.journal().is_empty(), "{}", sim.journal());
}

/// Its name has the GUID of the deleted group.
#[tokio::test]
async fn a_mapping_of_a_group_that_no_longer_exists_is_left_out_with_a_warning() {
    let sim = sim(0, 1).await;
    let group = sim.groups().remove(0);
    let core = core(&sim);
    let mapping = json!({ "idp_alias": "okta", "group_id": group.id, "sso_group": "stewards" });
    core.resource("atlan_sso_group_mapping").apply(mapping).await;
    by_other_means(&sim, &format!("{GROUPS}/{}/delete", group.id), &json!({}));
    let core = self::core(&sim);
    let listed =
        core.list("atlan_sso_group_mapping").include_resource().query(json!({ "idp_alias": "okta" })).await;
    let said = listed.report().to_string();
    assert!(
        listed.objects().is_empty() && said.contains("was left out"),
        "{} objects: {said}",
        listed.objects().len()
    );
}
