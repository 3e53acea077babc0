//! What the derives make of structs and enums: schema, reading, writing, keys.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::schema::{Kind, Mode, Nesting, Outcome, Replace, between, len, not_blank};
use tfplug::value::{Dynamic, Type};
use tfplug::{
    ArgKey, Args, Attr, Choice, Computed, ComputedKey, Error, Fields, Identity, Sensitive, Text, Timeouts,
};

/// What to do when there is one already.
#[derive(Choice, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum OnExisting {
    #[default]
    Error,
    #[choice(alias = "take", alias = "take-over")]
    Adopt,
    #[choice("$replace")]
    ReplaceIt,
}

/// A rule of who may
/// do what.
#[derive(Args, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RuleArgs {
    /// Who.
    who: String,
    /// How often.
    #[attr(default = 3, check = between(1..=9))]
    times: i64,
}

/// A group of people.
///
/// Another paragraph.
#[derive(Args, Clone, Debug, PartialEq)]
#[args(version = 2, deprecated = "Use `team`.", timeouts(create = "1h30m", delete = "250ms"))]
pub struct GroupArgs {
    /// Name shown.
    /// Changed in place.
    pub alias: String,
    /// Internal name.
    #[attr(replace, check = [not_blank(), len(2..=9)])]
    pub name: Option<String>,
    /// What to do.
    #[attr(default = OnExisting::Error, deprecated = "Set `mode`.")]
    on_existing: OnExisting,
    /// Text with a default.
    #[attr(default = "plain")]
    style: String,
    /// Only ever up.
    #[attr(replace_if = shrinks)]
    size: Option<i64>,
    /// Closures work too.
    #[attr(replace_if = |prior, planned| prior.len() > planned.len())]
    tags: BTreeSet<String>,
    /// A keyword.
    r#type: Option<MaybeText>,
    /// Not a word of Rust.
    #[attr(name = "self")]
    this: Option<bool>,
    /// A secret, from the environment if need be.
    #[attr(env = "GROUP_KEY")]
    key: Sensitive<String>,
    /// One object.
    rule: Option<RuleArgs>,
    /// Objects by name.
    rules: BTreeMap<String, RuleArgs>,
    /// One block.
    #[attr(block)]
    main: RuleArgs,
    /// Perhaps a block.
    #[attr(block)]
    spare: Option<RuleArgs>,
    /// Blocks.
    #[attr(block, check = len(0..=2))]
    more: Vec<RuleArgs>,
}

type MaybeText = String;

fn shrinks(prior: &i64, planned: &i64) -> bool {
    planned < prior
}

#[derive(Computed, Debug, PartialEq)]
struct GroupComputed {
    /// GUID of the group.
    #[attr(keep)]
    id: String,
    /// Path of the group.
    #[attr(follows(alias, r#type))]
    path: Option<String>,
    /// Time of the last change.
    #[attr(volatile, deprecated = "Nobody needs it.")]
    changed: i64,
    #[attr(keep)]
    owner: Owner,
}

#[derive(Computed, Debug, PartialEq)]
struct Owner {
    /// Name of the owner.
    #[attr(keep, name = "name")]
    called: String,
}

/// Values in boxes.
#[derive(Args, Debug, PartialEq)]
struct BoxedArgs {
    /// One object.
    rule: Box<RuleArgs>,
    /// Perhaps an object.
    spare: Option<Box<RuleArgs>>,
    /// Perhaps an object, too.
    other: std::boxed::Box<Option<RuleArgs>>,
    /// A default is what the box holds.
    #[attr(default = 1, replace_if = shrinks)]
    size: Box<i64>,
    /// One block.
    #[attr(block)]
    main: Box<RuleArgs>,
    /// Computed, too.
    owner: Option<Box<OwnerArgs>>,
}

/// Who owns it.
#[derive(Args, Debug, PartialEq)]
struct OwnerArgs {
    /// Name of the owner.
    name: Option<String>,
}

#[derive(Computed, Debug, PartialEq)]
#[computed(args = BoxedArgs)]
struct BoxedComputed {
    /// Their owner.
    #[attr(keep)]
    owner: Box<Owner>,
    /// Perhaps another.
    #[attr(keep)]
    former: Option<Box<Owner>>,
}

/// Names a group.
#[derive(Identity, Clone, Debug, PartialEq)]
struct ById {
    /// GUID of the group.
    id: String,
}

/// Nothing to say.
#[derive(Args)]
struct NoArgs {}

#[expect(clippy::expect_used, reason = "only tests call it")]
fn attribute<F: Fields>(name: &str) -> tfplug::schema::Attribute {
    F::attributes().into_iter().find(|attribute| attribute.name == name).expect(name)
}

fn group() -> GroupArgs {
    let rule = RuleArgs { who: "ada".to_owned(), times: 1 };
    GroupArgs {
        alias: "Data".to_owned(),
        name: None,
        on_existing: OnExisting::Adopt,
        style: "bold".to_owned(),
        size: Some(7),
        tags: BTreeSet::from(["a".to_owned(), "b".to_owned()]),
        r#type: Some("t".to_owned()),
        this: Some(true),
        key: Sensitive::new("k".to_owned()),
        rule: None,
        rules: BTreeMap::from([("one".to_owned(), rule.clone())]),
        main: rule.clone(),
        spare: None,
        more: vec![rule.clone(), rule],
    }
}

#[test]
fn attributes_keep_the_order_of_fields() {
    let names: Vec<String> = GroupArgs::attributes().into_iter().map(|attribute| attribute.name).collect();
    assert_eq!(
        names,
        [
            "alias",
            "name",
            "on_existing",
            "style",
            "size",
            "tags",
            "type",
            "self",
            "key",
            "rule",
            "rules",
            "main",
            "spare",
            "more"
        ]
    );
}

#[test]
fn doc_comments_are_descriptions() {
    assert_eq!(GroupArgs::DESCRIPTION, "A group of people.\n\nAnother paragraph.");
    assert_eq!(RuleArgs::DESCRIPTION, "A rule of who may do what.");
    assert_eq!(attribute::<GroupArgs>("alias").description, "Name shown. Changed in place.");
    assert_eq!(attribute::<GroupComputed>("owner").description, "");
}

#[test]
fn types_and_defaults_decide_who_gives_the_value() {
    for (name, mode) in [
        ("alias", Mode::Required),
        ("name", Mode::Optional),
        ("on_existing", Mode::OptionalComputed),
        ("key", Mode::Optional),
        ("type", Mode::Optional),
        ("tags", Mode::Required),
    ] {
        assert_eq!(attribute::<GroupArgs>(name).mode, mode, "{name}");
    }
    assert_eq!(attribute::<GroupComputed>("id").mode, Mode::Computed);
    assert_eq!(attribute::<ById>("id").mode, Mode::Required);
    assert_eq!(attribute::<GroupArgs>("on_existing").default, Some("error".into()));
    assert_eq!(attribute::<GroupArgs>("style").default, Some("plain".into()));
    assert_eq!(attribute::<RuleArgs>("times").default, Some(3.into()));
}

#[test]
fn options_of_arguments_are_in_the_schema() {
    let name = attribute::<GroupArgs>("name");
    assert!(matches!(name.replace, Some(Replace::Always)));
    let rules: Vec<&str> = name.checks.iter().map(|check| check.rule()).collect();
    assert_eq!(rules, ["not blank", "of length 2 to 9"]);
    assert_eq!(attribute::<GroupArgs>("on_existing").deprecated.as_deref(), Some("Set `mode`."));
    assert_eq!(attribute::<GroupArgs>("key").env.as_deref(), Some("GROUP_KEY"));
    assert!(attribute::<GroupArgs>("key").sensitive);
    assert!(attribute::<GroupArgs>("alias").replace.is_none());
}

#[test]
fn conditional_replacement_sees_typed_values() {
    let replaces = |name, prior: Dynamic, planned: Dynamic| match attribute::<GroupArgs>(name).replace {
        Some(Replace::If(replaces)) => replaces(&prior, &planned),
        other => panic!("{name}: {other:?}"),
    };
    assert!(replaces("size", 2.into(), 1.into()));
    assert!(!replaces("size", 1.into(), 2.into()));
    assert!(!replaces("size", "no number".into(), 2.into()));
    let tags = |tags: &[&str]| Dynamic::List(tags.iter().map(|&tag| tag.into()).collect());
    assert!(replaces("tags", tags(&["a", "b"]), tags(&["c"])));
    assert!(!replaces("tags", tags(&["a"]), tags(&["c"])));
}

#[test]
fn options_of_the_struct_are_constants() {
    assert_eq!(<GroupArgs as Args>::VERSION, 2);
    assert_eq!(<GroupArgs as Args>::DEPRECATED, Some("Use `team`."));
    let limit = |text| Some(tfplug::types::parse_duration(text).expect(text));
    let timeouts = Timeouts { create: limit("1h30m"), delete: limit("250ms"), ..Timeouts::NONE };
    assert_eq!(<GroupArgs as Args>::TIMEOUTS, timeouts);
    assert_eq!(<RuleArgs as Args>::TIMEOUTS, Timeouts::NONE);
    assert_eq!(<RuleArgs as Args>::VERSION, 0);
}

#[test]
fn structs_are_nested_attributes_or_blocks() {
    let nesting = |name: &str| match attribute::<GroupArgs>(name).kind {
        Kind::Nested(nesting, inner) => (nesting, None, inner.len()),
        Kind::Block { nesting, min_items, max_items, attributes } => {
            (nesting, Some((min_items, max_items)), attributes.len())
        }
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(nesting("rule"), (Nesting::Single, None, 2));
    assert_eq!(nesting("rules"), (Nesting::Map, None, 2));
    assert_eq!(nesting("main"), (Nesting::Single, Some((1, 1)), 2));
    assert_eq!(nesting("spare"), (Nesting::Single, Some((0, 0)), 2));
    assert_eq!(nesting("more"), (Nesting::List, Some((0, 0)), 2));
    assert!(matches!(attribute::<GroupArgs>("type").kind, Kind::Value(Type::String)));
    assert!(matches!(attribute::<GroupComputed>("owner").kind, Kind::Nested(Nesting::Single, _)));
}

#[test]
fn computed_attributes_say_when_they_change() {
    let outcome = |name| attribute::<GroupComputed>(name).outcome;
    assert_eq!(outcome("id"), Some(Outcome::Keep));
    assert_eq!(outcome("path"), Some(Outcome::Follows(vec!["alias".to_owned(), "type".to_owned()])));
    assert_eq!(outcome("changed"), Some(Outcome::Volatile));
    assert_eq!(attribute::<GroupComputed>("changed").deprecated.as_deref(), Some("Nobody needs it."));
    assert_eq!(attribute::<Owner>("name").outcome, Some(Outcome::Keep));
}

#[test]
fn objects_come_back_as_they_were_written() {
    let args = group();
    let object = Dynamic::Map(args.to_object());
    assert_eq!(object.get("self"), &Dynamic::Bool(true));
    assert_eq!(object.get("type"), &Dynamic::from("t"));
    assert_eq!(object.get("spare"), &Dynamic::Null);
    assert_eq!(GroupArgs::from_object(&object), Ok(args));

    let owner = Owner { called: "ada".to_owned() };
    let computed = GroupComputed { id: "1".to_owned(), path: None, changed: 5, owner };
    assert_eq!(GroupComputed::from_object(&Dynamic::Map(computed.to_object())), Ok(computed));

    let id = ById { id: "1".to_owned() };
    assert_eq!(ById::from_object(&Dynamic::Map(id.to_object())), Ok(id));
    assert!(NoArgs::attributes().is_empty() && NoArgs {}.to_object().is_empty());
}

#[test]
fn a_value_in_a_box_is_the_value() {
    for (name, mode) in [
        ("rule", Mode::Required),
        ("spare", Mode::Optional),
        ("other", Mode::Optional),
        ("size", Mode::OptionalComputed),
        ("owner", Mode::Optional),
    ] {
        assert_eq!(attribute::<BoxedArgs>(name).mode, mode, "{name}");
    }
    for name in ["rule", "spare", "other"] {
        let attribute = attribute::<BoxedArgs>(name);
        let (nesting, inner) = attribute.nested().expect(name);
        assert_eq!((nesting, inner.len()), (Nesting::Single, 2), "{name}");
    }
    assert!(matches!(attribute::<BoxedArgs>("main").kind, Kind::Block { min_items: 1, .. }));
    assert_eq!(attribute::<BoxedArgs>("size").default, Some(1.into()));
    let keys: (ArgKey<BoxedArgs, RuleArgs>, ArgKey<BoxedArgs, i64>) = (BoxedArgs::SPARE, BoxedArgs::SIZE);
    let key: ComputedKey<BoxedComputed, Owner> = BoxedComputed::FORMER;
    assert_eq!((keys.0.name(), keys.1.name(), key.name()), ("spare", "size", "former"));
}

#[test]
fn values_in_boxes_come_back_as_they_were_written() {
    let rule = |times| RuleArgs { who: "ada".to_owned(), times };
    let args = BoxedArgs {
        rule: Box::new(rule(1)),
        spare: Some(Box::new(rule(2))),
        other: Box::new(Some(rule(3))),
        size: Box::new(4),
        main: Box::new(rule(5)),
        owner: Some(Box::new(OwnerArgs { name: Some("ada".to_owned()) })),
    };
    let object = Dynamic::Map(args.to_object());
    let times = ["rule", "spare", "other", "main"].map(|name| object.get(name).get("times").clone());
    assert_eq!(times, [1.into(), 2.into(), 3.into(), 5.into()]);
    assert_eq!((object.get("size"), object.get("owner").get("name")), (&4.into(), &"ada".into()));
    assert_eq!(BoxedArgs::from_object(&object), Ok(args));

    let args = BoxedArgs::from_object(&object).expect("as before");
    let args = BoxedArgs { spare: None, other: Box::new(None), owner: None, ..args };
    let object = Dynamic::Map(args.to_object());
    assert!(["spare", "other", "owner"].iter().all(|name| object.get(name).is_null()));
    assert_eq!(BoxedArgs::from_object(&object), Ok(args));

    let owner = || Box::new(Owner { called: "ada".to_owned() });
    let computed = BoxedComputed { owner: owner(), former: Some(owner()) };
    assert_eq!(BoxedComputed::from_object(&Dynamic::Map(computed.to_object())), Ok(computed));
}

#[test]
fn what_cannot_be_read_says_where() {
    let mut object = group().to_object();
    object.insert("main".to_owned(), Dynamic::Map(BTreeMap::from([("who".to_owned(), 1.into())])));
    let error = GroupArgs::from_object(&Dynamic::Map(object)).expect_err("a number is no text");
    assert_eq!(error.to_string(), "main.who: expected text, found a number");
    let error = RuleArgs::from_dynamic(&Dynamic::Null).expect_err("nothing is no object");
    assert_eq!(error.to_string(), "expected an object");
}

#[test]
fn keys_know_struct_and_inner_type() {
    let alias: ArgKey<GroupArgs, String> = GroupArgs::ALIAS;
    let name: ArgKey<GroupArgs, String> = GroupArgs::NAME;
    let ty: ArgKey<GroupArgs, String> = GroupArgs::TYPE;
    let this: ArgKey<GroupArgs, bool> = GroupArgs::THIS;
    let path: ComputedKey<GroupComputed, String> = GroupComputed::PATH;
    let names = [alias.name(), name.name(), ty.name(), this.name(), path.name()];
    assert_eq!(names, ["alias", "name", "type", "self", "path"]);
}

#[test]
fn choices_are_spelled_and_read() {
    assert_eq!(OnExisting::CHOICES, ["error", "adopt", "$replace"]);
    assert_eq!(OnExisting::RULE, r#"one of "error", "adopt" (also "take", "take-over") or "$replace""#);
    for (text, choice) in [
        ("error", OnExisting::Error),
        ("adopt", OnExisting::Adopt),
        ("take-over", OnExisting::Adopt),
        ("$replace", OnExisting::ReplaceIt),
    ] {
        assert_eq!(OnExisting::parse(text), Ok(choice));
        assert_eq!(text.parse(), Ok(choice));
    }
    assert_eq!(OnExisting::ReplaceIt.text(), "$replace");
    let error: Error = "Adopt".parse::<OnExisting>().expect_err("no choice").into();
    assert!(format!("{error:?}").contains("Did you mean \\\"adopt\\\"?"), "{error:?}");
    let same = attribute::<GroupArgs>("on_existing").same.expect("text has one");
    assert!(same.holds(&"take".into(), &"adopt".into()) && !same.holds(&"take".into(), &"error".into()));
}

#[test]
fn refused_choices_list_what_is_allowed_and_what_was_meant() {
    let refused = |text| OnExisting::parse(text).expect_err(text);
    let allowed = r#"It must be one of "error", "adopt" (also "take", "take-over") or "$replace", not"#;
    assert_eq!(refused("never"), format!(r#"{allowed} "never"."#));
    assert_eq!(refused("Error"), format!(r#"{allowed} "Error". Did you mean "error"?"#));
    assert_eq!(refused("replace"), format!(r#"{allowed} "replace". Did you mean "$replace"?"#));
    assert_eq!(refused("TakeOver"), format!(r#"{allowed} "TakeOver". Did you mean "adopt"?"#));
}

/// What is read anew each time.
#[derive(Computed)]
#[computed(data)]
struct Report {
    /// How many.
    total: i64,
    /// One by one.
    #[attr(deprecated = "Use `total`.")]
    lines: Vec<Line>,
}

/// A line.
#[derive(Computed)]
#[computed(data)]
struct Line {
    /// What it says.
    text: String,
}

#[test]
fn what_is_read_anew_each_time_has_no_outcome() {
    let (total, lines) = (attribute::<Report>("total"), attribute::<Report>("lines"));
    assert_eq!((total.mode, total.outcome), (Mode::Computed, None));
    assert_eq!(lines.deprecated.as_deref(), Some("Use `total`."));
    let mut schema = tfplug::schema::Schema::default();
    schema.attributes = Report::attributes();
    let problems = |place| tfplug::schema::problems(&schema, place);
    assert_eq!(problems(tfplug::schema::Place::DataSource), [""; 0]);
    assert_eq!(problems(tfplug::schema::Place::Ephemeral), [""; 0]);
    assert_eq!(problems(tfplug::schema::Place::Resource).len(), 3);
}

/// Secrets that are stored nowhere.
#[derive(Args)]
struct Secrets {
    /// One that must be given.
    must: tfplug::WriteOnly<String>,
    /// One that may be given.
    may: Option<tfplug::WriteOnly<String>>,
}

#[test]
fn a_write_only_argument_is_required_unless_it_is_an_option() {
    let (must, may) = (attribute::<Secrets>("must"), attribute::<Secrets>("may"));
    assert_eq!((must.mode, must.write_only), (Mode::Required, true));
    assert_eq!((may.mode, may.write_only), (Mode::Optional, true));
    // As a state holds them.
    let stored = Dynamic::Map(["must", "may"].map(|name| (name.to_owned(), Dynamic::Null)).into());
    let secrets = Secrets::from_object(&stored).expect("a state");
    assert!(secrets.must.get().is_none() && secrets.may.is_none());
}

/// A crate that hands the framework on.
mod platform {
    pub(super) use tfplug as framework;
}

/// A room, declared by way of it.
#[derive(platform::framework::Args)]
#[tfplug(crate = "crate::platform::framework")]
struct Room {
    /// Its number.
    #[attr(default = 1, check = between(1..=9))]
    number: i64,
}

#[test]
fn the_framework_may_be_handed_on_by_another_crate() {
    assert_eq!(attribute::<Room>("number").default, Some(Dynamic::from(1)));
}

type Perhaps<T> = Option<T>;

/// Ways to log in.
#[derive(Args)]
#[args(exactly_one_of(key, token, file), conflicts(host, port))]
#[args(required_together(host, user), conflicts(file, user))]
struct LoginArgs {
    /// A key.
    key: Option<String>,
    /// A token; an alias of `Option` does as well.
    #[attr(conflicts_with(port), prefer(token_wo))]
    token: Perhaps<String>,
    /// A token that is stored nowhere.
    token_wo: Option<tfplug::WriteOnly<String>>,
    /// A file.
    file: Option<String>,
    /// A host.
    #[attr(env = "HOST")]
    host: String,
    /// A port.
    #[attr(default = 80, requires(key, r#type), at_most_sum_of(low, high))]
    port: i64,
    /// A user.
    user: Option<String>,
    /// A bound.
    low: i64,
    /// A bound.
    #[attr(equals_sum_of(low), at_least_sum_of(port), equals_product_of(low, port))]
    high: i64,
    /// A keyword.
    r#type: Option<String>,
}

#[test]
fn rules_stand_at_the_attribute_that_states_them_or_is_named_first() {
    use tfplug::schema::{Relation, Rule};
    let rules = |name| attribute::<LoginArgs>(name).rules;
    assert_eq!(rules("key"), [Rule::ExactlyOneOf(&["key", "token", "file"])]);
    assert_eq!(
        rules("host"),
        [Rule::Conflicts(&["host", "port"]), Rule::RequiredTogether(&["host", "user"])]
    );
    assert_eq!(rules("file"), [Rule::Conflicts(&["file", "user"])]);
    assert_eq!(rules("token"), [Rule::ConflictsWith("token", &["port"]), Rule::Prefer("token", "token_wo")]);
    assert_eq!(
        rules("port"),
        [Rule::Requires("port", &["key", "type"]), Rule::Sum("port", Relation::AtMost, &["low", "high"])]
    );
    assert_eq!(
        rules("high"),
        [
            Rule::Sum("high", Relation::Equals, &["low"]),
            Rule::Sum("high", Relation::AtLeast, &["port"]),
            Rule::Product("high", &["low", "port"]),
        ]
    );
    assert_eq!(rules("user"), []);
}

/// Text put together.
#[derive(Args)]
struct JoinArgs {
    /// What comes between.
    separator: String,
    /// What is put together.
    #[attr(variadic)]
    parts: Vec<tfplug::Value<String>>,
}

/// Text put together.
#[derive(Args)]
struct PlainArgs {
    /// What is put together.
    #[attr(variadic, check = len(1..))]
    parts: Strings,
}

type Strings = Vec<String>;

#[test]
fn the_last_parameter_takes_all_further_arguments() {
    let parts = attribute::<JoinArgs>("parts");
    assert!(parts.variadic && parts.unknown && parts.mode == Mode::Optional, "each may be null or unknown");
    let parts = attribute::<PlainArgs>("parts");
    assert!(parts.variadic && !parts.unknown && parts.mode == Mode::Required);
    assert!(!attribute::<JoinArgs>("separator").variadic);
}

/// Names a thing in a region.
#[derive(Identity, Clone, Debug, PartialEq)]
#[identity(version = 3)]
struct Regional {
    /// Name of the thing.
    name: String,
    /// The region, if not the usual one.
    region: Option<String>,
}

#[test]
fn identities_have_versions_and_parts_that_an_import_may_leave_out() {
    assert_eq!((<Regional as Identity>::VERSION, <ById as Identity>::VERSION), (3, 0));
    assert_eq!(attribute::<Regional>("region").mode, Mode::Optional);
    let read = Regional::from_object(&Dynamic::Map([("name".to_owned(), "a".into())].into()));
    assert_eq!(read, Ok(Regional { name: "a".to_owned(), region: None }));
}
