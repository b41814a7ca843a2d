//! Gives kept stock back.

use hatchery_sdk::prelude::*;

use crate::db;
use crate::ops::reserve_stock::changed;

/// How many references one unit of work of the job releases.
const BATCH: u64 = 100;

/// Gives back what is kept for a reference. Nothing kept is fine.
pub(crate) async fn release_stock(ctx: &Ctx, reference: String) -> Result<()> {
    ctx.transaction(|ctx| async move {
        let db = ctx.db();
        let mut skus = Vec::new();
        for kept in db::reservation::of_reference(&db, &reference).await? {
            if db::reservation::lower(&db, kept.id, kept.quantity).await? {
                db::level::unreserve(&db, &kept.sku, &kept.location, kept.quantity).await?;
                skus.push(kept.sku);
            }
        }
        changed(&ctx, skus).await
    })
    .await
}

/// Gives back what was kept for too long.
pub(crate) async fn release_expired(ctx: &Ctx) -> Result<()> {
    loop {
        let references = db::reservation::expired(&ctx.db(), ctx.now(), BATCH).await?;
        for reference in &references {
            release_stock(ctx, reference.clone()).await?;
        }
        if references.is_empty() {
            return Ok(());
        }
    }
}
