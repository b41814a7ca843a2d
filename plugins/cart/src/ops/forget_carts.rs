//! Forgets carts that nobody touched for long.

use std::time::Duration;

use hatchery_sdk::prelude::*;

use crate::db;
use crate::settings::CartSettings;

const BATCH: u64 = 500;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes old carts in small units of work, so that buyers never wait for it.
pub(crate) async fn forget_carts(ctx: &Ctx, settings: &CartSettings) -> Result<()> {
    let before = ctx.now() - DAY * settings.keep_days;
    loop {
        let gone = ctx
            .transaction(
                |ctx| async move { db::cart::delete_older(&ctx.db(), before, BATCH).await },
            )
            .await?;
        if gone < BATCH {
            return Ok(());
        }
    }
}
