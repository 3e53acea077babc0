use proptest::prelude::*;

use super::*;

fn slug(alias: &str) -> String {
    Slug::of(&Alias(alias.to_owned())).map_or_else(|error| error.to_string(), |slug| slug.0)
}

#[test]
fn aliases_become_names() {
    for (alias, name) in [
        ("Data Stewards", "data_stewards"),
        ("R&D-Team", "r_d_team"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("Équipe  données", "equipe_donnees"),
        ("Ελλάδα", "ellada"),
        ("  (x)  ", "x"),
        ("a__b", "a_b"),
    ] {
        assert_eq!(slug(alias), name, "{alias}");
    }
    assert_eq!(
        slug("—!"),
        "no internal name can be derived from \"—!\", because it has no letter or digit; set `name`"
    );
}

#[test]
fn refusals_say_what_to_write_instead() {
    assert_eq!(
        Slug::parse("Data Team"),
        Err("It must be one or more lower-case ASCII letters, digits and `_`. For a group that already exists, leave \
             `name` out, and the group keeps its name. For a new group, \"data_team\" is a valid name."
            .to_owned())
    );
    assert_eq!(
        Alias::parse(" x "),
        Err("It must not begin or end with white space. Did you mean \"x\"?".to_owned())
    );
    for bad in ["ada", "ada@", "@example.com", "ada@example", "a b@example.com", "Ada <ada@example.com>", ""]
    {
        let problem = Email::parse(bad).expect_err(bad);
        assert!(problem.contains("is not an email address such as \"ada@example.com\""), "{problem}");
    }
}

#[test]
fn values_from_atlan_are_accepted_as_they_are() {
    assert_eq!(Slug::stored("psdk-admin-x").map(|slug| slug.0), Ok("psdk-admin-x".to_owned()));
    assert_eq!(Alias::stored(" odd ").map(|alias| alias.0), Ok(" odd ".to_owned()));
}

#[test]
fn roles_have_two_spellings_and_one_meaning() {
    let read = |text| Role::parse(text).expect(text);
    assert!(read("admin").same(&read("$admin")));
    assert!(!read("guest").same(&read("$member")));
    let problem = Role::parse("owner").expect_err("unknown");
    assert!(["$admin", "$member", "$guest"].iter().all(|role| problem.contains(role)), "{problem}");
}

#[test]
fn a_plus_counts_in_the_local_part_only() {
    assert!(Email("a+b@example.com".to_owned()).has_plus());
    assert!(!Email("ab@exa+mple.com".to_owned()).has_plus());
}

proptest! {
    #[test]
    fn a_slug_keeps_the_rule_for_names(alias in ".*") {
        if let Ok(slug) = Slug::of(&Alias(alias)) {
            prop_assert!(Slug::parse(&slug.0).is_ok(), "{:?}", slug);
            prop_assert!(!slug.0.starts_with('_') && !slug.0.ends_with('_') && !slug.0.contains("__"));
            prop_assert_eq!(Slug::of(&Alias(slug.0.clone())), Ok(slug), "a slug is its own slug");
        }
    }

    #[test]
    fn for_plain_aliases_a_slug_is_what_the_sdks_derive(alias in "[A-Za-z0-9]{1,8}( [A-Za-z0-9]{1,8}){0,3}") {
        prop_assert_eq!(slug(&alias), alias.to_lowercase().replace(' ', "_"));
    }

    #[test]
    fn addresses_in_other_case_or_with_space_around_mean_the_same(local in "[a-zA-Z0-9.]{1,12}", domain in "[a-zA-Z]{1,8}") {
        let address = format!("{local}@{domain}.com");
        let plain = Email(address.clone());
        let (spelled, other) = (format!(" {} ", address.to_uppercase()), format!("x{address}"));
        prop_assert!(plain.same(&Email(spelled)));
        prop_assert!(!plain.same(&Email(other)));
    }
}
