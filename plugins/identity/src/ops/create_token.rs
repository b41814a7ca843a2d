//! Makes an API token.

use chrono::{DateTime, Utc};
use hatchery_sdk::prelude::*;
use uuid::Uuid;

use crate::db;
use crate::db::token::ApiToken;
use crate::domain::password;
use crate::ops::save_user::get_user;

/// Makes a token for a user and gives it; it is never shown again.
pub(crate) async fn create_token(
    ctx: &Ctx,
    user_id: Uuid,
    name: String,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(ApiToken, String)> {
    let (token, fingerprint) = password::token(&ctx.random(24));
    let made = ctx
        .transaction(|ctx| async move {
            get_user(&ctx, user_id).await?;
            let id = ctx.new_id::<ApiToken>().uuid();
            let created_at = ctx.now();
            let made = ApiToken { id, user_id, name, created_at, expires_at, revoked: false };
            db::token::insert(&ctx.db(), &made, fingerprint).await?;
            Ok(made)
        })
        .await?;
    Ok((made, token))
}
