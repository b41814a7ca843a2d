//! Staff looked at an order and accept it.

use hatchery_sdk::interfaces::order::{Order, OrderId, OrderStatus};
use hatchery_sdk::prelude::*;

use crate::domain::status::{Step, check};
use crate::ops::step;

/// Accepts a placed order.
pub(crate) async fn review_order(ctx: &Ctx, id: OrderId) -> Result<Order> {
    ctx.transaction(|ctx| async move {
        let mut order = step::get(&ctx, id).await?;
        check(Step::Review, &order)?;
        order.status = OrderStatus::Reviewed;
        let entry = step::public(&ctx, "reviewed", "");
        step::record(&ctx, &mut order, entry).await?;
        Ok(order)
    })
    .await
}
