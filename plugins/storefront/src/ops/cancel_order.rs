//! A customer gives an order up.

use hatchery_sdk::interfaces::order::{Order, Orders};
use hatchery_sdk::prelude::*;

use crate::domain::order_rules;

/// Gives the order up, if nothing has left the house.
pub(crate) async fn cancel_order(ctx: &Ctx, order: &Order) -> Result<()> {
    if !order_rules::can_cancel(order) {
        let message = "This order can no longer be canceled.";
        return Err(Error::conflict("order.not_allowed", message));
    }
    ctx.get::<dyn Orders>()?.cancel_order(ctx, order.id, String::new()).await?;
    Ok(())
}
