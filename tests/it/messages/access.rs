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

fn said(applied: Result<tfplug::testing::Applied, tfplug::testing::Report>) -> tfplug::testing::Report {
    match applied {
        Ok(applied) => applied.report().clone(),
        Err(report) => report,
    }
}

/// Changes that Atlan refuses.
fn updates(scenes: &mut Scenes) {
    const MAPPER: &str = "/api/service/idp/okta/mappers/*";
    for (name, changed, (method, path)) in [
        (
            "atlan_group_members",
            json!({ "members": [ADA] }),
            ("POST", "/api/service/groups/*/members/remove"),
        ),
        ("atlan_user_role", json!({ "role": "$guest" }), ("POST", ROLE_UPDATES)),
        ("atlan_api_token", json!({ "display_name": "looker" }), ("POST", "/api/service/apikeys/*")),
        ("atlan_oauth_client", json!({ "display_name": "looker" }), ("PUT", "/api/service/oauth-clients/*")),
        ("atlan_sso_group_mapping", json!({ "sso_group": "stewards" }), ("POST", MAPPER)),
    ] {
        let kind = KINDS.into_iter().find(|kind| kind.name == name).expect("a kind");
        scenes.add(format!("update {name}: 403"), async move {
            let (sim, mut object, group) = with_group(name).await;
            object.apply((kind.config)(&group)).await;
            sim.fault(Rule::on(method, path).status(403)).expect("a rule");
            object.try_apply(with((kind.config)(&group), changed)).await.failed()
        });
    }
}

/// Replacements whose create half would fail after the delete half.
fn halves(scenes: &mut Scenes) {
    for (on_existing, role) in [("error", "$member"), ("adopt", "$guest")] {
        let title = format!("replace an invitation by somebody who is there, on_existing = {on_existing:?}");
        scenes.add(title, async move {
            let (_sim, mut invite, _) = with_group("atlan_user_invite").await;
            invite.apply(json!({ "email": "eve@example.com", "role": "$member" })).await;
            let config = json!({ "email": ADA, "role": role, "on_existing": on_existing });
            said(invite.try_apply(config).await)
        });
    }
    scenes.add("replace a mapping by one that is there", async {
        let (sim, mut mapping, group) = with_group("atlan_sso_group_mapping").await;
        let other = group_by_other_means(&sim, "analysts", json!({ "alias": ["Analysts"] }));
        let mut theirs = retries(&sim, 0).resource("atlan_sso_group_mapping");
        theirs.apply((KINDS[5].config)(&other)).await;
        mapping.apply((KINDS[5].config)(&group)).await;
        said(mapping.try_apply((KINDS[5].config)(&other)).await)
    });
    scenes.add("replace a set whose group somebody has joined since the plan", async {
        let (sim, mut set, group) = with_group("atlan_group_members").await;
        let config = json!({ "group_id": group, "members": [ADA] });
        set.apply(config.clone()).await;
        set.taint();
        let plan = set.plan(config.clone()).await;
        join_by_other_means(&sim, &group, &[&sim.user("bob@example.com").expect("there").id]);
        said(set.try_apply_plan(&plan, config).await)
    });
    scenes.add("replace a group by one that is there", async {
        let (sim, mut team, _) = with_group("atlan_group").await;
        group_by_other_means(&sim, "analysts", json!({ "alias": ["Analysts"] }));
        team.apply(json!({ "alias": "Team", "name": "team" })).await;
        said(team.try_apply(json!({ "alias": "Team", "name": "analysts" })).await)
    });
    scenes.add("replace a membership by one of a group that is gone", async {
        let (_sim, mut single, group) = with_group("atlan_group_member").await;
        single.apply(json!({ "group_id": group, "user": ADA })).await;
        let nowhere = "8f0c2e9a-0000-4000-8000-000000000001";
        said(single.try_apply(json!({ "group_id": nowhere, "user": ADA })).await)
    });
    scenes.add("replace a set that lists somebody unknown", async {
        let (_sim, mut set, group) = with_group("atlan_group_members").await;
        set.apply(json!({ "group_id": group, "members": [ADA] })).await;
        set.replace_next();
        said(set.try_apply(json!({ "group_id": group, "members": [ADA, "lee@example.com"] })).await)
    });
    scenes.add("replace a set by one of a group that was deleted since the plan", async {
        let (sim, mut set, group) = with_group("atlan_group_members").await;
        let other = group_by_other_means(&sim, "analysts", json!({ "alias": ["Analysts"] }));
        set.apply(json!({ "group_id": group, "members": [ADA] })).await;
        let config = json!({ "group_id": other, "members": [ADA] });
        let plan = set.plan(config.clone()).await;
        by_other_means(&sim, &format!("{GROUPS}/{other}/delete"), &json!({}));
        said(set.try_apply_plan(&plan, config).await)
    });
    scenes.add("replace a list of people by one of somebody who is there", async {
        let (_sim, mut list, _) = with_group("atlan_user_invites").await;
        list.apply(json!({ "people": { "eve@example.com": { "role": "$guest" } } })).await;
        list.replace_next();
        said(list.try_apply(json!({ "people": { ADA: { "role": "$guest" } } })).await)
    });
    scenes.add("replace an invitation under create_before_destroy", async {
        let (_sim, mut invite, _) = with_group("atlan_user_invite").await;
        let config = json!({ "email": "eve@example.com", "role": "$guest", "on_existing": "adopt" });
        invite.apply(config.clone()).await;
        invite.create_before_destroy();
        invite.replace_next();
        said(invite.try_apply(config).await)
    });
    scenes.add("destroy a set while a single membership of its group stays", async {
        let (sim, mut set, group) = with_group("atlan_group_members").await;
        set.apply(json!({ "group_id": group, "members": [ADA] })).await;
        let (mut single, config) =
            (retries(&sim, 0).resource("atlan_group_member"), json!({ "group_id": group, "user": ADA }));
        single.apply(config.clone()).await;
        let run = retries(&sim, 0).one_run();
        set.set_core(&run);
        single.set_core(&run);
        single.plan(config).await;
        set.try_plan_destroy().await.map(drop).failed()
    });
}

/// What a plan does not show by itself.
fn warnings(scenes: &mut Scenes) {
    scenes.add("plan a new atlan_user_role that lowers a role", async {
        let (sim, mut role, _) = with_group("atlan_user_role").await;
        sim.give_role(ADA, "$admin").expect("there");
        role.plan(json!({ "user": ADA, "role": "$guest" })).await.report().clone()
    });
    scenes.add("create atlan_user_role: the role was raised since the list was read", async {
        let (sim, mut role, _) = with_group("atlan_user_role").await;
        let settings = json!({ "max_retries": 0, "read_mode": "snapshot" });
        role.set_core(&core_with(&sim, settings).one_process());
        let config = json!({ "user": ADA, "role": "$guest" });
        let plan = role.plan(config.clone()).await;
        sim.give_role(ADA, "$admin").expect("there");
        said(role.try_apply_plan(&plan, config).await)
    });
    scenes.add("plan atlan_user_role: the address of the person has changed in Atlan", async {
        let (sim, mut role, _) = with_group("atlan_user_role").await;
        let config = json!({ "user": ADA, "role": "$guest" });
        role.apply(config.clone()).await;
        sim.give_address(ADA, "eve@example.com").expect("free");
        role.plan(config).await.report().clone()
    });
    scenes.add("replace atlan_user_role: the address of the person has changed since the plan", async {
        let (sim, mut role, _) = with_group("atlan_user_role").await;
        let config = json!({ "user": ADA, "role": "$guest" });
        role.apply(config.clone()).await;
        role.taint();
        let plan = role.plan(config.clone()).await;
        sim.give_address(ADA, "eve@example.com").expect("free");
        said(role.try_apply_plan(&plan, config).await)
    });
    for (name, config) in [
        ("atlan_user_invite", json!({ "email": ADA, "role": "$member", "on_existing": "adopt" })),
        ("atlan_user_invites", json!({ "people": { ADA: { "role": "$member" } }, "on_existing": "adopt" })),
        ("atlan_user_role", json!({ "user": ADA, "role": "$member" })),
    ] {
        scenes.add(format!("plan {name}: the person is disabled"), async move {
            let (sim, mut object, _) = with_group(name).await;
            object.apply(config.clone()).await;
            sim.disable(ADA).expect("there");
            object.plan(config).await.report().clone()
        });
    }
    scenes.add("destroy an invitation of somebody whose role was raised since", async {
        let (sim, mut invite) = quick(KeyKind::User, "atlan_user_invite").await;
        invite.apply(ada("$member")).await;
        sim.accept(ADA).expect("invited");
        sim.give_role(ADA, "$admin").expect("there");
        invite.set_core(&retries(&sim, 0).without_refresh());
        invite.destroy().await
    });
    for name in ["atlan_api_token", "atlan_oauth_client"] {
        let kind = KINDS.into_iter().find(|kind| kind.name == name).expect("a kind");
        scenes.add(format!("create {name}: this identity made one like it a moment ago"), async move {
            let (_sim, mut object, group) = with_group(name).await;
            object.apply((kind.config)(&group)).await;
            object.forget();
            let said = object.apply((kind.config)(&group)).await.report().to_string();
            without_times(&said)
        });
    }
    scenes.add("close ephemeral atlan_api_token: an answer was lost, and the token does not show", async {
        let sim = tenant(KeyKind::ApiToken).await;
        sim.set(json!({ "token_visible_after_ms": 3_600_000 })).expect("a switch");
        sim.fault(Rule::on("POST", "/api/service/apikeys").times(1).drop(Moment::After)).expect("a rule");
        let opened = impatient(&sim).ephemeral("atlan_api_token").open(json!({})).await;
        let value = opened.value();
        let said = opened.close().await.to_string();
        let text = |part: &str| value[part].as_str().expect("text").to_owned();
        without_times(&said.replace(&text("display_name"), "<name>"))
    });
}

/// The text with names in place of times.
fn without_times(text: &str) -> String {
    let is_time =
        |word: &str| word.len() > 18 && word.starts_with("20") && word.contains('T') && word.contains(':');
    let word = |word: &str| {
        let end = word.find('Z').map_or(word.len(), |at| at + 1);
        if is_time(word) { format!("<time>{}", &word[end..]) } else { word.to_owned() }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn every_message_about_access_reads_well() {
    let mut scenes = Scenes::default();
    failures(&mut scenes);
    refusals(&mut scenes);
    reads(&mut scenes);
    tokens_of_a_run(&mut scenes);
    updates(&mut scenes);
    halves(&mut scenes);
    warnings(&mut scenes);
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
