//! Locks a user out, or lets the user in again.

use hatchery_sdk::component::platform::Sessions;
use hatchery_sdk::prelude::*;
use uuid::Uuid;

use crate::db;
use crate::db::user::User;
use crate::ops::save_user::{get_user, keep_an_owner};

/// Locks a user, ends all sessions and forgets links that were not used.
pub(crate) async fn lock_user(ctx: &Ctx, id: Uuid) -> Result<()> {
    ctx.transaction(|ctx| async move {
        let user = get_user(&ctx, id).await?;
        keep_an_owner(&ctx, &user).await?;
        let version = user.version + 1;
        db::user::save(&ctx.db(), &User { locked: true, version, ..user }).await?;
        db::invitation::withdraw(&ctx.db(), id).await?;
        ctx.get::<dyn Sessions>()?.close_all(&ctx, id).await
    })
    .await
}

/// Lets a locked user in again.
pub(crate) async fn unlock_user(ctx: &Ctx, id: Uuid) -> Result<()> {
    ctx.transaction(|ctx| async move {
        let user = get_user(&ctx, id).await?;
        let version = user.version + 1;
        db::user::save(&ctx.db(), &User { locked: false, version, ..user }).await
    })
    .await
}
