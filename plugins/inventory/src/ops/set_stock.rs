//! Stock was counted.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::inventory::StockCount;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::level::Level;
use crate::db::movement::Movement;
use crate::error::InventoryError;
use crate::ops::reserve_stock::changed;
use crate::settings::InventorySettings;

/// Sets levels to what was counted, all or none; every difference is a movement. Of a level counted twice
/// the last count holds.
pub(crate) async fn set_stock(
    ctx: &Ctx,
    settings: &InventorySettings,
    counts: Vec<StockCount>,
) -> Result<()> {
    let mut wanted: BTreeMap<(Sku, String), (i64, String)> = BTreeMap::new();
    for count in counts {
        if count.on_hand < 0 {
            return Err(InventoryError::Negative { sku: count.sku }.into());
        }
        let location = count.location.unwrap_or_else(|| settings.default_location.clone());
        wanted.insert((count.sku, location), (count.on_hand, count.reason));
    }
    ctx.transaction(|ctx| async move {
        let db = ctx.db();
        let mut skus: Vec<Sku> = wanted.keys().map(|(sku, _)| sku.clone()).collect();
        skus.dedup();
        let stored: BTreeMap<(Sku, String), Level> = db::level::of_skus(&db, &skus)
            .await?
            .into_iter()
            .map(|level| ((level.sku.clone(), level.location.clone()), level))
            .collect();
        let (mut new, mut movements, mut touched) = (Vec::new(), Vec::new(), Vec::new());
        for ((sku, location), (on_hand, reason)) in wanted {
            let before = stored.get(&(sku.clone(), location.clone()));
            match before {
                Some(level) if level.on_hand == on_hand => continue,
                Some(level) => {
                    if !db::level::set(&db, &sku, &location, on_hand).await? {
                        let reserved = level.reserved;
                        return Err(InventoryError::Reserved { sku, on_hand, reserved }.into());
                    }
                }
                None => new.push(Level {
                    sku: sku.clone(),
                    location: location.clone(),
                    on_hand,
                    reserved: 0,
                    available: on_hand,
                    version: 1,
                }),
            }
            touched.push(sku.clone());
            movements.push(Movement {
                id: ctx.new_id(),
                at: ctx.now(),
                sku,
                location,
                quantity: on_hand - before.map_or(0, |level| level.on_hand),
                reason,
                reference: String::new(),
            });
        }
        db::level::insert(&db, &new).await?;
        db::movement::insert(&db, &movements).await?;
        changed(&ctx, touched).await
    })
    .await
}
