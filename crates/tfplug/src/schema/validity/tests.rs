use super::*;

fn text(name: &str, mode: Mode) -> Attribute {
    Attribute::new(name, Kind::Value(Type::String), mode)
}

fn of(attributes: impl Into<Vec<Attribute>>) -> Schema {
    Schema { attributes: attributes.into(), ..Schema::default() }
}

#[test]
fn what_makes_sense_depends_on_the_place() {
    let mut secret = text("secret", Mode::Optional);
    secret.write_only = true;
    let mut choice = text("choice", Mode::OptionalComputed);
    choice.default = Some("c".into());
    choice.checks.push(crate::schema::one_of(&["a", "b"]));
    let holder =
        Attribute::new("holder", Kind::Nested(Nesting::Single, vec![secret.clone()]), Mode::Optional);
    let block = Attribute::new(
        "block",
        Kind::Block { nesting: Nesting::List, min_items: 0, max_items: 0, attributes: Vec::new() },
        Mode::Optional,
    );
    let outer = Attribute::new("outer", Kind::Nested(Nesting::Single, vec![block]), Mode::Optional);
    let schema = of([text("count", Mode::Optional), secret, holder, choice, outer]);
    let hidden = "nothing is write-only here, where nothing is stored; `Sensitive` hides it";
    let always = [
        "choice: its default does not pass its own check. It must be one of \"a\" or \"b\", not \"c\".",
        "outer: it is written with `=`, so `block` in it is no block: make both blocks or none",
    ];
    let reserved = "count: the name is reserved by Terraform";
    let (secret, holder) = (format!("secret: {hidden}"), format!("holder: {hidden}"));
    let both = [secret.as_str(), &holder];
    let default = "choice: a parameter has no default; `Option` lets it be null";
    for (place, own) in [
        (Place::Resource, vec![reserved]),
        (Place::DataSource, [&[reserved][..], &both].concat()),
        (Place::Ephemeral, [&[reserved][..], &both].concat()),
        (Place::List, both.to_vec()),
        (Place::Action, vec![]),
        (Place::Meta, both.to_vec()),
        (Place::Function, [&both[..], &[default]].concat()),
    ] {
        assert_eq!(problems(&schema, place), [&own[..], &always].concat(), "{place:?}");
    }
}

#[test]
fn lists_and_maps_of_open_type_are_for_functions_only() {
    let list = Type::List(Box::new(Type::Dynamic));
    let map = Type::Map(Box::new(list.clone()));
    let open = |name: &str, ty: Type| Attribute::new(name, Kind::Value(ty), Mode::Optional);
    let inside = Kind::Nested(Nesting::Single, vec![open("list", list.clone())]);
    let schema = of([
        open("any", Type::Dynamic),
        open("list", list),
        open("map", map),
        Attribute::new("one", inside, Mode::Optional),
    ]);
    let rule = "a list or map holds no values of open type; `Dynamic` alone holds a whole list or map";
    assert_eq!(
        problems(&schema, Place::Resource),
        ["list", "map", "one.list"].map(|path| format!("{path}: {rule}"))
    );
    assert_eq!(problems(&schema, Place::Function), [""; 0]);
}

#[test]
fn a_check_has_to_say_something_about_its_type() {
    use crate::schema::checks::{any, each, keys, len, no_nulls, not_blank, unique};
    let (list, map) =
        (|| Type::List(Box::new(Type::String)), || Type::Map(Box::new(Type::List(Box::new(Type::Number)))));
    let with = |ty: Type, check: crate::schema::Check| {
        let mut attribute = Attribute::new("a", Kind::Value(ty), Mode::Optional);
        attribute.checks.push(check);
        problems(&of([attribute]), Place::Resource)
    };
    let fine = [
        (Type::String, len(1..)),
        (list(), len(1..)),
        (map(), len(1..)),
        (Type::Number, crate::schema::between(1..=9)),
        (Type::Number, crate::schema::one_of(&[1, 2])),
        (list(), each(not_blank())),
        (map(), each(each(crate::schema::at_least(1)))),
        (map(), keys(not_blank())),
        (list(), unique()),
        (map(), no_nulls()),
        (Type::Dynamic, not_blank()),
        (Type::Bool, crate::schema::Check::new("of its own", |_| Ok(()))),
    ];
    for (ty, check) in fine {
        assert_eq!(with(ty, check), [""; 0]);
    }
    for (ty, check, said) in [
        (Type::Number, len(1..=9), "`of length 1 to 9` says nothing about its type, number"),
        (Type::Bool, len(1..=9), "`of length 1 to 9` says nothing about its type, bool"),
        (Type::String, crate::schema::at_least(1), "`at least 1` says nothing about its type, string"),
        (Type::Number, crate::schema::one_of(&["1"]), "`\"1\"` says nothing about its type, number"),
        (list(), not_blank(), "`not blank` says nothing about its type, list(string)"),
        (Type::String, each(not_blank()), "`each not blank` says nothing about its type, string"),
        (map(), each(not_blank()), "`each not blank` says nothing about its type, map(list(number))"),
        (list(), keys(not_blank()), "`with each key not blank` says nothing about its type, list(string)"),
        (
            Type::String,
            any([not_blank(), crate::schema::at_least(1)]),
            "`not blank or at least 1` says nothing about its type, string",
        ),
    ] {
        assert_eq!(with(ty, check), [format!("a: the check {said}")]);
    }
}

#[test]
fn a_check_that_lists_values_has_some() {
    use crate::schema::checks::{each, none_of, none_of_ignoring_case, one_of_ignoring_case};
    let list = Type::List(Box::new(Type::String));
    for (ty, check, rule) in [
        (Type::String, crate::schema::one_of::<String>(&[]), "one_of"),
        (Type::Number, none_of::<i64>(&[]), "none_of"),
        (Type::String, one_of_ignoring_case(&[]), "one_of_ignoring_case"),
        (Type::String, none_of_ignoring_case(&[]), "none_of_ignoring_case"),
        (list, each(crate::schema::one_of::<String>(&[])), "one_of"),
    ] {
        let mut attribute = Attribute::new("a", Kind::Value(ty), Mode::Optional);
        attribute.checks.push(check);
        let found = problems(&of([attribute]), Place::Resource);
        assert_eq!(found, [format!("a: the check `{rule}` lists no values")]);
    }
}

/// With only the other one configured, the handler would get both; with none, the default would be refused.
#[test]
fn an_attribute_with_a_default_is_in_no_rule_that_needs_it_to_be_absent() {
    let rules = [
        (Rule::ExactlyOneOf(&["s", "t"]), Some("Exactly one of `s` and `t` must be given")),
        (Rule::AtLeastOneOf(&["s", "t"]), Some("At least one of `s` and `t` must be given")),
        (Rule::Conflicts(&["s", "t"]), Some("At most one of `s` and `t` can be given")),
        (Rule::ConflictsWith("t", &["s"]), Some("`t` cannot be given together with `s`")),
        (Rule::ConflictsWith("s", &["t"]), Some("`s` cannot be given together with `t`")),
        (Rule::Requires("t", &["s"]), None),
    ];
    for (rule, said) in rules {
        let (mut s, mut t) = (text("s", Mode::OptionalComputed), text("t", Mode::Optional));
        s.default = Some("x".into());
        t.rules.push(rule);
        let expected = said.map(|said| {
            format!(
                "t: a rule says: {said}. But `s` has a default, so a handler never finds it absent: remove the default, \
                 and write the type as `Option<T>`"
            )
        });
        assert_eq!(problems(&of([s, t]), Place::DataSource), Vec::from_iter(expected), "{rule:?}");
    }
}

#[test]
fn what_an_attribute_needs_does_not_conflict_with_it() {
    let needs = [Rule::Requires("s", &["t"]), Rule::RequiredTogether(&["s", "t"])];
    let conflicts = [
        Rule::ConflictsWith("s", &["t"]),
        Rule::ConflictsWith("t", &["s"]),
        Rule::Conflicts(&["s", "t"]),
        Rule::ExactlyOneOf(&["s", "t"]),
    ];
    for need in needs {
        for conflict in conflicts {
            let (mut s, mut t) = (text("s", Mode::Optional), text("t", Mode::Optional));
            s.rules.push(need);
            t.rules.push(conflict);
            assert_eq!(
                problems(&of([s, t]), Place::Resource),
                ["s: `s` needs `t` and cannot be given together with it, so it can never be given"],
                "{need:?} {conflict:?}"
            );
        }
        let (mut s, mut t) = (text("s", Mode::Optional), text("t", Mode::Optional));
        s.rules.push(need);
        t.rules.push(Rule::AtLeastOneOf(&["s", "t"]));
        assert_eq!(problems(&of([s, t]), Place::Resource), [""; 0]);
    }
    let [mut a, b, mut c] = ["a", "b", "c"].map(|name| text(name, Mode::Optional));
    a.rules.push(Rule::RequiredTogether(&["a", "b", "c"]));
    c.rules.push(Rule::ConflictsWith("c", &["b"]));
    assert_eq!(
        problems(&of([a, b, c]), Place::Resource),
        ["a: `b` needs `c` and cannot be given together with it, so it can never be given"]
    );
}

/// No plan could be answered.
#[test]
fn a_default_is_a_number_that_terraform_can_store() {
    use crate::schema::Attr;
    let with = |ty, default| {
        let mut attribute = Attribute::new("a", Kind::Value(ty), Mode::OptionalComputed);
        attribute.default = Some(default);
        problems(&of([attribute]), Place::Resource)
    };
    let list = || Type::List(Box::new(Type::Number));
    assert_eq!(
        with(Type::Number, f64::INFINITY.to_dynamic()),
        ["a: its default cannot be planned: infinity is not a number that Terraform can store"]
    );
    assert_eq!(
        with(list(), vec![1.0, f64::NAN].to_dynamic()),
        ["a: its default cannot be planned: NaN is not a number that Terraform can store"]
    );
    assert_eq!(with(list(), vec![1.0, -0.5].to_dynamic()), [""; 0]);
}

/// A hand-written `Attr` gets past the compiler.
#[test]
fn what_elements_would_lose_is_named() {
    let list = |ty: Type| Kind::Value(Type::List(Box::new(ty)));
    let of_elements = |name: &str, element: Attribute| {
        let mut attribute = Attribute::new(name, list(element.ty()), Mode::Optional);
        attribute.elements = vec![element];
        attribute
    };
    let marked = |mark: &dyn Fn(&mut Attribute)| {
        let mut attribute = text("a", Mode::Optional);
        mark(&mut attribute);
        attribute
    };
    let token = || marked(&|token| token.write_only = true);
    let rows = |name: &str, inner: Attribute| {
        of_elements(name, Attribute::new("", Kind::Nested(Nesting::List, vec![inner]), Mode::Required))
    };
    let sensitive = || marked(&|inner| inner.sensitive = true);
    let mut hidden = rows("hidden", sensitive());
    hidden.sensitive = true;
    let mut unstored = of_elements("unstored", token());
    unstored.write_only = true;
    let schema = of([
        of_elements("tokens", token()),
        of_elements("deep_tokens", of_elements("", token())),
        unstored,
        rows("plain", text("a", Mode::Optional)),
        rows("secrets", sensitive()),
        hidden,
        rows(
            "defaults",
            marked(&|inner| {
                inner.mode = Mode::OptionalComputed;
                inner.default = Some("d".into());
            }),
        ),
        rows("replaces", marked(&|inner| inner.replace = Some(crate::schema::Replace::Always))),
        of_elements("deep", rows("", sensitive())),
        Attribute::new("nested", Kind::Nested(Nesting::List, vec![rows("rows", token())]), Mode::Optional),
    ]);
    let single = "its elements are write-only and it is not, so they would be stored";
    let lost = "the objects in it are no attributes of their own, so what their attributes say would be lost: no default, no \
                `replace`, nothing sensitive or write-only";
    assert_eq!(
        problems(&schema, Place::Resource),
        [
            format!("tokens: {single}"),
            format!("deep_tokens: {single}"),
            format!("secrets: {lost}"),
            format!("defaults: {lost}"),
            format!("replaces: {lost}"),
            format!("deep: {lost}"),
            format!("nested.rows: {lost}"),
        ]
    );
}

/// Terraform keeps none of its values, so there is nothing to compare it with.
#[test]
fn nothing_comes_of_a_change_of_a_write_only_argument() {
    let mut secret = text("secret", Mode::Required);
    secret.write_only = true;
    let mut replaces = secret.clone();
    replaces.name = "replaces".to_owned();
    replaces.replace = Some(crate::schema::Replace::Always);
    let mut print = text("print", Mode::Computed);
    print.outcome = Some(Outcome::Follows(vec!["secret".to_owned()]));
    assert_eq!(
        problems(&of([secret, replaces, print]), Place::Resource),
        [
            "replaces: it is write-only, so nothing shows that it changes, and `replace` has no effect; put `replace` on its \
             version",
            "print: it follows `secret`, which is write-only, so nothing shows that it changes; follow its version",
        ]
    );
}

#[test]
fn a_set_holds_nothing_write_only_at_any_depth() {
    let mut secret = text("secret", Mode::Required);
    secret.write_only = true;
    let deep = Attribute::new("deep", Kind::Nested(Nesting::Single, vec![secret.clone()]), Mode::Optional);
    let set = |name, inner| Attribute::new(name, Kind::Nested(Nesting::Set, vec![inner]), Mode::Optional);
    assert_eq!(
        problems(&of([set("flat", secret), set("nested", deep)]), Place::Resource),
        ["flat: a set holds nothing write-only", "nested: a set holds nothing write-only"]
    );
}

#[test]
fn the_environment_fills_arguments_of_the_provider_only() {
    let mut token = text("token", Mode::Optional);
    token.env = Some("TOKEN".to_owned());
    let holder = Attribute::new("holder", Kind::Nested(Nesting::Single, vec![token.clone()]), Mode::Optional);
    let schema = of([token, holder]);
    let nested = "holder: `env` is for arguments of the provider itself, not for those of its nested objects";
    assert_eq!(problems(&schema, Place::Provider), [nested]);
    let own = "token: `env` is for arguments of the provider; nothing reads the variable here";
    assert_eq!(problems(&schema, Place::Resource), [own, nested]);
}

#[test]
fn attributes_that_follow_themselves_are_named() {
    let follows = |name: &str, followed: &str| {
        let mut attribute = text(name, Mode::Computed);
        attribute.outcome = Some(Outcome::Follows(vec![followed.to_owned()]));
        attribute
    };
    let inner = vec![follows("a", "b"), follows("b", "c"), follows("c", "b")];
    let schema = of([
        follows("path", "name"),
        follows("url", "path"),
        text("name", Mode::Required),
        Attribute::new("inner", Kind::Nested(Nesting::List, inner), Mode::Optional),
    ]);
    let circle = "it follows itself by way of others, so nothing ever changes it";
    assert_eq!(
        problems(&schema, Place::Resource),
        [format!("inner.b: {circle}"), format!("inner.c: {circle}")]
    );
}

#[test]
fn a_configured_set_holds_nothing_that_the_provider_decides() {
    let mut id = text("id", Mode::Computed);
    id.outcome = Some(Outcome::Keep);
    let mut usual = text("usual", Mode::OptionalComputed);
    usual.default = Some("u".into());
    let set = |name: &str, inner: Vec<Attribute>, mode| {
        let mut set = Attribute::new(name, Kind::Nested(Nesting::Set, inner), mode);
        set.outcome = Some(Outcome::Keep);
        set
    };
    let deep = Attribute::new("deep", Kind::Nested(Nesting::Single, vec![id.clone()]), Mode::Optional);
    let schema = of([
        set("told", vec![id.clone()], Mode::Computed),
        set("plain", vec![text("who", Mode::Required), usual], Mode::Optional),
        set("flat", vec![text("who", Mode::Required), id], Mode::Optional),
        set("nested", vec![deep], Mode::OptionalComputed),
    ]);
    let problem = "the provider decides nothing in a set that is configured: Terraform cannot tell which element it \
                   was; use a list or a map";
    assert_eq!(
        problems(&schema, Place::Resource),
        [format!("flat: {problem}"), format!("nested: {problem}")]
    );
}

#[test]
fn every_mistake_is_named() {
    let mut follows = text("path", Mode::Computed);
    follows.outcome = Some(Outcome::Follows(vec!["alias".to_owned()]));
    let mut secret = text("secret", Mode::OptionalComputed);
    secret.write_only = true;
    let mut ruled = text("ruled", Mode::Optional);
    ruled.rules = vec![Rule::Requires("ruled", &["nobody"]), Rule::Prefer("ruled", "count")];
    let schema = Schema {
        attributes: vec![
            text("count", Mode::Required),
            text("Zz-1", Mode::Required),
            text("id", Mode::Computed),
            follows,
            secret,
            text("secret", Mode::Optional),
            ruled,
        ],
        ..Schema::default()
    };
    assert_eq!(
        problems(&schema, Place::Resource),
        [
            "count: the name is reserved by Terraform",
            "secret: the name is used twice",
            "Zz-1: a name consists of lower-case letters, digits and `_`, and begins with no digit",
            "id: a computed attribute needs `keep`, `follows` or `volatile`",
            "path: it follows `alias`, which does not exist",
            "secret: a write-only attribute is not computed",
            "ruled: a rule names `nobody`, which does not exist",
            "ruled: it prefers `count`, which is not write-only",
        ]
    );
    assert_eq!(
        problems(
            &Schema { attributes: vec![text("x", Mode::Required)], ..Schema::default() },
            Place::Provider
        ),
        ["x: provider arguments must be optional"]
    );
}
