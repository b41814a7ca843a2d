//! What the component hears.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{ProductId, ProductsSaved};
use hatchery_sdk::interfaces::inventory::StockChanged;
use hatchery_sdk::interfaces::order::{OrderImportEnded, OrderPlaced, OrdersImported};
use hatchery_sdk::interfaces::pricing::PricesChanged;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::jobs::{count_anew_at_once, count_anew_soon};
use crate::ops::count_orders::count_orders;
use crate::ops::refresh_products::refresh_products;

/// Products were written.
pub(crate) async fn products_saved(ctx: Ctx, event: ProductsSaved) -> Result<()> {
    refresh_products(&ctx, event.ids).await
}

/// Prices changed.
pub(crate) async fn prices_changed(ctx: Ctx, event: PricesChanged) -> Result<()> {
    refresh_skus(&ctx, event.skus).await
}

/// Stock changed.
pub(crate) async fn stock_changed(ctx: Ctx, event: StockChanged) -> Result<()> {
    refresh_skus(&ctx, event.skus).await
}

/// An order was placed: its products are a little more popular.
pub(crate) async fn order_placed(ctx: Ctx, event: OrderPlaced) -> Result<()> {
    count_orders(&ctx, vec![event.id]).await
}

/// Orders were imported; more may follow.
pub(crate) async fn orders_imported(ctx: Ctx, _: OrdersImported) -> Result<()> {
    count_anew_soon(&ctx).await
}

/// All orders of an import are here.
pub(crate) async fn import_ended(ctx: Ctx, _: OrderImportEnded) -> Result<()> {
    count_anew_at_once(&ctx).await
}

/// SKUs that no product has yet come with their product.
async fn refresh_skus(ctx: &Ctx, skus: Vec<Sku>) -> Result<()> {
    let mut ids: Vec<ProductId> =
        db::sku::products(&ctx.db(), &skus).await?.into_values().collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() { Ok(()) } else { refresh_products(ctx, ids).await }
}
