//! One value as a table or a list of facts shows it.

use hatchery_sdk::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::labels::{Labels, Named};
use crate::domain::schema::{Property, Shape};

/// A value ready for `cell.html`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Cell {
    pub(crate) kind: &'static str,
    pub(crate) value: Value,
    pub(crate) label: Option<String>,
    pub(crate) tone: Option<&'static str>,
    pub(crate) url: Option<String>,
}

/// Longest text of a cell in characters.
const LONGEST: usize = 120;
/// Fields whose texts are codes.
const CODES: [&str; 9] =
    ["id", "sku", "slug", "number", "code", "key", "tracking_number", "barcode", "order_number"];

impl Cell {
    /// A cell of a kind.
    pub(crate) fn new(kind: &'static str, value: impl Into<Value>) -> Self {
        Self { kind, value: value.into(), label: None, tone: None, url: None }
    }

    /// A cell that says there is nothing.
    pub(crate) fn none() -> Self {
        Self::new("none", Value::Null)
    }

    /// An amount.
    pub(crate) fn money(amount: Money) -> Self {
        Self::new("money", json!(amount))
    }

    /// A word of a closed set.
    pub(crate) fn status(word: &str, labels: &Labels) -> Self {
        let label = Some(labels.of(Named::Value, word));
        Self { label, tone: tone(word), ..Self::new("status", word) }
    }

    /// The same with a link.
    #[must_use]
    pub(crate) fn linked(self, url: String) -> Self {
        Self { url: Some(url), ..self }
    }

    /// Whether it stands at the right edge.
    pub(crate) fn is_numeric(&self) -> bool {
        matches!(self.kind, "money" | "number")
    }

    /// The cell of a field. What the schema does not tell is told by the value's looks.
    pub(crate) fn of(
        key: &str,
        property: Option<&Property<'_>>,
        value: &Value,
        locale: &Locale,
        labels: &Labels,
    ) -> Self {
        match (property.map(|property| &property.shape), value) {
            (_, Value::Null) => Self::none(),
            (Some(Shape::Choice(_)), Value::String(word)) => Self::status(word, labels),
            (Some(Shape::Secret), _) => Self::none(),
            (_, Value::Bool(_)) => Self::new("yes_no", value.clone()),
            (_, Value::Number(_)) => Self::new("number", value.clone()),
            (_, Value::String(text)) => Self::text(key, text),
            (_, Value::Array(items)) => Self::list(items),
            (_, Value::Object(_)) => Self::object(value, locale),
        }
    }

    fn text(key: &str, text: &str) -> Self {
        if text.is_empty() {
            Self::none()
        } else if chrono::DateTime::parse_from_rfc3339(text).is_ok() {
            Self::new("datetime", text)
        } else if text.parse::<chrono::NaiveDate>().is_ok() {
            Self::new("date", text)
        } else if key == "image" && (text.starts_with('/') || text.starts_with("https://")) {
            Self::new("image", text)
        } else if CODES.contains(&key) {
            Self::new("code", text)
        } else {
            Self::new("text", shortened(text))
        }
    }

    fn list(items: &[Value]) -> Self {
        let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
        match texts {
            _ if items.is_empty() => Self::none(),
            Some(texts) => Self::new("text", shortened(&texts.join(", "))),
            None => Self::new("number", items.len()),
        }
    }

    fn object(value: &Value, locale: &Locale) -> Self {
        if let Ok(amount) = serde_json::from_value::<Money>(value.clone()) {
            return Self::money(amount);
        }
        if let Ok(price) = serde_json::from_value::<UnitPrice>(value.clone()) {
            let exact = price.is_finer_than_minor();
            return match exact {
                true => Self::new("code", price.decimal()),
                false => Self::money(price.rounded()),
            };
        }
        match serde_json::from_value::<Localized>(value.clone()) {
            Ok(texts) => match texts.get(locale) {
                "" => Self::none(),
                text => Self::new("text", shortened(text)),
            },
            Err(_) => Self::new("text", shortened(&summary(value))),
        }
    }
}

/// The texts of an object, such as an address, in a line.
fn summary(value: &Value) -> String {
    let texts =
        value.as_object().into_iter().flat_map(|map| map.values()).filter_map(Value::as_str);
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Whether a word is good news.
fn tone(word: &str) -> Option<&'static str> {
    match word {
        "active" | "paid" | "authorized" | "shipped" | "delivered" | "completed" | "reviewed"
        | "done" | "sent" | "received" => Some("good"),
        "pending" | "unpaid" | "draft" | "partially_shipped" | "partially_refunded"
        | "partially_returned" | "requested" | "queued" | "retrying" => Some("warn"),
        "failed" | "cancelled" | "dead" | "voided" | "rejected" | "locked" => Some("bad"),
        "placed" | "running" | "new" => Some("info"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_show_by_their_looks() {
        let check = |key: &str, value: Value, kind: &str, shown: Value| {
            let cell = Cell::of(key, None, &value, &Locale::zh_cn(), &Labels::default());
            assert_eq!((cell.kind, &cell.value), (kind, &shown), "{value}");
        };
        check("a", Value::Null, "none", Value::Null);
        check("a", json!(""), "none", Value::Null);
        check("a", json!(7), "number", json!(7));
        check("a", json!("2026-11-21T10:00:00Z"), "datetime", json!("2026-11-21T10:00:00Z"));
        check("a", json!("2026-11-21"), "date", json!("2026-11-21"));
        check("sku", json!("85123A"), "code", json!("85123A"));
        check("name", json!({ "en": "Pot", "zh-CN": "壶" }), "text", json!("壶"));
        check("tags", json!(["a", "b"]), "text", json!("a, b"));
        check("lines", json!([{}, {}]), "number", json!(2));
        let pounds = json!({ "minor": 255, "currency": "GBP" });
        check("total", pounds.clone(), "money", pounds);
        let fine = json!({ "micros": 1_234_500, "currency": "GBP" });
        check("unit", fine, "code", json!("1.2345"));
        check("address", json!({ "city": "London", "line1": "1" }), "text", json!("London, 1"));
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        let text = "字".repeat(LONGEST + 1);
        assert_eq!(shortened(&text).chars().count(), LONGEST + 1);
        assert!(shortened(&text).ends_with('…'));
    }
}
