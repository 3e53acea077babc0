//! Writes of each resource, but most creates, which have tables of their own: with a fault that passes, refused, interrupted by Ctrl-C, and
//! with the process killed after the write took effect. In the end, the tenant is as without the fault, and nobody has got one more mail.

use std::collections::BTreeSet;

use atlan_sim::{KeyKind, Moment, Rule, Sim};
use serde_json::{Value, json};
use tfplug::testing::{Core, Instance};

use crate::harness::*;

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const EVE: &str = "eve@example.com";
/// Somebody who is not in the tenant yet.
const NEW: &str = "new@example.com";
const MAPPERS: &str = "/api/service/idp/okta/mappers";

/// A tenant with three people and a group, and an object of it.
struct World {
    sim: Sim,
    object: Instance,
    group: String,
}

/// A configuration with the GUID of the group. `None`: there is no object.
type Config = fn(&str) -> Option<Value>;

/// What happens between the two configurations, in the tenant and to the object.
type Meanwhile = fn(&Sim, &mut Instance);

/// What becomes of a change if Atlan refuses its request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IfRefused {
    /// It fails, and the next apply makes it.
    Fails,
    /// A create of a list warns, and the next apply does the rest.
    Warns,
    /// The person stays as they are, with a warning.
    Stays,
}

/// A change of an object, and the request of it that a fault meets.
#[derive(Clone, Copy)]
struct Write {
    name: &'static str,
    kind: &'static str,
    /// Before the change. `None`: the change is the create.
    before: Config,
    meanwhile: Meanwhile,
    /// `None`: the change is the destroy.
    after: Config,
    method: &'static str,
    path: &'static str,
    /// Whether the change has other requests, too.
    is_part: bool,
    if_refused: IfRefused,
}

fn role(role: &str) -> Option<Value> {
    Some(json!({ "user": ADA, "role": role, "on_destroy": "downgrade" }))
}

fn seat(email: &str, role: &str) -> Option<Value> {
    Some(json!({ "email": email, "role": role, "on_existing": "adopt", "on_destroy": "disable" }))
}

fn seats(people: &[(&str, &str)]) -> Option<Value> {
    let entry = |(email, role): &(&str, &str)| ((*email).to_owned(), json!({ "role": role }));
    let people: serde_json::Map<_, _> = people.iter().map(entry).collect();
    Some(json!({ "people": people, "on_existing": "adopt", "on_destroy": "disable" }))
}

fn set(group: &str, members: &[&str]) -> Option<Value> {
    Some(json!({ "group_id": group, "members": members, "on_existing": "adopt" }))
}

fn edge(group: &str) -> Option<Value> {
    Some(json!({ "group_id": group, "user": ADA }))
}

fn mapping(group: &str, sso_group: &str) -> Option<Value> {
    Some(json!({ "idp_alias": "okta", "group_id": group, "sso_group": sso_group }))
}

fn token(name: &str) -> Option<Value> {
    Some(json!({ "display_name": name, "validity": "2160h", "store_token": true }))
}

fn client(name: &str) -> Option<Value> {
    Some(json!({ "display_name": name, "role": "$member", "store_secret": true }))
}

fn nothing(_: &str) -> Option<Value> {
    None
}

const fn write(
    name: &'static str,
    kind: &'static str,
    (before, after): (Config, Config),
    (method, path): (&'static str, &'static str),
) -> Write {
    Write {
        name,
        kind,
        before,
        meanwhile: |_, _| {},
        after,
        method,
        path,
        is_part: false,
        if_refused: IfRefused::Fails,
    }
}

/// An expired invitation of a resource that is replaced.
fn expired(sim: &Sim, invite: &mut Instance) {
    sim.expire(NEW).expect("pending");
    invite.taint();
}

/// The access of somebody who is taken over has ended.
fn eve_is_disabled(sim: &Sim, _: &mut Instance) {
    sim.disable(EVE).expect("active");
}

fn every_write() -> Vec<Write> {
    const LEAVE: (&str, &str) = ("POST", "/api/service/groups/*/members/remove");
    let invite = "atlan_user_invite";
    let (group, sets, one) = ("atlan_group", "atlan_group_members", "atlan_group_member");
    let team: Config = |_| Some(json!({ "alias": "Team" }));
    let pair: Config = |group| set(group, &[ADA, BOB]);
    let other_pair: Config = |group| set(group, &[BOB, EVE]);
    let part = |write: Write| Write { is_part: true, ..write };
    let renewal: (Config, Config) = (|_| seat(NEW, "$member"), |_| seat(NEW, "$member"));
    let renewed = |write: Write| Write { meanwhile: expired, ..part(write) };
    let enabled = |write: Write| Write { meanwhile: eve_is_disabled, ..write };
    vec![
        write(
            "change a role of an invitation",
            invite,
            (|_| seat(NEW, "$member"), |_| seat(NEW, "$guest")),
            ("POST", ROLE_UPDATES),
        ),
        write(
            "cancel an invitation",
            invite,
            (|_| seat(NEW, "$member"), nothing),
            ("POST", "/api/service/users/*/delete"),
        ),
        write(
            "disable a person",
            invite,
            (|_| seat(ADA, "$member"), nothing),
            ("POST", "/api/service/users/*"),
        ),
        write(
            "change a role of an entry",
            "atlan_user_invites",
            (
                |_| seats(&[(ADA, "$member"), (NEW, "$member")]),
                |_| seats(&[(ADA, "$admin"), (NEW, "$member")]),
            ),
            ("POST", ROLE_UPDATES),
        ),
        write(
            "disable a person of an entry",
            "atlan_user_invites",
            (|_| seats(&[(ADA, "$member"), (BOB, "$member")]), |_| seats(&[(ADA, "$member")])),
            ("POST", "/api/service/users/*"),
        ),
        write(
            "cancel the invitation of an entry",
            "atlan_user_invites",
            (|_| seats(&[(ADA, "$member"), (NEW, "$member")]), |_| seats(&[(ADA, "$member")])),
            ("POST", "/api/service/users/*/delete"),
        ),
        // Ada is a member already, so these creates take her over.
        write(
            "raise the role of somebody who is adopted",
            invite,
            (nothing, |_| seat(ADA, "$admin")),
            ("POST", ROLE_UPDATES),
        ),
        write(
            "raise the role of an entry that is adopted",
            "atlan_user_invites",
            (nothing, |_| seats(&[(ADA, "$admin")])),
            ("POST", ROLE_UPDATES),
        ),
        enabled(write(
            "enable somebody who is adopted",
            invite,
            (nothing, |_| seat(EVE, "$member")),
            ("POST", "/api/service/users/*"),
        )),
        enabled(write(
            "enable somebody of an entry that is adopted",
            "atlan_user_invites",
            (nothing, |_| seats(&[(EVE, "$member")])),
            ("POST", "/api/service/users/*"),
        )),
        part(enabled(write(
            "raise the role of somebody who was enabled",
            invite,
            (nothing, |_| seat(EVE, "$admin")),
            ("POST", ROLE_UPDATES),
        ))),
        Write {
            if_refused: IfRefused::Warns,
            ..part(enabled(write(
                "raise the role of an entry that was enabled",
                "atlan_user_invites",
                (nothing, |_| seats(&[(EVE, "$admin")])),
                ("POST", ROLE_UPDATES),
            )))
        },
        // A replacement cancels an expired invitation and sends another one. Without the first, the person stays as they are.
        Write {
            if_refused: IfRefused::Stays,
            ..renewed(write(
                "cancel an expired invitation",
                invite,
                renewal,
                ("POST", "/api/service/users/*/delete"),
            ))
        },
        renewed(write(
            "send another invitation in place of an expired one",
            invite,
            renewal,
            ("POST", USERS),
        )),
        // After a kill, a create takes over what the killed one has made.
        write(
            "invite the people of a list",
            "atlan_user_invites",
            (nothing, |_| seats(&[(NEW, "$member"), ("newer@example.com", "$guest")])),
            ("POST", USERS),
        ),
        write(
            "create a group",
            group,
            (nothing, |_| Some(json!({ "alias": "Team", "on_existing": "adopt" }))),
            ("POST", GROUPS),
        ),
        write(
            "change a group that is adopted",
            group,
            (nothing, |_| Some(json!({ "name": "stewards", "alias": "Crew", "on_existing": "adopt" }))),
            ("POST", "/api/service/groups/*"),
        ),
        write(
            "rename a group",
            group,
            (team, |_| Some(json!({ "alias": "Crew" }))),
            ("POST", "/api/service/groups/*"),
        ),
        write("delete a group", group, (team, nothing), ("POST", "/api/service/groups/*/delete")),
        write("set a role", "atlan_user_role", (nothing, |_| role("$admin")), ("POST", ROLE_UPDATES)),
        write(
            "change a role",
            "atlan_user_role",
            (|_| role("$admin"), |_| role("$guest")),
            ("POST", ROLE_UPDATES),
        ),
        write("give a role back", "atlan_user_role", (|_| role("$member"), nothing), ("POST", ROLE_UPDATES)),
        write("add somebody", one, (nothing, edge), ("POST", OF_PERSON)),
        write("remove somebody", one, (edge, nothing), LEAVE),
        write("add the people of a set", sets, (nothing, |group| set(group, &[ADA])), ("POST", OF_PERSON)),
        part(write("add somebody to a set", sets, (pair, other_pair), ("POST", OF_PERSON))),
        part(write("remove somebody from a set", sets, (pair, other_pair), LEAVE)),
        write("remove the people of a set", sets, (pair, nothing), LEAVE),
        write(
            "change a mapping",
            "atlan_sso_group_mapping",
            (|group| mapping(group, "theirs"), |group| mapping(group, "ours")),
            ("POST", "/api/service/idp/okta/mappers/*"),
        ),
        write(
            "delete a mapping",
            "atlan_sso_group_mapping",
            (|group| mapping(group, "theirs"), nothing),
            ("POST", "/api/service/idp/okta/mappers/*/delete"),
        ),
        write(
            "rename a token",
            "atlan_api_token",
            (|_| token("dbt"), |_| token("looker")),
            ("POST", "/api/service/apikeys/*"),
        ),
        write(
            "delete a token",
            "atlan_api_token",
            (|_| token("dbt"), nothing),
            ("DELETE", "/api/service/apikeys/*"),
        ),
        write(
            "rename a client",
            "atlan_oauth_client",
            (|_| client("dbt"), |_| client("looker")),
            ("PUT", "/api/service/oauth-clients/*"),
        ),
        write(
            "delete a client",
            "atlan_oauth_client",
            (|_| client("dbt"), nothing),
            ("DELETE", "/api/service/oauth-clients/*"),
        ),
    ]
}

/// A resource that is added later is not forgotten here.
#[test]
fn every_resource_has_a_write_here() {
    let tested: BTreeSet<&str> = every_write().iter().map(|write| write.kind).collect();
    let pages = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/resources")).expect("the pages");
    let documented: BTreeSet<String> = pages
        .map(|page| page.expect("a page").path())
        .map(|page| format!("atlan_{}", page.file_stem().expect("a name").to_string_lossy()))
        .collect();
    assert_eq!(tested.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), documented);
}

/// All that this test may change in a tenant.
fn view(sim: &Sim) -> Value {
    let mut mails: Vec<String> = sim.mails().into_iter().map(|mail| mail.email).collect();
    mails.sort();
    let people =
        sim.users().into_iter().map(|user| json!([user.email, user.role, user.pending, user.enabled]));
    let groups = sim.groups().into_iter().map(|group| json!([group.alias, group.members]));
    let tokens = sim.tokens().into_iter().filter(|token| token.alive).map(|token| token.display_name);
    let clients = sim.oauth_clients().into_iter().map(|client| client.display_name);
    let mappers = by_other_means_get(sim, MAPPERS);
    let mappers = mappers.as_array().expect("a list").iter().map(|mapper| mapper["config"].clone());
    json!({
        "people": people.collect::<Vec<_>>(), "groups": groups.collect::<Vec<_>>(), "tokens": tokens.collect::<Vec<_>>(),
        "clients": clients.collect::<Vec<_>>(), "mappers": mappers.collect::<Vec<_>>(), "mails": mails,
    })
}

/// In which a lost request counts as without effect after a second.
fn hurried(sim: &Sim) -> Core {
    core_with(sim, json!({ "request_timeout": "1s" }))
}

impl Write {
    /// The tenant right before the change.
    async fn world(self) -> World {
        let sim = tenant(KeyKind::User).await;
        for email in [ADA, BOB, EVE] {
            person_by_other_means(&sim, email);
        }
        let group = group_by_other_means(&sim, "stewards", json!({ "alias": ["Stewards"] }));
        let mut object = hurried(&sim).resource(self.kind);
        if let Some(before) = (self.before)(&group) {
            object.apply(before).await;
        }
        (self.meanwhile)(&sim, &mut object);
        sim.clear_journal();
        World { sim, object, group }
    }

    async fn change(self, object: &mut Instance, group: &str) -> Result<String, String> {
        match (self.after)(group) {
            Some(config) => object.try_apply(config).await.map(|applied| applied.to_string()),
            None => object.try_destroy().await.map(|report| report.to_string()),
        }
        .map_err(|report| report.to_string())
    }

    /// How the tenant ends without a fault.
    async fn end(self) -> Value {
        let World { sim, mut object, group } = self.world().await;
        let before = view(&sim);
        self.change(&mut object, &group).await.unwrap_or_else(|said| panic!("{}: {said}", self.name));
        assert!(sim.journal().count(self.method, self.path) > 0, "{}: {}", self.name, sim.journal());
        assert_ne!(view(&sim), before, "{}", self.name);
        view(&sim)
    }

    /// The change has had its effect, and there is nothing left to do.
    async fn is_done(self, world: &mut World, end: &Value, case: &str) {
        let World { sim, object, .. } = world;
        assert_eq!(view(sim), *end, "{}, {case}: {}", self.name, sim.journal());
        sim.set_faults(vec![]).expect("no rule");
        object.set_core(&core(sim));
        if (self.after)(&world.group).is_none() {
            assert!(object.state().is_null(), "{}, {case}", self.name);
            return;
        }
        assert!(!object.is_tainted(), "{}, {case}", self.name);
        object.plan_is_empty().await;
    }

    /// Another run makes the change.
    async fn is_made_up_for(self, world: &mut World, end: &Value, case: &str) {
        world.object.set_core(&hurried(&world.sim));
        let done = self.change(&mut world.object, &world.group).await;
        done.unwrap_or_else(|said| panic!("{}, {case}: {said}\n{}", self.name, world.sim.journal()));
        self.is_done(world, end, case).await;
    }
}

/// Each write with how the tenant ends, and with each of these faults.
async fn each<T: Clone>(faults: impl Fn(Write) -> Vec<T>) -> Vec<(Write, Value, T)> {
    let ends =
        at_once(every_write().into_iter().map(|write| async move { (write, write.end().await) })).await;
    let with_faults = |(write, end): (Write, Value)| {
        faults(write).into_iter().map(move |fault| (write, end.clone(), fault)).collect::<Vec<_>>()
    };
    ends.into_iter().flat_map(with_faults).collect()
}

#[tokio::test]
async fn every_write_survives_what_passes() {
    let cases = each(|write| passing(write.method, write.path)).await;
    side_by_side(cases, |(write, end, (case, rule))| async move {
        let mut world = write.world().await;
        world.sim.fault(rule).expect("a rule");
        let done = write.change(&mut world.object, &world.group).await;
        done.unwrap_or_else(|said| panic!("{}, {case}: {said}\n{}", write.name, world.sim.journal()));
        write.is_done(&mut world, &end, case).await;
    })
    .await;
}

#[tokio::test]
async fn every_refused_write_leaves_the_state_true_and_is_made_up_for() {
    let cases = each(|_| vec![400_u16, 403]).await;
    side_by_side(cases, |(write, end, status)| async move {
        let mut world = write.world().await;
        let (before, state) = (view(&world.sim), world.object.state());
        world.sim.fault(Rule::on(write.method, write.path).status(status)).expect("a rule");
        let changed = write.change(&mut world.object, &world.group).await;
        let fails = write.if_refused == IfRefused::Fails;
        assert_eq!(changed.is_err(), fails, "{}, {status}: {changed:?}", write.name);
        let said = changed.unwrap_or_else(|said| said);
        assert!(said.contains("was refused with"), "{}: {said}", write.name);
        let case = format!("{status}: {said}");
        assert!(!world.object.is_tainted(), "{}, {case}", write.name);
        if write.if_refused == IfRefused::Stays {
            assert!(said.contains("warning"), "{}, {case}", write.name);
            return write.is_done(&mut world, &before, &case).await;
        }
        if !write.is_part {
            assert_eq!(view(&world.sim), before, "{}, {case}", write.name);
            let mut now = world.object.state();
            // What failed, and for whom.
            if !now["failed"].is_null() {
                now["failed"] = state["failed"].clone();
            }
            assert_eq!(now, state, "{}, {case}", write.name);
        }
        world.sim.set_faults(vec![]).expect("no rule");
        write.is_made_up_for(&mut world, &end, &case).await;
    })
    .await;
}

#[tokio::test]
async fn ctrl_c_in_every_write_loses_nothing() {
    let cases = each(|_| vec![Moment::Before, Moment::After]).await;
    side_by_side(cases, |(write, end, moment)| async move {
        let mut world = write.world().await;
        let stopped = core(&world.sim);
        world.object.set_core(&stopped);
        let at = (write.method, write.path, moment);
        let change = write.change(&mut world.object, &world.group);
        let changed = interrupted(&world.sim, &stopped, at, change).await;
        let case = format!("{moment:?}: {changed:?}");
        if !write.is_part {
            assert_eq!(view(&world.sim), end, "{}, {case}: what has left is finished", write.name);
        }
        write.is_made_up_for(&mut world, &end, &case).await;
    })
    .await;
}

/// The request has had its effect, and Terraform has stored nothing of it. If the change has other requests, the process ends before
/// the next one.
#[tokio::test]
async fn after_a_kill_in_every_write_the_state_of_before_is_enough() {
    let cases = each(|_| vec![true, false]).await;
    side_by_side(cases, |(write, end, refreshes)| async move {
        let mut world = write.world().await;
        let last = hurried(&world.sim);
        let mut killed = last.resource(write.kind);
        if let Some(before) = (write.before)(&world.group) {
            // A list of people is no object of Atlan. It adopts its people.
            if write.kind != "atlan_user_invites" {
                killed.import_identity(world.object.identity()).await;
            }
            killed.apply(before).await;
        }
        if world.object.is_tainted() {
            killed.taint();
        }
        let change = write.change(&mut killed, &world.group);
        if write.is_part {
            let at = (write.method, write.path, Moment::After);
            let _ = interrupted(&world.sim, &last, at, change).await;
        } else {
            change.await.unwrap_or_else(|said| panic!("{}: {said}", write.name));
            assert_eq!(view(&world.sim), end, "{}", write.name);
        }
        world.sim.clear_journal();
        let core = hurried(&world.sim);
        world.object.set_core(&if refreshes { core } else { core.without_refresh() });
        let done = write.change(&mut world.object, &world.group).await;
        done.unwrap_or_else(|said| panic!("{}, {refreshes}: {said}", write.name));
        write.is_done(&mut world, &end, &refreshes.to_string()).await;
    })
    .await;
}
