//! Parameters of a list request: filter, sort, page, columns. Read once, with the tenant's limits applied.

use std::collections::BTreeSet;

use crate::filter::Filter;
use crate::reply::{Outcome, Refusal};
use crate::settings::{CountAbsent, CountFalse, LimitOverMax, LimitZero, Settings};
use crate::state::Row;

/// The query of a URL, decoded, in the order it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(raw: &str) -> Self {
        Self(url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect())
    }

    /// The first value of `name` that is not empty.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Every value of `name`.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A whole number, at least 0.
    pub(crate) fn number(&self, name: &str) -> Outcome<Option<usize>> {
        let Some(text) = self.first(name) else { return Ok(None) };
        let number =
            text.parse().map_err(|_| Refusal::bad_request(format!("{name} is not a number: {text}")))?;
        Ok(Some(number))
    }
}

/// Field and direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) field: &'static str,
    pub(crate) descending: bool,
}

/// Fields asked for with `columns`; `None` asks for all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns(Option<BTreeSet<String>>);

impl Columns {
    /// Whether a record has a field that records have by default.
    pub(crate) fn wants(&self, field: &str) -> bool {
        self.0.as_ref().is_none_or(|asked| asked.contains(field))
    }

    /// The fields asked for by name.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(String::as_str)
    }

    /// Whether no field was asked for by name.
    pub(crate) fn are_absent(&self) -> bool {
        self.0.is_none()
    }

    /// Whether a field was asked for by name.
    pub(crate) fn names(&self, field: &str) -> bool {
        self.0.as_ref().is_some_and(|asked| asked.contains(field))
    }
}

/// A list request, understood.
#[derive(Debug, Clone)]
pub(crate) struct ListQuery {
    pub(crate) filter: Option<Filter>,
    pub(crate) sort: Option<Sort>,
    pub(crate) offset: usize,
    pub(crate) limit: usize,
    /// Whether the totals belong into the answer.
    pub(crate) count: bool,
    pub(crate) columns: Columns,
    pub(crate) max_login_events: usize,
}

impl ListQuery {
    /// Reads the parameters for a list of `T`.
    pub(crate) fn parse<T: Row>(query: &Query, settings: &Settings) -> Outcome<Self> {
        let count = match query.first("count").map(str::to_ascii_lowercase).as_deref() {
            None => settings.count_absent == CountAbsent::Include,
            Some("true") => true,
            Some("false") => settings.count_false == CountFalse::Include,
            Some(other) => return Err(Refusal::bad_request(format!("count is true or false, not {other}"))),
        };
        let asked: BTreeSet<String> = query
            .all("columns")
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(String::from)
            .collect();
        Ok(Self {
            filter: query.first("filter").map(|text| Filter::parse::<T>(text, settings)).transpose()?,
            sort: query.first("sort").map(sort::<T>).transpose()?,
            offset: query.number("offset")?.unwrap_or(0),
            limit: limit(query.number("limit")?, settings)?,
            count,
            columns: Columns((!asked.is_empty()).then_some(asked)),
            max_login_events: query.number("maxLoginEvents")?.unwrap_or(1),
        })
    }
}

fn limit(asked: Option<usize>, settings: &Settings) -> Outcome<usize> {
    let largest = settings.page_limit;
    match asked {
        None => Ok(settings.default_limit.min(largest)),
        Some(0) => match settings.limit_zero {
            LimitZero::Default => Ok(settings.default_limit.min(largest)),
            LimitZero::Empty => Ok(0),
        },
        Some(asked) if asked > largest => match settings.limit_over_max {
            LimitOverMax::Clamp => Ok(largest),
            LimitOverMax::BadRequest => {
                Err(Refusal::bad_request(format!("limit {asked} is above the largest page, {largest}")))
            }
        },
        Some(asked) => Ok(asked),
    }
}

fn sort<T: Row>(text: &str) -> Outcome<Sort> {
    // A `+` that was not encoded arrives as a space.
    let (field, descending) = match text.strip_prefix('-') {
        Some(field) => (field, true),
        None => (text.trim_start_matches(['+', ' ']), false),
    };
    let known = T::FIELDS.iter().find(|known| **known == field);
    let field = known.ok_or_else(|| Refusal::bad_request(format!("cannot sort by {field}")))?;
    Ok(Sort { field, descending })
}
