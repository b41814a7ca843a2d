//! The part of JSON Schema that the platform's own types produce.

use hatchery_component::platform::{CustomField, CustomFieldKind};
use hatchery_component::{Error, FieldError, Result};
use serde_json::{Map, Value, json};

use super::CUSTOM;

/// How deep a value is looked into; what is deeper is left to the type that reads it.
const DEEPEST: usize = 16;
/// How many mistakes are told at once.
const MOST_MISTAKES: usize = 50;

/// Checks a value against a schema. Properties that only the store sets (`readOnly`) may be absent.
///
/// # Errors
/// All mistakes, each with the JSON pointer of its field.
pub(crate) fn check(schema: &Value, value: &Value, at: &str) -> Result<()> {
    let mut mistakes = Vec::new();
    look(schema, value, at, 0, &mut mistakes);
    mistakes.truncate(MOST_MISTAKES);
    if mistakes.is_empty() {
        return Ok(());
    }
    let error = Error::invalid("resource.invalid", "Some fields do not fit.");
    Err(mistakes.into_iter().fold(error, |error, mistake| {
        error.with_field(mistake.field, mistake.code, mistake.message)
    }))
}

/// The schema of a resource's data, with staff-defined fields under `custom`.
pub(crate) fn with_custom(schema: &Value, fields: &[CustomField]) -> Value {
    let mut schema = schema.clone();
    if fields.is_empty() {
        return schema;
    }
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.key.clone(), of_field(field))).collect();
    let custom = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "x-order": fields.iter().map(|field| &field.key).collect::<Vec<_>>(),
    });
    if let Some(object) = schema.as_object_mut() {
        let properties = object.entry("properties").or_insert_with(|| json!({}));
        if let Some(properties) = properties.as_object_mut() {
            properties.insert(CUSTOM.to_owned(), custom);
        }
    }
    schema
}

/// The schema of a staff-defined field's values; null takes a value away.
pub(crate) fn of_field(field: &CustomField) -> Value {
    let mut schema = match field.kind {
        CustomFieldKind::Text => json!({ "type": ["string", "null"], "maxLength": 10_000 }),
        CustomFieldKind::Number => json!({ "type": ["number", "null"] }),
        CustomFieldKind::Date => json!({ "type": ["string", "null"], "format": "date" }),
        CustomFieldKind::YesNo => json!({ "type": ["boolean", "null"] }),
        CustomFieldKind::Choice => {
            let choices = field.choices.iter().map(|choice| json!(choice)).chain([Value::Null]);
            json!({ "type": ["string", "null"], "enum": choices.collect::<Vec<_>>() })
        }
    };
    schema["x-label"] = json!(field.label);
    schema
}

fn look(schema: &Value, value: &Value, at: &str, depth: usize, mistakes: &mut Vec<FieldError>) {
    if depth > DEEPEST || mistakes.len() >= MOST_MISTAKES {
        return;
    }
    let mut say = |code: &str, message: String| {
        mistakes.push(FieldError { field: at.to_owned(), code: code.to_owned(), message });
    };
    if let Some(types) = types(schema)
        && !types.iter().any(|name| is_type(name, value))
    {
        let message = if value.is_null() {
            "This must be given.".to_owned()
        } else {
            format!(
                "This must be {}.",
                types.iter().map(|name| article(name)).collect::<Vec<_>>().join(" or ")
            )
        };
        say(if value.is_null() { "required" } else { "type" }, message);
        return;
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let words: Vec<String> = allowed.iter().filter(|it| !it.is_null()).map(written).collect();
        say("choice", format!("This must be one of {}.", words.join(", ")));
        return;
    }
    match value {
        Value::String(text) => check_text(schema, text, &mut say),
        Value::Number(number) => {
            check_number(schema, number.as_f64().unwrap_or_default(), &mut say)
        }
        Value::Array(items) => {
            let count = items.len() as u64;
            if schema.get("minItems").and_then(Value::as_u64).is_some_and(|least| count < least) {
                say("too_few", "There are too few.".into());
            }
            if schema.get("maxItems").and_then(Value::as_u64).is_some_and(|most| count > most) {
                say("too_many", "There are too many.".into());
            }
            if let Some(item) = schema.get("items") {
                for (index, value) in items.iter().enumerate() {
                    look(item, value, &format!("{at}/{index}"), depth + 1, mistakes);
                }
            }
        }
        Value::Object(object) => check_object(schema, object, at, depth, mistakes),
        Value::Null | Value::Bool(_) => {}
    }
    check_parts(schema, value, at, depth, mistakes);
}

fn check_text(schema: &Value, text: &str, say: &mut impl FnMut(&str, String)) {
    let length = text.chars().count() as u64;
    if let Some(least) =
        schema.get("minLength").and_then(Value::as_u64).filter(|least| length < *least)
    {
        match least {
            1 => say("required", "This must not be empty.".into()),
            _ => say("too_short", format!("This must have at least {least} letters.")),
        }
    }
    if let Some(most) =
        schema.get("maxLength").and_then(Value::as_u64).filter(|most| length > *most)
    {
        say("too_long", format!("This may have at most {most} letters."));
    }
    let (fits, example) = match schema.get("format").and_then(Value::as_str) {
        Some("date") => (text.parse::<chrono::NaiveDate>().is_ok(), "a date such as 2026-11-21"),
        Some("date-time") => (
            chrono::DateTime::parse_from_rfc3339(text).is_ok(),
            "a time such as 2026-11-21T14:05:00Z",
        ),
        Some("uuid") => (uuid::Uuid::parse_str(text).is_ok(), "a UUID"),
        _ => (true, ""),
    };
    if !fits {
        say("format", format!("This must be {example}."));
    }
}

fn check_number(schema: &Value, number: f64, say: &mut impl FnMut(&str, String)) {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    if let Some(least) = bound("minimum").filter(|least| number < *least) {
        say("too_small", format!("This must be at least {least}."));
    }
    if let Some(most) = bound("maximum").filter(|most| number > *most) {
        say("too_large", format!("This may be at most {most}."));
    }
    if let Some(least) = bound("exclusiveMinimum").filter(|least| number <= *least) {
        say("too_small", format!("This must be more than {least}."));
    }
    if let Some(most) = bound("exclusiveMaximum").filter(|most| number >= *most) {
        say("too_large", format!("This must be less than {most}."));
    }
}

fn check_object(
    schema: &Value,
    object: &Map<String, Value>,
    at: &str,
    depth: usize,
    mistakes: &mut Vec<FieldError>,
) {
    let none = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    for name in required.filter_map(Value::as_str).filter(|name| !object.contains_key(*name)) {
        let is_set_by_store = properties
            .get(name)
            .is_some_and(|property| property.get("readOnly") == Some(&Value::Bool(true)));
        if !is_set_by_store {
            let field = format!("{at}/{}", escaped(name));
            let message = "This must be given.".to_owned();
            mistakes.push(FieldError { field, code: "required".into(), message });
        }
    }
    for (name, value) in object {
        let below = format!("{at}/{}", escaped(name));
        match (properties.get(name), schema.get("additionalProperties")) {
            (Some(property), _) => look(property, value, &below, depth + 1, mistakes),
            (None, Some(Value::Bool(false))) => {
                let message = "There is no such field.".to_owned();
                mistakes.push(FieldError { field: below, code: "unknown".into(), message });
            }
            (None, Some(rest @ Value::Object(_))) => look(rest, value, &below, depth + 1, mistakes),
            (None, _) => {}
        }
    }
}

/// `allOf`: all fit; `anyOf` and `oneOf`: at least one fits.
fn check_parts(
    schema: &Value,
    value: &Value,
    at: &str,
    depth: usize,
    mistakes: &mut Vec<FieldError>,
) {
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        look(part, value, at, depth + 1, mistakes);
    }
    for name in ["anyOf", "oneOf"] {
        let Some(parts) = schema.get(name).and_then(Value::as_array) else { continue };
        // The alternative that comes nearest: one of the value's own type, then the one with fewest mistakes.
        let nearest = parts
            .iter()
            .map(|part| {
                let mut found = Vec::new();
                look(part, value, at, depth + 1, &mut found);
                let is_other_type =
                    types(part).is_some_and(|types| !types.iter().any(|name| is_type(name, value)));
                (is_other_type, found.len(), found)
            })
            .min_by_key(|(is_other_type, count, _)| (*is_other_type, *count));
        mistakes.extend(nearest.map(|(_, _, found)| found).unwrap_or_default());
    }
}

fn types(schema: &Value) -> Option<Vec<&str>> {
    match schema.get("type")? {
        Value::String(name) => Some(vec![name.as_str()]),
        Value::Array(names) => Some(names.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "string" => value.is_string(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|it| it.fract() == 0.0)
        }
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn article(name: &str) -> &str {
    match name {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        "null" => "empty",
        other => other,
    }
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_name_their_field() {
        let schema = json!({
            "type": "object",
            "required": ["name", "count", "id"],
            "properties": {
                "id": { "type": "string", "readOnly": true },
                "name": { "type": "string", "minLength": 1, "maxLength": 5 },
                "count": { "type": "integer", "minimum": 1 },
                "color": { "type": "string", "enum": ["red", "blue"] },
                "since": { "type": ["string", "null"], "format": "date" },
                "parts": { "type": "array", "maxItems": 2, "items": { "type": "object", "required": ["a/b"] } },
                "texts": { "type": "object", "additionalProperties": { "type": "string" } },
                "extra": { "oneOf": [{ "type": "null" }, { "type": "object", "required": ["x"] }] },
                "closed": { "type": "object", "additionalProperties": false },
            },
        });
        #[track_caller]
        fn check(schema: &Value, value: Value, expect: &[&str]) {
            let found = super::check(schema, &value, "").err();
            let found: Vec<String> = found
                .iter()
                .flat_map(|error| error.fields())
                .map(|field| format!("{} {}", field.field, field.code))
                .collect();
            assert_eq!(found, expect, "{value}");
        }
        check(&schema, json!({ "name": "a", "count": 1 }), &[]);
        check(&schema, json!({ "name": "", "count": 1.5 }), &["/count type", "/name required"]);
        check(
            &schema,
            json!({ "name": "abcdef", "count": 0 }),
            &["/count too_small", "/name too_long"],
        );
        check(&schema, json!({}), &["/name required", "/count required"]);
        check(&schema, json!({ "name": null, "count": 1 }), &["/name required"]);
        check(&schema, json!([]), &[" type"]);
        let with = |key: &str, value: Value| json!({ "name": "a", "count": 1, key: value });
        check(&schema, with("color", json!("green")), &["/color choice"]);
        check(&schema, with("since", json!("2026-13-01")), &["/since format"]);
        check(&schema, with("since", Value::Null), &[]);
        check(
            &schema,
            with("parts", json!([{}, { "a/b": 1 }, 3])),
            &["/parts too_many", "/parts/0/a~1b required", "/parts/2 type"],
        );
        check(&schema, with("texts", json!({ "en": 1 })), &["/texts/en type"]);
        check(&schema, with("extra", Value::Null), &[]);
        check(&schema, with("extra", json!({ "x": 1 })), &[]);
        check(&schema, with("extra", json!({})), &["/extra/x required"]);
        check(&schema, with("closed", json!({ "y": 1 })), &["/closed/y unknown"]);
    }
}
