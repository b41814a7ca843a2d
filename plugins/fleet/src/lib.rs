//! Fleet: the mother's console and her API. What it shows and does is the kernel's interface `Stores`.
//!
//! Reading order: [`ops`] (what pages are made of), [`http`] (their addresses). Each template begins with the
//! data it expects.

mod http;
mod ops;

use std::sync::Arc;

use ::http::Method;
use async_trait::async_trait;
use axum::routing::{get, post};
use hatchery_sdk::component::stores::{READ, WRITE};
use hatchery_sdk::prelude::*;
use utoipa_axum::routes;

/// The mother's console.
#[component]
pub struct FleetComponent;

#[async_trait]
impl Component for FleetComponent {
    fn declare(&self) -> Declaration {
        use self::http::{api, backups, components, session, shares, stores};
        use Access::{Public, Staff};
        let (read, write) = (Method::GET, Method::POST);
        Declaration::new()
            .page(Public, read.clone(), "/", get(session::home))
            .page(Public, read.clone(), "/mother/login", get(session::show))
            .page(Public, write.clone(), "/mother/login", post(session::sign_in))
            .page(Public, write.clone(), "/mother/logout", post(session::sign_out))
            .page(Public, read.clone(), WELCOME, get(session::welcome))
            .page(Public, write.clone(), WELCOME, post(session::accept))
            .page(Staff(READ), read.clone(), "/mother", get(stores::list))
            .page(Staff(READ), read.clone(), "/mother/report", get(stores::report))
            .page(Staff(WRITE), read.clone(), "/mother/stores/new", get(stores::new))
            .page(Staff(WRITE), write.clone(), "/mother/stores/new", post(stores::create))
            .page(Staff(READ), read.clone(), "/mother/stores/{slug}", get(stores::show))
            .page(Staff(WRITE), write.clone(), "/mother/stores/{slug}", post(stores::act))
            .page(Staff(READ), read.clone(), COMPONENTS, get(components::list))
            .page(Staff(READ), read.clone(), COMPONENT, get(components::plan))
            .page(Staff(WRITE), write.clone(), COMPONENT, post(components::change))
            .page(Staff(READ), read.clone(), "/mother/backups", get(backups::list))
            .page(Staff(WRITE), write.clone(), "/mother/backups", post(backups::change))
            .page(Staff(READ), read.clone(), "/mother/shares", get(shares::list))
            .page(Staff(WRITE), write, "/mother/shares", post(shares::change))
            .page(Staff(READ), read, "/mother/runs/{id}", get(stores::run))
            .api(Public, routes!(api::sign_in, api::sign_out))
            .api(Staff(READ), routes!(api::list_stores))
            .api(Staff(WRITE), routes!(api::create_store))
            .api(Staff(READ), routes!(api::get_store))
            .api(Staff(WRITE), routes!(api::change_store))
            .api(Staff(WRITE), routes!(api::delete_store))
            .api(Staff(WRITE), routes!(api::suspend_store))
            .api(Staff(WRITE), routes!(api::resume_store))
            .api(Staff(WRITE), routes!(api::back_up_store))
            .api(Staff(WRITE), routes!(api::export_store))
            .api(Staff(WRITE), routes!(api::recover_store))
            .api(Staff(WRITE), routes!(api::invite))
            .api(Staff(READ), routes!(api::list_components))
            .api(Staff(READ), routes!(api::plan_change))
            .api(Staff(WRITE), routes!(api::make_change))
            .api(Staff(READ), routes!(api::list_blueprints))
            .api(Staff(READ), routes!(api::list_backups))
            .api(Staff(WRITE), routes!(api::delete_backup))
            .api(Staff(WRITE), routes!(api::restore_backup))
            .api(Staff(READ), routes!(api::list_shares))
            .api(Staff(WRITE), routes!(api::put_share))
            .api(Staff(WRITE), routes!(api::delete_share))
            .api(Staff(READ), routes!(api::list_shared_kinds))
            .api(Staff(READ), routes!(api::get_run))
            .api(Staff(READ), routes!(api::get_report))
            .templates(TEMPLATES)
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        Ok(Instance::new(Arc::new(ops::report::Ledger::default())))
    }
}

const WELCOME: &str = "/mother/welcome/{token}";
const COMPONENTS: &str = "/mother/stores/{slug}/components";
const COMPONENT: &str = "/mother/stores/{slug}/components/{id}";

macro_rules! templates {
    ($($file:literal)*) => {
        [$(($file, include_str!(concat!("../templates/", $file)))),*]
    };
}

const TEMPLATES: [(&str, &str); 15] = templates![
    "alone.html"
    "backups.html"
    "component-plan.html"
    "components.html"
    "error.html"
    "layout.html"
    "login.html"
    "made.html"
    "new.html"
    "report.html"
    "run.html"
    "shares.html"
    "store.html"
    "stores.html"
    "welcome.html"
];
