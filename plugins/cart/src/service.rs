//! The interface `cart`.

use async_trait::async_trait;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::cart::{Cart, CartId, CartLineId, Carts};
use hatchery_sdk::prelude::*;

use crate::ops::{add_line, close_cart, create_cart, get_cart, set_quantity};
use crate::settings::CartSettings;

/// The carts of a store.
pub(crate) struct CartService {
    /// Limits.
    pub(crate) settings: CartSettings,
}

#[async_trait]
impl Carts for CartService {
    async fn create(&self, ctx: &Ctx) -> Result<Cart> {
        create_cart::create_cart(ctx).await
    }

    async fn carts(&self, ctx: &Ctx, ids: Vec<CartId>) -> Result<Vec<Cart>> {
        get_cart::get_carts(ctx, &ids).await
    }

    async fn add_line(&self, ctx: &Ctx, id: CartId, sku: Sku, quantity: i64) -> Result<Cart> {
        add_line::add_line(ctx, &self.settings, id, (sku, quantity)).await
    }

    async fn set_quantity(
        &self,
        ctx: &Ctx,
        id: CartId,
        line: CartLineId,
        quantity: i64,
    ) -> Result<Cart> {
        set_quantity::set_quantity(ctx, &self.settings, id, (line, quantity)).await
    }

    async fn close(&self, ctx: &Ctx, id: CartId, order_number: String) -> Result<()> {
        close_cart::close_cart(ctx, id, &order_number).await
    }
}
