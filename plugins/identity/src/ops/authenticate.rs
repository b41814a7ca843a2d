//! Tells who somebody is.

use std::collections::BTreeMap;

use hatchery_sdk::component::Actor;
use hatchery_sdk::prelude::*;
use uuid::Uuid;

use crate::db;
use crate::db::user::User;
use crate::domain::password::fingerprint;

/// The actors behind users that are not locked, with what their roles may do now.
pub(crate) async fn actors(ctx: &Ctx, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Actor>> {
    let users = db::user::by_ids(&ctx.db(), ids).await?;
    let actors = of_users(ctx, users).await?;
    Ok(actors.into_iter().map(|(user, actor)| (user.id, actor)).collect())
}

/// The e-mail addresses of users that are not locked.
pub(crate) async fn emails(ctx: &Ctx, ids: &[Uuid]) -> Result<BTreeMap<Uuid, String>> {
    let users = db::user::by_ids(&ctx.db(), ids).await?;
    let unlocked = users.into_iter().filter(|user| !user.locked);
    Ok(unlocked.map(|user| (user.id, user.email)).collect())
}

/// The actors behind users with these e-mail addresses that are not locked.
pub(crate) async fn actors_by_email(
    ctx: &Ctx,
    emails: Vec<String>,
) -> Result<BTreeMap<String, Actor>> {
    let users = db::user::by_emails(&ctx.db(), &emails).await?;
    let actors = of_users(ctx, users).await?;
    Ok(actors.into_iter().map(|(user, actor)| (user.email, actor)).collect())
}

async fn of_users(ctx: &Ctx, users: Vec<User>) -> Result<Vec<(User, Actor)>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let roles = db::role::all(&ctx.db()).await?;
    let actor = |user: User| {
        let permissions = roles.get(&user.role).cloned().unwrap_or_default();
        let actor = Actor::User { id: user.id, name: user.name.clone(), permissions };
        (user, actor)
    };
    Ok(users.into_iter().filter(|user| !user.locked).map(actor).collect())
}

/// The actor behind a good token.
pub(crate) async fn actor_of_token(ctx: &Ctx, token: &str) -> Result<Option<Actor>> {
    let found = db::token::good(&ctx.db(), &fingerprint(token), ctx.now()).await?;
    let Some(token) = found else { return Ok(None) };
    Ok(actors(ctx, &[token.user_id]).await?.remove(&token.user_id))
}
