use std::sync::Arc;

use tfplug::Private;

use super::entries::{self, EntryClash, Fate};
use super::holder::samples::{ENTRY, INVITE, ROLE};
use super::marks::seal;
use super::*;

fn ada() -> Key {
    Key::Person("ada@example.com".to_owned())
}

fn guid(text: &str) -> atlan::Guid {
    text.parse().expect("a GUID")
}

fn moves() -> Clash {
    Clash::Moves { key: ada(), from: INVITE, to: INVITE }
}

fn held() -> Clash {
    Clash::Held { key: ada(), guid: "a".to_owned(), by: INVITE, new: INVITE }
}

fn made() -> Clash {
    Clash::Made { key: ada(), by: INVITE, new: INVITE }
}

/// An object with a token of its own.
fn object(key: Key, id: &str) -> Object {
    let private = Private::default();
    imported(&private);
    Object::new(INVITE, key, &guid(id), &private)
}

#[test]
fn whichever_plan_comes_second_finds_the_clash_and_both_records_end() {
    let run = Run::default();
    let person = object(ada(), "a");
    run.leaves(person.clone(), false).expect("alone");
    assert_eq!(run.comes(INVITE, ada(), &Private::default()), Err(moves()));
    run.comes(INVITE, ada(), &Private::default()).expect("the record has ended");
    assert_eq!(run.leaves(person.clone(), false), Err(moves()));
    run.holds(person.clone()).expect("the record has ended");
    assert_eq!(run.comes(INVITE, ada(), &Private::default()), Err(held()));
    run.comes(INVITE, ada(), &Private::default()).expect("the record has ended");
    assert_eq!(run.holds(person.clone()), Err(held()));
    run.leaves(person, false).expect("the record has ended");
}

#[test]
fn a_newer_plan_of_one_object_replaces_the_older_one() {
    let run = Run::default();
    let person = object(ada(), "a");
    run.holds(person.clone()).expect("alone");
    run.holds(person.clone()).expect("the same");
    run.leaves(person.clone(), false).expect("the same");
    run.holds(person.clone()).expect("the same");
    run.leaves(person.clone(), false).expect("the same");
    run.deleted(&person);
    run.comes(INVITE, ada(), &Private::default()).expect("deleted");
    run.comes(INVITE, ada(), &Private::default()).expect("planned again");
}

#[test]
fn one_guid_at_two_addresses_is_not_destroyed_at_one_of_them() {
    let run = Run::default();
    let (one, other) = (object(ada(), "a"), object(ada(), "a"));
    run.holds(one.clone()).expect("alone");
    let shared = Err(Clash::Shared { key: ada(), guid: "a".to_owned(), leaves: INVITE, stays: INVITE });
    assert_eq!(run.leaves(other.clone(), false), shared);
    run.leaves(other.clone(), false).expect("the record has ended");
    assert_eq!(run.holds(one.clone()), shared);
    run.holds(one.clone()).expect("the record has ended");
    let twice = Err(Clash::Twice { key: ada(), guid: "a".to_owned(), one: INVITE, other: INVITE });
    assert_eq!(run.holds(other.clone()), twice);
    run.holds(one).expect("the record has ended");
    run.leaves(other, true).expect("a destroy that leaves the person alone");
}

#[test]
fn a_destroy_that_leaves_the_person_alone_does_not_clash() {
    let run = Run::default();
    run.leaves(object(ada(), "a"), true).expect("harmless");
    run.comes(INVITE, ada(), &Private::default()).expect("harmless");
}

/// The request that is unclear may still take effect, and a create would be a second one.
#[test]
fn a_destroy_that_leaves_an_unclear_person_alone_clashes_all_the_same() {
    let run = Run::default();
    let unclear = || Object::unclear(INVITE, ada(), &Private::default());
    let moves = || Err(Clash::MovesUnclear { key: ada(), from: INVITE, to: INVITE });
    run.leaves(unclear(), true).expect("alone");
    assert_eq!(run.comes(INVITE, ada(), &Private::default()), moves());
    run.comes(INVITE, ada(), &Private::default()).expect("the record has ended");
    assert_eq!(run.leaves(unclear(), true), moves());
}

/// Until the apply has begun: by then all addresses are known.
#[test]
fn people_not_known_yet_clash_with_an_unclear_invitation_of_another_resource() {
    let run = Arc::new(Run::default());
    let unclear = || Object::unclear(INVITE, ada(), &Private::default());
    let twice = || Err(Clash::MayBeTwice { key: ada(), new: INVITE });
    for plans in [|run: &Run, object| run.holds(object), |run: &Run, object| run.leaves(object, true)] {
        plans(&run, unclear()).expect("alone");
        assert_eq!(run.comes_nameless(INVITE, None), twice());
        run.comes_nameless(INVITE, None).expect("the record has ended");
        plans(&run, object(ada(), "a")).expect("a person whose outcome is known");
        assert_eq!(plans(&run, unclear()), twice());
        plans(&run, unclear()).expect("the record has ended");
        run.applied(&unclear());
    }
    run.comes_nameless(INVITE, None).expect("alone");
    drop(run.claim(INVITE, &Key::Person("bob@example.com".to_owned()), &Private::default(), None));
    run.leaves(unclear(), true).expect("the apply has begun");
}

#[test]
fn one_process_makes_an_object_once_until_it_is_deleted() {
    let (run, private) = (Arc::new(Run::default()), Private::default());
    let other = || run.claim(INVITE, &ada(), &Private::default(), None).err();
    let mut claim = run.claim(INVITE, &ada(), &private, None).expect("free");
    assert_eq!(other(), Some(made()), "in flight");
    claim.made(&guid("a"));
    drop(claim);
    assert_eq!(other(), Some(made()));
    let own = Object::new(INVITE, ada(), &guid("a"), &private);
    let is_made_again = |object| run.is_made_again(object);
    assert!(!is_made_again(&own) && is_made_again(&object(ada(), "a")));
    run.deleted(&object(ada(), "a"));
    assert_eq!(other(), Some(made()), "another object was deleted");
    run.deleted(&own);
    assert_eq!(other(), None, "given back by a create that came to nothing, too");
    assert_eq!(other(), None);
}

#[test]
fn the_second_plan_call_of_a_replacement_is_no_new_object() {
    let run = Run::default();
    let private = Private::default();
    imported(&private);
    let next = Successor::Key(ada());
    let person = Object::new(INVITE, ada(), &guid("a"), &private);
    planned_change(&run, &private, person, &next).expect("alone");
    assert_eq!(planned_create(&run, &private, INVITE, &next, None), Ok(true));
    assert_eq!(half(&run, &private, &ada()), Half::OfItself);
    assert_eq!(half(&run, &private, &Key::Person("bob@example.com".to_owned())), Half::Leaves);
    let other = Private::default();
    assert_eq!(planned_create(&run, &other, INVITE, &next, None), Err(held()));
    forget_plan(&private);
    assert_eq!(half(&run, &private, &ada()), Half::Leaves);
}

#[test]
fn a_tainted_object_is_not_replaced_by_another_key() {
    let run = Run::default();
    // Terraform plans it without prior state and private state, and hands the private state of that plan to the delete half.
    let private = Private::default();
    planned_create(&run, &private, INVITE, &Successor::Key(ada()), None).expect("alone");
    assert_eq!(half(&run, &private, &ada()), Half::OfItself);
    assert_eq!(half(&run, &private, &Key::Person("bob@example.com".to_owned())), Half::Tainted);
    forget_plan(&private);
    assert_eq!(half(&run, &private, &ada()), Half::Leaves);
}

#[test]
fn only_its_own_create_half_takes_over_what_a_delete_half_has_kept() {
    let (run, private) = (Arc::new(Run::default()), Private::default());
    let next = Successor::Key(ada());
    planned_create(&run, &private, INVITE, &next, Some("$admin".to_owned())).expect("alone");
    run.keep(INVITE, ada(), Kept::Attempt, &private);
    let claim = |seal| run.claim(INVITE, &ada(), &Private::default(), Some(seal));
    assert_eq!(claim("$member").err(), Some(made()), "by another resource");
    assert!(claim("$admin").expect("its own").kept().is_some());
}

#[test]
fn a_delete_half_ends_no_claim_of_another_resource() {
    let run = Arc::new(Run::default());
    let mut claim = run.claim(INVITE, &ada(), &Private::default(), None).expect("free");
    claim.made(&guid("a"));
    drop(claim);
    run.keep(INVITE, ada(), Kept::Object(guid("a")), &Private::default());
    let other = run.claim(INVITE, &ada(), &Private::default(), None);
    assert_eq!(other.err(), Some(made()));
}

#[test]
fn a_create_finds_the_end_of_an_access_and_the_reverse_in_either_order() {
    let run = Arc::new(Run::default());
    let leaving = Object::new(INVITE, ada(), &guid("a"), &Private::default());
    let claim = || run.claim(INVITE, &ada(), &Private::default(), None);
    // The create came first, and is still under way.
    let creating = claim().expect("free");
    assert!(run.ends(&leaving).is_none());
    drop(creating);
    // The end came first, and is still under way; it fails, and then succeeds.
    let ending = run.ends(&leaving).expect("nobody else wants the person");
    assert_eq!(claim().err(), Some(Clash::Ended { key: ada(), by: INVITE, new: INVITE }));
    drop(ending);
    assert!(claim().expect("nothing has ended").kept().is_none());
    run.ends(&leaving).expect("nobody else").done(&guid("a"));
    let restored = claim().expect("the access is restored");
    assert!(matches!(restored.kept(), Some(Kept::Ended(id)) if *id == guid("a")));
}

#[test]
fn the_planned_destroy_of_an_unclear_object_clashes_with_a_create() {
    let run = Run::default();
    let private = Private::default();
    let moves = || Err(Clash::MovesUnclear { key: ada(), from: INVITE, to: INVITE });
    let unclear = || Object::unclear(INVITE, ada(), &private);
    plan_delete(&run, &private, unclear(), false).expect("alone");
    assert_eq!(run.comes(INVITE, ada(), &Private::default()), moves());
    run.comes(INVITE, ada(), &Private::default()).expect("the records have ended");
    assert_eq!(plan_delete(&run, &private, unclear(), false), moves());
    // Two of them have no GUID in common.
    plan_delete(&run, &private, unclear(), false).expect("alone");
    let bob = Key::Person("bob@example.com".to_owned());
    run.holds(Object::unclear(INVITE, bob, &Private::default())).expect("another person");
}

#[test]
fn a_replacement_by_an_unknown_key_is_recognised() {
    let run = Run::default();
    let private = Private::default();
    assert_eq!(planned_create(&run, &private, INVITE, &Successor::Unknown, None), Ok(false));
    assert_eq!(half(&run, &private, &ada()), Half::Unknown);
    let person = object(ada(), "a");
    plan_delete(&run, &private, person, false).expect("alone");
    assert_eq!(half(&run, &private, &ada()), Half::PlannedHere);
    assert_eq!(half(&Run::default(), &private, &ada()), Half::Leaves, "another process has planned it");
}

#[test]
fn a_group_that_stays_does_not_get_the_name_of_one_that_is_removed() {
    let group = |name: &str| object(Key::Group(name.to_owned()), name);
    let clash = || {
        let key = |name: &str| Key::Group(name.to_owned());
        Err(Clash::Shifted { removed: key("c"), renamed: key("b"), shown: "C".to_owned() })
    };
    let (run, b, c) = (Run::default(), group("b"), group("c"));
    run.shows(&b, "B", Some("C")).expect("alone");
    assert_eq!(run.shows(&c, "C", None), clash());
    run.shows(&c, "C", None).expect("the record has ended");
    assert_eq!(run.shows(&b, "B", Some("C")), clash());
    run.shows(&b, "B", Some("C")).expect("the record has ended");
    // Two groups that change their names, and two of one name.
    run.shows(&c, "C", Some("B")).expect("nothing is removed");
    run.shows(&b, "C", Some("C")).expect("nothing is renamed");
    run.shows(&c, "C", None).expect("the other group had that name before");
    run.deleted(&c);
    run.shows(&b, "B", Some("C")).expect("removed by an earlier apply");
}

#[test]
fn a_clash_says_which_types_hold_the_person() {
    let run = Arc::new(Run::default());
    let of = |by, id| {
        let private = Private::default();
        imported(&private);
        Object::new(by, ada(), &guid(id), &private)
    };
    let (invite, role) = (of(INVITE, "a"), of(ROLE, "a"));
    let leaves_and_comes = Err(Clash::Moves { key: ada(), from: INVITE, to: ROLE });
    run.leaves(invite.clone(), false).expect("alone");
    assert_eq!(run.comes(ROLE, ada(), &Private::default()), leaves_and_comes);
    run.comes(ROLE, ada(), &Private::default()).expect("the record has ended");
    assert_eq!(run.leaves(invite.clone(), false), leaves_and_comes);
    run.comes(ROLE, ada(), &Private::default()).expect("the record has ended");
    let held = Err(Clash::Held { key: ada(), guid: "a".to_owned(), by: INVITE, new: ROLE });
    assert_eq!(run.holds(invite.clone()), held);
    run.holds(invite.clone()).expect("the record has ended");
    assert_eq!(run.comes(ROLE, ada(), &Private::default()), held);

    let shared = Err(Clash::Shared { key: ada(), guid: "a".to_owned(), leaves: INVITE, stays: ROLE });
    run.holds(role.clone()).expect("alone");
    assert_eq!(run.leaves(invite.clone(), false), shared);
    run.leaves(invite.clone(), false).expect("the record has ended");
    assert_eq!(run.holds(role.clone()), shared, "whichever comes second");
    run.holds(invite).expect("the record has ended");
    let twice = Err(Clash::Twice { key: ada(), guid: "a".to_owned(), one: INVITE, other: ROLE });
    assert_eq!(run.holds(role), twice);

    let claim = run.claim(INVITE, &ada(), &Private::default(), None).expect("free");
    let made = Some(Clash::Made { key: ada(), by: INVITE, new: ROLE });
    assert_eq!(run.claim(ROLE, &ada(), &Private::default(), None).err(), made);
    drop(claim);
    // What the delete half of an invitation has left is not for a resource of another type.
    run.keep(INVITE, ada(), Kept::Attempt, &Private::default());
    assert_eq!(run.claim(ROLE, &ada(), &Private::default(), None).err(), made);
    assert!(run.take_kept(ROLE, &ada(), None).is_none());
    assert!(run.claim(INVITE, &ada(), &Private::default(), None).expect("its own").kept().is_some());
}

fn bob() -> Key {
    Key::Person("bob@example.com".to_owned())
}

#[test]
fn only_the_first_of_many_moves_says_what_to_do() {
    let run = Run::default();
    let b = object(bob(), "b");
    run.leaves(object(ada(), "a"), false).expect("alone");
    run.leaves(b.clone(), false).expect("alone");
    let too = Err(Clash::MovesToo { key: bob(), from: INVITE, to: INVITE, like: ada() });
    assert_eq!(run.comes(INVITE, ada(), &Private::default()), Err(moves()));
    assert_eq!(run.comes(INVITE, bob(), &Private::default()), too);
    run.comes(INVITE, bob(), &Private::default()).expect("the record has ended");
    assert_eq!(run.leaves(b.clone(), false), too, "whichever plan comes second");
    run.leaves(b, false).expect("the record has ended");
    let other = Clash::Moves { key: bob(), from: INVITE, to: ROLE };
    assert_eq!(run.comes(ROLE, bob(), &Private::default()), Err(other), "the advice is another one");
}

/// The private state of a resource with entries.
fn plural() -> Private {
    let private = Private::default();
    entries::begin(&private);
    private
}

fn entry(private: &Private, key: Key, id: &str) -> Object {
    Object::new(ENTRY, key.clone(), &guid(id), &entries::Marks::of(private).entry(&key))
}

/// A plan of a resource that has Ada, as the register sees it.
fn plan_ada(run: &Run, private: &Private, fate: Fate, new: &[Key]) -> Vec<EntryClash> {
    let ada = vec![(entry(private, ada(), "a"), fate)];
    entries::planned_change(run, private, ENTRY, ada, new.iter().cloned())
}

#[test]
fn an_entry_clashes_with_any_other_resource_of_the_person_whichever_plan_comes_second() {
    for by in [INVITE, ROLE, ENTRY] {
        let (run, private) = (Run::default(), plural());
        let other = || match by.by_entry {
            true => entry(&plural(), ada(), "a"),
            false => {
                let private = Private::default();
                imported(&private);
                Object::new(by, ada(), &guid("a"), &private)
            }
        };
        let moves = |from, to| vec![(ada(), Clash::Moves { key: ada(), from, to })];
        // Removed there, added here.
        run.leaves(other(), false).expect("alone");
        assert_eq!(entries::planned_change(&run, &private, ENTRY, vec![], [ada()]), moves(by, ENTRY));
        assert_eq!(
            entries::planned_change(&run, &private, ENTRY, vec![], [ada()]),
            [],
            "the record has ended"
        );
        assert_eq!(run.leaves(other(), false), Err(Clash::Moves { key: ada(), from: by, to: ENTRY }));
        // Removed here, added there.
        assert_eq!(plan_ada(&run, &private, Fate::Leaves, &[bob()]), []);
        assert_eq!(
            run.comes(by, ada(), &Private::default()),
            Err(Clash::Moves { key: ada(), from: ENTRY, to: by })
        );
        run.comes(by, ada(), &Private::default()).expect("the record has ended");
        assert_eq!(plan_ada(&run, &private, Fate::Leaves, &[]), moves(ENTRY, by));
        // Left alone here, added there.
        run.comes(by, ada(), &Private::default()).expect("the record has ended");
        assert_eq!(plan_ada(&run, &private, Fate::IsForgotten, &[]), []);
        // Held here, added there.
        let held = Clash::Held { key: ada(), guid: "a".to_owned(), by: ENTRY, new: by };
        assert_eq!(plan_ada(&run, &private, Fate::Stays, &[]), [(ada(), held)]);
        // Both in the state.
        assert_eq!(plan_ada(&run, &private, Fate::Stays, &[]), []);
        let twice = Clash::Twice { key: ada(), guid: "a".to_owned(), one: ENTRY, other: by };
        assert_eq!(run.holds(other()), Err(twice));
    }
}

#[test]
fn two_entries_of_one_resource_are_two_objects() {
    let (run, private) = (Run::default(), plural());
    let both = |fate| vec![(entry(&private, ada(), "a"), Fate::Stays), (entry(&private, bob(), "b"), fate)];
    assert_eq!(entries::planned_change(&run, &private, ENTRY, both(Fate::Stays), []), []);
    assert_eq!(entries::planned_change(&run, &private, ENTRY, both(Fate::Leaves), []), [], "a newer plan");
    assert_eq!(
        run.comes(INVITE, bob(), &Private::default()),
        Err(Clash::Moves { key: bob(), from: ENTRY, to: INVITE })
    );
    let held = Clash::Held { key: ada(), guid: "a".to_owned(), by: ENTRY, new: INVITE };
    assert_eq!(run.comes(INVITE, ada(), &Private::default()), Err(held));
    // One person under two addresses.
    let one = vec![(entry(&private, ada(), "a"), Fate::Stays), (entry(&private, bob(), "a"), Fate::Stays)];
    let twice = Clash::Twice { key: bob(), guid: "a".to_owned(), one: ENTRY, other: ENTRY };
    assert_eq!(entries::planned_change(&run, &private, ENTRY, one, []), [(bob(), twice)]);
}

#[test]
fn the_halves_of_a_replacement_are_judged_by_entry() {
    let run = Run::default();
    let half_of = |private: &Private, key: Key| half(&run, &entries::Marks::of(private).entry(&key), &key);
    let next = |keys: &[Key]| Some(keys.iter().map(|key| (key.clone(), Some("$guest".to_owned()))).collect());
    // `-replace`: Ada stays, Bob comes, and Eve was never there.
    let private = plural();
    assert_eq!(plan_ada(&run, &private, Fate::Stays, &[bob()]), []);
    assert_eq!(entries::planned_create(&run, &private, ENTRY, next(&[ada(), bob()])), []);
    assert_eq!(half_of(&private, ada()), Half::OfItself);
    assert_eq!(half_of(&private, Key::Person("eve@example.com".to_owned())), Half::Leaves);
    assert_eq!(
        entries::planned_create(&run, &private, ENTRY, next(&[ada()])).len(),
        1,
        "without the mark of the first call this is another resource"
    );
    // Tainted: Terraform plans without a prior state.
    let (run, private) = (Run::default(), plural());
    assert_eq!(entries::planned_create(&run, &private, ENTRY, next(&[ada()])), []);
    let half_of = |private: &Private, key: Key| half(&run, &entries::Marks::of(private).entry(&key), &key);
    assert_eq!(half_of(&private, ada()), Half::OfItself);
    assert_eq!(half_of(&private, bob()), Half::Tainted);
    assert_eq!(seal(&entries::Marks::of(&private).entry(&ada())).as_deref(), Some("$guest"));
    assert_eq!(entries::planned_create(&run, &private, ENTRY, None), []);
    assert_eq!(half_of(&private, ada()), Half::Unknown);
    assert_eq!(entries::planned_create(&run, &private, ENTRY, next(&[])), []);
    assert_eq!(half_of(&private, ada()), Half::Tainted, "nobody is left");
    // A destroy.
    let (run, private) = (Run::default(), plural());
    let half_of = |private: &Private, key: Key| half(&run, &entries::Marks::of(private).entry(&key), &key);
    assert_eq!(entries::plan_delete(&run, &private, vec![entry(&private, ada(), "a")], false), []);
    assert_eq!(half_of(&private, ada()), Half::PlannedHere);
    let another = Run::default();
    assert_eq!(half(&another, &entries::Marks::of(&private).entry(&ada()), &ada()), Half::Leaves);
}

/// A change is planned again by the process that applies it, so only a second plan shows that one process does both.
#[test]
fn a_removal_by_a_change_was_planned_here_if_this_process_has_planned_it_twice() {
    let (run, private) = (Run::default(), plural());
    let half = || half(&run, &entries::Marks::of(&private).entry(&ada()), &ada());
    assert_eq!(plan_ada(&run, &private, Fate::Leaves, &[]), []);
    assert_eq!(half(), Half::Leaves);
    assert_eq!(plan_ada(&run, &private, Fate::Leaves, &[]), []);
    assert_eq!(half(), Half::PlannedHere);
    assert_eq!(plan_ada(&run, &private, Fate::Stays, &[]), []);
    assert_eq!(plan_ada(&run, &private, Fate::Leaves, &[]), []);
    assert_eq!(half(), Half::Leaves);
}

#[test]
fn an_entry_is_made_again_by_its_own_resource_and_by_no_other() {
    let (run, private) = (Arc::new(Run::default()), plural());
    let claim =
        |private: &Private| run.claim(ENTRY, &ada(), &entries::Marks::of(private).entry(&ada()), None);
    let first = claim(&private).expect("free");
    assert_eq!(claim(&private).err(), Some(Clash::Made { key: ada(), by: ENTRY, new: ENTRY }), "under way");
    let mut first = first;
    first.made(&guid("a"));
    drop(first);
    assert_eq!(claim(&plural()).err(), Some(Clash::Made { key: ada(), by: ENTRY, new: ENTRY }));
    let mut again = claim(&private).expect("somebody has removed the person");
    again.made(&guid("b"));
    drop(again);
    // Removed by a change, and added by a later one of the same process.
    let own = entry(&private, ada(), "b");
    run.ends(&own).expect("nobody else has the person").done(&guid("b"));
    run.deleted(&own);
    let other = claim(&plural()).expect("the access is restored");
    assert!(matches!(other.kept(), Some(Kept::Ended(_))));
    drop(other);
    assert!(claim(&private).expect("free").kept().is_none());
}

#[test]
fn what_the_delete_half_of_an_entry_has_kept_is_for_its_create_half() {
    let (run, private) = (Arc::new(Run::default()), plural());
    assert_eq!(plan_ada(&run, &private, Fate::Stays, &[]), []);
    let seals = [(ada(), Some("$admin".to_owned()))].into();
    assert_eq!(entries::planned_create(&run, &private, ENTRY, Some(seals)), []);
    run.keep(ENTRY, ada(), Kept::Object(guid("a")), &entries::Marks::of(&private).entry(&ada()));
    let claim = |by, role| run.claim(by, &ada(), &entries::Marks::of(&plural()).entry(&ada()), Some(role));
    assert_eq!(claim(INVITE, "$admin").err(), Some(Clash::Made { key: ada(), by: ENTRY, new: INVITE }));
    assert_eq!(claim(ENTRY, "$guest").err(), Some(Clash::Made { key: ada(), by: ENTRY, new: ENTRY }));
    assert!(matches!(claim(ENTRY, "$admin").expect("its own").kept(), Some(Kept::Object(_))));
}
