//! Shows what happened to a record.

use hatchery_sdk::component::platform::{Change, ResourceDescription, Resources};
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::domain::labels::Named;
use crate::ops::find_labels::{find_label, find_labels, text};

/// Longest text of a value that changed, in characters.
const LONGEST: usize = 200;

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
    let names = changes.keys().map(|key| (Named::Field, key.clone())).collect();
    let labels = find_labels(ctx, &resource.component, names).await?;
    let field = |(key, both): (&String, &Value)| {
        json!({
            "label": labels.of(Named::Field, key),
            "before": written(&both["before"]),
            "after": written(&both["after"]),
        })
    };
    Ok(changes.iter().map(field).collect())
}

fn written(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
