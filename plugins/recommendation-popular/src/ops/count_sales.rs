//! Counts what was sold in the window.

use chrono::{DateTime, TimeDelta, Utc};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::settings::PopularSettings;

/// Forgets what is before the window and counts the rest, in one unit of work.
pub(crate) async fn count_sales(ctx: &Ctx, settings: &PopularSettings) -> Result<()> {
    ctx.transaction(|ctx| async move {
        let db = ctx.db();
        if let Some(newest) = db::sale::newest(&db).await? {
            db::sale::forget_before(&db, window_start(newest, settings)).await?;
        }
        let mut counts = db::sale::orders_by_product(&db).await?;
        counts.retain(|(_, orders)| *orders >= i64::from(settings.min_orders));
        db::count::replace(&db, &counts).await
    })
    .await
}

/// Where the window begins that ends with the newest order. A store that is closed for the winter, or
/// whose orders were imported, still knows what sold best.
pub(crate) fn window_start(newest: DateTime<Utc>, settings: &PopularSettings) -> DateTime<Utc> {
    newest - TimeDelta::days(settings.window_days.into())
}
