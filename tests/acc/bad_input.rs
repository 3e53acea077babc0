//! Wrong configurations: an error before anything is sent, on the attribute, that names the rule.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{Output, Terraform, Workspace, each_terraform, start};

each_terraform![
    validation_needs_neither_tenant_nor_credentials,
    every_wrong_resource_argument_is_named_by_validate,
    every_wrong_provider_argument_is_named_by_validate,
    missing_and_contradictory_settings_are_named_in_the_plan,
];

/// An error in the output of a `-json` command.
#[derive(Debug)]
struct Blame {
    /// The line that it points to.
    code: String,
    text: String,
}

/// A configuration in which the block of each case begins at its own multiple of a hundred lines, so that an error's line tells
/// the case.
fn blocks(blocks: impl Iterator<Item = String>) -> String {
    blocks.enumerate().fold(String::new(), |hcl, (n, block)| {
        let padding = (n + 1) * 100 - hcl.matches('\n').count() - 1;
        hcl + &"\n".repeat(padding) + &block
    })
}

/// The errors of a `-json` command, by case.
fn errors(output: &Output) -> BTreeMap<u64, Vec<Blame>> {
    let mut found: BTreeMap<u64, Vec<Blame>> = BTreeMap::new();
    let diagnostics: Vec<Value> = match serde_json::from_str::<Value>(&output.stdout) {
        Ok(document) => document["diagnostics"].as_array().cloned().unwrap_or_default(), // of `validate`
        Err(_) => {
            let lines = output.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            lines.filter_map(|line| line.get("diagnostic").cloned()).collect()
        }
    };
    for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic["severity"] == "error") {
        let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
        let line = diagnostic["range"]["start"]["line"].as_u64().unwrap_or_default();
        let text = Blame {
            code: text(&diagnostic["snippet"]["code"]),
            text: format!("{}: {}", text(&diagnostic["summary"]), text(&diagnostic["detail"])),
        };
        found.entry((line / 100).wrapping_sub(1)).or_default().push(text);
    }
    found
}

/// Asserts that a case got one error, on a line that starts with `blamed`, with all these words.
#[track_caller]
fn assert_blamed(errors: &BTreeMap<u64, Vec<Blame>>, case: usize, what: &str, blamed: &str, words: &[&str]) {
    let of_case = errors.get(&(case as u64)).map(Vec::as_slice).unwrap_or_default();
    let [Blame { code, text }] = of_case else { panic!("not one error for {what:?}: {of_case:#?}") };
    assert!(code.starts_with(blamed), "{what:?}: {code:?} is blamed: {text}");
    for word in words {
        assert!(text.contains(word), "{what:?}: nothing of {word:?} in {text:?}");
    }
}

fn validation_needs_neither_tenant_nor_credentials(terraform: &Terraform) {
    let ws = Workspace::bare(terraform);
    ws.write(
        r#"
        resource "atlan_group" "a" {
          alias    = "A"
          timeouts = { create = "1m30s" }
        }
        resource "atlan_user_invite" "a" {
          email      = "ada@example.com"
          role       = "member"
          on_destroy = "downgrade"
        }"#,
    );
    ws.validate().ok().says(&["The configuration is valid"]);

    ws.write(r#"resource "atlan_group" "a" { alias = " " }"#);
    ws.validate().fails().says(&[
        r#"on main.tf line 1, in resource "atlan_group" "a""#,
        r#"1: resource "atlan_group" "a" { alias = " " }"#,
        "must not be blank",
    ]);
}

/// For arguments within arguments: which line Terraform shows then depends on its version.
const WHEREVER: &str = "";

/// Type, arguments, the argument to be blamed, and words of the error.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

const RESOURCES: [Case; 25] = [
    ("group", r#"alias = """#, "alias", &["must not be blank"]),
    (
        "group",
        r#"alias = " A""#,
        "alias",
        &["must not begin or end with white space", r#"Did you mean "A"?"#],
    ),
    ("group", r#"alias = "A\tB""#, "alias", &["control characters"]),
    (
        "group",
        "alias = \"A\"\nname = \"Data Team\"",
        "name",
        &["lower-case ASCII letters, digits and `_`", "data_team"],
    ),
    ("group", "alias = \"A\"\nname = \"data-team\"", "name", &["lower-case ASCII letters", "data_team"]),
    ("group", "alias = \"A\"\nname = \"\"", "name", &["one or more"]),
    ("group", "alias = \"A\"\non_existing = \"take\"", "on_existing", &["\"error\"", "\"adopt\""]),
    ("group", "alias = \"A\"\nis_default = \"perhaps\"", "is_default", &["bool"]),
    (
        "group",
        "alias = \"A\"\ntimeouts = { create = \"5 minutes\" }",
        WHEREVER,
        &["timeouts.create", "duration", "5m"],
    ),
    ("group", "alias = \"A\"\ntimeouts = { read = \"-5m\" }", WHEREVER, &["timeouts.read"]),
    ("group", "alias = \"A\"\nid = \"x\"", "id", &["id"]),
    ("user_invite", "email = \"ada\"\nrole = \"guest\"", "email", &["\"ada\" is not an email address"]),
    ("user_invite", "email = \"ada@localhost\"\nrole = \"guest\"", "email", &["is not an email address"]),
    ("user_invite", "email = \"a b@example.com\"\nrole = \"guest\"", "email", &["is not an email address"]),
    (
        "user_invite",
        "email = \"Ada <ada@example.com>\"\nrole = \"guest\"",
        "email",
        &["is not an email address"],
    ),
    ("user_invite", "email = \"\"\nrole = \"guest\"", "email", &["is not an email address"]),
    (
        "user_invite",
        "email = \"a@b.org\"\nrole = \"owner\"",
        "role",
        &["\"$admin\"", "\"$member\"", "\"$guest\""],
    ),
    (
        "user_invite",
        "email = \"a@b.org\"\nrole = \"Admin\"",
        "role",
        &["\"$admin\"", "\"$member\"", "\"$guest\""],
    ),
    ("user_invite", "email = \"a@b.org\"\nrole = \"\"", "role", &["\"$admin\"", "\"$member\"", "\"$guest\""]),
    ("user_invite", "email = \"a@b.org\"\nrole = null", "role", &["role", "required"]),
    (
        "user_invite",
        "email = \"a@b.org\"\nrole = \"guest\"\non_existing = \"\"",
        "on_existing",
        &["\"error\"", "\"adopt\""],
    ),
    (
        "user_invite",
        "email = \"a@b.org\"\nrole = \"guest\"\non_destroy = \"delete\"",
        "on_destroy",
        &["\"revoke\"", "\"disable\"", "\"downgrade\"", "\"forget\""],
    ),
    (
        "user_invite",
        "email = \"a@b.org\"\nrole = \"guest\"\ntimeouts = { delete = \"1x\" }",
        WHEREVER,
        &["duration"],
    ),
    ("user_invite", "email = \"a@b.org\"\nrole = \"guest\"\nstatus = \"active\"", "status", &["status"]),
    ("user_invite", "email = \"a@b.org\"\nrole = \"guest\"\nname = \"Ada\"", "name", &["name"]),
];

fn every_wrong_resource_argument_is_named_by_validate(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let block = |(n, (kind, arguments, ..)): (usize, &Case)| {
        format!("resource \"atlan_{kind}\" \"case_{n}\" {{\n{arguments}\n}}\n")
    };
    ws.write(&blocks(RESOURCES.iter().enumerate().map(block)));
    let errors = errors(&ws.terraform(&["validate", "-json"]).fails());
    for (n, (_, arguments, blamed, words)) in RESOURCES.iter().enumerate() {
        assert_blamed(&errors, n, arguments, blamed, words);
    }
    assert!(sim.journal().is_empty(), "{}", sim.journal());
}

/// Arguments of a provider block, the one to be blamed, and words of the error.
type ProviderCase = (&'static str, &'static str, &'static [&'static str]);

const PROVIDERS: [ProviderCase; 16] = [
    (r#"base_url = "example.atlan.com""#, "base_url", &["absolute", "https://example.atlan.com"]),
    (r#"base_url = "http://example.atlan.com""#, "base_url", &["must use https", "loopback"]),
    (r#"base_url = "https://me:pw@example.atlan.com""#, "base_url", &["user name or password"]),
    (r#"base_url = "https://example.atlan.com/?a=b""#, "base_url", &["must not have a query"]),
    (r#"base_url = """#, "base_url", &["absolute"]),
    (r#"api_key = "two words""#, "api_key", &["visible ASCII characters", "that copying often adds"]),
    (r#"api_key = "line\n""#, "api_key", &["visible ASCII characters"]),
    (
        "api_key = \"k\"\noauth_client_id = \"c\"",
        "api_key",
        &["not both", "ATLAN_API_KEY", "ATLAN_OAUTH_CLIENT_ID"],
    ),
    (r#"request_timeout = "30""#, "request_timeout", &["duration"]),
    (r#"request_timeout = "0s""#, "request_timeout", &["longer than zero"]),
    ("max_retries = -1", "max_retries", &["0"]),
    ("max_retries = 1.5", "max_retries", &["whole number"]),
    (r#"retry_max_wait = "soon""#, "retry_max_wait", &["duration"]),
    ("max_concurrent_requests = 0", "max_concurrent_requests", &["1"]),
    ("requests_per_second = -1", "requests_per_second", &["0"]),
    (r#"read_mode = "all""#, "read_mode", &["\"auto\"", "\"snapshot\"", "\"single\""]),
];

fn every_wrong_provider_argument_is_named_by_validate(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let output = with_providers(&ws, &PROVIDERS.map(|(arguments, ..)| arguments), &["validate", "-json"]);
    let errors = errors(&output);
    for (n, (arguments, attribute, words)) in PROVIDERS.iter().enumerate() {
        assert_blamed(&errors, n, arguments, attribute, words);
    }
    assert!(sim.journal().is_empty(), "{}", sim.journal());
}

fn missing_and_contradictory_settings_are_named_in_the_plan(terraform: &Terraform) {
    let ws = Workspace::bare(terraform);
    let url = "base_url = \"http://127.0.0.1:1\"";
    let cases: [(String, &str, &[&str]); 5] = [
        ("api_key = \"k\"".to_owned(), "provider", &["base_url", "ATLAN_BASE_URL"]),
        (
            url.to_owned(),
            "provider",
            &["api_key", "ATLAN_API_KEY", "oauth_client_id", "ATLAN_OAUTH_CLIENT_ID"],
        ),
        (
            format!("{url}\noauth_client_id = \"c\""),
            "provider",
            &["oauth_client_secret", "ATLAN_OAUTH_CLIENT_SECRET"],
        ),
        (
            format!("{url}\noauth_client_secret = \"s\""),
            "provider",
            &["oauth_client_id", "ATLAN_OAUTH_CLIENT_ID"],
        ),
        (
            format!("{url}\napi_key = \"k\"\nca_certificate_file = \"/no/such/file\""),
            "ca_certificate_file",
            &["/no/such/file", "PEM"],
        ),
    ];
    let arguments: Vec<&str> = cases.iter().map(|(arguments, ..)| arguments.as_str()).collect();
    let output = with_providers(&ws, &arguments, &["plan", "-json", "-input=false"]);
    let errors = errors(&output);
    for (n, (arguments, attribute, words)) in cases.iter().enumerate() {
        assert_blamed(&errors, n, arguments, attribute, words);
    }
}

/// Runs a command that fails, on one provider block and one group for each case.
fn with_providers(ws: &Workspace, cases: &[&str], command: &[&str]) -> Output {
    let block = |(n, arguments): (usize, &&str)| {
        format!(
            "provider \"atlan\" {{\nalias = \"case_{n}\"\n{arguments}\n}}\n\
             resource \"atlan_group\" \"case_{n}\" {{\nprovider = atlan.case_{n}\nalias = \"A{n}\"\n}}\n"
        )
    };
    ws.write(&blocks(cases.iter().enumerate().map(block)));
    ws.terraform(command).fails()
}
