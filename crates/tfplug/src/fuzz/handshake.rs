//! Targets: what a client says of itself when it starts the process, through variables.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{short, targets};
use crate::serve::{client_certificate, started_with};

targets! {
    variables_of_the_handshake: [
        &b"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2\n\
           PLUGIN_PROTOCOL_VERSIONS=5,6\nPLUGIN_MULTIPLEX_GRPC=true"[..],
        b"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2\n\
          PLUGIN_UNIX_SOCKET_DIR=/tmp\nPLUGIN_CLIENT_CERT=x\nPLUGIN_PROTOCOL_VERSIONS= 6 ,",
    ].map(Vec::from) => variables,
    the_certificate_of_a_client: [pem().into_bytes(), b"-----BEGIN CERTIFICATE-----\n".to_vec()] => certificate,
}

/// A certificate as Terraform would send it.
fn pem() -> String {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let text = STANDARD.encode(made.cert.der());
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

pub(super) fn variables(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let variable = |name: &str| {
        let lines = text.lines().filter_map(|line| line.split_once('='));
        lines.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next_back()
    };
    let Some((ours, line)) = started_with(variable) else { return };
    // One line whatever was said, or the client waits for the rest.
    assert_eq!(line.find('\n'), Some(line.len() - 1), "{line:?}");
    let listed = variable("PLUGIN_PROTOCOL_VERSIONS").filter(|list| !list.is_empty());
    assert!(!ours || listed.is_none_or(|list| list.contains('6')));
}

/// What is no certificate is refused: to serve without the check instead is not an option.
pub(super) fn certificate(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match client_certificate(&text) {
        Ok(()) => assert!(text.contains("-----BEGIN CERTIFICATE-----"), "a certificate out of {text:?}"),
        Err(error) => short(&error),
    }
}
