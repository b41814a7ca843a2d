//! `/admin/{resource}` and all below: lists, forms, actions, history of any resource.

use std::collections::BTreeMap;

use ::http::StatusCode;
use axum::Form;
use axum::extract::{Path, Query as Parameters};
use axum::response::{IntoResponse, Response};
use hatchery_sdk::component::platform::{ListRequest, ResourceDescription};
use hatchery_sdk::component::resource::Record;
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::form_reader::{Pairs, last};
use crate::domain::labels::Named;
use crate::domain::order_actions::fits_record;
use crate::domain::secrets::{of_records, told_once};
use crate::http::{Desk, go_with_notice, query};
use crate::ops::act_on_records::{act, act_with_form};
use crate::ops::action::{find_action, picked, source as asked};
use crate::ops::edit_record::edit_record;
use crate::ops::find_labels::{find_label, find_labels, problem};
use crate::ops::find_resource::{find_record, find_resource, label};
use crate::ops::form::{Form as DrawnForm, Sent, draw, source};
use crate::ops::list_records::{Column, FilterHelp, list_records, offered};
use crate::ops::show_customer::show_customer;
use crate::ops::show_history::show_history;
use crate::ops::show_order::show_order;

/// The resource whose records have a page of their own here.
const ORDERS: &str = "orders";
/// The resource whose records show what else is known of them.
const CUSTOMERS: &str = "customers";

/// What a list is asked for.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct ListParameters {
    filter: String,
    sort: String,
    cursor: String,
}

/// GET /admin/{resource}
pub(crate) async fn list(
    ctx: Ctx,
    desk: Desk,
    Path(name): Path<String>,
    Parameters(asked): Parameters<ListParameters>,
) -> Result<View> {
    let resource = find_resource(&ctx, &name).await?;
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let request = ListRequest {
        filter: some(&asked.filter),
        sort: some(&asked.sort),
        limit: None,
        cursor: some(&asked.cursor),
    };
    let table = list_records(&ctx, &resource, request).await?;
    let path = format!("/admin/{name}");
    let with = |sort: &str, cursor: &str| -> Result<String> {
        let pairs = [("filter", asked.filter.trim()), ("sort", sort), ("cursor", cursor)];
        let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Ok(if pairs.is_empty() { path.clone() } else { format!("{path}?{}", query(&pairs)?) })
    };
    let mut columns = Vec::new();
    for column in &table.columns {
        columns.push(shown_column(column, &asked.sort, &with)?);
    }
    let filter = (!table.filters.is_empty()).then(|| {
        json!({
            "value": asked.filter.trim(),
            "placeholder": placeholder(&table.filters),
            "error": table.problem,
            "sort": asked.sort,
            "fields": table.filters,
        })
    });
    let csv = match asked.filter.trim() {
        "" => format!("/api/v1/admin/{name}.csv"),
        filter => format!("/api/v1/admin/{name}.csv?{}", query(&[("filter", filter)])?),
    };
    let next_url =
        table.next_cursor.as_deref().map(|cursor| with(&asked.sort, cursor)).transpose()?;
    let first_url = if asked.cursor.is_empty() { None } else { Some(with(&asked.sort, "")?) };
    let view = View::new("admin/resource-list.html")
        .with("resource", heading(&ctx, &resource).await?)
        .with("columns", columns)
        .with("rows", table.rows)
        .with("filter", filter)
        .with("actions", table.actions)
        .with("create_url", resource.can_create.then(|| format!("{path}/new")))
        .with("csv_url", csv)
        .with("next_url", next_url)
        .with("first_url", first_url);
    desk.page(&ctx, view).await
}

/// An example of a filter: of the first field that people would look for.
fn placeholder(filters: &[FilterHelp]) -> &str {
    let looked_for = filters.iter().find(|filter| filter.name != "id");
    looked_for.or(filters.first()).map_or("", |filter| &filter.example)
}

/// GET /admin/{resource}/new
pub(crate) async fn new(ctx: Ctx, desk: Desk, Path(name): Path<String>) -> Result<View> {
    let resource = creatable(&ctx, &name).await?;
    let none = BTreeMap::new;
    let sections = draw(&ctx, source(&resource), &json!({}), none(), none()).await?;
    let form = DrawnForm { sections, errors: Vec::new() };
    form_page(&ctx, &desk, &resource, None, form).await
}

/// POST /admin/{resource}/new
pub(crate) async fn create(
    ctx: Ctx,
    desk: Desk,
    Path(name): Path<String>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let resource = creatable(&ctx, &name).await?;
    match edit_record(&ctx, &resource, None, &pairs).await? {
        Sent::Done(record) => {
            let path = format!("/admin/{name}/{}", record.id);
            let kept = find_record(&ctx, &name, &record.id).await?;
            let label = label(&ctx, &name, &kept).await?;
            let told = told_once(&record.data, &kept.data);
            let told = told.into_iter().map(|(key, value)| (label.clone(), key, value));
            let secrets = secrets(&ctx, &resource, told.collect()).await?;
            match secrets.is_empty() {
                true => Ok(go_with_notice(&path, "admin-notice-created")),
                false => shown_once(&ctx, &desk, &resource, secrets, &path).await,
            }
        }
        Sent::Again(form) => again(form_page(&ctx, &desk, &resource, None, form).await?),
    }
}

/// GET /admin/{resource}/{id}
pub(crate) async fn show(
    ctx: Ctx,
    desk: Desk,
    Path((name, id)): Path<(String, String)>,
) -> Result<View> {
    let resource = find_resource(&ctx, &name).await?;
    let record = find_record(&ctx, &name, &id).await?;
    if name == ORDERS {
        return order_page(&ctx, &desk, &resource, &record).await;
    }
    let none = BTreeMap::new;
    let sections = draw(&ctx, source(&resource), &record.data, none(), none()).await?;
    let form = DrawnForm { sections, errors: Vec::new() };
    form_page(&ctx, &desk, &resource, Some(&record), form).await
}

/// POST /admin/{resource}/{id}
pub(crate) async fn change(
    ctx: Ctx,
    desk: Desk,
    Path((name, id)): Path<(String, String)>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let resource = find_resource(&ctx, &name).await?;
    let record = find_record(&ctx, &name, &id).await?;
    match edit_record(&ctx, &resource, Some(&record), &pairs).await? {
        Sent::Done(record) => {
            let path = format!("/admin/{name}/{}", record.id);
            Ok(go_with_notice(&path, "admin-notice-saved"))
        }
        Sent::Again(form) => again(form_page(&ctx, &desk, &resource, Some(&record), form).await?),
    }
}

/// GET /admin/{resource}/{id}/history
pub(crate) async fn history(
    ctx: Ctx,
    desk: Desk,
    Path((name, id)): Path<(String, String)>,
) -> Result<View> {
    let resource = find_resource(&ctx, &name).await?;
    let record = find_record(&ctx, &name, &id).await?;
    let label = label(&ctx, &name, &record).await?;
    let url = format!("/admin/{name}/{id}");
    let view = View::new("admin/resource-history.html")
        .with("resource", heading(&ctx, &resource).await?)
        .with("record", json!({ "id": id, "label": label, "url": url }))
        .with("changes", show_history(&ctx, &resource, &id).await?);
    desk.page(&ctx, view).await
}

/// POST /admin/{resource}/actions: one that asks nothing, or the way to what it asks.
pub(crate) async fn act_on_picked(
    ctx: Ctx,
    desk: Desk,
    Path(name): Path<String>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let resource = find_resource(&ctx, &name).await?;
    let action = find_action(&resource, last(&pairs, "action").unwrap_or_default())?;
    let ids = ids(&pairs, "id");
    let from_record = last(&pairs, "_from") == Some("record");
    let back = match ids.first() {
        Some(id) if from_record => format!("/admin/{name}/{id}"),
        _ => format!("/admin/{name}"),
    };
    if ids.is_empty() {
        return Ok(go_with_notice(&back, "admin-nothing-picked"));
    }
    if action.input.is_object() {
        let picked: Vec<_> = ids.iter().map(|id| ("id", id.as_str())).collect();
        let path = format!("/admin/{name}/actions/{}?{}", action.name, query(&picked)?);
        return Ok(crate::http::go(&path));
    }
    let record = ids.first().filter(|_| from_record).cloned();
    match act(&ctx, &resource, &action.name, ids, Value::Null).await {
        Ok(answer) => done(&ctx, &desk, &resource, &answer, &back).await,
        Err(error) if matches!(error.kind(), Kind::Conflict | Kind::Invalid | Kind::Stale) => {
            let text = problem(&ctx, error.code(), error.message()).await?;
            let view = match record {
                Some(id) => show(ctx, desk, Path((name, id))).await?,
                None => list(ctx, desk, Path(name), Parameters::default()).await?,
            };
            let view = view.with("notice", json!({ "tone": "error", "text": text }));
            Ok(view.status(StatusCode::CONFLICT).into_response())
        }
        Err(error) => Err(error),
    }
}

/// GET /admin/{resource}/actions/{action}?id=
pub(crate) async fn ask(
    ctx: Ctx,
    desk: Desk,
    Path((name, action)): Path<(String, String)>,
    Parameters(pairs): Parameters<Pairs>,
) -> Result<View> {
    let resource = find_resource(&ctx, &name).await?;
    let action = find_action(&resource, &action)?;
    let none = BTreeMap::new;
    let sections = draw(&ctx, asked(&resource, action), &json!({}), none(), none()).await?;
    let form = DrawnForm { sections, errors: Vec::new() };
    action_page(&ctx, &desk, &resource, &action.name, ids(&pairs, "id"), form).await
}

/// POST /admin/{resource}/actions/{action}
pub(crate) async fn act_as_asked(
    ctx: Ctx,
    desk: Desk,
    Path((name, action)): Path<(String, String)>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let resource = find_resource(&ctx, &name).await?;
    let action = find_action(&resource, &action)?;
    let ids = ids(&pairs, "_id");
    match act_with_form(&ctx, &resource, action, ids.clone(), &pairs).await? {
        Sent::Done(answer) => done(&ctx, &desk, &resource, &answer, &back(&name, &ids)).await,
        Sent::Again(form) => {
            again(action_page(&ctx, &desk, &resource, &action.name, ids, form).await?)
        }
    }
}

/// What follows an action: the page it was begun at, or first what it tells only once.
async fn done(
    ctx: &Ctx,
    desk: &Desk,
    resource: &ResourceDescription,
    answer: &Value,
    back: &str,
) -> Result<Response> {
    let mut told = Vec::new();
    for (id, answered) in of_records(answer) {
        // What is no record is of no interest here.
        let Ok(kept) = find_record(ctx, &resource.name, id).await else { continue };
        let label = label(ctx, &resource.name, &kept).await?;
        let once = told_once(answered, &kept.data).into_iter().filter(|(key, _)| *key != "id");
        told.extend(once.map(|(key, value)| (label.clone(), key, value)));
    }
    let secrets = secrets(ctx, resource, told).await?;
    match secrets.is_empty() {
        true => Ok(go_with_notice(back, "admin-notice-done")),
        false => shown_once(ctx, desk, resource, secrets, back).await,
    }
}

/// What is told once as `shown-once.html` shows it: record, name of the field, value.
async fn secrets(
    ctx: &Ctx,
    resource: &ResourceDescription,
    told: Vec<(String, &str, &str)>,
) -> Result<Vec<Value>> {
    let mut secrets = Vec::new();
    for (record, key, value) in told {
        let label = find_label(ctx, &resource.component, Named::Field, key).await?;
        secrets.push(json!({ "record": record, "label": label, "value": value }));
    }
    Ok(secrets)
}

async fn shown_once(
    ctx: &Ctx,
    desk: &Desk,
    resource: &ResourceDescription,
    secrets: Vec<Value>,
    back_url: &str,
) -> Result<Response> {
    let view = View::new("admin/shown-once.html")
        .with("resource", heading(ctx, resource).await?)
        .with("secrets", secrets)
        .with("back_url", back_url);
    Ok(desk.page(ctx, view).await?.into_response())
}

async fn creatable(ctx: &Ctx, name: &str) -> Result<ResourceDescription> {
    let resource = find_resource(ctx, name).await?;
    if resource.can_create {
        return Ok(resource);
    }
    Err(Error::not_found("admin.not_creatable", format!("Nothing is created in {name} here.")))
}

async fn form_page(
    ctx: &Ctx,
    desk: &Desk,
    resource: &ResourceDescription,
    record: Option<&Record>,
    form: DrawnForm,
) -> Result<View> {
    let view = View::new("admin/resource-form.html")
        .with("resource", heading(ctx, resource).await?)
        .with("errors", form.errors)
        .with("sections", form.sections);
    let view = match record.filter(|_| resource.name == CUSTOMERS) {
        Some(record) => {
            let parts = show_customer(ctx, resource, record).await?;
            view.with("facts", parts.facts).with("lists", parts.lists)
        }
        None => view,
    };
    let view = match record {
        Some(record) => view
            .with("record", shown_record(ctx, resource, record).await?)
            .with("readonly", !resource.can_write)
            .with("actions", record_actions(ctx, resource, record).await?),
        None => view.with("record", Value::Null).with("readonly", false),
    };
    desk.page(ctx, view).await
}

async fn order_page(
    ctx: &Ctx,
    desk: &Desk,
    resource: &ResourceDescription,
    record: &Record,
) -> Result<View> {
    let page = show_order(ctx, resource, record).await?;
    let view = View::new("admin/order-detail.html")
        .with("resource", heading(ctx, resource).await?)
        .with("record", shown_record(ctx, resource, record).await?)
        .with("actions", page.actions)
        .with("order", page.order)
        .with("payments", page.payments)
        .with("payment_columns", page.payment_columns)
        .with("shipments", page.shipments)
        .with("shipment_columns", page.shipment_columns)
        .with("returns", page.returns)
        .with("return_columns", page.return_columns);
    desk.page(ctx, view).await
}

async fn action_page(
    ctx: &Ctx,
    desk: &Desk,
    resource: &ResourceDescription,
    action: &str,
    ids: Vec<String>,
    form: DrawnForm,
) -> Result<View> {
    let label = find_label(ctx, &resource.component, Named::Action, action).await?;
    let back_url = back(&resource.name, &ids);
    let picked: Vec<Value> = picked(ctx, resource, ids)
        .await?
        .into_iter()
        .map(|(id, label)| json!({ "id": id, "label": label }))
        .collect();
    let view = View::new("admin/resource-action.html")
        .with("resource", heading(ctx, resource).await?)
        .with("action", json!({ "name": action, "label": label, "danger": false }))
        .with("picked", picked)
        .with("back_url", back_url)
        .with("errors", form.errors)
        .with("sections", form.sections);
    desk.page(ctx, view).await
}

async fn record_actions(
    ctx: &Ctx,
    resource: &ResourceDescription,
    record: &Record,
) -> Result<Vec<crate::ops::list_records::OfferedAction>> {
    let names = resource.actions.iter().map(|action| (Named::Action, action.name.clone()));
    let labels = find_labels(ctx, &resource.component, names.collect()).await?;
    let mut actions = offered(ctx, resource, &labels).await?;
    actions.retain(|action| fits_record(&resource.name, &action.name, &record.data));
    let picked = query(&[("id", &record.id)])?;
    for action in &mut actions {
        action.url = action.url.take().map(|url| format!("{url}?{picked}"));
    }
    Ok(actions)
}

async fn heading(ctx: &Ctx, resource: &ResourceDescription) -> Result<Value> {
    let label = find_label(ctx, &resource.component, Named::Resource, &resource.name).await?;
    Ok(json!({
        "name": resource.name,
        "label": label,
        "path": format!("/admin/{}", resource.name),
    }))
}

async fn shown_record(ctx: &Ctx, resource: &ResourceDescription, record: &Record) -> Result<Value> {
    Ok(json!({
        "id": record.id,
        "label": label(ctx, &resource.name, record).await?,
        "version": record.version,
        "history_url": format!("/admin/{}/{}/history", resource.name, record.id),
    }))
}

fn shown_column(
    column: &Column,
    sort: &str,
    with: &impl Fn(&str, &str) -> Result<String>,
) -> Result<Value> {
    let descending = format!("-{}", column.key);
    let (sorted, other) = match sort {
        sort if sort == column.key => (Some("ascending"), descending.as_str()),
        sort if sort == descending => (Some("descending"), column.key.as_str()),
        _ => (None, column.key.as_str()),
    };
    let sort_url = if column.sortable { Some(with(other, "")?) } else { None };
    Ok(json!({
        "key": column.key,
        "label": column.label,
        "numeric": column.numeric,
        "sort_url": sort_url,
        "sorted": sorted,
    }))
}

/// The page shown again after a form that did not do.
fn again(view: View) -> Result<Response> {
    Ok(view.status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

fn ids(pairs: &Pairs, name: &str) -> Vec<String> {
    pairs.iter().filter(|(other, _)| other == name).map(|(_, id)| id.clone()).collect()
}

/// The page an action was begun at: the record's when there is only one.
fn back(name: &str, ids: &[String]) -> String {
    match ids {
        [id] => format!("/admin/{name}/{id}"),
        _ => format!("/admin/{name}"),
    }
}
