//! When the component wakes.

use std::time::Duration;

use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::ops::learn_pairs::learn_pairs;
use crate::service::RecommendationService;

/// Learns from all orders.
pub(crate) const LEARN: &str = "recommendation.learn";
const SOON: &str = "soon";

/// Queues learning; while it is queued, more orders add nothing.
pub(crate) async fn learn_soon(ctx: &Ctx) -> Result<()> {
    let service = ctx.state::<RecommendationService>()?;
    let delay = Duration::from_secs(service.settings.learn_delay_seconds.into());
    ctx.enqueue(LEARN, SOON, Value::Null, Some(ctx.now() + delay)).await
}

/// Queues learning, or has what is queued run now.
pub(crate) async fn learn_at_once(ctx: &Ctx) -> Result<()> {
    ctx.enqueue(LEARN, SOON, Value::Null, None).await
}

/// Daily, and a little after new orders.
pub(crate) async fn learn(ctx: Ctx, _: Value) -> Result<()> {
    resync(ctx, Progress::silent()).await
}

/// Learns from all orders now, because somebody asks for it.
pub(crate) async fn learn_now(ctx: Ctx, _: Value, progress: Progress) -> Result<Value> {
    resync(ctx, progress).await.map(|()| Value::Null)
}

/// Learns from all orders, and tells how far it is.
pub(crate) async fn resync(ctx: Ctx, progress: Progress) -> Result<()> {
    let service = ctx.state::<RecommendationService>()?;
    learn_pairs(&ctx, &service.settings, &progress).await
}
