//! The interface `custom-fields` and the resource `fields`, with which staff define them.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use hatchery_component::platform::{CustomField, CustomFieldKind, CustomFields};
use hatchery_component::sql::{self, Columns};
use hatchery_component::{
    Action, Ctx, Declaration, Error, Instance, Kind, Record, Resource, ResourceDeclaration, Result,
};
use hatchery_types::query::{FieldDef, Fields, Kind as FieldKind};
use hatchery_types::{Page, Query};
use sea_orm::sea_query::{Expr, Func, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde_json::{Value, json};

use super::state;
use crate::db::entity::{field, field_value};
use crate::resources::fields;
use crate::store::Store;

const READ: &str = "kernel.field.read";
const WRITE: &str = "kernel.field.write";
const KERNEL: &str = "kernel";
/// How many fields a resource may be given.
const MOST: usize = 100;

/// Adds the resource `fields`.
pub(crate) fn declare(declaration: Declaration) -> Declaration {
    let known = Fields::new([
        FieldDef::new("id", FieldKind::Text),
        FieldDef::new("resource", FieldKind::Text),
        FieldDef::new("key", FieldKind::Text),
        FieldDef::new("kind", FieldKind::Choice)
            .choices(["text", "number", "date", "choice", "yes_no"]),
    ]);
    let mut resource =
        ResourceDeclaration::new::<CustomField>("fields", "system", READ, known, FieldsResource)
            .columns(["resource", "key", "kind", "label"])
            .writable(WRITE)
            .creatable()
            .action(Action::new("delete", WRITE).confirmed());
    let hints = [("label", "x-widget", "localized"), ("resource", "x-ref", "resources")];
    for (property, hint, value) in hints {
        if let Some(schema) = resource.schema.pointer_mut(&format!("/properties/{property}")) {
            schema[hint] = json!(value);
        }
    }
    declaration.resource(resource)
}

/// The interface `custom-fields`.
pub(crate) fn provide(instance: Instance, _: &Weak<Store>) -> Instance {
    instance.provide::<dyn CustomFields>(Arc::new(StoredFields))
}

/// Fields in the kernel's tables.
struct StoredFields;

#[async_trait]
impl CustomFields for StoredFields {
    async fn definitions(&self, ctx: &Ctx, resource: String) -> Result<Vec<CustomField>> {
        fields::of(&ctx.for_component(KERNEL.into()), &resource).await
    }

    async fn values(
        &self,
        ctx: &Ctx,
        resource: String,
        ids: Vec<String>,
    ) -> Result<BTreeMap<String, BTreeMap<String, Value>>> {
        fields::values(&ctx.for_component(KERNEL.into()), &resource, &ids).await
    }

    async fn set(
        &self,
        ctx: &Ctx,
        resource: String,
        id: String,
        values: BTreeMap<String, Value>,
    ) -> Result<()> {
        let ctx = ctx.for_component(KERNEL.into());
        let definitions = fields::of(&ctx, &resource).await?;
        fields::set(&ctx, &resource, &id, &definitions, values).await
    }
}

/// The definitions as a resource; the id is `<resource>.<key>`.
struct FieldsResource;

#[async_trait]
impl Resource for FieldsResource {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        let page = sql::fetch(&query, field::Entity::find(), &columns(), &ctx.db()).await?;
        page.try_map(record)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        for (resource, key) in ids.iter().filter_map(|id| split(id)) {
            if let Some(row) = row(ctx, resource, key).await? {
                records.push(record(row)?);
            }
        }
        Ok(records)
    }

    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        version: Option<i64>,
    ) -> Result<Record> {
        let wanted: CustomField = serde_json::from_value(data).map_err(|error| {
            Error::invalid("field.invalid", format!("This is no definition of a field: {error}"))
        })?;
        check(ctx, &wanted)?;
        ctx.transaction(|ctx| async move {
            match id {
                Some(id) => change(&ctx, &id, wanted, version).await,
                None => create(&ctx, wanted).await,
            }
        })
        .await
    }

    async fn act(&self, ctx: &Ctx, action: String, ids: Vec<String>, _: Value) -> Result<Value> {
        if action != "delete" {
            let message = format!("There is no action '{action}' here.");
            return Err(Error::not_found("resource.no_action", message));
        }
        ctx.transaction(|ctx| async move {
            let mut values = 0;
            for (resource, key) in ids.iter().filter_map(|id| split(id)) {
                let gone = field_value::Entity::delete_many()
                    .filter(field_value::Column::Resource.eq(resource))
                    .filter(field_value::Column::Key.eq(key))
                    .exec(&ctx.db())
                    .await?;
                values += gone.rows_affected;
                let id = (resource.to_owned(), key.to_owned());
                field::Entity::delete_by_id(id).exec(&ctx.db()).await?;
            }
            Ok(json!({ "deleted": ids, "values": values }))
        })
        .await
    }
}

fn columns() -> Columns<field::Entity> {
    Columns::new([
        ("resource", field::Column::Resource),
        ("key", field::Column::Key),
        ("kind", field::Column::Kind),
    ])
    .with_sorted_expr(
        "id",
        FieldKind::Text,
        |_| id_expr(),
        |row: &field::Model| format!("{}.{}", row.resource, row.key).into(),
    )
}

fn id_expr() -> SimpleExpr {
    let column = |column: field::Column| Expr::col((field::Entity, column));
    Func::cust("concat")
        .arg(column(field::Column::Resource))
        .arg(".")
        .arg(column(field::Column::Key))
        .into()
}

async fn row(ctx: &Ctx, resource: &str, key: &str) -> Result<Option<field::Model>> {
    let id = (resource.to_owned(), key.to_owned());
    Ok(field::Entity::find_by_id(id).one(&ctx.db()).await?)
}

async fn create(ctx: &Ctx, wanted: CustomField) -> Result<Record> {
    let known = fields::of(ctx, &wanted.resource).await?;
    if known.len() >= MOST {
        let message = format!("A resource takes at most {MOST} fields.");
        return Err(Error::conflict("field.too_many", message));
    }
    if known.iter().any(|field| field.key == wanted.key) {
        let message = format!("There is a field '{}' already.", wanted.key);
        return Err(Error::conflict("field.exists", message).with_field(
            "/key",
            "taken",
            "Choose another key.",
        ));
    }
    let row = field::Model {
        kind: kind_text(wanted.kind)?,
        label: serde_json::to_value(&wanted.label)?,
        choices: serde_json::to_value(&wanted.choices)?,
        resource: wanted.resource,
        key: wanted.key,
        position: i32::try_from(known.len()).unwrap_or(i32::MAX),
        version: 1,
        created_at: ctx.now(),
    };
    field::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(&ctx.db())
        .await?;
    record(row)
}

/// A field keeps its resource, key and kind: values hang on them.
async fn change(ctx: &Ctx, id: &str, wanted: CustomField, version: Option<i64>) -> Result<Record> {
    let unknown = || Error::not_found("field.unknown", format!("There is no field '{id}'."));
    let (resource, key) = split(id).ok_or_else(unknown)?;
    let found = row(ctx, resource, key).await?.ok_or_else(unknown)?;
    if version.is_some_and(|version| version != found.version) {
        let message = "Somebody else changed this field meanwhile.";
        return Err(Error::new(Kind::Stale, "field.stale", message));
    }
    let is_same = wanted.resource == found.resource
        && wanted.key == found.key
        && kind_text(wanted.kind)? == found.kind;
    if !is_same {
        let message =
            "Resource, key and kind of a field stay as they are; make a new field instead.";
        return Err(Error::conflict("field.fixed", message));
    }
    let version = found.version + 1;
    let mut changed = found.clone().into_active_model();
    changed.label = Set(serde_json::to_value(&wanted.label)?);
    changed.choices = Set(serde_json::to_value(&wanted.choices)?);
    changed.version = Set(version);
    changed.update(&ctx.db()).await?;
    row(ctx, resource, key).await?.map_or_else(|| Err(unknown()), record)
}

fn check(ctx: &Ctx, wanted: &CustomField) -> Result<()> {
    let mut mistakes = Vec::new();
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let starts = wanted.key.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if !starts || wanted.key.len() > 40 || !wanted.key.bytes().all(fits) {
        let message = "Use up to 40 of a-z, 0-9 and '_', a letter first.";
        mistakes.push(("/key", "format", message.to_owned()));
    }
    if state(ctx)?.assembly.paths.resource_owner(&wanted.resource).is_none() {
        mistakes.push((
            "/resource",
            "unknown",
            format!("There is no resource '{}'.", wanted.resource),
        ));
    }
    if wanted.label.values().all(|text| text.trim().is_empty()) {
        mistakes.push((
            "/label",
            "required",
            "Give it a name in at least one language.".to_owned(),
        ));
    }
    let mut choices = wanted.choices.clone();
    choices.sort();
    choices.dedup();
    let is_choice = wanted.kind == CustomFieldKind::Choice;
    if is_choice && (choices.is_empty() || choices.iter().any(|choice| choice.trim().is_empty())) {
        mistakes.push((
            "/choices",
            "required",
            "Give at least one choice, none of them empty.".to_owned(),
        ));
    } else if choices.len() != wanted.choices.len() {
        mistakes.push(("/choices", "repeated", "A choice stands there twice.".to_owned()));
    } else if !is_choice && !choices.is_empty() {
        mistakes.push(("/choices", "unknown", "Only a choice has choices.".to_owned()));
    }
    if mistakes.is_empty() {
        return Ok(());
    }
    let error = Error::invalid("field.invalid", "This field cannot be made like that.");
    Err(mistakes
        .into_iter()
        .fold(error, |error, (field, code, message)| error.with_field(field, code, message)))
}

fn record(row: field::Model) -> Result<Record> {
    let (id, version) = (format!("{}.{}", row.resource, row.key), row.version);
    Ok(Record { id, version, data: serde_json::to_value(fields::definition(row)?)? })
}

/// Resource and key of an id; a resource's name has no dot.
fn split(id: &str) -> Option<(&str, &str)> {
    id.split_once('.')
}

fn kind_text(kind: CustomFieldKind) -> Result<String> {
    Ok(serde_json::to_value(kind)?.as_str().unwrap_or_default().to_owned())
}
