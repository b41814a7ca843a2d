//! Writes the entries of products anew.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{Catalog, Product, ProductId, ProductStatus};
use hatchery_sdk::interfaces::inventory::Inventory;
use hatchery_sdk::interfaces::pricing::Pricing;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::entry::Entry;
use crate::domain::card::{Facts, card, path_text, search_text};

/// Reads products and what is known of their SKUs, and writes one entry per language; a product that is
/// not for sale has none. Inside a unit of work.
pub(crate) async fn refresh_products(ctx: &Ctx, ids: Vec<ProductId>) -> Result<()> {
    let products = ctx.get::<dyn Catalog>()?.products(ctx, ids.clone()).await?;
    let (active, gone): (Vec<Product>, Vec<Product>) =
        products.into_iter().partition(|product| product.status == ProductStatus::Active);
    let known: Vec<ProductId> = active.iter().map(|product| product.id).collect();
    let mut off: Vec<ProductId> = gone.iter().map(|product| product.id).collect();
    off.extend(ids.into_iter().filter(|id| !known.contains(id)));
    db::entry::delete(&ctx.db(), &off).await?;
    write(ctx, &active).await
}

/// Writes the entries of active products.
pub(crate) async fn write(ctx: &Ctx, products: &[Product]) -> Result<()> {
    let skus: Vec<(Sku, ProductId)> = products
        .iter()
        .flat_map(|product| {
            product.variants.iter().map(|variant| (variant.sku.clone(), product.id))
        })
        .collect();
    let facts = facts(ctx, skus.iter().map(|(sku, _)| sku.clone()).collect()).await?;
    let ids: Vec<ProductId> = products.iter().map(|product| product.id).collect();
    let orders = db::sku::orders(&ctx.db(), &ids).await?;
    let entries = products
        .iter()
        .flat_map(|product| ctx.store().locales.iter().map(move |locale| (product, locale)))
        .map(|(product, locale)| Entry {
            locale: locale.clone(),
            card: card(product, &facts, locale),
            brand: product.brand.clone(),
            category_path: path_text(&product.category_path),
            collections: path_text(&product.collections),
            popularity: orders.get(&product.id).copied().unwrap_or_default(),
            created_at: product.created_at,
            search_text: search_text(product, locale),
        })
        .collect();
    db::sku::save(&ctx.db(), &skus).await?;
    db::entry::save(&ctx.db(), entries).await
}

/// What pricing and inventory know of SKUs, as far as they are there.
pub(crate) async fn facts(ctx: &Ctx, skus: Vec<Sku>) -> Result<Facts> {
    let mut facts = Facts::default();
    if skus.is_empty() {
        return Ok(facts);
    }
    if let Some(pricing) = ctx.find::<dyn Pricing>() {
        let prices = pricing.prices(ctx, skus.clone()).await?;
        facts.prices = prices.into_iter().map(|price| (price.sku.clone(), price)).collect();
    }
    if let Some(inventory) = ctx.find::<dyn Inventory>() {
        let levels = inventory.availability(ctx, skus).await?;
        facts.stock = levels.into_iter().map(|level| (level.sku.clone(), level)).collect();
    }
    Ok(facts)
}
