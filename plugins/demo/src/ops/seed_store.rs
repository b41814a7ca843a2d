//! Fills a store: first what there is to sell, then who bought it.

use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use super::{fill_shelves, replay_year};
use crate::domain::catalog::Catalog;

/// Writes what the store does not have yet. The task `demo.seed`; its input is ignored.
pub(crate) async fn seed_store(ctx: Ctx, _input: Value, progress: Progress) -> Result<Value> {
    let catalog = Catalog::load().map_err(Error::internal)?;
    let products = fill_shelves::fill_shelves(&ctx, &catalog, &progress).await?;
    let (customers, orders) = replay_year::replay_year(&ctx, &catalog, &progress).await?;
    Ok(json!({ "products": products, "customers": customers, "orders": orders }))
}

#[cfg(test)]
mod tests;
