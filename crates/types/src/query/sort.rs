//! The order of a list.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::{Part, Problem, QueryError};

/// One key of an order. Records without a value come last in both directions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The field's name.
    pub field: String,
    /// Up or down.
    pub direction: Direction,
}

/// Up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// How many keys an order may have.
const MAX_KEYS: usize = 8;

impl Sort {
    /// Smallest first.
    pub fn ascending(field: impl Into<String>) -> Self {
        Self { field: field.into(), direction: Direction::Ascending }
    }

    /// Largest first.
    pub fn descending(field: impl Into<String>) -> Self {
        Self { field: field.into(), direction: Direction::Descending }
    }

    /// Reads the REST parameter `sort=`: names separated by commas, `-` before a name for largest first.
    ///
    /// # Errors
    /// An empty or repeated name, or too many keys.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, QueryError> {
        Ok(parse_with_columns(text)?.into_iter().map(|(sort, _)| sort).collect())
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.direction == Direction::Descending { "-" } else { "" };
        write!(f, "{sign}{}", self.field)
    }
}

/// Reads `sort=`; each key comes with the column of its field's name.
pub(crate) fn parse_with_columns(text: &str) -> Result<Vec<(Sort, usize)>, QueryError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut keys: Vec<(Sort, usize)> = Vec::new();
    let mut column = 1;
    for part in text.split(',') {
        let width = part.chars().count();
        let indent = width - part.trim_start().chars().count();
        let (name, sign) = match part.trim().strip_prefix('-') {
            Some(name) => (name, 1),
            None => (part.trim(), 0),
        };
        let at = column + indent + sign;
        let error = |problem| Err(QueryError::at(Part::Sort, at, problem));
        if name.is_empty() || !name.split('.').all(super::expr::is_plain_segment) {
            let found = if name.is_empty() { "nothing".to_owned() } else { format!("`{name}`") };
            return error(Problem::Syntax { expected: "the name of a field", found });
        }
        if keys.iter().any(|(key, _)| key.field == name) {
            return error(Problem::Repeated { field: name.to_owned() });
        }
        if keys.len() == MAX_KEYS {
            return error(Problem::TooMany { what: "sort keys", limit: MAX_KEYS });
        }
        let key = if sign == 1 { Sort::descending(name) } else { Sort::ascending(name) };
        keys.push((key, at));
        column += width + 1;
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sort_keys_are_read() {
        #[track_caller]
        fn check(text: &str, expect: Result<&[&str], &str>) {
            let found = Sort::parse_list(text)
                .map(|keys| keys.iter().map(Sort::to_string).collect::<Vec<_>>())
                .map_err(|error| error.to_string());
            let expect = expect
                .map(|keys| keys.iter().map(|&key| key.to_owned()).collect())
                .map_err(ToOwned::to_owned);
            assert_eq!(found, expect);
        }
        check("", Ok(&[]));
        check(" ", Ok(&[]));
        check("-price,name", Ok(&["-price", "name"]));
        check(" -price , custom.color ", Ok(&["-price", "custom.color"]));
        check("price,,name", Err("sort, column 7: expected the name of a field, found nothing"));
        check("price, -", Err("sort, column 9: expected the name of a field, found nothing"));
        check("a b", Err("sort, column 1: expected the name of a field, found `a b`"));
        check("name,-name", Err("sort, column 7: `name` is named twice"));
        check("a,b,c,d,e,f,g,h,i", Err("sort, column 17: more than 8 sort keys"));
    }
}
