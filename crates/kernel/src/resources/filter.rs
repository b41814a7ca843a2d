//! Staff-defined fields in `filter=`: `custom.color = "red"` becomes `id = (..)`.

use std::borrow::Cow;
use std::collections::VecDeque;

use hatchery_component::platform::{CustomField, CustomFieldKind};
use hatchery_component::sql::{self, Columns};
use hatchery_component::{Ctx, Error, Result};
use hatchery_types::query::{Expr, FieldDef, Kind, Literal, Op};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::CUSTOM;
use crate::db::entity::field_value;

/// How many records a condition on a staff-defined field may find.
const MOST: u64 = 5_000;

/// What `filter=` may say of a staff-defined field.
pub(crate) fn definition(field: &CustomField) -> FieldDef {
    let kind = match field.kind {
        CustomFieldKind::Text => Kind::Text,
        CustomFieldKind::Number => Kind::Decimal,
        CustomFieldKind::Date => Kind::Date,
        CustomFieldKind::Choice => Kind::Choice,
        CustomFieldKind::YesNo => Kind::Bool,
    };
    let words = field.choices.iter().map(|choice| Cow::Owned(choice.clone()));
    FieldDef::new(format!("{CUSTOM}.{}", field.key), kind).choices(words).filter_only()
}

/// The same filter with every condition on a staff-defined field replaced by the ids it is true of, so that
/// the resource need not know of such fields.
///
/// # Errors
/// A condition that finds too many records; the database.
pub(crate) async fn without_custom(
    ctx: &Ctx,
    resource: &str,
    fields: &[CustomField],
    filter: Expr,
) -> Result<Expr> {
    let mut leaves = Vec::new();
    collect(&filter, &mut leaves);
    if leaves.is_empty() {
        return Ok(filter);
    }
    let mut answers = VecDeque::new();
    for leaf in leaves {
        answers.push_back(by_id(ctx, resource, fields, leaf).await?);
    }
    Ok(replace(filter, &mut answers))
}

fn custom_key(leaf: &Expr) -> Option<&str> {
    let (Expr::Compare { field, .. }
    | Expr::In { field, .. }
    | Expr::Has { field, .. }
    | Expr::Present { field }) = leaf
    else {
        return None;
    };
    field.strip_prefix(CUSTOM)?.strip_prefix('.')
}

/// The conditions on staff-defined fields, in the order of the text.
fn collect<'a>(expr: &'a Expr, leaves: &mut Vec<&'a Expr>) {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| collect(part, leaves)),
        Expr::Not(inner) => collect(inner, leaves),
        leaf if custom_key(leaf).is_some() => leaves.push(leaf),
        _ => {}
    }
}

fn replace(expr: Expr, answers: &mut VecDeque<Expr>) -> Expr {
    match expr {
        Expr::And(parts) => {
            Expr::And(parts.into_iter().map(|part| replace(part, answers)).collect())
        }
        Expr::Or(parts) => Expr::Or(parts.into_iter().map(|part| replace(part, answers)).collect()),
        Expr::Not(inner) => Expr::Not(Box::new(replace(*inner, answers))),
        leaf if custom_key(&leaf).is_some() => answers.pop_front().unwrap_or_else(Expr::never),
        leaf => leaf,
    }
}

/// A condition as one on the id.
async fn by_id(ctx: &Ctx, resource: &str, fields: &[CustomField], leaf: &Expr) -> Result<Expr> {
    let key = custom_key(leaf).unwrap_or_default();
    let Some(field) = fields.iter().find(|field| field.key == key) else {
        return Ok(Expr::never());
    };
    let present = || Expr::Present { field: String::new() };
    // A missing value has no row: it is what the rows leave over.
    let (condition, also_missing) = match leaf {
        Expr::Compare { op: Op::Eq, value, .. } if value.is_null() => {
            return Ok(ids(ctx, resource, field, &present()).await?.not());
        }
        Expr::Compare { op: Op::Ne, value, .. } if value.is_null() => (present(), false),
        Expr::In { values, .. } => {
            let given: Vec<Literal> =
                values.iter().filter(|value| !value.is_null()).cloned().collect();
            let missing = given.len() < values.len();
            (Expr::In { field: String::new(), values: given }, missing)
        }
        other => (other.clone(), false),
    };
    let found = ids(ctx, resource, field, &condition).await?;
    if !also_missing {
        return Ok(found);
    }
    Ok(found.or(ids(ctx, resource, field, &present()).await?.not()))
}

async fn ids(ctx: &Ctx, resource: &str, field: &CustomField, condition: &Expr) -> Result<Expr> {
    let column = match field.kind {
        CustomFieldKind::Text | CustomFieldKind::Choice => field_value::Column::TextValue,
        CustomFieldKind::Number => field_value::Column::NumberValue,
        CustomFieldKind::Date => field_value::Column::DateValue,
        CustomFieldKind::YesNo => field_value::Column::BoolValue,
    };
    let columns = Columns::<field_value::Entity>::new([("value", column)]);
    let db = ctx.db();
    let condition = sql::condition(&on_value(condition), &columns, db.get_database_backend())?;
    let found: Vec<String> = field_value::Entity::find()
        .select_only()
        .column(field_value::Column::RecordId)
        .filter(field_value::Column::Resource.eq(resource))
        .filter(field_value::Column::Key.eq(field.key.as_str()))
        .filter(condition)
        .order_by_asc(field_value::Column::RecordId)
        .limit(MOST + 1)
        .into_tuple()
        .all(&db)
        .await?;
    if found.len() as u64 > MOST {
        let message = format!(
            "More than {MOST} records fit the condition on '{CUSTOM}.{}'; make it narrower.",
            field.key
        );
        return Err(Error::invalid("query.too_large", message));
    }
    if found.is_empty() {
        return Ok(Expr::never());
    }
    Ok(Expr::In { field: "id".to_owned(), values: found.into_iter().map(Literal::Text).collect() })
}

fn on_value(leaf: &Expr) -> Expr {
    let field = "value".to_owned();
    match leaf {
        Expr::Compare { op, value, .. } => Expr::Compare { field, op: *op, value: value.clone() },
        Expr::In { values, .. } => Expr::In { field, values: values.clone() },
        Expr::Has { value, .. } => Expr::Has { field, value: value.clone() },
        Expr::Present { .. } => Expr::Present { field },
        other => other.clone(),
    }
}
