//! What a customer does to an order: gives it up, sends goods back, pays in another way.

use hatchery_sdk::interfaces::order::{Order, OrderLineId, Orders, ReturnRequestLine};
use hatchery_sdk::interfaces::payment::{NewPayments, Payments, TenderRequest};
use hatchery_sdk::prelude::*;

use crate::domain::order_rules;
use crate::ops::place_order::order_path;

/// Gives the order up.
pub(crate) async fn cancel(ctx: &Ctx, order: &Order) -> Result<()> {
    if !order_rules::can_cancel(order) {
        return Err(refused("This order can no longer be canceled."));
    }
    ctx.get::<dyn Orders>()?.cancel_order(ctx, order.id, String::new()).await?;
    Ok(())
}

/// Asks to send back so many of each line.
pub(crate) async fn send_back(
    ctx: &Ctx,
    order: &Order,
    quantities: &[(OrderLineId, i64)],
    reason: String,
) -> Result<()> {
    let returnable = order_rules::returnable(order);
    let fits = |(id, count): &&(OrderLineId, i64)| {
        returnable.iter().any(|(line, most)| line.id == *id && (1..=*most).contains(count))
    };
    let lines: Vec<_> = quantities
        .iter()
        .filter(fits)
        .map(|(line_id, quantity)| ReturnRequestLine { line_id: *line_id, quantity: *quantity })
        .collect();
    if lines.is_empty() {
        return Err(refused("Nothing was chosen that can be sent back."));
    }
    ctx.get::<dyn Orders>()?.request_return(ctx, order.id, lines, reason).await?;
    Ok(())
}

/// Pays an order whose payment failed.
pub(crate) async fn pay_again(ctx: &Ctx, order: &Order, tenders: Vec<TenderRequest>) -> Result<()> {
    if !order_rules::can_pay_again(order) {
        return Err(refused("There is nothing to pay for this order."));
    }
    let payments = NewPayments {
        order_id: order.id,
        order_number: order.number.clone(),
        return_url: format!("{}{}", ctx.store().base_url, order_path(order)),
        total: order.total,
        email: order.email.clone().unwrap_or_default(),
        tenders,
    };
    ctx.get::<dyn Payments>()?.retry(ctx, payments).await?;
    Ok(())
}

fn refused(message: &str) -> Error {
    Error::conflict("order.not_allowed", message)
}
