//! Who is in which group, as `atlan_group`, `atlan_groups`, `atlan_user` and `atlan_users` show it.

use atlan_sim::{KeyKind, Options, Rule, Sim};
use expect_test::expect;
use serde_json::{Value, json};

use super::{read, refused, requests};
use crate::harness::*;

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Ada in two groups, Bob, who has not accepted, in one of them, and a third group that is empty. The GUIDs of the groups.
async fn world() -> (Sim, [String; 3]) {
    let sim = tenant(KeyKind::ApiToken).await;
    let ids = ["data_teams", "data_stewards", "empty"].map(|name| {
        let alias = name.replace('_', " ");
        group_by_other_means(&sim, name, json!({ "alias": [alias] }))
    });
    let ada = person_by_other_means(&sim, ADA);
    sim.invite(BOB, "$guest").expect("invited");
    let bob = guid(&sim, BOB);
    join_by_other_means(&sim, &ids[0], &[&ada, &bob]);
    join_by_other_means(&sim, &ids[1], &[&ada]);
    sim.clear_journal();
    (sim, ids)
}

fn guid(sim: &Sim, email: &str) -> String {
    sim.user(email).expect("a person").id
}

fn keys(map: &Value) -> String {
    map.as_object().expect("a map").keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn members_are_read_by_address_also_where_their_list_shows_none() {
    for (columns, people_too) in [("honoured", false), ("ignored", true)] {
        let (sim, [teams, _, empty]) = world().await;
        sim.set(json!({ "member_columns": columns, "lists_without_columns": "minimal" })).expect("switches");
        let config = json!({ "id": teams, "include_members": true });
        let found = read(&core(&sim), "atlan_group", config).await;
        assert_eq!(found["members"], json!({ ADA: guid(&sim, ADA), BOB: guid(&sim, BOB) }), "{columns}");
        let sent: Vec<String> = requests(&sim).into_iter().map(|(path, _)| path).collect();
        assert_eq!(sent.len(), if people_too { 3 } else { 2 }, "{sent:?}");
        let config = json!({ "id": empty, "include_members": true });
        assert_eq!(read(&core(&sim), "atlan_group", config).await["members"], json!({}), "nobody");
    }
}

#[tokio::test]
async fn members_cost_a_request_for_each_hundred() {
    let sim = Sim::start(Options { users: 250, groups: 1, ..Options::default() }).await.expect("a simulator");
    let group = sim.groups().remove(0);
    let people: Vec<String> = sim.users().into_iter().skip(1).take(230).map(|user| user.id).collect();
    join_by_other_means(&sim, &group.id, &people.iter().map(String::as_str).collect::<Vec<_>>());
    let members = members(&sim, &group.id).len();
    sim.clear_journal();
    let run = core(&sim).one_run();
    let found = read(&run, "atlan_group", json!({ "name": group.name, "include_members": true })).await;
    assert_eq!(found["members"].as_object().map(serde_json::Map::len), Some(members));
    let list = format!("GET groups/{}/members", group.id);
    assert_eq!(requests(&sim), [("GET v2/groups".to_owned(), 1), (list.clone(), members.div_ceil(100))]);
    sim.clear_journal();
    let found = read(&core(&sim), "atlan_users", json!({ "group_id": group.id })).await;
    assert_eq!(found["users"].as_object().map(serde_json::Map::len), Some(members));
    let people = members.div_ceil(75);
    assert_eq!(requests(&sim), [(list, members.div_ceil(100)), ("GET users".to_owned(), people)]);
}

#[tokio::test]
async fn the_groups_of_a_person_take_one_request() {
    let (sim, [teams, stewards, _]) = world().await;
    let ada = guid(&sim, ADA);
    let list = (format!("GET users/{ada}/groups"), 1);
    let found = read(&core(&sim), "atlan_groups", json!({ "user": ada.to_uppercase() })).await;
    assert_eq!(
        found["groups"]["data_teams"],
        json!({
            "id": teams, "alias": "data teams", "description": "", "is_default": false, "path": "/data_teams",
        })
    );
    assert_eq!(requests(&sim), std::slice::from_ref(&list));
    assert_eq!(keys(&found["groups"]), "data_stewards data_teams");
    let found =
        read(&core(&sim), "atlan_groups", json!({ "user": "Ada@Example.com", "name_prefix": "data_s" }))
            .await;
    assert_eq!(keys(&found["groups"]), "data_stewards");
    sim.clear_journal();
    let found = read(&core(&sim), "atlan_user", json!({ "email": ADA, "include_groups": true })).await;
    assert_eq!(found["groups"], json!({ "data_stewards": stewards, "data_teams": teams }));
    assert_eq!(requests(&sim), [("GET users".to_owned(), 1), list]);
    let found =
        read(&core(&sim), "atlan_user", json!({ "email": "admin@example.com", "include_groups": true }))
            .await;
    assert_eq!(found["groups"], json!({}), "in no group");
}

#[tokio::test]
async fn the_people_of_a_group_are_filtered_by_all_arguments_together() {
    let (sim, [teams, _, empty]) = world().await;
    let core = core(&sim);
    for (config, expected, missing) in [
        (json!({ "group_id": teams }), "ada@example.com bob@example.com", json!([])),
        (json!({ "group_id": teams.to_uppercase(), "role": "guest" }), "bob@example.com", json!([])),
        (json!({ "group_id": teams, "status": "active" }), "ada@example.com", json!([])),
        (
            json!({ "group_id": teams, "emails": ["ADA@example.com", "admin@example.com", "x@example.com"] }),
            "ada@example.com",
            json!(["x@example.com"]),
        ),
        (json!({ "group_id": empty }), "", json!([])),
    ] {
        let found = read(&core, "atlan_users", config.clone()).await;
        assert_eq!((keys(&found["users"]).as_str(), &found["missing"]), (expected, &missing), "{config}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_named_and_other_failures_are_no_absence() {
    let (sim, [teams, ..]) = world().await;
    let mut said = String::new();
    for (source, config) in [
        ("atlan_users", json!({ "group_id": NOBODY })),
        ("atlan_users", json!({ "group_id": "data_teams" })),
        ("atlan_groups", json!({ "user": NOBODY })),
        ("atlan_groups", json!({ "user": "nobody@example.com" })),
        ("atlan_groups", json!({ "user": "ada" })),
    ] {
        said += &format!("{config}\n{}\n", refused(&core(&sim), source, config.clone()).await);
    }
    let ada = guid(&sim, ADA);
    for (path, source, config) in [
        (format!("/api/service/users/{ada}/groups"), "atlan_groups", json!({ "user": ada })),
        (
            format!("/api/service/users/{ada}/groups"),
            "atlan_user",
            json!({ "id": ada, "include_groups": true }),
        ),
        (format!("/api/service/groups/{teams}/members"), "atlan_users", json!({ "group_id": teams })),
        (
            format!("/api/service/groups/{teams}/members"),
            "atlan_group",
            json!({ "id": teams, "include_members": true }),
        ),
    ] {
        // The page of a gateway.
        sim.set_faults(vec![Rule::on("GET", &path).status(404)]).expect("a rule");
        let report = refused(&core(&sim), source, config.clone()).await;
        assert!(report.contains("404") && !report.contains("has no group"), "{config}: {report}");
    }
    said.check(expect![[r#"
        {"group_id":"<guid>"}
        error at group_id: The group does not exist
          The tenant http://<tenant> has no group with the GUID <guid>. It may have been deleted. Refer to the `id` of an `atlan_group`, or correct the GUID.
        {"group_id":"data_teams"}
        error at group_id: Invalid value for "group_id"
          "data_teams" is not a GUID such as "<guid>".
        {"user":"<guid>"}
        error at user: There is no such person
          Nobody in the tenant http://<tenant> has the GUID <guid>. The person may have been removed; somebody who is invited again gets another GUID. Correct it, or write the email address instead.
        {"user":"nobody@example.com"}
        error at user: There is no such person
          Nobody is known to Atlan (http://<tenant>) as nobody@example.com. If this configuration invites the person, refer to `atlan_user_invite.NAME.email` instead of writing the address, so that Terraform invites first. If an `atlan_user_invites` invites people, use only those who have a GUID: `[for email, person in atlan_user_invites.NAME.people : email if person.id != null]`. People who come by single sign-on exist after their first sign-in.
        {"user":"ada"}
        error at user: Invalid value for "user"
          "ada" is not a person: give a GUID or an email address such as "ada@example.com".
    "#]]);
}

#[tokio::test]
async fn two_members_of_one_address_are_an_error() {
    let (sim, [teams, ..]) = world().await;
    sim.set(json!({ "email_case": "preserve" })).expect("a switch");
    sim.admit("Ada@example.com", "$member", false).expect("a newcomer");
    let other = sim.users().into_iter().find(|user| user.email == "Ada@example.com").expect("a person").id;
    join_by_other_means(&sim, &teams, &[&other]);
    let said = refused(&core(&sim), "atlan_group", json!({ "id": teams, "include_members": true })).await;
    assert!(said.contains("Two people have the address ada@example.com"), "{said}");
}

#[tokio::test]
async fn the_number_of_members_counts_the_memberships_of_the_same_run() {
    for mode in ["auto", "snapshot", "single"] {
        let (sim, [_, stewards, _]) = world().await;
        let run = core_with(&sim, json!({ "read_mode": mode })).one_run();
        let group = run.data_source("atlan_group");
        let config = json!({ "id": stewards });
        assert_eq!(group.read(config.clone()).await.value()["member_count"], 1, "{mode}");
        let mut edge = run.resource("atlan_group_member");
        edge.apply(json!({ "group_id": stewards, "user": BOB })).await;
        let read = async || group.try_read_in_apply(config.clone()).await.expect("a group").value();
        assert_eq!(read().await["member_count"], 2, "{mode}");
        edge.destroy().await;
        assert_eq!(read().await["member_count"], 1, "{mode}");
    }
}
