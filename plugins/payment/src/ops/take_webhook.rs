//! Takes the news of a provider.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::order::PaymentStatus;
use hatchery_sdk::interfaces::payment::{PaymentProvider, ProviderEvent, ProviderOutcome};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::refund::{Refund, RefundStatus};
use crate::domain::news::learn;
use crate::domain::payment::StoredPayment;
use crate::domain::status::Step;
use crate::error::PaymentError;
use crate::ops::step;

/// How often news are tried when others change the same payment at the same moment.
const TRIES: usize = 5;
/// What the database says of something that is there already.
const DUPLICATE: &str = "database.duplicate";

/// What came in.
pub(crate) struct Webhook {
    /// With lowercase names.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// Has the provider check and read its news, and applies each of them once.
///
/// # Errors
/// There is no such provider, its signature is wrong, or the payment is not known here.
pub(crate) async fn take_webhook(ctx: &Ctx, provider: &str, webhook: Webhook) -> Result<()> {
    let found = ctx.all::<dyn PaymentProvider>()?.into_iter().find(|(id, _)| **id == *provider);
    let unknown = PaymentError::UnknownProvider { provider: provider.to_owned() };
    let (_, port) = found.ok_or(unknown)?;
    for event in port.webhook(ctx, webhook.headers, webhook.body).await? {
        take(ctx, provider, &event).await?;
    }
    Ok(())
}

async fn take(ctx: &Ctx, provider: &str, event: &ProviderEvent) -> Result<()> {
    let mut tries = 1;
    let failed = loop {
        match ctx.transaction(|ctx| async move { apply(&ctx, provider, event).await }).await {
            Err(error) if error.kind() == Kind::Retry && tries < TRIES => tries += 1,
            // The same news came twice at once.
            Err(error) if error.code() == DUPLICATE => return Ok(()),
            result => break result?,
        }
    };
    if let Some(payment) = failed {
        step::count_failure(ctx, payment.order_id).await?;
    }
    Ok(())
}

/// Applies news that are new, and gives the payment if they made it fail. Inside a unit of work.
async fn apply(ctx: &Ctx, provider: &str, event: &ProviderEvent) -> Result<Option<StoredPayment>> {
    let key = db::event::key(provider, event);
    if db::event::is_known(&ctx.db(), &key).await? {
        return Ok(None);
    }
    let mut payment = step::get(ctx, event.payment_id).await?;
    if payment.provider.as_ref().is_some_and(|owner| owner != provider) {
        return Err(PaymentError::Unknown.into());
    }
    let before = payment.status();
    let learned = match event.amount {
        Some(amount) if amount.currency != payment.standing.currency => Ok(false),
        _ if event.result.outcome == ProviderOutcome::Refunded => {
            give_back(ctx, &mut payment, event, &key).await
        }
        _ => {
            let amount = event.amount.map(|amount| amount.minor);
            learn(&mut payment, &event.result, amount).map_err(Error::from)
        }
    };
    let applied = match learned {
        Ok(applied) => applied,
        // It is kept as not applied; telling it again would not change that.
        Err(error) if error.kind() == Kind::Conflict && error.code() != DUPLICATE => {
            tracing::warn!(payment = %payment.id, news = %key, "news that do not follow: {error}");
            false
        }
        Err(error) => return Err(error),
    };
    db::event::insert(&ctx.db(), &key, event, applied, ctx.now()).await?;
    if !applied {
        return Ok(None);
    }
    payment.provider.get_or_insert_with(|| provider.to_owned());
    step::write(ctx, &payment).await?;
    let is_failure = payment.status() == PaymentStatus::Failed && before != PaymentStatus::Failed;
    Ok(is_failure.then_some(payment))
}

/// The provider gave money back: of a refund that waits for it, or of its own accord.
async fn give_back(
    ctx: &Ctx,
    payment: &mut StoredPayment,
    event: &ProviderEvent,
    key: &str,
) -> Result<bool> {
    let standing = payment.standing;
    let free = standing.captured - standing.refunded - payment.refunding;
    let parts = db::refund::of_payments(&ctx.db(), &[payment.id]).await?;
    let mut waiting = parts.into_iter().filter(|part| part.status == RefundStatus::Pending);
    let told = event.amount.map(|amount| amount.minor);
    if let Some(part) = waiting.find(|part| told.is_none_or(|told| told == part.amount)) {
        payment.refunding -= part.amount;
        payment.step(Step::GiveBack(part.amount))?;
        return db::refund::end(&ctx.db(), part.id, RefundStatus::Done, None).await;
    }
    let amount = told.unwrap_or(free);
    if amount > free {
        let left = payment.money(free);
        return Err(PaymentError::RefundTooLarge { left }.into());
    }
    payment.step(Step::GiveBack(amount))?;
    let refund = Refund {
        id: ctx.new_id(),
        key: format!("news:{key}"),
        order_id: payment.order_id,
        payment_id: payment.id,
        amount,
        status: RefundStatus::Done,
        reason: String::new(),
        failure: None,
        created_at: ctx.now(),
    };
    db::refund::insert(&ctx.db(), &refund).await?;
    Ok(true)
}
