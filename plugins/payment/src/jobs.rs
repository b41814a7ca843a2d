//! When the component wakes.

use hatchery_sdk::interfaces::order::OrderId;
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use crate::ops::process_payments::process_payments;
use crate::ops::refund_order::finish_refunds;

/// Brings to its end what was begun for an order and broke off.
pub(crate) const SETTLE: &str = "payment.settle";

#[derive(Deserialize)]
struct OfOrder {
    order_id: OrderId,
}

/// Tries payments that nobody tried, and asks for refunds that were written and not answered. Finds
/// nothing to do as long as no process dies.
pub(crate) async fn settle(ctx: Ctx, payload: Value) -> Result<()> {
    let OfOrder { order_id } = serde_json::from_value(payload)?;
    process_payments(&ctx, order_id).await?;
    finish_refunds(&ctx, order_id).await
}
