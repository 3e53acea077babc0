//! All messages side by side: `messages.txt` contains the messages about settings, groups and invitations, in the order of the scenes
//! below. Read it as that person. `UPDATE_EXPECT=1 cargo test --test it messages` updates it.
//!
//! Those about memberships, roles, tokens, OAuth clients, mappings and the access report are in `messages/access.txt`.
//!
//! Messages about the network, certificates and redirects are in `network.rs`; those about two resources for one person or
//! group are in `src/run/clash.txt`, and the one about long waits is in `src/provider.rs`.

mod lists;

use std::fmt::{Display, Write as _};
use std::pin::Pin;

use atlan_sim::{KeyKind, Moment, Rule, Sim};
use expect_test::expect_file;
use serde_json::{Value, json};
use tfplug::testing::{Core, Instance, unknown};

use crate::harness::*;
use crate::user_invite::{ADA, ada, invited_by_other_means};

mod access;

type Said = Pin<Box<dyn Future<Output = String> + Send>>;

/// Titles and messages, in order.
#[derive(Default)]
struct Scenes(Vec<(String, Said)>);

impl Scenes {
    fn add<T: Display>(&mut self, title: impl Into<String>, said: impl Future<Output = T> + Send + 'static) {
        self.0.push((title.into(), Box::pin(async move { said.await.to_string() })));
    }

    async fn play(self) -> String {
        let mut text = String::new();
        let mut scenes = self.0.into_iter().peekable();
        while scenes.peek().is_some() {
            let some: Vec<_> =
                scenes.by_ref().take(8).map(|(title, said)| (title, tokio::spawn(said))).collect();
            for (title, said) in some {
                let said = said.await.unwrap_or_else(|panic| panic!("{title}: {panic}"));
                // Each operating system has its own words.
                let said = said.replace(&no_such_file(), "No such file or directory (os error 2)");
                writeln!(text, "# {title}\n{said}\n").expect("written");
            }
        }
        text
    }
}

/// A tenant and a resource that does not retry, so that no message depends on time.
async fn quick(key_kind: KeyKind, kind: &str) -> (Sim, Instance) {
    let sim = tenant(key_kind).await;
    let instance = retries(&sim, 0).resource(kind);
    (sim, instance)
}

fn retries(sim: &Sim, most: u32) -> Core {
    core_with(sim, json!({ "max_retries": most, "request_timeout": "1s" }))
}

fn data() -> Value {
    json!({ "alias": "Data Stewards" })
}

/// An operation on an object in a tenant that answers one of its requests with a fault.
#[derive(Clone, Copy)]
struct Deed {
    title: &'static str,
    kind: &'static str,
    key_kind: KeyKind,
    /// The request that fails.
    request: (&'static str, &'static str),
}

const DEEDS: [Deed; 9] = [
    deed("create a group", "atlan_group", ("POST", GROUPS)),
    deed("read a group", "atlan_group", ("GET", GROUP_LIST)),
    deed("update a group", "atlan_group", ("POST", "/api/service/groups/*")),
    deed("delete a group", "atlan_group", ("POST", "/api/service/groups/*/delete")),
    deed("invite", "atlan_user_invite", ("POST", USERS)),
    deed("read a person", "atlan_user_invite", ("GET", USERS)),
    deed("change a role", "atlan_user_invite", ("POST", ROLE_UPDATES)),
    deed("cancel an invitation", "atlan_user_invite", ("POST", "/api/service/users/*/delete")),
    deed("disable a person", "atlan_user_invite", ("POST", "/api/service/users/*")),
];

const fn deed(title: &'static str, kind: &'static str, request: (&'static str, &'static str)) -> Deed {
    Deed { title, kind, key_kind: KeyKind::User, request }
}

async fn done(deed: Deed, most: u32, fault: impl FnOnce(Rule) -> Rule) -> String {
    let Deed { title, kind, key_kind, request: (method, path) } = deed;
    let (sim, mut object) = quick(key_kind, kind).await;
    let is_group = kind == "atlan_group";
    let made = if is_group { data() } else { ada("$member") };
    if !matches!(title, "create a group" | "invite") {
        object.apply(made.clone()).await;
    }
    if title == "disable a person" {
        sim.accept(ADA).expect("invited");
    }
    let rule = fault(Rule::on(method, path));
    sim.fault(if title == "disable a person" { rule.body_has("enabled") } else { rule }).expect("a rule");
    object.set_core(&retries(&sim, most));
    let report = match title {
        "create a group" | "invite" => object.try_apply(made).await.map(|applied| applied.report().clone()),
        "read a group" | "read a person" => object.try_refresh().await,
        "update a group" => {
            let changed = json!({ "alias": "Data Owners" });
            object.try_apply(changed).await.map(|applied| applied.report().clone())
        }
        "change a role" => object.try_apply(ada("$admin")).await.map(|applied| applied.report().clone()),
        _ => object.try_destroy().await,
    };
    report.unwrap_or_else(|report| report).to_string()
}

fn failures(scenes: &mut Scenes) {
    for deed in DEEDS {
        for status in [400, 401, 403, 404, 409, 429, 500, 503] {
            let title = format!("{}: {status}", deed.title);
            scenes.add(title, done(deed, 0, move |rule| rule.status(status)));
        }
        let html = |rule: Rule| Rule { html: true, ..rule.status(200) };
        scenes.add(format!("{}: a login page", deed.title), done(deed, 0, html));
        let lost = |rule: Rule| rule.drop(Moment::Before);
        scenes.add(format!("{}: the answer is lost", deed.title), done(deed, 0, lost));
        scenes.add(format!("{}: 503 again and again", deed.title), done(deed, 2, |rule| rule.status(503)));
        let long = |rule: Rule| rule.status(429).retry_after(3600);
        scenes.add(format!("{}: a pause of an hour", deed.title), done(deed, 1, long));
    }
}

fn settings(scenes: &mut Scenes) {
    let good = || json!({ "base_url": "https://example.atlan.com", "api_key": "key" });
    for (title, settings) in [
        ("nothing is set", json!({})),
        ("an empty address", json!({ "base_url": "", "api_key": "key" })),
        ("no absolute address", json!({ "base_url": "example.atlan.com", "api_key": "key" })),
        ("no https", json!({ "base_url": "http://example.atlan.com", "api_key": "key" })),
        (
            "an address with a query",
            json!({ "base_url": "https://example.atlan.com/?a=b", "api_key": "key" }),
        ),
        (
            "an address with a password",
            json!({ "base_url": "https://a:b@example.atlan.com", "api_key": "key" }),
        ),
        ("an empty key", with(good(), json!({ "api_key": "" }))),
        ("a key with a line break", with(good(), json!({ "api_key": "key\n" }))),
        ("two ways to log in", with(good(), json!({ "oauth_client_id": "a", "oauth_client_secret": "b" }))),
        ("half an OAuth client", json!({ "base_url": "https://example.atlan.com", "oauth_client_id": "a" })),
        ("no time for requests", with(good(), json!({ "request_timeout": "0s" }))),
        ("a time without unit", with(good(), json!({ "retry_max_wait": "60" }))),
        ("no requests at a time", with(good(), json!({ "max_concurrent_requests": 0 }))),
        ("a negative pace", with(good(), json!({ "requests_per_second": -1 }))),
        ("a pace that never ends", with(good(), json!({ "requests_per_second": 0.0000001 }))),
        ("an unknown way to read", with(good(), json!({ "read_mode": "pages" }))),
        ("no certificates", with(good(), json!({ "ca_certificate_file": "no-such-file.pem" }))),
    ] {
        scenes.add(format!("provider block: {title}"), async move {
            bare_core().config(settings).configure().await
        });
    }
    scenes.add("provider block: an unusable proxy", async move {
        bare_core().config(good()).env("HTTPS_PROXY", "http://[").configure().await
    });
}

fn configurations(scenes: &mut Scenes) {
    for (kind, config) in [
        ("atlan_group", json!({})),
        ("atlan_group", json!({ "alias": "" })),
        ("atlan_group", json!({ "alias": " Data" })),
        ("atlan_group", json!({ "alias": "a\tb" })),
        ("atlan_group", json!({ "alias": "Data", "name": "My-Group.X" })),
        ("atlan_group", json!({ "alias": "Data", "on_existing": "import" })),
        ("atlan_group", json!({ "alias": "Data", "timeouts": { "create": "5" } })),
        ("atlan_user_invite", json!({ "email": "ada", "role": "$member" })),
        ("atlan_user_invite", json!({ "email": "Ada <ada@example.com>", "role": "$member" })),
        ("atlan_user_invite", json!({ "email": "ada+a@example.com", "role": "$member" })),
        ("atlan_user_invite", json!({ "email": ADA, "role": "owner" })),
        ("atlan_user_invite", json!({ "email": ADA, "role": "$member", "on_destroy": "delete" })),
    ] {
        scenes.add(format!("{kind} {config}"), async move {
            let (_sim, object) = quick(KeyKind::ApiToken, kind).await;
            object.validate(config).await
        });
    }
    scenes.add("atlan_group: an alias without letters", async {
        let (_sim, mut group) = quick(KeyKind::ApiToken, "atlan_group").await;
        group.try_plan(json!({ "alias": "—" })).await.failed()
    });
}

fn existing(scenes: &mut Scenes) {
    scenes.add("create a group: the name is taken", async {
        let (sim, mut group) = quick(KeyKind::ApiToken, "atlan_group").await;
        group_by_other_means(&sim, "data_stewards", json!({ "alias": ["Theirs"] }));
        group.try_apply(data()).await.failed()
    });
    for (status, key_kind, on_existing, role) in [
        ("pending", KeyKind::ApiToken, "error", "$member"),
        ("expired", KeyKind::ApiToken, "error", "$member"),
        ("active", KeyKind::ApiToken, "error", "$member"),
        ("disabled", KeyKind::ApiToken, "error", "$member"),
        ("disabled", KeyKind::ApiToken, "adopt", "$member"),
        ("active", KeyKind::ApiToken, "adopt", "$guest"),
    ] {
        let title = format!("invite as {role} with {on_existing:?}: the person is a member, {status}");
        scenes.add(title, async move {
            let (sim, mut invite) = quick(key_kind, "atlan_user_invite").await;
            stands(&sim, status);
            invite.try_apply(with(ada(role), json!({ "on_existing": on_existing }))).await.failed()
        });
    }
    scenes.add("import a person: disabled", async {
        let (sim, mut invite) = quick(KeyKind::ApiToken, "atlan_user_invite").await;
        stands(&sim, "disabled");
        invite.import(ADA).await
    });
    for (kind, text) in [
        ("atlan_group", "00000000-0000-4000-8000-00000000000A"),
        ("atlan_group", "no_such_group"),
        ("atlan_group", "alias:No Such Group"),
        ("atlan_group", "alias:Data"),
        ("atlan_group", ""),
        ("atlan_user_invite", "00000000-0000-4000-8000-00000000000A"),
        ("atlan_user_invite", "Nobody@example.com"),
        ("atlan_user_invite", "ada"),
    ] {
        scenes.add(format!("import {kind} {text:?}"), async move {
            let (sim, mut object) = quick(KeyKind::ApiToken, kind).await;
            group_by_other_means(&sim, "data_1", json!({ "alias": ["Data"] }));
            group_by_other_means(&sim, "data_2", json!({ "alias": ["Data"] }));
            object.try_import(text).await.failed()
        });
    }
    scenes.add("import atlan_group by an identity that does not exist", async {
        let (_sim, mut group) = quick(KeyKind::ApiToken, "atlan_group").await;
        group.try_import_identity(json!({ "id": "00000000-0000-4000-8000-000000000000" })).await.failed()
    });
    for kind in ["atlan_group", "atlan_user_invite"] {
        scenes.add(format!("import {kind}: 403"), async move {
            let (sim, mut object) = quick(KeyKind::ApiToken, kind).await;
            sim.fault(Rule::on("GET", "/api/service/*").status(403)).expect("a rule");
            sim.fault(Rule::on("GET", "/api/service/v2/*").status(403)).expect("a rule");
            object.try_import(ADA).await.failed()
        });
    }
}

/// Ada as a member, in that state.
fn stands(sim: &Sim, status: &str) {
    invited_by_other_means(sim, ADA, "$member");
    match status {
        "pending" => {}
        "expired" => sim.expire(ADA).expect("invited"),
        status => {
            sim.accept(ADA).expect("invited");
            if status == "disabled" {
                sim.disable(ADA).expect("there");
            }
        }
    }
}

fn unclear(scenes: &mut Scenes) {
    scenes.add("invite: accepted, and the person does not show", async {
        let (sim, mut invite) = quick(KeyKind::ApiToken, "atlan_user_invite").await;
        sim.set(json!({ "invite_visible_after_ms": 3_600_000 })).expect("a switch");
        invite.try_apply(with(ada("$member"), json!({ "timeouts": { "create": "3s" } }))).await.failed()
    });
    scenes.add("invite: lost, and the look fails", async {
        let (sim, mut invite) = quick(KeyKind::ApiToken, "atlan_user_invite").await;
        let look = Rule::on("GET", USERS).after_n(1).status(403);
        sim.set_faults(vec![Rule::on("POST", USERS).drop(Moment::Before), look]).expect("rules");
        invite.try_apply(ada("$member")).await.failed()
    });
    scenes.add("create a group: lost, and the look fails", async {
        let (sim, mut group) = quick(KeyKind::ApiToken, "atlan_group").await;
        let look = Rule::on("GET", GROUP_LIST).after_n(1).status(500);
        sim.set_faults(vec![Rule::on("POST", GROUPS).drop(Moment::Before), look]).expect("rules");
        group.try_apply(data()).await.failed()
    });
    scenes.add("create a group: the time is over", async {
        let sim = tenant(KeyKind::ApiToken).await;
        let mut group = core(&sim).resource("atlan_group");
        sim.fault(Rule::on("POST", GROUPS).status(503).retry_after(30)).expect("a rule");
        group.try_apply(with(data(), json!({ "timeouts": { "create": "2s" } }))).await.failed()
    });
    for (kind, config, path) in
        [("atlan_group", data(), GROUPS), ("atlan_user_invite", ada("$member"), USERS)]
    {
        scenes.add(format!("create {kind}: Ctrl-C in a pause"), async move {
            let sim = tenant(KeyKind::ApiToken).await;
            let terraform = core(&sim);
            let mut object = terraform.resource(kind);
            sim.fault(Rule::on("POST", path).status(429).retry_after(30)).expect("a rule");
            let (result, ()) = tokio::join!(object.try_apply(config), async {
                sim.arrived("POST", path).await;
                sim.idle().await;
                terraform.stop().await;
            });
            result.failed()
        });
    }
    let ignored = |path: &str| Rule { body: Some(json!({})), ..Rule::on("POST", path).status(200) };
    for deed in [DEEDS[2], DEEDS[3], DEEDS[6], DEEDS[7], DEEDS[8]] {
        scenes.add(format!("{}: Atlan accepts and does nothing", deed.title), async move {
            done(deed, 0, |_| ignored(deed.request.1)).await
        });
    }
    scenes.add("update a group that was deleted, with -refresh=false", async {
        let (sim, mut group) = quick(KeyKind::ApiToken, "atlan_group").await;
        group.apply(data()).await;
        let id = group.state()["id"].as_str().expect("an id").to_owned();
        by_other_means(&sim, &format!("{GROUPS}/{id}/delete"), &json!({}));
        group.set_core(&core_with(&sim, json!({ "max_retries": 0 })).without_refresh());
        group.try_apply(json!({ "alias": "Data Owners" })).await.failed()
    });
    scenes.add("change the role of a person who was removed, with -refresh=false", async {
        let (sim, mut invite) = quick(KeyKind::ApiToken, "atlan_user_invite").await;
        invite.apply(ada("$member")).await;
        sim.remove(ADA).expect("there");
        invite.set_core(&core_with(&sim, json!({ "max_retries": 0 })).without_refresh());
        invite.try_apply(ada("$admin")).await.failed()
    });
    scenes.add("invite: single sign-on", async {
        let (sim, mut invite) = quick(KeyKind::ApiToken, "atlan_user_invite").await;
        sim.set(json!({ "sso_enforced": true })).expect("a switch");
        invite.try_apply(ada("$member")).await.failed()
    });
    scenes.add("invite: the list of roles is empty", async {
        let (sim, mut invite) = quick(KeyKind::ApiToken, "atlan_user_invite").await;
        let body = json!({ "totalRecord": 0, "filterRecord": 0, "records": [] });
        sim.fault(Rule { body: Some(body), ..Rule::on("GET", ROLES).status(200) }).expect("a rule");
        invite.try_apply(ada("$member")).await.failed()
    });
}

fn farewells(scenes: &mut Scenes) {
    destroys(scenes);
    lock_outs(scenes);
    replacements(scenes);
    destroys_by_a_client(scenes);
    replaced_group(scenes);
}

/// Destroys by the token that the tenant starts with.
fn destroys(scenes: &mut Scenes) {
    for (policy, accepted, role_refused) in [
        ("revoke", false, false),
        ("revoke", true, false),
        ("revoke", true, true),
        ("disable", false, false),
        ("disable", true, false),
        ("downgrade", true, true),
        ("forget", true, false),
    ] {
        let who = if accepted { "an active person" } else { "a pending person" };
        let refused = if role_refused { ", the role change is refused" } else { "" };
        let title = format!("destroy {who} by an API token, on_destroy = {policy:?}{refused}");
        scenes.add(title, async move {
            let (sim, mut invite) = quick(KeyKind::ApiToken, "atlan_user_invite").await;
            invite.apply(with(ada("$member"), json!({ "on_destroy": policy }))).await;
            if accepted {
                sim.accept(ADA).expect("invited");
            }
            if role_refused {
                sim.fault(Rule::on("POST", ROLE_UPDATES).status(403)).expect("a rule");
            }
            invite.try_destroy().await.unwrap_or_else(|report| report)
        });
    }
}

/// What would lock out the credential of the run or everybody.
fn lock_outs(scenes: &mut Scenes) {
    for (deed, key_kind) in
        [("destroy", KeyKind::ApiToken), ("lower", KeyKind::ApiToken), ("destroy", KeyKind::User)]
    {
        scenes.add(format!("{deed} the only admin by {key_kind:?}"), async move {
            let (sim, mut invite) = quick(key_kind, "atlan_user_invite").await;
            let admin = sim.users().first().map(|user| user.email.clone()).expect("the admin");
            invite.import(&admin).await;
            if deed == "destroy" {
                return invite.try_destroy().await.failed();
            }
            invite.try_apply(json!({ "email": admin, "role": "$member" })).await.failed()
        });
    }
    scenes.add("lower the last enabled admin by another admin's token", async {
        let (sim, mut invite) = quick(KeyKind::ApiToken, "atlan_user_invite").await;
        let maker = sim.users().first().map(|user| user.email.clone()).expect("the admin");
        invited_by_other_means(&sim, ADA, "$admin");
        sim.accept(ADA).expect("invited");
        sim.disable(&maker).expect("there");
        invite.import(ADA).await;
        invite.try_apply(ada("$member")).await.failed()
    });
    scenes.add("lower an admin while the maker of the token is unknown", async {
        let (sim, mut invite) = quick(KeyKind::ApiToken, "atlan_user_invite").await;
        invited_by_other_means(&sim, ADA, "$admin");
        sim.accept(ADA).expect("invited");
        invite.import(ADA).await;
        sim.fault(Rule::on("GET", "/api/service/apikeys").status(403)).expect("a rule");
        invite.try_apply(ada("$member")).await.failed()
    });
}

fn replacements(scenes: &mut Scenes) {
    scenes.add("replace a person by an address that is not known yet", async {
        let (_sim, mut invite) = quick(KeyKind::ApiToken, "atlan_user_invite").await;
        invite.apply(ada("$member")).await;
        invite.try_plan(json!({ "email": unknown(), "role": "$member" })).await.failed()
    });
    for status in ["pending", "expired", "active", "disabled"] {
        scenes.add(format!("replace a person by themselves: {status}"), async move {
            let (sim, mut invite) = quick(KeyKind::ApiToken, "atlan_user_invite").await;
            invite.apply(ada("$member")).await;
            match status {
                "expired" => sim.expire(ADA).expect("invited"),
                "active" => sim.accept(ADA).expect("invited"),
                "disabled" => {
                    sim.accept(ADA).expect("invited");
                    sim.disable(ADA).expect("there");
                }
                _ => {}
            }
            invite.taint();
            match invite.try_apply(ada("$member")).await {
                Ok(applied) => applied.report().clone(),
                Err(report) => report,
            }
        });
    }
}

fn destroys_by_a_client(scenes: &mut Scenes) {
    for policy in ["disable", "revoke"] {
        scenes.add(
            format!("destroy an active person by an OAuth client, on_destroy = {policy:?}"),
            async move {
                let (sim, mut invite) = quick(KeyKind::OauthClient, "atlan_user_invite").await;
                invite.apply(with(ada("$member"), json!({ "on_destroy": policy }))).await;
                sim.accept(ADA).expect("invited");
                invite.try_destroy().await.unwrap_or_else(|report| report)
            },
        );
    }
}

fn replaced_group(scenes: &mut Scenes) {
    scenes.add("replace a group under create_before_destroy with adopt", async {
        let (_sim, mut group) = quick(KeyKind::ApiToken, "atlan_group").await;
        let config = with(data(), json!({ "on_existing": "adopt" }));
        group.create_before_destroy();
        group.apply(config.clone()).await;
        group.taint();
        match group.try_apply(config).await {
            Ok(applied) => applied.report().clone(),
            Err(report) => report,
        }
    });
}

/// Actions, with what they tell on the way.
fn actions(scenes: &mut Scenes) {
    const EVE: &str = "eve@example.com";
    let everybody = || json!({ "users": [ADA, EVE, "grace@example.com"] });
    let remove = |user: &str, heir: &str| json!({ "user": user, "transfer_to": heir, "confirm_email": user });
    let ways: Vec<(&str, &str, KeyKind, Value, Value)> = vec![
        ("somebody pending", "disable_user", KeyKind::User, everybody(), json!({})),
        ("by an API token", "disable_user", KeyKind::ApiToken, json!({ "users": [EVE] }), json!({})),
        ("all admins", "disable_user", KeyKind::User, json!({ "users": ["admin@example.com"] }), json!({})),
        (
            "unknown people",
            "enable_user",
            KeyKind::User,
            json!({ "users": ["x@example.com", "y@example.com"] }),
            json!({}),
        ),
        (
            "no such request",
            "resend_invite",
            KeyKind::User,
            json!({ "users": [ADA] }),
            json!({ "resend_invite": false }),
        ),
        (
            "too many mails",
            "resend_invite",
            KeyKind::User,
            with(everybody(), json!({ "max_mails": 1 })),
            json!({}),
        ),
        (
            "not permitted",
            "resend_invite",
            KeyKind::User,
            everybody(),
            json!({ "resend_with": ["api_token"] }),
        ),
        ("somebody pending", "remove_user", KeyKind::User, remove(ADA, EVE), json!({})),
        ("an admin", "remove_user", KeyKind::User, remove("admin@example.com", EVE), json!({})),
        ("to somebody pending", "remove_user", KeyKind::User, remove(EVE, ADA), json!({})),
        ("by an API token", "remove_user", KeyKind::ApiToken, remove(EVE, "admin@example.com"), json!({})),
        ("done", "remove_user", KeyKind::User, remove(EVE, "admin@example.com"), json!({})),
    ];
    for (title, action, key_kind, config, switches) in ways {
        scenes.add(format!("{action}: {title}"), async move {
            let sim = tenant(key_kind).await;
            for email in [ADA, "grace@example.com"] {
                invited_by_other_means(&sim, email, "$member");
            }
            sim.admit(EVE, "$member", false).expect("admitted");
            sim.set(switches).expect("switches");
            let acted = retries(&sim, 0).action(&format!("atlan_{action}")).try_invoke(config).await;
            acted.unwrap_or_else(|failed| failed)
        });
    }
    let failing = |email: &'static str, rule: Rule, action: &'static str, config: Value| async move {
        let sim = tenant(KeyKind::User).await;
        sim.admit(email, "$member", false).expect("admitted");
        sim.fault(rule).expect("a rule");
        let acted = retries(&sim, 0).action(action).try_invoke(config).await;
        acted.unwrap_or_else(|failed| failed)
    };
    let broken = Rule::on("POST", "/api/service/users/*").status(500);
    scenes.add(
        "disable_user: Atlan could not answer",
        failing(EVE, broken, "atlan_disable_user", json!({ "users": [EVE] })),
    );
    let none = Rule::on("POST", "/api/service/workflows").status(404);
    scenes.add(
        "remove_user: no workflows",
        failing(EVE, none, "atlan_remove_user", remove(EVE, "admin@example.com")),
    );
    scenes.add("resend_invite: the answer is lost", async {
        let sim = tenant(KeyKind::User).await;
        invited_by_other_means(&sim, ADA, "$member");
        sim.fault(Rule::on("POST", "/api/service/users/*/resendinvite").status(502)).expect("a rule");
        let acted =
            retries(&sim, 0).action("atlan_resend_invite").try_invoke(json!({ "users": [ADA] })).await;
        acted.unwrap_or_else(|failed| failed)
    });
}

#[tokio::test]
async fn every_message_reads_well() {
    let mut scenes = Scenes::default();
    settings(&mut scenes);
    configurations(&mut scenes);
    existing(&mut scenes);
    unclear(&mut scenes);
    farewells(&mut scenes);
    failures(&mut scenes);
    lists::scenes(&mut scenes);
    actions(&mut scenes);
    let text = repeatable(&scenes.play().await);
    expect_file!["./messages.txt"].assert_eq(&text);
    is_well_formed(&text, 8);
}

/// Rules that all messages follow. `most`: words of a summary.
#[track_caller]
fn is_well_formed(text: &str, most: usize) {
    for line in text.lines() {
        let summary = line.strip_prefix("error").or_else(|| line.strip_prefix("warning"));
        if let Some((_, summary)) = summary.and_then(|rest| rest.split_once(": ")) {
            assert!(summary.split_whitespace().count() <= most, "more than {most} words: {summary}");
            assert!(!summary.ends_with('.'), "a summary is no sentence: {summary}");
        }
        assert!(!line.contains("..") && !line.contains(".)."), "two full stops: {line}");
        assert!(!line.contains("Ada@"), "an address in another case: {line}");
    }
}
