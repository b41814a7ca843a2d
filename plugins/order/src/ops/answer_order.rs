//! Staff write to the customer about an order.

use hatchery_sdk::interfaces::order::{Order, OrderId};
use hatchery_sdk::prelude::*;

use crate::error::OrderError;
use crate::ops::step;

const MAX_LENGTH: usize = 4000;

/// Adds an answer that the customer sees.
pub(crate) async fn answer_order(ctx: &Ctx, id: OrderId, message: String) -> Result<Order> {
    let message = message.trim().to_owned();
    if message.is_empty() || message.chars().count() > MAX_LENGTH {
        let message = "Write between 1 and 4000 characters.";
        return Err(OrderError::Field { field: "/message", code: "length", message }.into());
    }
    ctx.transaction(|ctx| async move {
        let mut order = step::get(&ctx, id).await?;
        let entry = step::public(&ctx, "answered", message);
        step::note(&ctx, &mut order, entry).await?;
        Ok(order)
    })
    .await
}
