//! Putting goods into a store that may have some of them already: for components that fill a store, such as
//! with samples. What is there stays as it is, whoever wrote it, so that a second run adds nothing.

use std::collections::BTreeSet;

use hatchery_component::{Ctx, Result};
use hatchery_interfaces::Sku;
use hatchery_interfaces::catalog::{Catalog, CategoryDraft, CollectionDraft, ProductDraft};
use hatchery_interfaces::inventory::{Inventory, StockCount};
use hatchery_interfaces::pricing::{PriceDraft, Pricing};

/// Writes those categories that the store does not have.
///
/// # Errors
/// There is no catalog, or it refuses.
pub async fn add_categories(ctx: &Ctx, drafts: Vec<CategoryDraft>) -> Result<()> {
    let catalog = ctx.get::<dyn Catalog>()?;
    let there = slugs(catalog.categories(ctx).await?.into_iter().map(|category| category.slug));
    let missing = not_in(drafts, |draft| there.contains(&draft.slug));
    if missing.is_empty() { Ok(()) } else { catalog.save_categories(ctx, missing).await }
}

/// Writes those collections that the store does not have.
///
/// # Errors
/// There is no catalog, or it refuses.
pub async fn add_collections(ctx: &Ctx, drafts: Vec<CollectionDraft>) -> Result<()> {
    let catalog = ctx.get::<dyn Catalog>()?;
    let collections = catalog.collections(ctx).await?.into_iter();
    let there = slugs(collections.map(|collection| collection.slug));
    let missing = not_in(drafts, |draft| there.contains(&draft.slug));
    if missing.is_empty() { Ok(()) } else { catalog.save_collections(ctx, missing).await }
}

/// The slugs among these that the store has products of.
///
/// # Errors
/// There is no catalog.
pub async fn products_there(ctx: &Ctx, slugs_asked: Vec<String>) -> Result<BTreeSet<String>> {
    let products = ctx.get::<dyn Catalog>()?.products_by_slug(ctx, slugs_asked).await?;
    Ok(slugs(products.into_iter().map(|product| product.slug)))
}

/// Writes those products that the store does not have; gives how many.
///
/// # Errors
/// There is no catalog, or it refuses.
pub async fn add_products(ctx: &Ctx, drafts: Vec<ProductDraft>) -> Result<usize> {
    let asked = drafts.iter().map(|draft| draft.slug.clone()).collect();
    let there = products_there(ctx, asked).await?;
    let missing = not_in(drafts, |draft| there.contains(&draft.slug));
    if missing.is_empty() {
        return Ok(0);
    }
    let count = missing.len();
    ctx.get::<dyn Catalog>()?.save_products(ctx, missing).await?;
    Ok(count)
}

/// Sets the prices of SKUs that have none; in a store without pricing nothing.
///
/// # Errors
/// Pricing refuses.
pub async fn add_prices(ctx: &Ctx, drafts: Vec<PriceDraft>) -> Result<()> {
    let Some(pricing) = ctx.find::<dyn Pricing>() else { return Ok(()) };
    let skus = drafts.iter().map(|draft| draft.sku.clone()).collect();
    let prices = pricing.prices(ctx, skus).await?;
    let there: BTreeSet<Sku> = prices.into_iter().map(|price| price.sku).collect();
    let missing = not_in(drafts, |draft| there.contains(&draft.sku));
    if missing.is_empty() { Ok(()) } else { pricing.set_prices(ctx, missing).await }
}

/// Counts SKUs that were never counted; in a store without inventory nothing.
///
/// # Errors
/// Inventory refuses.
pub async fn add_stock(ctx: &Ctx, counts: Vec<StockCount>) -> Result<()> {
    let Some(inventory) = ctx.find::<dyn Inventory>() else { return Ok(()) };
    let skus = counts.iter().map(|count| count.sku.clone()).collect();
    let levels = inventory.availability(ctx, skus).await?;
    let counted = levels.into_iter().filter(|level| level.available.is_some());
    let there: BTreeSet<Sku> = counted.map(|level| level.sku).collect();
    let missing = not_in(counts, |count| there.contains(&count.sku));
    if missing.is_empty() { Ok(()) } else { inventory.set_stock(ctx, missing).await }
}

fn slugs(slugs: impl Iterator<Item = String>) -> BTreeSet<String> {
    slugs.collect()
}

fn not_in<T>(all: Vec<T>, is_there: impl Fn(&T) -> bool) -> Vec<T> {
    all.into_iter().filter(|one| !is_there(one)).collect()
}
