//! A bundle of certificates to trust. Bundles often grow over years, with comments, byte order marks and occasionally
//! an unreadable entry. Such an entry is skipped and named, as Go programs skip it; the others are used.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::config::ConfigError;

/// Certificates to trust beside the system's.
#[derive(Clone, Debug, Default)]
pub struct CaCertificates {
    readable: Vec<CertificateDer<'static>>,
    unreadable: Vec<UnreadableCertificate>,
}

/// An entry of a bundle that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableCertificate {
    /// Which certificate of the bundle, from 1.
    pub number: usize,
    /// Line where it begins, from 1.
    pub line: usize,
    /// What is wrong with it, as a clause without a final stop.
    pub problem: String,
}

impl CaCertificates {
    /// Reads a bundle in PEM form. Everything between the certificates is skipped: comments, private keys, byte order
    /// marks.
    ///
    /// # Errors
    /// [`ConfigError::CaCertificate`] if no certificate can be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, ConfigError> {
        let mut bundle = Self::default();
        for (index, entry) in entries(&text(pem)).enumerate() {
            match read(&entry.pem) {
                Ok(certificate) => bundle.readable.push(certificate),
                Err(problem) => {
                    let (number, line) = (index + 1, entry.line);
                    bundle.unreadable.push(UnreadableCertificate { number, line, problem });
                }
            }
        }
        if !bundle.readable.is_empty() {
            return Ok(bundle);
        }
        Err(ConfigError::CaCertificate(match bundle.unreadable.first() {
            Some(first) => format!(
                "none of the certificates in it can be read (at line {}: {})",
                first.line, first.problem
            ),
            None => "it has no line `-----BEGIN CERTIFICATE-----`".to_owned(),
        }))
    }

    /// What was skipped, in the order of the bundle.
    pub fn unreadable(&self) -> &[UnreadableCertificate] {
        &self.unreadable
    }

    pub(crate) fn readable(&self) -> &[CertificateDer<'static>] {
        &self.readable
    }
}

/// The bundle as text. Windows may write a byte order mark or UTF-16; in files that were put together, marks also stand in
/// the middle.
fn text(bytes: &[u8]) -> String {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let (pairs, _) = bytes.as_chunks::<2>();
        String::from_utf16_lossy(&pairs.iter().map(|pair| unit(*pair)).collect::<Vec<_>>())
    };
    let text = match bytes {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    text.replace('\u{feff}', "")
}

/// One entry, not decoded yet.
struct Entry {
    line: usize,
    pem: String,
}

/// Every entry from its first to its last line; one without a last line ends before the next entry.
fn entries(text: &str) -> impl Iterator<Item = Entry> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let mut entries: Vec<Entry> = Vec::new();
    let mut within = false;
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line == BEGIN {
            within = true;
            entries.push(Entry { line: index + 1, pem: String::new() });
        }
        if let Some(entry) = entries.last_mut().filter(|_| within) {
            entry.pem.push_str(line);
            entry.pem.push('\n');
        }
        within = within && line != END;
    }
    entries.into_iter()
}

fn read(pem: &str) -> Result<CertificateDer<'static>, String> {
    use rustls::pki_types::pem::Error::{Base64Decode, MissingSectionEnd};
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| match error {
        MissingSectionEnd { .. } => "it has no end line".to_owned(),
        Base64Decode(_) => "its content is not base64".to_owned(),
        error => error.to_string(),
    })?;
    // The store of trusted certificates accepts all of them or none, so each is tried alone.
    match RootCertStore::empty().add(certificate.clone()) {
        Ok(()) => Ok(certificate),
        Err(rustls::Error::InvalidCertificate(error)) => {
            Err(format!("it is not a usable certificate ({error:?})"))
        }
        Err(error) => Err(format!("it is not a usable certificate ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    fn certificate() -> String {
        let key = rcgen::KeyPair::generate().expect("a key");
        let params = rcgen::CertificateParams::new(vec!["localhost".into()]).expect("parameters");
        let der = params.self_signed(&key).expect("a certificate").der().to_vec();
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN CERTIFICATE-----\n{}\n{}\n-----END CERTIFICATE-----\n", &text[..64], &text[64..])
    }

    const NOT_BASE64: &str = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    const NO_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";

    fn count(pem: &[u8]) -> usize {
        let bundle = CaCertificates::from_pem(pem).expect("readable");
        assert_eq!(bundle.unreadable(), &[]);
        bundle.readable().len()
    }

    #[test]
    fn byte_order_marks_line_ends_and_everything_between_are_passed_over() {
        let (one, two) = (certificate(), certificate());
        assert_eq!(count(one.as_bytes()), 1);
        assert_eq!(count(format!("\u{feff}{one}").as_bytes()), 1);
        assert_eq!(count(format!("\u{feff}{one}\u{feff}{two}").as_bytes()), 2);
        assert_eq!(
            count(format!("# first\n{one}\n\nsecond:\r\n{}", two.replace('\n', "\r\n")).as_bytes()),
            2
        );
        assert_eq!(count(one.replace('\n', "\n    ").as_bytes()), 1, "indented");
        assert_eq!(count(one.trim_end().as_bytes()), 1, "without a last line break");
        let key = "-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----\n";
        assert_eq!(count(format!("{key}{one}").as_bytes()), 1);
        for (mark, unit) in [
            (0xfeff_u16.to_le_bytes(), u16::to_le_bytes as fn(u16) -> [u8; 2]),
            (0xfeff_u16.to_be_bytes(), u16::to_be_bytes),
        ] {
            let utf16: Vec<u8> = mark.into_iter().chain(one.encode_utf16().flat_map(unit)).collect();
            assert_eq!(count(&utf16), 1);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_counts() {
        let open = "-----BEGIN CERTIFICATE-----\naGVs\n";
        let text = format!("{NOT_BASE64}{open}{}# comment\n{NO_CERTIFICATE}", certificate());
        let bundle = CaCertificates::from_pem(text.as_bytes()).expect("one is good");
        assert_eq!(bundle.readable().len(), 1);
        let skipped = bundle.unreadable();
        let places: Vec<_> = skipped.iter().map(|skipped| (skipped.number, skipped.line)).collect();
        let last = text.lines().count() - 2;
        assert_eq!(places, [(1, 1), (2, 4), (4, last)]);
        let problems: Vec<_> = skipped.iter().map(|skipped| skipped.problem.as_str()).collect();
        assert_eq!(problems[..2], ["its content is not base64", "it has no end line"]);
        assert!(problems[2].starts_with("it is not a usable certificate ("), "{problems:?}");
    }

    #[test]
    fn a_bundle_without_any_readable_certificate_is_refused() {
        let refused = |pem: &[u8]| CaCertificates::from_pem(pem).expect_err("refused").to_string();
        for pem in ["", "\u{feff}", "hello", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"] {
            assert!(refused(pem.as_bytes()).contains("no line `-----BEGIN CERTIFICATE-----`"), "{pem}");
        }
        assert!(refused(&[0x30, 0x82, 0xff, 0x00]).contains("no line"), "the binary form");
        assert!(refused(NOT_BASE64.as_bytes()).contains("at line 1: its content is not base64"));
    }
}
