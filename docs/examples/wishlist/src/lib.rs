//! Wishlist: what visitors keep.
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
use axum::http::Method;
use axum::routing::{get, post};
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::settings::Settings;

/// Lets visitors keep a list of products.
#[component]
pub struct WishlistComponent;

#[async_trait]
impl Component for WishlistComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .settings(SettingsSchema::of::<Settings>(Settings::check))
            .migrations(db::migrations::all())
            .api(Access::Public, routes!(http::store::list_items, http::store::add_item))
            .api(Access::Public, routes!(http::store::remove_item))
            .page(Access::Public, Method::GET, "/wishlist", get(http::page::show))
            .page(Access::Public, Method::POST, "/wishlist", post(http::page::change))
            .slot("product.after", http::slots::after_product)
            .resource(resources::items())
            .on("products-saved", events::products_saved)
            .templates([
                ("list.html", include_str!("../templates/list.html")),
                ("product.html", include_str!("../templates/product.html")),
            ])
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        Ok(Instance::new(Arc::new(store.settings::<Settings>()?)))
    }
}
