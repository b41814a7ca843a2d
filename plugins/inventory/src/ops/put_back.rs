//! Stock comes back.

use hatchery_sdk::interfaces::{Sku, SkuQuantity};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::movement::Movement;
use crate::domain::demand::summed;
use crate::ops::reserve_stock::changed;

/// Puts quantities back where the SKU is counted: its first location. One that is not counted stays so.
pub(crate) async fn put_back(ctx: &Ctx, reference: String, lines: Vec<SkuQuantity>) -> Result<()> {
    let demand = summed(&lines)?;
    ctx.transaction(|ctx| async move {
        let db = ctx.db();
        let skus: Vec<Sku> = demand.keys().cloned().collect();
        let levels = db::level::of_skus(&db, &skus).await?;
        let mut movements = Vec::new();
        for (sku, quantity) in demand {
            let Some(level) = levels.iter().find(|level| level.sku == sku) else { continue };
            db::level::put(&db, &sku, &level.location, quantity).await?;
            movements.push(Movement {
                id: ctx.new_id(),
                at: ctx.now(),
                sku,
                location: level.location.clone(),
                quantity,
                reason: "returned".into(),
                reference: reference.clone(),
            });
        }
        db::movement::insert(&db, &movements).await?;
        changed(&ctx, skus).await
    })
    .await
}
