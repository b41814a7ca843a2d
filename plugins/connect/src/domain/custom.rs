//! Columns of a mapped file that fill fields which staff added to a resource.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use csv::StringRecord;
use hatchery_sdk::component::platform::{CustomField, CustomFieldKind};
use serde_json::{Number, Value};

use crate::domain::table::{CUSTOM, Positions, TableMapping};
use crate::error::ImportError;

/// The fields that a mapping fills.
#[derive(Clone, Debug, Default)]
pub(crate) struct CustomColumns {
    fields: Vec<CustomField>,
    time_format: Option<String>,
}

impl CustomColumns {
    /// The mapped ones among the fields of a resource.
    ///
    /// # Errors
    /// A mapped field does not exist.
    pub(crate) fn find(
        path: &str,
        mapping: &TableMapping,
        definitions: Vec<CustomField>,
    ) -> Result<Self, ImportError> {
        let keys = mapping.columns.keys().filter_map(|key| key.strip_prefix(CUSTOM));
        for key in keys {
            if !definitions.iter().any(|field| field.key == key) {
                let known: Vec<&str> = definitions.iter().map(|it| it.key.as_str()).collect();
                let reason = format!(
                    "columns.\"{CUSTOM}{key}\": staff have added no field '{key}' here (there are: {}); \
                     add it in the admin under Fields first",
                    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
                );
                return Err(ImportError::Mapping { mapping: path.to_owned(), reason });
            }
        }
        let is_mapped =
            |field: &CustomField| mapping.columns.contains_key(&format!("{CUSTOM}{}", field.key));
        let fields = definitions.into_iter().filter(is_mapped).collect();
        Ok(Self { fields, time_format: mapping.time_format.clone() })
    }

    /// What a record says of these fields; a blank says nothing.
    pub(crate) fn values(
        &self,
        positions: &Positions,
        record: &StringRecord,
    ) -> Result<BTreeMap<String, Value>, &'static str> {
        let mut values = BTreeMap::new();
        for field in &self.fields {
            if let Some(text) = positions.get(record, &format!("{CUSTOM}{}", field.key)) {
                values.insert(field.key.clone(), self.value(field, text)?);
            }
        }
        Ok(values)
    }

    fn value(&self, field: &CustomField, text: &str) -> Result<Value, &'static str> {
        match field.kind {
            CustomFieldKind::Text => Ok(text.into()),
            CustomFieldKind::Number => {
                let whole = text.parse::<i64>().ok().map(Number::from);
                let number = whole.or_else(|| Number::from_f64(text.parse().ok()?));
                number.map(Value::Number).ok_or("number of an own field not understood")
            }
            CustomFieldKind::Date => {
                let formats = self.time_format.as_deref().into_iter().chain(["%Y-%m-%d"]);
                let date = formats
                    .filter_map(|format| NaiveDate::parse_from_str(text, format).ok())
                    .next()
                    .ok_or("date of an own field not understood")?;
                Ok(date.to_string().into())
            }
            CustomFieldKind::Choice => {
                let choice = field.choices.iter().find(|choice| choice.eq_ignore_ascii_case(text));
                choice
                    .map(|it| it.as_str().into())
                    .ok_or("choice of an own field not among its choices")
            }
            CustomFieldKind::YesNo => match text.to_lowercase().as_str() {
                "yes" | "y" | "true" | "1" | "是" => Ok(true.into()),
                "no" | "n" | "false" | "0" | "否" => Ok(false.into()),
                _ => Err("yes or no of an own field not understood"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(key: &str, kind: CustomFieldKind) -> CustomField {
        CustomField {
            resource: "products".into(),
            key: key.into(),
            kind,
            label: BTreeMap::new(),
            choices: vec!["Red".into(), "Green".into()],
        }
    }

    fn mapping() -> TableMapping {
        let text = r#"
            name = "shop"
            records = "products"
            time_format = "%d.%m.%Y"
            [columns]
            sku = "SKU"
            name = "Name"
            price = "Price"
            "custom.grade" = "Grade"
            "custom.since" = "Since"
            "custom.color" = "Color"
            "custom.fair" = "Fair"
        "#;
        TableMapping::parse("shop.toml", text).unwrap()
    }

    #[test]
    fn a_column_fills_a_field_of_its_kind() {
        let definitions = vec![
            field("grade", CustomFieldKind::Number),
            field("since", CustomFieldKind::Date),
            field("color", CustomFieldKind::Choice),
            field("fair", CustomFieldKind::YesNo),
            field("other", CustomFieldKind::Text),
        ];
        let columns = CustomColumns::find("shop.toml", &mapping(), definitions).unwrap();
        let header =
            StringRecord::from(vec!["SKU", "Name", "Price", "Grade", "Since", "Color", "Fair"]);
        let positions = Positions::find(&mapping(), &header).unwrap();
        let values = |fields: [&str; 4]| {
            let mut record = StringRecord::from(vec!["A", "Cup", "3"]);
            record.extend(fields);
            columns.values(&positions, &record)
        };
        let expect = json!({ "grade": 2.5, "since": "2011-12-31", "color": "Green", "fair": true });
        let found = values(["2.5", "31.12.2011", "green", "是"]).unwrap();
        assert_eq!(serde_json::to_value(found).unwrap(), expect);
        assert!(values(["", "", "", ""]).unwrap().is_empty());
        assert!(values(["much", "", "", ""]).unwrap_err().starts_with("number"));
        assert!(values(["", "soon", "", ""]).unwrap_err().starts_with("date"));
        assert!(values(["", "", "blue", ""]).unwrap_err().starts_with("choice"));
        assert!(values(["", "", "", "maybe"]).unwrap_err().starts_with("yes or no"));
    }

    #[test]
    fn a_field_that_nobody_added_is_named() {
        let definitions = vec![field("grade", CustomFieldKind::Number)];
        let error = CustomColumns::find("shop.toml", &mapping(), definitions).unwrap_err();
        assert!(error.to_string().contains("no field 'color'"), "{error}");
    }
}
