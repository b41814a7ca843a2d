//! Lists records of any resource as a table.

use hatchery_sdk::component::platform::{ListRequest, ResourceDescription, Resources};
use hatchery_sdk::component::resource::{Action, Record};
use hatchery_sdk::prelude::*;
use serde::Serialize;
use serde_json::Value;

use crate::domain::cell::Cell;
use crate::domain::labels::{self, Labels, Named};
use crate::domain::schema::{self, Property, Shape};
use crate::ops::find_labels::{find_labels, text};
use crate::ops::find_resource::own_label;

/// A table of records.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
    pub(crate) filters: Vec<FilterHelp>,
    pub(crate) actions: Vec<OfferedAction>,
    pub(crate) next_cursor: Option<String>,
    /// Why the filter or the order was refused.
    pub(crate) problem: Option<String>,
}

/// A column.
#[derive(Debug, Serialize)]
pub(crate) struct Column {
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) numeric: bool,
    pub(crate) sortable: bool,
}

/// A record.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) cells: Vec<Cell>,
}

/// What can be filtered by.
#[derive(Debug, Serialize)]
pub(crate) struct FilterHelp {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) example: String,
}

/// Something that can be done.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OfferedAction {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) confirm: Option<String>,
    pub(crate) danger: bool,
    pub(crate) url: Option<String>,
}

/// Records on a page.
const PAGE: u32 = 50;
/// Actions that take something away.
const DANGER: [&str; 9] =
    ["cancel", "delete", "archive", "void", "refund", "revoke", "lock", "discard", "purge"];

/// The records of a resource. A filter that is none leaves the table empty and says why.
pub(crate) async fn list_records(
    ctx: &Ctx,
    resource: &ResourceDescription,
    request: ListRequest,
) -> Result<Table> {
    let mut names = labels::names(&resource.schema);
    names.extend(resource.columns.iter().map(|key| (Named::Field, key.clone())));
    names.extend(resource.actions.iter().map(|action| (Named::Action, action.name.clone())));
    let labels = find_labels(ctx, &resource.component, names).await?;
    let sort = request.sort.clone().or_else(|| newest_first(resource));
    let request = ListRequest { limit: Some(PAGE), sort, ..request };
    let resources = ctx.get::<dyn Resources>()?;
    let (page, problem) = match resources.list(ctx, resource.name.clone(), request).await {
        Ok(page) => (page, None),
        Err(error) if error.kind() == Kind::Invalid => {
            (Page::last(Vec::new()), Some(error.message().to_owned()))
        }
        Err(error) => return Err(error),
    };
    let rows: Vec<Row> =
        page.items.iter().map(|record| row(ctx, resource, record, &labels)).collect();
    Ok(Table {
        columns: columns(resource, &labels, &rows),
        rows,
        filters: filters(ctx, resource).await?,
        actions: offered(ctx, resource, &labels).await?,
        next_cursor: page.next_cursor,
        problem,
    })
}

/// The order of a list nobody ordered: by the time the records speak of, the newest first.
fn newest_first(resource: &ResourceDescription) -> Option<String> {
    let times = ["placed_at", "created_at", "at", "requested_at", "updated_at"];
    let sortable = |time: &&&str| resource.sortable.iter().any(|known| known == *time);
    times.iter().find(sortable).map(|time| format!("-{time}"))
}

/// A resource's actions with their words; one that asks something leads to a page of its own.
pub(crate) async fn offered(
    ctx: &Ctx,
    resource: &ResourceDescription,
    labels: &Labels,
) -> Result<Vec<OfferedAction>> {
    let confirm = text(ctx, "admin-confirm").await?;
    let action = |action: &Action| {
        let asks = schema::properties(&action.input).len();
        OfferedAction {
            label: labels.of(Named::Action, &action.name),
            confirm: (action.confirm && asks == 0).then(|| confirm.clone()),
            danger: DANGER.contains(&action.name.as_str()),
            url: (asks > 0).then(|| format!("/admin/{}/actions/{}", resource.name, action.name)),
            name: action.name.clone(),
        }
    };
    Ok(resource.actions.iter().map(action).collect())
}

fn row(ctx: &Ctx, resource: &ResourceDescription, record: &Record, labels: &Labels) -> Row {
    let properties = schema::properties(&resource.schema);
    let cell = |(index, key): (usize, &String)| {
        let property = properties.iter().find(|property| property.key == key);
        let value = record.data.get(key).unwrap_or(&Value::Null);
        let cell = Cell::of(key, property, value, ctx.locale(), labels);
        match (index, cell.kind) {
            (0, "none") => Cell::new("code", record.id.clone()).linked(address(resource, record)),
            (0, _) => cell.linked(address(resource, record)),
            _ => cell,
        }
    };
    Row {
        id: record.id.clone(),
        label: own_label(record, ctx.locale()),
        cells: resource.columns.iter().enumerate().map(cell).collect(),
    }
}

/// The address of a record's page.
fn address(resource: &ResourceDescription, record: &Record) -> String {
    match &resource.page {
        Some(page) => page.replace("{id}", &record.id),
        None => format!("/admin/{}/{}", resource.name, record.id),
    }
}

fn columns(resource: &ResourceDescription, labels: &Labels, rows: &[Row]) -> Vec<Column> {
    let column = |(index, key): (usize, &String)| Column {
        key: key.clone(),
        label: labels.of(Named::Field, key),
        numeric: rows.iter().any(|row| row.cells.get(index).is_some_and(Cell::is_numeric)),
        sortable: resource.sortable.contains(key),
    };
    resource.columns.iter().enumerate().map(column).collect()
}

async fn filters(ctx: &Ctx, resource: &ResourceDescription) -> Result<Vec<FilterHelp>> {
    let properties = schema::properties(&resource.schema);
    let mut filters = Vec::new();
    for name in &resource.filterable {
        let key = name.rsplit('.').next().unwrap_or(name);
        let property = properties.iter().find(|property| property.key == key);
        let (kind, example) = example(name, property);
        let kind = text(ctx, &format!("admin-kind-{kind}")).await?;
        filters.push(FilterHelp { name: name.clone(), kind, example });
    }
    Ok(filters)
}

/// Whether a name, which may lead through groups, ends with this key.
fn key_is(name: &str, key: &str) -> bool {
    name.rsplit('.').next() == Some(key)
}

fn example(name: &str, property: Option<&Property<'_>>) -> (&'static str, String) {
    match property.map(|property| &property.shape) {
        Some(Shape::Choice(words)) => {
            ("choice", format!("{name} = {}", words.first().copied().unwrap_or_default()))
        }
        Some(Shape::Money | Shape::UnitPrice) => ("money", format!("{name} >= 1000")),
        Some(Shape::Integer | Shape::Number) => ("number", format!("{name} > 10")),
        Some(Shape::YesNo) => ("yes_no", format!("{name} = true")),
        Some(Shape::Time) => ("datetime", format!("{name} >= \"2026-01-31T00:00:00Z\"")),
        Some(Shape::Date) => ("date", format!("{name} >= 2026-01-31")),
        Some(Shape::TextList) => ("list", format!("{name}:abc")),
        _ if name.ends_with("_at") => ("datetime", format!("{name} >= \"2026-01-31T00:00:00Z\"")),
        _ if key_is(name, "email") => ("text", format!("{name}:\"@example.com\"")),
        _ => ("text", format!("{name}:\"abc\"")),
    }
}
