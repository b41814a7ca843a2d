//! When the component wakes.

use std::time::Duration;

use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::ops::count_sales::count_sales;
use crate::ops::keep_sales::keep_sales_again;
use crate::service::PopularService;

/// Counts what was sold.
pub(crate) const COUNT: &str = "recommendation-popular.count";
const SOON: &str = "soon";

/// Queues counting; while it is queued, more orders add nothing.
pub(crate) async fn count_soon(ctx: &Ctx) -> Result<()> {
    let service = ctx.state::<PopularService>()?;
    let delay = Duration::from_secs(service.settings.count_delay_seconds.into());
    ctx.enqueue(COUNT, SOON, Value::Null, Some(ctx.now() + delay)).await
}

/// Queues counting, or has what is queued run now.
pub(crate) async fn count_at_once(ctx: &Ctx) -> Result<()> {
    ctx.enqueue(COUNT, SOON, Value::Null, None).await
}

/// Daily, and a little after new orders.
pub(crate) async fn count(ctx: Ctx, _: Value) -> Result<()> {
    let service = ctx.state::<PopularService>()?;
    count_sales(&ctx, &service.settings).await
}

/// Reads the orders of the window again, counts them, and tells how far it is.
pub(crate) async fn resync(ctx: Ctx, progress: Progress) -> Result<()> {
    let service = ctx.state::<PopularService>()?;
    keep_sales_again(&ctx, &service.settings, &progress).await?;
    count_sales(&ctx, &service.settings).await
}
