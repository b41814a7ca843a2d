//! An order is given up.

use hatchery_sdk::interfaces::inventory::Inventory;
use hatchery_sdk::interfaces::order::{Order, OrderId, OrderStatus};
use hatchery_sdk::prelude::*;
use serde_json::json;

use crate::db;
use crate::domain::status::{Step, check};
use crate::jobs;
use crate::ops::step;

/// Cancels an order whose goods are still here: stock is given back at once, money by a job that repeats
/// until it is.
pub(crate) async fn cancel_order(ctx: &Ctx, id: OrderId, reason: String) -> Result<Order> {
    ctx.transaction(|ctx| async move {
        let mut order = step::get(&ctx, id).await?;
        check(Step::Cancel, &order)?;
        if let Some(inventory) = ctx.find::<dyn Inventory>() {
            inventory.release(&ctx, id.to_string()).await?;
        }
        order.status = OrderStatus::Cancelled;
        let entry =
            step::public(&ctx, "cancelled", reason.trim().chars().take(1000).collect::<String>());
        step::record(&ctx, &mut order, entry).await?;
        db::order::set_pay_until(&ctx.db(), id, None).await?;
        ctx.enqueue(jobs::GIVE_BACK, &id.to_string(), json!({ "order_id": id }), None).await?;
        Ok(order)
    })
    .await
}
