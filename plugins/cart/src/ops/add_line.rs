//! Puts something into a cart.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::cart::{Cart, CartId};
use hatchery_sdk::interfaces::catalog::{Catalog, ProductStatus};
use hatchery_sdk::interfaces::pricing::Pricing;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::cart::StoredLine;
use crate::error::CartError;
use crate::ops::get_cart::get_cart;
use crate::ops::set_quantity::{check_quantity, open_cart};
use crate::settings::CartSettings;

/// Adds so many of a SKU; a line of the same SKU grows.
pub(crate) async fn add_line(
    ctx: &Ctx,
    settings: &CartSettings,
    id: CartId,
    (sku, quantity): (Sku, i64),
) -> Result<Cart> {
    let settings = settings.clone();
    ctx.transaction(|ctx| async move {
        let cart = open_cart(&ctx, id).await?;
        check_for_sale(&ctx, &sku).await?;
        match cart.lines.iter().find(|line| line.sku == sku) {
            Some(line) => {
                let wanted = line.quantity.saturating_add(quantity.max(0));
                check_quantity(&ctx, &settings, &sku, if quantity < 1 { quantity } else { wanted })
                    .await?;
                db::cart::set_quantity(&ctx.db(), line.id, wanted).await?;
            }
            None => {
                if cart.lines.len() >= settings.max_lines as usize {
                    return Err(CartError::TooManyLines { max: settings.max_lines }.into());
                }
                check_quantity(&ctx, &settings, &sku, quantity).await?;
                let line = StoredLine { id: ctx.new_id(), sku, quantity };
                db::cart::insert_line(&ctx.db(), id, &line).await?;
            }
        }
        get_cart(&ctx, id).await
    })
    .await
}

async fn check_for_sale(ctx: &Ctx, sku: &Sku) -> Result<()> {
    let products = ctx.get::<dyn Catalog>()?.products_by_sku(ctx, vec![sku.clone()]).await?;
    if !products.iter().any(|product| product.status == ProductStatus::Active) {
        return Err(CartError::UnknownSku { sku: sku.clone() }.into());
    }
    if ctx.get::<dyn Pricing>()?.prices(ctx, vec![sku.clone()]).await?.is_empty() {
        return Err(CartError::NoPrice { sku: sku.clone() }.into());
    }
    Ok(())
}
