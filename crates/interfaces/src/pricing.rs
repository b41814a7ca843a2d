//! Pricing: what a SKU costs.

use async_trait::async_trait;
use hatchery_component::event::Event;
use hatchery_component::{Ctx, Result};
use hatchery_types::{Money, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::Sku;

/// What a SKU costs now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Price {
    /// What.
    pub sku: Sku,
    /// The exact price of one, from which line totals are computed.
    pub unit: UnitPrice,
    /// The price of one, rounded, for showing.
    pub price: Money,
    /// The price before a reduction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_price: Option<Money>,
}

/// A price to be set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PriceDraft {
    /// What.
    pub sku: Sku,
    /// The regular price of one.
    pub price: UnitPrice,
    /// A price before a reduction, higher than `price`.
    #[serde(default)]
    pub list_price: Option<UnitPrice>,
}

/// Knows prices.
#[hatchery_component::interface(id = "pricing", version = "1.0.0")]
#[async_trait]
pub trait Pricing: Send + Sync {
    /// The prices of those SKUs that have one, in the order asked.
    async fn prices(&self, ctx: &Ctx, skus: Vec<Sku>) -> Result<Vec<Price>>;

    /// Sets prices. What is the same already is not written and emits nothing.
    async fn set_prices(&self, ctx: &Ctx, drafts: Vec<PriceDraft>) -> Result<()>;
}

/// Prices changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PricesChanged {
    /// Of what.
    pub skus: Vec<Sku>,
}

impl Event for PricesChanged {
    const TYPE: &'static str = "price.changed.v1";

    fn subject(&self) -> String {
        self.skus.first().map(ToString::to_string).unwrap_or_default()
    }
}
