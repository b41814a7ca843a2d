//! Tries the payments of an order at their providers.

use hatchery_sdk::interfaces::order::{OrderId, PaymentStatus};
use hatchery_sdk::interfaces::payment::{
    PaymentSummary, ProviderOutcome, ProviderRequest, ProviderResult,
};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::news::learn;
use crate::domain::payment::StoredPayment;
use crate::error::PaymentError;
use crate::ops::get_summary::get_summary;
use crate::ops::provider::{self, is_final};
use crate::ops::step;

/// Tries every payment of an order that was not tried yet, and records what became of it. Safe to repeat
/// and to run twice at once: the provider does the same payment once, and the second record finds the
/// first.
///
/// # Errors
/// A provider does not answer; what others answered is recorded.
pub(crate) async fn process_payments(ctx: &Ctx, order_id: OrderId) -> Result<PaymentSummary> {
    let mut unanswered = None;
    for payment in db::payment::of_order(&ctx.db(), order_id).await? {
        if payment.tried_at.is_none()
            && payment.status() == PaymentStatus::Unpaid
            && let Err(error) = try_payment(ctx, payment).await
        {
            unanswered = unanswered.or(Some(error));
        }
    }
    match unanswered {
        Some(error) => Err(error),
        None => get_summary(ctx, order_id).await,
    }
}

async fn try_payment(ctx: &Ctx, payment: StoredPayment) -> Result<()> {
    let request = ProviderRequest {
        payment_id: payment.id,
        method: payment.method.clone(),
        amount: payment.money(payment.standing.amount),
        order_number: payment.order_number.clone(),
        return_url: payment.return_url.clone(),
        data: payment.data.clone(),
    };
    let chosen = provider::of_method(ctx, &payment.method).await?;
    let answer = match &chosen {
        Some(chosen) => chosen.provider.authorize(ctx, request).await,
        None => Err(PaymentError::MethodGone { code: payment.method.clone() }.into()),
    };
    let result = match answer {
        Ok(result) => result,
        Err(error) if is_final(&error) => declined(&error),
        Err(error) => return Err(error),
    };
    let now = ctx.now();
    let recorded = step::record(ctx, payment.id, |stored| {
        let is_given_up = stored.status() == PaymentStatus::Voided;
        let is_taken = result.outcome == ProviderOutcome::Captured;
        if stored.tried_at.is_some() || (is_given_up && !is_taken) {
            return Ok(false);
        }
        // The provider's news may have been faster, and know more.
        if stored.status() == PaymentStatus::Unpaid || is_given_up {
            learn(stored, &result, None)?;
        }
        stored.tried_at = Some(now);
        stored.data.clear();
        if let Some(chosen) = &chosen {
            stored.provider = Some(chosen.id.clone());
            stored.method_name = chosen.method.name.clone();
        }
        Ok(true)
    })
    .await?;
    if recorded.changed && recorded.payment.status() == PaymentStatus::Failed {
        step::count_failure(ctx, payment.order_id).await?;
    }
    // Given up while the provider was asked: what it promised is let go there, too.
    let is_promise =
        matches!(result.outcome, ProviderOutcome::Authorized | ProviderOutcome::Pending(_));
    if let Some(chosen) = chosen
        && recorded.payment.status() == PaymentStatus::Voided
        && is_promise
    {
        chosen.provider.void(ctx, payment.id).await?;
    }
    Ok(())
}

fn declined(error: &Error) -> ProviderResult {
    let (code, message) = (error.code().to_owned(), error.message().to_owned());
    ProviderResult { reference: None, outcome: ProviderOutcome::Declined { code, message } }
}
