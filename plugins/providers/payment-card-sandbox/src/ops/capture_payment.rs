//! The bank takes what it promised.

use hatchery_sdk::interfaces::payment::{PaymentId, ProviderResult};
use hatchery_sdk::prelude::*;

use crate::domain::transaction::Entry;
use crate::error::SandboxError;
use crate::ops::bank;

/// Takes an amount, once. A payment that is not promised is answered as it is.
pub(crate) async fn capture_payment(
    ctx: &Ctx,
    id: PaymentId,
    amount: Money,
) -> Result<ProviderResult> {
    let transaction = ctx.transaction(|ctx| async move {
        let mut transaction = bank::get(&ctx, id).await?;
        let Some(state) = transaction.state.follow(Entry::Take) else { return Ok(transaction) };
        let left = transaction.amount.try_sub(amount)?;
        if left.minor < 0 || amount.minor < 1 {
            return Err(SandboxError::TooMuch.into());
        }
        (transaction.state, transaction.captured) = (state, amount.minor);
        bank::write(&ctx, &transaction).await?;
        Ok(transaction)
    });
    bank::answer(ctx, &transaction.await?).await
}
