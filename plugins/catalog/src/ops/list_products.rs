//! Reads products and gives each the path of its category.

use std::collections::BTreeSet;

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{Category, Product, ProductId};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::category;

/// The products of those ids, in the order asked.
pub(crate) async fn by_ids(ctx: &Ctx, ids: &[ProductId]) -> Result<Vec<Product>> {
    let products = db::product::by_ids(&ctx.db(), ids).await?;
    with_paths(ctx, products).await
}

/// The products of those slugs, in the order asked.
pub(crate) async fn by_slugs(ctx: &Ctx, slugs: &[String]) -> Result<Vec<Product>> {
    let products = db::product::by_slugs(&ctx.db(), slugs).await?;
    with_paths(ctx, products).await
}

/// The products that have those SKUs, each once, by id.
pub(crate) async fn by_skus(ctx: &Ctx, skus: &[Sku]) -> Result<Vec<Product>> {
    let owners = db::product::owners(&ctx.db(), skus).await?;
    let ids: BTreeSet<ProductId> = owners.into_values().collect();
    by_ids(ctx, &ids.into_iter().collect::<Vec<_>>()).await
}

/// A page of products.
pub(crate) async fn page(ctx: &Ctx, query: &Query<Product>) -> Result<Page<Product>> {
    let page = db::product::list(&ctx.db(), query).await?;
    let items = with_paths(ctx, page.items).await?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

/// All categories, parents before children.
pub(crate) async fn categories(ctx: &Ctx) -> Result<Vec<Category>> {
    Ok(category::in_tree_order(db::category::all(&ctx.db()).await?))
}

async fn with_paths(ctx: &Ctx, mut products: Vec<Product>) -> Result<Vec<Product>> {
    if products.iter().all(|product| product.category_path.is_empty()) {
        return Ok(products);
    }
    let categories = db::category::all(&ctx.db()).await?;
    for product in &mut products {
        if let Some(slug) = product.category_path.last() {
            product.category_path = category::path(&categories, slug);
        }
    }
    Ok(products)
}
