//! When the component wakes.

use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::ops::deliver_notice::deliver_notice;

/// Sends a notice.
pub(crate) const DELIVER: &str = "notification.deliver";

#[derive(Deserialize)]
struct OfNotice {
    id: Uuid,
}

/// Sends the notice of the payload.
pub(crate) async fn deliver(ctx: Ctx, payload: Value) -> Result<()> {
    let OfNotice { id } = serde_json::from_value(payload)?;
    deliver_notice(&ctx, id).await
}
