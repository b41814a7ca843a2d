//! CRM: who the customers are.
//!
//! Reading order: [`domain`] (what a file learns), [`db`], [`ops`], [`service`], [`http`], [`events`].

mod db;
mod domain;
mod error;
mod events;
mod http;
mod ops;
mod service;

use std::sync::Arc;

use ::http::Method;
use async_trait::async_trait;
use axum::routing::post;
use hatchery_sdk::component::sharing::Sharing;
use hatchery_sdk::interfaces::crm::{Customers, CustomersSaved};
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::service::CrmService;

/// Keeps customer files.
#[component]
pub struct CrmComponent;

#[async_trait]
impl Component for CrmComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .migrations(db::migrations::all())
            .resource(http::admin::customers())
            .api(Access::Public, routes!(http::consent::say))
            .page(
                Access::Public,
                Method::POST,
                "/orders/{number}/sharing",
                post(http::consent::say_on_page),
            )
            .slot("order.after", http::consent::after_order)
            .templates([("consent.html", include_str!("../templates/consent.html"))])
            .on("placed", events::order_placed)
            .on("imported", events::orders_imported)
            .on("changed", events::order_changed)
            .resync(ops::grow_files::resync)
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
            .emits::<CustomersSaved>("customer files were begun or changed")
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        let service = Arc::new(CrmService);
        let instance = Instance::new(service.clone()).provide::<dyn Customers>(service.clone());
        Ok(instance.provide::<dyn Sharing>(service))
    }
}
