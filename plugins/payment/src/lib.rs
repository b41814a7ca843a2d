//! Payment: how money comes in and goes back.
//!
//! Reading order: [`settings`], [`domain`] (the states of a payment and their one table), [`db`], [`ops`]
//! (begin with `open_payments`, then `process_payments`), [`service`], [`http`], [`jobs`].

mod db;
mod domain;
mod error;
mod http;
mod jobs;
mod ops;
mod service;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::interfaces::payment::{PaymentChanged, Payments};
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::service::PaymentService;
use crate::settings::PaymentSettings;

/// Takes payments.
#[component]
pub struct PaymentComponent;

#[async_trait]
impl Component for PaymentComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .settings(SettingsSchema::of::<PaymentSettings>(PaymentSettings::check))
            .migrations(db::migrations::all())
            .api(Access::Public, routes!(http::store::list_payment_methods))
            .api(Access::Webhook, routes!(http::store::take_webhook))
            .resource(http::admin::payments())
            .job(jobs::SETTLE, Schedule::OnDemand, jobs::settle)
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
            .emits::<PaymentChanged>("the money of an order changed")
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let service = Arc::new(PaymentService { settings: store.settings()? });
        Ok(Instance::new(service.clone()).provide::<dyn Payments>(service))
    }
}
