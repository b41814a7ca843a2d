//! A customer pays an order in another way, after a payment failed.

use hatchery_sdk::interfaces::order::Order;
use hatchery_sdk::interfaces::payment::{NewPayments, Payments, TenderRequest};
use hatchery_sdk::prelude::*;

use crate::domain::order_rules;
use crate::ops::place_order::order_path;

/// Pays an order whose payment failed.
pub(crate) async fn pay_order(ctx: &Ctx, order: &Order, tenders: Vec<TenderRequest>) -> Result<()> {
    if !order_rules::can_pay_again(order) {
        let message = "There is nothing to pay for this order.";
        return Err(Error::conflict("order.not_allowed", message));
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
