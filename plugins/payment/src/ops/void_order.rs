//! Lets go of what was not taken.

use hatchery_sdk::interfaces::order::{OrderId, PaymentStatus};
use hatchery_sdk::interfaces::payment::{PaymentId, PaymentSummary, ProviderOutcome};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::news::learn;
use crate::domain::status::{Step, is_open};
use crate::error::PaymentError;
use crate::ops::get_summary::get_summary;
use crate::ops::provider;
use crate::ops::step;

/// Lets go of every payment of an order that is still open.
pub(crate) async fn void_order(ctx: &Ctx, order_id: OrderId) -> Result<PaymentSummary> {
    for payment in db::payment::of_order(&ctx.db(), order_id).await? {
        if is_open(payment.status()) {
            void_payment(ctx, payment.id).await?;
        }
    }
    get_summary(ctx, order_id).await
}

/// Lets go of one payment. One that is not open any more stays as it is.
pub(crate) async fn void_payment(ctx: &Ctx, id: PaymentId) -> Result<()> {
    // Nobody was asked yet, so nobody need be told.
    let recorded = step::record(ctx, id, |payment| {
        if payment.status() != PaymentStatus::Unpaid {
            return Ok(false);
        }
        payment.step(Step::LetGo)?;
        Ok(true)
    })
    .await?;
    let payment = recorded.payment;
    if !is_open(payment.status()) {
        return Ok(());
    }
    let result = provider::of_payment(ctx, &payment)?.void(ctx, id).await?;
    let recorded = step::record(ctx, id, |payment| match &result.outcome {
        ProviderOutcome::Declined { message, .. }
            if payment.status() == PaymentStatus::Authorized =>
        {
            payment.step(Step::Lapse)?;
            payment.failure = Some(message.clone());
            Ok(true)
        }
        ProviderOutcome::Authorized | ProviderOutcome::Pending(_) => Err(PaymentError::VoidRefused),
        // Meanwhile it may have come to its end by the provider's news.
        _ if !is_open(payment.status()) => Ok(false),
        _ => learn(payment, &result, None),
    });
    recorded.await.map(drop)
}
