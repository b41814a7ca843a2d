//! Gathers what the order page shows.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::PostalAddress;
use hatchery_sdk::interfaces::catalog::{Catalog, Product, ProductId, ProductStatus};
use hatchery_sdk::interfaces::order::{Order, OrderStatus, TimelineEntry};
use hatchery_sdk::interfaces::payment::{NextAction, Payments};
use hatchery_sdk::interfaces::shipping::{Shipment, Shipping};
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::ops::prepare_checkout::Totals;

/// The data of `order.html` that follows from the order alone.
pub(crate) async fn show_order(ctx: &Ctx, order: &Order) -> Result<Value> {
    let products = products(ctx, order).await?;
    let lines: Vec<Value> = order
        .lines
        .iter()
        .map(|line| {
            let product = line.product_id.and_then(|id| products.get(&id));
            let image = product.and_then(|product| product.images.first());
            let listed = product.filter(|product| product.status == ProductStatus::Active);
            json!({
                "id": line.id,
                "sku": line.sku,
                "name": line.name,
                "variant": null,
                "url": listed.map(|product| format!("/products/{}", product.slug)),
                "image": image.map(|image| json!({ "url": image.url, "alt": "" })),
                "quantity": line.quantity,
                "total": line.total,
            })
        })
        .collect();
    let totals = Totals {
        subtotal: order.subtotal,
        adjustments: order.adjustments.clone(),
        total: order.total,
    };
    let shipping = order.adjustments.iter().find(|adjustment| adjustment.kind == "shipping");
    let method = shipping.map(|adjustment| adjustment.label.clone());
    let timeline: Vec<Value> =
        order.timeline.iter().rev().filter(|entry| entry.public).map(happened).collect();
    Ok(json!({
        "number": order.number,
        "token": order.token,
        "email": order.email,
        "placed_at": order.placed_at,
        "status": order.status,
        "payment_status": order.payment_status,
        "fulfillment_status": order.fulfillment_status,
        "lines": lines,
        "totals": totals,
        "shipping_address": order.shipping_address.as_ref().map(address),
        "billing_address": order.billing_address.as_ref().map(address),
        "shipping_method": method.or_else(|| order.shipping_method.clone()),
        "delivery_window": order.delivery_window.as_deref().map(window),
        "shipments": shipments(ctx, order).await?,
        "timeline": timeline,
    }))
}

/// An entry of the timeline. A message that is an amount, `11.50 GBP`, shows as one.
fn happened(entry: &TimelineEntry) -> Value {
    let amount = entry
        .message
        .split_once(' ')
        .and_then(|(amount, currency)| Money::parse(amount, currency.parse().ok()?).ok());
    let message = Some(&entry.message).filter(|_| amount.is_none());
    json!({ "at": entry.at, "kind": entry.kind, "message": message, "amount": amount })
}

/// What the buyer still has to do for an order that was not given up: texts by method, and an address to go to.
pub(crate) async fn payment_steps(
    ctx: &Ctx,
    order: &Order,
) -> Result<(Vec<Value>, Option<String>)> {
    let is_wanted = order.status != OrderStatus::Cancelled;
    let Some(payments) = ctx.find::<dyn Payments>().filter(|_| is_wanted) else {
        return Ok((Vec::new(), None));
    };
    let summaries = payments.summaries(ctx, vec![order.id]).await?;
    let (mut texts, mut address) = (Vec::new(), None);
    for payment in summaries.into_iter().flat_map(|summary| summary.payments) {
        match payment.next_action {
            Some(NextAction::Instructions { text }) => texts.push(json!({
                "method": payment.method_name.get(ctx.locale()),
                "text": text.get(ctx.locale()),
            })),
            Some(NextAction::Redirect { url }) => address = Some(url),
            None => {}
        }
    }
    Ok((texts, address))
}

async fn products(ctx: &Ctx, order: &Order) -> Result<BTreeMap<ProductId, Product>> {
    let ids: Vec<ProductId> = order.lines.iter().filter_map(|line| line.product_id).collect();
    let products = ctx.get::<dyn Catalog>()?.products(ctx, ids).await?;
    Ok(products.into_iter().map(|product| (product.id, product)).collect())
}

async fn shipments(ctx: &Ctx, order: &Order) -> Result<Vec<Value>> {
    let Some(shipping) = ctx.find::<dyn Shipping>() else { return Ok(Vec::new()) };
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let shown = |shipment: &Shipment| {
        json!({
            "carrier": some(&shipment.carrier),
            "tracking_number": shipment.tracking_number,
            "tracking_url": shipment.tracking_url,
            "status": if shipment.delivered_at.is_some() { "delivered" } else { "shipped" },
        })
    };
    Ok(shipping.shipments(ctx, vec![order.id]).await?.iter().map(shown).collect())
}

/// A delivery window by its code: its day when the code begins with one, and the rest.
fn window(code: &str) -> Value {
    let day = code.get(..10).filter(|day| day.parse::<chrono::NaiveDate>().is_ok());
    let rest = day.and_then(|_| code.get(10..)).map_or(code, |rest| rest.trim_start_matches('-'));
    json!({ "day": day, "part": rest })
}

/// An address as it stands on a letter; the country is a code, which the page names.
fn address(address: &PostalAddress) -> Value {
    let town = [address.postal_code.as_str(), address.city.as_str()];
    let town = town.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let lines = [
        Some(address.name.as_str()),
        Some(address.line1.as_str()),
        address.line2.as_deref(),
        Some(town.as_str()),
        address.region.as_deref(),
    ]
    .into_iter()
    .flatten()
    .filter(|line| !line.is_empty())
    .collect::<Vec<_>>()
    .join("\n");
    json!({ "lines": lines, "country": address.country })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_shows_its_day() {
        assert_eq!(window("2026-11-24-morning"), json!({ "day": "2026-11-24", "part": "morning" }));
        assert_eq!(window("next-week"), json!({ "day": null, "part": "next-week" }));
        assert_eq!(window("今天下午三点以后"), json!({ "day": null, "part": "今天下午三点以后" }));
    }
}
