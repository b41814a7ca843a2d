//! What the stores sold: today and in the last 30 days, added up by currency.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Days, NaiveDate, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;
use hatchery_sdk::component::platform::ListRequest;
use hatchery_sdk::component::stores::{FleetStore, StoreState, Stores};
use hatchery_sdk::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

/// Days of the report, today among them.
const DAYS: u64 = 30;
/// How long a report reads.
const TIME: Duration = Duration::from_secs(4);
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
    /// Whether it was read; there was no time for it else.
    is_read: bool,
}

/// What the fleet sold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Report {
    /// Each store that is not in the trash.
    stores: Vec<Line>,
    /// Stores that there was no time to read; the next report has some more of them.
    unread: u64,
    /// All that were read, by currency.
    today: Vec<Sold>,
    /// All that were read in the last 30 days, by currency.
    month: Vec<Sold>,
}

/// What stores sold, as it was read last. A store that was not written to since is not read again.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<BTreeMap<(String, u64), Entry>>);

struct Entry {
    /// What the store told of its changes when it was read.
    changes: u64,
    /// The last day that was read.
    day: NaiveDate,
    sold: Option<Sold>,
}

/// Reads what stores sold, until its time is over.
pub(crate) struct Reader {
    ledger: Arc<Ledger>,
    until: Instant,
}

impl Reader {
    /// A reader with so much time.
    ///
    /// # Errors
    /// The context is not one of this component's handlers.
    pub(crate) fn new(ctx: &Ctx, time: Duration) -> Result<Self> {
        Ok(Self { ledger: ctx.state()?, until: Instant::now() + time })
    }

    /// What a store sold since midnight there, so many days ago. The outer none says that there was no time, the
    /// inner that it keeps no orders or does not answer.
    pub(crate) async fn sold(
        &self,
        ctx: &Ctx,
        store: &FleetStore,
        changes: u64,
        days_before: u64,
    ) -> Option<Option<Sold>> {
        let (key, day) = ((store.slug.clone(), days_before), today(ctx, store));
        if let Some(known) = self.entries().get(&key)
            && known.changes == changes
            && known.day == day
        {
            return Some(known.sold.clone());
        }
        if Instant::now() > self.until {
            return None;
        }
        let sold = sold_since(ctx, store, days_before).await;
        // Opening it may have written something; what is read is no older than that.
        let looked = match ctx.get::<dyn Stores>() {
            Ok(fleet) => fleet.look(ctx, vec![store.slug.clone()]).await,
            Err(error) => Err(error),
        };
        if let Ok(mut looks) = looked
            && let Some(look) = looks.remove(&store.slug)
        {
            let entry = Entry { changes: look.changes, day, sold: sold.clone() };
            self.entries().insert(key, entry);
        }
        Some(sold)
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<(String, u64), Entry>> {
        self.ledger.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The report over all stores.
pub(crate) async fn report(ctx: &Ctx) -> Result<Report> {
    let (mut lines, mut unread) = (Vec::new(), 0);
    let fleet = ctx.get::<dyn Stores>()?;
    let mut stores = fleet.list(ctx).await?;
    stores.retain(|it| matches!(it.state, StoreState::Active | StoreState::Suspended));
    let slugs = stores.iter().map(|store| store.slug.clone()).collect();
    let looks = fleet.look(ctx, slugs).await?;
    let reader = Reader::new(ctx, TIME)?;
    for store in stores {
        let changes = looks.get(&store.slug).map_or(0, |look| look.changes);
        let month = reader.sold(ctx, &store, changes, DAYS - 1).await;
        let today = match &month {
            Some(Some(_)) => reader.sold(ctx, &store, changes, 0).await.flatten(),
            _ => None,
        };
        let is_read = month.is_some();
        unread += u64::from(!is_read);
        let (slug, name, month) = (store.slug, store.name, month.flatten());
        lines.push(Line { slug, name, today, month, is_read });
    }
    Ok(Report {
        today: summed(lines.iter().filter_map(|line| line.today.as_ref()))?,
        month: summed(lines.iter().filter_map(|line| line.month.as_ref()))?,
        stores: lines,
        unread,
    })
}

fn today(ctx: &Ctx, store: &FleetStore) -> NaiveDate {
    let zone: Tz = store.time_zone.parse().unwrap_or(Tz::UTC);
    ctx.now().with_timezone(&zone).date_naive()
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
    let today = today(ctx, store);
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
