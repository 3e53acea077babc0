//! Universally unique identifiers (RFC 9562), in the one form that every system writes: `8-4-4-4-12` hexadecimal digits.

use std::borrow::Cow;
use std::fmt;

use super::Text;
use crate::value::display::shorten;

/// A UUID of any version. Upper and lower case mean the same; it is written in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// The bytes in the order in which they are written.
    pub const fn bytes(&self) -> [u8; 16] {
        self.0
    }
}

impl From<[u8; 16]> for Uuid {
    fn from(bytes: [u8; 16]) -> Self {
        Uuid(bytes)
    }
}

impl Text for Uuid {
    const RULE: &'static str = "a UUID such as `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`";

    fn parse(text: &str) -> Result<Self, String> {
        let dashes = |(index, byte): (usize, u8)| (byte == b'-') == matches!(index, 8 | 13 | 18 | 23);
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        match u128::from_str_radix(&digits, 16) {
            Ok(bits) if text.len() == 36 && digits.len() == 32 && text.bytes().enumerate().all(dashes) => {
                Ok(Uuid(bits.to_be_bytes()))
            }
            _ => Err(format!("It must be {}, not {:?}.", Self::RULE, shorten(text))),
        }
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let dash = if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_makes_no_difference() {
        let read = |text| Uuid::parse(text).expect(text);
        let uuid = read("F81D4FAE-7dec-11d0-A765-00a0c91e6bf6");
        assert!(uuid.same(&read("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")));
        assert_eq!(uuid.text(), "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
        assert_eq!(Uuid::from(uuid.bytes()), uuid);
        assert_eq!(read("00000000-0000-0000-0000-000000000000").bytes(), [0; 16]);
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "f81d4fae7dec11d0a76500a0c91e6bf6",
            "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bfg",
            "f81d4fae-7dec-11d0-a76500-a0c91e6bf6",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
            "é81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        ] {
            assert!(Uuid::parse(text).is_err(), "{text}");
        }
    }
}
