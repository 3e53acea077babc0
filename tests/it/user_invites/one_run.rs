//! Entries and other resources for one person in one run.

use super::*;

/// The other way round, too. The advice is tested by the guide.
#[tokio::test]
async fn a_moved_block_between_a_list_and_a_single_resource_is_refused_with_the_way() {
    const OWN: &str = "registry.terraform.io/atlanhq/atlan";
    let (sim, mut invites) = world().await;
    let mut single = core(&sim).resource("atlan_user_invite");
    let said = single.try_move_from(OWN, &mut invites).await.failed().to_string();
    assert!(
        said.contains("cannot become") && said.contains("import each person by the email address"),
        "{said}"
    );
    single.apply(json!({ "email": EVE, "role": "$guest" })).await;
    let mut role = core(&sim).resource("atlan_user_role");
    sim.admit("kim@example.com", "$guest", false).expect("nobody yet");
    role.apply(json!({ "user": "kim@example.com", "role": "$guest" })).await;
    for from in [&mut single, &mut role] {
        let mut list = core(&sim).resource(RESOURCE);
        let said = list.try_move_from(OWN, from).await.failed().to_string();
        assert!(said.contains("cannot become `atlan_user_invites`"), "{said}");
        assert!(said.contains("removed {") && said.contains("on_existing = \"adopt\""), "{said}");
        assert!(!from.state().is_null());
    }
}

/// A resource of one person, with its configuration.
fn single(kind: &str) -> (&str, Value) {
    match kind {
        "atlan_user_invite" => (kind, json!({ "email": ADA, "role": "$member", "on_existing": "adopt" })),
        "atlan_user_role" => (kind, json!({ "user": ADA, "role": "$member" })),
        _ => (kind, with(people(&[(ADA, "$member")]), json!({ "on_existing": "adopt" }))),
    }
}

/// Where an error is about Ada in a list.
const ENTRY: &str = "people[\"ada@example.com\"]";

/// Where it is about her in such a resource.
fn place(kind: &str) -> &str {
    match kind {
        "atlan_user_invite" => "email",
        "atlan_user_role" => "user",
        _ => ENTRY,
    }
}

/// Hard case 8: the single resource is deleted and an entry added, or the other way round.
#[tokio::test]
async fn a_person_who_moves_between_resources_in_one_run_is_an_error_of_the_plan() {
    for kind in ["atlan_user_invite", "atlan_user_role", RESOURCE] {
        for created_first in [false, true] {
            let sim = tenant(KeyKind::User).await;
            person_by_other_means(&sim, ADA);
            let (kind, config) = single(kind);
            // From there to an entry.
            let mut old = core(&sim).resource(kind);
            old.apply(config.clone()).await;
            let run = core(&sim).one_run();
            let mut invites = run.resource(RESOURCE);
            old.set_core(&run);
            sim.clear_journal();
            let entry = with(people(&[(ADA, "$member"), (BOB, "$guest")]), json!({ "on_existing": "adopt" }));
            let said = if created_first {
                invites.plan(entry.clone()).await;
                old.try_plan_destroy().await.map(drop).failed()
            } else {
                old.try_plan_destroy().await.expect("no clash");
                let said = invites.try_plan(entry.clone()).await.map(drop).failed();
                assert_eq!(places(&said), [ENTRY], "{kind}: {said}");
                said
            };
            let said = said.to_string();
            assert!(said.contains("ada@example.com is both removed and created"), "{kind}: {said}");
            let out = if kind == RESOURCE { "on_destroy = \"forget\"" } else { "destroy = false" };
            assert!(said.contains(out) && said.contains("adopt"), "{kind}: {said}");
            assert_eq!(writes(&sim), "");
            // From an entry to there.
            old.forget();
            let mut invites = core(&sim).resource(RESOURCE);
            invites.apply(entry).await;
            let run = core(&sim).one_run();
            invites.set_core(&run);
            let mut new = run.resource(kind);
            sim.clear_journal();
            let without = with(people(&[(BOB, "$guest")]), json!({ "on_existing": "adopt" }));
            let said = if created_first {
                new.plan(config.clone()).await;
                invites.try_plan(without).await.map(drop).failed()
            } else {
                invites.plan(without).await;
                let said = new.try_plan(config.clone()).await.map(drop).failed();
                assert_eq!(places(&said), [place(kind)], "{said}");
                said
            };
            let said = said.to_string();
            assert!(said.contains("ada@example.com is both removed and created"), "{kind}: {said}");
            assert!(said.contains("on_destroy = \"forget\""), "{kind}: {said}");
            assert_eq!(writes(&sim), "");
        }
    }
}

#[tokio::test]
async fn a_person_who_is_held_twice_is_an_error_of_the_plan() {
    for kind in ["atlan_user_invite", "atlan_user_role", RESOURCE] {
        let (sim, mut invites) = world().await;
        let (kind, config) = single(kind);
        let held = people(&[(ADA, "$member"), (BOB, "$guest")]);
        for created_first in [false, true] {
            let run = core(&sim).one_run();
            let mut other = run.resource(kind);
            invites.set_core(&run);
            let said = if created_first {
                other.plan(config.clone()).await;
                invites.try_plan(held.clone()).await.map(drop).failed()
            } else {
                invites.plan(held.clone()).await;
                other.try_plan(config.clone()).await.map(drop).failed()
            };
            assert_eq!(places(&said), [if created_first { ENTRY } else { place(kind) }], "{kind}: {said}");
            let said = said.to_string();
            assert!(
                said.contains("ada@example.com is managed at another resource address"),
                "{kind}: {said}"
            );
        }
    }
}

/// The advice works: forget, then move.
#[tokio::test]
async fn the_way_from_an_entry_to_a_single_resource_and_back_sends_nothing() {
    let (sim, mut invites) = world().await;
    let forget = json!({ "on_destroy": "forget", "on_existing": "adopt" });
    let both = with(people(&[(ADA, "$member"), (BOB, "$guest")]), forget.clone());
    let bob = with(people(&[(BOB, "$guest")]), forget);
    invites.apply(both.clone()).await;
    sim.clear_journal();
    let run = core(&sim).one_run();
    invites.set_core(&run);
    let mut single = run.resource("atlan_user_invite");
    invites.apply(bob).await;
    single.import(ADA).await;
    let (_, config) = self::single("atlan_user_invite");
    single.apply(config).await;
    single.forget();
    invites.set_core(&core(&sim));
    invites.apply(both).await;
    assert_eq!(writes(&sim), "");
    assert_eq!((sim.mails_to(ADA), sim.user(ADA).expect("there").enabled), (1, true));
}

/// Both are created at the same time, which no plan of unknown addresses shows.
#[tokio::test]
async fn of_two_creates_the_second_is_refused_and_one_mail_is_sent() {
    for kind in ["atlan_user_invite", RESOURCE] {
        let sim = tenant(KeyKind::User).await;
        let run = core(&sim).one_run();
        let (mut invites, mut other) = (run.resource(RESOURCE), run.resource(kind));
        let (kind, config) = single(kind);
        let entries = people(&[(ADA, "$member"), (BOB, "$guest")]);
        let first = invites.plan(entries.clone()).await;
        let second = other.plan(config.clone()).await;
        invites.apply_plan(&first, entries).await;
        let said = other.try_apply_plan(&second, config).await.failed().to_string();
        assert!(said.contains("ada@example.com is configured twice"), "{kind}: {said}");
        assert_eq!((sim.mails_to(ADA), sim.mails_to(BOB)), (1, 1), "{kind}");
        assert!(other.state().is_null());
    }
}

#[tokio::test]
async fn fifty_single_invitations_and_a_list_share_batches_and_mail_everybody_once() {
    let sim = tenant(KeyKind::ApiToken).await;
    let run = core(&sim).one_run();
    let mut invites = run.resource(RESOURCE);
    let singles = (0..50).map(|number| {
        let mut single = run.resource("atlan_user_invite");
        async move {
            single.apply(json!({ "email": format!("single{number}@example.com"), "role": "$guest" })).await;
        }
    });
    let list = async move { drop(invites.apply(crowd(200)).await) };
    let singles: Vec<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>> =
        singles.map(|single| Box::pin(single) as _).chain([Box::pin(list) as _]).collect();
    at_once(singles).await;
    let mut mails: Vec<String> = sim.mails().into_iter().map(|mail| mail.email).collect();
    mails.sort();
    mails.dedup();
    assert_eq!((mails.len(), sim.mails().len()), (250, 250));
    assert!(sim.journal().count("POST", USERS) <= 6, "{}", sim.journal());
}

/// Of a person who is there, an entry takes over the seat and a role the role: each would set the role. Whichever comes second is refused.
#[tokio::test]
async fn an_entry_and_a_role_of_one_person_do_not_both_come_in_one_apply() {
    for list_first in [false, true] {
        let sim = tenant(KeyKind::User).await;
        person_by_other_means(&sim, ADA);
        let run = core(&sim).one_run();
        let (mut list, mut role) = (run.resource(RESOURCE), run.resource("atlan_user_role"));
        let (_, entries) = single(RESOURCE);
        let config = json!({ "user": ADA, "role": "$guest" });
        let (of_list, of_role) = (list.plan(entries.clone()).await, role.plan(config.clone()).await);
        let said = match list_first {
            true => {
                list.apply_plan(&of_list, entries).await;
                role.try_apply_plan(&of_role, config).await.failed()
            }
            false => {
                role.apply_plan(&of_role, config).await;
                list.try_apply_plan(&of_list, entries).await.failed()
            }
        };
        let said = said.to_string();
        assert!(said.contains("ada@example.com is configured twice"), "{said}");
        assert_eq!((list.state().is_null(), role.state().is_null()), (!list_first, list_first));
        assert_eq!(sim.user(ADA).expect("there").role, if list_first { "$member" } else { "$guest" });
    }
}

/// An update is planned once more in the apply, and the list may still be at work when the address of the new resource becomes known.
#[tokio::test]
async fn a_create_and_the_removal_of_an_entry_in_an_update_leave_the_access() {
    // While the removal is under way, and before it: additions come first.
    for path in ["/api/service/users/*", USERS] {
        let (sim, mut invites) = world().await;
        sim.accept(ADA).expect("pending");
        let run = core(&sim).one_run();
        invites.set_core(&run);
        let mut single = run.resource("atlan_user_invite");
        let rest = json!({ "role": "$member", "on_existing": "adopt" });
        let late = with(json!({ "email": tfplug::testing::unknown() }), rest.clone());
        let coming = single.plan(late).await;
        let next = people(&[(BOB, "$guest"), (EVE, "$guest")]);
        let leaving = invites.plan(next.clone()).await;
        let hold = sim.hold("POST", path, atlan_sim::Moment::Before);
        let removal = invites.try_apply_plan(&leaving, next);
        let create = async {
            sim.arrived("POST", path).await;
            // Polled after the create, which waits by then.
            let release = async { hold.release() };
            let create = single.try_apply_plan(&coming, with(json!({ "email": ADA }), rest));
            tokio::join!(create, release).0
        };
        let (removed, created) = tokio::join!(removal, create);
        let user = sim.user(ADA).expect("there");
        assert!(user.enabled, "{path}: {created:?}\n{removed:?}");
        created.expect("created");
        removed.expect("removed");
        assert_eq!(
            (single.state()["id"].as_str(), user.role, sim.mails_to(ADA)),
            (Some(&*user.id), "$member", 1)
        );
    }
}

/// An entry keeps its person by GUID, so its key may be an old address. The refresh has told the present one.
#[tokio::test]
async fn a_person_whose_entry_has_an_old_key_does_not_move_to_another_resource_unseen() {
    for (kind, config) in [
        ("atlan_user_invite", json!({ "email": EVE, "role": "$member", "on_existing": "adopt" })),
        ("atlan_user_role", json!({ "user": EVE, "role": "$member" })),
    ] {
        for (next, summary) in [
            (people(&[(BOB, "$guest")]), "is both removed and created"),
            (people(&[(ADA, "$member"), (BOB, "$guest")]), "is managed at another resource address"),
        ] {
            for created_first in [false, true] {
                let (sim, mut invites) = world().await;
                sim.accept(ADA).expect("pending");
                sim.give_address(ADA, EVE).expect("free");
                let run = core(&sim).one_run();
                invites.set_core(&run);
                let mut new = run.resource(kind);
                let planned = if created_first {
                    new.plan(config.clone()).await;
                    invites.try_plan(next.clone()).await.map(drop)
                } else {
                    invites.plan(next.clone()).await;
                    new.try_plan(config.clone()).await.map(drop)
                };
                let said = planned.failed().to_string();
                // By the address in Atlan, which an import has to name.
                assert!(said.contains(&format!("{EVE} {summary}")), "{kind}, {created_first}: {said}");
                assert_eq!(sim.mails().len(), 2);
            }
        }
    }
}

/// This run has ended the access and could not give it back, so the list owes it. The create restores the access under any policy.
#[tokio::test]
async fn a_person_whose_access_could_not_be_restored_is_enabled_by_the_next_apply() {
    for on_existing in ["adopt", "error"] {
        let (sim, mut old) = managed_by(KeyKind::User, "atlan_user_invite").await;
        old.apply(json!({ "email": ADA, "role": "$member" })).await;
        sim.accept(ADA).expect("pending");
        let run = core(&sim).one_run();
        old.set_core(&run);
        let mut list = run.resource(RESOURCE);
        let list_of = |people: Value| with(people, json!({ "on_existing": on_existing }));
        let coming = list.plan(list_of(json!({ "people": tfplug::testing::unknown() }))).await;
        let destroy = old.try_plan_destroy().await.expect("no clash").expect("a plan");
        let own = format!("/api/service/users/{}", id(&sim, ADA));
        sim.fault(atlan_sim::Rule::on("POST", &own).after_n(1).status(403).times(1)).expect("a rule");
        old.apply_plan(&destroy, Value::Null).await;
        let config = list_of(people(&[(ADA, "$member")]));
        let said = list.try_apply_plan(&coming, config.clone()).await;
        assert!(!sim.user(ADA).expect("there").enabled, "{said:?}");
        list.set_core(&core(&sim));
        let said = list.apply(config).await.report().to_string();
        assert!(sim.user(ADA).expect("there").enabled, "{on_existing}: {said}");
        list.plan_is_empty().await;
    }
}

/// As `a_person_with_a_new_address_who_moves_is_refused_also_if_the_refresh_comes_after_the_plan` has it for single resources.
#[tokio::test]
async fn a_list_that_leaves_with_an_old_key_is_refused_also_if_the_refresh_comes_after_the_plan() {
    for created_first in [true, false] {
        let (sim, mut invites) = world().await;
        sim.accept(ADA).expect("pending");
        sim.give_address(ADA, EVE).expect("free");
        let run = core(&sim).one_run();
        let mut new = run.resource("atlan_user_role");
        let config = json!({ "user": EVE, "role": "$member" });
        if created_first {
            new.plan(config.clone()).await;
        }
        invites.set_core(&run.clone().without_refresh());
        invites.try_plan_destroy().await.expect("no clash yet").expect("a plan");
        invites.set_core(&run);
        let said = if created_first {
            invites.try_refresh().await.failed().to_string()
        } else {
            invites.refresh().await;
            new.try_plan(config).await.failed().to_string()
        };
        assert!(said.contains("is both removed and created"), "{created_first}: {said}");
    }
}

/// The address of the second resource is known only after apply, and comes when the first one has been changed.
#[tokio::test]
async fn what_a_resource_of_this_apply_has_changed_is_taken_over_by_no_other() {
    let single = |email: Value, role: &str| json!({ "email": email, "role": role, "on_existing": "adopt" });
    let role = |user: Value, role: &str| json!({ "user": user, "role": role });
    let list = |email: Value, role: &str| match email.as_str() {
        Some(email) => with(people(&[(email, role)]), json!({ "on_existing": "adopt" })),
        None => json!({ "people": email, "on_existing": "adopt" }),
    };
    type Config<'a> = &'a dyn Fn(Value, &str) -> Value;
    let kinds: [(&str, Config<'_>); 3] =
        [("atlan_user_invite", &single), ("atlan_user_role", &role), (RESOURCE, &list)];
    for (old_kind, old_config) in kinds {
        for (new_kind, new_config) in kinds {
            let sim = tenant(KeyKind::User).await;
            person_by_other_means(&sim, ADA);
            sim.give_role(ADA, "$guest").expect("there");
            let mut old = core(&sim).resource(old_kind);
            old.apply(old_config(json!(ADA), "$guest")).await;
            let run = core(&sim).one_run();
            old.set_core(&run);
            let change = old.plan(old_config(json!(ADA), "$member")).await;
            let mut new = run.resource(new_kind);
            let create = new.plan(new_config(tfplug::testing::unknown(), "$admin")).await;
            old.apply_plan(&change, old_config(json!(ADA), "$member")).await;
            let said =
                new.try_apply_plan(&create, new_config(json!(ADA), "$admin")).await.failed().to_string();
            assert!(said.contains("manages ada@example.com"), "{old_kind}, {new_kind}: {said}");
            assert_eq!(sim.user(ADA).expect("there").role, "$member", "{old_kind}, {new_kind}");
        }
    }
}

/// The address of the second list was known only after apply, and the first one had no changes. No refresh takes anybody out of the state, and
/// the advice of the error works, whichever of the two is to keep the person.
#[tokio::test]
async fn a_person_of_two_lists_stays_in_both_until_one_of_them_lets_go() {
    for keeps_old in [true, false] {
        let sim = tenant(KeyKind::User).await;
        let adopting = |all: &[(&str, &str)]| with(people(all), json!({ "on_existing": "adopt" }));
        let mut old = core(&sim).resource(RESOURCE);
        old.apply(people(&[(ADA, "$guest")])).await;
        let mut new = core(&sim).resource(RESOURCE);
        new.apply(adopting(&[(ADA, "$guest")])).await;
        let id = old.state()["people"][ADA]["id"].clone();
        let run = core(&sim).one_run();
        old.set_core(&run);
        new.set_core(&run);
        new.refresh().await;
        old.refresh().await;
        assert_eq!(
            [&old, &new].map(|list| list.state()["people"][ADA]["id"].clone()),
            [id.clone(), id.clone()]
        );

        old.try_plan(people(&[(ADA, "$guest")])).await.expect("the first of the two");
        let said = new.try_plan(adopting(&[(ADA, "$guest")])).await.failed().to_string();
        assert!(said.contains("ada@example.com is managed at two resource addresses"), "{said}");
        assert!(said.contains("on_destroy = \"forget\""), "{said}");
        let (kept, other) = if keeps_old { (&mut old, &mut new) } else { (&mut new, &mut old) };
        let run = core(&sim).one_run();
        kept.set_core(&run);
        other.set_core(&run);
        other.apply(with(adopting(&[]), json!({ "on_destroy": "forget" }))).await;
        kept.apply(adopting(&[(ADA, "$guest")])).await;
        assert_eq!(
            (&kept.state()["people"][ADA]["id"], other.state()["people"].to_string()),
            (&id, "{}".to_owned())
        );
        assert_eq!((sim.mails().len(), sim.user(ADA).expect("there").enabled), (1, true), "{keeps_old}");
    }
}
