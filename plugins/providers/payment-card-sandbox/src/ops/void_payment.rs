//! The bank lets go of what it promised.

use hatchery_sdk::interfaces::payment::{PaymentId, ProviderResult};
use hatchery_sdk::prelude::*;

use crate::domain::transaction::Entry;
use crate::ops::bank;

/// Lets go of a payment that was not taken. Any other is answered as it is.
pub(crate) async fn void_payment(ctx: &Ctx, id: PaymentId) -> Result<ProviderResult> {
    let transaction = ctx.transaction(|ctx| async move {
        let mut transaction = bank::get(&ctx, id).await?;
        if let Some(state) = transaction.state.follow(Entry::LetGo) {
            transaction.state = state;
            bank::write(&ctx, &transaction).await?;
        }
        Ok(transaction)
    });
    bank::answer(ctx, &transaction.await?).await
}
