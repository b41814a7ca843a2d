//! The values a query compares with.

use std::cmp::Ordering;
use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Id, Money};

/// A value in a query.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Literal {
    /// No value.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with decimals. One that is not finite counts as no value.
    Float(f64),
    /// Text.
    Text(String),
    /// A point in time. A plain date is its midnight in UTC.
    Time(DateTime<Utc>),
}

impl Literal {
    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Float(number) => !number.is_finite(),
            _ => false,
        }
    }

    /// What a value in a record is sorted by.
    ///
    /// An amount of money is its minor units, an RFC 3339 timestamp a point in time; other objects and
    /// lists have no order and count as no value.
    pub(crate) fn sort_key(value: Option<&Value>) -> Self {
        match value {
            None | Some(Value::Null | Value::Array(_)) => Self::Null,
            Some(Value::Bool(value)) => Self::Bool(*value),
            Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Self::Int(whole),
                (None, Some(number)) => Self::Float(number),
                (None, None) => Self::Null,
            },
            Some(Value::String(text)) => match timestamp(text) {
                Some(time) => Self::Time(time),
                None => Self::Text(text.clone()),
            },
            Some(Value::Object(_)) => minor_units(value).map_or(Self::Null, Self::Int),
        }
    }

    /// Orders any two values: kinds apart, texts by their bytes, no value last.
    pub(crate) fn total_cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => left.cmp(right),
            (Self::Int(left), Self::Int(right)) => left.cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (Self::Time(left), Self::Time(right)) => left.cmp(right),
            _ if self.rank() != other.rank() => self.rank().cmp(&other.rank()),
            _ => cmp_numbers(self, other).unwrap_or(Ordering::Equal),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            _ if self.is_null() => 5,
            Self::Bool(_) => 0,
            Self::Int(_) | Self::Float(_) => 1,
            Self::Time(_) => 2,
            Self::Text(_) => 3,
            Self::Null => 5,
        }
    }

    /// Compares a value of a record with this one; `None` when there is no value or it is of another kind.
    pub(crate) fn cmp_with(&self, value: &Value) -> Option<Ordering> {
        match (value, self) {
            (Value::String(text), Self::Text(other)) => Some(text.as_str().cmp(other)),
            (Value::String(text), Self::Time(other)) => Some(time(text)?.cmp(other)),
            (Value::Bool(value), Self::Bool(other)) => Some(value.cmp(other)),
            (Value::Number(_) | Value::Object(_), Self::Int(_) | Self::Float(_)) => {
                cmp_numbers(&Self::sort_key(Some(value)), self)
            }
            _ => None,
        }
    }
}

/// Prints the value as it stands in a filter; texts are always quoted.
impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            _ if self.is_null() => f.write_str("null"),
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Text(text) => quote(text, f),
            Self::Time(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        }
    }
}

/// Prints a quoted text that the filter parser reads back.
pub(crate) fn quote(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for letter in text.chars() {
        match letter {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            other => write!(f, "{other}")?,
        }
    }
    f.write_str("\"")
}

/// Reads an RFC 3339 timestamp or a plain date.
pub(crate) fn time(text: &str) -> Option<DateTime<Utc>> {
    timestamp(text).or_else(|| date(text))
}

fn timestamp(text: &str) -> Option<DateTime<Utc>> {
    let bytes = text.as_bytes();
    // A cheap look first: most texts in a record are not timestamps.
    if bytes.len() < 20 || bytes[4] != b'-' || !matches!(bytes[10], b'T' | b't' | b' ') {
        return None;
    }
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.and_time(chrono::NaiveTime::MIN).and_utc())
}

/// The minor units of `{ "minor": 255, "currency": "GBP" }`.
fn minor_units(value: Option<&Value>) -> Option<i64> {
    value?.get("minor")?.as_i64()
}

fn cmp_numbers(left: &Literal, right: &Literal) -> Option<Ordering> {
    match (left, right) {
        (Literal::Int(left), Literal::Int(right)) => Some(left.cmp(right)),
        (Literal::Float(left), Literal::Float(right)) => left.partial_cmp(right),
        (Literal::Int(left), Literal::Float(right)) => cmp_mixed(*left, *right),
        (Literal::Float(left), Literal::Int(right)) => {
            cmp_mixed(*right, *left).map(Ordering::reverse)
        }
        _ => None,
    }
}

/// Compares exactly: turning the whole number into a float would make unequal numbers equal.
fn cmp_mixed(whole: i64, number: f64) -> Option<Ordering> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0; // two to the power of 63
    if number.is_nan() {
        None
    } else if number >= LIMIT {
        Some(Ordering::Less)
    } else if number < -LIMIT {
        Some(Ordering::Greater)
    } else {
        let truncated = number.trunc() as i64;
        0.0.partial_cmp(&number.fract()).map(|rest| whole.cmp(&truncated).then(rest))
    }
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<i64> for Literal {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<i32> for Literal {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}
impl From<u32> for Literal {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}
impl From<f64> for Literal {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}
impl From<String> for Literal {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<&str> for Literal {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl From<DateTime<Utc>> for Literal {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Time(value)
    }
}
impl From<NaiveDate> for Literal {
    fn from(value: NaiveDate) -> Self {
        Self::Time(value.and_time(chrono::NaiveTime::MIN).and_utc())
    }
}
impl From<uuid::Uuid> for Literal {
    fn from(value: uuid::Uuid) -> Self {
        Self::Text(value.to_string())
    }
}
impl<T> From<Id<T>> for Literal {
    fn from(value: Id<T>) -> Self {
        Self::Text(value.to_string())
    }
}
/// Amounts are compared by their minor units; the currency is a field of its own.
impl From<Money> for Literal {
    fn from(value: Money) -> Self {
        Self::Int(value.minor)
    }
}
impl<T: Into<Literal>> From<Option<T>> for Literal {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_records_compare_with_literals_of_their_kind_only() {
        #[track_caller]
        fn check(value: Value, literal: impl Into<Literal>, expect: Option<Ordering>) {
            assert_eq!(literal.into().cmp_with(&value), expect);
        }
        let noon = "2024-05-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap();
        check(json!(3), 3_i64, Some(Ordering::Equal));
        check(json!(3), 3.5, Some(Ordering::Less));
        check(json!(-3), -3.5, Some(Ordering::Greater));
        check(json!(3.5), 3_i64, Some(Ordering::Greater));
        check(json!(i64::MAX), i64::MAX as f64, Some(Ordering::Less));
        check(json!(9_007_199_254_740_993_i64), 9_007_199_254_740_992.0, Some(Ordering::Greater));
        check(json!({ "minor": 255, "currency": "GBP" }), 300_i64, Some(Ordering::Less));
        check(json!("b"), "a", Some(Ordering::Greater));
        check(json!("B"), "a", Some(Ordering::Less));
        check(json!("2024-05-01T14:00:00.5+02:00"), noon, Some(Ordering::Greater));
        check(json!("2024-05-01"), noon, Some(Ordering::Less));
        check(json!("tea"), noon, None);
        check(json!("3"), 3_i64, None);
        check(json!(null), 3_i64, None);
        check(json!(true), false, Some(Ordering::Greater));
        check(json!({ "currency": "GBP" }), 300_i64, None);
    }

    #[test]
    fn the_order_of_all_values_is_total() {
        let time = Literal::Time("2024-05-01T12:00:00Z".parse().unwrap());
        let ordered = [
            Literal::Bool(false),
            Literal::Bool(true),
            Literal::Float(-1e300),
            Literal::Int(i64::MIN),
            Literal::Float(-0.5),
            Literal::Int(0),
            Literal::Float(0.5),
            Literal::Int(i64::MAX),
            Literal::Float(1e300),
            time,
            Literal::from("A"),
            Literal::from("a"),
            Literal::Null,
        ];
        for (at, left) in ordered.iter().enumerate() {
            for (other, right) in ordered.iter().enumerate() {
                assert_eq!(left.total_cmp(right), at.cmp(&other), "{left} and {right}");
            }
        }
    }
}
