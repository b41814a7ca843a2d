//! Tax: what the state wants of a sale.
//!
//! Reading order: [`settings`], [`domain`] (how a tax is computed), [`db`], [`ops`], [`service`], [`http`].

mod db;
mod domain;
mod error;
mod http;
mod ops;
mod service;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::interfaces::tax::Taxes;
use hatchery_sdk::prelude::*;

use crate::service::TaxService;
use crate::settings::TaxSettings;

/// Computes taxes.
#[component]
pub struct TaxComponent;

#[async_trait]
impl Component for TaxComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .settings(SettingsSchema::of::<TaxSettings>(TaxSettings::check))
            .migrations(db::migrations::all())
            .resource(http::admin::rates())
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let service = Arc::new(TaxService { settings: store.settings()? });
        Ok(Instance::new(service.clone()).provide::<dyn Taxes>(service))
    }
}
