//! Tells who somebody is.

use std::collections::BTreeMap;

use hatchery_sdk::component::Actor;
use hatchery_sdk::prelude::*;
use uuid::Uuid;

use crate::db;
use crate::domain::password::fingerprint;

/// The actors behind users that are not locked, with what their roles may do now.
pub(crate) async fn actors(ctx: &Ctx, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Actor>> {
    let users = db::user::by_ids(&ctx.db(), ids).await?;
    if users.is_empty() {
        return Ok(BTreeMap::new());
    }
    let roles = db::role::all(&ctx.db()).await?;
    let actor = |user: db::user::User| {
        let permissions = roles.get(&user.role).cloned().unwrap_or_default();
        (user.id, Actor::User { id: user.id, name: user.name, permissions })
    };
    Ok(users.into_iter().filter(|user| !user.locked).map(actor).collect())
}

/// The actor behind a good token.
pub(crate) async fn actor_of_token(ctx: &Ctx, token: &str) -> Result<Option<Actor>> {
    let found = db::token::good(&ctx.db(), &fingerprint(token), ctx.now()).await?;
    let Some(token) = found else { return Ok(None) };
    Ok(actors(ctx, &[token.user_id]).await?.remove(&token.user_id))
}
