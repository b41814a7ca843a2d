//! Gathers the page of one order from its record. The record says what other components know of it:
//! its payments, its shipments, its returns.

use hatchery_sdk::component::platform::{ListRequest, ResourceDescription, Resources};
use hatchery_sdk::component::resource::Record;
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::domain::cell::Cell;
use crate::domain::labels::{self, Labels, Named};
use crate::domain::order_actions;
use crate::ops::find_labels::{find_labels, text, text_with};
use crate::ops::list_records::{OfferedAction, offered};

/// The parts of `order-detail.html`.
#[derive(Debug)]
pub(crate) struct OrderPage {
    pub(crate) order: Value,
    pub(crate) actions: Vec<OfferedAction>,
    pub(crate) payments: Option<Vec<Value>>,
    pub(crate) payment_columns: Vec<Value>,
    pub(crate) shipments: Option<Vec<Value>>,
    pub(crate) shipment_columns: Vec<Value>,
    pub(crate) returns: Option<Vec<Value>>,
    pub(crate) return_columns: Vec<Value>,
}

const PAYMENT_COLUMNS: [&str; 6] =
    ["method_name", "status", "amount", "captured", "refunded", "reference"];
const SHIPMENT_COLUMNS: [&str; 5] =
    ["dispatched_at", "carrier", "tracking_number", "delivered_at", "signed_by"];

const RETURN_COLUMNS: [&str; 5] = ["requested_at", "number", "status", "reason", "credit"];

/// Gathers it.
pub(crate) async fn show_order(
    ctx: &Ctx,
    resource: &ResourceDescription,
    record: &Record,
) -> Result<OrderPage> {
    let data = &record.data;
    let mut names = labels::names(&resource.schema);
    let columns = PAYMENT_COLUMNS.iter().chain(&SHIPMENT_COLUMNS).chain(&RETURN_COLUMNS);
    names.extend(columns.map(|key| (Named::Field, (*key).to_owned())));
    names.extend(resource.actions.iter().map(|action| (Named::Action, action.name.clone())));
    let timeline = data["timeline"].as_array().cloned().unwrap_or_default();
    let kinds = timeline.iter().filter_map(|entry| entry["kind"].as_str());
    names.extend(kinds.map(|kind| (Named::Value, kind.to_owned())));
    let messages = timeline.iter().filter_map(|entry| entry["message"].as_str());
    let words = messages.filter(|text| !text.is_empty() && !text.contains(char::is_whitespace));
    names.extend(words.map(|word| (Named::Value, word.to_owned())));
    let payments = data["payment"]["payments"].as_array();
    let parts_with_status = payments.into_iter().chain(data["returns"].as_array()).flatten();
    let statuses = parts_with_status.filter_map(|part| part["status"].as_str());
    names.extend(statuses.map(|status| (Named::Value, status.to_owned())));
    let labels = find_labels(ctx, &resource.component, names).await?;
    let mut actions = offered(ctx, resource, &labels).await?;
    actions.retain(|action| order_actions::fits(&action.name, data));
    for action in &mut actions {
        let id = &record.id;
        action.url = action.url.take().map(|url| format!("{url}?id={id}"));
    }
    let statuses = ["status", "payment_status", "fulfillment_status"];
    let order = json!({
        "number": data["number"],
        "placed_at": data["placed_at"],
        "email": data["email"],
        "statuses": statuses
            .iter()
            .filter_map(|key| data[*key].as_str())
            .map(|word| Cell::status(word, &labels))
            .collect::<Vec<_>>(),
        "lines": lines(ctx, data).await?,
        "sums": sums(ctx, data).await?,
        "shipping_address": address(&data["shipping_address"]),
        "billing_address": address(&data["billing_address"]),
        "shipping_method": shipping_method(data),
        "delivery_window": data["delivery_window"],
        "customer": customer(ctx, data).await?,
        "timeline": timeline.iter().rev().map(|entry| happened(entry, &labels)).collect::<Vec<_>>(),
    });
    Ok(OrderPage {
        order,
        actions,
        payments: parts(&data["payment"]["payments"], &PAYMENT_COLUMNS, ctx, &labels),
        payment_columns: headings(&PAYMENT_COLUMNS, &labels),
        shipments: parts(&data["shipments"], &SHIPMENT_COLUMNS, ctx, &labels),
        shipment_columns: headings(&SHIPMENT_COLUMNS, &labels),
        returns: parts(&data["returns"], &RETURN_COLUMNS, ctx, &labels)
            .filter(|returns| !returns.is_empty()),
        return_columns: headings(&RETURN_COLUMNS, &labels),
    })
}

async fn lines(ctx: &Ctx, data: &Value) -> Result<Vec<Value>> {
    let products = ctx.get::<dyn Resources>()?.describe(ctx).await?;
    let listed = products.iter().any(|resource| resource.name == "products");
    let mut shown = Vec::new();
    for line in data["lines"].as_array().into_iter().flatten() {
        let product = line["product_id"].as_str().filter(|_| listed);
        let mut notes = Vec::new();
        if let Some(returned) = line["returned"].as_i64().filter(|count| *count > 0) {
            notes.push(text_with(ctx, "admin-returned", [("count", json!(returned))]).await?);
        }
        shown.push(json!({
            "sku": line["sku"],
            "name": line["name"],
            "variant": null,
            "url": product.map(|id| format!("/admin/products/{id}")),
            "quantity": line["quantity"],
            "unit_price": line["unit_price"],
            "total": line["total"],
            "notes": notes,
        }));
    }
    Ok(shown)
}

async fn sums(ctx: &Ctx, data: &Value) -> Result<Vec<Value>> {
    let subtotal = text(ctx, "admin-subtotal").await?;
    let total = text(ctx, "admin-total").await?;
    let adjustments = data["adjustments"].as_array().cloned().unwrap_or_default();
    let (included, added): (Vec<_>, Vec<_>) =
        adjustments.into_iter().partition(|adjustment| adjustment["included"].is_object());
    let mut sums = vec![json!({ "label": subtotal, "amount": data["subtotal"] })];
    sums.extend(
        added.iter().map(
            |adjustment| json!({ "label": adjustment["label"], "amount": adjustment["amount"] }),
        ),
    );
    sums.push(json!({ "label": total, "amount": data["total"], "total": true }));
    for tax in included {
        let label = text_with(ctx, "admin-tax-included", [("label", tax["label"].clone())]).await?;
        sums.push(json!({ "label": label, "amount": tax["included"] }));
    }
    Ok(sums)
}

/// The file of the customer, when there are such files and the person may read them.
async fn customer(ctx: &Ctx, data: &Value) -> Result<Value> {
    let Some(email) = data["email"].as_str() else { return Ok(Value::Null) };
    let resources = ctx.get::<dyn Resources>()?;
    let known = resources.describe(ctx).await?;
    if !known.iter().any(|resource| resource.name == "customers") {
        return Ok(Value::Null);
    }
    let filter = format!("email = {}", json!(email.to_lowercase()));
    let request = ListRequest { filter: Some(filter), limit: Some(1), ..ListRequest::default() };
    let Ok(page) = resources.list(ctx, "customers".into(), request).await else {
        return Ok(Value::Null);
    };
    let Some(customer) = page.items.into_iter().next() else { return Ok(Value::Null) };
    let mut facts = Vec::new();
    if let Some(orders) = customer.data["orders"].as_i64() {
        let label = text(ctx, "admin-fact-orders").await?;
        facts.push(json!({ "label": label, "cell": Cell::new("number", orders) }));
    }
    let spent = serde_json::from_value::<Money>(customer.data["spent"].clone()).ok();
    if let Some(spent) = spent {
        let label = text(ctx, "admin-fact-spent").await?;
        facts.push(json!({ "label": label, "cell": Cell::money(spent) }));
    }
    let name = customer.data["name"].as_str().filter(|name| !name.is_empty());
    Ok(json!({
        "label": name.unwrap_or(email),
        "url": format!("/admin/customers/{}", customer.id),
        "facts": facts,
    }))
}

fn shipping_method(data: &Value) -> Value {
    let adjustments = data["adjustments"].as_array();
    let shipping = adjustments.into_iter().flatten().find(|a| a["kind"] == "shipping");
    shipping.map_or_else(|| data["shipping_method"].clone(), |shipping| shipping["label"].clone())
}

fn happened(entry: &Value, labels: &Labels) -> Value {
    let kind = labels.of(Named::Value, entry["kind"].as_str().unwrap_or_default());
    let message = entry["message"].as_str().unwrap_or_default();
    if let Some(amount) = money(message) {
        return json!({ "at": entry["at"], "text": kind, "amount": amount });
    }
    // A message of one word may be a state, which has words of its own.
    let message = labels.find(Named::Value, message).unwrap_or(message);
    let text = if message.is_empty() { kind } else { format!("{kind}: {message}") };
    json!({ "at": entry["at"], "text": text })
}

/// A message that is an amount, `11.50 GBP`.
fn money(message: &str) -> Option<Money> {
    let (amount, currency) = message.split_once(' ')?;
    Money::parse(amount, currency.parse().ok()?).ok()
}

fn parts(list: &Value, columns: &[&str], ctx: &Ctx, labels: &Labels) -> Option<Vec<Value>> {
    let rows = list.as_array()?.iter().map(|part| {
        let cell = |key: &&str| match (*key, part[*key].as_str()) {
            ("status", Some(word)) => Cell::status(word, labels),
            _ => Cell::of(key, None, &part[*key], ctx.locale(), labels),
        };
        json!({ "cells": columns.iter().map(cell).collect::<Vec<_>>(), "actions": [] })
    });
    Some(rows.collect())
}

fn headings(columns: &[&str], labels: &Labels) -> Vec<Value> {
    let numeric = ["amount", "captured", "refunded", "credit"];
    let heading = |key: &&str| json!({ "label": labels.of(Named::Field, key), "numeric": numeric.contains(key) });
    columns.iter().map(heading).collect()
}

/// An address as it stands on a letter.
fn address(address: &Value) -> Value {
    let part = |key: &str| address[key].as_str().unwrap_or_default().to_owned();
    if !address.is_object() {
        return Value::Null;
    }
    let town = format!("{} {}", part("postal_code"), part("city"));
    let lines = [
        part("name"),
        part("line1"),
        part("line2"),
        town.trim().to_owned(),
        part("region"),
        part("country"),
        part("phone"),
    ];
    json!(lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"))
}
