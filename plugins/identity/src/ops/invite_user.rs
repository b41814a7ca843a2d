//! Makes one-time links, with which members of staff choose their password.

use chrono::{DateTime, TimeDelta, Utc};
use hatchery_sdk::prelude::*;
use uuid::Uuid;

use crate::db;
use crate::db::invitation::NewInvitation;
use crate::db::user::User;
use crate::domain::password::{NOBODY, link_token};
use crate::domain::user;
use crate::error::IdentityError;
use crate::ops::create_user::{self, NewUser};
use crate::ops::save_user::get_user;
use crate::settings::IdentitySettings;

/// A one-time link.
pub(crate) struct Link {
    /// Its path in the store, with the token, which is never told again.
    pub(crate) path: String,
    /// Until when it is good.
    pub(crate) expires_at: DateTime<Utc>,
}

/// Makes a link for an e-mail address. A user who exists keeps name, role and password until the link is
/// used; a new one has no password before.
pub(crate) async fn invite(ctx: &Ctx, settings: &IdentitySettings, new: NewUser) -> Result<Link> {
    let lasts = settings.invitation_lasts();
    ctx.transaction(|ctx| async move {
        let email = user::email(&new.email)?;
        let user = match db::user::by_email(&ctx.db(), &email).await? {
            Some(user) => user,
            None => create_user::insert(&ctx, new, NOBODY.to_owned()).await?,
        };
        link(&ctx, user, lasts).await
    })
    .await
}

/// Makes a link for a user.
pub(crate) async fn invite_again(ctx: &Ctx, settings: &IdentitySettings, id: Uuid) -> Result<Link> {
    let lasts = settings.invitation_lasts();
    ctx.transaction(|ctx| async move {
        let user = get_user(&ctx, id).await?;
        link(&ctx, user, lasts).await
    })
    .await
}

/// Writes a link, which takes the place of the user's older ones.
async fn link(ctx: &Ctx, user: User, lasts: TimeDelta) -> Result<Link> {
    if user.locked {
        return Err(IdentityError::Locked { email: user.email }.into());
    }
    let (token, fingerprint) = link_token(&ctx.random(32));
    let created_at = ctx.now();
    let expires_at = created_at + lasts;
    db::invitation::withdraw(&ctx.db(), user.id).await?;
    let new = NewInvitation { fingerprint, user_id: user.id, created_at, expires_at };
    db::invitation::insert(&ctx.db(), new).await?;
    Ok(Link { path: format!("/admin/welcome/{token}"), expires_at })
}
