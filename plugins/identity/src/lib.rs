//! Identity: how staff prove who they are.
//!
//! Reading order: [`settings`], [`domain`] (passwords and roles), [`db`], [`ops`], [`service`], [`http`],
//! [`jobs`].

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
use hatchery_sdk::component::platform::Authentication;
use hatchery_sdk::interfaces::identity::Identity;
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

use crate::service::IdentityService;
use crate::settings::IdentitySettings;

/// Knows the staff.
#[component]
pub struct IdentityComponent;

#[async_trait]
impl Component for IdentityComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .settings(SettingsSchema::of::<IdentitySettings>(IdentitySettings::check))
            .migrations(db::migrations::all())
            .api(
                Access::Public,
                routes!(http::session::sign_in, http::session::who_am_i, http::session::sign_out),
            )
            .api(Access::Public, routes!(http::session::change_password))
            .resource(http::admin::users())
            .resource(http::admin::roles())
            .resource(http::admin::api_tokens())
            .task_told_once("identity.create_user", "identity.user.write", ops::create_user::task)
            .task_told_once("identity.invite", "identity.user.write", jobs::invite)
            .open_while_suspended(["/api/v1/admin"])
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let service = Arc::new(IdentityService { settings: store.settings()? });
        Ok(Instance::new(service.clone())
            .provide::<dyn Authentication>(service.clone())
            .provide::<dyn Identity>(service))
    }
}
