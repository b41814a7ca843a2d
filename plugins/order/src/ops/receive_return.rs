//! Returned goods arrive: they go back on the shelf and their money back to the customer.

use hatchery_sdk::interfaces::inventory::Inventory;
use hatchery_sdk::interfaces::order::{FulfillmentStatus, Order, OrderId};
use hatchery_sdk::prelude::*;
use serde_json::json;

use crate::db;
use crate::domain::status::{Step, check};
use crate::error::OrderError;
use crate::jobs;
use crate::ops::step;

/// Receives the return of a number, or the only one that waits.
pub(crate) async fn receive_return(
    ctx: &Ctx,
    id: OrderId,
    number: Option<String>,
) -> Result<Order> {
    ctx.transaction(|ctx| async move {
        let mut order = step::get(&ctx, id).await?;
        check(Step::ReceiveReturn, &order)?;
        let wanted = number.clone().unwrap_or_default();
        let mut waiting = db::returns::of_order(&ctx.db(), id).await?;
        waiting.retain(|rma| {
            rma.status == "requested" && number.as_ref().is_none_or(|number| rma.number == *number)
        });
        let rma = waiting.into_iter().next().ok_or(OrderError::UnknownReturn { number: wanted })?;
        let mut refund = Money::zero(order.currency);
        for returned in &rma.lines {
            let mut open = returned.quantity;
            for line in order.lines.iter_mut().filter(|line| line.sku == returned.sku) {
                let part = open.min(line.quantity - line.returned);
                if part == 0 {
                    continue;
                }
                if !db::order::add_returned(&ctx.db(), line.id, part).await? {
                    return Err(Error::internal("more would come back than was bought"));
                }
                // The difference of the rounded parts, so that all parts together are the line's total.
                let before = line.total.share(line.returned, line.quantity)?;
                line.returned += part;
                let after = line.total.share(line.returned, line.quantity)?;
                refund = refund.try_add(after.try_sub(before)?)?;
                open -= part;
            }
            if open > 0 {
                return Err(Error::internal("a return of goods that were not bought"));
            }
        }
        if !db::returns::receive(&ctx.db(), rma.id, refund, ctx.now()).await? {
            return Err(OrderError::UnknownReturn { number: rma.number }.into());
        }
        if let Some(inventory) = ctx.find::<dyn Inventory>() {
            inventory.put_back(&ctx, id.to_string(), rma.lines.clone()).await?;
        }
        let all = order.lines.iter().all(|line| line.returned == line.quantity);
        order.fulfillment_status =
            if all { FulfillmentStatus::Returned } else { FulfillmentStatus::PartiallyReturned };
        let entry = step::public(&ctx, "returned", rma.number.clone());
        step::record(&ctx, &mut order, entry).await?;
        let payload = json!({ "order_id": id, "amount": refund, "reason": rma.number });
        ctx.enqueue(jobs::REFUND, &rma.number, payload, None).await?;
        Ok(order)
    })
    .await
}
