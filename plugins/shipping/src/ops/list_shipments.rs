//! What travels, with the pages where customers follow it.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::order::OrderId;
use hatchery_sdk::interfaces::shipping::{Carrier, Shipment};
use hatchery_sdk::prelude::*;

use crate::db;

/// The shipments of orders, oldest first. Inside a unit of work carriers cannot be asked, and the pages
/// are left out.
pub(crate) async fn list_shipments(ctx: &Ctx, orders: &[OrderId]) -> Result<Vec<Shipment>> {
    let mut shipments = db::shipment::of_orders(&ctx.db(), orders).await?;
    let numbers: Vec<String> =
        shipments.iter().filter_map(|shipment| shipment.tracking_number.clone()).collect();
    if numbers.is_empty() {
        return Ok(shipments);
    }
    let mut urls: BTreeMap<String, String> = BTreeMap::new();
    for (component, carrier) in ctx.all::<dyn Carrier>().unwrap_or_default() {
        match carrier.tracking_urls(ctx, numbers.clone()).await {
            Ok(found) => urls.extend(found),
            Err(error) => {
                tracing::warn!(carrier = %component, error = %error.chain(), "no tracking pages");
            }
        }
    }
    for shipment in &mut shipments {
        let number = shipment.tracking_number.as_ref();
        shipment.tracking_url = number.and_then(|number| urls.get(number).cloned());
    }
    Ok(shipments)
}
