//! Counts in how many orders products stand.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::interfaces::order::{Basket, OrderId, Orders};
use hatchery_sdk::prelude::*;

use crate::db;

/// Orders that are read at once.
const BASKETS: u32 = 2000;

/// Counts new orders. Inside a unit of work.
pub(crate) async fn count_orders(ctx: &Ctx, ids: Vec<OrderId>) -> Result<()> {
    let Some(orders) = ctx.find::<dyn Orders>() else { return Ok(()) };
    let mut counts = BTreeMap::new();
    let mut products = BTreeMap::new();
    count(ctx, &orders.baskets_of(ctx, ids).await?, &mut products, &mut counts).await?;
    db::sku::add_orders(&ctx.db(), &counts).await?;
    let ids: Vec<ProductId> = counts.into_keys().collect();
    let orders = db::sku::orders(&ctx.db(), &ids).await?;
    db::entry::set_popularity(&ctx.db(), &orders).await
}

/// Counts all orders anew, and replaces what was counted before in one unit of work.
pub(crate) async fn count_all(ctx: &Ctx, progress: &Progress) -> Result<()> {
    let Some(orders) = ctx.find::<dyn Orders>() else { return Ok(()) };
    let mut counts = BTreeMap::new();
    let mut products = BTreeMap::new();
    let (mut after, mut done) = (None, 0);
    loop {
        let baskets = orders.baskets(ctx, after, BASKETS).await?;
        let Some(last) = baskets.last() else { break };
        after = Some(last.order_id);
        count(ctx, &baskets, &mut products, &mut counts).await?;
        done += baskets.len() as u64;
        progress.report(done, None, "orders");
    }
    ctx.transaction(|ctx| async move {
        db::sku::clear_orders(&ctx.db()).await?;
        db::sku::add_orders(&ctx.db(), &counts).await?;
        db::entry::set_popularity(&ctx.db(), &counts).await
    })
    .await
}

/// Which product a SKU belongs to, if any; asked once.
type Products = BTreeMap<Sku, Option<ProductId>>;

/// Counts baskets: a product once per order, however many SKUs of it.
async fn count(
    ctx: &Ctx,
    baskets: &[Basket],
    products: &mut Products,
    counts: &mut BTreeMap<ProductId, i64>,
) -> Result<()> {
    let mut skus: Vec<Sku> =
        baskets.iter().flat_map(|basket| &basket.lines).map(|(sku, _)| sku.clone()).collect();
    skus.retain(|sku| !products.contains_key(sku));
    skus.sort();
    skus.dedup();
    let mut found = db::sku::products(&ctx.db(), &skus).await?;
    products.extend(skus.into_iter().map(|sku| {
        let product = found.remove(&sku);
        (sku, product)
    }));
    for basket in baskets {
        let mut bought: Vec<ProductId> = basket
            .lines
            .iter()
            .filter_map(|(sku, _)| products.get(sku).copied().flatten())
            .collect();
        bought.sort();
        bought.dedup();
        for product in bought {
            *counts.entry(product).or_default() += 1;
        }
    }
    Ok(())
}
