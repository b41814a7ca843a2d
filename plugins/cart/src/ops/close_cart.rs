//! Closes a cart that becomes an order.

use hatchery_sdk::interfaces::cart::CartId;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::error::CartError;

/// Closes a cart, exactly once.
pub(crate) async fn close_cart(ctx: &Ctx, id: CartId, order_number: &str) -> Result<()> {
    if db::cart::close(&ctx.db(), id, order_number, ctx.now()).await? {
        return Ok(());
    }
    let cart = db::cart::by_ids(&ctx.db(), &[id]).await?.pop();
    let cart = cart.ok_or(CartError::UnknownCart { id })?;
    let order_number = cart.order_number.unwrap_or_default();
    Err(CartError::Closed { order_number }.into())
}
