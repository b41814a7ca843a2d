//! When the component wakes.

use std::time::Duration;

use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::ops::count_orders::count_all;

/// Counts orders anew.
pub(crate) const COUNT_ANEW: &str = "listing.count-anew";
const KEY: &str = "imported";
/// How long it waits for more orders of an import whose end is not told.
const DELAY: Duration = Duration::from_secs(30);

/// Queues counting; while it is queued, more orders add nothing.
pub(crate) async fn count_anew_soon(ctx: &Ctx) -> Result<()> {
    ctx.enqueue(COUNT_ANEW, KEY, Value::Null, Some(ctx.now() + DELAY)).await
}

/// Queues counting, or has what is queued run now.
pub(crate) async fn count_anew_at_once(ctx: &Ctx) -> Result<()> {
    ctx.enqueue(COUNT_ANEW, KEY, Value::Null, None).await
}

/// After an import.
pub(crate) async fn count_anew(ctx: Ctx, _: Value) -> Result<()> {
    count_all(&ctx, &Progress::silent()).await
}
