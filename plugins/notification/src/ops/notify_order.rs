//! Tells customers what happens to their orders.

use hatchery_sdk::interfaces::notification::Notice;
use hatchery_sdk::interfaces::order::{Order, OrderId, Orders};
use hatchery_sdk::prelude::*;
use serde_json::{Map, Value, json};

use crate::ops::queue_notices::queue_notices;

/// Changes that customers are told of.
const TOLD: [&str; 7] =
    ["shipped", "delivered", "cancelled", "answered", "refunded", "payment_failed", "returned"];

/// Thanks for an order.
pub(crate) async fn placed(ctx: &Ctx, id: OrderId) -> Result<()> {
    let Some(order) = find(ctx, id).await? else { return Ok(()) };
    let key = format!("order-placed:{id}");
    notify(ctx, order, key, "notification/order-placed.txt", Map::new()).await
}

/// Tells of a change, if customers are told of such.
pub(crate) async fn changed(ctx: &Ctx, id: OrderId, change: &str) -> Result<()> {
    if !TOLD.contains(&change) {
        return Ok(());
    }
    let Some(order) = find(ctx, id).await? else { return Ok(()) };
    let entries: Vec<_> = order.timeline.iter().filter(|entry| entry.kind == change).collect();
    let message = entries.last().map(|entry| entry.message.clone()).unwrap_or_default();
    // The same change may happen again, as a second answer does.
    let key = format!("order-{change}:{id}:{}", entries.len());
    let data = Map::from_iter([
        ("change".to_owned(), json!(change)),
        ("message".to_owned(), json!(message)),
    ]);
    notify(ctx, order, key, "notification/order-changed.txt", data).await
}

async fn find(ctx: &Ctx, id: OrderId) -> Result<Option<Order>> {
    let Some(orders) = ctx.find::<dyn Orders>() else { return Ok(None) };
    Ok(orders.orders(ctx, vec![id]).await?.pop())
}

async fn notify(
    ctx: &Ctx,
    order: Order,
    key: String,
    template: &str,
    mut data: Map<String, Value>,
) -> Result<()> {
    let Some(to) = order.email.clone() else { return Ok(()) };
    let url = format!("{}/orders/{}?token={}", ctx.store().base_url, order.number, order.token);
    data.insert("url".into(), json!(url));
    data.insert(
        "order".into(),
        json!({
            "number": order.number,
            "lines": order.lines,
            "adjustments": order.adjustments,
            "total": order.total,
            "name": order.shipping_address.map(|address| address.name),
        }),
    );
    let template = template.to_owned();
    queue_notices(ctx, vec![Notice { key, template, to, locale: order.locale, data }]).await
}
