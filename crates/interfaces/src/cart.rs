//! Cart: what somebody means to buy.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_component::{Ctx, Result};
use hatchery_types::{Id, Money, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::catalog::ProductId;
use crate::common::Sku;

/// Marker of [`CartId`].
pub enum CartTag {}
/// Identifies a cart. Nobody can guess it, so it is all a guest needs.
pub type CartId = Id<CartTag>;
/// Marker of [`CartLineId`].
pub enum CartLineTag {}
/// Identifies a line of a cart.
pub type CartLineId = Id<CartLineTag>;

/// What a visitor has gathered, at the prices of now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Cart {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: CartId,
    /// Number of the order it became; a cart that became one is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_number: Option<String>,
    /// In the order they were added.
    pub lines: Vec<CartLine>,
    /// Sums.
    pub totals: CartTotals,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// Grows with every change.
    pub version: i64,
}

/// So many of a variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CartLine {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: CartLineId,
    /// What.
    pub sku: Sku,
    /// Its product.
    #[schema(value_type = uuid::Uuid)]
    pub product_id: ProductId,
    /// The product's name in addresses.
    pub slug: String,
    /// Name of product and variant in the language asked for.
    pub name: String,
    /// Picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// How many; at least 1.
    pub quantity: i64,
    /// The price of one, rounded, for showing.
    pub unit_price: Money,
    /// The exact price of one.
    pub unit: UnitPrice,
    /// Exact price times quantity, rounded once.
    pub total: Money,
    /// How many can be bought now; absent when there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
    /// How it is taxed.
    pub tax_category: String,
    /// Weight of one in grams.
    #[serde(default)]
    pub weight_grams: Option<i64>,
}

/// Sums of a cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CartTotals {
    /// How many things.
    pub quantity: i64,
    /// Sum of the lines.
    pub subtotal: Money,
    /// What is to be paid as far as known: subtotal, before shipping and taxes that come on top.
    pub total: Money,
}

/// Keeps carts.
#[hatchery_component::interface(id = "cart", version = "1.0.0")]
#[async_trait]
pub trait Carts: Send + Sync {
    /// A new empty cart.
    async fn create(&self, ctx: &Ctx) -> Result<Cart>;

    /// The carts of those ids that exist, priced now, in the context's language.
    async fn carts(&self, ctx: &Ctx, ids: Vec<CartId>) -> Result<Vec<Cart>>;

    /// Adds so many of a SKU; a line of the same SKU grows. Never above what can be bought.
    async fn add_line(&self, ctx: &Ctx, id: CartId, sku: Sku, quantity: i64) -> Result<Cart>;

    /// Sets the quantity of a line; 0 removes it.
    async fn set_quantity(
        &self,
        ctx: &Ctx,
        id: CartId,
        line: CartLineId,
        quantity: i64,
    ) -> Result<Cart>;

    /// Closes a cart that becomes an order, exactly once: a closed one is a `Conflict` `cart.closed`
    /// whose details carry the `order_number`. Inside the unit of work that writes the order.
    async fn close(&self, ctx: &Ctx, id: CartId, order_number: String) -> Result<()>;
}
