//! A payment comes into the bank's books.

use std::collections::BTreeMap;
use std::time::Duration;

use hatchery_sdk::interfaces::payment::{ProviderRequest, ProviderResult};
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::db;
use crate::domain::card::{Behavior, Card};
use crate::domain::transaction::{Entry, State, Transaction};
use crate::error::SandboxError;
use crate::jobs;
use crate::ops::bank;
use crate::settings::SandboxSettings;

/// Requests for an unreachable card that the bank leaves without an answer.
const UNANSWERED: i32 = 2;

/// Begins a payment, by a card's token or on the bank's page; one that was begun before is answered as it
/// is now.
pub(crate) async fn begin_payment(
    ctx: &Ctx,
    settings: &SandboxSettings,
    request: ProviderRequest,
) -> Result<ProviderResult> {
    let wait = Duration::from_secs(settings.decision_seconds.into());
    let request = &request;
    let begin = || {
        ctx.transaction(|ctx| async move {
            match db::transaction::by_id(&ctx.db(), request.payment_id).await? {
                Some(known) => again(&ctx, known).await,
                None => first(&ctx, request, wait).await,
            }
        })
    };
    let transaction = match begin().await {
        // The same request came twice at once: the other one has begun it.
        Err(error) if error.code() == "database.duplicate" => begin().await?,
        result => result?,
    };
    bank::answer(ctx, &transaction).await
}

async fn again(ctx: &Ctx, mut transaction: Transaction) -> Result<Transaction> {
    if transaction.state == State::Unreachable {
        transaction.attempts += 1;
        if transaction.attempts > UNANSWERED
            && let Some(state) = transaction.state.follow(Entry::Approve)
        {
            transaction.state = state;
        }
        bank::write(ctx, &transaction).await?;
    }
    Ok(transaction)
}

async fn first(ctx: &Ctx, request: &ProviderRequest, wait: Duration) -> Result<Transaction> {
    let card = card(ctx, &request.data).await?;
    let behavior = card.as_ref().map(|card| card.behavior);
    let state = match behavior {
        None => State::AwaitingCard,
        Some(Behavior::Approve) => State::Authorized,
        Some(Behavior::Capture) => State::Captured,
        Some(Behavior::Challenge) => State::Challenge,
        Some(Behavior::Slow) => State::Processing,
        Some(Behavior::Unreachable) => State::Unreachable,
        Some(Behavior::Decline | Behavior::InsufficientFunds | Behavior::Expired) => {
            State::Declined
        }
    };
    let transaction = Transaction {
        payment_id: request.payment_id,
        state,
        amount: request.amount,
        captured: if state == State::Captured { request.amount.minor } else { 0 },
        refunded: 0,
        order_number: request.order_number.clone(),
        return_url: request.return_url.clone(),
        attempts: i32::from(state == State::Unreachable),
        last4: card.map(|card| card.last4),
        refusal: behavior.and_then(Behavior::refusal).map(str::to_owned),
        created_at: ctx.now(),
        version: 1,
    };
    db::transaction::insert(&ctx.db(), &transaction).await?;
    if state == State::Processing {
        let (id, payload) = (request.payment_id, json!({ "payment_id": request.payment_id }));
        ctx.enqueue(jobs::DECIDE, &id.to_string(), payload, Some(ctx.now() + wait)).await?;
    }
    Ok(transaction)
}

/// The card behind the token; none when the customer enters one on the bank's page.
async fn card(ctx: &Ctx, data: &BTreeMap<String, Value>) -> Result<Option<Card>> {
    let token = match data.get("token") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(token)) => token.trim(),
        Some(_) => return Err(SandboxError::UnknownToken.into()),
    };
    if let Some(behavior) = Behavior::of_token(token) {
        return Ok(Some(Card { behavior, last4: "0000".into() }));
    }
    let card = db::token::card(&ctx.db(), token, ctx.now()).await?;
    Ok(Some(card.ok_or(SandboxError::UnknownToken)?))
}
