//! A stand-in for a card provider: try every path of a card payment offline and without real money.
//!
//! Two sides in one crate, as for any outside service: the *client* ([`service`]) implements the port
//! `payment-provider` and reads signed news; the *bank* (its rules in [`domain`], its books in [`db`], its
//! acts in [`ops`], its pages and API in [`http`], its later decisions in [`jobs`]) is what would stand
//! elsewhere. They share nothing but requests, answers and signed news.

mod db;
mod domain;
mod error;
mod http;
mod jobs;
mod ops;
mod service;
mod settings;

use std::sync::Arc;

use ::http::Method;
use async_trait::async_trait;
use axum::routing::{get, post};
use hatchery_sdk::interfaces::payment::PaymentProvider;
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::service::SandboxService;
use crate::settings::SandboxSettings;

/// Takes payments by make-believe cards.
#[component]
pub struct PaymentCardSandboxComponent;

#[async_trait]
impl Component for PaymentCardSandboxComponent {
    fn declare(&self) -> Declaration {
        use Access::Public;
        let card = get(http::pages::show_card);
        let challenge = get(http::pages::show_challenge);
        Declaration::new()
            .settings(SettingsSchema::of::<SandboxSettings>(SandboxSettings::check))
            .migrations(db::migrations::all())
            .api(Public, routes!(http::store::create_token))
            .page(Public, Method::GET, "/sandbox/card/{payment}", card)
            .page(Public, Method::POST, "/sandbox/card/{payment}", post(http::pages::enter_card))
            .page(Public, Method::GET, "/sandbox/challenge/{payment}", challenge)
            .page(
                Public,
                Method::POST,
                "/sandbox/challenge/{payment}",
                post(http::pages::answer_challenge),
            )
            .job(jobs::DECIDE, Schedule::OnDemand, jobs::decide)
            .job(jobs::DELIVER, Schedule::OnDemand, jobs::deliver)
            .job(jobs::FORGET, Schedule::Daily { hour: 3, minute: 20 }, jobs::forget)
            .templates([
                ("layout.html", include_str!("../templates/layout.html")),
                ("card.html", include_str!("../templates/card.html")),
                ("challenge.html", include_str!("../templates/challenge.html")),
            ])
            .open_while_suspended(["/sandbox"])
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
            .asset(
                "sandbox.css",
                "text/css; charset=utf-8",
                include_bytes!("../assets/sandbox.css"),
            )
            .asset("icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg"))
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let service = Arc::new(SandboxService { settings: store.settings()? });
        Ok(Instance::new(service.clone()).provide::<dyn PaymentProvider>(service))
    }
}
