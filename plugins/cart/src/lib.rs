//! Cart: what somebody means to buy.
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

use async_trait::async_trait;
use hatchery_sdk::interfaces::cart::Carts;
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::service::CartService;
use crate::settings::CartSettings;

/// Keeps carts.
#[component]
pub struct CartComponent;

#[async_trait]
impl Component for CartComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .settings(SettingsSchema::of::<CartSettings>(CartSettings::check))
            .migrations(db::migrations::all())
            .api(Access::Public, routes!(http::store::create_cart))
            .api(Access::Public, routes!(http::store::get_cart))
            .api(Access::Public, routes!(http::store::add_line))
            .api(Access::Public, routes!(http::store::change_line, http::store::remove_line))
            .job("cart.forget", Schedule::Daily { hour: 4, minute: 10 }, jobs::forget)
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let service = Arc::new(CartService { settings: store.settings()? });
        Ok(Instance::new(service.clone()).provide::<dyn Carts>(service))
    }
}
