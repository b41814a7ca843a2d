//! Finds the visitor's cart, priced now.

use hatchery_sdk::interfaces::cart::{Cart, CartId, Carts};
use hatchery_sdk::prelude::*;

/// The open cart of that id. One that became an order is no longer the visitor's cart; without a cart
/// component there is none.
pub(crate) async fn find_cart(ctx: &Ctx, id: Option<CartId>) -> Result<Option<Cart>> {
    let (Some(id), Some(carts)) = (id, ctx.find::<dyn Carts>()) else { return Ok(None) };
    let found = carts.carts(ctx, vec![id]).await?;
    Ok(found.into_iter().find(|cart| cart.order_number.is_none()))
}
