//! Reads a JSON Schema as the forms and tables need it.

use serde_json::Value;

/// What a value looks like to the person who reads or types it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape<'a> {
    Text {
        long: bool,
    },
    Secret,
    Email,
    Url,
    Integer,
    Number,
    YesNo,
    Date,
    Time,
    Money,
    UnitPrice,
    /// One of these words.
    Choice(Vec<&'a str>),
    /// A text in several languages.
    Localized,
    /// Any keys, each with a text.
    TextMap,
    /// Several texts.
    TextList,
    /// An object with known properties.
    Group(&'a Value),
    /// Several objects of this schema.
    GroupList(&'a Value),
    /// Anything else; shown and typed as JSON.
    Json,
}

/// A property of an object.
#[derive(Clone, Debug)]
pub(crate) struct Property<'a> {
    pub(crate) key: &'a str,
    pub(crate) schema: &'a Value,
    pub(crate) shape: Shape<'a>,
    pub(crate) nullable: bool,
    pub(crate) required: bool,
    pub(crate) readonly: bool,
}

/// Fields that are kept by the store itself.
const KEPT: [&str; 4] = ["id", "version", "created_at", "updated_at"];
/// Fields people look for first, in this order; the rest follows by name.
const FIRST: [&str; 24] = [
    "number",
    "name",
    "title",
    "label",
    "slug",
    "sku",
    "code",
    "key",
    "email",
    "kind",
    "type",
    "resource",
    "status",
    "description",
    "summary",
    "text",
    "message",
    "price",
    "list_price",
    "amount",
    "quantity",
    "line1",
    "line2",
    "url",
];
/// Fields that hold more than a line.
const LONG: [&str; 7] = ["description", "message", "text", "note", "notes", "body", "reason"];

/// The properties of an object, in the order the schema asks for (`x-order`), else those people look for
/// first at the front, lists and groups at the end.
pub(crate) fn properties(schema: &Value) -> Vec<Property<'_>> {
    let schema = without_null(schema).0;
    let required: Vec<&str> = strings(&schema["required"]);
    let Some(properties) = schema["properties"].as_object() else { return Vec::new() };
    let mut found: Vec<Property<'_>> = properties
        .iter()
        .map(|(key, schema)| {
            let (inner, nullable) = without_null(schema);
            Property {
                key,
                schema: inner,
                shape: shape(key, inner),
                nullable,
                required: required.contains(&key.as_str()) && !nullable,
                readonly: KEPT.contains(&key.as_str()) || inner["readOnly"] == true,
            }
        })
        .collect();
    if let Some(order) = schema["x-order"].as_array() {
        found.sort_by_key(|property| order.iter().position(|key| key == property.key));
        return found;
    }
    found.sort_by_key(|property| {
        let first = FIRST.iter().position(|key| *key == property.key).unwrap_or(FIRST.len());
        let nested = matches!(property.shape, Shape::Group(_) | Shape::GroupList(_) | Shape::Json);
        (property.readonly, nested, first, property.key)
    });
    found
}

/// The resource whose records a field names, by `x-ref`, on itself or on its items.
pub(crate) fn reference(schema: &Value) -> Option<&str> {
    schema["x-ref"].as_str().or_else(|| schema["items"]["x-ref"].as_str())
}

/// What a field is for, when its schema says it of the field and not of its type.
pub(crate) fn hint(schema: &Value) -> Option<&str> {
    let of_types = ["One text in several languages", "An amount of money", "The price of one unit"];
    let text = schema["description"].as_str()?.lines().next()?.trim();
    // A text that is only an example in code marks says nothing to people.
    let example = text.starts_with('`') && text.ends_with('`');
    let own = !text.is_empty() && text.len() <= 140 && !example;
    (own && !of_types.iter().any(|of_type| text.starts_with(of_type))).then_some(text)
}

fn shape<'a>(key: &str, schema: &'a Value) -> Shape<'a> {
    if schema["enum"].is_array() {
        return Shape::Choice(strings(&schema["enum"]));
    }
    match type_of(schema) {
        Some("string") => text_shape(key, schema),
        Some("integer") => Shape::Integer,
        Some("number") => Shape::Number,
        Some("boolean") => Shape::YesNo,
        Some("array") => list_shape(&schema["items"]),
        Some("object") => object_shape(schema),
        _ => Shape::Json,
    }
}

fn text_shape<'a>(key: &str, schema: &'a Value) -> Shape<'a> {
    let many = schema["maxLength"].as_u64().is_some_and(|length| length > 200);
    match schema["format"].as_str() {
        Some("date-time") => Shape::Time,
        Some("date") => Shape::Date,
        Some("password") => Shape::Secret,
        Some("email") => Shape::Email,
        Some("uri") => Shape::Url,
        _ => Shape::Text { long: LONG.contains(&key) || many || schema["x-widget"] == "textarea" },
    }
}

fn list_shape(items: &Value) -> Shape<'_> {
    let items = without_null(items).0;
    match type_of(items) {
        Some("string") => Shape::TextList,
        Some("object") if items["properties"].is_object() => Shape::GroupList(items),
        _ => Shape::Json,
    }
}

fn object_shape(schema: &Value) -> Shape<'_> {
    let has = |key: &str| schema["properties"].get(key).is_some();
    if has("minor") && has("currency") {
        Shape::Money
    } else if has("micros") && has("currency") {
        Shape::UnitPrice
    } else if schema["properties"].is_object() {
        Shape::Group(schema)
    } else if schema["additionalProperties"]["type"] == "string" {
        let localized = schema["example"].get("en").is_some() || schema["x-widget"] == "localized";
        if localized { Shape::Localized } else { Shape::TextMap }
    } else {
        Shape::Json
    }
}

/// The schema a value has when it is not null, and whether it may be.
fn without_null(schema: &Value) -> (&Value, bool) {
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let (null, rest): (Vec<_>, Vec<_>) =
            choices.iter().partition(|choice| choice["type"] == "null");
        if let ([_, ..], [only]) = (null.as_slice(), rest.as_slice()) {
            return (only, true);
        }
    }
    let nullable = schema["type"].as_array().is_some_and(|types| types.iter().any(|t| t == "null"));
    (schema, nullable)
}

fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    }
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array()
        .map(|items| items.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::component::resource::inline_schema;
    use hatchery_sdk::interfaces::{catalog::ProductDraft, crm::Customer, order::Order};

    use super::*;

    fn property<'a>(schema: &'a Value, key: &str) -> Property<'a> {
        properties(schema).into_iter().find(|property| property.key == key).unwrap()
    }

    #[test]
    fn the_schemas_of_our_own_types_are_understood() {
        let check = |schema: &Value, key: &str, expect: &str| {
            let property = property(schema, key);
            let shape = format!("{:?}", property.shape);
            assert!(shape.starts_with(expect), "{key}: {shape}");
        };
        let product = inline_schema::<ProductDraft>();
        check(&product, "name", "Localized");
        check(&product, "status", "Choice([\"draft\", \"active\"");
        check(&product, "brand", "Text { long: false }");
        check(&product, "tags", "TextList");
        check(&product, "variants", "GroupList");
        let customer = inline_schema::<Customer>();
        check(&customer, "gender", "Choice");
        check(&customer, "birth_date", "Date");
        check(&customer, "address", "Group");
        check(&customer, "references", "TextMap");
        check(&customer, "spent", "Money");
        assert!(property(&customer, "gender").nullable);
        let order = inline_schema::<Order>();
        check(&order, "placed_at", "Time");
        check(&order, "total", "Money");
    }

    #[test]
    fn what_people_look_for_comes_first() {
        let product = inline_schema::<ProductDraft>();
        let keys: Vec<&str> = properties(&product).iter().map(|property| property.key).collect();
        assert_eq!(keys[..4], ["name", "slug", "status", "description"]);
    }
}
