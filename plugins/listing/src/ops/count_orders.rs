//! Counts in how many orders products stand.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::interfaces::order::{Basket, OrderId, Orders};
use hatchery_sdk::prelude::*;

use crate::db;

/// Counts new orders. Inside a unit of work.
pub(crate) async fn count_orders(ctx: &Ctx, ids: Vec<OrderId>) -> Result<()> {
    let Some(orders) = ctx.find::<dyn Orders>() else { return Ok(()) };
    count(ctx, &orders.baskets_of(ctx, ids).await?).await
}

/// Counts baskets: a product once per order, however many SKUs of it.
pub(crate) async fn count(ctx: &Ctx, baskets: &[Basket]) -> Result<()> {
    let mut skus: Vec<Sku> =
        baskets.iter().flat_map(|basket| &basket.lines).map(|(sku, _)| sku.clone()).collect();
    skus.sort();
    skus.dedup();
    let products = db::sku::products(&ctx.db(), &skus).await?;
    let mut counts: BTreeMap<ProductId, i64> = BTreeMap::new();
    for basket in baskets {
        let mut bought: Vec<ProductId> =
            basket.lines.iter().filter_map(|(sku, _)| products.get(sku).copied()).collect();
        bought.sort();
        bought.dedup();
        for product in bought {
            *counts.entry(product).or_default() += 1;
        }
    }
    db::sku::add_orders(&ctx.db(), &counts).await?;
    let ids: Vec<ProductId> = counts.into_keys().collect();
    let orders = db::sku::orders(&ctx.db(), &ids).await?;
    db::entry::set_popularity(&ctx.db(), &orders).await
}
