//! Tells how many can be bought.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::inventory::Availability;
use hatchery_sdk::prelude::*;

use crate::db;

/// Availability of each SKU over all locations, in the order asked; one that was never counted has none.
pub(crate) async fn get_availability(ctx: &Ctx, skus: &[Sku]) -> Result<Vec<Availability>> {
    let mut sums: BTreeMap<Sku, (i64, i64)> = BTreeMap::new();
    for level in db::level::of_skus(&ctx.db(), skus).await? {
        let sum = sums.entry(level.sku).or_default();
        *sum = (sum.0 + level.on_hand, sum.1 + level.reserved);
    }
    let availability = |sku: &Sku| {
        let counted = sums.get(sku);
        let (on_hand, reserved) = counted.copied().unwrap_or_default();
        let available = counted.map(|_| on_hand - reserved);
        Availability { sku: sku.clone(), on_hand, reserved, available }
    };
    Ok(skus.iter().map(availability).collect())
}
