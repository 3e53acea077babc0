//! What a person reads when the tenant cannot be reached, and what the provider block says about certificates.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tfplug::testing::Core;

use crate::harness::*;
use crate::servers::{Certificate, serve_always, serve_tls};

/// Settings for an address, all others as a user leaves them.
fn at(url: &str, more: Value) -> Core {
    bare_core().config(with(json!({ "base_url": url, "api_key": "key", "requests_per_second": 0 }), more))
}

/// The messages of a create of a group.
async fn said(core: &Core) -> String {
    core.resource("atlan_group").try_apply(json!({ "alias": "A" })).await.failed().to_string()
}

/// A file that is deleted when the test ends.
struct File(PathBuf);

impl File {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("it-{}-{name}", std::process::id()));
        fs::write(&path, content).expect("written");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a path of ASCII")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0); // at worst it stays among the temporary files
    }
}

#[track_caller]
fn has(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_reported_at_once_with_advice() {
    let cases = [
        (Certificate::OfServer, false, ["is not trusted", "ATLAN_CA_CERTIFICATE_FILE"]),
        (
            Certificate::OfAuthority,
            true,
            ["marked as that of an authority", "basicConstraints=critical,CA:FALSE"],
        ),
        (Certificate::OfOther, true, ["for another host name", "subject alternative names"]),
        (Certificate::Expired, true, ["has expired", "clock of this machine"]),
    ];
    for (certificate, named, words) in cases {
        let (server, pem) = serve_tls(certificate).await;
        let file = File::new(&format!("{certificate:?}.pem"), pem.as_bytes());
        let more = if named { json!({ "ca_certificate_file": file.path() }) } else { json!({}) };
        has(&said(&at(&server.url, more)).await, &words);
        assert_eq!(server.connections(), 1, "{certificate:?} is not tried again");
    }
}

#[tokio::test]
async fn a_host_that_is_not_found_is_named_with_advice_after_all_retries() {
    let said = said(&at("https://no-such-tenant.invalid", json!({}))).await;
    has(&said, &["failed 3 times", "the host no-such-tenant.invalid was not found: ", "`base_url`", "DNS"]);
}

#[tokio::test]
async fn a_refused_connection_has_its_advice_also_after_all_retries() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    has(&said(&at(&url, json!({}))).await, &["failed 6 times", "Check `base_url` (ATLAN_BASE_URL)"]);
}

#[tokio::test]
async fn a_redirect_names_its_target_and_blames_base_url() {
    let server = serve_always(
        "HTTP/1.1 302 Found\nLocation: https://login.example.com/auth?x=1\nConnection: close\nContent-Length: 0\n\n",
    )
    .await;
    let said = said(&at(&server.url, json!({}))).await;
    has(
        &said,
        &["was redirected with 302 to https://login.example.com/auth (", "`base_url` (ATLAN_BASE_URL)"],
    );
    assert!(!said.contains("no message"), "{said}");
}

#[tokio::test]
async fn a_404_of_a_list_blames_base_url() {
    let sim = tenant(atlan_sim::KeyKind::ApiToken).await;
    let wrong = format!("{}/wrong/path", sim.base_url());
    let core = at(&wrong, json!({ "api_key": sim.api_key() }));
    let invite = json!({ "email": "ada@example.com", "role": "guest" });
    let invited = core.resource("atlan_user_invite").try_apply(invite).await.failed().to_string();
    for said in [said(&core).await, invited] {
        has(&said, &["/wrong/path/api/service/", "404", "`base_url` (ATLAN_BASE_URL) is probably wrong"]);
        assert!(!said.contains("deleted in Atlan"), "{said}");
    }
    let (id, secret) = sim.oauth_client();
    let settings = json!({ "base_url": wrong, "oauth_client_id": id, "oauth_client_secret": secret });
    let no_token = self::said(&bare_core().config(settings)).await;
    has(&no_token, &["oauth-clients/token", "404", "`base_url` (ATLAN_BASE_URL) is probably wrong"]);
    let imported = core.resource("atlan_group").try_import("a").await.failed().to_string();
    has(&imported, &["`base_url` (ATLAN_BASE_URL) is probably wrong"]);
}

#[tokio::test]
async fn an_empty_key_is_called_blank() {
    for key in ["", " ", "\n"] {
        let said = at("https://example.atlan.com", json!({ "api_key": key })).configure().await.to_string();
        has(&said, &["error at api_key:", "blank"]);
        assert!(!said.contains("space") && !said.contains("copying"), "{said}");
    }
}

#[tokio::test]
async fn a_bundle_with_one_unreadable_entry_is_used_and_the_entry_is_named() {
    let (server, pem) = serve_tls(Certificate::OfServer).await;
    let junk = "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n";
    let file = File::new("one-bad.pem", format!("\u{feff}# ours\n{junk}{pem}").as_bytes());
    let core = at(&server.url, json!({ "ca_certificate_file": file.path() }));
    let warned = core.configure().await.to_string();
    has(&warned, &["warning", file.path(), "certificate 1 (line 2)", "`ca_certificate_file`"]);
    // The certificate after it is trusted: the server answers, though it is no tenant.
    has(&said(&core).await, &["POST /api/service/groups"]);

    let good = File::new("good.pem", format!("\u{feff}{pem}").as_bytes());
    let core = at(&server.url, json!({})).env("ATLAN_CA_CERTIFICATE_FILE", good.path());
    assert_eq!(core.configure().await.to_string(), "");
    has(&said(&core).await, &["POST /api/service/groups"]);
}

#[tokio::test]
async fn a_bundle_that_cannot_be_used_names_file_and_setting() {
    let empty = File::new("empty.pem", b"\xef\xbb\xbf# nothing\n");
    let missing = no_such_file();
    for (path, problem) in [("no-such-file.pem", missing.as_str()), (empty.path(), "BEGIN CERTIFICATE")] {
        let configured = at("https://example.atlan.com", json!({ "ca_certificate_file": path }));
        let said = configured.configure().await.to_string();
        has(
            &said,
            &["error at ca_certificate_file:", path, problem, "`ca_certificate_file` in the provider block"],
        );
        let said = at("https://example.atlan.com", json!({})).env("ATLAN_CA_CERTIFICATE_FILE", path);
        let said = said.configure().await.to_string();
        has(&said, &["error at ca_certificate_file:", path, problem, "ATLAN_CA_CERTIFICATE_FILE"]);
    }
}

#[tokio::test]
async fn a_404_for_a_path_with_an_object_in_it_does_not_blame_the_base_url() {
    let (sim, mut mapping) = managed("atlan_sso_group_mapping").await;
    let group = group_by_other_means(&sim, "stewards", json!({ "alias": ["Stewards"] }));
    for shape in ["html", "empty", "bare"] {
        sim.set(json!({ "error_shape": shape })).expect("a switch");
        let config = json!({ "idp_alias": "okat", "group_id": group, "sso_group": "stewards" });
        let said = mapping.try_apply(config).await.failed().to_string();
        has(&said, &["okat", "404"]);
        assert!(!said.contains("base_url"), "{shape}: {said}");
    }
}
