//! Listing: lists of products without joins.
//!
//! Reading order: [`domain`] (what a card is), [`db`], [`ops`] (`refresh_products` fills, `search_products`
//! reads), [`service`], [`http`], [`events`].

mod db;
mod domain;
mod events;
mod http;
mod jobs;
mod ops;
mod service;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::interfaces::listing::Listing;
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::service::ListingService;

/// Keeps lists of products ready.
#[component]
pub struct ListingComponent;

#[async_trait]
impl Component for ListingComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .migrations(db::migrations::all())
            .api(Access::Public, routes!(http::store::list_products))
            .api(Access::Public, routes!(http::store::get_product))
            .on("products", events::products_saved)
            .on("prices", events::prices_changed)
            .on("stock", events::stock_changed)
            .on("placed", events::order_placed)
            .on("imported", events::orders_imported)
            .on("import-ended", events::import_ended)
            .job(jobs::COUNT_ANEW, Schedule::OnDemand, jobs::count_anew)
            .resync(ops::resync_listing::resync_listing)
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        let service = Arc::new(ListingService);
        Ok(Instance::new(service.clone()).provide::<dyn Listing>(service))
    }
}
