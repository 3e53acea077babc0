use super::*;
use crate::schema::{Kind, Mode, Nesting};
use crate::value::{Refinements, Type};

/// Attributes `a`, `b`, `c`, and a block `d`, the first with a rule.
fn attributes(rule: Rule) -> Vec<Attribute> {
    let mut attributes: Vec<Attribute> =
        ["a", "b", "c"].map(|name| Attribute::new(name, Kind::Value(Type::Dynamic), Mode::Optional)).into();
    let block = Kind::Block { nesting: Nesting::List, min_items: 0, max_items: 0, attributes: Vec::new() };
    attributes.push(Attribute::new("d", block, Mode::Optional));
    attributes[0].rules.push(rule);
    attributes
}

/// What is said of an object with these values of `a`, `b` and `c`.
fn said(rule: Rule, values: [Dynamic; 3]) -> Vec<String> {
    let entries = ["a", "b", "c"].into_iter().map(str::to_owned).zip(values);
    let found = breaches(&attributes(rule), &Dynamic::Map(entries.collect()), Presence::of);
    let place = |attribute: Option<&'static str>| attribute.unwrap_or("object");
    found.into_iter().map(|found| format!("{}: {}", place(found.attribute), found.summary)).collect()
}

fn given() -> Dynamic {
    "x".into()
}

const ABSENT: Dynamic = Dynamic::Null;

fn unknown() -> Dynamic {
    Dynamic::unknown()
}

fn not_null() -> Dynamic {
    Dynamic::Unknown(Refinements::default().with_not_null())
}

const NONE: [&str; 0] = [];

#[test]
fn at_most_one_is_given() {
    let rule = Rule::Conflicts(&["a", "b", "c"]);
    assert_eq!(said(rule, [given(), ABSENT, ABSENT]), NONE);
    assert_eq!(said(rule, [ABSENT, ABSENT, ABSENT]), NONE);
    assert_eq!(said(rule, [given(), ABSENT, given()]), ["c: \"c\" conflicts with \"a\""]);
    assert_eq!(said(rule, [given(), given(), given()]).len(), 2);
    assert_eq!(said(rule, [given(), unknown(), unknown()]), NONE, "they may turn out to be absent");
    assert_eq!(said(rule, [given(), not_null(), ABSENT]), ["b: \"b\" conflicts with \"a\""]);
    assert_eq!(rule.sentence(), "At most one of `a`, `b` and `c` can be given.");
}

#[test]
fn exactly_or_at_least_one_is_given() {
    let exactly = Rule::ExactlyOneOf(&["a", "b"]);
    assert_eq!(said(exactly, [given(), ABSENT, ABSENT]), NONE);
    assert_eq!(said(exactly, [ABSENT, ABSENT, given()]), ["object: Missing argument"]);
    assert_eq!(said(exactly, [given(), given(), ABSENT]), ["b: \"b\" conflicts with \"a\""]);
    assert_eq!(said(exactly, [unknown(), ABSENT, ABSENT]), NONE);
    assert_eq!(exactly.sentence(), "Exactly one of `a` and `b` must be given.");
    let least = Rule::AtLeastOneOf(&["a", "b"]);
    assert_eq!(said(least, [given(), given(), ABSENT]), NONE);
    assert_eq!(said(least, [ABSENT, unknown(), ABSENT]), NONE);
    assert_eq!(said(least, [ABSENT, ABSENT, ABSENT]), ["object: Missing argument"]);
    assert_eq!(least.sentence(), "At least one of `a` and `b` must be given.");
}

#[test]
fn what_belongs_together_is_given_together() {
    let together = Rule::RequiredTogether(&["a", "b", "c"]);
    assert_eq!(said(together, [given(), given(), given()]), NONE);
    assert_eq!(said(together, [ABSENT, ABSENT, ABSENT]), NONE);
    assert_eq!(said(together, [ABSENT, given(), unknown()]), ["b: \"b\" needs \"a\""]);
    assert_eq!(said(together, [ABSENT, unknown(), ABSENT]), NONE);
    assert_eq!(together.sentence(), "`a`, `b` and `c` must be given together or not at all.");
}

#[test]
fn one_attribute_conflicts_with_or_needs_others() {
    let conflicts = Rule::ConflictsWith("a", &["b", "c"]);
    assert_eq!(said(conflicts, [ABSENT, given(), given()]), NONE);
    assert_eq!(said(conflicts, [given(), ABSENT, unknown()]), NONE);
    assert_eq!(said(conflicts, [given(), ABSENT, given()]), ["a: \"a\" conflicts with \"c\""]);
    assert_eq!(conflicts.sentence(), "`a` cannot be given together with `b` or `c`.");
    let requires = Rule::Requires("a", &["b", "c"]);
    assert_eq!(said(requires, [ABSENT, ABSENT, ABSENT]), NONE);
    assert_eq!(said(requires, [unknown(), ABSENT, ABSENT]), NONE);
    assert_eq!(said(requires, [given(), unknown(), ABSENT]), ["a: \"a\" needs \"c\""]);
    assert_eq!(requires.sentence(), "`a` needs `b` and `c`.");
}

#[test]
fn what_is_stored_is_warned_of() {
    let prefer = Rule::Prefer("a", "b");
    let object = Dynamic::Map([("a".to_owned(), given())].into());
    let [breach] = breaches(&attributes(prefer), &object, Presence::of).try_into().expect("one");
    assert!(breach.warning && breach.attribute == Some("a") && breach.detail.contains("`b`"), "{breach:?}");
    assert_eq!(said(prefer, [ABSENT, given(), ABSENT]), NONE);
    assert_eq!(said(prefer, [unknown(), ABSENT, ABSENT]), NONE);
    assert_eq!(prefer.sentence(), "Prefer `b` to `a`: it is stored in no plan and no state.");
}

#[test]
fn sums_are_exact_and_wait_for_all_numbers() {
    let number = |text: &str| Dynamic::Number(Number::parse(text).expect(text));
    let sum = |relation, values: [&str; 3]| said(Rule::Sum("a", relation, &["b", "c"]), values.map(number));
    let refused = ["a: Invalid value for \"a\""];
    assert_eq!(sum(Relation::Equals, ["0.3", "0.1", "0.2"]), NONE);
    assert_eq!(sum(Relation::Equals, ["0.30000000000000000001", "0.1", "0.2"]), refused);
    assert_eq!(sum(Relation::AtLeast, ["-1", "-0.5", "-0.5"]), NONE);
    assert_eq!(sum(Relation::AtLeast, ["2.9", "1", "2"]), refused);
    assert_eq!(sum(Relation::AtMost, ["3", "1", "2"]), NONE);
    assert_eq!(sum(Relation::AtMost, ["3.1", "1", "2"]), refused);
    assert_eq!(sum(Relation::Equals, ["1e60", "1", "2"]), NONE, "beyond what is compared");
    let rule = Rule::Sum("a", Relation::AtMost, &["b", "c"]);
    assert_eq!(said(rule, [9.into(), 1.into(), unknown()]), NONE);
    assert_eq!(said(rule, [9.into(), 1.into(), ABSENT]), NONE);
    assert_eq!(rule.sentence(), "`a` must be at most the sum of `b` and `c`.");
    let product = Rule::Product("a", &["b", "c"]);
    assert_eq!(said(product, ["0.02", "0.1", "0.2"].map(number)), NONE);
    assert_eq!(said(product, ["-6", "-2", "3.00"].map(number)), NONE);
    assert_eq!(said(product, ["6", "2", "3.01"].map(number)), refused);
    assert_eq!(said(product, ["0", "1e60", "1e60"].map(number)), NONE, "beyond what is compared");
    assert_eq!(product.sentence(), "`a` must be equal to the product of `b` and `c`.");
}

#[test]
fn readers_learn_of_a_rule_where_it_concerns_them() {
    for name in ["a", "b"] {
        assert!(Rule::Conflicts(&["a", "b"]).concerns(name));
        assert_eq!(Rule::Requires("a", &["b"]).concerns(name), name == "a");
    }
    assert!(!Rule::AtLeastOneOf(&["a", "b"]).concerns("c"));
}

#[test]
fn numbers_that_nobody_may_see_are_not_compared() {
    let mut attributes = attributes(Rule::Sum("a", Relation::Equals, &["b"]));
    let object = Dynamic::Map([("a".to_owned(), 1.into()), ("b".to_owned(), 4711.into())].into());
    let found = breaches(&attributes, &object, Presence::of);
    assert_eq!(found[0].detail, "`a` must be equal to the sum of `b`. It is 1, not 4711.");
    attributes[1].sensitive = true;
    assert_eq!(breaches(&attributes, &object, Presence::of), []);
}

#[test]
fn a_block_that_is_left_out_is_absent() {
    let attributes = attributes(Rule::Requires("a", &["d"]));
    let object = |d: Dynamic| Dynamic::Map([("a".to_owned(), given()), ("d".to_owned(), d)].into());
    assert_eq!(breaches(&attributes, &object(Dynamic::List(Vec::new())), Presence::of).len(), 1);
    let one = Dynamic::List(vec![Dynamic::Map([].into())]);
    assert_eq!(breaches(&attributes, &object(one), Presence::of), []);
}
