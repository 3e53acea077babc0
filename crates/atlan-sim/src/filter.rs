//! The filter language of list requests: JSON in the parameter `filter`, compiled once, then evaluated for each record.
//!
//! Supported are equality, `$eq`, `$in`, `$ilike`, `$and` and `$or`; several keys of one object must all hold. Every
//! other filter is refused, so that tests notice a client that sends a filter which no Atlan SDK sends.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use crate::reply::{Outcome, Refusal};
use crate::settings::{FilterOr, IlikeUnderscore, NoIn, Settings, UnknownField};
use crate::state::{Cell, Row};

/// A compiled filter.
#[derive(Debug, Clone)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    /// One of a few values; equality is the case of one.
    In {
        field: &'static str,
        values: HashSet<String>,
        fold: bool,
    },
    /// One of a few patterns: a branch of `$or` each.
    Ilike {
        field: &'static str,
        patterns: Vec<Pattern>,
    },
    Nothing,
}

/// A `LIKE` pattern.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    pieces: Vec<Piece>,
    /// The longest text in it without a wildcard. Every match contains it, and looking for it is quick: a list of 50,000 people
    /// may be asked for 25 addresses at once.
    literal: String,
}

/// One element of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// `%`
    Run,
    /// `_`
    One,
    Char(char),
}

impl Filter {
    /// Compiles the text of the parameter for records of kind `T`.
    pub(crate) fn parse<T: Row>(text: &str, settings: &Settings) -> Outcome<Self> {
        let value: Value = serde_json::from_str(text)
            .map_err(|e| Refusal::bad_request(format!("filter is not JSON: {e}")))?;
        Self::compile::<T>(&value, settings)
    }

    fn compile<T: Row>(value: &Value, settings: &Settings) -> Outcome<Self> {
        let Value::Object(object) = value else {
            return Err(Refusal::bad_request("filter is not a JSON object"));
        };
        let mut parts = Vec::with_capacity(object.len());
        for (key, value) in object {
            parts.push(match key.as_str() {
                "$and" => Self::All(Self::branches::<T>(value, settings)?),
                "$or" => Self::any::<T>(value, settings)?,
                key if key.starts_with('$') => {
                    return Err(Refusal::bad_request(format!("unknown filter operator {key}")));
                }
                field => Self::field::<T>(field, value, settings)?,
            });
        }
        Ok(Self::All(parts))
    }

    fn any<T: Row>(value: &Value, settings: &Settings) -> Outcome<Self> {
        let mut branches = Self::branches::<T>(value, settings)?;
        Ok(match settings.filter_or {
            FilterOr::Supported => Self::any_of(branches),
            FilterOr::BadRequest => return Err(Refusal::bad_request("unknown filter operator $or")),
            FilterOr::Ignore => Self::All(Vec::new()),
            FilterOr::MatchNone => Self::Nothing,
            FilterOr::First => {
                branches.truncate(1);
                Self::Any(branches)
            }
        })
    }

    /// Patterns for one field become one condition, so that the field is read once for all of them.
    fn any_of(branches: Vec<Self>) -> Self {
        let (mut together, mut others) = (BTreeMap::<&'static str, Vec<Pattern>>::new(), Vec::new());
        for branch in branches {
            match branch.alone() {
                Self::Ilike { field, patterns } => together.entry(field).or_default().extend(patterns),
                other => others.push(other),
            }
        }
        others.extend(together.into_iter().map(|(field, patterns)| Self::Ilike { field, patterns }));
        Self::Any(others)
    }

    /// The condition of which this consists, if it is one.
    fn alone(self) -> Self {
        match self {
            Self::All(mut parts) if parts.len() == 1 => parts.remove(0).alone(),
            other => other,
        }
    }

    fn branches<T: Row>(value: &Value, settings: &Settings) -> Outcome<Vec<Self>> {
        let Value::Array(branches) = value else {
            return Err(Refusal::bad_request("$and and $or take an array"));
        };
        branches.iter().map(|branch| Self::compile::<T>(branch, settings)).collect()
    }

    fn field<T: Row>(field: &str, value: &Value, settings: &Settings) -> Outcome<Self> {
        let Some(field) = T::FIELDS.iter().find(|known| **known == field).copied() else {
            return match settings.filter_unknown_field {
                UnknownField::BadRequest => Err(Refusal::bad_request(format!("cannot filter by {field}"))),
                UnknownField::Ignore => Ok(Self::All(Vec::new())),
                UnknownField::MatchNone => Ok(Self::Nothing),
            };
        };
        match value {
            Value::Object(operators) => Self::operators(field, operators, settings),
            plain => Self::one_of(field, std::slice::from_ref(plain), settings),
        }
    }

    fn operators(field: &'static str, operators: &Map<String, Value>, settings: &Settings) -> Outcome<Self> {
        let mut parts = Vec::with_capacity(operators.len());
        for (operator, value) in operators {
            parts.push(match (operator.as_str(), value) {
                ("$eq", value) => Self::one_of(field, std::slice::from_ref(value), settings)?,
                ("$in", _) if settings.filter_in_refused.contains_key(field) => {
                    match settings.filter_in_refused[field] {
                        NoIn::BadRequest => {
                            return Err(Refusal::bad_request(format!("cannot filter {field} by $in")));
                        }
                        NoIn::Ignore => Self::All(Vec::new()),
                    }
                }
                ("$in", Value::Array(values)) => Self::one_of(field, values, settings)?,
                ("$in", Value::Null) => Self::Nothing,
                ("$ilike", Value::String(text)) => {
                    Self::Ilike { field, patterns: vec![Pattern::new(text, settings)] }
                }
                (operator, value) => {
                    return Err(Refusal::bad_request(format!("cannot filter {field} by {operator} {value}")));
                }
            });
        }
        if parts.is_empty() {
            return Err(Refusal::bad_request(format!("no condition for {field}")));
        }
        Ok(Self::All(parts))
    }

    fn one_of(field: &'static str, values: &[Value], settings: &Settings) -> Outcome<Self> {
        let fold = field == "email" && !settings.filter_case_sensitive;
        let mut wanted = HashSet::with_capacity(values.len());
        for value in values {
            let text = match value {
                Value::String(text) if fold => text.to_lowercase(),
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                other => return Err(Refusal::bad_request(format!("cannot compare {field} with {other}"))),
            };
            if !text.is_empty() {
                wanted.insert(text); // `[""]` matches nothing
            }
        }
        Ok(Self::In { field, values: wanted, fold })
    }

    /// Whether the record passes.
    pub(crate) fn matches<T: Row>(&self, row: &T) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(row)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(row)),
            Self::Nothing => false,
            Self::In { field, values, fold } => match row.cell(field) {
                Cell::Null => false,
                Cell::Text(text) if *fold => values.contains(&text.to_lowercase()),
                Cell::Text(text) => values.contains(text),
                Cell::Number(number) => values.contains(&number.to_string()),
                Cell::Flag(flag) => values.contains(if flag { "true" } else { "false" }),
            },
            Self::Ilike { field, patterns } => match row.cell(field) {
                Cell::Text(text) => {
                    let text = folded(text);
                    patterns.iter().any(|pattern| pattern.matches(&text))
                }
                _ => false,
            },
        }
    }

    /// An indexed field and the values that the filter allows for it, so that an index can find the candidates.
    pub(crate) fn narrows(&self, indexed: &[&str]) -> Option<(&'static str, &HashSet<String>)> {
        match self {
            Self::All(parts) => parts.iter().find_map(|part| part.narrows(indexed)),
            Self::In { field, values, .. } if indexed.contains(field) => Some((field, values)),
            _ => None,
        }
    }
}

impl Pattern {
    fn new(text: &str, settings: &Settings) -> Self {
        let mut pieces = Vec::with_capacity(text.len());
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '%' => pieces.push(Piece::Run),
                '_' if settings.ilike_underscore == IlikeUnderscore::Wildcard => pieces.push(Piece::One),
                '\\' => pieces.extend(chars.next().into_iter().flat_map(char::to_lowercase).map(Piece::Char)),
                c => pieces.extend(c.to_lowercase().map(Piece::Char)),
            }
        }
        let char = |piece: &Piece| match piece {
            Piece::Char(c) => Some(*c),
            Piece::Run | Piece::One => None,
        };
        let literals = pieces.split(|piece| char(piece).is_none());
        let literal = literals.max_by_key(|literal| literal.len()).unwrap_or_default();
        let literal = literal.iter().filter_map(char).collect();
        Self { pieces, literal }
    }

    /// Whether a text, which is folded, fits.
    fn matches(&self, text: &str) -> bool {
        text.contains(&self.literal) && like(&self.pieces, text)
    }
}

/// A text in lower case, letter by letter.
fn folded(text: &str) -> Cow<'_, str> {
    match text {
        text if !text.is_ascii() => text.chars().flat_map(char::to_lowercase).collect::<String>().into(),
        text if text.bytes().any(|byte| byte.is_ascii_uppercase()) => text.to_ascii_lowercase().into(),
        text => text.into(),
    }
}

/// `LIKE`, which backtracks to the last `%` only. Linear in practice, at worst pattern × text.
fn like(pattern: &[Piece], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut seen, mut back) = (0, 0, None);
    while seen < text.len() {
        match pattern.get(at) {
            Some(Piece::Run) => {
                back = Some((at + 1, seen));
                at += 1;
            }
            Some(Piece::One) => (at, seen) = (at + 1, seen + 1),
            Some(Piece::Char(c)) if *c == text[seen] => (at, seen) = (at + 1, seen + 1),
            _ => match back {
                Some((after, from)) => {
                    back = Some((after, from + 1));
                    (at, seen) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|piece| *piece == Piece::Run)
}

#[cfg(test)]
mod tests;
