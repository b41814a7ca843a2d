//! The customer answers the bank's question.

use hatchery_sdk::interfaces::payment::PaymentId;
use hatchery_sdk::prelude::*;

use crate::domain::transaction::{Entry, State, Transaction};
use crate::ops::bank;
use crate::ops::deliver_news::deliver_now;
use crate::settings::SandboxSettings;

/// Why a payment is refused whose challenge was answered with no.
const REFUSED: &str = "challenge_refused";

/// What the customer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It is me.
    Approve,
    /// It is not.
    Refuse,
}

/// Promises or refuses a payment that waits for the answer, and tells the shop at once. Any other payment
/// is left as it is.
pub(crate) async fn answer_challenge(
    ctx: &Ctx,
    settings: &SandboxSettings,
    id: PaymentId,
    reply: Reply,
) -> Result<Transaction> {
    let (transaction, news) = ctx
        .transaction(|ctx| async move {
            let mut transaction = bank::get(&ctx, id).await?;
            if transaction.state != State::Challenge {
                return Ok((transaction, None));
            }
            let entry = match reply {
                Reply::Approve => Entry::Approve,
                Reply::Refuse => Entry::Refuse,
            };
            if let Some(state) = transaction.state.follow(entry) {
                transaction.state = state;
            }
            transaction.refusal = (reply == Reply::Refuse).then(|| REFUSED.to_owned());
            bank::write(&ctx, &transaction).await?;
            let news = bank::tell(&ctx, &transaction).await?;
            Ok((transaction, Some(news)))
        })
        .await?;
    deliver_now(ctx, settings, news.as_deref()).await;
    Ok(transaction)
}
