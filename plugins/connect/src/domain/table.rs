//! Mapping files: any CSV, by a TOML file that says which column is what.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use csv::StringRecord;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::prelude::*;
use serde::Deserialize;

use crate::domain::ledger::{Entry, Line, MAX_PRICE_MICROS, MAX_QUANTITY};
use crate::domain::time;
use crate::error::ImportError;

/// Before the key of a field that staff added, as in `filter=`.
pub(crate) const CUSTOM: &str = "custom.";

/// A mapping file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableMapping {
    /// The source; together with a number it tells whether something is here already.
    pub(crate) name: String,
    /// What a line is.
    pub(crate) records: Records,
    /// Between fields; a comma when absent.
    #[serde(default = "comma")]
    pub(crate) delimiter: char,
    /// Of times, besides those always understood.
    #[serde(default)]
    pub(crate) time_format: Option<String>,
    /// What we know to the column that says it.
    pub(crate) columns: BTreeMap<String, String>,
}

/// What a line of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Records {
    /// A line of an order.
    Orders,
    /// A product with one variant.
    Products,
    /// A customer.
    Customers,
}

impl Records {
    /// Keys that must be mapped; of those with a bar one is enough.
    fn required(self) -> &'static [&'static str] {
        match self {
            Self::Orders => &["number", "sku", "quantity", "price|total", "placed_at"],
            Self::Products => &["sku", "name", "price"],
            Self::Customers => &["reference|email"],
        }
    }

    /// The admin resource whose fields can be filled.
    pub(crate) fn resource(self) -> Option<&'static str> {
        match self {
            Self::Orders => None,
            Self::Products => Some("products"),
            Self::Customers => Some("customers"),
        }
    }

    fn optional(self) -> &'static [&'static str] {
        match self {
            Self::Orders => &["name", "customer", "email", "customer_name", "country", "category"],
            Self::Products => &[
                "description",
                "category",
                "list_price",
                "stock",
                "brand",
                "barcode",
                "weight_grams",
                "slug",
                "tags",
                "images",
            ],
            Self::Customers => {
                &["name", "gender", "birth_date", "occupation", "interests", "phone"]
            }
        }
    }
}

impl TableMapping {
    /// Reads a mapping file.
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, ImportError> {
        let fail = |reason: String| ImportError::Mapping { mapping: path.to_owned(), reason };
        let mapping: Self = toml::from_str(text).map_err(|error| fail(error.to_string()))?;
        let records = mapping.records;
        for required in records.required() {
            if !required.split('|').any(|key| mapping.columns.contains_key(key)) {
                return Err(fail(format!(
                    "columns.{} is missing",
                    required.replace('|', " or columns.")
                )));
            }
        }
        let known: Vec<&str> = records
            .required()
            .iter()
            .flat_map(|key| key.split('|'))
            .chain(records.optional().iter().copied())
            .collect();
        let takes_fields = records.resource().is_some();
        let is_known =
            |key: &str| known.contains(&key) || (takes_fields && key.starts_with(CUSTOM));
        if let Some(key) = mapping.columns.keys().find(|key| !is_known(key)) {
            return Err(fail(format!("columns.{key} is unknown; known are {}", known.join(", "))));
        }
        if !mapping.delimiter.is_ascii() {
            return Err(fail("delimiter must be one ASCII character".into()));
        }
        Ok(mapping)
    }
}

/// Where the mapped columns of a file are.
pub(crate) struct Positions(BTreeMap<String, usize>);

impl Positions {
    /// Finds the mapped columns in a header.
    pub(crate) fn find(mapping: &TableMapping, header: &StringRecord) -> Result<Self, ImportError> {
        let position = |(key, column): (&String, &String)| {
            let found = header.iter().position(|name| name.trim() == column.as_str());
            let found = found.ok_or_else(|| ImportError::MissingColumn {
                column: column.clone(),
                known: header.iter().collect::<Vec<_>>().join(", "),
            })?;
            Ok((key.clone(), found))
        };
        mapping.columns.iter().map(position).collect::<Result<_, _>>().map(Self)
    }

    /// The field of a key, if it is mapped and not blank.
    pub(crate) fn get<'r>(&self, record: &'r StringRecord, key: &str) -> Option<&'r str> {
        let field = record.get(*self.0.get(key)?)?.trim();
        (!field.is_empty()).then_some(field)
    }
}

/// What a record of a ledger means.
pub(crate) fn entry(
    mapping: &TableMapping,
    positions: &Positions,
    record: &StringRecord,
    currency: Currency,
    zone: Tz,
) -> Entry {
    let get = |key: &str| positions.get(record, key);
    let owned = |key: &str| get(key).map(str::to_owned);
    let Some(number) = get("number").filter(|number| number.len() <= 60) else {
        return Entry::Rejected("order number missing or too long");
    };
    let Some(sku) = get("sku").and_then(|text| Sku::new(text).ok()) else {
        return Entry::Rejected("SKU missing or too long");
    };
    let Some(quantity) = get("quantity").and_then(|text| text.parse::<i64>().ok()) else {
        return Entry::Rejected("quantity is no whole number");
    };
    if quantity == 0 || quantity.abs() > MAX_QUANTITY {
        return Entry::Rejected("quantity is zero or beyond all measure");
    }
    let unit = match (get("price"), get("total")) {
        (Some(price), _) => UnitPrice::parse(price, currency).ok(),
        (None, Some(total)) => unit_of_total(total, quantity, currency),
        (None, None) => None,
    };
    let Some(unit) = unit.filter(|unit| (0..=MAX_PRICE_MICROS).contains(&unit.micros)) else {
        return Entry::Rejected("price is no amount");
    };
    let placed_at = get("placed_at");
    let Some(at) =
        placed_at.and_then(|text| time::parse(text, mapping.time_format.as_deref(), zone))
    else {
        return Entry::Rejected("date not understood");
    };
    let line = Line {
        number: number.to_owned(),
        sku,
        name: owned("name").unwrap_or_default(),
        quantity: quantity.abs(),
        unit,
        at,
        customer: owned("customer"),
        email: owned("email"),
        customer_name: owned("customer_name"),
        country: owned("country"),
        category: owned("category"),
    };
    if quantity > 0 { Entry::Sale(line) } else { Entry::Return(line) }
}

/// The price of one that makes a line's total, rounded to a millionth.
fn unit_of_total(total: &str, quantity: i64, currency: Currency) -> Option<UnitPrice> {
    // Other systems write sums of binary fractions: keep six decimals.
    let total: f64 = total.parse().ok().filter(|total: &f64| total.is_finite())?;
    let micros = (total.abs() * 1_000_000.0 / quantity.unsigned_abs() as f64).round();
    (micros <= MAX_PRICE_MICROS as f64).then(|| UnitPrice::from_micros(micros as i64, currency))
}

fn comma() -> char {
    ','
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUPERSTORE: &str = r#"
        name = "superstore"
        records = "orders"
        time_format = "%d/%m/%Y"
        [columns]
        number = "Order ID"
        sku = "Product ID"
        quantity = "Quantity"
        total = "Sales"
        placed_at = "Order Date"
    "#;

    #[test]
    fn a_mapping_says_what_is_missing_or_unknown() {
        let reason = |text: &str| match TableMapping::parse("m.toml", text) {
            Err(error) => error.to_string(),
            Ok(_) => "fits".into(),
        };
        assert_eq!(reason(SUPERSTORE), "fits");
        let missing = SUPERSTORE.replace("total = \"Sales\"", "");
        assert!(reason(&missing).contains("columns.price or columns.total is missing"));
        let unknown = SUPERSTORE.replace("sku =", "colour = \"x\"\nsku =");
        assert!(reason(&unknown).contains("columns.colour is unknown"));
        assert!(reason("name = 1").contains("m.toml"));
    }

    #[test]
    fn a_line_total_becomes_the_price_of_one() {
        let mapping = TableMapping::parse("m.toml", SUPERSTORE).unwrap();
        let header =
            StringRecord::from(vec!["Order ID", "Product ID", "Quantity", "Sales", "Order Date"]);
        let positions = Positions::find(&mapping, &header).unwrap();
        let record = StringRecord::from(vec!["US-1", "FUR-1", "2", "301.96", "06/07/2022"]);
        let entry = entry(&mapping, &positions, &record, Currency::USD, Tz::UTC);
        let Entry::Sale(line) = entry else { panic!("{entry:?}") };
        assert_eq!(line.unit.micros, 150_980_000);
        assert_eq!(line.at.to_rfc3339(), "2022-07-06T00:00:00+00:00");
        let other = StringRecord::from(vec!["Order ID", "SKU"]);
        assert!(matches!(
            Positions::find(&mapping, &other),
            Err(ImportError::MissingColumn { .. })
        ));
    }
}
