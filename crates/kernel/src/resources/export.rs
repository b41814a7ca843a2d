//! Records as CSV.

use hatchery_component::platform::ResourceDescription;
use hatchery_component::{Error, Record, Result};
use hatchery_types::Money;
use serde_json::Value;

use super::CUSTOM;

/// The columns of an export: id, those of the list, all other fields, staff-defined fields.
pub(crate) fn columns(description: &ResourceDescription) -> Vec<String> {
    let mut columns = vec!["id".to_owned()];
    let properties = description.schema.get("properties").and_then(Value::as_object);
    let fields = properties.into_iter().flat_map(|it| it.keys()).filter(|key| *key != CUSTOM);
    for name in description.columns.iter().chain(fields) {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    let custom = properties.and_then(|it| it.get(CUSTOM)?.get("properties")?.as_object());
    columns
        .extend(custom.into_iter().flat_map(|it| it.keys()).map(|key| format!("{CUSTOM}.{key}")));
    columns
}

/// The first line.
///
/// # Errors
/// None that can be helped.
pub(crate) fn head(columns: &[String]) -> Result<Vec<u8>> {
    write([columns.to_vec()])
}

/// A line for each record.
///
/// # Errors
/// None that can be helped.
pub(crate) fn lines(columns: &[String], records: &[Record]) -> Result<Vec<u8>> {
    write(records.iter().map(|record| columns.iter().map(|column| cell(record, column)).collect()))
}

fn write(rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

fn cell(record: &Record, column: &str) -> String {
    if column == "id" {
        return harmless(record.id.clone());
    }
    let value = column.split('.').try_fold(&record.data, |value, name| value.get(name));
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => harmless(text.clone()),
        Some(Value::Bool(_) | Value::Number(_)) => value.map(Value::to_string).unwrap_or_default(),
        Some(other) => match serde_json::from_value::<Money>(other.clone()) {
            Ok(money) => format!("{} {}", money.decimal(), money.currency),
            Err(_) => other.to_string(),
        },
    }
}

/// A text that a spreadsheet does not take for a formula.
fn harmless(text: String) -> String {
    let is_formula =
        text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if is_formula { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_are_plain_text_and_no_formulas() {
        #[track_caller]
        fn check(value: Value, expect: &str) {
            let record = Record { id: "7".into(), version: 1, data: json!({ "a": value }) };
            assert_eq!(cell(&record, "a"), expect);
        }
        check(json!("plain"), "plain");
        check(json!("=1+1"), "'=1+1");
        check(json!("-2.5"), "-2.5");
        check(json!("-x"), "'-x");
        check(json!(null), "");
        check(json!(true), "true");
        check(json!({ "minor": 255, "currency": "GBP" }), "2.55 GBP");
        check(json!({ "en": "Pot" }), r#"{"en":"Pot"}"#);
    }

    #[test]
    fn the_list_comes_first_and_custom_fields_last() {
        let description = ResourceDescription {
            name: "things".into(),
            component: "a".into(),
            group: "system".into(),
            schema: json!({ "properties": {
                "a": {}, "b": {}, "c": {}, "custom": { "properties": { "x": {} } },
            } }),
            columns: vec!["c".into()],
            sortable: Vec::new(),
            filterable: Vec::new(),
            actions: Vec::new(),
            can_write: false,
            can_create: false,
            page: None,
        };
        assert_eq!(columns(&description), ["id", "c", "a", "b", "custom.x"]);
        let record = Record {
            id: "7".into(),
            version: 0,
            data: json!({ "c": "x,y", "custom": { "x": 1 } }),
        };
        let text = lines(&columns(&description), &[record]).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "7,\"x,y\",,,1\n");
    }
}
