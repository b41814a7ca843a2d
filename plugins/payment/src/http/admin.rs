//! What staff see and do.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_sdk::component::resource::{Action, no_action, parse};
use hatchery_sdk::interfaces::order::{OrderId, PaymentStatus};
use hatchery_sdk::interfaces::payment::{NextAction, PaymentId};
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::db;
use crate::db::refund::{Refund, RefundStatus};
use crate::domain::payment::StoredPayment;
use crate::error::PaymentError;
use crate::ops::refund_order::NewRefund;
use crate::ops::{capture_payment, receive_payment, refund_order, step, void_order};

const READ: &str = "payment.payment.read";
const WRITE: &str = "payment.payment.write";

/// The resource `payments`.
pub(crate) fn payments() -> ResourceDeclaration {
    let fields = db::payment::fields();
    ResourceDeclaration::new::<PaymentRecord>("payments", "sell", READ, fields, Payments)
        .columns([
            "created_at",
            "order_number",
            "method_name",
            "amount",
            "status",
            "captured",
            "refunded",
        ])
        .action(Action::new("receive", WRITE).asks::<Received>())
        .action(Action::new("capture", WRITE).asks::<Capture>())
        .action(Action::new("refund", WRITE).asks::<RefundInput>().confirmed())
        .action(Action::new("void", WRITE).confirmed())
}

/// A payment as staff see it.
#[derive(Serialize, ToSchema)]
struct PaymentRecord {
    /// The order.
    #[schema(value_type = uuid::Uuid)]
    order_id: OrderId,
    /// Its number.
    order_number: String,
    /// Code of the method.
    method: String,
    /// Name of the method.
    method_name: Localized,
    /// Component that takes it; absent until it was tried.
    provider: Option<String>,
    /// How much.
    amount: Money,
    /// How far it is.
    status: PaymentStatus,
    /// What was promised and not let go.
    authorized: Money,
    /// What was taken.
    captured: Money,
    /// What was given back.
    refunded: Money,
    /// What the customer has to do next.
    next_action: Option<NextAction>,
    /// Why it failed.
    failure: Option<String>,
    /// The provider's reference, or that of the money received.
    reference: Option<String>,
    /// Parts that go back.
    refunds: Vec<RefundRecord>,
    /// When it was begun.
    created_at: DateTime<Utc>,
}

/// Money that goes back.
#[derive(Serialize, ToSchema)]
struct RefundRecord {
    /// How much.
    amount: Money,
    /// How far it is.
    status: RefundStatus,
    /// Why.
    reason: String,
    /// Why the provider refused.
    failure: Option<String>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
}

/// Money that came in by itself.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct Received {
    /// How much; all that is open when absent.
    amount: Option<Money>,
    /// On the bank statement, the cheque.
    reference: String,
}

/// Money to take.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct Capture {
    /// How much; all that is authorized when absent. The rest is let go.
    amount: Option<Money>,
}

/// Money to give back.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct RefundInput {
    /// How much; all that is left when absent.
    amount: Option<Money>,
    /// Why.
    reason: String,
}

struct Payments;

#[async_trait]
impl Resource for Payments {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        let page = db::payment::list(&ctx.db(), &query).await?;
        Ok(Page { items: records(ctx, page.items).await?, next_cursor: page.next_cursor })
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let ids: Vec<PaymentId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        records(ctx, db::payment::by_ids(&ctx.db(), &ids).await?).await
    }

    async fn act(
        &self,
        ctx: &Ctx,
        action: String,
        ids: Vec<String>,
        input: Value,
    ) -> Result<Value> {
        let input = if input.is_null() { json!({}) } else { input };
        let mut changed = Vec::new();
        for id in &ids {
            let id: PaymentId = id.parse().map_err(|_| PaymentError::Unknown)?;
            act(ctx, &action, step::get(ctx, id).await?, input.clone()).await?;
            let payment = step::get(ctx, id).await?;
            changed.push(json!({ "id": id, "status": payment.status() }));
        }
        Ok(json!({ "changed": changed.len(), "payments": changed }))
    }
}

async fn act(ctx: &Ctx, action: &str, payment: StoredPayment, input: Value) -> Result<()> {
    let standing = payment.standing;
    match action {
        "receive" => {
            let Received { amount, reference } = parse(input)?;
            let amount = amount.unwrap_or(payment.money(standing.amount - standing.captured));
            receive_payment::receive_payment(ctx, payment.id, amount, &reference).await.map(drop)
        }
        "capture" => {
            let Capture { amount } = parse(input)?;
            let amount = amount.unwrap_or(payment.money(standing.authorized));
            capture_payment::capture_payment(ctx, payment.id, amount).await.map(drop)
        }
        "refund" => {
            let RefundInput { amount, reason } = parse(input)?;
            let left = standing.captured - standing.refunded - payment.refunding;
            let amount = amount.unwrap_or(payment.money(left));
            // The version makes a repeated click harmless: the payment has changed after the first one.
            let key = format!("staff:{}:{}", payment.id, payment.version);
            let refund = NewRefund { amount, reason, key, payment: Some(payment.id) };
            refund_order::refund_order(ctx, payment.order_id, refund).await.map(drop)
        }
        "void" => void_order::void_payment(ctx, payment.id).await,
        other => Err(no_action(other)),
    }
}

async fn records(ctx: &Ctx, payments: Vec<StoredPayment>) -> Result<Vec<Record>> {
    let ids: Vec<PaymentId> = payments.iter().map(|payment| payment.id).collect();
    let mut refunds: BTreeMap<PaymentId, Vec<Refund>> = BTreeMap::new();
    for refund in db::refund::of_payments(&ctx.db(), &ids).await? {
        refunds.entry(refund.payment_id).or_default().push(refund);
    }
    payments
        .into_iter()
        .map(|payment| {
            let refunds = refunds.remove(&payment.id).unwrap_or_default();
            Ok(Record {
                id: payment.id.to_string(),
                version: payment.version,
                data: serde_json::to_value(record(payment, refunds))?,
            })
        })
        .collect()
}

fn record(payment: StoredPayment, refunds: Vec<Refund>) -> PaymentRecord {
    let standing = payment.standing;
    let money = |minor| Money::new(minor, standing.currency);
    let refund = |refund: Refund| RefundRecord {
        amount: money(refund.amount),
        status: refund.status,
        reason: refund.reason,
        failure: refund.failure,
        created_at: refund.created_at,
    };
    PaymentRecord {
        order_id: payment.order_id,
        order_number: payment.order_number,
        method: payment.method,
        method_name: payment.method_name,
        provider: payment.provider,
        amount: money(standing.amount),
        status: standing.status,
        authorized: money(standing.authorized),
        captured: money(standing.captured),
        refunded: money(standing.refunded),
        next_action: payment.next_action,
        failure: payment.failure,
        reference: payment.reference,
        refunds: refunds.into_iter().map(refund).collect(),
        created_at: payment.created_at,
    }
}
