//! When the bank wakes.

use hatchery_sdk::interfaces::payment::PaymentId;
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use crate::db;
use crate::ops::decide_payment::decide_payment;
use crate::ops::deliver_news::deliver_news;
use crate::service::SandboxService;

/// Decides about a card that took its time.
pub(crate) const DECIDE: &str = "payment-card-sandbox.decide";
/// Delivers news that could not be delivered at once.
pub(crate) const DELIVER: &str = "payment-card-sandbox.deliver";
/// Forgets tokens that are too old.
pub(crate) const FORGET: &str = "payment-card-sandbox.forget";

#[derive(Deserialize)]
struct OfPayment {
    payment_id: PaymentId,
}

#[derive(Deserialize)]
struct OfNews {
    id: String,
}

/// Some seconds after a slow card.
pub(crate) async fn decide(ctx: Ctx, payload: Value) -> Result<()> {
    let OfPayment { payment_id } = serde_json::from_value(payload)?;
    let service = ctx.state::<SandboxService>()?;
    decide_payment(&ctx, &service.settings, payment_id).await
}

/// Some seconds after news, until they are delivered.
pub(crate) async fn deliver(ctx: Ctx, payload: Value) -> Result<()> {
    let OfNews { id } = serde_json::from_value(payload)?;
    let service = ctx.state::<SandboxService>()?;
    deliver_news(&ctx, &service.settings, &id).await
}

/// Daily.
pub(crate) async fn forget(ctx: Ctx, _: Value) -> Result<()> {
    ctx.transaction(|ctx| async move { db::token::delete_expired(&ctx.db(), ctx.now()).await })
        .await
}
