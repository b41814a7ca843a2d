//! The customer enters a card on the bank's page.

use std::time::Duration;

use hatchery_sdk::interfaces::payment::PaymentId;
use hatchery_sdk::prelude::*;
use serde_json::json;

use crate::domain::card::{self, Behavior, CardProblem, Typed};
use crate::domain::transaction::{Entry, State, Transaction};
use crate::error::SandboxError;
use crate::jobs;
use crate::ops::bank;
use crate::ops::create_token::today;
use crate::ops::deliver_news::deliver_now;
use crate::settings::SandboxSettings;

/// Why the customer left the page.
const GIVEN_UP: &str = "given_up";

/// Where the customer is after a card.
#[derive(Debug)]
pub(crate) enum Entered {
    /// Still at the card: it was not read.
    Problem(CardProblem),
    /// Still at the card: it was refused, with this code.
    Refused(String),
    /// Still at the card: the bank did not answer.
    Unreachable,
    /// At the bank's question.
    Challenge,
    /// Back in the shop.
    Done(Transaction),
}

/// Tries a card. A payment that does not wait for one is left as it is.
pub(crate) async fn enter_card(
    ctx: &Ctx,
    settings: &SandboxSettings,
    id: PaymentId,
    typed: &Typed<'_>,
) -> Result<Entered> {
    let card = match card::read(typed, today(ctx)) {
        Ok(card) => card,
        Err(problem) => return Ok(Entered::Problem(problem)),
    };
    if card.behavior == Behavior::Unreachable {
        return Ok(Entered::Unreachable);
    }
    let wait = Duration::from_secs(settings.decision_seconds.into());
    let (max_cards, card) = (settings.max_cards, &card);
    let (entered, news) = ctx
        .transaction(|ctx| async move {
            let mut transaction = bank::get(&ctx, id).await?;
            if transaction.state != State::AwaitingCard {
                return Ok((place(transaction), None));
            }
            transaction.last4 = Some(card.last4.clone());
            let entry = match (card.behavior.refusal(), card.behavior) {
                (Some(code), _) => {
                    transaction.attempts += 1;
                    if i64::from(transaction.attempts) < i64::from(max_cards) {
                        bank::write(&ctx, &transaction).await?;
                        return Ok((Entered::Refused(code.to_owned()), None));
                    }
                    transaction.refusal = Some(code.to_owned());
                    Entry::Refuse
                }
                (None, Behavior::Challenge) => Entry::Ask,
                (None, Behavior::Slow) => Entry::Ponder,
                (None, _) => Entry::Approve,
            };
            let news = enter(&ctx, &mut transaction, entry, wait).await?;
            Ok((place(transaction), news))
        })
        .await?;
    deliver_now(ctx, settings, news.as_deref()).await;
    Ok(entered)
}

/// The customer leaves without a card: the payment has failed, and can be made another way.
pub(crate) async fn give_up(
    ctx: &Ctx,
    settings: &SandboxSettings,
    id: PaymentId,
) -> Result<Transaction> {
    let (transaction, news) = ctx
        .transaction(|ctx| async move {
            let mut transaction = bank::get(&ctx, id).await?;
            let mut news = None;
            if transaction.state == State::AwaitingCard {
                transaction.refusal = Some(GIVEN_UP.to_owned());
                news = enter(&ctx, &mut transaction, Entry::Refuse, Duration::ZERO).await?;
            }
            Ok((transaction, news))
        })
        .await?;
    deliver_now(ctx, settings, news.as_deref()).await;
    Ok(transaction)
}

/// Makes an entry in the books; gives the id of the news when the shop must hear of it. Inside a unit of
/// work.
async fn enter(
    ctx: &Ctx,
    transaction: &mut Transaction,
    entry: Entry,
    wait: Duration,
) -> Result<Option<String>> {
    let next = transaction.state.follow(entry);
    transaction.state = next.ok_or(SandboxError::ChangedMeanwhile)?;
    bank::write(ctx, transaction).await?;
    match transaction.state {
        // The customer is here and goes on here.
        State::Challenge => Ok(None),
        State::Processing => {
            let id = transaction.payment_id;
            let (payload, run_at) = (json!({ "payment_id": id }), Some(ctx.now() + wait));
            ctx.enqueue(jobs::DECIDE, &id.to_string(), payload, run_at).await?;
            // The shop need not send the customer here again.
            bank::tell(ctx, transaction).await.map(Some)
        }
        _ => bank::tell(ctx, transaction).await.map(Some),
    }
}

/// Where the customer belongs.
fn place(transaction: Transaction) -> Entered {
    match transaction.state {
        State::Challenge => Entered::Challenge,
        _ => Entered::Done(transaction),
    }
}
