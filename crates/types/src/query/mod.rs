//! Typed, language-integrated queries: one expression tree that runs as SQL where the fields are stored, in
//! memory on DTOs, and is the `filter=` of the REST API.
//!
//! ```
//! use hatchery_types::{Query, fields};
//!
//! #[derive(serde::Serialize)]
//! struct Product { id: u32, name: &'static str, price: i64 }
//!
//! fields! {
//!     pub Product {
//!         NAME: Text = "name",
//!         PRICE: Integer = "price",
//!     }
//! }
//!
//! let query = Query::<Product>::new()
//!     .filter(Product::PRICE.lt(500).and(Product::NAME.contains("tea")))
//!     .order_by(Product::PRICE.desc())
//!     .limit(20);
//! let page = query.apply(vec![Product { id: 1, name: "Tea pot", price: 499 }]).unwrap();
//! assert_eq!(page.items[0].id, 1);
//! assert_eq!(Query::<Product>::parse("price < 500 name:tea", "-price").unwrap().limit(20), query);
//! ```
//!
//! # The text of a filter
//! A subset of [AIP-160](https://google.aip.dev/160):
//! ```text
//! expression = factor { [ "AND" ] factor }           two conditions side by side mean AND
//! factor     = term { "OR" term }                     OR binds tighter than AND
//! term       = [ "NOT" | "-" ] ( "(" expression ")" | condition )
//! condition  = field operator value | field ":" "*" | "true" | "false"
//! operator   = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":"
//! value      = "quoted" | 'quoted' | word | "(" value { "OR" value } ")"     several values: = and : only
//! field      = name { "." name }                      a name with other signs stands in quotes
//! ```
//! So `a = 1 AND b = 2 OR c = 3` means `a = 1 AND (b = 2 OR c = 3)`. Quotes are escaped as `\"`, `\'`, `\\`;
//! `\n`, `\r`, `\t` are known too. A word is read as the field takes it: a number, `true`, `false`, `null`, an
//! RFC 3339 time, a date, or text. `name:tea` finds a text that contains it, `tags:tea` a list that has it,
//! `tags:*` any value. At most 8,192 characters, 32 nested parentheses and 200 conditions.
//!
//! # What memory and SQL agree on
//! - A condition on a missing value is false; `NOT` is plain negation; see [`Expr`].
//! - Texts compare by their bytes (`=`, `<` and order); `:` ignores the case of ASCII letters.
//! - Records without a value come last in both directions; ties are broken by `id`.
//! - In memory a text that is a full RFC 3339 timestamp is ordered as a point in time.

mod cursor;
mod error;
mod expr;
mod field;
mod literal;
mod memory;
mod params;
mod parse;
mod schema;
mod sort;

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

pub use crate::fields;
pub use error::{Part, Problem, QueryError};
pub use expr::{Expr, Op};
pub use field::{Field, Queryable};
pub use literal::Literal;
pub use params::ListParams;
pub use schema::{FieldDef, Fields, Kind, Operator, unknown_field};
pub use sort::{Direction, Sort};

/// Items per page when nothing is said.
pub const DEFAULT_LIMIT: u32 = 50;
/// The most items per page.
pub const MAX_LIMIT: u32 = 500;

/// A question for a list of records `R`: which, in what order, which page, which fields.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", default)]
pub struct Query<R = serde_json::Value> {
    /// Which records; all if absent.
    pub filter: Option<Expr>,
    /// In what order; `id` breaks ties.
    pub sort: Vec<Sort>,
    /// How many per page; [`Query::page_size`] keeps it within 1 and 500.
    pub limit: u32,
    /// `next_cursor` of the page before; absent for the first page.
    pub cursor: Option<String>,
    /// Which fields of the records; all if absent.
    pub fields: Option<Vec<String>>,
    #[serde(skip)]
    record: PhantomData<fn() -> R>,
}

impl<R> Query<R> {
    /// All records by their id, 50 per page.
    pub const fn new() -> Self {
        Self {
            filter: None,
            sort: Vec::new(),
            limit: DEFAULT_LIMIT,
            cursor: None,
            fields: None,
            record: PhantomData,
        }
    }

    /// Reads `filter=` and `sort=` without knowing the fields; values are taken by their looks.
    ///
    /// # Errors
    /// A mistake in the grammar, with its column.
    pub fn parse_untyped(filter: &str, sort: &str) -> Result<Self, QueryError> {
        let (filter, sort) = (parse::filter(filter, None)?, Sort::parse_list(sort)?);
        Ok(Self { filter, sort, ..Self::new() })
    }

    /// Only records of which this is true too.
    #[must_use]
    pub fn filter(mut self, expr: Expr) -> Self {
        self.filter = Some(match self.filter.take() {
            Some(filter) => filter.and(expr),
            None => expr,
        });
        self
    }

    /// Adds a key to the order.
    #[must_use]
    pub fn order_by(mut self, sort: Sort) -> Self {
        self.sort.push(sort);
        self
    }

    /// The order to use when the query names none.
    #[must_use]
    pub fn default_order(mut self, sort: impl IntoIterator<Item = Sort>) -> Self {
        if self.sort.is_empty() {
            self.sort.extend(sort);
        }
        self
    }

    /// How many per page, within 1 and 500.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit.clamp(1, MAX_LIMIT);
        self
    }

    /// The page that this cursor points at.
    #[must_use]
    pub fn after(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }

    /// Only these fields of the records.
    #[must_use]
    pub fn select<F: Into<String>>(mut self, fields: impl IntoIterator<Item = F>) -> Self {
        self.fields = Some(fields.into_iter().map(Into::into).collect());
        self
    }

    /// The same question for another type of record.
    pub fn cast<S>(self) -> Query<S> {
        let Self { filter, sort, limit, cursor, fields, record: _ } = self;
        Query { filter, sort, limit, cursor, fields, record: PhantomData }
    }

    /// How many records a page has at most, whatever was sent.
    pub fn page_size(&self) -> usize {
        self.limit.clamp(1, MAX_LIMIT) as usize
    }

    /// The whole order: the sort, and `id` so that no two records are equal.
    pub fn order(&self) -> Vec<Sort> {
        let mut order = self.sort.clone();
        if !order.iter().any(|key| key.field == "id") {
            order.push(Sort::ascending("id"));
        }
        order
    }
}

impl<R: Queryable> Query<R> {
    /// Reads and checks `filter=` and `sort=`; empty texts are none.
    ///
    /// # Errors
    /// A mistake in one of them, with its column.
    pub fn parse(filter: &str, sort: &str) -> Result<Self, QueryError> {
        let fields = R::fields();
        let (filter, sort) = (fields.parse_filter(filter)?, fields.parse_sort(sort)?);
        Ok(Self { filter, sort, ..Self::new() })
    }
}

// Derives would ask the same of `R`, which is only a marker.
impl<R> Default for Query<R> {
    fn default() -> Self {
        Self::new()
    }
}
impl<R> Clone for Query<R> {
    fn clone(&self) -> Self {
        Self {
            filter: self.filter.clone(),
            sort: self.sort.clone(),
            limit: self.limit,
            cursor: self.cursor.clone(),
            fields: self.fields.clone(),
            record: PhantomData,
        }
    }
}
impl<R> PartialEq for Query<R> {
    fn eq(&self, other: &Self) -> bool {
        self.filter == other.filter
            && self.sort == other.sort
            && self.limit == other.limit
            && self.cursor == other.cursor
            && self.fields == other.fields
    }
}
impl<R> fmt::Debug for Query<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("filter", &self.filter.as_ref().map(ToString::to_string))
            .field("sort", &self.sort.iter().map(ToString::to_string).collect::<Vec<_>>())
            .field("limit", &self.limit)
            .field("cursor", &self.cursor)
            .field("fields", &self.fields)
            .finish()
    }
}

/// Names that the expansion of [`fields!`](crate::fields) needs.
#[doc(hidden)]
pub mod __private {
    pub use chrono::{DateTime, NaiveDate, Utc};
    pub use uuid::Uuid;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_crosses_a_byte_boundary_without_its_type() {
        struct Product;
        let query = Query::<Product>::parse_untyped("a < 2024-05-01 b = (1.5 OR null)", "-a")
            .unwrap()
            .limit(7)
            .after("x")
            .select(["a"]);
        let bytes = rmp_serde::to_vec_named(&query).unwrap();
        assert_eq!(rmp_serde::from_slice::<Query>(&bytes).unwrap().cast::<Product>(), query);
        let older: Query =
            rmp_serde::from_slice(&rmp_serde::to_vec_named(&serde_json::json!({})).unwrap())
                .unwrap();
        assert_eq!(older, Query::new());
    }

    #[test]
    fn limits_are_kept() {
        assert_eq!(Query::<()>::new().page_size(), 50);
        assert_eq!(Query::<()>::new().limit(0).page_size(), 1);
        assert_eq!(Query::<()> { limit: 1_000_000, ..Query::new() }.page_size(), 500);
    }

    #[test]
    fn filters_add_up() {
        let query = Query::<()>::parse_untyped("a=1 OR b=2", "").unwrap().filter(Expr::never());
        assert_eq!(query.filter.unwrap().to_string(), "(a = 1 OR b = 2) AND false");
    }
}
