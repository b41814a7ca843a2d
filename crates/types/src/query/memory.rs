//! Queries over records in memory.

use std::cmp::Ordering;

use serde::Serialize;
use serde_json::{Map, Value};

use super::Query;
use super::error::{Part, Problem, QueryError};
use super::expr::{Expr, Op};
use super::literal::Literal;
use super::sort::{Direction, Sort};
use crate::Page;

impl Expr {
    /// Whether the filter is true of a record, given as JSON.
    pub fn matches(&self, record: &Value) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(record)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(record)),
            Self::Not(inner) => !inner.matches(record),
            Self::Compare { field, op, value } => compares(lookup(record, field), *op, value),
            Self::In { field, values } => {
                let found = lookup(record, field);
                values.iter().any(|value| compares(found, Op::Eq, value))
            }
            Self::Has { field, value } => {
                any_value(record, field, &mut |found, place| match place {
                    Place::Field => has(found, value),
                    Place::Element => compares(Some(found), Op::Eq, value) && !value.is_null(),
                })
            }
            Self::Present { field } => any_value(record, field, &mut |found, _| !found.is_null()),
        }
    }
}

impl<R> Query<R> {
    /// The page of these records that the query asks for. The records may come in any order; they are the
    /// whole list, not a page of it. Fields are not left out; see [`Query::project`].
    ///
    /// # Errors
    /// The cursor does not belong to this query, or there is a next page and the records have no `id`.
    pub fn apply<T: Serialize>(&self, records: Vec<T>) -> Result<Page<T>, QueryError> {
        let order = self.order();
        let after = self.cursor_keys()?;
        let mut found = Vec::new();
        for record in records {
            let json = to_json(&record)?;
            if self.filter.as_ref().is_some_and(|filter| !filter.matches(&json)) {
                continue;
            }
            let keys: Vec<Literal> =
                order.iter().map(|key| Literal::sort_key(lookup(&json, &key.field))).collect();
            if after
                .as_ref()
                .is_none_or(|after| cmp_keys(&order, &keys, after) == Ordering::Greater)
            {
                found.push((keys, record));
            }
        }
        found.sort_by(|(left, _), (right, _)| cmp_keys(&order, left, right));
        let has_more = found.len() > self.page_size();
        found.truncate(self.page_size());
        let next_cursor = match found.last() {
            Some((keys, _)) if has_more => Some(self.cursor_after(with_id(&order, keys)?)),
            _ => None,
        };
        Ok(Page { items: found.into_iter().map(|(_, record)| record).collect(), next_cursor })
    }

    /// The page as JSON with only the fields that the query asks for, and `id`.
    ///
    /// # Errors
    /// An item cannot be written as JSON.
    pub fn project<T: Serialize>(&self, page: Page<T>) -> Result<Page<Value>, QueryError> {
        page.try_map(|item| {
            let json = to_json(&item)?;
            let Some(fields) = &self.fields else { return Ok(json) };
            let mut kept = Value::Object(Map::new());
            for field in std::iter::once("id").chain(fields.iter().map(String::as_str)) {
                if let Some(value) = lookup(&json, field) {
                    put(&mut kept, field, value.clone());
                }
            }
            Ok(kept)
        })
    }
}

/// The keys, if they tell this record from all others.
fn with_id<'a>(order: &[Sort], keys: &'a [Literal]) -> Result<&'a [Literal], QueryError> {
    let id = order.iter().position(|key| key.field == "id").and_then(|at| keys.get(at));
    match id {
        Some(id) if !id.is_null() => Ok(keys),
        _ => Err(QueryError::of(Part::Records, Problem::NoId)),
    }
}

fn to_json<T: Serialize>(record: &T) -> Result<Value, QueryError> {
    serde_json::to_value(record)
        .map_err(|error| QueryError::of(Part::Records, Problem::Unwritable(error.to_string())))
}

fn cmp_keys(order: &[Sort], left: &[Literal], right: &[Literal]) -> Ordering {
    let mut pairs = order.iter().zip(left.iter().zip(right));
    pairs
        .find_map(|(key, (left, right))| {
            let ordering = left.total_cmp(right);
            let ordering = match key.direction {
                // No value is last in both directions.
                Direction::Descending if !left.is_null() && !right.is_null() => ordering.reverse(),
                _ => ordering,
            };
            (ordering != Ordering::Equal).then_some(ordering)
        })
        .unwrap_or(Ordering::Equal)
}

fn compares(found: Option<&Value>, op: Op, literal: &Literal) -> bool {
    let found = found.filter(|value| !value.is_null());
    if literal.is_null() {
        return match op {
            Op::Eq => found.is_none(),
            Op::Ne => found.is_some(),
            Op::Lt | Op::Le | Op::Gt | Op::Ge => false,
        };
    }
    let Some(ordering) = found.and_then(|value| literal.cmp_with(value)) else { return false };
    match op {
        Op::Eq => ordering.is_eq(),
        Op::Ne => ordering.is_ne(),
        Op::Lt => ordering.is_lt(),
        Op::Le => ordering.is_le(),
        Op::Gt => ordering.is_gt(),
        Op::Ge => ordering.is_ge(),
    }
}

fn has(found: &Value, literal: &Literal) -> bool {
    match (found, literal) {
        (Value::String(text), Literal::Text(part)) => {
            text.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
        }
        _ => !literal.is_null() && compares(Some(found), Op::Eq, literal),
    }
}

/// The value at a path of names; lists are not entered.
fn lookup<'a>(record: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(record, |value, name| value.as_object()?.get(name))
}

/// Where a value was found.
#[derive(Clone, Copy)]
enum Place {
    /// It is the value of the field.
    Field,
    /// It was reached through a list.
    Element,
}

/// Whether the test is true of any value at a path of names; lists are entered.
fn any_value(record: &Value, path: &str, test: &mut impl FnMut(&Value, Place) -> bool) -> bool {
    fn walk(
        value: &Value,
        path: Option<&str>,
        place: Place,
        test: &mut impl FnMut(&Value, Place) -> bool,
    ) -> bool {
        match (value, path) {
            (Value::Array(elements), _) => {
                elements.iter().any(|element| walk(element, path, Place::Element, test))
            }
            (value, None) => test(value, place),
            (Value::Object(object), Some(path)) => {
                let (name, rest) = match path.split_once('.') {
                    Some((name, rest)) => (name, Some(rest)),
                    None => (path, None),
                };
                object.get(name).is_some_and(|value| walk(value, rest, place, test))
            }
            _ => false,
        }
    }
    walk(record, Some(path), Place::Field, test)
}

/// Puts a value at a path of names.
fn put(target: &mut Value, path: &str, value: Value) {
    let Value::Object(object) = target else { return };
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((name, rest)) => {
            put(object.entry(name).or_insert_with(|| Value::Object(Map::new())), rest, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::query::parse;

    #[test]
    fn filters_match_records() {
        let record = json!({
            "name": "White Tea Pot", "stock": 3, "rating": 4.5, "note": null, "active": true,
            "price": { "minor": 255, "currency": "GBP" }, "tags": ["tea", "White"], "empty": [],
            "created_at": "2024-05-01T12:00:00.5Z", "born": "1990-01-31",
            "variants": [{ "sku": "85123A" }, { "sku": "22423" }], "custom": { "color": "red" },
        });
        #[track_caller]
        fn check(record: &Value, text: &str, expect: bool) {
            let expr = parse::filter(text, None).unwrap().unwrap();
            assert_eq!(expr.matches(record), expect, "{text}");
            assert_eq!(expr.not().matches(record), !expect, "NOT ({text})");
        }
        for text in [
            "true",
            "name:tea",
            "name:\"\"",
            "name = \"White Tea Pot\"",
            "name > \"White\" name < \"white\"",
            "stock = 3 stock <= 3.0 stock > 2.9",
            "stock != 4",
            "rating > 4 rating = (4 OR 4.5)",
            "price = 255 price.currency = GBP",
            "active = true",
            "note = null missing = null",
            "name != null",
            "note = (\"x\" OR null)",
            "tags:tea tags:White",
            "tags:* name:* price:*",
            "variants.sku:22423 OR variants.sku:\"22423\"",
            "variants.sku:*",
            "custom.color = red",
            "created_at > 2024-05-01T12:00:00Z created_at < 2024-05-02",
            "created_at = 2024-05-01T14:00:00.500+02:00",
            "born < 1990-02-01 born >= 1990-01-31",
            "NOT note = 5",
        ] {
            check(&record, text, true);
        }
        for text in [
            "false",
            "name = \"white tea pot\"",
            "name:coffee",
            "note = 5",
            "note != 5",
            "missing < 5",
            "missing >= 5",
            "name = 5",
            "name != 5",
            "stock = \"3\"",
            "stock < null",
            "tags:white",
            "tags = tea",
            "empty:x",
            "empty:*",
            "missing:*",
            "note:*",
            "note:x",
            "note:null",
            "variants.sku:8512",
            "variants.sku = 22423",
            "name.first = x",
            "name = ()",
        ] {
            check(&record, text, false);
        }
    }

    #[test]
    fn pages_follow_the_order_with_missing_values_last() {
        #[track_caller]
        fn check(sort: &str, expect: &str) {
            let records = vec![
                json!({ "id": "e", "price": 1, "name": "b" }),
                json!({ "id": "d", "price": null, "name": "a" }),
                json!({ "id": "c", "price": 2, "name": "b" }),
                json!({ "id": "b", "price": 1, "name": "B" }),
                json!({ "id": "a" }),
            ];
            let query = Query::<Value>::parse_untyped("", sort).unwrap().limit(2);
            let mut ids = String::new();
            let mut cursor = None;
            loop {
                let page = Query { cursor, ..query.clone() }.apply(records.clone()).unwrap();
                ids.extend(page.items.iter().map(|item| item["id"].as_str().unwrap()));
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
                ids.push(' ');
            }
            assert_eq!(ids, expect, "{sort}");
        }
        check("", "ab cd e");
        check("price", "be ca d");
        check("-price", "cb ea d");
        check("name", "bd ce a");
        check("name,-price", "bd ce a");
        check("-name,price", "ec db a");
        check("price,-id", "eb cd a");
        check("-id", "ed cb a");
    }

    #[test]
    fn only_the_wanted_fields_are_kept() {
        let item =
            json!({ "id": "a", "name": "x", "price": { "minor": 1, "currency": "GBP" }, "n": 1 });
        let query = Query::<Value>::new().select(["price.minor", "n", "missing"]);
        let page = query.project(Page::last(vec![item.clone()])).unwrap();
        assert_eq!(page.items, [json!({ "id": "a", "n": 1, "price": { "minor": 1 } })]);
        assert_eq!(Query::<Value>::new().project(Page::last(vec![&item])).unwrap().items, [item]);
    }

    #[test]
    fn a_next_page_needs_ids() {
        let records = vec![json!({ "name": "a" }), json!({ "name": "b" })];
        assert_eq!(Query::<Value>::new().apply(records.clone()).unwrap().items.len(), 2);
        let error = Query::<Value>::new().limit(1).apply(records).unwrap_err();
        assert_eq!(error.problem, Problem::NoId);
    }

    proptest! {
        #[test]
        fn pages_together_are_the_whole_list(
            prices in prop::collection::vec(prop::option::of(-3_i64..3), 0..30),
            limit in 1_u32..8,
            sort in "(-)?(price|id)",
        ) {
            let records: Vec<Value> = prices.iter().enumerate()
                .map(|(id, price)| json!({ "id": id, "price": price })).collect();
            let query = Query::<Value>::parse_untyped("", &sort).unwrap();
            let whole = query.clone().limit(500).apply(records.clone()).unwrap().items;
            let mut paged = Vec::new();
            let mut query = query.limit(limit);
            loop {
                let page = query.apply(records.clone()).unwrap();
                prop_assert!(page.items.len() <= limit as usize);
                paged.extend(page.items);
                let Some(cursor) = page.next_cursor else { break };
                query = query.after(cursor);
            }
            prop_assert_eq!(paged.len(), records.len());
            prop_assert_eq!(paged, whole);
        }
    }
}
