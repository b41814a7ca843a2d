//! Records what leaves the house.

use hatchery_sdk::interfaces::shipping::{NewShipment, Shipment, ShipmentDispatched};
use hatchery_sdk::prelude::*;

use crate::db;

/// Writes a shipment and tells that it left.
pub(crate) async fn dispatch_shipment(ctx: &Ctx, request: NewShipment) -> Result<Shipment> {
    ctx.transaction(|ctx| async move {
        let given = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let carrier = given(&request.carrier).or_else(|| request.method.clone());
        let shipment = Shipment {
            id: ctx.new_id(),
            order_id: request.order_id,
            lines: request.lines.clone(),
            carrier: carrier.unwrap_or_default(),
            tracking_number: given(&request.tracking_number),
            tracking_url: None,
            dispatched_at: ctx.now(),
            delivered_at: None,
            signed_by: None,
        };
        db::shipment::insert(&ctx.db(), &shipment, &request).await?;
        ctx.emit(&ShipmentDispatched { id: shipment.id, order_id: shipment.order_id }).await?;
        Ok(shipment)
    })
    .await
}
