//! Reads the money of orders.

use hatchery_sdk::interfaces::order::OrderId;
use hatchery_sdk::interfaces::payment::PaymentSummary;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::summary::summary;
use crate::error::PaymentError;

/// Orders read with one statement.
const CHUNK: usize = 1000;

/// The summary of an order.
///
/// # Errors
/// It has no payments.
pub(crate) async fn get_summary(ctx: &Ctx, order_id: OrderId) -> Result<PaymentSummary> {
    let mut summaries = get_summaries(ctx, &[order_id]).await?;
    Ok(summaries.pop().ok_or(PaymentError::Unknown)?)
}

/// The summaries of those orders that have payments, in the order asked.
pub(crate) async fn get_summaries(ctx: &Ctx, order_ids: &[OrderId]) -> Result<Vec<PaymentSummary>> {
    let mut summaries = Vec::with_capacity(order_ids.len());
    for ids in order_ids.chunks(CHUNK) {
        let payments = db::payment::of_orders(&ctx.db(), ids).await?;
        for id in ids {
            let payments = payments.get(id).map(Vec::as_slice).unwrap_or_default();
            summaries.extend(summary(*id, payments)?);
        }
    }
    Ok(summaries)
}
