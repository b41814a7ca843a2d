//! What staff see: shipments. They are made by shipping an order.

use async_trait::async_trait;
use hatchery_sdk::interfaces::shipping::Shipment;
use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::db;

/// The resource `shipments`.
pub(crate) fn shipments() -> ResourceDeclaration {
    let fields = db::shipment::fields();
    let read = "shipping.shipment.read";
    ResourceDeclaration::new::<Shipment>("shipments", "sell", read, fields, Shipments).columns([
        "dispatched_at",
        "carrier",
        "tracking_number",
        "delivered_at",
        "signed_by",
    ])
}

struct Shipments;

#[async_trait]
impl Resource for Shipments {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        db::shipment::list(&ctx.db(), &query).await?.try_map(record)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let ids: Vec<uuid::Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        db::shipment::by_ids(&ctx.db(), &ids).await?.into_iter().map(record).collect()
    }
}

fn record(shipment: Shipment) -> Result<Record> {
    let id = shipment.id.to_string();
    Ok(Record { id, version: 0, data: serde_json::to_value(shipment)? })
}
