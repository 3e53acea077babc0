//! The life of a group and a person in the exact requests that Atlan's SDKs for Go and Java send: headers, query, body.
//! Kotlin uses the SDK for Java. The SDK for Python runs itself (`cargo xtask compat --sdks`).

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Api, answer, text};

/// The headers of an SDK, besides the credential and `Accept`.
type Headers = &'static [(&'static str, &'static str)];

const GO_HEADERS: Headers = &[
    ("content-type", "application/json"), // on GET, too
    ("user-agent", "Atlan-GOSDK/0.1.0"),
    ("x-atlan-agent", "sdk"),
    ("x-atlan-agent-id", "go"),
    ("x-atlan-client-origin", "product_sdk"),
];

const JAVA_HEADERS: Headers = &[
    ("accept-charset", "UTF-8"),
    ("content-type", "application/json"),
    ("user-agent", "atlan-java/6.3.0 (Linux; amd64; rv:17.0.15) OpenJDK 64-Bit Server VM/17.0.15"),
    ("x-atlan-agent", "sdk"),
    ("x-atlan-agent-id", "java"),
    ("x-atlan-client-origin", "product_sdk"),
    ("x-atlan-request-id", "7f1c9b1e-6f0a-4a53-9a2e-0d8f9a1d2c3b"),
];

/// What the answer of a step must hold.
enum Then {
    /// Nothing: the SDK ignores it.
    Nothing,
    /// This text, which later steps use by the name.
    Keep(&'static str, &'static str),
    /// This value at a pointer.
    Has(&'static str, &'static str),
    /// No records.
    Empty,
}

use Then::{Empty, Has, Keep, Nothing};

/// What is done, the method, the path with its query, the body, and the answer. `{name}` stands for what was kept.
type Step = (&'static str, &'static str, &'static str, Option<&'static str>, Then);

/// The Go SDK sends neither `count` nor `offset` nor `limit`, whatever its caller gives.
const GO: &[Step] = &[
    (
        "create the group",
        "POST",
        "groups",
        Some(r#"{"group":{"attributes":{"alias":["Data Stewards"]},"name":"data_stewards"}}"#),
        Keep("group", "/group"),
    ),
    (
        "find it by its alias",
        "GET",
        "groups?filter=%7B%22%24and%22%3A%5B%7B%22alias%22%3A%7B%22%24ilike%22%3A%22%25Steward%25%22%7D%7D%5D%7D",
        None,
        Has("/records/0/id", "{group}"),
    ),
    (
        "change it",
        "POST",
        "groups/{group}",
        Some(
            r#"{"attributes":{"alias":["Data Stewards"],"description":["Own the glossary"]},"id":"{group}","path":"/data_stewards"}"#,
        ),
        Nothing,
    ),
    ("see the change", "GET", "groups", None, Has("/records/0/attributes/description/0", "Own the glossary")),
    (
        "the roles, for their ids",
        "GET",
        "roles?filter=%7B%22name%22%3A%7B%22%24ilike%22%3A%22%24%25%22%7D%7D",
        None,
        Nothing,
    ),
    (
        "invite a person",
        "POST",
        "users",
        Some(r#"{"users":[{"email":"ada@example.com","roleName":"$guest","roleId":"{guest}"}]}"#),
        Nothing,
    ),
    (
        "find the person",
        "GET",
        "users?columns=firstName&columns=lastName&columns=username&columns=id&columns=email&columns=emailVerified\
         &columns=enabled&columns=roles&columns=defaultRoles&columns=groupCount&columns=attributes&columns=personas\
         &columns=createdTimestamp&columns=lastLoginTime&columns=loginEvents&columns=isLocked&columns=workspaceRole\
         &filter=%7B%22email%22%3A%7B%22%24in%22%3A%5B%22ada%40example.com%22%5D%7D%7D",
        None,
        Keep("ada", "/records/0/id"),
    ),
    ("change the role", "POST", "users/{ada}/roles/update", Some(r#"{"roleId":"{member}"}"#), Nothing),
    (
        "find the person by the start of the address",
        "GET",
        "users?filter=%7B%22email%22%3A%7B%22%24ilike%22%3A%22%25ada%40example%25%22%7D%7D",
        None,
        Has("/records/0/workspaceRole", "$member"),
    ),
    ("add the person", "POST", "users/{ada}/groups", Some(r#"{"groups":["{group}"]}"#), Nothing),
    ("list the members", "GET", "groups/{group}/members", None, Has("/records/0/id", "{ada}")),
    ("list the person's groups", "GET", "users/{ada}/groups", None, Has("/records/0/id", "{group}")),
    ("remove the person", "POST", "groups/{group}/members/remove", Some(r#"{"users":["{ada}"]}"#), Nothing),
    ("list no members", "GET", "groups/{group}/members", None, Empty),
    ("delete the group", "POST", "groups/{group}/delete", Some("{}"), Nothing),
    ("find no group", "GET", "groups", None, Empty),
];

/// The Java SDK leaves the brackets of a filter as they are, and sends an empty text where there is no body.
const JAVA: &[Step] = &[
    (
        "create the group",
        "POST",
        "groups",
        Some(
            r#"{"group":{"attributes":{"alias":["Data Stewards"],"isDefault":["false"]},"name":"data_stewards"}}"#,
        ),
        Keep("group", "/group"),
    ),
    (
        "find it by its alias",
        "GET",
        "groups?filter=%7B%22%24and%22%3A[%7B%22alias%22%3A%7B%22%24ilike%22%3A%22%25Steward%25%22%7D%7D]%7D\
         &count=true&offset=0&limit=20",
        Some(""),
        Has("/records/0/id", "{group}"),
    ),
    (
        "change it",
        "POST",
        "groups/{group}",
        Some(
            r#"{"attributes":{"description":["Own the glossary"],"isDefault":["false"]},"id":"{group}","path":"/data_stewards"}"#,
        ),
        Nothing,
    ),
    (
        "see the change under the alias, which was not sent",
        "GET",
        "groups?filter=%7B%22alias%22%3A%22Data+Stewards%22%7D&count=true&offset=0&limit=20",
        Some(""),
        Has("/records/0/attributes/description/0", "Own the glossary"),
    ),
    (
        "the roles, for their ids",
        "GET",
        "roles?filter=%7B%22name%22%3A%22%24guest%22%7D",
        Some(""),
        Has("/records/0/id", "{guest}"),
    ),
    (
        "invite a person",
        "POST",
        "users",
        Some(r#"{"users":[{"email":"ada@example.com","roleName":"$guest","roleId":"{guest}"}]}"#),
        Nothing,
    ),
    (
        "find the person",
        "GET",
        "users?maxLoginEvents=1&filter=%7B%22email%22%3A%7B%22%24ilike%22%3A%22%25ada%40example.com%25%22%7D%7D\
         &count=true&offset=0&limit=20&columns=firstName&columns=lastName&columns=username&columns=id&columns=email\
         &columns=emailVerified&columns=enabled&columns=roles&columns=defaultRoles&columns=groupCount\
         &columns=attributes&columns=personas&columns=createdTimestamp&columns=lastLoginTime&columns=loginEvents\
         &columns=isLocked&columns=workspaceRole&columns=assignedRole",
        Some(""),
        Keep("ada", "/records/0/id"),
    ),
    ("change the role", "POST", "users/{ada}/roles/update", Some(r#"{"roleId":"{member}"}"#), Nothing),
    (
        "find the person by the GUID",
        "GET",
        "users?maxLoginEvents=1&filter=%7B%22id%22%3A%22{ada}%22%7D&count=true&offset=0&limit=20",
        Some(""),
        Has("/records/0/workspaceRole", "$member"),
    ),
    ("add the person", "POST", "users/{ada}/groups", Some(r#"{"groups":["{group}"]}"#), Nothing),
    (
        "list the members, with the columns in one value",
        "GET",
        "groups/{group}/members?offset=0&limit=20&sort=username&columns=firstName,lastName,username,id,email",
        Some(""),
        Has("/records/0/id", "{ada}"),
    ),
    (
        "list the person's groups",
        "GET",
        "users/{ada}/groups?offset=0&limit=20&sort=name",
        Some(""),
        Has("/records/0/id", "{group}"),
    ),
    ("remove the person", "POST", "groups/{group}/members/remove", Some(r#"{"users":["{ada}"]}"#), Nothing),
    ("list no members", "GET", "groups/{group}/members", Some(""), Empty),
    ("delete the group", "POST", "groups/{group}/delete", Some(""), Nothing),
    ("find no group", "GET", "groups?count=true&offset=0&limit=20", Some(""), Empty),
];

#[tokio::test]
async fn the_requests_of_the_go_sdk_are_understood() {
    play(GO_HEADERS, GO).await;
}

#[tokio::test]
async fn the_requests_of_the_java_sdk_are_understood() {
    play(JAVA_HEADERS, JAVA).await;
}

/// Sends the steps one after the other, and checks each answer.
async fn play(headers: Headers, steps: &[Step]) {
    let api = Api::start().await;
    let mut kept = vec![
        ("guest".to_owned(), api.role("$guest").await),
        ("member".to_owned(), api.role("$member").await),
    ];
    for (what, method, path, body, then) in steps {
        let path = filled(path, &kept);
        let mut request =
            api.request(method.parse::<Method>().unwrap(), &path).header("accept", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(filled(body, &kept));
        }
        let answer: Answer = answer(request).await;
        assert_eq!(answer.0, 200, "{what}: {}", answer.1);
        let at = |pointer: &str| answer.1.pointer(pointer).cloned().unwrap_or_default();
        match then {
            Nothing => {}
            Keep(name, pointer) => kept.push(((*name).to_owned(), text(&at(pointer)))),
            Has(pointer, expected) => {
                assert_eq!(at(pointer), filled(expected, &kept), "{what}: {}", answer.1)
            }
            Empty => {
                let records = at("/records");
                assert!(records == json!([]) || records == Value::Null, "{what}: {}", answer.1);
            }
        }
    }
    assert!(api.users().iter().any(|user| user.email == "ada@example.com" && user.role == "$member"));
    assert_eq!(api.mails().len(), 1);
}

/// The text with what was kept in place of the names.
fn filled(text: &str, kept: &[(String, String)]) -> String {
    kept.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}
