//! Uses one-time links.

use hatchery_sdk::component::platform::{Sessions, Throttle};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::user::User;
use crate::domain::password::{check_length, fingerprint, hash};
use crate::error::IdentityError;
use crate::ops::change_password::replace;
use crate::settings::IdentitySettings;

/// The user a good link is for; a link that is not good counts as a failure of the address it is asked from.
///
/// # Errors
/// Too many failures of the address.
pub(crate) async fn find_invited(
    ctx: &Ctx,
    settings: &IdentitySettings,
    token: &str,
) -> Result<Option<User>> {
    let throttle = ctx.get::<dyn Throttle>()?;
    let key = format!("identity.invitation:address:{}", throttle.client_address(ctx).await?);
    let (limit, window) = (settings.max_failures_per_address, settings.failure_window_seconds);
    throttle.check(ctx, key.clone(), limit, window).await?;
    let id = db::invitation::good(&ctx.db(), &fingerprint(token), ctx.now()).await?;
    let users = db::user::by_ids(&ctx.db(), &Vec::from_iter(id)).await?;
    let invited = users.into_iter().find(|user| !user.locked);
    if invited.is_none() {
        throttle.failed(ctx, key).await?;
    }
    Ok(invited)
}

/// Gives the invited user the password, ends all sessions, opens one and gives its `Set-Cookie` value.
///
/// # Errors
/// The link is not good; the password is too short; too many failures of the address.
pub(crate) async fn accept_invitation(
    ctx: &Ctx,
    settings: &IdentitySettings,
    token: &str,
    password: &str,
) -> Result<String> {
    let invited = find_invited(ctx, settings, token).await?;
    let id = invited.ok_or(IdentityError::UnknownInvitation)?.id;
    check_length(password, settings.min_password_length)?;
    let password_hash = hash(password, &ctx.random(16))?;
    let used = fingerprint(token);
    ctx.transaction(|ctx| async move {
        // Of two who use the link at once, one finds it used here.
        if !db::invitation::take(&ctx.db(), &used, ctx.now()).await? {
            return Err(IdentityError::UnknownInvitation.into());
        }
        replace(&ctx, id, password_hash).await?;
        ctx.get::<dyn Sessions>()?.open(&ctx, id).await
    })
    .await
}
