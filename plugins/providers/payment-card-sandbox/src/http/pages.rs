//! The bank's pages: where the customer enters a card and answers the bank's question. They do not look
//! like the shop, because they stand for another company's site, and work without the storefront.

use axum::Form;
use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hatchery_sdk::interfaces::payment::PaymentId;
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::json;

use crate::domain::card::{Typed, test_numbers};
use crate::domain::transaction::{State, Transaction};
use crate::ops::answer_challenge::{self, Reply};
use crate::ops::bank;
use crate::ops::enter_card::{self, Entered};
use crate::service::SandboxService;

/// What the card's form sends. Only the last four digits of the number are ever kept.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct CardForm {
    number: String,
    expiry: String,
    cvc: String,
    /// `cancel` leaves without a card.
    action: String,
}

/// What the bank's question is answered with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChallengeForm {
    /// `approve` or `refuse`.
    answer: String,
}

/// GET /sandbox/card/{payment}
pub(crate) async fn show_card(ctx: Ctx, Path(id): Path<PaymentId>) -> Result<Response> {
    let transaction = bank::get(&ctx, id).await?;
    Ok(match transaction.state {
        State::AwaitingCard => card_page(&transaction).into_response(),
        State::Challenge => go(&bank::path("challenge", id)),
        _ => go(&back(&ctx, &transaction)),
    })
}

/// POST /sandbox/card/{payment}
pub(crate) async fn enter_card(
    ctx: Ctx,
    Path(id): Path<PaymentId>,
    Form(form): Form<CardForm>,
) -> Result<Response> {
    let service = ctx.state::<SandboxService>()?;
    if form.action == "cancel" {
        let transaction = enter_card::give_up(&ctx, &service.settings, id).await?;
        return Ok(go(&back(&ctx, &transaction)));
    }
    let typed = Typed { number: &form.number, expiry: &form.expiry, cvc: &form.cvc };
    let (field, message) = match enter_card::enter_card(&ctx, &service.settings, id, &typed).await?
    {
        Entered::Done(transaction) => return Ok(go(&back(&ctx, &transaction))),
        Entered::Challenge => return Ok(go(&bank::path("challenge", id))),
        Entered::Problem(problem) => (problem.field(), problem.key().to_owned()),
        Entered::Refused(code) => ("number", bank::refusal_key(&code)),
        Entered::Unreachable => ("number", "payment-card-sandbox-error-unreachable".to_owned()),
    };
    let transaction = bank::get(&ctx, id).await?;
    if transaction.state != State::AwaitingCard {
        return Ok(go(&back(&ctx, &transaction)));
    }
    let view = card_page(&transaction)
        .with("expiry", form.expiry)
        .with("problem", json!({ "field": field, "message": message }))
        .status(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(view.into_response())
}

/// GET /sandbox/challenge/{payment}
pub(crate) async fn show_challenge(ctx: Ctx, Path(id): Path<PaymentId>) -> Result<Response> {
    let transaction = bank::get(&ctx, id).await?;
    Ok(match transaction.state {
        State::Challenge => {
            page("payment-card-sandbox/challenge.html", &transaction).into_response()
        }
        State::AwaitingCard => go(&bank::path("card", id)),
        _ => go(&back(&ctx, &transaction)),
    })
}

/// POST /sandbox/challenge/{payment}
pub(crate) async fn answer_challenge(
    ctx: Ctx,
    Path(id): Path<PaymentId>,
    Form(form): Form<ChallengeForm>,
) -> Result<Response> {
    let service = ctx.state::<SandboxService>()?;
    let reply = match form.answer.as_str() {
        "approve" => Reply::Approve,
        "refuse" => Reply::Refuse,
        _ => return Ok(go(&bank::path("challenge", id))),
    };
    let settings = &service.settings;
    let transaction = answer_challenge::answer_challenge(&ctx, settings, id, reply).await?;
    Ok(go(&back(&ctx, &transaction)))
}

fn card_page(transaction: &Transaction) -> View {
    let card = |(number, key)| json!({ "number": number, "key": key });
    let cards: Vec<_> = test_numbers().into_iter().map(card).collect();
    page("payment-card-sandbox/card.html", transaction).with("cards", cards)
}

fn page(template: &str, transaction: &Transaction) -> View {
    View::new(template)
        .with("payment", transaction.payment_id)
        .with("amount", transaction.amount)
        .with("order_number", &transaction.order_number)
        .with("last4", &transaction.last4)
}

/// The address in the shop that the customer comes back to; on the host that was asked when it is the
/// store's own.
fn back(ctx: &Ctx, transaction: &Transaction) -> String {
    let url = transaction.return_url.as_str();
    match url.strip_prefix(ctx.store().base_url.as_str()) {
        Some(path) if path.starts_with('/') => path.to_owned(),
        _ if url.is_empty() => "/".to_owned(),
        _ => url.to_owned(),
    }
}

/// See other.
fn go(path: &str) -> Response {
    let headers: [(HeaderName, String); 1] = [(header::LOCATION, path.to_owned())];
    (StatusCode::SEE_OTHER, headers).into_response()
}
