//! Names of attributes in one struct that stand for fields of another, checked by the compiler.
//!
//! A derive sees one struct: what `follows(text)` names may be a field of the other half, and every field of an identity is
//! one of either. The derives leave the names as constants, and where a resource is registered, and its structs come
//! together, [`check`] runs within the compiler. [`super::problems`] looks at what is nested, and at whatever is not derived.

/// Names of attributes, where they are known to the compiler.
pub(crate) type Names = Option<&'static [&'static str]>;

/// Refuses what follows, or names the object by, an attribute that neither half has.
#[expect(clippy::panic, reason = "it runs in the compiler, whose error this is")]
pub(crate) const fn check(args: Names, computed: Names, follows: &[(&str, &[&str])], identity: Names) {
    let (Some(args), Some(computed)) = (args, computed) else { return };
    let mut rest = follows;
    while let [(name, followed), others @ ..] = rest {
        let mut followed = *followed;
        while let [wanted, more @ ..] = followed {
            if !contains(args, wanted) && !contains(computed, wanted) {
                let message = Message::new().add("`").add(name).add("` follows `").add(wanted);
                panic!("{}", message.add("`, which is no attribute of the resource").text());
            }
            followed = more;
        }
        rest = others;
    }
    let Some(mut parts) = identity else { return };
    while let [part, more @ ..] = parts {
        if !contains(args, part) && !contains(computed, part) {
            let message = Message::new().add("the identity has `").add(part);
            panic!("{}", message.add("`, which is no attribute of the resource").text());
        }
        parts = more;
    }
}

const fn contains(mut names: &[&str], wanted: &str) -> bool {
    while let [name, more @ ..] = names {
        if is_same(name.as_bytes(), wanted.as_bytes()) {
            return true;
        }
        names = more;
    }
    false
}

const fn is_same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([first, rest_of_a @ ..], [second, rest_of_b @ ..]) = (a, b) {
        if *first != *second {
            return false;
        }
        (a, b) = (rest_of_a, rest_of_b);
    }
    a.is_empty() && b.is_empty()
}

/// Text put together where nothing can be allocated. What is too long for it ends early.
struct Message {
    bytes: [u8; 256],
    len: usize,
}

impl Message {
    const fn new() -> Self {
        Message { bytes: [0; 256], len: 0 }
    }

    const fn add(mut self, text: &str) -> Self {
        let mut text = text.as_bytes();
        while let ([byte, rest @ ..], true) = (text, self.len < self.bytes.len()) {
            self.bytes[self.len] = *byte;
            self.len += 1;
            text = rest;
        }
        self
    }

    const fn text(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "an attribute is named that the resource has not",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the compiler says.
    fn said(follows: &[(&str, &[&str])], identity: &'static [&'static str]) -> String {
        let panic = std::panic::catch_unwind(|| {
            check(Some(&["name", "text"]), Some(&["id", "size"]), follows, Some(identity));
        });
        panic.map_or_else(|panic| *panic.downcast::<String>().expect("text"), |()| "fine".to_owned())
    }

    #[test]
    fn names_of_either_half_are_fine_and_others_are_named() {
        assert_eq!(said(&[("size", &["text", "id"])], &["id", "name"]), "fine");
        assert_eq!(
            said(&[("id", &["name"]), ("size", &["text", "txt"])], &[]),
            "`size` follows `txt`, which is no attribute of the resource"
        );
        assert_eq!(
            said(&[], &["name", "nam"]),
            "the identity has `nam`, which is no attribute of the resource"
        );
        assert_eq!(said(&[], &["names"]), "the identity has `names`, which is no attribute of the resource");
    }

    #[test]
    fn what_is_known_at_run_time_only_is_left_to_the_check_of_schemas() {
        check(None, Some(&[]), &[("size", &["text"])], Some(&["id"]));
        check(Some(&[]), Some(&[]), &[], None);
    }
}
