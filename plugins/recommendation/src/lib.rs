//! Recommendation: what else may please, and why.
//!
//! Reading order: [`settings`], [`domain`] (counting pairs), [`db`], [`ops`] (`learn_pairs` writes,
//! `recommend` reads), [`service`], [`http`], [`events`], [`jobs`].

mod db;
mod domain;
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

use crate::service::RecommendationService;
use crate::settings::RecommendationSettings;

/// Recommends what is bought together.
#[component]
pub struct RecommendationComponent;

#[async_trait]
impl Component for RecommendationComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .settings(SettingsSchema::of::<RecommendationSettings>(RecommendationSettings::check))
            .migrations(db::migrations::all())
            .api(Access::Public, routes!(http::store::list_recommendations))
            .slot("product.after", http::slots::after_product)
            .slot("cart.after", http::slots::after_cart)
            .slot("home.after", http::slots::after_home)
            .on("placed", events::order_placed)
            .on("imported", events::orders_imported)
            .on("import-ended", events::import_ended)
            .job(jobs::LEARN, Schedule::Daily { hour: 3, minute: 20 }, jobs::learn)
            .task("recommendation.learn_now", "recommendation.learn", jobs::learn_now)
            .resync(jobs::resync)
            .templates([("strip.html", include_str!("../templates/strip.html"))])
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let service = Arc::new(RecommendationService { settings: store.settings()? });
        Ok(Instance::new(service.clone()).provide::<dyn Recommendations>(service))
    }
}
