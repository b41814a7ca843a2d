//! __title__: what visitors keep.
//!
//! Reading order: [`settings`], [`domain`] (whose list it is), [`error`], [`db`], [`ops`], [`http`],
//! [`resources`], [`events`].

mod db;
mod domain;
mod error;
mod events;
mod http;
mod ops;
mod resources;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::settings::Settings;

/// __summary__
#[component]
pub struct __Name__Component;

#[async_trait]
impl Component for __Name__Component {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .settings(SettingsSchema::of::<Settings>(Settings::check))
            .migrations(db::migrations::all())
            .api(Access::Public, routes!(http::store::list_items, http::store::add_item))
            .slot("product.after", http::slots::after_product)
            .resource(resources::items())
            .on("products-saved", events::products_saved)
            .templates([("product.html", include_str!("../templates/product.html"))])
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        Ok(Instance::new(Arc::new(store.settings::<Settings>()?)))
    }
}
