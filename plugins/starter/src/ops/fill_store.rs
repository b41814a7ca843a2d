//! Writes what a blueprint says.

use hatchery_sdk::component::resource::parse;
use hatchery_sdk::goods;
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::domain::shelves::Shelves;

/// The task `starter.fill`: writes what the store does not have yet, and gives how many products those were.
///
/// # Errors
/// A blueprint that does not fit together, before anything is written.
pub(crate) async fn fill_store(ctx: Ctx, input: Value, progress: Progress) -> Result<Value> {
    let shelves = Shelves::of(&parse(input)?, ctx.store().currency)?;
    progress.report(0, None, "catalog");
    goods::add_categories(&ctx, shelves.categories).await?;
    goods::add_collections(&ctx, shelves.collections).await?;
    let products = goods::add_products(&ctx, shelves.products).await?;
    progress.report(0, None, "prices and stock");
    goods::add_prices(&ctx, shelves.prices).await?;
    goods::add_stock(&ctx, shelves.stock).await?;
    Ok(json!({ "products": products }))
}
