//! Shows what happened to a record.

use hatchery_sdk::component::platform::{Change, ResourceDescription, Resources};
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::domain::cell::Cell;
use crate::domain::labels::{self, Named};
use crate::domain::schema;
use crate::ops::find_labels::{find_label, find_labels, text};

/// The field that every change changes.
const VERSION: &str = "version";

/// The changes of a record as `resource-history.html` shows them.
pub(crate) async fn show_history(
    ctx: &Ctx,
    resource: &ResourceDescription,
    id: &str,
) -> Result<Vec<Value>> {
    let resources = ctx.get::<dyn Resources>()?;
    let changes = resources.history(ctx, resource.name.clone(), id.to_owned()).await?;
    let mut shown = Vec::new();
    for change in changes {
        let fields = fields(ctx, resource, &change).await?;
        let actor = if change.actor_name.is_empty() { &change.actor } else { &change.actor_name };
        let action = match change.action.as_str() {
            "create" | "update" => text(ctx, &format!("admin-change-{}", change.action)).await?,
            action => find_label(ctx, &resource.component, Named::Action, action).await?,
        };
        shown.push(json!({
            "at": change.at,
            "actor": actor,
            "action": action,
            "fields": fields,
        }));
    }
    Ok(shown)
}

async fn fields(ctx: &Ctx, resource: &ResourceDescription, change: &Change) -> Result<Vec<Value>> {
    let Some(changes) = change.changes.as_object() else { return Ok(Vec::new()) };
    let mut names = labels::names(&resource.schema);
    names.extend(changes.keys().map(|key| (Named::Field, key.clone())));
    let words = changes.values().flat_map(|both| [&both["before"], &both["after"]]);
    names.extend(words.filter_map(|word| Some((Named::Value, word.as_str()?.to_owned()))));
    let labels = find_labels(ctx, &resource.component, names).await?;
    let properties = schema::properties(&resource.schema);
    let field = |(key, both): (&String, &Value)| {
        let property = properties.iter().find(|property| property.key == key);
        let cell = |value: &Value| match value.as_str() {
            Some(word) if is_word(key) => Cell::status(word, &labels),
            _ => Cell::of(key, property, value, ctx.locale(), &labels),
        };
        let is_large = is_nested(&both["before"]) || is_nested(&both["after"]);
        json!({
            "label": labels.of(Named::Field, key),
            "changed": is_large,
            "before": cell(&both["before"]),
            "after": cell(&both["after"]),
        })
    };
    Ok(changes.iter().filter(|(key, _)| key.as_str() != VERSION).map(field).collect())
}

/// Whether a field's texts are words of a closed set, whatever the schema tells.
fn is_word(key: &str) -> bool {
    key == "status" || key.ends_with("_status")
}

/// Whether a value holds more than fits into a line.
fn is_nested(value: &Value) -> bool {
    let is_known = |value: &Value| {
        serde_json::from_value::<Money>(value.clone()).is_ok()
            || serde_json::from_value::<UnitPrice>(value.clone()).is_ok()
            || serde_json::from_value::<Localized>(value.clone()).is_ok()
    };
    match value {
        Value::Array(items) => !items.iter().all(Value::is_string),
        Value::Object(object) => !object.is_empty() && !is_known(value),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_fits_into_a_line_is_shown() {
        let check = |value: Value, expect: bool| assert_eq!(is_nested(&value), expect, "{value}");
        check(json!("shipped"), false);
        check(json!(["a", "b"]), false);
        check(json!({ "minor": 1, "currency": "GBP" }), false);
        check(json!({ "en": "Pot" }), false);
        check(json!([{ "at": "2026-11-21T10:00:00Z", "kind": "reviewed" }]), true);
        check(json!({ "line1": "1 High Street", "city": "York" }), true);
    }
}
