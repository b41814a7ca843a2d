//! Finds an order for somebody who has its link.

use hatchery_sdk::interfaces::common::same_secret;
use hatchery_sdk::interfaces::order::{Order, Orders};
use hatchery_sdk::interfaces::payment::Payments;
use hatchery_sdk::prelude::*;

/// The order of a number, if the token is its own, with its payments as they are now. A wrong token looks like no order at all.
pub(crate) async fn find_order(ctx: &Ctx, number: &str, token: &str) -> Result<Order> {
    let absent = || Error::not_found("order.not_found", "There is no order at this address.");
    let orders = ctx.find::<dyn Orders>().ok_or_else(absent)?;
    let found = orders.orders_by_number(ctx, vec![number.to_owned()]).await?;
    let own = |order: &Order| same_secret(&order.token, token);
    let mut order = found.into_iter().find(own).ok_or_else(absent)?;
    // The order hears of its payments by events; somebody who comes back from paying must not be told
    // that nothing was paid.
    if let Some(payments) = ctx.find::<dyn Payments>() {
        let summaries = payments.summaries(ctx, vec![order.id]).await?;
        if let Some(summary) = summaries.into_iter().next() {
            order.payment_status = summary.status;
        }
    }
    Ok(order)
}
