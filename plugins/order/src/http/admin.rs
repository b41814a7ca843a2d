//! What staff see and do: orders and returns.

use async_trait::async_trait;
use hatchery_sdk::component::resource::{Action, no_action, parse};
use hatchery_sdk::interfaces::order::{Order, OrderId, PaymentStatus};
use hatchery_sdk::interfaces::payment::Payments;
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::Queryable;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::db;
use crate::db::returns::Rma;
use crate::error::OrderError;
use crate::ops::apply_payment::apply_payment;
use crate::ops::ship_order::Dispatch;
use crate::ops::{
    answer_order, cancel_order, deliver_order, get_order, receive_return, review_order, ship_order,
    step,
};

const READ: &str = "order.order.read";
const WRITE: &str = "order.order.write";

/// The resource `orders`.
pub(crate) fn orders() -> ResourceDeclaration {
    ResourceDeclaration::new::<Order>("orders", "sell", READ, Order::fields().clone(), Orders)
        .columns([
            "number",
            "placed_at",
            "email",
            "status",
            "payment_status",
            "fulfillment_status",
            "total",
        ])
        .action(Action::new("review", WRITE))
        .action(Action::new("answer", WRITE).asks::<Answer>())
        .action(Action::new("ship", WRITE).asks::<Dispatch>())
        .action(Action::new("deliver", WRITE).asks::<Delivery>())
        .action(Action::new("receive-payment", WRITE).asks::<ReceivedPayment>())
        .action(Action::new("refund", WRITE).asks::<RefundInput>().confirmed())
        .action(Action::new("cancel", WRITE).asks::<Cancellation>().confirmed())
        .action(Action::new("receive-return", WRITE).asks::<ReceivedReturn>())
}

/// The resource `returns`.
pub(crate) fn returns() -> ResourceDeclaration {
    ResourceDeclaration::new::<Rma>("returns", "sell", READ, db::returns::fields(), Returns)
        .columns(["number", "order_number", "status", "requested_at", "source"])
        .action(Action::new("receive", WRITE).confirmed())
}

/// An answer to the customer.
#[derive(Deserialize, ToSchema)]
struct Answer {
    /// The customer sees it.
    #[schema(max_length = 4000)]
    message: String,
}

/// Goods were signed for.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct Delivery {
    /// By whom.
    signed_by: Option<String>,
}

/// Money that came in by itself.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct ReceivedPayment {
    /// How much; all that is open when absent.
    amount: Option<Money>,
    /// On the bank statement, the cheque.
    reference: String,
}

/// Money to give back.
#[derive(Deserialize, ToSchema)]
struct RefundInput {
    /// How much.
    amount: Money,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Why an order is cancelled.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct Cancellation {
    /// The customer sees it.
    reason: String,
}

/// Which return arrived.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct ReceivedReturn {
    /// Its number; the only one that waits when absent.
    number: Option<String>,
}

struct Orders;

#[async_trait]
impl Resource for Orders {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        db::order::list(&ctx.db(), &query.cast()).await?.try_map(order_record)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let ids: Vec<OrderId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let mut records = Vec::new();
        for order in db::order::by_ids(&ctx.db(), &ids).await? {
            let timeline = serde_json::to_value(&order.timeline)?;
            let view = get_order::view(ctx, order).await?;
            let mut record = order_record(view.order)?;
            // Staff see the whole timeline.
            record.data["timeline"] = timeline;
            record.data["payment"] = serde_json::to_value(view.payment)?;
            record.data["shipments"] = serde_json::to_value(view.shipments)?;
            record.data["returns"] = serde_json::to_value(view.returns)?;
            records.push(record);
        }
        Ok(records)
    }

    async fn act(
        &self,
        ctx: &Ctx,
        action: String,
        ids: Vec<String>,
        input: Value,
    ) -> Result<Value> {
        let mut changed = Vec::new();
        for id in &ids {
            let id: OrderId = id.parse().map_err(|_| OrderError::Unknown)?;
            let order = act(ctx, &action, id, input.clone()).await?;
            changed.push(json!({
                "id": order.id,
                "number": order.number,
                "status": order.status,
                "payment_status": order.payment_status,
                "fulfillment_status": order.fulfillment_status,
            }));
        }
        Ok(json!({ "changed": changed.len(), "orders": changed }))
    }
}

async fn act(ctx: &Ctx, action: &str, id: OrderId, input: Value) -> Result<Order> {
    let input = if input.is_null() { json!({}) } else { input };
    match action {
        "review" => review_order::review_order(ctx, id).await,
        "answer" => {
            let Answer { message } = parse(input)?;
            answer_order::answer_order(ctx, id, message).await
        }
        "ship" => {
            let dispatch: Dispatch = parse(input)?;
            ship_order::ship_order(ctx, id, dispatch).await
        }
        "deliver" => {
            let Delivery { signed_by } = parse(input)?;
            deliver_order::deliver_order(ctx, id, signed_by).await
        }
        "cancel" => {
            let Cancellation { reason } = parse(input)?;
            cancel_order::cancel_order(ctx, id, reason).await
        }
        "receive-return" => {
            let ReceivedReturn { number } = parse(input)?;
            receive_return::receive_return(ctx, id, number).await
        }
        "receive-payment" => receive_payment(ctx, id, parse(input)?).await,
        "refund" => refund(ctx, id, parse(input)?).await,
        other => Err(no_action(other)),
    }
}

async fn receive_payment(ctx: &Ctx, id: OrderId, input: ReceivedPayment) -> Result<Order> {
    let payments = ctx.find::<dyn Payments>().ok_or(OrderError::NoPayments)?;
    let summary = payments.summaries(ctx, vec![id]).await?.pop().ok_or(OrderError::NothingToPay)?;
    let open = summary
        .payments
        .iter()
        .find(|payment| payment.status == PaymentStatus::Pending)
        .ok_or(OrderError::NothingToPay)?;
    let rest = open.amount.try_sub(open.captured)?;
    payments.receive(ctx, open.id, input.amount.unwrap_or(rest), input.reference).await?;
    apply_payment(ctx, id).await
}

async fn refund(ctx: &Ctx, id: OrderId, input: RefundInput) -> Result<Order> {
    let payments = ctx.find::<dyn Payments>().ok_or(OrderError::NoPayments)?;
    let order = step::get(ctx, id).await?;
    // The version makes a repeated click harmless: the order has changed after the first one.
    let key = format!("staff:{id}:{}", order.version);
    payments.refund(ctx, id, input.amount, input.reason, key).await?;
    apply_payment(ctx, id).await
}

struct Returns;

#[async_trait]
impl Resource for Returns {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        db::returns::list(&ctx.db(), &query).await?.try_map(return_record)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let ids: Vec<uuid::Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        db::returns::by_ids(&ctx.db(), &ids).await?.into_iter().map(return_record).collect()
    }

    async fn act(&self, ctx: &Ctx, action: String, ids: Vec<String>, _: Value) -> Result<Value> {
        if action != "receive" {
            return Err(no_action(&action));
        }
        let mut changed = Vec::new();
        for id in &ids {
            let unknown = || OrderError::UnknownReturn { number: id.clone() };
            let id: uuid::Uuid = id.parse().map_err(|_| unknown())?;
            let rma = db::returns::by_ids(&ctx.db(), &[id]).await?.pop().ok_or_else(unknown)?;
            let order = rma
                .order_id
                .ok_or_else(|| OrderError::UnknownReturn { number: rma.number.clone() })?;
            let order =
                receive_return::receive_return(ctx, order, Some(rma.number.clone())).await?;
            changed.push(json!({ "id": id, "number": rma.number, "order": order.number }));
        }
        Ok(json!({ "changed": changed.len(), "returns": changed }))
    }
}

fn order_record(order: Order) -> Result<Record> {
    Ok(Record {
        id: order.id.to_string(),
        version: order.version,
        data: serde_json::to_value(order)?,
    })
}

fn return_record(rma: Rma) -> Result<Record> {
    Ok(Record { id: rma.id.to_string(), version: rma.version, data: serde_json::to_value(rma)? })
}
