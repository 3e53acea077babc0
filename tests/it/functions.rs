//! Functions: each says the same as the resources do.

use proptest::prelude::*;
use serde_json::{Value, json};
use tfplug::testing::unknown;

use crate::harness::*;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// The one argument of each function.
const PARAMETERS: [(&str, &str); 3] =
    [("group_name", "alias"), ("normalize_email", "email"), ("role_name", "role")];

/// What the function returns, or what it says is wrong with its argument.
async fn call(function: &str, argument: Value) -> Result<String, String> {
    let called = bare_core().function(function).try_call([argument]).await;
    called.map(|text| text.as_str().expect("a string").to_owned()).map_err(|report| {
        let parameter = PARAMETERS.iter().find(|(name, _)| *name == function).expect("a function").1;
        assert_eq!(places(&report), [parameter], "{function}: {report}");
        repeatable(&report.to_string())
    })
}

#[tokio::test]
async fn functions_need_no_settings_and_name_what_is_wrong_with_an_argument() {
    for (function, argument, result) in [
        ("group_name", "Data Stewards", "data_stewards"),
        ("group_name", "Équipe données (EU)", "equipe_donnees_eu"),
        ("normalize_email", " Ada@Example.com", "ada@example.com"),
        ("role_name", "admin", "$admin"),
        ("role_name", "$member", "$member"),
        ("role_name", " GUEST ", "$guest"),
    ] {
        assert_eq!(call(function, json!(argument)).await.as_deref(), Ok(result), "{function}({argument:?})");
    }
    for (function, argument, problem) in [
        ("group_name", "—", "no letter or digit"),
        ("group_name", " Data", "must not begin or end with white space"),
        ("normalize_email", "ada", "is not an email address"),
        ("role_name", "owner", "\"$admin\", \"$member\" or \"$guest\""),
        ("role_name", "", "is not a workspace role"),
    ] {
        let said = call(function, json!(argument)).await.expect_err(function);
        assert!(said.contains(problem), "{function}({argument:?}): {said}");
    }
}

#[tokio::test]
async fn what_is_not_known_yet_stays_unknown_and_null_is_refused() {
    for function in ["group_name", "normalize_email", "role_name"] {
        let called = bare_core().function(function).try_call([unknown()]).await;
        assert_eq!(called.expect("no error"), unknown(), "{function}");
        let said = call(function, Value::Null).await.expect_err(function);
        assert!(said.contains("must not be null"), "{said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn group_name_is_the_name_that_a_group_is_planned_with(alias in "\\PC{1,12}|[a-zA-Z0-9 _é—-]{1,16}") {
        run(async {
            let (_sim, mut group) = managed("atlan_group").await;
            let planned = group.try_plan(json!({ "alias": alias })).await;
            match (call("group_name", json!(alias)).await, planned) {
                (Ok(name), Ok(plan)) => assert_eq!(plan.planned()["name"], name.as_str(), "{alias:?}"),
                (Err(_), Err(_)) => {}
                (function, resource) => panic!("{alias:?}: {function:?} and {resource:?}"),
            }
        });
    }

    #[test]
    fn addresses_are_one_person_exactly_if_they_normalize_to_one_text(
        one in "[aA][dDé]{1,2}@[eE]x\\.(com|COM)| ?[aA]da@ex\\.com ?",
        other in "[aA][dDé]{1,2}@[eE]x\\.(com|COM)| ?[aA]da@ex\\.com ?",
    ) {
        run(async {
            let (Ok(first), Ok(second)) =
                (call("normalize_email", json!(one)).await, call("normalize_email", json!(other)).await)
            else {
                return;
            };
            let (_sim, mut invite) = managed("atlan_user_invite").await;
            invite.apply(json!({ "email": one, "role": "$member" })).await;
            let plan = invite.plan(json!({ "email": other, "role": "$member" })).await;
            assert_eq!(plan.is_empty(), first == second, "{one:?} and {other:?}: {plan:?}");
        });
    }
}
