//! Popular recommendations: what sells best at present.
//!
//! Reading order: [`settings`], [`db`] (what was sold, and the counts of it), [`ops`] (`keep_sales` and
//! `count_sales` write, `recommend` reads), [`service`], [`http`], [`events`], [`jobs`].

mod db;
mod events;
mod http;
mod jobs;
mod ops;
mod service;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::interfaces::recommendation::Recommendations;
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::service::PopularService;
use crate::settings::PopularSettings;

/// Recommends what sells best.
#[component]
pub struct RecommendationPopularComponent;

#[async_trait]
impl Component for RecommendationPopularComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .settings(SettingsSchema::of::<PopularSettings>(PopularSettings::check))
            .migrations(db::migrations::all())
            .api(Access::Public, routes!(http::store::list_recommendations))
            .slot("product.after", http::slots::after_product)
            .slot("cart.after", http::slots::after_cart)
            .slot("home.after", http::slots::after_home)
            .on("placed", events::order_placed)
            .on("changed", events::order_changed)
            .on("imported", events::orders_imported)
            .on("import-ended", events::import_ended)
            .job(jobs::COUNT, Schedule::Daily { hour: 3, minute: 40 }, jobs::count)
            .resync(jobs::resync)
            .templates([("strip.html", include_str!("../templates/strip.html"))])
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let service = Arc::new(PopularService { settings: store.settings()? });
        Ok(Instance::new(service.clone()).provide::<dyn Recommendations>(service))
    }
}
