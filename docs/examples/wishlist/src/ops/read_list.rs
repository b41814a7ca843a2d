//! Reads a list with its products.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::catalog::{Catalog, Product, ProductId};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::item::Item;
use crate::domain::visitor::Visitor;

/// Somebody's list, the newest first; nobody's is empty.
pub(crate) async fn read_list(ctx: &Ctx, visitor: Option<&Visitor>) -> Result<Vec<Item>> {
    match visitor {
        Some(visitor) => db::item::of_visitor(&ctx.db(), visitor).await,
        None => Ok(Vec::new()),
    }
}

/// Somebody's list with the products themselves.
pub(crate) async fn read_products(ctx: &Ctx, visitor: Option<&Visitor>) -> Result<Vec<Product>> {
    let list = read_list(ctx, visitor).await?;
    let ids: Vec<ProductId> = list.iter().map(|item| item.product_id).collect();
    let products = ctx.get::<dyn Catalog>()?.products(ctx, ids).await?;
    let mut products: BTreeMap<ProductId, Product> =
        products.into_iter().map(|product| (product.id, product)).collect();
    Ok(list.iter().filter_map(|item| products.remove(&item.product_id)).collect())
}
