//! Stock leaves the house.

use hatchery_sdk::interfaces::{Sku, SkuQuantity};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::movement::Movement;
use crate::domain::demand::{Shortage, summed};
use crate::error::InventoryError;
use crate::ops::reserve_stock::changed;

/// Takes quantities: first what is kept for the reference, then what is free.
pub(crate) async fn take_stock(
    ctx: &Ctx,
    reference: String,
    lines: Vec<SkuQuantity>,
) -> Result<()> {
    let demand = summed(&lines)?;
    ctx.transaction(|ctx| async move {
        let db = ctx.db();
        let skus: Vec<Sku> = demand.keys().cloned().collect();
        let kept = db::reservation::of_reference(&db, &reference).await?;
        let mut movements = Vec::new();
        for (sku, requested) in demand {
            let mut open = requested;
            let mut taken = Vec::new();
            for reservation in kept.iter().filter(|kept| kept.sku == sku) {
                let part = open.min(reservation.quantity);
                if part > 0 && db::reservation::lower(&db, reservation.id, part).await? {
                    db::level::take_reserved(&db, &sku, &reservation.location, part).await?;
                    taken.push((reservation.location.clone(), part));
                    open -= part;
                }
            }
            let levels = db::level::of_skus(&db, std::slice::from_ref(&sku)).await?;
            for level in &levels {
                let part = open.min(level.available);
                if part > 0 && db::level::take(&db, level, part).await? {
                    taken.push((level.location.clone(), part));
                    open -= part;
                }
            }
            if open > 0 && !levels.is_empty() {
                let available = requested - open;
                let shortages = vec![Shortage { sku, requested, available }];
                return Err(InventoryError::Insufficient { shortages }.into());
            }
            movements.extend(taken.into_iter().map(|(location, part)| Movement {
                id: ctx.new_id(),
                at: ctx.now(),
                sku: sku.clone(),
                location,
                quantity: -part,
                reason: "shipped".into(),
                reference: reference.clone(),
            }));
        }
        db::movement::insert(&db, &movements).await?;
        changed(&ctx, skus).await
    })
    .await
}
