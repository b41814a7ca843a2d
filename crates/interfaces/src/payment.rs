//! Payment: how money comes in and goes back.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_component::event::Event;
use hatchery_component::{Ctx, Result};
use hatchery_types::{Id, Localized, Money};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use crate::common::TenderRequest;
use crate::order::{OrderId, PaymentStatus};

/// Marker of [`PaymentId`].
pub enum PaymentTag {}
/// Identifies a payment; also the idempotency key at its provider.
pub type PaymentId = Id<PaymentTag>;

/// A way to pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PaymentMethod {
    /// `remittance`, `cash_on_delivery`, `card`.
    pub code: String,
    /// `manual`, `card`, `redirect`.
    pub kind: String,
    /// For people.
    pub name: Localized,
    /// What the customer should know before choosing it.
    #[serde(default)]
    pub description: Localized,
    /// What the checkout asks for.
    #[serde(default)]
    pub fields: Vec<PaymentField>,
    /// Id of the component that takes it.
    #[serde(default)]
    pub provider: String,
}

/// Something a payment method asks the customer for. Never a card number: the provider asks for that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PaymentField {
    /// Key in the checkout's `payment` object.
    pub name: String,
    /// For people.
    pub label: Localized,
    /// Whether it must be filled.
    pub required: bool,
}

/// What is to be paid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewPayments {
    /// For which order.
    pub order_id: OrderId,
    /// Its number.
    pub order_number: String,
    /// Address of the customer's order page, to come back to.
    pub return_url: String,
    /// The whole amount.
    pub total: Money,
    /// Who pays.
    pub email: String,
    /// By which methods; amounts must add up to the total.
    pub tenders: Vec<TenderRequest>,
}

/// The money of one order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PaymentSummary {
    /// The order.
    #[schema(value_type = uuid::Uuid)]
    pub order_id: OrderId,
    /// How far all its payments are together.
    pub status: PaymentStatus,
    /// What was promised and not let go.
    pub authorized: Money,
    /// What was taken.
    pub captured: Money,
    /// What was given back.
    pub refunded: Money,
    /// Its payments, oldest first.
    pub payments: Vec<Payment>,
}

/// One payment by one method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Payment {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: PaymentId,
    /// The order.
    #[schema(value_type = uuid::Uuid)]
    pub order_id: OrderId,
    /// Code of the method.
    pub method: String,
    /// Name of the method.
    pub method_name: Localized,
    /// How much.
    pub amount: Money,
    /// How far it is.
    pub status: PaymentStatus,
    /// What was taken.
    pub captured: Money,
    /// What was given back.
    pub refunded: Money,
    /// What the customer has to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_action: Option<NextAction>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The provider's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
}

/// What the customer has to do next to pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NextAction {
    /// Go to this address: the provider's page or challenge.
    Redirect {
        /// Where: an absolute address, or a path of this store.
        url: String,
    },
    /// Do what the text says: transfer to this account, send a cheque, have cash ready.
    Instructions {
        /// What.
        text: Localized,
    },
}

/// Takes payments through the providers there are.
#[hatchery_component::interface(id = "payment", version = "1.1.0")]
#[async_trait]
pub trait Payments: Send + Sync {
    /// Whether there is any provider. Without one orders are placed unpaid, as without this component.
    /// Outside any unit of work. Since 1.1.
    async fn is_offered(&self, ctx: &Ctx) -> Result<bool>;

    /// The methods a customer can choose for an amount, sorted. Outside any unit of work.
    async fn methods(&self, ctx: &Ctx, total: Money) -> Result<Vec<PaymentMethod>>;

    /// Records what is to be paid, in the unit of work that writes the order. Calls nobody outside.
    /// A total of nothing is paid at once.
    async fn open(&self, ctx: &Ctx, payments: NewPayments) -> Result<PaymentSummary>;

    /// Tries the provider for every payment of an order that was not tried yet, with the payment's id
    /// as the idempotency key, and records the results. Outside any unit of work; safe to repeat.
    async fn process(&self, ctx: &Ctx, order_id: OrderId) -> Result<PaymentSummary>;

    /// The money of orders, in the order asked; an order without payments is absent.
    async fn summaries(&self, ctx: &Ctx, order_ids: Vec<OrderId>) -> Result<Vec<PaymentSummary>>;

    /// Takes what was authorized, as much as the amount says.
    async fn capture(&self, ctx: &Ctx, payment: PaymentId, amount: Money)
    -> Result<PaymentSummary>;

    /// Records money that came in by itself: a transfer, a cheque, cash.
    async fn receive(
        &self,
        ctx: &Ctx,
        payment: PaymentId,
        amount: Money,
        reference: String,
    ) -> Result<PaymentSummary>;

    /// Gives money of an order back, never more than was taken. `key` makes a repetition harmless.
    async fn refund(
        &self,
        ctx: &Ctx,
        order_id: OrderId,
        amount: Money,
        reason: String,
        key: String,
    ) -> Result<PaymentSummary>;

    /// Lets go of everything of an order that was not taken yet.
    async fn void(&self, ctx: &Ctx, order_id: OrderId) -> Result<PaymentSummary>;

    /// Pays the rest of an order by another method, after a failure; a `RateLimited` error after too many
    /// failures of the order.
    async fn retry(&self, ctx: &Ctx, payments: NewPayments) -> Result<PaymentSummary>;

    /// Takes the news of a provider (id of its component), once however often it is told. `headers` have
    /// lowercase names. Outside any unit of work.
    async fn webhook(
        &self,
        ctx: &Ctx,
        provider: String,
        headers: BTreeMap<String, String>,
        body: Vec<u8>,
    ) -> Result<()>;
}

/// What a provider is asked to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProviderRequest {
    /// The payment; the provider's idempotency key.
    pub payment_id: PaymentId,
    /// Code of the method.
    pub method: String,
    /// How much.
    pub amount: Money,
    /// Number of the order, for the customer's statement.
    pub order_number: String,
    /// Where the customer comes back to.
    pub return_url: String,
    /// What the method asked for.
    #[serde(default)]
    pub data: BTreeMap<String, Value>,
}

/// How a provider answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProviderResult {
    /// The provider's reference.
    #[serde(default)]
    pub reference: Option<String>,
    /// What became of it.
    pub outcome: ProviderOutcome,
}

/// What became of a request to a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "with", rename_all = "snake_case")]
pub enum ProviderOutcome {
    /// Promised.
    Authorized,
    /// Taken.
    Captured,
    /// Not decided yet; the customer may have to do something, a webhook will tell.
    Pending(Option<NextAction>),
    /// Refused: a code and a text for people.
    Declined {
        /// Stable code: `insufficient_funds`.
        code: String,
        /// For people.
        message: String,
    },
    /// Let go.
    Voided,
    /// Given back.
    Refunded,
}

/// News from a provider about a payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProviderEvent {
    /// Id of the news; the same news is taken once.
    pub id: String,
    /// The payment.
    pub payment_id: PaymentId,
    /// What became of it.
    pub result: ProviderResult,
    /// How much it is about.
    #[serde(default)]
    pub amount: Option<Money>,
}

/// Takes money in one or several ways. Every call is idempotent by the payment's id (and the key, for
/// refunds).
#[hatchery_component::interface(id = "payment-provider", version = "1.0.0", collective, external)]
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// The methods it takes.
    async fn methods(&self, ctx: &Ctx) -> Result<Vec<PaymentMethod>>;

    /// Begins a payment, or tells how far it is when it was begun before.
    async fn authorize(&self, ctx: &Ctx, request: ProviderRequest) -> Result<ProviderResult>;

    /// Takes an authorized amount.
    async fn capture(&self, ctx: &Ctx, payment: PaymentId, amount: Money)
    -> Result<ProviderResult>;

    /// Lets go of an authorization.
    async fn void(&self, ctx: &Ctx, payment: PaymentId) -> Result<ProviderResult>;

    /// Gives money back.
    async fn refund(
        &self,
        ctx: &Ctx,
        payment: PaymentId,
        amount: Money,
        key: String,
    ) -> Result<ProviderResult>;

    /// Checks the signature of a webhook and reads its news. `headers` have lowercase names.
    async fn webhook(
        &self,
        ctx: &Ctx,
        headers: BTreeMap<String, String>,
        body: Vec<u8>,
    ) -> Result<Vec<ProviderEvent>>;
}

/// The money of an order changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PaymentChanged {
    /// The order.
    pub order_id: OrderId,
    /// How far all its payments are now.
    pub status: PaymentStatus,
}

impl Event for PaymentChanged {
    const TYPE: &'static str = "payment.changed.v1";

    fn subject(&self) -> String {
        self.order_id.to_string()
    }
}
