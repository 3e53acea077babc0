//! The secrets of a run, and the one place that takes them out of a text.
//!
//! Types keep secrets out of what we write ourselves. This is the net below: an answer that echoes a key, an error of
//! a library with a whole URL in it. So it looks for values, and for the spellings in which they travel.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::ops::Bound::{Included, Unbounded};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What stands in the place of a secret.
pub(super) const MASK: &str = "(sensitive)";

/// Shortest secret that is masked, in bytes. To mask a shorter one would spoil every text and tell where it was.
const SHORTEST: usize = 4;

/// Shortest spelling in base64 whose surroundings are unknown; shorter ones occur by chance.
const SHORTEST_BASE64: usize = 8;

/// The secrets registered so far. Clones share them.
#[derive(Clone, Default)]
pub struct Masker(Arc<RwLock<Spellings>>);

/// The forms in which secrets travel. One pass over a text finds all of them, and one more secret costs the same after ten
/// thousand others. An automaton (`aho-corasick`) would have to be built again for each secret that a call brings. Measured with
/// random secrets of 24 letters and a text of 8 KB: to build it takes 18 ms for 100 secrets and 1.1 s for 5,000, here 0.2 and
/// 80 ms; to search 109 and 245 µs, here 19 and 340 µs; and it needs 7.7 MB for 5,000.
#[derive(Default)]
struct Spellings {
    /// In order, so that a few look-ups find the longest one with which a text begins. With each, whether it is a secret itself.
    all: BTreeMap<Box<[u8]>, bool>,
    /// A bit for the hash of the first bytes of each spelling, among [`BITS`] or more for each. It rules out most places of a
    /// text.
    starts: Vec<u64>,
}

/// How many bits of [`Spellings::starts`] there are at least for each spelling.
const BITS: usize = 16;

impl Spellings {
    fn add(&mut self, spelling: String, is_secret: bool) {
        let Some(start) = spelling.as_bytes().first_chunk() else { return };
        if self.starts.len() * 64 < (self.all.len() + 1) * BITS {
            self.starts = vec![0; (self.starts.len() * 2).max(1 << 10)];
            for start in self.all.keys().filter_map(|spelling| spelling.first_chunk()) {
                Self::note(&mut self.starts, *start);
            }
        }
        Self::note(&mut self.starts, *start);
        *self.all.entry(spelling.into_bytes().into()).or_default() |= is_secret;
    }

    fn note(starts: &mut [u64], start: [u8; SHORTEST]) {
        let (word, bit) = Self::place(starts, start);
        starts[word] |= bit;
    }

    /// The place among the bits of `starts`, of which there are some.
    fn place(starts: &[u64], start: [u8; SHORTEST]) -> (usize, u64) {
        let hash = u32::from_le_bytes(start).wrapping_mul(0x9E37_79B1);
        let index = (u64::from(hash) * (starts.len() as u64 * 64)) >> 32;
        ((index >> 6) as usize, 1 << (index & 63))
    }

    /// The length of the longest spelling with which the text begins.
    fn at_start(&self, mut text: &[u8]) -> Option<usize> {
        let start = *text.first_chunk()?;
        if self.starts.is_empty() {
            return None;
        }
        let (word, bit) = Self::place(&self.starts, start);
        if self.starts[word] & bit == 0 {
            return None;
        }
        loop {
            // Every spelling with which the text begins is the greatest one up to the text, or the beginning of that one.
            let (nearest, _) = self.all.range::<[u8], _>((Unbounded, Included(text))).next_back()?;
            let common = nearest.iter().zip(text).take_while(|(a, b)| a == b).count();
            if common == nearest.len() {
                return Some(common);
            }
            text = &text[..common];
        }
    }
}

thread_local! {
    /// What is masked on this thread only, while [`Masker::during`] runs.
    static DURING: RefCell<Option<Masker>> = const { RefCell::new(None) };
}

impl Masker {
    /// Runs `f`, and masks these values in every text that this thread writes meanwhile. For values that may be secret, but
    /// would spoil other texts if they were masked for good.
    pub(crate) fn during<T>(values: &[String], f: impl FnOnce() -> T) -> T {
        struct Restore(Option<Masker>);
        impl Drop for Restore {
            fn drop(&mut self) {
                DURING.replace(self.0.take());
            }
        }
        let masker = Masker::default();
        values.iter().for_each(|value| masker.mask(value));
        let _restore = Restore(DURING.replace(Some(masker)));
        f()
    }

    /// Takes a secret out of all texts from now on: as it is; as escaped in JSON, by encoders of several languages, and in a
    /// debug output; as encoded for a URL; and in base64, also in the middle of something longer such as `user:secret`.
    ///
    /// Secrets of less than four bytes are not masked.
    pub fn mask(&self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        // Most calls bring secrets that an earlier one has brought.
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).all.get(secret.as_bytes()).copied();
        if known == Some(true) {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.add(secret.to_owned(), true);
        spellings(secret).into_iter().for_each(|spelling| known.add(spelling, false));
    }

    /// The text without the secrets; the same text if there was none in it.
    #[must_use]
    pub fn apply<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let masked = self.apply_own(text);
        let more =
            DURING.with_borrow(|during| match during.as_ref().map(|during| during.apply_own(&masked)) {
                Some(Cow::Owned(text)) => Some(text),
                Some(Cow::Borrowed(_)) | None => None,
            });
        more.map_or(masked, Cow::Owned)
    }

    /// Where secrets overlap, all that belongs to any of them goes.
    fn apply_own<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut masked = String::new();
        // Where the last secret ends.
        let mut end = 0;
        for start in 0..text.len() {
            let Some(length) = known.at_start(&text.as_bytes()[start..]) else { continue };
            if start >= end {
                masked.push_str(&text[end..start]);
                masked.push_str(MASK);
            }
            end = end.max(start + length);
        }
        if masked.is_empty() {
            return Cow::Borrowed(text);
        }
        masked.push_str(&text[end..]);
        Cow::Owned(masked)
    }
}

impl fmt::Debug for Masker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Masker(…)")
    }
}

/// The secret in all the ways that we know of, beside the secret itself.
fn spellings(secret: &str) -> Vec<String> {
    let json = without_quotes(&serde_json::Value::from(secret).to_string());
    let mut spellings = vec![
        // Go's encoder, and those that write ASCII only, such as Python's.
        escaped(&json, |c| matches!(c, '&' | '<' | '>' | '\u{2028}' | '\u{2029}')),
        escaped(&json, |c| !c.is_ascii()),
        json,
        // Of a text that is part of a longer one, and of one that is written alone: they differ in apostrophes.
        secret.escape_debug().to_string(),
        without_quotes(&format!("{secret:?}")),
    ];
    for space in ["%20", "+"] {
        let encoded = percent_encoded(secret, space);
        spellings.push(with_small_digits(&encoded));
        spellings.push(encoded);
    }
    spellings.extend(in_base64(secret.as_bytes()));
    spellings
}

fn without_quotes(quoted: &str) -> String {
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(quoted).to_owned()
}

/// These characters as `\uXXXX`, as JSON allows for any.
fn escaped(json: &str, which: impl Fn(char) -> bool) -> String {
    json.chars().fold(String::new(), |mut escaped, c| {
        if which(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
        escaped
    })
}

/// Of what is percent-encoded, the same with digits in lower case.
fn with_small_digits(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        format!("{text}%{}{rest}", digits.to_ascii_lowercase())
    })
}

/// All but the characters that RFC 3986 calls unreserved as `%XX`, with spaces as given.
fn percent_encoded(text: &str, space: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte))
            }
            b' ' => encoded.push_str(space),
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
        encoded
    })
}

/// The characters in base64 that the secret alone decides, for each of the three ways in which its bytes can fall into
/// the groups of three bytes to four characters. Of the first and the last character it may decide some bits only.
fn in_base64(secret: &[u8]) -> impl Iterator<Item = String> {
    let alphabets = [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD];
    let mut spellings = Vec::new();
    for (engine, before) in
        alphabets.into_iter().flat_map(|engine| (0..3).map(move |before| (engine, before)))
    {
        let bytes: Vec<u8> = std::iter::repeat_n(0, before).chain(secret.iter().copied()).collect();
        let encoded = engine.encode(&bytes);
        let (start, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        spellings.push(encoded[start..end].to_owned());
    }
    spellings.into_iter().filter(|spelling| spelling.len() >= SHORTEST_BASE64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn masker(secrets: &[&str]) -> Masker {
        let masker = Masker::default();
        secrets.iter().for_each(|secret| masker.mask(secret));
        masker
    }

    #[test]
    fn a_text_without_secrets_is_not_copied() {
        assert!(matches!(masker(&[]).apply("some text"), Cow::Borrowed("some text")));
        assert!(matches!(masker(&["hunter22"]).apply("some text"), Cow::Borrowed("some text")));
    }

    #[test]
    fn a_secret_is_masked_as_it_travels() {
        let secret = "p\"ss wörd/1+?";
        let masker = masker(&[secret]);
        for text in [
            secret.to_owned(),
            format!("{:?}", Some(secret)),
            serde_json::json!({ "key": secret }).to_string(),
            format!("https://host/?key={}", percent_encoded(secret, "%20")),
            format!("key={}&a=b", percent_encoded(secret, "+")),
        ] {
            let masked = masker.apply(&text);
            assert!(masked.contains(MASK) && !masked.contains("rd"), "{text} became {masked}");
        }
    }

    /// Go's encoder, from which most APIs speak, escapes three more characters; Python's all but ASCII.
    #[test]
    fn a_secret_is_masked_as_other_encoders_of_json_escape_it() {
        let masker = masker(&["a&b<cdef>", "p\u{e4}sswort"]);
        for text in [r#"{"key":"a\u0026b\u003ccdef\u003e"}"#, r#"{"key":"p\u00e4sswort"}"#] {
            let masked = masker.apply(text);
            assert!(masked.contains(MASK), "{text} became {masked}");
        }
    }

    /// `str::escape_debug` escapes `'`, and `{:?}` of a text does not.
    #[test]
    fn a_secret_with_an_apostrophe_is_masked_in_a_debug_output() {
        let secret = "it's\u{a0}hunter22";
        let text = format!("{:?}", Some(secret));
        let masked = masker(&[secret]).apply(&text).into_owned();
        assert!(masked.contains(MASK), "{text} became {masked}");
    }

    #[test]
    fn a_secret_is_masked_with_hexadecimal_digits_in_lower_case() {
        let masker = masker(&["pass/word+22"]);
        assert!(masker.apply("key=pass%2fword%2b22").contains(MASK));
    }

    /// A token, and beside it the same in base64, as for a header: the second one is a spelling of the first one.
    #[test]
    fn a_secret_that_is_a_spelling_of_another_one_has_spellings_too() {
        let masker = masker(&["a?>b?>c?>", "YT8+Yj8+Yz8+"]);
        assert_eq!(STANDARD_NO_PAD.encode("a?>b?>c?>"), "YT8+Yj8+Yz8+");
        let url = format!("?key={}", percent_encoded("YT8+Yj8+Yz8+", "%20"));
        assert!(masker.apply(&url).contains(MASK), "{url}");
    }

    #[test]
    fn of_two_secrets_the_longer_one_is_masked_whole() {
        let masker = masker(&["hunter22", "hunter22-and-more"]);
        assert_eq!(masker.apply("hunter22-and-more, hunter22"), "(sensitive), (sensitive)");
    }

    #[test]
    fn of_secrets_that_overlap_nothing_remains() {
        let masker = masker(&["hunter22-and", "and-the-rest", "(sensitive)"]);
        assert_eq!(masker.apply("my hunter22-and-the-rest!"), "my (sensitive)!");
        assert_eq!(masker.apply("hunter22-andand-the-rest"), "(sensitive)(sensitive)");
    }

    #[test]
    fn ten_thousand_secrets_are_known_in_good_time() {
        let masker = Masker::default();
        for round in 0..2 {
            (0..10_000).for_each(|index| masker.mask(&format!("secret {index}")));
            assert_eq!(masker.apply("my secret 9999!"), "my (sensitive)!", "round {round}");
        }
    }

    #[test]
    fn few_places_of_a_text_are_looked_up_however_many_secrets_there_are() {
        let masker = Masker::default();
        let letters = |number: u64| {
            (0..24u64)
                .map(move |at| (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(at as u32 * 5))
        };
        for number in 0..5_000 {
            let secret: String =
                letters(number).map(|random| char::from(b'A' + (random % 58) as u8)).collect();
            masker.mask(&secret);
        }
        let known = masker.0.read().unwrap();
        let set: u32 = known.starts.iter().map(|word| word.count_ones()).sum();
        assert!(set as usize * 10 < known.starts.len() * 64, "{set} of {} bits", known.starts.len() * 64);
    }

    #[test]
    fn a_short_secret_is_left_alone() {
        assert_eq!(masker(&["", "a", "abc"]).apply("abcabc"), "abcabc");
    }

    #[test]
    fn debug_output_shows_no_secret() {
        assert!(!format!("{:?}", masker(&["hunter22"])).contains("hunter22"));
    }

    proptest! {
        /// Few letters, so that secrets begin alike, contain each other and overlap.
        #[test]
        fn exactly_what_belongs_to_a_secret_is_masked(
            secrets in prop::collection::vec("[abß]{4,7}", 0..6),
            text in "[abß]{0,40}",
        ) {
            let secret: BTreeSet<usize> = secrets
                .iter()
                .flat_map(|secret| {
                    let starts = (0..text.len()).filter(|start| text.as_bytes()[*start..].starts_with(secret.as_bytes()));
                    starts.flat_map(|start| start..start + secret.len())
                })
                .collect();
            let plain: String = text.char_indices().filter(|(at, _)| !secret.contains(at)).map(|(_, c)| c).collect();
            let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
            prop_assert_eq!(masker(&secrets).apply(&text).replace(MASK, ""), plain);
        }

        #[test]
        fn base64_is_masked_wherever_the_secret_stands(
            before in prop::collection::vec(any::<u8>(), 0..7),
            secret in "[ -~]{12,40}",
            after in prop::collection::vec(any::<u8>(), 0..7),
        ) {
            let whole = [before.as_slice(), secret.as_bytes(), after.as_slice()].concat();
            let masker = masker(&[&secret]);
            for encoded in [STANDARD_NO_PAD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                prop_assert!(masker.apply(&encoded).contains(MASK), "{encoded}");
            }
        }
    }
}
