//! A tenant behind a certificate that the system does not trust.

use std::time::Duration;

use atlan::{CaCertificates, CertificateProblem, Client, Config, Credentials, Error, NotSentReason, Secret};

use crate::servers::{Certificate, serve_tls};
use crate::support::story;

fn client(url: &str, pem: Option<&str>) -> Client {
    let url = atlan::parse_base_url(url).expect("a URL");
    let mut config = Config::new(url, Credentials::ApiKey(Secret::new("key")));
    if let Some(pem) = pem {
        config.ca_certificates = CaCertificates::from_pem(pem.as_bytes()).expect("readable");
    }
    config.timing.backoff = Duration::from_millis(1);
    Client::new(config).expect("good settings")
}

/// What a call fails with that must not be repeated.
async fn problem(url: &str, pem: Option<&str>) -> CertificateProblem {
    let error = client(url, pem).groups().await.expect_err("a stranger");
    let Error::NotSent { reason: NotSentReason::Certificate(problem), .. } = error else {
        panic!("{}", story(&error))
    };
    assert!(story(&error).contains("the certificate of the server"), "{}", story(&error));
    assert!(!error.is_retryable());
    problem
}

#[tokio::test]
async fn a_certificate_signed_by_itself_is_trusted_when_named() {
    let (server, pem) = serve_tls(Certificate::OfServer).await;
    assert_eq!(client(&server.url, Some(&pem)).groups().await.expect("trusted"), vec![]);
}

#[tokio::test]
async fn one_unreadable_entry_does_not_make_the_bundle_unusable() {
    let (server, pem) = serve_tls(Certificate::OfServer).await;
    let junk = "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n";
    let bundle = format!("\u{feff}{junk}{pem}");
    assert_eq!(client(&server.url, Some(&bundle)).groups().await.expect("trusted"), vec![]);
}

#[tokio::test]
async fn a_certificate_that_is_not_accepted_is_recognised_and_not_retried() {
    let cases = [
        (Certificate::OfServer, false, CertificateProblem::UnknownIssuer),
        (Certificate::OfAuthority, true, CertificateProblem::IsAuthority),
        (Certificate::OfOther, true, CertificateProblem::OtherName),
        (Certificate::Expired, true, CertificateProblem::OutOfDate),
    ];
    for (certificate, named, expected) in cases {
        let (server, pem) = serve_tls(certificate).await;
        assert_eq!(problem(&server.url, named.then_some(pem.as_str())).await, expected, "{certificate:?}");
        assert_eq!(server.connections(), 1, "{certificate:?}");
    }
}
