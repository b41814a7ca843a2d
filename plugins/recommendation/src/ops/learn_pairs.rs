//! Learns from all orders what is bought together.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{Catalog, ProductId};
use hatchery_sdk::interfaces::order::Orders;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::pairs::Counter;
use crate::settings::RecommendationSettings;

const BASKETS: u32 = 2000;

/// Reads all baskets page by page, counts, and replaces what was learned before in one unit of work.
pub(crate) async fn learn_pairs(
    ctx: &Ctx,
    settings: &RecommendationSettings,
    progress: &Progress,
) -> Result<()> {
    let Some(orders) = ctx.find::<dyn Orders>() else { return Ok(()) };
    let mut counter = Counter::default();
    let mut known: BTreeMap<Sku, Option<ProductId>> = BTreeMap::new();
    let (mut after, mut done) = (None, 0);
    loop {
        let baskets = orders.baskets(ctx, after, BASKETS).await?;
        let Some(last) = baskets.last() else { break };
        after = Some(last.order_id);
        let skus = baskets.iter().flat_map(|basket| &basket.lines).map(|(sku, _)| sku.clone());
        find_products(ctx, &mut known, skus.collect()).await?;
        for basket in &baskets {
            let product = |(sku, _): &(Sku, i64)| known.get(sku).copied().flatten();
            counter.add(basket.lines.iter().filter_map(product).collect(), settings.max_basket);
        }
        done += baskets.len() as u64;
        progress.report(done, None, "orders");
    }
    let neighbors = counter.neighbors(settings);
    let products = counter.products();
    ctx.transaction(
        |ctx| async move { db::neighbor::replace(&ctx.db(), &neighbors, &products).await },
    )
    .await
}

/// Asks the catalog once for every SKU.
async fn find_products(
    ctx: &Ctx,
    known: &mut BTreeMap<Sku, Option<ProductId>>,
    mut skus: Vec<Sku>,
) -> Result<()> {
    skus.retain(|sku| !known.contains_key(sku));
    skus.sort();
    skus.dedup();
    if skus.is_empty() {
        return Ok(());
    }
    let products = ctx.get::<dyn Catalog>()?.products_by_sku(ctx, skus.clone()).await?;
    known.extend(skus.into_iter().map(|sku| (sku, None)));
    for product in products {
        known
            .extend(product.variants.iter().map(|variant| (variant.sku.clone(), Some(product.id))));
    }
    Ok(())
}
