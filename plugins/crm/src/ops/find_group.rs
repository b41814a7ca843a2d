//! The group of stores that share their customers with this one.

use hatchery_sdk::component::platform::Mother;
use hatchery_sdk::component::sharing::Share;
use hatchery_sdk::interfaces::crm::Customer;
use hatchery_sdk::prelude::*;

use crate::domain::share::KIND;

/// The group of stores that this one shares its customers with, if there is one.
pub(crate) async fn group(ctx: &Ctx) -> Result<Option<Share>> {
    let shares = ctx.get::<dyn Mother>()?.shares(ctx, KIND.into()).await?;
    Ok(shares.into_iter().next())
}

/// Fields of those files that another store keeps.
pub(crate) async fn locked<'a>(
    ctx: &Ctx,
    files: impl IntoIterator<Item = &'a Customer>,
) -> Result<Vec<String>> {
    if files.into_iter().all(|file| file.shared.is_none()) {
        return Ok(Vec::new());
    }
    Ok(group(ctx).await?.map(|share| share.locked).unwrap_or_default())
}
