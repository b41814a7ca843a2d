//! The customer signed for the goods.

use hatchery_sdk::interfaces::order::{FulfillmentStatus, Order, OrderId};
use hatchery_sdk::interfaces::shipping::Shipping;
use hatchery_sdk::prelude::*;

use crate::domain::status::{Step, check};
use crate::ops::step;

/// Records that everything was signed for.
pub(crate) async fn deliver_order(
    ctx: &Ctx,
    id: OrderId,
    signed_by: Option<String>,
) -> Result<Order> {
    ctx.transaction(|ctx| async move {
        let mut order = step::get(&ctx, id).await?;
        check(Step::Deliver, &order)?;
        if let Some(shipping) = ctx.find::<dyn Shipping>() {
            shipping.deliver(&ctx, id, signed_by.clone()).await?;
        }
        order.fulfillment_status = FulfillmentStatus::Delivered;
        let entry = step::public(&ctx, "delivered", signed_by.unwrap_or_default());
        step::record(&ctx, &mut order, entry).await?;
        Ok(order)
    })
    .await
}
