//! The interface `shipping`.

use async_trait::async_trait;
use hatchery_sdk::interfaces::order::OrderId;
use hatchery_sdk::interfaces::shipping::{
    Carrier, NewShipment, Shipment, Shipping, ShippingOption, ShippingQuery,
};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::ops::{dispatch_shipment, list_options, list_shipments};

/// The shipping of a store.
pub(crate) struct ShippingService;

#[async_trait]
impl Shipping for ShippingService {
    async fn is_offered(&self, ctx: &Ctx) -> Result<bool> {
        Ok(!ctx.all::<dyn Carrier>()?.is_empty())
    }

    async fn options(&self, ctx: &Ctx, query: ShippingQuery) -> Result<Vec<ShippingOption>> {
        list_options::list_options(ctx, query).await
    }

    async fn dispatch(&self, ctx: &Ctx, shipment: NewShipment) -> Result<Shipment> {
        dispatch_shipment::dispatch_shipment(ctx, shipment).await
    }

    async fn deliver(&self, ctx: &Ctx, order_id: OrderId, signed_by: Option<String>) -> Result<()> {
        let deliver = |ctx: Ctx| async move {
            db::shipment::deliver(&ctx.db(), order_id, signed_by, ctx.now()).await
        };
        ctx.transaction(deliver).await
    }

    async fn shipments(&self, ctx: &Ctx, order_ids: Vec<OrderId>) -> Result<Vec<Shipment>> {
        list_shipments::list_shipments(ctx, &order_ids).await
    }
}
