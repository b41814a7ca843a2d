//! Changes a password.

use hatchery_sdk::component::Actor;
use hatchery_sdk::component::platform::Sessions;
use hatchery_sdk::prelude::*;
use uuid::Uuid;

use crate::db;
use crate::db::user::User;
use crate::domain::password::{check_length, hash, readable, verify};
use crate::error::IdentityError;
use crate::ops::save_user::get_user;
use crate::settings::IdentitySettings;

/// A member of staff changes the own password; all sessions end, and a new one is opened, whose
/// `Set-Cookie` value is given.
pub(crate) async fn change_own(
    ctx: &Ctx,
    settings: &IdentitySettings,
    current: &str,
    new: &str,
) -> Result<String> {
    let id = match ctx.actor() {
        Actor::User { id, .. } => *id,
        Actor::Guest => {
            let message = "Please sign in.";
            return Err(Error::new(Kind::Unauthenticated, "auth.required", message));
        }
        _ => return Err(IdentityError::NoUser.into()),
    };
    check_length(new, settings.min_password_length)?;
    if !verify(current, Some(&get_user(ctx, id).await?.password_hash)) {
        return Err(IdentityError::WrongCredentials.into());
    }
    let password_hash = hash(new, &ctx.random(16))?;
    ctx.transaction(|ctx| async move {
        replace(&ctx, id, password_hash).await?;
        ctx.get::<dyn Sessions>()?.open(&ctx, id).await
    })
    .await
}

/// Gives a user a new one-time password; all sessions end.
pub(crate) async fn reset(ctx: &Ctx, id: Uuid) -> Result<String> {
    let password = readable(&ctx.random(16));
    let password_hash = hash(&password, &ctx.random(16))?;
    ctx.transaction(|ctx| async move { replace(&ctx, id, password_hash).await }).await?;
    Ok(password)
}

/// Writes a user's new password; all sessions end, and links that were not used are forgotten.
pub(crate) async fn replace(ctx: &Ctx, id: Uuid, password_hash: String) -> Result<()> {
    let user = get_user(ctx, id).await?;
    let version = user.version + 1;
    db::user::save(&ctx.db(), &User { password_hash, version, ..user }).await?;
    db::invitation::withdraw(&ctx.db(), id).await?;
    ctx.get::<dyn Sessions>()?.close_all(ctx, id).await
}
