//! Takes products that are no longer on sale off all lists.

use hatchery_sdk::interfaces::catalog::{Catalog, Product, ProductId, ProductStatus};
use hatchery_sdk::prelude::*;

use crate::db;

/// Looks at products that were changed and takes the archived ones off all lists.
pub(crate) async fn drop_products(ctx: &Ctx, changed: Vec<ProductId>) -> Result<()> {
    let products = ctx.get::<dyn Catalog>()?.products(ctx, changed).await?;
    let is_gone = |product: &&Product| product.status == ProductStatus::Archived;
    let gone: Vec<ProductId> = products.iter().filter(is_gone).map(|product| product.id).collect();
    if gone.is_empty() {
        return Ok(());
    }
    ctx.transaction(|ctx| async move { db::item::delete_products(&ctx.db(), &gone).await }).await
}
