//! JSON in text: a document that a practitioner writes by `jsonencode(…)`, a here-document or a file.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::Text;
use crate::value::Number;

/// A JSON document. White space, the order of keys and the spelling of numbers and letters make no difference: documents
/// of one meaning are equal. Numbers count exactly, `1.0` is `1`, and of a key given twice the last one counts.
#[derive(Clone, Debug)]
pub struct Json {
    text: String,
    meaning: Meaning,
}

/// What a document says, with numbers of any size; ordered, so that sets of documents have an order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Meaning {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Array(Vec<Meaning>),
    Object(BTreeMap<String, Meaning>),
}

impl Json {
    /// The document that means a value.
    ///
    /// # Errors
    /// When the value cannot be written as JSON, for example a map whose keys are no texts.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Self> {
        let text = serde_json::to_string(value)?;
        let meaning = meaning(&text)?;
        Ok(Json { text, meaning })
    }

    /// The document as a value of type `T`; `serde_json::Value` takes any.
    ///
    /// # Errors
    /// When the document is of another shape.
    pub fn to<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.text)
    }
}

impl Text for Json {
    const RULE: &'static str = "JSON";

    fn parse(text: &str) -> Result<Self, String> {
        match meaning(text) {
            Ok(meaning) => Ok(Json { text: text.to_owned(), meaning }),
            // The text itself may be long, and may hold what nobody should see.
            Err(error) => Err(format!("It must be JSON: {error}.")),
        }
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

fn meaning(text: &str) -> serde_json::Result<Meaning> {
    part(serde_json::from_str(text)?, 0)
}

/// How deep documents may nest; as deep as values of Terraform.
const MAX_DEPTH: usize = 128;

/// Level by level, because only raw text keeps numbers as they were written.
fn part(raw: &RawValue, depth: usize) -> serde_json::Result<Meaning> {
    if depth == MAX_DEPTH {
        return Err(serde::de::Error::custom(format!("it nests over {MAX_DEPTH} deep")));
    }
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let entries: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
            let entries = entries.into_iter().map(|(key, raw)| Ok((key, part(raw, depth + 1)?)));
            Meaning::Object(entries.collect::<serde_json::Result<_>>()?)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            let items = items.into_iter().map(|raw| part(raw, depth + 1));
            Meaning::Array(items.collect::<serde_json::Result<_>>()?)
        }
        Some(b'"') => Meaning::Text(serde_json::from_str(text)?),
        Some(b't' | b'f') => Meaning::Bool(text == "true"),
        Some(b'n') | None => Meaning::Null,
        Some(_) => Meaning::Number(Number::parse(text).map_err(serde::de::Error::custom)?),
    })
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.meaning == other.meaning
    }
}

impl Eq for Json {}

impl PartialOrd for Json {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Json {
    fn cmp(&self, other: &Self) -> Ordering {
        self.meaning.cmp(&other.meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_makes_no_difference() {
        let read = |text| Json::parse(text).expect(text);
        for (a, b) in [
            (r#"{"a":1,"b":[true,null]}"#, "{ \"b\": [true, null],\n\t\"a\": 1.0 }"),
            (r#""é/""#, r#""\u00e9\/""#),
            ("1e2", "100"),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        ] {
            assert!(read(a).same(&read(b)), "{a} {b}");
            assert_eq!(read(b).text(), b, "the spelling is kept");
        }
        for (a, b) in [
            ("[1,2]", "[2,1]"),
            ("{}", "[]"),
            ("null", r#"{"a":null}"#),
            (r#"{"a":null}"#, "{}"),
            ("1", r#""1""#),
            ("12345678901234567890123", "12345678901234567890124"),
        ] {
            assert!(!read(a).same(&read(b)), "{a} {b}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused_with_the_place() {
        for (text, why) in [
            ("", "EOF"),
            ("{", "line 1 column 1"),
            ("{'a': 1}", "line 1 column 2"),
            ("[1,]", "line 1 column 4"),
            ("[1]\n[2]", "line 2 column 1"),
            ("NaN", "line 1 column 1"),
            ("1e999999999", "digits"),
        ] {
            let problem = Json::parse(text).expect_err(text);
            assert!(problem.starts_with("It must be JSON: ") && problem.contains(why), "{text}: {problem}");
        }
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(Json::parse(&deep(128)).is_ok());
        assert!(Json::parse(&deep(129)).expect_err("deep").contains("over 128 deep"));
        assert!(Json::parse(&deep(100_000)).is_err());
    }

    #[test]
    fn values_go_in_and_out() {
        let json = Json::of(&BTreeMap::from([("a", vec![1, 2])])).expect("JSON");
        assert_eq!(json.text(), r#"{"a":[1,2]}"#);
        assert_eq!(json.to::<BTreeMap<String, Vec<u8>>>().expect("its shape")["a"], [1, 2]);
        assert!(json.to::<Vec<u8>>().is_err());
    }
}
