//! Gathers what the store knows of a customer beside the file's own fields: figures, and the orders.

use hatchery_sdk::component::platform::{ListRequest, ResourceDescription};
use hatchery_sdk::component::resource::Record;
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::domain::cell::Cell;
use crate::domain::labels::{Labels, Named};
use crate::ops::find_labels::{find_labels, text};
use crate::ops::find_resource;
use crate::ops::list_records::list_records;

/// What the file counts from orders.
const FACTS: [&str; 5] = ["orders", "spent", "first_order_at", "last_order_at", "age"];
/// Rows of the list of orders.
const ROWS: usize = 10;

/// The facts and lists of `resource-form.html`.
#[derive(Debug)]
pub(crate) struct CustomerParts {
    pub(crate) facts: Vec<Value>,
    pub(crate) lists: Vec<Value>,
}

/// Gathers them.
pub(crate) async fn show_customer(
    ctx: &Ctx,
    resource: &ResourceDescription,
    record: &Record,
) -> Result<CustomerParts> {
    let names = FACTS.map(|key| (Named::Field, key.to_owned()));
    let labels = find_labels(ctx, &resource.component, names.to_vec()).await?;
    let facts = FACTS.into_iter().filter_map(|key| fact(ctx, &record.data, key, &labels));
    let orders = orders(ctx, &record.data).await?;
    Ok(CustomerParts { facts: facts.collect(), lists: orders.into_iter().collect() })
}

fn fact(ctx: &Ctx, data: &Value, key: &str, labels: &Labels) -> Option<Value> {
    let cell = Cell::of(key, None, &data[key], ctx.locale(), labels);
    (cell.kind != "none").then(|| json!({ "label": labels.of(Named::Field, key), "cell": cell }))
}

/// The newest orders with the customer's address, when there are orders and the person may read them.
async fn orders(ctx: &Ctx, data: &Value) -> Result<Option<Value>> {
    let resources = find_resource::all(ctx).await?;
    let Some(orders) = resources.into_iter().find(|resource| resource.name == "orders") else {
        return Ok(None);
    };
    let Some(email) = data["email"].as_str().filter(|email| !email.is_empty()) else {
        return Ok(None);
    };
    let filter = format!("email = {}", json!(email));
    let request = ListRequest { filter: Some(filter.clone()), ..ListRequest::default() };
    let own = |key: &String| key != "email";
    let shown = ResourceDescription {
        columns: orders.columns.iter().filter(|key| own(key)).cloned().collect(),
        ..orders
    };
    let mut table = list_records(ctx, &shown, request).await?;
    table.rows.truncate(ROWS);
    let query = serde_urlencoded::to_string([("filter", filter)]).map_err(Error::internal)?;
    Ok(Some(json!({
        "title": text(ctx, "admin-customer-orders").await?,
        "url": format!("/admin/orders?{query}"),
        "columns": table.columns,
        "rows": table.rows,
        "empty": text(ctx, "admin-list-orders-empty").await?,
    })))
}
