//! Reads what was typed into a form that [`form`](crate::domain::form) drew back into a value.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use hatchery_sdk::prelude::*;
use serde_json::{Map, Value, json};

use crate::domain::schema::{self, Property, Shape};

/// The form as it was sent.
pub(crate) type Pairs = Vec<(String, String)>;

/// What reading needs to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReaderContext<'a> {
    pub(crate) locales: &'a [Locale],
    pub(crate) currency: Currency,
    pub(crate) zone: Tz,
}

/// A value read from a form. What could not be read stands in it as it was typed, so that the form can
/// be shown again.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) value: Value,
    /// Field path to the message key of what is wrong there.
    pub(crate) problems: BTreeMap<String, &'static str>,
}

/// Reads the whole form over the value that was there before. `_add` and `_remove` have changed the
/// rows of lists; fields that are only shown keep their value.
pub(crate) fn read(
    context: ReaderContext<'_>,
    schema: &Value,
    pairs: &Pairs,
    before: &Value,
) -> Read {
    let mut reader = Reader { context, pairs, problems: BTreeMap::new() };
    let mut value = reader.group(schema, "", before);
    for (name, path) in pairs {
        match name.as_str() {
            "_add" => add_row(&mut value, path),
            "_remove" => remove_row(&mut value, path),
            _ => {}
        }
    }
    Read { value, problems: reader.problems }
}

/// The row or list that the form asks to add to or to remove, when it only asks for that.
pub(crate) fn changed_rows(pairs: &Pairs) -> Option<&str> {
    last(pairs, "_add").or_else(|| last(pairs, "_remove"))
}

/// The last value of a name.
pub(crate) fn last<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    pairs.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

struct Reader<'a> {
    context: ReaderContext<'a>,
    pairs: &'a Pairs,
    problems: BTreeMap<String, &'static str>,
}

impl Reader<'_> {
    fn group(&mut self, schema: &Value, path: &str, before: &Value) -> Value {
        let mut object = before.as_object().cloned().unwrap_or_default();
        for property in schema::properties(schema) {
            let path = match path {
                "" => property.key.to_owned(),
                path => format!("{path}.{}", property.key),
            };
            if property.readonly || !self.is_there(&property, &path) {
                continue;
            }
            match self.field(&property, &path, &before[property.key]) {
                Some(value) => object.insert(property.key.to_owned(), value),
                None => object.remove(property.key),
            };
        }
        Value::Object(object)
    }

    /// Whether the form had this field. A list without rows has no inputs of its own.
    fn is_there(&self, property: &Property<'_>, path: &str) -> bool {
        let below = format!("{path}.");
        let list = format!("{path}[]");
        matches!(property.shape, Shape::GroupList(_))
            || self
                .pairs
                .iter()
                .any(|(name, _)| name == path || *name == list || name.starts_with(&below))
    }

    /// The value of a field; none leaves it out, so that its default applies.
    fn field(&mut self, property: &Property<'_>, path: &str, before: &Value) -> Option<Value> {
        let typed = last(self.pairs, path).map(str::trim).unwrap_or_default().to_owned();
        let empty = || property.nullable.then_some(Value::Null);
        match &property.shape {
            Shape::Localized => Some(self.localized(path, before)),
            Shape::Group(schema) => {
                let value = self.group(schema, path, before);
                Some(if property.nullable && is_empty(&value) { Value::Null } else { value })
            }
            Shape::GroupList(schema) => Some(or_nothing(property, self.rows(schema, path))),
            Shape::TextList => Some(or_nothing(property, self.texts(path, &typed))),
            Shape::TextMap => Some(or_nothing(property, text_map(&typed))),
            Shape::YesNo => Some(json!(typed == "true")),
            Shape::Text { .. } | Shape::Email | Shape::Url if typed.is_empty() => {
                Some(if property.nullable { Value::Null } else { json!("") })
            }
            // An empty password field keeps what is set.
            Shape::Secret if typed.is_empty() => Some(before.clone()),
            _ if typed.is_empty() => empty(),
            Shape::Integer => {
                let number = typed.parse::<i64>().map(Value::from);
                Some(self.or_as_typed(number.ok(), path, typed, "admin-error-number"))
            }
            Shape::Number => {
                let number = typed.parse::<f64>().map(Value::from);
                Some(self.or_as_typed(number.ok(), path, typed, "admin-error-number"))
            }
            Shape::Money => {
                let money = Money::parse(&typed.replace(',', "."), self.currency(before));
                let money = money.ok().map(|money| json!(money));
                Some(self.or_as_typed(money, path, typed, "admin-error-money"))
            }
            Shape::UnitPrice => {
                let price = UnitPrice::parse(&typed.replace(',', "."), self.currency(before));
                let price = price.ok().map(|price| json!(price));
                Some(self.or_as_typed(price, path, typed, "admin-error-money"))
            }
            Shape::Time => Some(json!(utc_time(&typed, self.context.zone))),
            Shape::Json => {
                let value = serde_json::from_str(&typed).ok();
                Some(self.or_as_typed(value, path, typed, "admin-error-json"))
            }
            Shape::Text { .. } | Shape::Email | Shape::Url | Shape::Secret => Some(json!(typed)),
            Shape::Date | Shape::Choice(_) => Some(json!(typed)),
        }
    }

    fn or_as_typed(
        &mut self,
        value: Option<Value>,
        path: &str,
        typed: String,
        problem: &'static str,
    ) -> Value {
        value.unwrap_or_else(|| {
            self.problems.insert(path.to_owned(), problem);
            Value::String(typed)
        })
    }

    fn currency(&self, before: &Value) -> Currency {
        let code = before["currency"].as_str().and_then(|code| code.parse().ok());
        code.unwrap_or(self.context.currency)
    }

    /// Languages that the form did not show keep their text.
    fn localized(&self, path: &str, before: &Value) -> Value {
        let mut texts = before.as_object().cloned().unwrap_or_default();
        for locale in self.context.locales {
            match last(self.pairs, &format!("{path}.{locale}")).map(str::trim) {
                Some("") => texts.remove(locale.as_str()),
                Some(text) => texts.insert(locale.to_string(), json!(text)),
                None => None,
            };
        }
        Value::Object(texts)
    }

    fn rows(&mut self, schema: &Value, path: &str) -> Value {
        let below = format!("{path}.");
        let number =
            |name: &str| name.strip_prefix(&below)?.split('.').next()?.parse::<usize>().ok();
        let rows: BTreeSet<usize> =
            self.pairs.iter().filter_map(|(name, _)| number(name)).collect();
        rows.into_iter()
            .map(|row| self.group(schema, &format!("{path}.{row}"), &Value::Null))
            .collect()
    }

    /// Several texts: one per line, or the boxes that are ticked.
    fn texts(&self, path: &str, typed: &str) -> Value {
        let boxes = format!("{path}[]");
        let ticked: Vec<&str> = self
            .pairs
            .iter()
            .filter(|(name, _)| *name == boxes)
            .map(|(_, value)| value.as_str())
            .collect();
        let texts = if ticked.is_empty() { typed.lines().collect() } else { ticked };
        texts.into_iter().map(str::trim).filter(|text| !text.is_empty()).collect()
    }
}

fn text_map(typed: &str) -> Value {
    let pairs = typed.lines().filter_map(|line| line.split_once(':'));
    let pairs = pairs.map(|(key, text)| (key.trim().to_owned(), json!(text.trim())));
    Value::Object(pairs.filter(|(key, _)| !key.is_empty()).collect::<Map<_, _>>())
}

/// A local time as UTC; what is no time stays as typed, for the resource to refuse.
fn utc_time(typed: &str, zone: Tz) -> String {
    let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
    let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(typed, format).ok());
    match local.and_then(|local| zone.from_local_datetime(&local).earliest()) {
        Some(time) => time.with_timezone(&Utc).to_rfc3339(),
        None => typed.to_owned(),
    }
}

/// A list nobody filled in is absent where it may be: "all" and "none of them" are different things.
fn or_nothing(property: &Property<'_>, value: Value) -> Value {
    if property.nullable && is_empty(&value) { Value::Null } else { value }
}

/// Whether nothing was typed into any field of a group.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(set) => !set,
        Value::String(text) => text.is_empty(),
        Value::Number(_) => false,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.values().all(is_empty),
    }
}

fn add_row(value: &mut Value, path: &str) {
    match value.pointer_mut(&pointer(path)) {
        Some(Value::Array(rows)) => rows.push(json!({})),
        Some(absent @ Value::Null) => *absent = json!([{}]),
        _ => {}
    }
}

fn remove_row(value: &mut Value, path: &str) {
    let Some((list, row)) = path.rsplit_once('.') else { return };
    let (Some(Value::Array(rows)), Ok(row)) =
        (value.pointer_mut(&pointer(list)), row.parse::<usize>())
    else {
        return;
    };
    if row < rows.len() {
        rows.remove(row);
    }
}

fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::component::resource::inline_schema;
    use hatchery_sdk::interfaces::{catalog::ProductDraft, crm::Customer};

    use super::*;

    fn pairs(text: &[(&str, &str)]) -> Pairs {
        text.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn read_form(schema: &Value, text: &[(&str, &str)], before: &Value) -> Read {
        let locales = [Locale::en(), Locale::zh_cn()];
        let currency = "GBP".parse().unwrap();
        let zone = chrono_tz::Asia::Shanghai;
        let context = ReaderContext { locales: &locales, currency, zone };
        read(context, schema, &pairs(text), before)
    }

    #[test]
    fn a_product_is_read_over_what_was_there() {
        let schema = inline_schema::<ProductDraft>();
        let before = json!({
            "slug": "pot",
            "name": { "en": "Pot", "de": "Kanne" },
            "brand": "Old",
            "variants": [{ "sku": "A" }],
            "updated_at": "2026-01-01T00:00:00Z",
        });
        let form = [
            ("name.en", "Tea pot "),
            ("name.zh-CN", "茶壶"),
            ("brand", ""),
            ("tags", "a\n\n b "),
            ("variants.0.sku", "A"),
            ("variants.0.weight_grams", "350"),
            ("variants.0.options", "color: red"),
            ("variants.2.sku", "B"),
            ("variants.2.weight_grams", ""),
        ];
        let read = read_form(&schema, &form, &before);
        assert_eq!(read.problems, BTreeMap::new());
        let expect = json!({ "en": "Tea pot", "zh-CN": "茶壶", "de": "Kanne" });
        assert_eq!(read.value["name"], expect);
        assert_eq!(read.value["brand"], Value::Null);
        assert_eq!(read.value["slug"], "pot");
        assert_eq!(read.value["tags"], json!(["a", "b"]));
        assert_eq!(read.value["variants"].as_array().unwrap().len(), 2);
        assert_eq!(read.value["variants"][0]["options"], json!({ "color": "red" }));
        assert_eq!(read.value["variants"][1]["weight_grams"], Value::Null);
        serde_json::from_value::<ProductDraft>(read.value).unwrap();
    }

    #[test]
    fn rows_come_and_go_without_saving() {
        let schema = inline_schema::<ProductDraft>();
        let rows = [("variants.0.sku", "A"), ("variants.1.sku", "B")];
        let check = |button: (&str, &str), expect: Value| {
            let form = [rows[0], rows[1], button];
            let read = read_form(&schema, &form, &json!({}));
            let skus: Vec<&Value> =
                read.value["variants"].as_array().unwrap().iter().map(|row| &row["sku"]).collect();
            assert_eq!(json!(skus), expect);
            assert_eq!(changed_rows(&pairs(&form)), Some(button.1));
        };
        check(("_add", "variants"), json!(["A", "B", null]));
        check(("_remove", "variants.0"), json!(["B"]));
        check(("_remove", "variants.7"), json!(["A", "B"]));
    }

    #[test]
    fn what_cannot_be_read_stays_as_typed() {
        let schema = inline_schema::<ProductDraft>();
        let read = read_form(&schema, &[("variants.0.weight_grams", "heavy")], &json!({}));
        assert_eq!(read.value["variants"][0]["weight_grams"], "heavy");
        let place = "variants.0.weight_grams".to_owned();
        assert_eq!(read.problems, BTreeMap::from([(place, "admin-error-number")]));
    }

    #[test]
    fn an_optional_group_left_empty_is_nothing() {
        let schema = inline_schema::<Customer>();
        let form = [("address.name", ""), ("address.city", ""), ("birth_date", "")];
        let read = read_form(&schema, &form, &json!({}));
        assert_eq!(read.value["address"], Value::Null);
        assert_eq!(read.value["birth_date"], Value::Null);
        let read = read_form(&schema, &[("address.city", "London")], &json!({}));
        assert_eq!(read.value["address"]["city"], "London");
    }

    #[test]
    fn an_optional_list_left_empty_is_absent() {
        let rows = json!({ "type": "object", "properties": { "sku": { "type": "string" } } });
        let check = |kind: Value, expect: Value| {
            let lines = json!({ "type": kind, "items": rows });
            let schema = json!({ "type": "object", "properties": { "lines": lines } });
            assert_eq!(read_form(&schema, &[], &json!({})).value["lines"], expect);
        };
        check(json!(["array", "null"]), Value::Null);
        check(json!("array"), json!([]));
        let form = [("lines.0.sku", "A")];
        let lines = json!({ "type": ["array", "null"], "items": rows });
        let schema = json!({ "type": "object", "properties": { "lines": lines } });
        assert_eq!(read_form(&schema, &form, &json!({})).value["lines"][0]["sku"], "A");
        let first = read_form(&schema, &[("_add", "lines")], &json!({}));
        assert_eq!(first.value["lines"], json!([{}]));
    }

    #[test]
    fn times_are_typed_in_the_zone_of_the_store() {
        let zone = chrono_tz::Asia::Shanghai;
        assert_eq!(utc_time("2026-11-21T18:00", zone), "2026-11-21T10:00:00+00:00");
        assert_eq!(utc_time("soon", zone), "soon");
    }
}
