//! Pricing: what a SKU costs.
//!
//! Reading order: [`domain`], [`db`], [`ops`], [`service`], [`http`].

mod db;
mod domain;
mod error;
mod http;
mod ops;
mod service;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::interfaces::pricing::{PricesChanged, Pricing};
use hatchery_sdk::prelude::*;

use crate::service::PricingService;

/// Knows prices.
#[component]
pub struct PricingComponent;

#[async_trait]
impl Component for PricingComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .migrations(db::migrations::all())
            .resource(http::admin::prices())
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
            .emits::<PricesChanged>("prices changed")
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        let service = Arc::new(PricingService);
        Ok(Instance::new(service.clone()).provide::<dyn Pricing>(service))
    }
}
