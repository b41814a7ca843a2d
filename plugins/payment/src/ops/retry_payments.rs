//! Another try to pay, after a failure.

use hatchery_sdk::component::platform::Throttle;
use hatchery_sdk::interfaces::order::PaymentStatus;
use hatchery_sdk::interfaces::payment::{NewPayments, PaymentSummary};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::summary;
use crate::error::PaymentError;
use crate::ops::open_payments::open_payments;
use crate::ops::process_payments::process_payments;
use crate::ops::step;
use crate::settings::PaymentSettings;

/// Pays what no earlier payment covers, by other tenders, and tries them.
///
/// # Errors
/// Too many payments of the order failed; no payment of it has failed.
pub(crate) async fn retry_payments(
    ctx: &Ctx,
    settings: &PaymentSettings,
    request: NewPayments,
) -> Result<PaymentSummary> {
    let order_id = request.order_id;
    let (limit, window) = (settings.max_failures, settings.failure_window_seconds);
    let throttle = ctx.get::<dyn Throttle>()?;
    throttle.check(ctx, step::throttle_key(order_id), limit, window).await?;
    ctx.transaction(|ctx| async move {
        let earlier = db::payment::of_order(&ctx.db(), order_id).await?;
        let total = summary::rest(request.total, &earlier)?;
        if summary::status(&earlier) != PaymentStatus::Failed || total.minor < 1 {
            return Err(PaymentError::NothingToPay.into());
        }
        open_payments(&ctx, NewPayments { total, ..request }).await
    })
    .await
    .map_err(taken)?;
    process_payments(ctx, order_id).await
}

/// Two tries at the same moment want the same place; the slower one hears that there is nothing to pay.
fn taken(error: Error) -> Error {
    match error.code() {
        "database.duplicate" => PaymentError::NothingToPay.into(),
        _ => error,
    }
}
