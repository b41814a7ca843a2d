//! Puts a product on a list.

use hatchery_sdk::interfaces::catalog::{Catalog, ProductId, ProductStatus};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::item::Item;
use crate::domain::visitor::Visitor;
use crate::error::ItemError;
use crate::settings::Settings;

/// Puts a product on a list. One that stands there already stays as it is.
pub(crate) async fn add_item(ctx: &Ctx, visitor: &Visitor, product: ProductId) -> Result<Item> {
    let max = ctx.state::<Settings>()?.max_items;
    let found = ctx.get::<dyn Catalog>()?.products(ctx, vec![product]).await?;
    if !found.iter().any(|product| product.status == ProductStatus::Active) {
        return Err(ItemError::NotOnSale.into());
    }
    ctx.transaction(|ctx| async move {
        let list = db::item::of_visitor(&ctx.db(), visitor).await?;
        if let Some(item) = list.iter().find(|item| item.product_id == product) {
            return Ok(item.clone());
        }
        if list.len() >= max as usize {
            return Err(ItemError::ListFull { max }.into());
        }
        let item = Item {
            id: ctx.new_id(),
            visitor: visitor.clone(),
            product_id: product,
            added_at: ctx.now(),
        };
        db::item::insert(&ctx.db(), &item).await?;
        Ok(item)
    })
    .await
}
