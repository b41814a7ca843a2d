//! Catalog: what there is to sell, and how it is described.
//!
//! Reading order: [`domain`] (what is true), [`db`] (what is stored), [`ops`] (what can be done),
//! [`service`] (the interfaces), [`http`] (how it is reached).

mod db;
mod domain;
mod error;
mod http;
mod ops;
mod service;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::component::sharing::Sharing;
use hatchery_sdk::interfaces::catalog::{Catalog, CategoriesSaved, ProductsSaved};
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::service::CatalogService;

/// Keeps products, categories and collections.
#[component]
pub struct CatalogComponent;

#[async_trait]
impl Component for CatalogComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .migrations(db::migrations::all())
            .api(Access::Public, routes!(http::store::list_categories))
            .api(Access::Public, routes!(http::store::list_collections))
            .resource(http::admin::products())
            .resource(http::admin::categories())
            .resource(http::admin::collections())
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
            .emits::<ProductsSaved>("products were written, archived or changed")
            .emits::<CategoriesSaved>("categories or collections were written")
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        let service = Arc::new(CatalogService);
        let instance = Instance::new(service.clone()).provide::<dyn Catalog>(service.clone());
        Ok(instance.provide::<dyn Sharing>(service))
    }
}
