//! The history of records: who changed what.

use std::collections::BTreeSet;

use hatchery_component::platform::{Change, ListRequest};
use hatchery_component::{Actor, Ctx, Error, Result};
use hatchery_types::Page;
use hatchery_types::query::{DEFAULT_LIMIT, MAX_LIMIT};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Map, Value, json};

use super::{CUSTOM, KERNEL};
use crate::db::entity::audit;

/// An entry to be written.
pub(crate) struct Entry<'a> {
    pub(crate) resource: &'a str,
    pub(crate) record: &'a str,
    pub(crate) action: &'a str,
    pub(crate) changes: Value,
}

/// Writes entries, in the open unit of work.
///
/// # Errors
/// The database.
pub(crate) async fn write(ctx: &Ctx, entries: Vec<Entry<'_>>) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let ctx = ctx.for_component(KERNEL.into());
    let rows = entries.into_iter().map(|entry| audit::ActiveModel {
        id: NotSet,
        at: Set(ctx.now()),
        actor: Set(ctx.actor().label()),
        actor_name: Set(name(ctx.actor())),
        resource: Set(entry.resource.to_owned()),
        record_id: Set(entry.record.to_owned()),
        action: Set(entry.action.to_owned()),
        changes: Set(entry.changes),
    });
    audit::Entity::insert_many(rows).exec_without_returning(&ctx.db()).await?;
    Ok(())
}

/// A page of entries of a record, newest first. The cursor is the number of the last entry.
///
/// # Errors
/// A cursor that is none; the database.
pub(crate) async fn read(
    ctx: &Ctx,
    resource: &str,
    record: &str,
    request: &ListRequest,
) -> Result<Page<Change>> {
    let limit =
        request.limit.filter(|limit| *limit > 0).unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT) as usize;
    let mut select = audit::Entity::find()
        .filter(audit::Column::Resource.eq(resource))
        .filter(audit::Column::RecordId.eq(record))
        .order_by_desc(audit::Column::Id)
        .limit(limit as u64 + 1);
    if let Some(cursor) = request.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
        let after: i64 = cursor.parse().map_err(|_| {
            Error::invalid(
                "query.cursor_unreadable",
                "This is not a cursor of ours; start from the first page.",
            )
        })?;
        select = select.filter(audit::Column::Id.lt(after));
    }
    let mut rows = select.all(&ctx.for_component(KERNEL.into()).db()).await?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| has_more).map(|row| row.id.to_string());
    let items = rows
        .into_iter()
        .map(|row| Change {
            at: row.at,
            actor: row.actor,
            actor_name: row.actor_name,
            action: row.action,
            changes: row.changes,
        })
        .collect();
    Ok(Page { items, next_cursor })
}

/// Fields that differ: `{ "name": { "before": .., "after": .. } }`. Staff-defined fields are named
/// `custom.<key>`; what the schema marks as a password is never shown.
pub(crate) fn changes(schema: &Value, before: Option<&Value>, after: Option<&Value>) -> Value {
    let (before, after) = (flat(before), flat(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut changes = Map::new();
    for name in names {
        let (was, is) = (before.get(name), after.get(name));
        if was == is {
            continue;
        }
        let shown = |value: Option<&Value>| match value {
            Some(value) if is_secret(schema, name) && !value.is_null() => json!("***"),
            Some(value) => value.clone(),
            None => Value::Null,
        };
        changes.insert(name.clone(), json!({ "before": shown(was), "after": shown(is) }));
    }
    Value::Object(changes)
}

fn flat(data: Option<&Value>) -> Map<String, Value> {
    let mut flat = data.and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(Value::Object(custom)) = flat.remove(CUSTOM) {
        flat.extend(custom.into_iter().map(|(key, value)| (format!("{CUSTOM}.{key}"), value)));
    }
    flat
}

fn is_secret(schema: &Value, name: &str) -> bool {
    let format =
        schema.get("properties").and_then(|it| it.get(name)).and_then(|it| it.get("format"));
    format.and_then(Value::as_str) == Some("password")
}

fn name(actor: &Actor) -> String {
    match actor {
        Actor::Customer { name, .. } | Actor::User { name, .. } => name.clone(),
        Actor::Guest | Actor::System { .. } => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_kept() {
        let schema = json!({ "properties": { "token": { "format": "password" } } });
        let before =
            json!({ "a": 1, "b": 2, "token": "x", "custom": { "color": "red", "size": 1 } });
        let after =
            json!({ "a": 1, "b": 3, "token": "y", "custom": { "color": "blue", "size": 1 } });
        assert_eq!(
            changes(&schema, Some(&before), Some(&after)),
            json!({
                "b": { "before": 2, "after": 3 },
                "token": { "before": "***", "after": "***" },
                "custom.color": { "before": "red", "after": "blue" },
            })
        );
        assert_eq!(
            changes(&schema, None, Some(&json!({ "a": 1 }))),
            json!({ "a": { "before": null, "after": 1 } })
        );
    }
}
