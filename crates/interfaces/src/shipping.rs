//! Shipping: how goods reach the customer.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_component::event::Event;
use hatchery_component::{Ctx, Result};
use hatchery_types::{Id, Localized, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::{PostalAddress, Sku, SkuQuantity};
use crate::order::OrderId;

/// Marker of [`ShipmentId`].
pub enum ShipmentTag {}
/// Identifies a shipment.
pub type ShipmentId = Id<ShipmentTag>;

/// What is to be shipped, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShippingQuery {
    /// ISO country code of the destination, as far as known; the store's own country when absent.
    #[serde(default)]
    pub country: Option<String>,
    /// Postal code of the destination.
    #[serde(default)]
    pub postal_code: Option<String>,
    /// What.
    pub lines: Vec<ShippingLine>,
    /// Its value.
    pub subtotal: Money,
}

/// Something to be shipped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShippingLine {
    /// What.
    pub sku: Sku,
    /// How many.
    pub quantity: i64,
    /// Weight of one in grams, when known.
    #[serde(default)]
    pub weight_grams: Option<i64>,
}

/// A way to ship at a price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShippingOption {
    /// Code of the shipping method, unique among the options.
    pub code: String,
    /// For people, in the language asked for.
    pub name: String,
    /// Its price.
    pub price: Money,
    /// When it can come, when the customer may choose.
    pub delivery_windows: Vec<DeliveryWindow>,
    /// Id of the component that carries it.
    #[serde(default)]
    pub carrier: String,
}

/// A time the goods can come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryWindow {
    /// `2026-11-24-morning`
    pub code: String,
    /// For people.
    pub label: String,
    /// Not before.
    pub from: DateTime<Utc>,
    /// Not after.
    pub to: DateTime<Utc>,
}

/// Something that travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Shipment {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: ShipmentId,
    /// The order.
    #[schema(value_type = uuid::Uuid)]
    pub order_id: OrderId,
    /// What travels.
    pub lines: Vec<SkuQuantity>,
    /// Who carries it.
    #[serde(default)]
    pub carrier: String,
    /// The carrier's number.
    #[serde(default)]
    pub tracking_number: Option<String>,
    /// Where the customer can follow it.
    #[serde(default)]
    pub tracking_url: Option<String>,
    /// When it left.
    pub dispatched_at: DateTime<Utc>,
    /// When it was signed for.
    #[serde(default)]
    pub delivered_at: Option<DateTime<Utc>>,
    /// Who signed.
    #[serde(default)]
    pub signed_by: Option<String>,
}

/// A shipment to be recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewShipment {
    /// The order.
    pub order_id: OrderId,
    /// What travels.
    pub lines: Vec<SkuQuantity>,
    /// Code of the shipping method.
    #[serde(default)]
    pub method: Option<String>,
    /// Where to.
    #[serde(default)]
    pub address: Option<PostalAddress>,
    /// Who carries it, when not the method's carrier.
    #[serde(default)]
    pub carrier: Option<String>,
    /// The carrier's number.
    #[serde(default)]
    pub tracking_number: Option<String>,
}

/// Offers ways to ship and records what travels.
#[hatchery_component::interface(id = "shipping", version = "1.1.0")]
#[async_trait]
pub trait Shipping: Send + Sync {
    /// Whether there is any carrier. Without one a checkout has no shipping step, as without this component.
    /// Outside any unit of work. Since 1.1.
    async fn is_offered(&self, ctx: &Ctx) -> Result<bool>;

    /// The options of all carriers, cheapest first. Outside any unit of work.
    async fn options(&self, ctx: &Ctx, query: ShippingQuery) -> Result<Vec<ShippingOption>>;

    /// Records a shipment that leaves the house, in the unit of work that changes the order.
    async fn dispatch(&self, ctx: &Ctx, shipment: NewShipment) -> Result<Shipment>;

    /// Records that all shipments of an order were signed for.
    async fn deliver(&self, ctx: &Ctx, order_id: OrderId, signed_by: Option<String>) -> Result<()>;

    /// The shipments of orders, oldest first.
    async fn shipments(&self, ctx: &Ctx, order_ids: Vec<OrderId>) -> Result<Vec<Shipment>>;
}

/// A rate of a carrier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShippingRate {
    /// Code of the shipping method.
    pub code: String,
    /// For people.
    pub name: Localized,
    /// Its price.
    pub price: Money,
    /// Windows the customer may choose.
    #[serde(default)]
    pub delivery_windows: Vec<DeliveryWindow>,
}

/// Carries goods.
#[hatchery_component::interface(id = "carrier", version = "1.0.0", collective, external)]
#[async_trait]
pub trait Carrier: Send + Sync {
    /// What it would take to carry this; empty when it does not go there.
    async fn rates(&self, ctx: &Ctx, query: ShippingQuery) -> Result<Vec<ShippingRate>>;

    /// Where customers follow shipments, by tracking number; absent when the carrier has no such page.
    async fn tracking_urls(
        &self,
        ctx: &Ctx,
        tracking_numbers: Vec<String>,
    ) -> Result<std::collections::BTreeMap<String, String>>;
}

/// A shipment left the house.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShipmentDispatched {
    /// The shipment.
    pub id: ShipmentId,
    /// The order.
    pub order_id: OrderId,
}

impl Event for ShipmentDispatched {
    const TYPE: &'static str = "shipment.dispatched.v1";

    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}
