use std::sync::Arc;

use tfplug::Private;

use super::holder::samples::{INVITE, ROLE};
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
    assert_eq!(run.comes(INVITE, ada()), Err(moves()));
    run.comes(INVITE, ada()).expect("the record has ended");
    assert_eq!(run.leaves(person.clone(), false), Err(moves()));
    run.holds(person.clone()).expect("the record has ended");
    assert_eq!(run.comes(INVITE, ada()), Err(held()));
    run.comes(INVITE, ada()).expect("the record has ended");
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
    run.comes(INVITE, ada()).expect("deleted");
    run.comes(INVITE, ada()).expect("planned again");
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
    run.comes(INVITE, ada()).expect("harmless");
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
    let is_made_again = |object| run.memory().is_made_again(object);
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
    // Terraform plans it without a prior state and private data, and hands these private data to the delete half.
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
    let unclear = || Object::unclear(INVITE, ada(), &private);
    plan_delete(&run, &private, unclear(), false).expect("alone");
    assert_eq!(run.comes(INVITE, ada()), Err(moves()));
    run.comes(INVITE, ada()).expect("the records have ended");
    assert_eq!(plan_delete(&run, &private, unclear(), false), Err(moves()));
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
    assert_eq!(run.comes(ROLE, ada()), leaves_and_comes);
    run.comes(ROLE, ada()).expect("the record has ended");
    assert_eq!(run.leaves(invite.clone(), false), leaves_and_comes);
    run.comes(ROLE, ada()).expect("the record has ended");
    let held = Err(Clash::Held { key: ada(), guid: "a".to_owned(), by: INVITE, new: ROLE });
    assert_eq!(run.holds(invite.clone()), held);
    run.holds(invite.clone()).expect("the record has ended");
    assert_eq!(run.comes(ROLE, ada()), held);

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
