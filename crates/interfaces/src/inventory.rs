//! Inventory: how many there are, and for whom they are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_component::event::Event;
use hatchery_component::{Ctx, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::{Sku, SkuQuantity};

/// How many of a SKU there are, over all locations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Availability {
    /// What.
    pub sku: Sku,
    /// How many lie there.
    pub on_hand: i64,
    /// How many of them are kept for orders.
    pub reserved: i64,
    /// How many can be bought; absent when the SKU is not counted.
    pub available: Option<i64>,
}

/// A stock level to be set by counting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockCount {
    /// What.
    pub sku: Sku,
    /// Code of the location; the default one when absent.
    #[serde(default)]
    pub location: Option<String>,
    /// How many lie there.
    pub on_hand: i64,
    /// Why: `counted`, `imported`, `written_off`.
    pub reason: String,
}

/// Counts stock and keeps it for orders. A SKU that was never counted is not limited.
#[hatchery_component::interface(id = "inventory", version = "1.0.0")]
#[async_trait]
pub trait Inventory: Send + Sync {
    /// Availability of each SKU asked, in the order asked, uncounted ones included.
    async fn availability(&self, ctx: &Ctx, skus: Vec<Sku>) -> Result<Vec<Availability>>;

    /// Keeps quantities for a reference (an order's id) until released, taken or expired. Demand is
    /// summed per SKU. All or nothing: else a `Conflict` `inventory.insufficient` whose details list
    /// `{ sku, requested, available }`.
    async fn reserve(
        &self,
        ctx: &Ctx,
        reference: String,
        lines: Vec<SkuQuantity>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<()>;

    /// Makes a reservation last until it is released or taken.
    async fn confirm(&self, ctx: &Ctx, reference: String) -> Result<()>;

    /// Gives back what is still kept for a reference. Nothing kept is fine.
    async fn release(&self, ctx: &Ctx, reference: String) -> Result<()>;

    /// Takes quantities kept for a reference out of stock: they leave the house.
    async fn take(&self, ctx: &Ctx, reference: String, lines: Vec<SkuQuantity>) -> Result<()>;

    /// Puts quantities back on the shelf, such as returned ones.
    async fn put_back(&self, ctx: &Ctx, reference: String, lines: Vec<SkuQuantity>) -> Result<()>;

    /// Sets stock levels; every change is a movement. What is the same already is not written.
    async fn set_stock(&self, ctx: &Ctx, counts: Vec<StockCount>) -> Result<()>;
}

/// What can be bought of these SKUs changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StockChanged {
    /// Of what.
    pub skus: Vec<Sku>,
}

impl Event for StockChanged {
    const TYPE: &'static str = "stock.changed.v1";

    fn subject(&self) -> String {
        self.skus.first().map(ToString::to_string).unwrap_or_default()
    }
}
