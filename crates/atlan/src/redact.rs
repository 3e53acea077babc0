//! Removes secrets from text that leaves the process: logged bodies and messages quoted in errors.
//!
//! Two methods are combined, because neither is complete: patterns find secrets that we do not know (such as a token in
//! an answer), and exact values find our own credentials where no pattern matches (such as within a sentence).

use std::sync::{PoisonError, RwLock};

use crate::secret::Secret;

/// Longest text kept, in bytes.
const LONGEST: usize = 4096;
const MASK: &str = "[redacted]";

/// JSON keys and form fields whose value is a secret, in lower case without `_` and `-`.
const SECRET_KEYS: [&str; 9] = [
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "clientsecret",
    "apikey",
    "password",
    "secret",
    "token",
    "authorization",
];

/// Cuts a text to a few kilobytes and masks what looks like a secret: values of telling JSON keys, bearer tokens and
/// JSON web tokens.
fn redact(text: &str) -> String {
    let (kept, dropped) = cut(text, LONGEST);
    let mut out = mask_words(&mask_fields(kept));
    if dropped > 0 {
        out.push_str(&format!("… ({dropped} more bytes)"));
    }
    out
}

/// The first `longest` bytes, at a character boundary, and how many follow.
pub(crate) fn cut(text: &str, longest: usize) -> (&str, usize) {
    if text.len() <= longest {
        return (text, 0);
    }
    let end = (0..=longest).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    (&text[..end], text.len() - end)
}

/// Masks the string values of secret keys in JSON, also where the text was cut within a value.
fn mask_fields(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, key, after)) = next_string(rest) {
        out.push_str(before);
        out.push('"');
        out.push_str(key);
        let closed = after.is_some();
        let after = after.unwrap_or("");
        if closed {
            out.push('"');
        }
        rest = after;
        let value_at = after.trim_start().strip_prefix(':').map(str::trim_start);
        if let Some(value) = value_at
            && is_secret_key(key)
            && value.starts_with('"')
        {
            out.push_str(&after[..after.len() - value.len()]);
            out.push_str(&format!("\"{MASK}\""));
            rest = next_string(value).and_then(|(_, _, after)| after).unwrap_or("");
        }
    }
    out.push_str(rest);
    out
}

/// The next quoted string: what stands before it, its content as written, and what follows its closing quote (none
/// when the text ends within the string).
fn next_string(text: &str) -> Option<(&str, &str, Option<&str>)> {
    let start = text.find('"')?;
    let content = &text[start + 1..];
    let mut escaped = false;
    for (at, byte) in content.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some((&text[..start], &content[..at], Some(&content[at + 1..]))),
            _ => {}
        }
    }
    Some((&text[..start], content, None))
}

fn is_secret_key(key: &str) -> bool {
    let plain: String = key.chars().filter(|c| *c != '_' && *c != '-').flat_map(char::to_lowercase).collect();
    SECRET_KEYS.contains(&plain.as_str())
}

/// Masks JSON web tokens and whatever follows the word `Bearer`.
fn mask_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_bearer = false;
    let mut rest = text;
    while !rest.is_empty() {
        let in_token = |c: char| c.is_ascii_alphanumeric() || "-_.~+/=".contains(c);
        let length = rest.find(|c| !in_token(c)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(length);
        let is_jwt = word.starts_with("eyJ") && word.len() >= 20;
        if is_jwt || (after_bearer && !word.is_empty()) {
            out.push_str(MASK);
        } else {
            out.push_str(word);
        }
        let gap_length = tail.find(in_token).unwrap_or(tail.len());
        let (gap, next) = tail.split_at(gap_length);
        after_bearer = word.eq_ignore_ascii_case("bearer")
            && !gap.is_empty()
            && gap.chars().all(|c| c == ' ' || c == ':');
        out.push_str(gap);
        rest = next;
    }
    out
}

/// [`redact`], plus the exact secrets of one client.
#[derive(Debug, Default)]
pub(crate) struct Mask {
    secrets: RwLock<Vec<Secret>>,
}

impl Mask {
    /// Remembers a secret. Very short ones are left to the patterns: they would blank out half of every text.
    pub(crate) fn learn(&self, secret: &Secret) {
        let known = |secrets: &[Secret]| secrets.iter().any(|known| known.expose() == secret.expose());
        if secret.expose().len() < 6 || known(&self.secrets.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        self.secrets.write().unwrap_or_else(PoisonError::into_inner).push(secret.clone());
    }

    /// The text without our own secrets and without anything that looks like one.
    pub(crate) fn apply(&self, text: &str) -> String {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        let own_removed =
            secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose(), MASK));
        redact(&own_removed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_are_masked_and_the_rest_stays() {
        let cases = [
            (r#"{"accessToken":"abc","x":"y"}"#, r#"{"accessToken":"[redacted]","x":"y"}"#),
            (r#"{"client_secret" : "a\"b", "n":1}"#, r#"{"client_secret" : "[redacted]", "n":1}"#),
            (r#"{"password":"cut he"#, r#"{"password":"[redacted]""#),
            (r#"{"password":"cut he"#.trim_end_matches("cut he"), r#"{"password":"[redacted]""#),
            ("Authorization: Bearer abc.def-123, next", "Authorization: Bearer [redacted], next"),
            ("token eyJhbGciOiJIUzI1NiJ9.e30.abc is bad", "token [redacted] is bad"),
            (r#"{"message":"user ada not found"}"#, r#"{"message":"user ada not found"}"#),
        ];
        for (text, masked) in cases {
            assert_eq!(redact(text), masked);
        }
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let text = "ä".repeat(LONGEST);
        let out = redact(&text);
        assert!(out.ends_with(&format!("… ({LONGEST} more bytes)")), "{}", &out[out.len() - 40..]);
    }

    #[test]
    fn own_secrets_are_masked_wherever_they_stand() {
        let mask = Mask::default();
        mask.learn(&Secret::new("canary-55d1"));
        assert_eq!(mask.apply("key=canary-55d1; x"), "key=[redacted]; x");
    }

    proptest! {
        #[test]
        fn a_secret_value_never_survives(secret in "[a-z0-9\\\\\" ]{8,40}", tail in ".{0,40}") {
            let json = serde_json::json!({ "clientSecret": secret.clone(), "tail": tail }).to_string();
            let parsed: serde_json::Value = serde_json::from_str(&redact(&json)).expect("still JSON");
            prop_assert_eq!(parsed["clientSecret"].as_str(), Some("[redacted]"));
        }

        #[test]
        fn any_text_can_be_redacted(text in any::<String>()) {
            redact(&text);
        }
    }
}
