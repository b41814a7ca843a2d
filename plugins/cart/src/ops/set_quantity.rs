//! Changes how many of something a cart holds.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::cart::{Cart, CartId, CartLineId};
use hatchery_sdk::interfaces::inventory::Inventory;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::cart::StoredCart;
use crate::error::CartError;
use crate::ops::get_cart::get_cart;
use crate::settings::CartSettings;

/// Sets the quantity of a line; 0 removes it.
pub(crate) async fn set_quantity(
    ctx: &Ctx,
    settings: &CartSettings,
    id: CartId,
    (line, quantity): (CartLineId, i64),
) -> Result<Cart> {
    let settings = settings.clone();
    ctx.transaction(|ctx| async move {
        let cart = open_cart(&ctx, id).await?;
        let stored = cart
            .lines
            .iter()
            .find(|stored| stored.id == line)
            .ok_or(CartError::UnknownLine { line })?;
        if quantity == 0 {
            db::cart::delete_line(&ctx.db(), line).await?;
        } else {
            check_quantity(&ctx, &settings, &stored.sku, quantity).await?;
            db::cart::set_quantity(&ctx.db(), line, quantity).await?;
        }
        get_cart(&ctx, id).await
    })
    .await
}

/// Counts a change of an open cart and reads it; nobody else changes it until the unit of work ends.
pub(crate) async fn open_cart(ctx: &Ctx, id: CartId) -> Result<StoredCart> {
    let touched = db::cart::touch(&ctx.db(), id, ctx.now()).await?;
    let cart = db::cart::by_ids(&ctx.db(), &[id]).await?.pop();
    let cart = cart.ok_or(CartError::UnknownCart { id })?;
    match &cart.order_number {
        Some(number) => Err(CartError::Closed { order_number: number.clone() }.into()),
        None if touched => Ok(cart),
        None => Err(Error::internal("an open cart could not be touched")),
    }
}

/// A quantity must be sensible and, where stock is counted, there.
pub(crate) async fn check_quantity(
    ctx: &Ctx,
    settings: &CartSettings,
    sku: &Sku,
    quantity: i64,
) -> Result<()> {
    if quantity < 1 || quantity > settings.max_quantity {
        return Err(CartError::Quantity { max: settings.max_quantity }.into());
    }
    let Some(inventory) = ctx.find::<dyn Inventory>() else { return Ok(()) };
    for level in inventory.availability(ctx, vec![sku.clone()]).await? {
        if let Some(available) = level.available.filter(|available| quantity > *available) {
            let available = available.max(0);
            return Err(CartError::Insufficient { sku: sku.clone(), available }.into());
        }
    }
    Ok(())
}
