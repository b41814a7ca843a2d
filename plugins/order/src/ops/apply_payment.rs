//! An order follows its money.

use hatchery_sdk::interfaces::inventory::Inventory;
use hatchery_sdk::interfaces::order::{Order, OrderId, OrderStatus, PaymentStatus};
use hatchery_sdk::interfaces::payment::{NextAction, PaymentSummary, Payments};
use hatchery_sdk::prelude::*;
use serde_json::json;

use crate::db;
use crate::domain::status::payment_text;
use crate::jobs;
use crate::ops::step;

/// How often it is tried when something else changes the order at the same moment: the event of the same
/// payment, for one.
const TRIES: usize = 5;
/// The entry that tells of money given back.
const REFUNDED: &str = "refunded";

/// Reads how far the money of an order is and writes that into the order. Safe to repeat.
pub(crate) async fn apply_payment(ctx: &Ctx, id: OrderId) -> Result<Order> {
    let mut tries = 1;
    loop {
        match apply(ctx, id).await {
            Err(error) if error.kind() == Kind::Retry && tries < TRIES => tries += 1,
            result => return result,
        }
    }
}

async fn apply(ctx: &Ctx, id: OrderId) -> Result<Order> {
    ctx.transaction(|ctx| async move {
        let mut order = step::get(&ctx, id).await?;
        let Some(payments) = ctx.find::<dyn Payments>() else { return Ok(order) };
        let Some(summary) = payments.summaries(&ctx, vec![id]).await?.pop() else {
            return Ok(order);
        };
        if !waits_for_customer(&summary) {
            keep_goods(&ctx, &order).await?;
        }
        let untold = untold_refund(&order, &summary)?;
        if summary.status != order.payment_status || untold.minor > 0 {
            order.payment_status = summary.status;
            let entry = match summary.status {
                PaymentStatus::Paid => step::public(&ctx, "paid", ""),
                PaymentStatus::Failed => step::public(&ctx, "payment_failed", failure(&summary)),
                PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => {
                    step::public(&ctx, REFUNDED, untold.to_string())
                }
                status => step::internal(&ctx, "payment", payment_text(status)),
            };
            step::record(&ctx, &mut order, entry).await?;
        }
        let is_late = order.status == OrderStatus::Cancelled
            && (summary.authorized.minor > summary.captured.minor
                || summary.captured.minor > summary.refunded.minor);
        if is_late {
            ctx.enqueue(jobs::GIVE_BACK, &id.to_string(), json!({ "order_id": id }), None).await?;
        }
        Ok(order)
    })
    .await
}

/// What was given back and stands in no entry of the timeline yet: the second part of a refund leaves the
/// status as it was.
fn untold_refund(order: &Order, summary: &PaymentSummary) -> Result<Money> {
    let is_given_back =
        matches!(summary.status, PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded);
    if !is_given_back {
        return Ok(Money::zero(order.currency));
    }
    let told = order.timeline.iter().filter(|entry| entry.kind == REFUNDED);
    told.filter_map(|entry| refunded_amount(&entry.message, order.currency))
        .try_fold(summary.refunded, Money::try_sub)
        .map_err(Error::from)
}

/// The amount in an entry that tells of money given back, `11.50 GBP`.
fn refunded_amount(message: &str, currency: Currency) -> Option<Money> {
    Money::parse(message.split(' ').next()?, currency).ok()
}

/// Whether the goods wait for something only the customer can do: a challenge, another card.
fn waits_for_customer(summary: &PaymentSummary) -> bool {
    match summary.status {
        PaymentStatus::Failed | PaymentStatus::Unpaid => true,
        PaymentStatus::Pending => summary.payments.iter().any(|payment| {
            payment.status == PaymentStatus::Pending
                && !matches!(payment.next_action, Some(NextAction::Instructions { .. }))
        }),
        _ => false,
    }
}

/// The money is promised, or comes by a way that takes its time: goods stay reserved until dispatched.
async fn keep_goods(ctx: &Ctx, order: &Order) -> Result<()> {
    if order.status == OrderStatus::Cancelled {
        return Ok(());
    }
    if let Some(inventory) = ctx.find::<dyn Inventory>() {
        inventory.confirm(ctx, order.id.to_string()).await?;
    }
    db::order::set_pay_until(&ctx.db(), order.id, None).await
}

fn failure(summary: &PaymentSummary) -> String {
    let failed = summary.payments.iter().rev().find_map(|payment| payment.failure.clone());
    failed.unwrap_or_default()
}
