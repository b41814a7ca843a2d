//! The description of an API as it crosses: JSON, made typed again.

use hatchery_component::declaration::ApiDoc;
use serde_json::{Map, Value, json};

/// Where schemas stand in a schema: one, a list of them, or one per name.
const INNER: [&str; 6] =
    ["items", "additionalProperties", "propertyNames", "oneOf", "allOf", "anyOf"];
/// What says of a schema what it is.
const KINDS: [&str; 5] = ["type", "$ref", "oneOf", "allOf", "anyOf"];

/// The description of a path, from its JSON and that of the schemas it uses.
///
/// # Errors
/// It is no such description.
pub(crate) fn api_doc((item, components): &(Value, Value)) -> serde_json::Result<ApiDoc> {
    let (mut item, mut components) = (item.clone(), components.clone());
    find_schemas(&mut item);
    find_schemas(&mut components);
    Ok(ApiDoc {
        item: serde_json::from_value(item)?,
        components: serde_json::from_value(components)?,
    })
}

fn find_schemas(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match (key.as_str(), inner) {
                    ("schema", schema) => say_type(schema),
                    ("schemas", Value::Object(named)) => named.values_mut().for_each(say_type),
                    (_, other) => find_schemas(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(find_schemas),
        _ => {}
    }
}

/// utoipa writes a schema of any value without a type and does not read it so; with all types it means the
/// same and is read.
fn say_type(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    if !KINDS.iter().any(|key| map.contains_key(*key)) {
        let all = json!(["object", "array", "string", "number", "integer", "boolean", "null"]);
        map.insert("type".into(), all);
    }
    for key in INNER {
        match map.get_mut(key) {
            Some(Value::Array(schemas)) => schemas.iter_mut().for_each(say_type),
            Some(schema) => say_type(schema),
            None => {}
        }
    }
    let properties = map.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flat_map(Map::values_mut).for_each(say_type);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_of_any_value_crosses() {
        let body = json!({
            "type": "object",
            "properties": { "name": { "type": "string" }, "data": {} },
            "additionalProperties": {},
        });
        let content =
            json!({ "application/json": { "schema": { "$ref": "#/components/schemas/A" } } });
        let item = json!({ "post": {
            "requestBody": { "content": content },
            "responses": { "200": { "description": "fine" } },
        } });
        let components = json!({ "schemas": { "A": body } });
        let doc = api_doc(&(item, components)).unwrap();
        assert!(doc.item.post.is_some());
        let schema = serde_json::to_value(&doc.components).unwrap()["schemas"]["A"].clone();
        assert_eq!(schema["properties"]["name"], json!({ "type": "string" }));
        for any in [&schema["properties"]["data"], &schema["additionalProperties"]] {
            assert_eq!(any["type"].as_array().map(Vec::len), Some(7), "{schema}");
        }
        assert!(api_doc(&(json!("none"), json!({}))).is_err());
    }
}
