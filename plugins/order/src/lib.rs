//! Order: what was bought, and what becomes of it.
//!
//! Reading order: [`settings`], [`domain`] (states and their transitions), [`db`], [`ops`] (one step each;
//! begin with `place_order`), [`service`], [`http`], [`events`], [`jobs`].

mod db;
mod domain;
mod error;
mod events;
mod http;
mod jobs;
mod ops;
mod service;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hatchery_sdk::interfaces::order::{
    OrderChanged, OrderImportEnded, OrderPlaced, Orders, OrdersImported,
};
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::service::OrderService;
use crate::settings::OrderSettings;

/// Keeps orders.
#[component]
pub struct OrderComponent;

#[async_trait]
impl Component for OrderComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .settings(SettingsSchema::of::<OrderSettings>(OrderSettings::check))
            .migrations(db::migrations::all())
            .api(Access::Public, routes!(http::store::checkout))
            .api(Access::Public, routes!(http::store::get_order))
            .api(Access::Public, routes!(http::store::cancel_order))
            .api(Access::Public, routes!(http::store::request_return))
            .api(Access::Public, routes!(http::store::pay_order))
            .resource(http::admin::orders())
            .resource(http::admin::returns())
            .on("payment", events::payment_changed)
            .job(jobs::CAPTURE, Schedule::OnDemand, jobs::capture)
            .job(jobs::GIVE_BACK, Schedule::OnDemand, jobs::give_back)
            .job(jobs::REFUND, Schedule::OnDemand, jobs::refund)
            .job(jobs::EXPIRE, Schedule::Every(Duration::from_secs(60)), jobs::expire)
            .open_while_suspended(["/api/v1/store/orders"])
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
            .emits::<OrderPlaced>("an order was placed")
            .emits::<OrdersImported>("orders of another system were imported")
            .emits::<OrderImportEnded>("an import of orders is at its end")
            .emits::<OrderChanged>("an order went on: reviewed, answered, shipped, delivered, ..")
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let service = Arc::new(OrderService { settings: store.settings()? });
        Ok(Instance::new(service.clone()).provide::<dyn Orders>(service))
    }
}
