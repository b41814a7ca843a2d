//! Notification: what the store tells people.
//!
//! Reading order: [`db`], [`ops`], [`service`], [`events`], [`jobs`], [`http`].

mod db;
mod events;
mod http;
mod jobs;
mod ops;
mod service;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::interfaces::notification::Notifications;
use hatchery_sdk::prelude::*;

use crate::service::NotificationService;

/// Tells people things, soon and once.
#[component]
pub struct NotificationComponent;

#[async_trait]
impl Component for NotificationComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .migrations(db::migrations::all())
            .resource(http::admin::notices())
            .on("placed", events::order_placed)
            .on("changed", events::order_changed)
            .job(jobs::DELIVER, Schedule::OnDemand, jobs::deliver)
            .templates([
                ("order-placed.txt", include_str!("../templates/order-placed.txt")),
                ("order-changed.txt", include_str!("../templates/order-changed.txt")),
            ])
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        let service = Arc::new(NotificationService);
        Ok(Instance::new(service.clone()).provide::<dyn Notifications>(service))
    }
}
