//! Gathers the overview from the resources that are there and that the person may read.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use hatchery_sdk::component::platform::{ListRequest, ResourceDescription, Resources};
use hatchery_sdk::component::resource::Record;
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::domain::cell::Cell;
use crate::domain::chart::{self, Chart, Point};
use crate::ops::find_labels::{text, text_with};
use crate::ops::find_resource;
use crate::ops::list_records::list_records;

/// The parts of `dashboard.html`.
#[derive(Debug, Default)]
pub(crate) struct Dashboard {
    pub(crate) figures: Vec<Value>,
    pub(crate) charts: Vec<Chart>,
    pub(crate) lists: Vec<Value>,
}

/// Days of the chart.
const DAYS: u64 = 30;
/// Pages of 500 orders that are read for the chart.
const MOST_PAGES: usize = 4;
/// Rows of a short list.
const ROWS: usize = 6;
/// Columns of the short lists.
const NEWEST_ORDERS: [&str; 3] = ["number", "placed_at", "total"];
const NEWEST_CUSTOMERS: [&str; 3] = ["name", "spent", "last_order_at"];
/// From how many left the stock is called low.
const LOW_STOCK: i64 = 5;

/// Gathers it.
pub(crate) async fn show_dashboard(ctx: &Ctx) -> Result<Dashboard> {
    let resources = find_resource::all(ctx).await?;
    let find = |name: &str| resources.iter().find(|resource| resource.name == name);
    let mut dashboard = Dashboard::default();
    if let Some(orders) = find("orders") {
        add_orders(ctx, orders, &mut dashboard).await?;
    }
    if let Some(stock) = find("stock-levels") {
        add_stock(ctx, stock, &mut dashboard).await?;
    }
    if let Some(customers) = find("customers") {
        dashboard
            .lists
            .push(newest(ctx, customers, "admin-list-customers", &NEWEST_CUSTOMERS).await?);
    }
    Ok(dashboard)
}

async fn add_orders(
    ctx: &Ctx,
    orders: &ResourceDescription,
    dashboard: &mut Dashboard,
) -> Result<()> {
    let zone: Tz = ctx.store().time_zone.parse().unwrap_or(chrono_tz::UTC);
    let today = ctx.now().with_timezone(&zone).date_naive();
    let first = today.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(today);
    let sales = sales(ctx, zone, first).await?;
    let of_today = sales.by_day.get(&today).copied().unwrap_or_default();
    let revenue = Money::new(of_today.minor, ctx.store().currency);
    let figures = [
        ("admin-figure-orders-today", Cell::new("number", of_today.orders), None),
        ("admin-figure-revenue-today", Cell::money(revenue), None),
    ];
    for (key, cell, note) in figures {
        dashboard.figures.push(figure(ctx, key, cell, note, Some("/admin/orders")).await?);
    }
    let waiting = "status = placed";
    if let Some(cell) = count(ctx, "orders", waiting).await? {
        let note = Some(text(ctx, "admin-figure-to-review-note").await?);
        let url = Some("/admin/orders?filter=status+%3D+placed");
        dashboard.figures.push(figure(ctx, "admin-figure-to-review", cell, note, url).await?);
    }
    dashboard.charts.push(revenue_chart(ctx, &sales, first, today).await?);
    dashboard.lists.push(newest(ctx, orders, "admin-list-orders", &NEWEST_ORDERS).await?);
    Ok(())
}

async fn add_stock(
    ctx: &Ctx,
    stock: &ResourceDescription,
    dashboard: &mut Dashboard,
) -> Result<()> {
    let Some(field) = ["available", "on_hand"]
        .into_iter()
        .find(|field| stock.filterable.iter().any(|known| known == field))
    else {
        return Ok(());
    };
    let filter = format!("{field} <= {LOW_STOCK}");
    let Some(cell) = count(ctx, "stock-levels", &filter).await? else { return Ok(()) };
    let limit = [("limit", json!(LOW_STOCK))];
    let note = Some(text_with(ctx, "admin-figure-low-stock-note", limit).await?);
    let url = format!("/admin/stock-levels?filter={field}+%3C%3D+{LOW_STOCK}");
    dashboard.figures.push(figure(ctx, "admin-figure-low-stock", cell, note, Some(&url)).await?);
    Ok(())
}

/// What was sold on a day.
#[derive(Clone, Copy, Debug, Default)]
struct Day {
    orders: i64,
    minor: i64,
}

/// What was sold by day, from the day on since which all orders were read.
struct Sales {
    by_day: BTreeMap<NaiveDate, Day>,
    complete_from: NaiveDate,
}

async fn sales(ctx: &Ctx, zone: Tz, first: NaiveDate) -> Result<Sales> {
    let resources = ctx.get::<dyn Resources>()?;
    let currency = ctx.store().currency;
    let filter = format!("placed_at >= \"{}\"", midnight(first, zone).to_rfc3339());
    let mut sales = Sales { by_day: BTreeMap::new(), complete_from: first };
    let mut cursor = None;
    for page in 0..MOST_PAGES {
        let request = ListRequest {
            filter: Some(filter.clone()),
            sort: Some("-placed_at".into()),
            limit: Some(500),
            cursor,
        };
        let found = resources.list(ctx, "orders".into(), request).await?;
        for record in &found.items {
            let Some(placed) = placed_on(record, zone) else { continue };
            let total = serde_json::from_value::<Money>(record.data["total"].clone()).ok();
            let counted = record.data["status"] != "cancelled";
            if let Some(total) = total.filter(|total| counted && total.currency == currency) {
                let day = sales.by_day.entry(placed).or_default();
                day.orders += 1;
                day.minor = day.minor.saturating_add(total.minor);
            }
            if page + 1 == MOST_PAGES && found.next_cursor.is_some() {
                sales.complete_from = placed.succ_opt().unwrap_or(placed);
            }
        }
        cursor = found.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(sales)
}

async fn revenue_chart(
    ctx: &Ctx,
    sales: &Sales,
    first: NaiveDate,
    today: NaiveDate,
) -> Result<Chart> {
    let currency = ctx.store().currency;
    let amount = |minor: i64| short(Money::new(minor, currency));
    let from = first.max(sales.complete_from).min(today);
    let days: Vec<NaiveDate> = from.iter_days().take_while(|day| *day <= today).collect();
    let name = |day: &NaiveDate| format!("{}-{:02}", day.month(), day.day());
    let points: Vec<Point> = days
        .iter()
        .map(|day| {
            let value = sales.by_day.get(day).map_or(0, |day| day.minor);
            let title = format!("{day}: {}", Money::new(value, currency));
            Point { label: name(day), value, title }
        })
        .collect();
    let highest = points.iter().map(|point| point.value).max().unwrap_or(0);
    let arguments = [
        ("from", json!(from.to_string())),
        ("to", json!(today.to_string())),
        ("highest", json!(Money::new(highest, currency).to_string())),
    ];
    let title = text(ctx, "admin-chart-revenue").await?;
    let summary = text_with(ctx, "admin-chart-summary", arguments).await?;
    Ok(chart::bars(title, summary, &points, amount))
}

/// A round amount without its decimals, for the scale.
fn short(amount: Money) -> String {
    let text = amount.decimal();
    let whole = text.split_once('.').map_or(text.as_str(), |(whole, decimals)| {
        if decimals.bytes().all(|digit| digit == b'0') { whole } else { text.as_str() }
    });
    format!("{}{whole}", amount.currency.symbol())
}

/// How many records a filter finds, up to a hundred; absent when the filter does not fit.
async fn count(ctx: &Ctx, resource: &str, filter: &str) -> Result<Option<Cell>> {
    let request =
        ListRequest { filter: Some(filter.to_owned()), limit: Some(100), ..ListRequest::default() };
    let resources = ctx.get::<dyn Resources>()?;
    let page = match resources.list(ctx, resource.to_owned(), request).await {
        Ok(page) => page,
        Err(error) if error.kind() == Kind::Invalid => return Ok(None),
        Err(error) => return Err(error),
    };
    let count = page.items.len();
    Ok(Some(match page.next_cursor {
        None => Cell::new("number", count),
        Some(_) => {
            let more = text_with(ctx, "admin-figure-more", [("count", json!(count))]).await?;
            Cell::new("text", more)
        }
    }))
}

async fn figure(
    ctx: &Ctx,
    key: &str,
    cell: Cell,
    note: Option<String>,
    url: Option<&str>,
) -> Result<Value> {
    let label = text(ctx, key).await?;
    Ok(json!({ "label": label, "cell": cell, "note": note, "url": url }))
}

/// The newest records of a resource, with those of its columns.
async fn newest(
    ctx: &Ctx,
    resource: &ResourceDescription,
    key: &str,
    columns: &[&str],
) -> Result<Value> {
    let mut shown = resource.clone();
    shown.columns.retain(|column| columns.contains(&column.as_str()));
    let mut table = list_records(ctx, &shown, ListRequest::default()).await?;
    table.rows.truncate(ROWS);
    let title = text(ctx, key).await?;
    let empty = text(ctx, &format!("{key}-empty")).await?;
    Ok(json!({
        "title": title,
        "url": format!("/admin/{}", resource.name),
        "columns": table.columns,
        "rows": table.rows,
        "empty": empty,
        "wide": false,
    }))
}

fn placed_on(record: &Record, zone: Tz) -> Option<NaiveDate> {
    let placed: DateTime<Utc> = record.data["placed_at"].as_str()?.parse().ok()?;
    Some(placed.with_timezone(&zone).date_naive())
}

/// When a day begins. Where clocks jump over midnight, the first moment after.
fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let start = day.and_time(chrono::NaiveTime::MIN);
    let local = (0..4).find_map(|hour| {
        zone.from_local_datetime(&(start + chrono::Duration::hours(hour))).earliest()
    });
    local.map_or_else(|| start.and_utc(), |local| local.with_timezone(&Utc))
}
