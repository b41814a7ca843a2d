//! Begins a cart.

use hatchery_sdk::interfaces::cart::Cart;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::ops::get_cart::get_cart;

/// A new empty cart.
pub(crate) async fn create_cart(ctx: &Ctx) -> Result<Cart> {
    ctx.transaction(|ctx| async move {
        let id = ctx.new_id();
        db::cart::insert(&ctx.db(), id, ctx.now()).await?;
        get_cart(&ctx, id).await
    })
    .await
}
