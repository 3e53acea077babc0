//! The page at `/`, as text. How a browser shows it is tested in `tests/browser.rs`.

use atlan_sim::{Options, Rule};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Api, text};

async fn page(api: &Api) -> String {
    let response = api.http.get(format!("{}/", api.base_url())).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.text().await.unwrap()
}

/// The text of the section with this id, tags replaced by blanks.
async fn section(api: &Api, id: &str) -> String {
    let page = page(api).await;
    let (_, rest) = page.split_once(&format!("<section id=\"{id}\"")).unwrap();
    let (tag_and_body, _) = rest.split_once("</section>").unwrap();
    let (_, body) = tag_and_body.split_once('>').unwrap();
    let pieces = body.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn it_shows_people_with_their_role_status_and_groups() {
    let api = Api::as_admin().await;
    let stewards = api.group("stewards").await;
    let ada = api.member("ada@example.com").await;
    api.post(&format!("users/{ada}/groups"), json!({ "groups": [stewards] })).await;
    api.invited("bob@example.com").await;
    api.invite("eve@example.com", "$guest").await;
    api.expire("eve@example.com").unwrap();
    api.member("off@example.com").await;
    api.disable("off@example.com").unwrap();
    let shown = section(&api, "people").await;
    for row in [
        "off@example.com Off Example $member disabled none",
        "eve@example.com $guest expired none",
        "bob@example.com $member pending none",
        &format!("ada@example.com Ada Example $member active stewards {ada}"),
        "admin@example.com Alex Admin $admin active none",
    ] {
        assert!(shown.contains(row), "{row} is not in {shown}");
    }
    assert!(shown.find("off@") < shown.find("admin@"), "the newest come first: {shown}");
}

#[tokio::test]
async fn it_shows_groups_with_their_members_and_forgets_what_has_ended() {
    let api = Api::as_admin().await;
    let attributes = json!({ "alias": ["Data Stewards"], "description": ["Own the glossary"] });
    let (_, made) =
        api.post("groups", json!({ "group": { "name": "data_stewards", "attributes": attributes } })).await;
    let (group, ada) = (text(&made["group"]), api.member("ada@example.com").await);
    api.post(&format!("users/{ada}/groups"), json!({ "groups": [group] })).await;
    let shown = section(&api, "groups").await;
    assert!(
        shown.contains(&format!("Data Stewards Own the glossary data_stewards ada@example.com {group}")),
        "{shown}"
    );
    assert!(page(&api).await.contains("<strong>1</strong> memberships"));

    api.post(&format!("groups/{group}/members/remove"), json!({ "users": [ada] })).await;
    let shown = section(&api, "groups").await;
    assert!(shown.contains(&format!("data_stewards none {group}")), "{shown}");
    assert!(page(&api).await.contains("<strong>0</strong> memberships"));
    api.post_nothing(&format!("groups/{group}/delete")).await;
    assert_eq!(section(&api, "groups").await, "Groups No groups yet.");
}

#[tokio::test]
async fn it_shows_requests_mails_mappings_and_the_names_of_credentials() {
    let api = Api::as_admin().await;
    api.invited("ada@example.com").await;
    let config = json!({ "group": "stewards", "attribute.value": "sso-stewards" });
    let mapper =
        json!({ "name": "stewards--1", "identityProviderMapper": "saml-group-idp-mapper", "config": config });
    api.post("idp/okta/mappers", mapper).await;
    api.post("apikeys", json!({ "displayName": "nightly" })).await;
    api.get("nothing").await;
    api.fault(Rule::on("GET", "/api/service/roles").drop(atlan_sim::Moment::Before)).unwrap();
    assert!(api.request(Method::GET, "roles").send().await.is_err());

    let mails = section(&api, "mails").await;
    assert!(mails.ends_with("ada@example.com invitation"), "{mails}");
    let mappings = section(&api, "mappings").await;
    assert!(mappings.ends_with("okta stewards--1 sso-stewards stewards"), "{mappings}");
    let credentials = section(&api, "credentials").await;
    assert!(credentials.contains("API token nightly admin"), "{credentials}");
    let requests = section(&api, "requests").await;
    let order = [
        "GET /api/service/roles connection closed",
        "GET /api/service/nothing 404",
        "POST /api/service/users 200",
    ];
    let places: Vec<usize> = order.iter().map(|row| requests.find(row).expect(&requests)).collect();
    assert!(places.is_sorted(), "the newest come first: {requests}");
}

#[tokio::test]
async fn no_secret_is_on_it() {
    let api = Api::as_admin().await;
    let (_, token) = api.post("apikeys", json!({ "displayName": "n" })).await;
    let (_, client) = api.post("oauth-clients", json!({ "displayName": "c", "role": "$guest" })).await;
    let (built_in_id, built_in_secret) = api.oauth_client();
    let form = json!({ "clientId": built_in_id, "clientSecret": built_in_secret, "grantType": "client_credentials" });
    let (_, session) = api.post("oauth-clients/token", form).await;
    let page = page(&api).await;
    let secrets = [
        text(&token["attributes"]["accessToken"]),
        text(&client["clientSecret"]),
        built_in_secret,
        text(&session["accessToken"]),
        api.api_key(),
    ];
    for secret in secrets {
        assert!(secret.len() > 8 && !page.contains(&secret), "{secret}");
    }
}

/// Puts a text into every place of the page that takes one from a request.
async fn tenant_with(hostile: &str) -> Api {
    let api = Api::as_admin().await;
    api.set(json!({ "group_name_charset": "lenient" })).unwrap();
    let attributes = json!({ "alias": [hostile], "description": [hostile] });
    let (status, group) =
        api.post("groups", json!({ "group": { "name": "g", "attributes": attributes } })).await;
    assert_eq!(status, 200, "{group}");
    let ada = api.member("ada@example.com").await;
    api.post(&format!("users/{ada}/groups"), json!({ "groups": [text(&group["group"])] })).await;
    assert_eq!(
        api.post(&format!("users/{ada}"), json!({ "firstName": hostile, "lastName": hostile })).await.0,
        200
    );
    let config = json!({ "group": hostile, "attribute.value": hostile });
    let mapper =
        json!({ "name": hostile, "identityProviderMapper": "saml-group-idp-mapper", "config": config });
    assert_eq!(api.post("idp/okta/mappers", mapper).await.0, 200);
    assert_eq!(api.post("apikeys", json!({ "displayName": hostile })).await.0, 200);
    assert_eq!(api.post("oauth-clients", json!({ "displayName": hostile, "role": "$guest" })).await.0, 200);
    api
}

#[tokio::test]
async fn markup_in_a_text_is_shown_as_text() {
    let marks = |page: &str| ["<", ">", "\""].map(|mark| page.matches(mark).count());
    let harmless = page(&tenant_with("harmless").await).await;
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</td></table></section><h1>",
        "</style><style>*{display:none}",
        "<!-- ",
        "<meta http-equiv=refresh content=0;url=//example.com>",
    ] {
        let shown = page(&tenant_with(hostile).await).await;
        assert_eq!(marks(&shown), marks(&harmless), "{hostile} adds tags or ends attributes");
        let escaped =
            hostile.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        let (there, wanted) = (shown.matches(&escaped).count(), harmless.matches("harmless").count());
        assert_eq!(there, wanted, "{hostile} is missing somewhere");
        assert_eq!(wanted, 10, "alias twice, description, both names, three of the mapping, token, client");
    }
    let ambiguous = page(&tenant_with("a&lt;b").await).await;
    assert!(ambiguous.contains("a&amp;lt;b") && !ambiguous.contains(">a&lt;b<"));
}

#[tokio::test]
async fn a_path_with_quotes_is_shown_as_text() {
    let api = Api::start().await;
    let address = api.base_url().trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(&address).await.unwrap();
    // By hand, because clients encode a quote. The server refuses angle brackets with 400 before anything sees them.
    let request = format!("GET /\"&x HTTP/1.0\r\nHost: {address}\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains(" 404 "), "{answer}");
    assert!(page(&api).await.contains(">/&quot;&amp;x<"));
}

#[tokio::test]
async fn it_is_no_part_of_the_api() {
    let api = Api::with(Options { latency: std::time::Duration::from_secs(60), ..Options::default() }).await;
    api.fault(Rule::on("*", "*").status(500)).unwrap();
    let url = format!("{}/", api.base_url());
    let head = api.http.head(&url).send().await.unwrap();
    assert_eq!(head.status(), 200, "neither latency nor faults touch it");
    for (name, value) in [("content-type", "text/html"), ("cache-control", "no-store")] {
        assert_eq!(head.headers()[name], value);
    }
    let policy = head.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let page = page(&api).await;
    assert!(page.contains("<meta http-equiv=\"refresh\"") && !page.contains("<script"));
    assert!(
        page.contains("<link rel=\"icon\" href=\"data:,\">"),
        "otherwise a browser asks for /favicon.ico"
    );
    assert!(api.journal().is_empty(), "the page is not in the journal");
}

#[tokio::test]
async fn other_methods_and_paths_are_the_api_s_as_before() {
    let api = Api::start().await;
    for (method, path) in
        [(Method::POST, "/"), (Method::GET, "//"), (Method::GET, "/index.html"), (Method::GET, "/api")]
    {
        let url = format!("{}{path}", api.base_url());
        let answer = api.http.request(method.clone(), url).bearer_auth(&api.bearer).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (404, &"application/json".parse().unwrap())
        );
        assert_eq!(api.journal().count(method.as_str(), path), 1, "{path} is in the journal");
    }
}

#[tokio::test]
async fn of_a_large_tenant_it_shows_the_newest_people() {
    let api = Api::with(Options { users: 3000, groups: 2, ..Options::default() }).await;
    let page = page(&api).await;
    assert!(page.contains("The newest 100 of 3001."), "the admin counts, too");
    assert!(page.contains(".2999@example.com") && !page.contains(".2800@example.com"));
    assert!(page.contains("and 1488 more"), "of the 1,500 members of a group, twelve are named");
    assert!(page.len() < 200_000, "{}", page.len());
}
