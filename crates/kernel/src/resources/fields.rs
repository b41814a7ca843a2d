//! Fields that staff add to resources: their definitions and their values.

use std::collections::BTreeMap;

use hatchery_component::platform::{CustomField, CustomFieldKind};
use hatchery_component::{Ctx, Error, FieldError, Result};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;

use super::schema;
use crate::db::entity::{field, field_value};

/// How many values one statement writes or reads; SQLite takes at most 32,766 parameters.
const CHUNK: usize = 500;

/// The definitions of all resources, in order.
///
/// # Errors
/// The database.
pub(crate) async fn all(ctx: &Ctx) -> Result<BTreeMap<String, Vec<CustomField>>> {
    let rows = field::Entity::find()
        .order_by_asc(field::Column::Position)
        .order_by_asc(field::Column::Key)
        .all(&ctx.db())
        .await?;
    let mut all: BTreeMap<String, Vec<CustomField>> = BTreeMap::new();
    for row in rows {
        all.entry(row.resource.clone()).or_default().push(definition(row)?);
    }
    Ok(all)
}

/// The definitions of a resource, in order.
///
/// # Errors
/// The database.
pub(crate) async fn of(ctx: &Ctx, resource: &str) -> Result<Vec<CustomField>> {
    let rows = field::Entity::find()
        .filter(field::Column::Resource.eq(resource))
        .order_by_asc(field::Column::Position)
        .order_by_asc(field::Column::Key)
        .all(&ctx.db())
        .await?;
    rows.into_iter().map(definition).collect()
}

/// The definition a row holds.
///
/// # Errors
/// The row was not written by this code.
pub(crate) fn definition(row: field::Model) -> Result<CustomField> {
    Ok(CustomField {
        kind: serde_json::from_value(Value::String(row.kind))?,
        label: serde_json::from_value(row.label)?,
        choices: serde_json::from_value(row.choices)?,
        resource: row.resource,
        key: row.key,
    })
}

/// The values of records: id, then key, then value.
///
/// # Errors
/// The database.
pub(crate) async fn values(
    ctx: &Ctx,
    resource: &str,
    ids: &[String],
) -> Result<BTreeMap<String, BTreeMap<String, Value>>> {
    let mut values: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for ids in ids.chunks(CHUNK) {
        let rows = field_value::Entity::find()
            .filter(field_value::Column::Resource.eq(resource))
            .filter(field_value::Column::RecordId.is_in(ids))
            .all(&ctx.db())
            .await?;
        for row in rows {
            let (id, key, value) = (row.record_id.clone(), row.key.clone(), value(row));
            values.entry(id).or_default().insert(key, value);
        }
    }
    Ok(values)
}

/// Sets values of a record, in the open unit of work; null takes one away.
///
/// # Errors
/// A key without definition, a value that does not fit it; the database.
pub(crate) async fn set(
    ctx: &Ctx,
    resource: &str,
    id: &str,
    definitions: &[CustomField],
    values: BTreeMap<String, Value>,
) -> Result<()> {
    check(definitions, &values)?;
    let mut rows = Vec::new();
    let mut gone = Vec::new();
    for (key, value) in values {
        let kind = definitions.iter().find(|field| field.key == key).map(|field| field.kind);
        match kind {
            Some(kind) if !value.is_null() => rows.push(row(resource, id, key, kind, &value)),
            _ => gone.push(key),
        }
    }
    if !gone.is_empty() {
        field_value::Entity::delete_many()
            .filter(field_value::Column::Resource.eq(resource))
            .filter(field_value::Column::RecordId.eq(id))
            .filter(field_value::Column::Key.is_in(gone))
            .exec(&ctx.db())
            .await?;
    }
    if !rows.is_empty() {
        let replaced = OnConflict::columns([
            field_value::Column::Resource,
            field_value::Column::RecordId,
            field_value::Column::Key,
        ])
        .update_columns([
            field_value::Column::TextValue,
            field_value::Column::NumberValue,
            field_value::Column::DateValue,
            field_value::Column::BoolValue,
        ])
        .to_owned();
        field_value::Entity::insert_many(rows)
            .on_conflict(replaced)
            .exec_without_returning(&ctx.db())
            .await?;
    }
    Ok(())
}

fn check(definitions: &[CustomField], values: &BTreeMap<String, Value>) -> Result<()> {
    let mut mistakes: Vec<FieldError> = Vec::new();
    for (key, value) in values {
        let at = format!("/custom/{key}");
        match definitions.iter().find(|field| field.key == *key) {
            Some(field) => {
                if let Err(error) = schema::check(&schema::of_field(field), value, &at) {
                    mistakes.extend(error.fields().to_vec());
                }
            }
            None => {
                let message = "There is no such field.".to_owned();
                mistakes.push(FieldError { field: at, code: "unknown".into(), message });
            }
        }
    }
    if mistakes.is_empty() {
        return Ok(());
    }
    let error = Error::invalid("resource.invalid", "Some fields do not fit.");
    Err(mistakes.into_iter().fold(error, |error, mistake| {
        error.with_field(mistake.field, mistake.code, mistake.message)
    }))
}

fn row(
    resource: &str,
    id: &str,
    key: String,
    kind: CustomFieldKind,
    value: &Value,
) -> field_value::ActiveModel {
    let text = value.as_str().map(str::to_owned);
    let is_text = matches!(kind, CustomFieldKind::Text | CustomFieldKind::Choice);
    let date = text.as_deref().filter(|_| kind == CustomFieldKind::Date);
    field_value::ActiveModel {
        resource: Set(resource.to_owned()),
        record_id: Set(id.to_owned()),
        key: Set(key),
        date_value: Set(date.and_then(|text| text.parse().ok())),
        text_value: Set(text.filter(|_| is_text)),
        number_value: Set(value.as_f64()),
        bool_value: Set(value.as_bool()),
    }
}

fn value(row: field_value::Model) -> Value {
    if let Some(text) = row.text_value {
        return Value::String(text);
    }
    if let Some(number) = row.number_value {
        // A whole number is shown as it was given.
        let is_whole = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
        return if is_whole { Value::from(number as i64) } else { Value::from(number) };
    }
    if let Some(date) = row.date_value {
        return Value::String(date.to_string());
    }
    row.bool_value.map_or(Value::Null, Value::Bool)
}
