//! Puts something into the visitor's cart, beginning one when there is none, and changes its lines.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::cart::{Cart, CartId, CartLineId, Carts};
use hatchery_sdk::interfaces::catalog::Catalog;
use hatchery_sdk::prelude::*;

use crate::ops::find_cart::find_cart;

/// Adds so many of a SKU; gives the cart, which may be a new one.
pub(crate) async fn add_to_cart(
    ctx: &Ctx,
    cart: Option<CartId>,
    sku: Sku,
    quantity: i64,
) -> Result<Cart> {
    let carts = ctx.get::<dyn Carts>()?;
    let id = match find_cart(ctx, cart).await? {
        Some(cart) => cart.id,
        None => carts.create(ctx).await?.id,
    };
    carts.add_line(ctx, id, sku, quantity).await
}

/// Sets how many there are of a line; none takes it out.
pub(crate) async fn set_quantity(
    ctx: &Ctx,
    cart: CartId,
    line: CartLineId,
    quantity: i64,
) -> Result<Cart> {
    ctx.get::<dyn Carts>()?.set_quantity(ctx, cart, line, quantity).await
}

/// The slug of the product that has this SKU, to go back to when it cannot be added.
pub(crate) async fn product_of(ctx: &Ctx, sku: Sku) -> Result<Option<String>> {
    let products = ctx.get::<dyn Catalog>()?.products_by_sku(ctx, vec![sku]).await?;
    Ok(products.into_iter().next().map(|product| product.slug))
}
