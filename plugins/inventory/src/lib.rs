//! Inventory: how many there are, and for whom they are kept.
//!
//! Reading order: [`settings`], [`domain`], [`db`], [`ops`], [`service`], [`http`], [`jobs`].

mod db;
mod domain;
mod error;
mod http;
mod jobs;
mod ops;
mod service;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hatchery_sdk::interfaces::inventory::{Inventory, StockChanged};
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::service::InventoryService;
use crate::settings::InventorySettings;

/// Counts stock.
#[component]
pub struct InventoryComponent;

#[async_trait]
impl Component for InventoryComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .settings(SettingsSchema::of::<InventorySettings>(InventorySettings::check))
            .migrations(db::migrations::all())
            .api(Access::Public, routes!(http::store::list_availability))
            .resource(http::admin::stock_levels())
            .resource(http::admin::stock_movements())
            .job("inventory.expire", Schedule::Every(Duration::from_secs(60)), jobs::expire)
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
            .emits::<StockChanged>("what can be bought of some SKUs changed")
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let service = Arc::new(InventoryService { settings: store.settings()? });
        Ok(Instance::new(service.clone()).provide::<dyn Inventory>(service))
    }
}
