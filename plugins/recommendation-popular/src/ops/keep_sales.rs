//! Keeps what was sold.

use std::collections::{BTreeMap, BTreeSet};

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{Catalog, ProductId};
use hatchery_sdk::interfaces::order::{Basket, OrderId, Orders};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::sale::Sale;
use crate::ops::count_sales::window_start;
use crate::settings::PopularSettings;

const BASKETS: u32 = 2000;

/// Keeps the sales of orders, cancelled ones and those before the window left out.
pub(crate) async fn keep_sales(
    ctx: &Ctx,
    settings: &PopularSettings,
    orders: Vec<OrderId>,
) -> Result<()> {
    let Some(reader) = ctx.find::<dyn Orders>() else { return Ok(()) };
    let baskets = reader.baskets_of(ctx, orders).await?;
    keep(ctx, settings, baskets).await
}

/// Reads the orders of the window again, page by page, in place of what was kept.
pub(crate) async fn keep_sales_again(
    ctx: &Ctx,
    settings: &PopularSettings,
    progress: &Progress,
) -> Result<()> {
    let Some(reader) = &ctx.find::<dyn Orders>() else { return Ok(()) };
    ctx.transaction(|ctx| async move { db::sale::forget_all(&ctx.db()).await }).await?;
    let (mut after, mut done) = (None, 0);
    loop {
        // Read and kept in one unit of work, so that an order cancelled meanwhile is not kept after all.
        let read = ctx.transaction(|ctx| async move {
            let baskets = reader.baskets(&ctx, after, BASKETS).await?;
            let read = baskets.last().map(|last| (last.order_id, baskets.len() as u64));
            keep(&ctx, settings, baskets).await?;
            Ok(read)
        });
        let Some((last, number)) = read.await? else { return Ok(()) };
        (after, done) = (Some(last), done + number);
        progress.report(done, None, "orders");
    }
}

async fn keep(ctx: &Ctx, settings: &PopularSettings, mut baskets: Vec<Basket>) -> Result<()> {
    let newest = baskets.iter().map(|basket| basket.placed_at).max();
    let Some(newest) = newest.max(db::sale::newest(&ctx.db()).await?) else { return Ok(()) };
    let start = window_start(newest, settings);
    baskets.retain(|basket| basket.placed_at >= start);
    let products = products(ctx, &baskets).await?;
    let mut sales = Vec::new();
    for Basket { order_id, placed_at, lines, .. } in &baskets {
        let sold: BTreeSet<_> = lines.iter().filter_map(|(sku, _)| products.get(sku)).collect();
        let sale = |product: &ProductId| Sale {
            order: *order_id,
            product: *product,
            placed_at: *placed_at,
        };
        sales.extend(sold.into_iter().map(sale));
    }
    db::sale::keep(&ctx.db(), &sales).await
}

/// The products of all SKUs in baskets, asked for once.
async fn products(ctx: &Ctx, baskets: &[Basket]) -> Result<BTreeMap<Sku, ProductId>> {
    let lines = baskets.iter().flat_map(|basket| &basket.lines);
    let skus: BTreeSet<Sku> = lines.map(|(sku, _)| sku.clone()).collect();
    let found = ctx.get::<dyn Catalog>()?.products_by_sku(ctx, skus.into_iter().collect()).await?;
    let mut products = BTreeMap::new();
    for product in found {
        products.extend(product.variants.into_iter().map(|variant| (variant.sku, product.id)));
    }
    Ok(products)
}
