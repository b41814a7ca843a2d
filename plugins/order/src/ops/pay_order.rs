//! Another try to pay, after a failure.

use hatchery_sdk::interfaces::order::{Order, OrderStatus, PaymentStatus};
use hatchery_sdk::interfaces::payment::{NewPayments, TenderRequest};
use hatchery_sdk::prelude::*;

use crate::error::OrderError;
use crate::ops::apply_payment::apply_payment;
use crate::ops::offered::find_payments;
use crate::ops::place_order::{check_methods, return_url};

/// Pays what is open by another method. The payment component counts the failures of the order, that of
/// the checkout included, and refuses after too many.
pub(crate) async fn pay_order(
    ctx: &Ctx,
    order: Order,
    tenders: Vec<TenderRequest>,
) -> Result<Order> {
    let is_given_up = order.status == OrderStatus::Cancelled;
    if is_given_up || order.payment_status != PaymentStatus::Failed {
        return Err(OrderError::NothingToPay.into());
    }
    let payments = find_payments(ctx).await?.ok_or(OrderError::NoPayments)?;
    check_methods(ctx, order.total, &tenders).await?;
    let request = NewPayments {
        order_id: order.id,
        order_number: order.number.clone(),
        return_url: return_url(ctx, &order),
        total: order.total,
        email: order.email.clone().unwrap_or_default(),
        tenders,
    };
    payments.retry(ctx, request).await?;
    apply_payment(ctx, order.id).await
}
