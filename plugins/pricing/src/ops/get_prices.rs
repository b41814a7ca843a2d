//! Tells what SKUs cost now.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::pricing::Price;
use hatchery_sdk::prelude::*;

use crate::db;

/// The prices of those SKUs that have one, in the order asked.
pub(crate) async fn get_prices(ctx: &Ctx, skus: &[Sku]) -> Result<Vec<Price>> {
    let stored = db::price::by_skus(&ctx.db(), ctx.store().currency, skus).await?;
    let price = |sku: &Sku| {
        let draft = &stored.get(sku)?.draft;
        Some(Price {
            sku: sku.clone(),
            unit: draft.price,
            price: draft.price.rounded(),
            list_price: draft.list_price.map(UnitPrice::rounded),
        })
    };
    Ok(skus.iter().filter_map(price).collect())
}
