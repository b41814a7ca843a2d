//! When the component wakes.

use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::ops::release_stock::release_expired;

/// Every minute: gives back what was kept for too long.
pub(crate) async fn expire(ctx: Ctx, _: Value) -> Result<()> {
    release_expired(&ctx).await
}
