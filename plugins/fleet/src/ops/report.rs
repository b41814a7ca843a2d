//! What the stores sold: today and in the last 30 days, added up by currency.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;
use hatchery_sdk::component::platform::ListRequest;
use hatchery_sdk::component::stores::{FleetStore, StoreState, Stores};
use hatchery_sdk::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

/// Days of the report, today among them.
const DAYS: u64 = 30;
/// Pages of 500 orders that are read of a store.
const MOST_PAGES: usize = 20;

/// What was sold.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Sold {
    /// Orders that were not cancelled.
    pub(crate) orders: u64,
    /// Their totals.
    pub(crate) revenue: Money,
    /// Whether there were more orders than are read for a report.
    pub(crate) is_more: bool,
}

/// A store in the report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Line {
    /// The store.
    slug: String,
    /// Its name for people.
    name: String,
    /// Since midnight in its time zone; none when it keeps no orders.
    today: Option<Sold>,
    /// In the last 30 days, today included.
    month: Option<Sold>,
}

/// What the fleet sold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Report {
    /// Each store that is not in the trash.
    stores: Vec<Line>,
    /// All of them, by currency.
    today: Vec<Sold>,
    /// All of them in the last 30 days, by currency.
    month: Vec<Sold>,
}

/// The report over all stores.
pub(crate) async fn report(ctx: &Ctx) -> Result<Report> {
    let mut report = Report { stores: Vec::new(), today: Vec::new(), month: Vec::new() };
    for store in ctx.get::<dyn Stores>()?.list(ctx).await? {
        if matches!(store.state, StoreState::Deleted | StoreState::Preparing) {
            continue;
        }
        let month = sold_since(ctx, &store, DAYS - 1).await;
        let today = match &month {
            Some(_) => sold_today(ctx, &store).await,
            None => None,
        };
        report.stores.push(Line { slug: store.slug, name: store.name, today, month });
    }
    report.today = summed(report.stores.iter().filter_map(|line| line.today.as_ref()))?;
    report.month = summed(report.stores.iter().filter_map(|line| line.month.as_ref()))?;
    Ok(report)
}

/// What a store sold since midnight there; none when it keeps no orders, or does not answer.
pub(crate) async fn sold_today(ctx: &Ctx, store: &FleetStore) -> Option<Sold> {
    sold_since(ctx, store, 0).await
}

async fn sold_since(ctx: &Ctx, store: &FleetStore, days_before: u64) -> Option<Sold> {
    match read(ctx, store, days_before).await {
        Ok(sold) => Some(sold),
        Err(error) => {
            if !matches!(error.kind(), Kind::NotFound) {
                tracing::warn!("'{}' is not in the report: {}", store.slug, error.chain());
            }
            None
        }
    }
}

async fn read(ctx: &Ctx, store: &FleetStore, days_before: u64) -> Result<Sold> {
    let zone: Tz = store.time_zone.parse().unwrap_or(Tz::UTC);
    let today = ctx.now().with_timezone(&zone).date_naive();
    let first = today.checked_sub_days(Days::new(days_before)).unwrap_or(today);
    let since = midnight(zone, first).to_rfc3339_opts(SecondsFormat::Secs, true);
    let filter = format!("placed_at >= \"{since}\" AND status != cancelled");
    let fleet = ctx.get::<dyn Stores>()?;
    let mut sold = Sold { orders: 0, revenue: Money::zero(store.currency), is_more: false };
    let mut cursor = None;
    for _ in 0..MOST_PAGES {
        let request = ListRequest {
            filter: Some(filter.clone()),
            limit: Some(500),
            cursor,
            ..ListRequest::default()
        };
        let page = fleet.records(ctx, store.slug.clone(), "orders".to_owned(), request).await?;
        for record in &page.items {
            let total = record.data.get("total").cloned().unwrap_or_default();
            let Ok(total) = serde_json::from_value::<Money>(total) else { continue };
            sold.orders += 1;
            if total.currency == sold.revenue.currency {
                sold.revenue.minor = sold.revenue.minor.saturating_add(total.minor);
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(sold);
        }
    }
    sold.is_more = true;
    Ok(sold)
}

/// When a day begins. One that begins with an hour that is left out begins with the first that is there.
fn midnight(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    let at =
        (0..3).find_map(|hour| zone.from_local_datetime(&day.and_hms_opt(hour, 0, 0)?).earliest());
    at.map_or(DateTime::UNIX_EPOCH, |at| at.to_utc())
}

fn summed<'a>(all: impl Iterator<Item = &'a Sold>) -> Result<Vec<Sold>> {
    let mut sums: BTreeMap<String, Sold> = BTreeMap::new();
    for sold in all {
        let code = sold.revenue.currency.to_string();
        let zero =
            || Sold { orders: 0, revenue: Money::zero(sold.revenue.currency), is_more: false };
        let sum = sums.entry(code).or_insert_with(zero);
        sum.orders += sold.orders;
        sum.revenue.minor = sum.revenue.minor.saturating_add(sold.revenue.minor);
        sum.is_more |= sold.is_more;
    }
    Ok(sums.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_kept_apart_by_currency() {
        let sold = |orders, minor, currency| Sold {
            orders,
            revenue: Money::new(minor, currency),
            is_more: false,
        };
        let all =
            [sold(1, 100, Currency::GBP), sold(2, 500, Currency::CNY), sold(3, 250, Currency::GBP)];
        let sums = summed(all.iter()).unwrap();
        assert_eq!(sums, [sold(2, 500, Currency::CNY), sold(4, 350, Currency::GBP)]);
    }

    #[test]
    fn a_day_begins_by_the_clock_of_the_store() {
        let check = |zone: &str, day: &str, expect: &str| {
            let midnight = midnight(zone.parse().unwrap(), day.parse().unwrap());
            assert_eq!(midnight, expect.parse::<DateTime<Utc>>().unwrap());
        };
        check("Asia/Shanghai", "2026-03-01", "2026-02-28T16:00:00Z");
        check("Europe/London", "2026-07-01", "2026-06-30T23:00:00Z");
        // Beirut leaves out the first hour of this day.
        check("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z");
    }
}
