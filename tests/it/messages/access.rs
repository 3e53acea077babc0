//! Messages about memberships, roles, tokens, OAuth clients, mappings and the access report, in `access.txt`. The errors that are most
//! common, once for each of them.

use super::*;

const MAPPERS: &str = "/api/service/idp/okta/mappers";
const NOBODY: &str = "00000000-0000-4000-8000-00000000000a";

/// A resource, and the requests that it takes.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    config: fn(group: &str) -> Value,
    create: (&'static str, &'static str),
    read: (&'static str, &'static str),
    delete: (&'static str, &'static str),
}

const KINDS: [Kind; 6] = [
    Kind {
        name: "atlan_group_member",
        config: |group| json!({ "group_id": group, "user": ADA }),
        create: ("POST", OF_PERSON),
        read: ("GET", OF_GROUP),
        delete: ("POST", "/api/service/groups/*/members/remove"),
    },
    Kind {
        name: "atlan_group_members",
        config: |group| json!({ "group_id": group, "members": [ADA, "bob@example.com"] }),
        create: ("POST", OF_PERSON),
        read: ("GET", OF_GROUP),
        delete: ("POST", "/api/service/groups/*/members/remove"),
    },
    Kind {
        name: "atlan_user_role",
        config: |_| json!({ "user": ADA, "role": "$admin" }),
        create: ("POST", ROLE_UPDATES),
        read: ("GET", USERS),
        delete: ("POST", ROLE_UPDATES),
    },
    Kind {
        name: "atlan_api_token",
        config: |_| json!({ "display_name": "dbt", "validity": "2160h", "store_token": true }),
        create: ("POST", "/api/service/apikeys"),
        read: ("GET", "/api/service/apikeys"),
        delete: ("DELETE", "/api/service/apikeys/*"),
    },
    Kind {
        name: "atlan_oauth_client",
        config: |_| json!({ "display_name": "pipeline", "role": "$member", "store_secret": true }),
        create: ("POST", "/api/service/oauth-clients"),
        read: ("GET", "/api/service/oauth-clients"),
        delete: ("DELETE", "/api/service/oauth-clients/*"),
    },
    Kind {
        name: "atlan_sso_group_mapping",
        config: |group| json!({ "idp_alias": "okta", "group_id": group, "sso_group": "data-stewards" }),
        create: ("POST", MAPPERS),
        read: ("GET", MAPPERS),
        delete: ("POST", "/api/service/idp/okta/mappers/*/delete"),
    },
];

/// A tenant with Ada, Bob and the group Stewards, a resource that does not retry, and the GUID of the group.
async fn with_group(name: &str) -> (Sim, Instance, String) {
    let (sim, object) = quick(KeyKind::ApiToken, name).await;
    for email in [ADA, "bob@example.com"] {
        sim.admit(email, "$member", false).expect("a newcomer");
    }
    let group = group_by_other_means(&sim, "data_stewards", json!({ "alias": ["Stewards"] }));
    (sim, object, group)
}

fn failures(scenes: &mut Scenes) {
    for kind in KINDS {
        let Kind { name, config, create: (method, path), .. } = kind;
        for status in [400, 403, 429] {
            scenes.add(format!("create {name}: {status}"), async move {
                let (sim, mut object, group) = with_group(name).await;
                sim.fault(Rule::on(method, path).status(status)).expect("a rule");
                object.try_apply(config(&group)).await.failed()
            });
        }
        scenes.add(format!("create {name}: the answer is lost, and the look fails"), async move {
            let (sim, mut object, group) = with_group(name).await;
            let (read, list) = kind.read;
            let rules = vec![
                Rule::on(method, path).drop(Moment::Before),
                Rule::on(read, list).after_n(1).status(403),
            ];
            sim.set_faults(rules).expect("rules");
            match object.try_apply(config(&group)).await {
                Ok(applied) => applied.report().clone(),
                Err(report) => report,
            }
        });
        for status in [403, 500] {
            scenes.add(format!("read {name}: {status}"), async move {
                let (sim, mut object, group) = with_group(name).await;
                object.apply(config(&group)).await;
                object.set_core(&retries(&sim, 0));
                sim.fault(Rule::on(kind.read.0, kind.read.1).status(status)).expect("a rule");
                object.try_refresh().await.failed()
            });
        }
        scenes.add(format!("delete {name}: 403"), async move {
            let (sim, mut object, group) = with_group(name).await;
            object.apply(config(&group)).await;
            sim.fault(Rule::on(kind.delete.0, kind.delete.1).status(403)).expect("a rule");
            object.try_destroy().await.unwrap_or_else(|report| report)
        });
    }
}

/// What is not there, is there already, or cannot be.
fn refusals(scenes: &mut Scenes) {
    for (name, wrong) in [
        ("atlan_group_member", json!({ "user": "ada" })),
        ("atlan_group_member", json!({ "user": "nobody@example.com" })),
        ("atlan_group_member", json!({ "group_id": NOBODY })),
        ("atlan_group_members", json!({ "members": [ADA, "ADA@example.com"] })),
        ("atlan_group_members", json!({ "members": [ADA, null] })),
        ("atlan_group_members", json!({ "members": ["x@example.com", "y@example.com"] })),
        ("atlan_group_members", json!({ "group_id": NOBODY })),
        ("atlan_user_role", json!({ "role": "owner" })),
        ("atlan_user_role", json!({ "user": "nobody@example.com" })),
        ("atlan_api_token", json!({ "store_token": false })),
        ("atlan_api_token", json!({ "validity": "30s" })),
        ("atlan_api_token", json!({ "rotate_before": "3000h" })),
        ("atlan_api_token", json!({ "persona_qualified_names": ["default/none"] })),
        ("atlan_oauth_client", json!({ "store_secret": false })),
        ("atlan_oauth_client", json!({ "role": "$owner" })),
        ("atlan_sso_group_mapping", json!({ "idp_alias": "acme" })),
        ("atlan_sso_group_mapping", json!({ "sso_group": " data-stewards" })),
        ("atlan_sso_group_mapping", json!({ "group_id": NOBODY })),
    ] {
        let kind = KINDS.into_iter().find(|kind| kind.name == name).expect("a kind");
        scenes.add(format!("{name} {wrong}"), async move {
            let (_sim, mut object, group) = with_group(name).await;
            object.try_apply(with((kind.config)(&group), wrong)).await.failed()
        });
    }
    scenes.add("create atlan_group_members: others are in the group", async {
        let (sim, mut object, group) = with_group("atlan_group_members").await;
        let bob = sim.user("bob@example.com").expect("there").id;
        join_by_other_means(&sim, &group, &[&bob]);
        object.try_apply(json!({ "group_id": group, "members": [ADA] })).await.failed()
    });
    scenes.add("atlan_group_members: more removals than max_removals", async {
        let (_sim, mut object, group) = with_group("atlan_group_members").await;
        object.apply(json!({ "group_id": group, "members": [ADA, "bob@example.com"] })).await;
        object.try_apply(json!({ "group_id": group, "members": [], "max_removals": 1 })).await.failed()
    });
    scenes.add("atlan_user_role: the last admin", async {
        let (sim, mut object, _) = with_group("atlan_user_role").await;
        let admin = sim.users()[0].email.clone();
        object.import(&admin).await;
        object.try_apply(json!({ "user": admin, "role": "$guest" })).await.failed()
    });
    scenes.add("create atlan_sso_group_mapping: there is one", async {
        let (_sim, mut object, group) = with_group("atlan_sso_group_mapping").await;
        object.apply((KINDS[5].config)(&group)).await;
        object.forget();
        object.try_apply((KINDS[5].config)(&group)).await.failed()
    });
    scenes.add("delete the token of the run", async {
        let (_sim, mut object, _) = with_group("atlan_api_token").await;
        object.import("name:terraform").await;
        object.try_destroy().await.failed()
    });
    for (name, id) in [
        ("atlan_group_member", "data_stewards"),
        ("atlan_group_member", "data_stewards/ada@example.com"),
        ("atlan_group_members", "no_such_group"),
        ("atlan_user_role", "nobody@example.com"),
        ("atlan_api_token", "name:nothing"),
        ("atlan_oauth_client", "name:nothing"),
        ("atlan_sso_group_mapping", "okta"),
        ("atlan_sso_group_mapping", "okta/group:data_stewards"),
    ] {
        scenes.add(format!("import {name} {id:?}"), async move {
            let (_sim, mut object, _) = with_group(name).await;
            object.try_import(id).await.failed()
        });
    }
}

fn reads(scenes: &mut Scenes) {
    for (title, wrong) in [
        ("an address without @", json!({ "expected_users": { "ada": null } })),
        ("a role that is none", json!({ "expected_users": { ADA: "owner" } })),
        ("days below zero", json!({ "pending_days": -1 })),
    ] {
        scenes.add(format!("atlan_access_report: {title}"), async move {
            core(&tenant(KeyKind::ApiToken).await).data_source("atlan_access_report").validate(wrong).await
        });
    }
    for list in [USERS, GROUP_LIST, "/api/service/apikeys"] {
        scenes.add(format!("atlan_access_report: 403 of {list}"), async move {
            let sim = tenant(KeyKind::ApiToken).await;
            sim.fault(Rule::on("GET", list).status(403)).expect("a rule");
            let report = retries(&sim, 0).data_source("atlan_access_report");
            report.try_read(json!({ "include_api_tokens": true })).await.failed()
        });
    }
}

fn tokens_of_a_run(scenes: &mut Scenes) {
    const TOKENS: &str = "/api/service/apikeys";
    scenes.add("ephemeral atlan_api_token: a life that is too long", async {
        core(&tenant(KeyKind::ApiToken).await)
            .ephemeral("atlan_api_token")
            .validate(json!({ "validity": "25h" }))
            .await
    });
    scenes.add("open ephemeral atlan_api_token: 403", async {
        let sim = tenant(KeyKind::ApiToken).await;
        sim.fault(Rule::on("POST", TOKENS).status(403)).expect("a rule");
        retries(&sim, 0).ephemeral("atlan_api_token").try_open(json!({})).await.map(drop).failed()
    });
    scenes.add("close ephemeral atlan_api_token: 403", async {
        let sim = tenant(KeyKind::ApiToken).await;
        let opened = retries(&sim, 0).ephemeral("atlan_api_token").open(json!({})).await;
        let value = opened.value();
        sim.fault(Rule::on("DELETE", "/api/service/apikeys/*").status(403)).expect("a rule");
        let said = opened.close().await.to_string();
        let text = |part: &str| value[part].as_str().expect("text").to_owned();
        said.replace(&text("display_name"), "<name>").replace(&text("expires_at"), "<time>")
    });
}

#[tokio::test]
async fn every_message_about_access_reads_well() {
    let mut scenes = Scenes::default();
    failures(&mut scenes);
    refusals(&mut scenes);
    reads(&mut scenes);
    tokens_of_a_run(&mut scenes);
    let text = without_digits(&repeatable(&scenes.play().await));
    expect_file!["./access.txt"].assert_eq(&text);
    // They name a person and a group.
    is_well_formed(&text, 10);
}

/// The text with names in place of the digits that end the temporary name of a token, of an OAuth client, or the name of a mapping.
fn without_digits(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['~', '-']) {
        let (before, after) = rest.split_at(at);
        result.push_str(before);
        let (mark, after) = match after.strip_prefix("--") {
            Some(after) => ("--", after),
            None => after.split_at(1),
        };
        result.push_str(mark);
        let digits = after.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(after.len());
        let is_random = matches!((mark, digits), ("~", 8) | ("--", 13..));
        rest = &after[if is_random { digits } else { 0 }..];
        if is_random {
            result.push_str("<digits>");
        }
    }
    result + rest
}
