//! What the bank's acts share: find a payment in the books, change it, answer, tell.

use std::collections::BTreeMap;
use std::time::Duration;

use hatchery_sdk::component::platform::Texts;
use hatchery_sdk::interfaces::payment::{NextAction, PaymentId, ProviderOutcome, ProviderResult};
use hatchery_sdk::prelude::*;
use serde_json::json;

use crate::db;
use crate::domain::transaction::{News, State, Transaction, reference};
use crate::error::SandboxError;
use crate::jobs;

/// After which news that the request itself could not deliver are delivered by a job.
const DELIVER_AFTER: Duration = Duration::from_secs(10);

/// The payment in the books.
///
/// # Errors
/// The bank does not know it.
pub(crate) async fn get(ctx: &Ctx, id: PaymentId) -> Result<Transaction> {
    Ok(db::transaction::by_id(&ctx.db(), id).await?.ok_or(SandboxError::UnknownPayment)?)
}

/// Writes a changed payment. Inside a unit of work.
pub(crate) async fn write(ctx: &Ctx, transaction: &Transaction) -> Result<()> {
    match db::transaction::update(&ctx.db(), transaction).await? {
        true => Ok(()),
        false => Err(SandboxError::ChangedMeanwhile.into()),
    }
}

/// Writes news about a payment and queues their delivery; gives their id. Inside a unit of work.
pub(crate) async fn tell(ctx: &Ctx, transaction: &Transaction) -> Result<String> {
    let id = ctx.new_id::<News>().to_string();
    let captured = Money::new(transaction.captured, transaction.amount.currency);
    let news = News {
        id: id.clone(),
        payment_id: transaction.payment_id,
        state: transaction.state,
        refusal: transaction.refusal.clone(),
        captured: (transaction.state == State::Captured).then_some(captured),
    };
    db::news::insert(&ctx.db(), &news).await?;
    let run_at = Some(ctx.now() + DELIVER_AFTER);
    ctx.enqueue(jobs::DELIVER, &id, json!({ "id": id }), run_at).await?;
    Ok(id)
}

/// What the bank answers about a payment as it is in the books.
///
/// # Errors
/// It does not answer.
pub(crate) async fn answer(ctx: &Ctx, transaction: &Transaction) -> Result<ProviderResult> {
    if transaction.state == State::Unreachable {
        return Err(SandboxError::Unreachable.into());
    }
    let refusal = transaction.refusal.as_deref();
    result(ctx, transaction.payment_id, transaction.state, refusal).await
}

/// A state of the books in the words of the port, with texts in the context's language.
pub(crate) async fn result(
    ctx: &Ctx,
    payment: PaymentId,
    state: State,
    refusal: Option<&str>,
) -> Result<ProviderResult> {
    let redirect = |page: &str| NextAction::Redirect { url: path(page, payment) };
    let outcome = match state {
        State::AwaitingCard => ProviderOutcome::Pending(Some(redirect("card"))),
        State::Challenge => ProviderOutcome::Pending(Some(redirect("challenge"))),
        State::Processing | State::Unreachable => ProviderOutcome::Pending(None),
        State::Authorized => ProviderOutcome::Authorized,
        State::Captured => ProviderOutcome::Captured,
        State::Voided => ProviderOutcome::Voided,
        State::Declined => {
            let code = refusal.unwrap_or("declined").to_owned();
            let key = refusal_key(&code);
            let message = ctx.get::<dyn Texts>()?.translate(ctx, key, BTreeMap::new()).await?;
            ProviderOutcome::Declined { code, message }
        }
    };
    Ok(ProviderResult { reference: Some(reference(payment)), outcome })
}

/// The message of a refusal.
pub(crate) fn refusal_key(code: &str) -> String {
    format!("payment-card-sandbox-refused-{}", code.replace('_', "-"))
}

/// The bank's page of a payment: `card` or `challenge`.
pub(crate) fn path(page: &str, payment: PaymentId) -> String {
    format!("/sandbox/{page}/{payment}")
}
