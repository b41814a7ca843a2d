//! Records money that came in by itself.

use hatchery_sdk::interfaces::payment::{NextAction, PaymentId, PaymentSummary};
use hatchery_sdk::prelude::*;

use crate::domain::status::{Step, status_text};
use crate::error::PaymentError;
use crate::ops::get_summary::get_summary;
use crate::ops::step;

const MAX_REFERENCE: usize = 200;

/// Adds what came in to a payment that waits for the customer to send money: a transfer, a cheque, cash.
pub(crate) async fn receive_payment(
    ctx: &Ctx,
    id: PaymentId,
    amount: Money,
    reference: &str,
) -> Result<PaymentSummary> {
    let reference: String = reference.trim().chars().take(MAX_REFERENCE).collect();
    let same_currency = step::get(ctx, id).await?.money(0).try_add(amount);
    same_currency?;
    let recorded = step::record(ctx, id, |payment| {
        // What waits for a provider's page comes through the provider.
        if !matches!(payment.next_action, Some(NextAction::Instructions { .. })) {
            let status = status_text(payment.status());
            return Err(PaymentError::NotPossible { status, wanted: "received" });
        }
        payment.step(Step::Receive(amount.minor))?;
        if !reference.is_empty() {
            payment.reference = Some(reference.clone());
        }
        Ok(true)
    })
    .await?;
    get_summary(ctx, recorded.payment.order_id).await
}
