//! Target: texts with a secret in them, as logs and diagnostics get them. Whatever stands around it, and wherever the
//! input is split to put it there, it doesn't come out.

use super::targets;
use crate::log::Masker;

targets! {
    a_text_around_a_secret: ["\u{3}say hunter", "\u{5}hunter22", "\u{2}22 \"a\\", "\u{0}(sensitive"].map(Vec::from) => around,
}

/// The first byte says where to split the rest, which is the text around the secrets.
pub(super) fn around(input: &[u8]) {
    let Some((at, rest)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let at =
        (0..=text.len()).filter(|&at| text.is_char_boundary(at)).nth(usize::from(*at) % (text.len() + 1));
    let (before, after) = text.split_at(at.unwrap_or(text.len()));
    let masker = Masker::default();
    for secret in ["hunter22", "p\"ss wörd", "22hunter22!"] {
        masker.mask(secret);
    }
    for secret in ["hunter22", "p\"ss wörd", "22hunter22!"] {
        for written in
            [secret.to_owned(), secret.escape_debug().to_string(), secret.escape_default().to_string()]
        {
            // Escapes beyond those of Debug and JSON are not promised.
            if written.contains("\\u{") {
                continue;
            }
            let masked = masker.apply(&format!("{before}{written}{after}")).into_owned();
            assert!(!masked.contains(&written), "{written} in {masked:?}");
        }
    }
}
