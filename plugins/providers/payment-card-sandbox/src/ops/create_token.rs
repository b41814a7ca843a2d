//! A card becomes a token.

use std::time::Duration;

use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::card::{self, Card, Typed};
use crate::error::SandboxError;

/// How long a token is good.
const GOOD_FOR: Duration = Duration::from_secs(60 * 60);

/// Reads a test card and gives the token that stands for it.
pub(crate) async fn create_token(ctx: &Ctx, typed: &Typed<'_>) -> Result<(String, Card)> {
    let card = card::read(typed, today(ctx)).map_err(SandboxError::from)?;
    let random: String = ctx.random(16).iter().map(|byte| format!("{byte:02x}")).collect();
    let token = format!("tok_{random}");
    let (written, expires_at) = ((token.clone(), card.clone()), ctx.now() + GOOD_FOR);
    ctx.transaction(|ctx| async move {
        db::token::insert(&ctx.db(), &written.0, &written.1, expires_at).await
    })
    .await?;
    Ok((token, card))
}

/// Year and month.
pub(crate) fn today(ctx: &Ctx) -> (i32, u32) {
    use chrono::Datelike;
    let now = ctx.now();
    (now.year(), now.month())
}
