//! Order: what was bought, and what becomes of it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_component::event::Event;
use hatchery_component::{Ctx, Result};
use hatchery_types::{Currency, Id, Locale, Money, Page, Query, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cart::CartId;
use crate::catalog::ProductId;
use crate::common::{PostalAddress, Sku, TenderRequest};

/// Marker of [`OrderId`].
pub enum OrderTag {}
/// Identifies an order.
pub type OrderId = Id<OrderTag>;
/// Marker of [`OrderLineId`].
pub enum OrderLineTag {}
/// Identifies a line of an order.
pub type OrderLineId = Id<OrderLineTag>;

/// How far the house is with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Placed by the customer; nobody has looked at it yet.
    Placed,
    /// Looked at and accepted by staff.
    Reviewed,
    /// Delivered and settled.
    Completed,
    /// Given up, by the customer or by staff.
    Cancelled,
}

/// How far the money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Nothing yet.
    Unpaid,
    /// On its way, or waiting for the customer (a transfer, a challenge).
    Pending,
    /// Promised by the provider, not taken yet.
    Authorized,
    /// Taken.
    Paid,
    /// Some of it was given back.
    PartiallyRefunded,
    /// All of it was given back.
    Refunded,
    /// Declined; the customer may try again.
    Failed,
    /// Let go before it was taken.
    Voided,
}

/// How far the goods are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FulfillmentStatus {
    /// Still here.
    Unfulfilled,
    /// Some left.
    PartiallyShipped,
    /// All left.
    Shipped,
    /// Signed for.
    Delivered,
    /// Some came back.
    PartiallyReturned,
    /// All came back.
    Returned,
}

/// A placed order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Order {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: OrderId,
    /// Number for people, unique in the store.
    pub number: String,
    /// Secret of the customer's link. Empty where the reader may not have it.
    #[serde(default)]
    pub token: String,
    /// How far the house is.
    pub status: OrderStatus,
    /// How far the money is.
    pub payment_status: PaymentStatus,
    /// How far the goods are.
    pub fulfillment_status: FulfillmentStatus,
    /// Who bought. Imported orders may have none.
    #[serde(default)]
    pub email: Option<String>,
    /// The customer's number in a system it was imported from.
    #[serde(default)]
    pub customer_reference: Option<String>,
    /// Language the customer bought in.
    pub locale: Locale,
    /// Currency of all amounts.
    pub currency: Currency,
    /// What was bought.
    pub lines: Vec<OrderLine>,
    /// What came on top or went off: shipping, taxes, discounts.
    pub adjustments: Vec<Adjustment>,
    /// Sum of the lines.
    pub subtotal: Money,
    /// Lines plus adjustments.
    pub total: Money,
    /// Where it goes.
    #[serde(default)]
    pub shipping_address: Option<PostalAddress>,
    /// Who is billed, when not the same.
    #[serde(default)]
    pub billing_address: Option<PostalAddress>,
    /// Code of the shipping method.
    #[serde(default)]
    pub shipping_method: Option<String>,
    /// Code of the delivery window.
    #[serde(default)]
    pub delivery_window: Option<String>,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// `storefront`, or the system it was imported from.
    pub source: String,
    /// Grows with every change.
    pub version: i64,
}

hatchery_types::fields! {
    pub Order {
        ID: Id = "id",
        NUMBER: Text = "number",
        STATUS: Choice["placed", "reviewed", "completed", "cancelled"] = "status",
        PAYMENT_STATUS: Choice[
            "unpaid", "pending", "authorized", "paid", "partially_refunded", "refunded", "failed", "voided"
        ] = "payment_status",
        FULFILLMENT_STATUS: Choice[
            "unfulfilled", "partially_shipped", "shipped", "delivered", "partially_returned", "returned"
        ] = "fulfillment_status",
        EMAIL: Text = "email",
        CUSTOMER_REFERENCE: Text = "customer_reference",
        TOTAL: Money = "total",
        PLACED_AT: Time = "placed_at",
        SOURCE: Text = "source",
    }
}

/// So many of a variant at a price that no longer changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderLine {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: OrderLineId,
    /// What.
    pub sku: Sku,
    /// Its product, when it is in the catalog.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(default)]
    pub product_id: Option<ProductId>,
    /// Name at the time.
    pub name: String,
    /// How many.
    pub quantity: i64,
    /// How many came back.
    #[serde(default)]
    pub returned: i64,
    /// The price of one, rounded, for showing.
    pub unit_price: Money,
    /// The exact price of one.
    pub unit: UnitPrice,
    /// Exact price times quantity, rounded once.
    pub total: Money,
}

/// A signed amount on top of the lines, with its source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Adjustment {
    /// `shipping`, `tax`, `discount`, `fee`.
    pub kind: String,
    /// For people.
    pub label: String,
    /// What it adds to the total. An included tax adds nothing.
    pub amount: Money,
    /// Code of what it comes from: a shipping method, a tax rate, a promotion.
    pub source: String,
    /// The amount a tax has that is contained in the prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub included: Option<Money>,
}

/// Something that happened to an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// `placed`, `reviewed`, `answered`, `paid`, `shipped`, `delivered`, `cancelled`, `returned`, ..
    pub kind: String,
    /// More, for people: an answer's text, a tracking number.
    #[serde(default)]
    pub message: String,
    /// Whether the customer sees it.
    pub public: bool,
}

/// An order of another system, to be kept as history: nobody is asked for money or sent mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedOrder {
    /// The system: `online-retail`.
    pub source: String,
    /// Its number there; together with `source` it tells whether the order is here already.
    pub number: String,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// The customer's number there; absent for guests.
    #[serde(default)]
    pub customer_reference: Option<String>,
    /// The customer's e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// ISO code of the country, when known.
    #[serde(default)]
    pub country: Option<String>,
    /// How far it got.
    pub status: OrderStatus,
    /// How far the money got.
    pub payment_status: PaymentStatus,
    /// How far the goods got.
    pub fulfillment_status: FulfillmentStatus,
    /// What was bought. Lines are added to an order that is here already when their `row` is new.
    pub lines: Vec<ImportedLine>,
    /// Charges that are no goods: postage, fees, discounts, with their sign.
    #[serde(default)]
    pub charges: Vec<ImportedCharge>,
    /// Where it went.
    #[serde(default)]
    pub shipping_address: Option<PostalAddress>,
    /// Name of the customer.
    #[serde(default)]
    pub customer_name: Option<String>,
}

/// A line of an imported order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedLine {
    /// Row of the source, unique there; the same row is never imported twice.
    pub row: i64,
    /// What.
    pub sku: Sku,
    /// Name at the time.
    pub name: String,
    /// How many.
    pub quantity: i64,
    /// How many of them came back.
    #[serde(default)]
    pub returned: i64,
    /// The exact price of one.
    pub unit: UnitPrice,
}

/// A charge of an imported order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedCharge {
    /// Row of the source.
    pub row: i64,
    /// `shipping`, `fee`, `discount`, `other`.
    pub kind: String,
    /// For people.
    pub label: String,
    /// Signed amount.
    pub amount: Money,
    /// Code at the source: `POST`.
    pub source: String,
}

/// Goods of an imported order that came back, or a cancellation that names no order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedReturn {
    /// The system.
    pub source: String,
    /// Number of the credit note there: `C536379`.
    pub number: String,
    /// When.
    pub returned_at: DateTime<Utc>,
    /// The customer's number there.
    #[serde(default)]
    pub customer_reference: Option<String>,
    /// What came back; quantities are positive.
    pub lines: Vec<ImportedLine>,
    /// Charges given back, with their sign.
    #[serde(default)]
    pub charges: Vec<ImportedCharge>,
}

/// What became of a batch of imports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Written anew.
    pub created: u64,
    /// Grown by lines.
    pub updated: u64,
    /// Here already.
    pub unchanged: u64,
}

/// The products of one order, for those who learn from what is bought together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Basket {
    /// The order.
    pub order_id: OrderId,
    /// Who: the customer's e-mail address or number, when known.
    #[serde(default)]
    pub customer: Option<String>,
    /// When.
    pub placed_at: DateTime<Utc>,
    /// What and how many, each SKU once.
    pub lines: Vec<(Sku, i64)>,
}

/// Who bought, as far as an order tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Buyer {
    /// The order.
    #[schema(value_type = uuid::Uuid)]
    pub order_id: OrderId,
    /// `storefront`, or the system it was imported from.
    pub source: String,
    /// The e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The customer's number in the system it was imported from.
    #[serde(default)]
    pub customer_reference: Option<String>,
    /// Language the customer bought in.
    pub locale: Locale,
    /// Where it goes.
    #[serde(default)]
    pub shipping_address: Option<PostalAddress>,
}

impl From<Order> for Buyer {
    fn from(order: Order) -> Self {
        Self {
            order_id: order.id,
            source: order.source,
            email: order.email,
            customer_reference: order.customer_reference,
            locale: order.locale,
            shipping_address: order.shipping_address,
        }
    }
}

/// What somebody bought over all, for customer files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Purchases {
    /// E-mail address or customer number as asked.
    pub customer: String,
    /// Orders that were not cancelled.
    pub orders: i64,
    /// Sum of their totals.
    pub spent: Money,
    /// First order.
    #[serde(default)]
    pub first_at: Option<DateTime<Utc>>,
    /// Last order.
    #[serde(default)]
    pub last_at: Option<DateTime<Utc>>,
}

/// What a checkout brings together to become an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaceOrder {
    /// The cart; it is closed by this.
    pub cart_id: CartId,
    /// Who buys.
    pub email: String,
    /// Where it goes; needed when there is shipping.
    #[serde(default)]
    pub shipping_address: Option<PostalAddress>,
    /// Who is billed, when not the same.
    #[serde(default)]
    pub billing_address: Option<PostalAddress>,
    /// Code of the shipping method; needed when there is shipping.
    #[serde(default)]
    pub shipping_method: Option<String>,
    /// Code of the delivery window.
    #[serde(default)]
    pub delivery_window: Option<String>,
    /// How it is paid; empty when there is no payment component.
    #[serde(default)]
    pub tenders: Vec<TenderRequest>,
}

/// What an order would cost, as far as it is known where it goes and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderQuote {
    /// Sum of the lines.
    pub subtotal: Money,
    /// What comes on top or goes off: shipping, taxes, discounts.
    pub adjustments: Vec<Adjustment>,
    /// Lines plus adjustments.
    pub total: Money,
}

/// So many of an order's line that come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReturnRequestLine {
    /// The line.
    #[schema(value_type = uuid::Uuid)]
    pub line_id: OrderLineId,
    /// How many.
    pub quantity: i64,
}

/// Keeps orders.
#[hatchery_component::interface(id = "order", version = "1.1.0")]
#[async_trait]
pub trait Orders: Send + Sync {
    /// The orders of those ids that exist, in the order asked.
    async fn orders(&self, ctx: &Ctx, ids: Vec<OrderId>) -> Result<Vec<Order>>;

    /// The orders of those numbers that exist, in the order asked.
    async fn orders_by_number(&self, ctx: &Ctx, numbers: Vec<String>) -> Result<Vec<Order>>;

    /// A page of orders.
    async fn list_orders(&self, ctx: &Ctx, query: Query<Order>) -> Result<Page<Order>>;

    /// What the order of a cart would cost with this address and shipping method. Outside any unit of work.
    async fn quote_order(
        &self,
        ctx: &Ctx,
        cart: CartId,
        address: Option<PostalAddress>,
        shipping_method: Option<String>,
    ) -> Result<OrderQuote>;

    /// Turns a cart into an order: reserves, writes the order and what is to be paid in one unit of work,
    /// then tries the payment. Outside any unit of work; a cart that is an order already gives that order.
    async fn place_order(&self, ctx: &Ctx, order: PlaceOrder) -> Result<Order>;

    /// Gives an order up, as long as nothing was shipped; what was reserved or paid is let go.
    async fn cancel_order(&self, ctx: &Ctx, id: OrderId, reason: String) -> Result<Order>;

    /// Notes that the customer sends goods back, never more than were shipped and not yet returned.
    async fn request_return(
        &self,
        ctx: &Ctx,
        id: OrderId,
        lines: Vec<ReturnRequestLine>,
        reason: String,
    ) -> Result<Order>;

    /// Tries another payment for an order whose payment failed; a `RateLimited` error after too many.
    async fn pay_order(&self, ctx: &Ctx, id: OrderId, tenders: Vec<TenderRequest>)
    -> Result<Order>;

    /// Baskets of orders that were not cancelled, by id, after `after`; at most `limit` (1 to 5000).
    async fn baskets(&self, ctx: &Ctx, after: Option<OrderId>, limit: u32) -> Result<Vec<Basket>>;

    /// The baskets of those orders, cancelled ones left out.
    async fn baskets_of(&self, ctx: &Ctx, ids: Vec<OrderId>) -> Result<Vec<Basket>>;

    /// Who bought the orders of those ids that exist, in the order asked.
    async fn buyers(&self, ctx: &Ctx, ids: Vec<OrderId>) -> Result<Vec<Buyer>>;

    /// What each customer (by e-mail address or customer number) bought; absent ones bought nothing.
    async fn purchases(&self, ctx: &Ctx, customers: Vec<String>) -> Result<Vec<Purchases>>;

    /// Keeps orders of another system, by source and number; emits `order.imported.v1`, never `order.placed.v1`.
    /// After the last batch call `end_import`.
    async fn import_orders(&self, ctx: &Ctx, orders: Vec<ImportedOrder>) -> Result<ImportCounts>;

    /// Keeps returns and cancellations of another system, matched to earlier orders of the same customer
    /// and SKU, newest first; what matches none is kept by itself.
    async fn import_returns(&self, ctx: &Ctx, returns: Vec<ImportedReturn>)
    -> Result<ImportCounts>;

    /// Says that all batches of an import are here; emits `order.import_ended.v1`. Who counts over all orders
    /// need not count with every batch.
    async fn end_import(&self, ctx: &Ctx) -> Result<()>;
}

/// An order was placed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderPlaced {
    /// Which.
    pub id: OrderId,
    /// Its number.
    pub number: String,
    /// The cart it came from.
    #[serde(default)]
    pub cart_id: Option<CartId>,
}

impl Event for OrderPlaced {
    const TYPE: &'static str = "order.placed.v1";

    fn subject(&self) -> String {
        self.id.to_string()
    }
}

/// Orders of another system were imported, in a batch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrdersImported {
    /// Which.
    pub ids: Vec<OrderId>,
}

impl Event for OrdersImported {
    const TYPE: &'static str = "order.imported.v1";

    fn subject(&self) -> String {
        self.ids.first().map(ToString::to_string).unwrap_or_default()
    }
}

/// An import of orders is at its end: no more batches follow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderImportEnded {}

impl Event for OrderImportEnded {
    const TYPE: &'static str = "order.import_ended.v1";

    fn subject(&self) -> String {
        String::new()
    }
}

/// An order went on: reviewed, answered, shipped, delivered, cancelled, returned, paid.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderChanged {
    /// Which.
    pub id: OrderId,
    /// Its number.
    pub number: String,
    /// The timeline entry's kind: `shipped`.
    pub change: String,
}

impl Event for OrderChanged {
    const TYPE: &'static str = "order.changed.v1";

    fn subject(&self) -> String {
        self.id.to_string()
    }
}
