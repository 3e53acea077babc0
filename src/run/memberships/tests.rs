//! Which plans and creates of memberships go together.

use super::*;

fn one(person: &str) -> Hold {
    who(Some(person), Some(&format!("id-of-{person}")))
}

fn who(email: Option<&str>, id: Option<&str>) -> Hold {
    let person = Who { email: email.map(str::to_owned), id: id.map(str::to_owned) };
    Hold::One { group: "g".to_owned(), person: Box::new(person) }
}

fn all() -> Hold {
    Hold::All { group: "g".to_owned() }
}

fn object() -> Private {
    let private = Private::default();
    crate::run::imported(&private);
    private
}

#[test]
fn two_resources_for_one_membership_clash_whichever_is_planned_first() {
    for (one, other) in [(one("ada"), one("ada")), (one("ada"), all()), (all(), one("ada")), (all(), all())] {
        let run = Memberships::default();
        run.planned_change(&object(), one.clone(), Some(&one)).expect("alone");
        run.planned_create(&object(), Some(other.clone())).expect_err("held");
        run.planned_create(&object(), Some(other.clone())).expect("both records have ended");
        run.planned_change(&object(), one.clone(), Some(&one)).expect_err("coming");
        run.planned_change(&object(), one.clone(), Some(&one)).expect("alone");
        run.planned_change(&object(), other.clone(), Some(&other)).expect_err("two of the state");
    }
    let run = Memberships::default();
    run.planned_change(&object(), one("ada"), Some(&one("ada"))).expect("alone");
    run.planned_create(&object(), Some(one("bob"))).expect("another person");
    run.planned_create(&object(), Some(Hold::All { group: "h".to_owned() })).expect("another group");
}

#[test]
fn a_person_is_the_same_by_address_and_by_guid() {
    let (by_email, by_id) = (who(Some("ada"), None), who(None, Some("id-of-ada")));
    for hold in [&by_email, &by_id] {
        let run = Memberships::default();
        run.planned_change(&object(), one("ada"), Some(&one("ada"))).expect("alone");
        run.planned_create(&object(), Some(hold.clone())).expect_err("held");
        run.planned_create(&object(), Some(hold.clone())).expect("the record has ended");
        run.planned_change(&object(), one("ada"), Some(hold)).expect_err("coming");
        run.planned_change(&object(), one("bob"), Some(&one("bob"))).expect("another person");
    }
    let (run, private) = (Arc::new(Memberships::default()), object());
    run.planned_create(&private, Some(by_id)).expect("alone");
    run.claim(&private, one("ada"), ["id-of-ada".to_owned()], true).expect("its apply").keep();
    run.planned_change(&private, one("ada"), Some(&one("ada"))).expect("nothing else comes");
}

/// As after an apply of the single memberships alone, with `-target`.
#[test]
fn a_set_is_not_destroyed_while_single_memberships_of_its_group_stay() {
    for single_first in [false, true] {
        let (run, set, single) = (Memberships::default(), object(), object());
        let stays = || run.planned_change(&single, one("ada"), Some(&one("ada")));
        if single_first {
            stays().expect("alone");
            run.planned_delete(&set, all()).expect_err("ada stays");
        } else {
            run.planned_delete(&set, all()).expect("alone");
            stays().expect_err("the set leaves");
        }
        let run = Memberships::default();
        run.planned_delete(&set, Hold::All { group: "h".to_owned() }).expect("another group");
        run.planned_change(&single, one("ada"), Some(&one("ada"))).expect("another group");
        run.planned_delete(&single, one("ada")).expect("it leaves, too");
        run.planned_delete(&set, all()).expect("both leave");
    }
}

#[test]
fn one_of_two_resources_for_a_membership_is_not_destroyed() {
    for other_first in [false, true] {
        let (run, kept, other) = (Memberships::default(), object(), object());
        let keep = || run.planned_change(&kept, one("ada"), Some(&one("ada")));
        let last = if other_first {
            run.planned_delete(&other, one("ada")).expect("alone");
            keep()
        } else {
            keep().expect("alone");
            run.planned_delete(&other, one("ada"))
        };
        assert_eq!(last, Err(MembershipClash::Shared { hold: one("ada") }));
        run.planned_delete(&other, one("ada")).expect("the record has ended");
        run.planned_delete(&kept, one("ada")).expect("both are destroyed");
    }
    let (run, replaced) = (Memberships::default(), object());
    run.planned_change(&replaced, one("ada"), Some(&one("bob"))).expect("alone");
    run.planned_create(&replaced, Some(one("bob"))).expect("its new half");
    run.planned_change(&object(), one("ada"), Some(&one("ada"))).expect_err("would lose Ada");
    // Terraform plans, applies and plans in one process.
    let (run, first) = (Memberships::default(), object());
    run.planned_delete(&first, one("ada")).expect("alone");
    run.deleted(&first);
    run.planned_create(&object(), Some(one("ada"))).expect("it is gone");
    run.planned_change(&object(), one("bob"), Some(&one("bob"))).expect("another person");
}

#[test]
fn a_mapped_group_with_memberships_is_told_once_in_either_order() {
    for mapping_first in [false, true] {
        let run = Memberships::default();
        if mapping_first {
            run.maps("m", "g").expect("no set");
            assert!(!run.meets_mapping("g"));
        }
        run.planned_create(&object(), Some(one("ada"))).expect("alone");
        run.maps("m", "g").expect("no set");
        assert!(run.meets_mapping("g") && !run.meets_mapping("g") && !run.meets_mapping("h"));
        run.maps_no_more("m");
        assert!(!run.meets_mapping("g"), "the mapping is destroyed");
        run.maps("m", "g").expect("no set");
        assert!(run.meets_mapping("g"), "it is there again");
    }
    let (run, member) = (Memberships::default(), object());
    run.planned_change(&member, one("ada"), Some(&one("ada"))).expect("alone");
    run.planned_delete(&member, one("ada")).expect("alone");
    run.deleted(&member);
    run.maps("m", "g").expect("no set");
    assert!(!run.meets_mapping("g"), "the membership is destroyed");
}

#[test]
fn a_set_of_a_mapped_group_is_refused_in_either_order() {
    let clash = || Err(MembershipClash::Mapped { group: "g".to_owned() });
    for mapping_first in [false, true] {
        for exists in [false, true] {
            let (run, set) = (Memberships::default(), object());
            let plan = || match exists {
                true => run.planned_change(&set, all(), Some(&all())),
                false => run.planned_create(&set, Some(all())).map(drop),
            };
            let maps = || run.maps("m", "g");
            let last =
                if mapping_first { maps().and_then(|()| plan()) } else { plan().and_then(|()| maps()) };
            assert_eq!(last, clash(), "{mapping_first} {exists}");
            plan().expect("the records have ended");
            run.planned_create(&object(), Some(Hold::All { group: "h".to_owned() })).expect("another group");
        }
    }
    let (run, set) = (Arc::new(Memberships::default()), object());
    run.planned_delete(&set, all()).expect("alone");
    run.maps("g", "g").expect("the set is destroyed");
    run.makes_mapping("okta/g", "g").expect("the set is destroyed");
    assert_eq!(run.claim(&object(), all(), [], true).err(), clash().err(), "while the mapping is made");
    run.mapping_made("okta/g", "m");
    assert_eq!(run.claim(&object(), all(), [], true).err(), clash().err(), "the mapping was made");
    run.maps_no_more("m");
    run.claim(&object(), all(), [], true).expect("alone").keep();
    assert_eq!(run.makes_mapping("okta/g", "g"), clash(), "made in this run");
}

/// In `terraform test`, a run may plan without an apply.
#[test]
fn what_was_only_planned_does_not_hinder_a_later_end() {
    let (run, set) = (Arc::new(Memberships::default()), object());
    run.planned_create(&object(), Some(one("ada"))).expect("alone");
    let plan = run.planned_create(&set, Some(all()));
    plan.expect("as Terraform plans it before the next apply");
    run.claim(&set, all(), [], true).expect("nothing was made").keep();
    run.planned_delete(&set, all()).expect("the clean-up");
}

/// In `terraform test`, the process that has refused a plan cleans up.
#[test]
fn single_memberships_of_a_refused_plan_do_not_hinder_the_end_of_the_set() {
    for set_at in 0..3 {
        let (run, set) = (Memberships::default(), object());
        let mut refused = 0;
        for step in 0..3 {
            let planned = match step {
                step if step == set_at => run.planned_delete(&set, all()),
                step => run.planned_create(&object(), Some(one(["ada", "bob", "eve"][step]))).map(drop),
            };
            refused += usize::from(planned.is_err());
        }
        assert_eq!(refused, 1, "{set_at}");
        run.planned_delete(&set, all()).expect("the clean-up");
    }
}

/// In `terraform test`, one process applies a set, then the mapping instead, and the set again. Terraform may plan the new one first.
#[test]
fn a_set_and_a_mapping_take_turns() {
    for new_first in [false, true] {
        let (run, set) = (Arc::new(Memberships::default()), object());
        for turn in 0..2 {
            run.planned_create(&set, Some(all())).expect("alone");
            if turn > 0 && new_first {
                run.maps_no_more("m");
            }
            run.claim(&set, all(), [], true).expect("alone").keep();
            let (maps, leaves) = (|| run.maps("g", "g"), || run.planned_delete(&set, all()));
            let planned =
                if new_first { maps().and_then(|()| leaves()) } else { leaves().and_then(|()| maps()) };
            assert_eq!(planned, Ok(()), "{new_first} {turn}");
            run.makes_mapping("okta/g", "g").expect("the set is leaving");
            run.deleted(&set);
            run.mapping_made("okta/g", "m");
            if !new_first {
                run.maps_no_more("m");
            }
        }
    }
}

/// Single memberships have become a set, and some could not be destroyed at that time.
#[test]
fn a_single_membership_beside_a_set_of_the_state_is_not_destroyed() {
    for set_first in [false, true] {
        let (run, single, set) = (Memberships::default(), object(), object());
        let keep = || run.planned_change(&set, all(), Some(&all()));
        let destroy = || run.planned_delete(&single, one("ada"));
        let last = if set_first { keep().and_then(|()| destroy()) } else { destroy().and_then(|()| keep()) };
        assert_eq!(last, Err(MembershipClash::SingleLeaves { single: one("ada") }), "{set_first}");
        run.planned_delete(&set, all()).expect("the records have ended");
        destroy().expect("both are destroyed");
    }
    let run = Memberships::default();
    run.planned_change(&object(), Hold::All { group: "h".to_owned() }, None).expect("to another group");
    run.planned_delete(&object(), one("ada")).expect("another group");
}

#[test]
fn a_single_membership_may_move_and_a_set_may_not_become_single_ones() {
    let run = Memberships::default();
    run.planned_delete(&object(), one("ada")).expect("alone");
    run.planned_create(&object(), Some(one("ada"))).expect("renamed");
    let run = Memberships::default();
    run.planned_create(&object(), Some(all())).expect("alone");
    run.planned_delete(&object(), one("ada")).expect("single ones become a set");
    for other in [one("ada"), all()] {
        let run = Memberships::default();
        run.planned_delete(&object(), all()).expect("alone");
        run.planned_create(&object(), Some(other.clone())).expect_err("leaves");
        run.planned_create(&object(), Some(other)).expect("the record has ended");
    }
    let run = Memberships::default();
    run.planned_create(&object(), Some(one("ada"))).expect("alone");
    run.planned_delete(&object(), all()).expect_err("comes");
}

#[test]
fn a_replacement_by_itself_is_no_other_resource() {
    for hold in [one("ada"), all()] {
        let (run, private) = (Memberships::default(), object());
        run.planned_change(&private, hold.clone(), Some(&hold)).expect("alone");
        run.planned_create(&private, Some(hold.clone())).expect("the new half");
        let (run, next) = (Memberships::default(), Hold::All { group: "h".to_owned() });
        run.planned_change(&private, hold, Some(&next)).expect("to another group");
    }
}

#[test]
fn nobody_is_removed_whom_another_resource_holds_by_then() {
    let (run, old, new) = (Arc::new(Memberships::default()), object(), object());
    let try_removal = |of: &Private, person: &str| run.try_removal(of, &all(), &[person.to_owned()].into());
    let removal = |of: &Private, person: &str| try_removal(of, person).expect("no clash");
    let count = |removal: Option<Removal>| removal.map(|removal| removal.people.len());
    let first = removal(&old, "ada");
    let people = ["ada".to_owned(), "bob".to_owned()];
    let claim = run.claim(&new, all(), people.clone(), true).expect("the only one");
    assert!(claim.is_under_removal(), "it waits for a removal that has begun");
    assert_eq!(count(removal(&object(), "bob")), None, "a later removal waits for it");
    assert_eq!(count(removal(&new, "bob")), Some(1), "by itself");
    let elsewhere = Hold::All { group: "h".to_owned() };
    let elsewhere = run.try_removal(&old, &elsewhere, &["bob".to_owned()].into()).expect("no clash");
    assert_eq!(count(elsewhere), Some(1), "another group");
    drop(first);
    assert!(!claim.is_under_removal());
    run.claim(&object(), one("ada"), ["ada".to_owned()], true).map(drop).expect_err("made");
    drop(claim);
    let wanted = MembershipClash::Wanted { hold: all(), id: "bob".to_owned() };
    assert_eq!(try_removal(&old, "bob").map(drop).expect_err("the create has failed"), wanted);
    assert_eq!(count(removal(&old, "kim")), Some(1), "not of this group");
    run.claim(&new, all(), people, true).expect("free again").keep();
    assert_eq!(count(removal(&old, "bob")), Some(0), "held by now");
}

#[test]
fn every_clash_reads_well() {
    let twice = |one: Hold, other: Hold| MembershipClash::Twice { one, other };
    let mut text = String::new();
    for clash in [
        twice(one("ada@example.com"), one("ada@example.com")),
        twice(all(), one("ada@example.com")),
        MembershipClash::Wanted {
            hold: one("ada@example.com"),
            id: "8f0c2e9a-0000-4000-8000-000000000001".to_owned(),
        },
        twice(all(), all()),
        MembershipClash::Shared { hold: one("ada@example.com") },
        MembershipClash::SetLeaves { set: all(), other: one("ada@example.com") },
        MembershipClash::SingleLeaves { single: one("ada@example.com") },
        MembershipClash::Mapped { group: "g".to_owned() },
    ] {
        let (summary, detail) = clash.words(|_| Some("Data Stewards".to_owned()));
        assert!(summary.split_whitespace().count() <= 8, "{summary}");
        text.push_str(&format!("{summary}\n\n{detail}\n\n---\n"));
    }
    expect_test::expect_file!["../memberships.txt"].assert_eq(&text);
}
