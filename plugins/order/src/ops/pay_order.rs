//! Another try to pay, after a failure.

use hatchery_sdk::component::platform::Throttle;
use hatchery_sdk::interfaces::order::{Order, PaymentStatus};
use hatchery_sdk::interfaces::payment::{NewPayments, Payments, TenderRequest};
use hatchery_sdk::prelude::*;

use crate::error::OrderError;
use crate::ops::apply_payment::apply_payment;
use crate::ops::place_order::{check_methods, return_url};

/// Failed payments of one order within the window after which it has to wait.
const MAX_FAILURES: u32 = 5;
const FAILURE_WINDOW_SECONDS: u32 = 3600;

/// Pays what is open by another method.
pub(crate) async fn pay_order(
    ctx: &Ctx,
    order: Order,
    tenders: Vec<TenderRequest>,
) -> Result<Order> {
    if order.payment_status != PaymentStatus::Failed {
        return Err(OrderError::NothingToPay.into());
    }
    let payments = ctx.find::<dyn Payments>().ok_or(OrderError::NoPayments)?;
    let throttle = ctx.get::<dyn Throttle>()?;
    let key = format!("order.payment:{}", order.id);
    throttle.check(ctx, key.clone(), MAX_FAILURES, FAILURE_WINDOW_SECONDS).await?;
    check_methods(ctx, order.total, &tenders).await?;
    let request = NewPayments {
        order_id: order.id,
        order_number: order.number.clone(),
        return_url: return_url(ctx, &order),
        total: order.total,
        email: order.email.clone().unwrap_or_default(),
        tenders,
    };
    let summary = payments.retry(ctx, request).await?;
    if summary.status == PaymentStatus::Failed {
        throttle.failed(ctx, key).await?;
    }
    apply_payment(ctx, order.id).await
}
