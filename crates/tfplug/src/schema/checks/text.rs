//! Checks of text, and of values out of a list.

use std::ops::RangeBounds;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Check, owned, range_words};
use crate::value::{Dynamic, Type};

/// Length within bounds: characters of text, elements of a collection. `len(1..=9)`, `len(1..)`, `len(..=9)`.
///
/// A collection in which something is unknown is refused when no outcome fits: elements of a set may turn out equal.
pub fn len(bounds: impl RangeBounds<usize>) -> Check {
    let rule = format!("of length {}", range_words(&bounds, usize::to_string));
    let (text, bounds) = (rule.clone(), owned(&bounds));
    Check::partial(rule, move |value| {
        let (least, most) = match value {
            Dynamic::String(text) => {
                let characters = text.chars().count();
                (characters, characters)
            }
            Dynamic::List(items) => {
                let known = items.iter().filter(|item| item.is_wholly_known()).count();
                (known.max(items.len().min(1)), items.len())
            }
            Dynamic::Map(entries) => (entries.len(), entries.len()),
            _ => return Ok(()),
        };
        match (least..=most).any(|length| bounds.contains(&length)) {
            true => Ok(()),
            false if least == most => Err(format!("It must be {text}, not {most}.")),
            false => Err(format!("It must be {text}.")),
        }
    })
    .of(|ty| !matches!(ty, Type::Bool | Type::Number))
}

/// Size of text in bytes of UTF-8 within bounds.
pub fn bytes(bounds: impl RangeBounds<usize>) -> Check {
    let rule = format!("{} bytes long", range_words(&bounds, usize::to_string));
    let (words, bounds) = (rule.clone(), owned(&bounds));
    text(rule, move |value| match bounds.contains(&value.len()) {
        true => Ok(()),
        false => Err(format!("It must be {words}, not {}.", value.len())),
    })
}

/// Text with at least one character that is not white space.
pub fn not_blank() -> Check {
    text("not blank", |value| match value.trim() {
        "" => Err("It must not be blank.".to_owned()),
        _ => Ok(()),
    })
}

/// Text that passes a test of its own, with the rule in words, completing "must be …": a pattern, an alphabet.
///
/// ```
/// let slug = tfplug::schema::checks::matches("lower-case letters and `-` only", |text| {
///     text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
/// });
/// assert!(slug.test(&"data-team".into()).is_ok());
/// ```
pub fn matches(rule: impl Into<String>, test: impl Fn(&str) -> bool + Send + Sync + 'static) -> Check {
    let rule = rule.into();
    let words = rule.clone();
    text(rule, move |value| match test(value) {
        true => Ok(()),
        false => Err(format!("It must be {words}, not {value:?}.")),
    })
}

/// Text that is base64: the standard alphabet, with padding (RFC 4648, section 4).
pub fn base64() -> Check {
    text("base64 with padding", |value| match STANDARD.decode(value) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("It must be base64 with padding. {}.", sentence(&error.to_string()))),
    })
}

/// One of these texts, numbers or bools: `one_of(&["a", "b"])`, `one_of(&[80, 443])`.
pub fn one_of<T: Clone + Into<Dynamic>>(allowed: &[T]) -> Check {
    let allowed = values(allowed);
    let list = listed(&allowed, "or");
    let rule = match allowed.len() {
        0 => "one_of".to_owned(),
        1 => list,
        _ => format!("one of {list}"),
    };
    let words = rule.clone();
    let (fits, is_empty) = (of_type(&allowed), allowed.is_empty());
    Check::new(rule, move |value| match allowed.contains(value) {
        true => Ok(()),
        false => Err(format!("It must be {words}, not {value}.")),
    })
    .of(fits)
    .of_nothing(is_empty)
}

/// None of these texts, numbers or bools.
pub fn none_of<T: Clone + Into<Dynamic>>(refused: &[T]) -> Check {
    let refused = values(refused);
    let list = listed(&refused, "and");
    let rule = match refused.len() {
        0 => "none_of".to_owned(),
        1 => format!("other than {list}"),
        _ => format!("none of {list}"),
    };
    let (fits, is_empty) = (of_type(&refused), refused.is_empty());
    Check::new(rule, move |value| match refused.contains(value) {
        true => Err(format!("It must not be {value}.")),
        false => Ok(()),
    })
    .of(fits)
    .of_nothing(is_empty)
}

/// Whether a type is that of these values.
fn of_type(values: &[Dynamic]) -> impl Fn(&Type) -> bool + Send + Sync + 'static {
    let types: Vec<Type> = values.iter().map(|value| Type::Dynamic.resolve(value)).collect();
    move |ty| types.contains(ty)
}

/// One of these texts, in upper or lower case.
pub fn one_of_ignoring_case(allowed: &'static [&'static str]) -> Check {
    let rule = match allowed {
        [] => "one_of_ignoring_case".to_owned(),
        _ => format!("one of {} in any case", quoted(allowed)),
    };
    let words = rule.clone();
    text(rule, move |value| match allowed.iter().any(|allowed| same_letters(allowed, value)) {
        true => Ok(()),
        false => Err(format!("It must be {words}, not {value:?}.")),
    })
    .of_nothing(allowed.is_empty())
}

/// None of these texts, neither in upper nor in lower case.
pub fn none_of_ignoring_case(refused: &'static [&'static str]) -> Check {
    let rule = match refused {
        [] => "none_of_ignoring_case".to_owned(),
        _ => format!("none of {} in any case", quoted(refused).replace(" or ", " and ")),
    };
    text(rule, move |value| match refused.iter().find(|refused| same_letters(refused, value)) {
        Some(refused) => Err(format!("It must not be {refused:?} in any case.")),
        None => Ok(()),
    })
    .of_nothing(refused.is_empty())
}

fn same_letters(a: &str, b: &str) -> bool {
    a.chars().flat_map(char::to_lowercase).eq(b.chars().flat_map(char::to_lowercase))
}

/// A check that says nothing of values other than text.
pub(super) fn text(
    rule: impl Into<String>,
    test: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
) -> Check {
    Check::new(rule, move |value| value.as_str().map_or(Ok(()), &test)).of(|ty| *ty == Type::String)
}

fn values<T: Clone + Into<Dynamic>>(values: &[T]) -> Vec<Dynamic> {
    values.iter().cloned().map(Into::into).collect()
}

/// A list of values as prose.
fn listed(values: &[Dynamic], last_word: &str) -> String {
    let shown: Vec<String> = values.iter().map(Dynamic::to_string).collect();
    prose(&shown, last_word)
}

/// A list of texts as prose: `"a", "b" or "c"`.
fn quoted(texts: &[&str]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
    prose(&quoted, "or")
}

/// Several as one: `a, b or c`.
pub(super) fn prose(parts: &[String], last_word: &str) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {last_word} {last}", rest.join(", ")),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
