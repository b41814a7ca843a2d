//! What every step of an order shares: read, change the states, note it, tell it.

use hatchery_sdk::interfaces::order::{Order, OrderChanged, OrderId, TimelineEntry};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::status::settled;
use crate::error::OrderError;

/// The order, or the error that there is none.
pub(crate) async fn get(ctx: &Ctx, id: OrderId) -> Result<Order> {
    let mut orders = db::order::by_ids(&ctx.db(), &[id]).await?;
    Ok(orders.pop().ok_or(OrderError::Unknown)?)
}

/// Writes the changed states of an order with a timeline entry and emits `order.changed.v1`. Inside a
/// unit of work.
pub(crate) async fn record(ctx: &Ctx, order: &mut Order, entry: TimelineEntry) -> Result<()> {
    order.status = settled(order.status, order.payment_status, order.fulfillment_status);
    if !db::order::update_states(&ctx.db(), order).await? {
        let message = "The order changed at the same moment. Please look at it again.";
        return Err(Error::new(Kind::Retry, "order.changed_meanwhile", message));
    }
    order.version += 1;
    note(ctx, order, entry).await
}

/// Adds a timeline entry and emits `order.changed.v1`, without a change of the states.
pub(crate) async fn note(ctx: &Ctx, order: &mut Order, entry: TimelineEntry) -> Result<()> {
    db::order::add_entry(ctx, order.id, &entry).await?;
    let event =
        OrderChanged { id: order.id, number: order.number.clone(), change: entry.kind.clone() };
    order.timeline.push(entry);
    ctx.emit(&event).await
}

/// An entry that the customer sees.
pub(crate) fn public(ctx: &Ctx, kind: &str, message: impl Into<String>) -> TimelineEntry {
    TimelineEntry { at: ctx.now(), kind: kind.into(), message: message.into(), public: true }
}

/// An entry for staff only.
pub(crate) fn internal(ctx: &Ctx, kind: &str, message: impl Into<String>) -> TimelineEntry {
    TimelineEntry { public: false, ..public(ctx, kind, message) }
}
