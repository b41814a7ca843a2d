//! Goods leave the house.

use hatchery_sdk::interfaces::SkuQuantity;
use hatchery_sdk::interfaces::inventory::Inventory;
use hatchery_sdk::interfaces::order::{FulfillmentStatus, Order, OrderId};
use hatchery_sdk::interfaces::shipping::{NewShipment, Shipping};
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::db;
use crate::domain::status::{Step, check};
use crate::error::OrderError;
use crate::jobs;
use crate::ops::step;

/// What leaves.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Dispatch {
    /// Who carries it.
    pub(crate) carrier: Option<String>,
    /// The carrier's number.
    pub(crate) tracking_number: Option<String>,
    /// What leaves; all that has not left yet when absent.
    pub(crate) lines: Option<Vec<SkuQuantity>>,
}

/// Takes goods out of stock, records a shipment where there is shipping, and has the authorized money
/// taken.
pub(crate) async fn ship_order(ctx: &Ctx, id: OrderId, dispatch: Dispatch) -> Result<Order> {
    ctx.transaction(|ctx| async move {
        let mut order = step::get(&ctx, id).await?;
        check(Step::Ship, &order)?;
        let shipped = db::order::shipped(&ctx.db(), id).await?;
        let (mut leaving, mut left_over) = (Vec::new(), 0);
        for line in &order.lines {
            let open = line.quantity - shipped.get(&line.id).copied().unwrap_or_default();
            let wanted = match &dispatch.lines {
                None => open,
                Some(lines) => lines
                    .iter()
                    .filter(|wanted| wanted.sku == line.sku)
                    .map(|wanted| wanted.quantity.max(0))
                    .fold(0, i64::saturating_add)
                    .min(open),
            };
            left_over += open - wanted;
            if wanted > 0 {
                if !db::order::add_shipped(&ctx.db(), line.id, wanted).await? {
                    return Err(Error::internal("more would leave than was bought"));
                }
                leaving.push(SkuQuantity { sku: line.sku.clone(), quantity: wanted });
            }
        }
        if leaving.is_empty() {
            return Err(
                OrderError::NotPossible { state: "shipped already", wanted: "shipped" }.into()
            );
        }
        if let Some(inventory) = ctx.find::<dyn Inventory>() {
            inventory.take(&ctx, id.to_string(), leaving.clone()).await?;
        }
        let mut message = dispatch.tracking_number.clone().unwrap_or_default();
        if let Some(shipping) = ctx.find::<dyn Shipping>() {
            let shipment = NewShipment {
                order_id: id,
                lines: leaving,
                method: order.shipping_method.clone(),
                address: order.shipping_address.clone(),
                carrier: dispatch.carrier.clone(),
                tracking_number: dispatch.tracking_number.clone(),
            };
            let shipment = shipping.dispatch(&ctx, shipment).await?;
            message = [Some(shipment.carrier), shipment.tracking_number]
                .into_iter()
                .flatten()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(" ");
        }
        order.fulfillment_status = if left_over == 0 {
            FulfillmentStatus::Shipped
        } else {
            FulfillmentStatus::PartiallyShipped
        };
        let entry = step::public(&ctx, "shipped", message);
        step::record(&ctx, &mut order, entry).await?;
        if left_over == 0 {
            ctx.enqueue(jobs::CAPTURE, &id.to_string(), json!({ "order_id": id }), None).await?;
        }
        Ok(order)
    })
    .await
}
