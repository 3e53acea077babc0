use super::*;

struct Person(&'static str, Option<&'static str>);

impl Row for Person {
    const FIELDS: &'static [&'static str] = &["email", "username", "enabled", "age"];
    const INDEXED: &'static [&'static str] = &["email"];

    fn cell(&self, field: &str) -> Cell<'_> {
        match field {
            "email" => Cell::Text(self.0),
            "username" => self.1.map_or(Cell::Null, Cell::Text),
            "enabled" => Cell::Flag(true),
            _ => Cell::Number(36),
        }
    }
}

fn found(filter: &str, settings: &Settings) -> Result<String, u16> {
    let people = [
        Person("ada@example.com", Some("ada")),
        Person("Bob@Example.com", Some("b_b")),
        Person("cy%@example.com", None),
    ];
    let filter = Filter::parse::<Person>(filter, settings).map_err(|refusal| refusal.status)?;
    Ok(people.iter().filter(|p| filter.matches(*p)).map(|p| &p.0[..1]).collect())
}

fn check(filter: &str, expected: &str) {
    assert_eq!(found(filter, &Settings::default()).as_deref(), Ok(expected), "{filter}");
}

#[test]
fn equality_is_exact_and_case_sensitive() {
    check(r#"{"email":"ada@example.com"}"#, "a");
    check(r#"{"email":{"$eq":"ada@example.com"}}"#, "a");
    check(r#"{"email":"bob@example.com"}"#, "");
    check(r#"{"email":"ada"}"#, "");
    check(r#"{"enabled":true}"#, "aBc");
    check(r#"{"age":36}"#, "aBc");
    check(r#"{"username":""}"#, "");
}

#[test]
fn in_lists_match_any_value_and_nothing_when_empty() {
    check(r#"{"email":{"$in":["ada@example.com","Bob@Example.com","x"]}}"#, "aB");
    check(r#"{"email":{"$in":[""]}}"#, "");
    check(r#"{"email":{"$in":[]}}"#, "");
    check(r#"{"email":{"$in":null}}"#, "");
}

#[test]
fn ilike_ignores_case_and_knows_wildcards_and_escapes() {
    check(r#"{"email":{"$ilike":"%EXAMPLE%"}}"#, "aBc");
    check(r#"{"email":{"$ilike":"ada"}}"#, "");
    check(r#"{"email":{"$ilike":"%b%B%"}}"#, "B");
    check(r#"{"username":{"$ilike":"b_b"}}"#, "B");
    check(r#"{"username":{"$ilike":"a_a"}}"#, "a");
    check(r#"{"username":{"$ilike":"a\\_a"}}"#, "");
    check(r#"{"username":{"$ilike":"b\\_b"}}"#, "B");
    check(r#"{"email":{"$ilike":"%\\%@%"}}"#, "c");
    check(r#"{"username":{"$ilike":"%"}}"#, "aB");
}

#[test]
fn ilike_finds_a_text_without_wildcards_anywhere_and_only_as_the_whole_pattern_allows() {
    check(r#"{"email":{"$ilike":"%BOB@example%"}}"#, "B");
    check(r#"{"email":{"$ilike":"bob@example%"}}"#, "B");
    check(r#"{"email":{"$ilike":"ob@example%"}}"#, "");
    check(r#"{"email":{"$ilike":"%@example.com"}}"#, "aBc");
    check(r#"{"email":{"$ilike":"%@example"}}"#, "");
    check(r#"{"email":{"$ilike":"%example%ada%"}}"#, "");
    check(r#"{"email":{"$ilike":"%a_a@example%"}}"#, "a");
    check(r#"{"email":{"$ilike":""}}"#, "");
}

#[test]
fn or_can_be_missing_in_several_ways() {
    let either = r#"{"$or":[{"username":"ada"},{"username":"b_b"}]}"#;
    let with = |filter_or| found(either, &Settings { filter_or, ..Settings::default() });
    assert_eq!(with(FilterOr::Supported).as_deref(), Ok("aB"));
    assert_eq!(with(FilterOr::BadRequest), Err(400));
    assert_eq!(with(FilterOr::Ignore).as_deref(), Ok("aBc"));
    assert_eq!(with(FilterOr::MatchNone).as_deref(), Ok(""));
    assert_eq!(with(FilterOr::First).as_deref(), Ok("a"));
    let patterns = r#"{"$or":[{"email":{"$ilike":"%ADA@%"}},{"username":{"$ilike":"b%"}},{"email":{"$ilike":"x%"}},
        {"$and":[{"email":{"$ilike":"%"}},{"username":"nobody"}]}]}"#;
    let with = |filter_or| found(patterns, &Settings { filter_or, ..Settings::default() });
    assert_eq!(with(FilterOr::Supported).as_deref(), Ok("aB"));
    assert_eq!(with(FilterOr::First).as_deref(), Ok("a"));
}

#[test]
fn an_underscore_can_be_literal() {
    let settings = Settings { ilike_underscore: IlikeUnderscore::Literal, ..Settings::default() };
    assert_eq!(found(r#"{"username":{"$ilike":"a_a"}}"#, &settings).as_deref(), Ok(""));
    assert_eq!(found(r#"{"username":{"$ilike":"b_b"}}"#, &settings).as_deref(), Ok("B"));
}

#[test]
fn branches_combine() {
    check(r#"{"$and":[{"email":{"$ilike":"%a%"}},{"username":"ada"}]}"#, "a");
    check(r#"{"$or":[{"username":"ada"},{"username":"b_b"}]}"#, "aB");
    check(r#"{"username":"ada","email":"x"}"#, "");
    check("{}", "aBc");
}

#[test]
fn addresses_can_be_compared_without_case() {
    let settings = Settings { filter_case_sensitive: false, ..Settings::default() };
    assert_eq!(found(r#"{"email":"BOB@example.com"}"#, &settings).as_deref(), Ok("B"));
    assert_eq!(found(r#"{"username":"ADA"}"#, &settings).as_deref(), Ok(""));
}

#[test]
fn unknown_fields_are_refused_ignored_or_match_nothing() {
    let with = |filter_unknown_field| {
        found(r#"{"shoe":"42"}"#, &Settings { filter_unknown_field, ..Settings::default() })
    };
    assert_eq!(with(UnknownField::BadRequest), Err(400));
    assert_eq!(with(UnknownField::Ignore).as_deref(), Ok("aBc"));
    assert_eq!(with(UnknownField::MatchNone).as_deref(), Ok(""));
}

#[test]
fn malformed_filters_are_refused() {
    for filter in [
        "",
        "ada",
        "[]",
        r#"{"email":"a"b"}"#,
        r#"{"email":{"$like":"x"}}"#,
        r#"{"email":{}}"#,
        r#"{"email":null}"#,
        r#"{"email":{"$in":"x"}}"#,
        r#"{"email":{"$ilike":1}}"#,
        r#"{"$not":[]}"#,
        r#"{"$and":{}}"#,
    ] {
        assert_eq!(found(filter, &Settings::default()), Err(400), "{filter}");
    }
}
