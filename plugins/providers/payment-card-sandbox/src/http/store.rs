//! The bank's API, where a client that shows its own card form gets a token.

use axum::Json;
use axum::http::StatusCode;
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::card::Typed;
use crate::ops::create_token;

/// A test card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CardInput {
    /// One of the sandbox's numbers, with or without spaces.
    #[schema(example = "4242 4242 4242 4242")]
    number: String,
    /// Month and year.
    #[schema(example = "12/30")]
    expiry: String,
    /// Three or four digits.
    #[schema(example = "123")]
    cvc: String,
}

/// What stands for a card in the checkout: `payment: { "method": "card", "token": .. }`.
#[derive(Serialize, ToSchema)]
pub(crate) struct CardToken {
    /// Good for an hour.
    token: String,
    /// Last digits of the card.
    last4: String,
}

/// Makes a token of a test card. A sandbox: never send a real card.
#[utoipa::path(
    post,
    path = "/api/v1/store/card-sandbox/tokens",
    tag = "payment-card-sandbox",
    request_body = CardInput,
    responses(
        (status = 201, body = CardToken),
        (status = 422, description = "No test card, or wrong or past expiry or security code"),
    )
)]
pub(crate) async fn create_token(
    ctx: Ctx,
    Json(input): Json<CardInput>,
) -> Result<(StatusCode, Json<CardToken>)> {
    let typed = Typed { number: &input.number, expiry: &input.expiry, cvc: &input.cvc };
    let (token, card) = create_token::create_token(&ctx, &typed).await?;
    Ok((StatusCode::CREATED, Json(CardToken { token, last4: card.last4 })))
}
