//! Gives money back.

use std::time::Duration;

use hatchery_sdk::interfaces::order::OrderId;
use hatchery_sdk::interfaces::payment::{PaymentId, PaymentSummary, ProviderOutcome};
use hatchery_sdk::prelude::*;
use serde_json::json;

use crate::db;
use crate::db::refund::{Refund, RefundStatus};
use crate::domain::refund::spread;
use crate::domain::status::Step;
use crate::error::PaymentError;
use crate::jobs;
use crate::ops::get_summary::get_summary;
use crate::ops::provider::{self, is_final};
use crate::ops::step;

/// After which a refund that was not brought to its end, because the process died, is taken up by a job.
const HEAL_AFTER: Duration = Duration::from_secs(30);
const MAX_REASON: usize = 500;

/// What is to be given back.
pub(crate) struct NewRefund {
    pub(crate) amount: Money,
    pub(crate) reason: String,
    /// Makes a repetition harmless.
    pub(crate) key: String,
    /// Of this payment only; of all payments of the order, oldest first, when absent.
    pub(crate) payment: Option<PaymentId>,
}

/// Gives money of an order back: the parts are written first, then the providers are asked, then their
/// answers are recorded. The same key gives the same refund.
pub(crate) async fn refund_order(
    ctx: &Ctx,
    order_id: OrderId,
    refund: NewRefund,
) -> Result<PaymentSummary> {
    let key = refund.key.clone();
    if of_key(ctx, order_id, &key).await?.is_empty() {
        let written = ctx.transaction(|ctx| async move { write(&ctx, order_id, refund).await });
        match written.await {
            // The same refund was written a moment ago.
            Err(error) if error.code() == "database.duplicate" => {}
            result => result?,
        }
    }
    for part in of_key(ctx, order_id, &key).await? {
        finish(ctx, &part).await?;
    }
    let parts = of_key(ctx, order_id, &key).await?;
    if let Some(failed) = parts.iter().find(|part| part.status == RefundStatus::Failed) {
        let reason = failed.failure.clone().unwrap_or_default();
        return Err(PaymentError::RefundRefused { reason }.into());
    }
    get_summary(ctx, order_id).await
}

/// Brings refunds of an order to their end that were written and not answered.
pub(crate) async fn finish_refunds(ctx: &Ctx, order_id: OrderId) -> Result<()> {
    for part in db::refund::of_order(&ctx.db(), order_id).await? {
        finish(ctx, &part).await?;
    }
    Ok(())
}

async fn of_key(ctx: &Ctx, order_id: OrderId, key: &str) -> Result<Vec<Refund>> {
    let mut parts = db::refund::of_order(&ctx.db(), order_id).await?;
    parts.retain(|part| part.key == key);
    Ok(parts)
}

/// Sets the amounts aside and writes the parts. Inside a unit of work.
async fn write(ctx: &Ctx, order_id: OrderId, refund: NewRefund) -> Result<()> {
    let mut payments = db::payment::of_order(&ctx.db(), order_id).await?;
    if let Some(only) = refund.payment {
        payments.retain(|payment| payment.id == only);
    }
    for (payment_id, amount) in spread(refund.amount, &payments)? {
        if !db::payment::reserve_refund(&ctx.db(), payment_id, amount).await? {
            let left = Money::zero(refund.amount.currency);
            return Err(PaymentError::RefundTooLarge { left }.into());
        }
        let part = Refund {
            id: ctx.new_id(),
            key: refund.key.clone(),
            order_id,
            payment_id,
            amount,
            status: RefundStatus::Pending,
            reason: refund.reason.trim().chars().take(MAX_REASON).collect(),
            failure: None,
            created_at: ctx.now(),
        };
        db::refund::insert(&ctx.db(), &part).await?;
    }
    let run_at = Some(ctx.now() + HEAL_AFTER);
    let payload = json!({ "order_id": order_id });
    ctx.enqueue(jobs::SETTLE, &format!("refund:{order_id}:{}", refund.key), payload, run_at).await
}

async fn finish(ctx: &Ctx, part: &Refund) -> Result<()> {
    if part.status != RefundStatus::Pending {
        return Ok(());
    }
    let payment = step::get(ctx, part.payment_id).await?;
    let amount = payment.money(part.amount);
    let provider = provider::of_payment(ctx, &payment)?;
    let answer = provider.refund(ctx, payment.id, amount, part.id.to_string()).await;
    match answer {
        Ok(result) => match result.outcome {
            ProviderOutcome::Refunded => end(ctx, part, None).await,
            ProviderOutcome::Declined { message, .. } => end(ctx, part, Some(&message)).await,
            // Not decided; the provider will tell.
            _ => Ok(()),
        },
        Err(error) if is_final(&error) => end(ctx, part, Some(error.message())).await,
        Err(error) => Err(error),
    }
}

/// Records the provider's answer, once. A failure sets the amount free again.
async fn end(ctx: &Ctx, part: &Refund, failure: Option<&str>) -> Result<()> {
    let status = if failure.is_some() { RefundStatus::Failed } else { RefundStatus::Done };
    ctx.transaction(|ctx| async move {
        if !db::refund::end(&ctx.db(), part.id, status, failure).await? {
            return Ok(());
        }
        let recorded = step::record(&ctx, part.payment_id, |payment| {
            payment.refunding -= part.amount;
            if failure.is_none() {
                payment.step(Step::GiveBack(part.amount))?;
            }
            Ok(true)
        });
        recorded.await.map(drop)
    })
    .await
}
