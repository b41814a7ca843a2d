//! The bank gives money back.

use std::collections::BTreeMap;

use hatchery_sdk::component::platform::Texts;
use hatchery_sdk::interfaces::payment::{PaymentId, ProviderOutcome, ProviderResult};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::transaction::reference;
use crate::ops::bank;

/// Why the bank refuses to give more back than it took.
const TOO_MUCH: &str = "refund_too_large";
/// How often a refund is tried when others of the same payment come at the same moment.
const TRIES: usize = 5;

/// Gives an amount back, once per key and never more than was taken.
pub(crate) async fn refund_payment(
    ctx: &Ctx,
    id: PaymentId,
    amount: Money,
    key: &str,
) -> Result<ProviderResult> {
    let mut tries = 1;
    let is_done = loop {
        match ctx.transaction(|ctx| async move { write(&ctx, id, amount, key).await }).await {
            Err(error) if error.code() == "database.duplicate" => break true,
            // Another refund of the same payment was entered at the same moment.
            Err(error) if error.kind() == Kind::Retry && tries < TRIES => tries += 1,
            result => break result?,
        }
    };
    let outcome = if is_done {
        ProviderOutcome::Refunded
    } else {
        let texts = ctx.get::<dyn Texts>()?;
        let message = texts.translate(ctx, bank::refusal_key(TOO_MUCH), BTreeMap::new()).await?;
        ProviderOutcome::Declined { code: TOO_MUCH.into(), message }
    };
    Ok(ProviderResult { reference: Some(reference(id)), outcome })
}

/// Enters a refund; false when it is more than is left. Inside a unit of work.
async fn write(ctx: &Ctx, id: PaymentId, amount: Money, key: &str) -> Result<bool> {
    if db::refund::is_done(&ctx.db(), key).await? {
        return Ok(true);
    }
    let mut transaction = bank::get(ctx, id).await?;
    let taken = Money::new(transaction.captured, transaction.amount.currency);
    let left = taken.try_sub(amount)?.minor - transaction.refunded;
    if left < 0 || amount.minor < 1 {
        return Ok(false);
    }
    transaction.refunded += amount.minor;
    bank::write(ctx, &transaction).await?;
    db::refund::insert(&ctx.db(), key, id, amount.minor).await?;
    Ok(true)
}
