//! Signs a member of staff in.

use hatchery_sdk::component::platform::{Sessions, Throttle};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::password::verify;
use crate::error::IdentityError;
use crate::settings::IdentitySettings;

/// Checks e-mail address and password, opens a session and gives its `Set-Cookie` value.
///
/// # Errors
/// They are wrong (the same error whichever is); too many failures of the account or from the address.
pub(crate) async fn sign_in(
    ctx: &Ctx,
    settings: &IdentitySettings,
    email: &str,
    password: &str,
) -> Result<String> {
    let email = email.trim().to_lowercase();
    let throttle = ctx.get::<dyn Throttle>()?;
    let window = settings.failure_window_seconds;
    let address = throttle.client_address(ctx).await?;
    let by_account = format!("identity.login:account:{email}");
    let by_address = format!("identity.login:address:{address}");
    throttle.check(ctx, by_account.clone(), settings.max_failures_per_account, window).await?;
    throttle.check(ctx, by_address.clone(), settings.max_failures_per_address, window).await?;
    let user = db::user::by_email(&ctx.db(), &email).await?.filter(|user| !user.locked);
    if !verify(password, user.as_ref().map(|user| user.password_hash.as_str())) {
        throttle.failed(ctx, by_account).await?;
        throttle.failed(ctx, by_address).await?;
        return Err(IdentityError::WrongCredentials.into());
    }
    let user = user.ok_or(IdentityError::WrongCredentials)?;
    throttle.succeeded(ctx, by_account).await?;
    let open = |ctx: Ctx| async move { ctx.get::<dyn Sessions>()?.open(&ctx, user.id).await };
    ctx.transaction(open).await
}
