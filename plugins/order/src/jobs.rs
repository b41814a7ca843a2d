//! When the component wakes. Jobs that speak to providers repeat until they succeed; the payment
//! component makes a repetition harmless.

use hatchery_sdk::interfaces::order::{OrderId, PaymentStatus};
use hatchery_sdk::interfaces::payment::{PaymentSummary, Payments};
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use crate::db;
use crate::ops::apply_payment::apply_payment;
use crate::ops::cancel_order::cancel_order;

/// Takes the authorized money of a shipped order.
pub(crate) const CAPTURE: &str = "order.capture";
/// Gives the money of a cancelled order back.
pub(crate) const GIVE_BACK: &str = "order.give_back";
/// Gives the money of returned goods back.
pub(crate) const REFUND: &str = "order.refund";
/// Cancels orders whose payment was not completed in time.
pub(crate) const EXPIRE: &str = "order.expire";

const EXPIRE_BATCH: u64 = 100;

#[derive(Deserialize)]
struct OfOrder {
    order_id: OrderId,
}

#[derive(Deserialize)]
struct RefundOf {
    order_id: OrderId,
    amount: Money,
    reason: String,
}

/// Captures every authorization of an order.
pub(crate) async fn capture(ctx: Ctx, payload: Value) -> Result<()> {
    let OfOrder { order_id } = serde_json::from_value(payload)?;
    let Some((payments, summary)) = summary(&ctx, order_id).await? else { return Ok(()) };
    for payment in &summary.payments {
        if payment.status == PaymentStatus::Authorized {
            payments.capture(&ctx, payment.id, payment.amount).await?;
        }
    }
    apply_payment(&ctx, order_id).await.map(drop)
}

/// Lets go of what was promised and refunds what was taken.
pub(crate) async fn give_back(ctx: Ctx, payload: Value) -> Result<()> {
    let OfOrder { order_id } = serde_json::from_value(payload)?;
    let Some((payments, _)) = summary(&ctx, order_id).await? else { return Ok(()) };
    let summary = payments.void(&ctx, order_id).await?;
    let taken = summary.captured.try_sub(summary.refunded)?;
    if taken.minor > 0 {
        let key = format!("cancelled:{order_id}:{}", summary.refunded.minor);
        payments.refund(&ctx, order_id, taken, "cancelled".into(), key).await?;
    }
    apply_payment(&ctx, order_id).await.map(drop)
}

/// Refunds returned goods, at most what was taken.
pub(crate) async fn refund(ctx: Ctx, payload: Value) -> Result<()> {
    let RefundOf { order_id, amount, reason } = serde_json::from_value(payload)?;
    let Some((payments, summary)) = summary(&ctx, order_id).await? else { return Ok(()) };
    let left = summary.captured.try_sub(summary.refunded)?;
    let amount = if amount.minor > left.minor { left } else { amount };
    if amount.minor > 0 {
        let key = format!("return:{reason}");
        payments.refund(&ctx, order_id, amount, reason, key).await?;
    }
    apply_payment(&ctx, order_id).await.map(drop)
}

/// Every minute: cancels what waited for a payment too long.
pub(crate) async fn expire(ctx: Ctx, _: Value) -> Result<()> {
    for id in db::order::overdue(&ctx.db(), ctx.now(), EXPIRE_BATCH).await? {
        let order = apply_payment(&ctx, id).await?;
        let waits = matches!(
            order.payment_status,
            PaymentStatus::Unpaid | PaymentStatus::Pending | PaymentStatus::Failed
        );
        if waits {
            cancel_order(&ctx, id, "The payment was not completed in time.".into()).await?;
        }
    }
    Ok(())
}

async fn summary(
    ctx: &Ctx,
    order: OrderId,
) -> Result<Option<(std::sync::Arc<dyn Payments>, PaymentSummary)>> {
    let Some(payments) = ctx.find::<dyn Payments>() else { return Ok(None) };
    let summary = payments.summaries(ctx, vec![order]).await?.pop();
    Ok(summary.map(|summary| (payments, summary)))
}
