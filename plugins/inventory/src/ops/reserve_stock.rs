//! Keeps stock for somebody.

use chrono::{DateTime, Utc};
use hatchery_sdk::interfaces::inventory::StockChanged;
use hatchery_sdk::interfaces::{Sku, SkuQuantity};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::reservation::Reservation;
use crate::domain::demand::{Shortage, summed};
use crate::error::InventoryError;

/// Keeps all quantities or none. A SKU that was never counted needs no keeping.
pub(crate) async fn reserve_stock(
    ctx: &Ctx,
    reference: String,
    lines: Vec<SkuQuantity>,
    expires_at: Option<DateTime<Utc>>,
) -> Result<()> {
    let demand = summed(&lines)?;
    ctx.transaction(|ctx| async move {
        let db = ctx.db();
        let skus: Vec<Sku> = demand.keys().cloned().collect();
        let levels = db::level::of_skus(&db, &skus).await?;
        let (mut kept, mut shortages) = (Vec::new(), Vec::new());
        for (sku, requested) in demand {
            let mine: Vec<_> = levels.iter().filter(|level| level.sku == sku).collect();
            if mine.is_empty() {
                continue;
            }
            let mut open = requested;
            for level in &mine {
                let part = open.min(level.available);
                if part > 0 && db::level::reserve(&db, level, part).await? {
                    let reservation = Reservation {
                        id: ctx.new_id(),
                        reference: reference.clone(),
                        sku: sku.clone(),
                        location: level.location.clone(),
                        quantity: part,
                        expires_at,
                    };
                    db::reservation::insert(&db, &reservation).await?;
                    open -= part;
                }
            }
            if open > 0 {
                shortages.push(Shortage { sku, requested, available: requested - open });
            } else {
                kept.push(sku);
            }
        }
        if !shortages.is_empty() {
            return Err(InventoryError::Insufficient { shortages }.into());
        }
        changed(&ctx, kept).await
    })
    .await
}

/// Tells that what can be bought of SKUs changed.
pub(crate) async fn changed(ctx: &Ctx, skus: Vec<Sku>) -> Result<()> {
    if skus.is_empty() { Ok(()) } else { ctx.emit(&StockChanged { skus }).await }
}
