//! Shipping: how goods reach the customer.
//!
//! Reading order: [`db`], [`ops`], [`service`], [`http`].

mod db;
mod http;
mod ops;
mod service;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::interfaces::shipping::{ShipmentDispatched, Shipping};
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::service::ShippingService;

/// Offers ways to ship and records what travels.
#[component]
pub struct ShippingComponent;

#[async_trait]
impl Component for ShippingComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .migrations(db::migrations::all())
            .api(Access::Public, routes!(http::store::list_options))
            .resource(http::admin::shipments())
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
            .emits::<ShipmentDispatched>("a shipment left the house")
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        let service = Arc::new(ShippingService);
        Ok(Instance::new(service.clone()).provide::<dyn Shipping>(service))
    }
}
