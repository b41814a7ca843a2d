//! The bank decides about a payment that took its time.

use hatchery_sdk::interfaces::payment::PaymentId;
use hatchery_sdk::prelude::*;

use crate::domain::transaction::{Entry, State};
use crate::ops::bank;
use crate::ops::deliver_news::deliver_now;
use crate::settings::SandboxSettings;

/// Promises a payment that is being processed, and tells the shop.
pub(crate) async fn decide_payment(
    ctx: &Ctx,
    settings: &SandboxSettings,
    id: PaymentId,
) -> Result<()> {
    let news = ctx
        .transaction(|ctx| async move {
            let mut transaction = bank::get(&ctx, id).await?;
            let decided = transaction.state.follow(Entry::Approve);
            let Some(state) = decided.filter(|_| transaction.state == State::Processing) else {
                return Ok(None);
            };
            transaction.state = state;
            bank::write(&ctx, &transaction).await?;
            bank::tell(&ctx, &transaction).await.map(Some)
        })
        .await?;
    deliver_now(ctx, settings, news.as_deref()).await;
    Ok(())
}
