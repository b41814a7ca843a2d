//! Cursors: where a page ended, as opaque text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::Query;
use super::error::{Part, Problem, QueryError};
use super::literal::Literal;

/// The longest cursor that is looked at, in bytes.
const MAX_LENGTH: usize = 8192;

/// What a cursor holds: the last record's values of every sort key, and what query it belongs to.
#[derive(Serialize, Deserialize)]
struct Content {
    /// Hash of filter and order.
    q: String,
    /// The values, each with a letter for its kind in front.
    k: Vec<String>,
}

impl<R> Query<R> {
    /// The cursor of the page after the record with these values, one per key of [`Query::order`].
    pub fn cursor_after(&self, keys: &[Literal]) -> String {
        let content = Content { q: self.fingerprint(), k: keys.iter().map(write).collect() };
        // Two lists of strings are always JSON.
        let json = serde_json::to_vec(&content).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(json)
    }

    /// The values in this query's cursor, one per key of [`Query::order`].
    ///
    /// # Errors
    /// The cursor is not ours, or was made for another filter or order.
    pub fn cursor_keys(&self) -> Result<Option<Vec<Literal>>, QueryError> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let error = |problem| QueryError::of(Part::Cursor, problem);
        let content = decode(cursor).ok_or_else(|| error(Problem::CursorUnreadable))?;
        if content.q != self.fingerprint() {
            return Err(error(Problem::CursorOfOtherQuery));
        }
        let keys: Option<Vec<_>> = content.k.iter().map(|text| read(text)).collect();
        let keys = keys.filter(|keys| keys.len() == self.order().len());
        keys.map(Some).ok_or_else(|| error(Problem::CursorUnreadable))
    }

    /// A short hash of filter and order (FNV-1a, so that it is the same in every binary). It guards against
    /// mistakes, not against forgery: a forged cursor shows nothing that a filter could not show.
    fn fingerprint(&self) -> String {
        let mut text = self.filter.as_ref().map(ToString::to_string).unwrap_or_default();
        for key in self.order() {
            text.push('\n');
            text.push_str(&key.to_string());
        }
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{:08x}", (hash >> 32) ^ (hash & 0xffff_ffff))
    }
}

fn decode(cursor: &str) -> Option<Content> {
    if cursor.len() > MAX_LENGTH {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

fn write(key: &Literal) -> String {
    match key {
        key if key.is_null() => "n".to_owned(),
        Literal::Null => "n".to_owned(),
        Literal::Bool(value) => format!("b{value}"),
        Literal::Int(number) => format!("i{number}"),
        Literal::Float(number) => format!("f{number:?}"),
        Literal::Text(text) => format!("s{text}"),
        Literal::Time(time) => format!("t{}", time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
    }
}

fn read(text: &str) -> Option<Literal> {
    let kind = text.chars().next()?;
    let rest = &text[kind.len_utf8()..];
    Some(match kind {
        'n' => Literal::Null,
        'b' => Literal::Bool(rest.parse().ok()?),
        'i' => Literal::Int(rest.parse().ok()?),
        'f' => Literal::Float(rest.parse().ok().filter(|number: &f64| number.is_finite())?),
        's' => Literal::Text(rest.to_owned()),
        't' => Literal::Time(rest.parse::<DateTime<Utc>>().ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Expr, Sort};

    fn query() -> Query {
        let filter = Expr::Has { field: "name".into(), value: "tea".into() };
        Query::new().filter(filter).order_by(Sort::descending("price"))
    }

    #[test]
    fn keys_come_back_exactly() {
        #[track_caller]
        fn check(key: Literal) {
            let keys = vec![key, "id".into()];
            let cursor = query().cursor_after(&keys);
            assert!(
                cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            );
            assert_eq!(query().after(cursor).cursor_keys(), Ok(Some(keys)));
        }
        check(Literal::Null);
        check(true.into());
        check(i64::MIN.into());
        check(0.1.into());
        check((1.0 / 3.0).into());
        check(5e-324.into());
        check("茶 \"é\"\n".into());
        check("".into());
        check(Literal::Time("2024-05-01T12:00:00.123456789Z".parse().unwrap()));
        assert_eq!(query().cursor_keys(), Ok(None));
    }

    #[test]
    fn a_cursor_belongs_to_its_filter_and_order() {
        #[track_caller]
        fn check(query: Query, expect: Problem) {
            assert_eq!(query.cursor_keys().unwrap_err().problem, expect);
        }
        let cursor = query().cursor_after(&[1.into(), "id".into()]);
        assert!(query().limit(7).after(&cursor).cursor_keys().is_ok());
        check(Query::new().after(&cursor), Problem::CursorOfOtherQuery);
        check(
            query().order_by(Sort::ascending("name")).after(&cursor),
            Problem::CursorOfOtherQuery,
        );
        check(query().filter(Expr::never()).after(&cursor), Problem::CursorOfOtherQuery);
        check(query().after("nonsense"), Problem::CursorUnreadable);
        check(query().after(&cursor[1..]), Problem::CursorUnreadable);
        check(query().after(query().cursor_after(&[1.into()])), Problem::CursorUnreadable);
        check(query().after("A".repeat(10_000)), Problem::CursorUnreadable);
    }
}
