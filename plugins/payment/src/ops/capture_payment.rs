//! Takes what was promised.

use hatchery_sdk::interfaces::order::PaymentStatus;
use hatchery_sdk::interfaces::payment::{PaymentId, PaymentSummary, ProviderOutcome};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::news::learn;
use crate::domain::payment::StoredPayment;
use crate::domain::status::{Step, status_text};
use crate::error::PaymentError;
use crate::ops::get_summary::get_summary;
use crate::ops::provider::{self, is_final};
use crate::ops::step;

/// Takes an authorized amount, once; what was authorized beyond it is let go. The amount is set aside
/// before the provider is asked, so that no other amount is asked for meanwhile. A repetition is harmless.
pub(crate) async fn capture_payment(
    ctx: &Ctx,
    id: PaymentId,
    amount: Money,
) -> Result<PaymentSummary> {
    let payment = step::get(ctx, id).await?;
    payment.money(0).try_add(amount)?;
    if is_done(&payment, amount) {
        return get_summary(ctx, payment.order_id).await;
    }
    check(&payment, amount)?;
    let provider = provider::of_payment(ctx, &payment)?;
    let claim = move |ctx: Ctx| async move {
        db::payment::claim_capture(&ctx.db(), id, amount.minor).await
    };
    if !ctx.transaction(claim).await? {
        let payment = step::get(ctx, id).await?;
        if is_done(&payment, amount) {
            return get_summary(ctx, payment.order_id).await;
        }
        check(&payment, amount)?;
        return Err(PaymentError::CaptureRunning.into());
    }
    let result = match provider.capture(ctx, id, amount).await {
        Ok(result) => result,
        Err(error) => {
            if is_final(&error) {
                step::record(ctx, id, |payment| Ok(payment.capturing.take().is_some())).await?;
            }
            return Err(error);
        }
    };
    step::record(ctx, id, |payment| match &result.outcome {
        ProviderOutcome::Declined { message, .. }
            if payment.status() == PaymentStatus::Authorized =>
        {
            payment.step(Step::Lapse)?;
            payment.failure = Some(message.clone());
            Ok(true)
        }
        // Not decided: the amount stays set aside until the provider tells.
        ProviderOutcome::Authorized | ProviderOutcome::Pending(_) => Ok(false),
        _ => learn(payment, &result, Some(amount.minor)),
    })
    .await?;
    get_summary(ctx, payment.order_id).await
}

fn check(payment: &StoredPayment, amount: Money) -> Result<(), PaymentError> {
    // News may tell that any payment was taken; we ask for authorized ones only.
    if payment.status() != PaymentStatus::Authorized {
        let status = status_text(payment.status());
        return Err(PaymentError::NotPossible { status, wanted: "captured" });
    }
    payment.standing.follow(Step::Take(amount.minor)).map(drop)
}

fn is_done(payment: &StoredPayment, amount: Money) -> bool {
    use PaymentStatus as S;
    matches!(payment.status(), S::Paid | S::PartiallyRefunded | S::Refunded)
        && payment.standing.captured == amount.minor
}
