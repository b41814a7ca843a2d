//! Admin: the back office. Its lists and forms are drawn from what the components of the store declare
//! as resources, so a new component needs no page of its own.
//!
//! Reading order: [`domain`] (schemas, forms, cells), [`ops`] (what a page is made of), [`http`] (its
//! address). Each template begins with the data it expects.

mod domain;
mod http;
mod ops;

use std::sync::Arc;

use ::http::Method;
use async_trait::async_trait;
use axum::routing::{get, post};
use hatchery_sdk::prelude::*;

/// The back office.
#[component]
pub struct AdminComponent;

#[async_trait]
impl Component for AdminComponent {
    fn declare(&self) -> Declaration {
        use self::http::{components, dashboard, resources, session, welcome};
        use Access::Public;
        let (read, write) = (Method::GET, Method::POST);
        Declaration::new()
            .page(Public, read.clone(), "/admin/login", get(session::show))
            .page(Public, write.clone(), "/admin/login", post(session::sign_in))
            .page(Public, write.clone(), "/admin/logout", post(session::sign_out))
            .page(Public, read.clone(), WELCOME, get(welcome::show))
            .page(Public, write.clone(), WELCOME, post(welcome::accept))
            .page(Public, read.clone(), "/admin", get(dashboard::show))
            .page(Public, read.clone(), "/admin/components", get(components::list))
            .page(Public, read.clone(), "/admin/components/{id}", get(components::show))
            .page(Public, write.clone(), "/admin/components/{id}", post(components::change))
            .page(Public, read.clone(), SETTINGS, get(components::settings))
            .page(Public, write.clone(), SETTINGS, post(components::save_settings))
            .page(Public, read.clone(), "/admin/{resource}", get(resources::list))
            .page(Public, read.clone(), "/admin/{resource}/new", get(resources::new))
            .page(Public, write.clone(), "/admin/{resource}/new", post(resources::create))
            .page(Public, read.clone(), "/admin/{resource}/{id}", get(resources::show))
            .page(Public, write.clone(), "/admin/{resource}/{id}", post(resources::change))
            .page(Public, read.clone(), "/admin/{resource}/{id}/history", get(resources::history))
            .page(Public, write.clone(), ACTIONS, post(resources::act_on_picked))
            .page(Public, read, ACTION, get(resources::ask))
            .page(Public, write, ACTION, post(resources::act_as_asked))
            .open_while_suspended(["/admin"])
            .templates(TEMPLATES)
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
            .asset("admin.css", "text/css; charset=utf-8", include_bytes!("../assets/admin.css"))
            .asset(
                "admin.js",
                "text/javascript; charset=utf-8",
                include_bytes!("../assets/admin.js"),
            )
            .asset("icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg"))
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        Ok(Instance::new(Arc::new(())))
    }
}

const WELCOME: &str = "/admin/welcome/{token}";
const SETTINGS: &str = "/admin/components/{id}/settings";
const ACTIONS: &str = "/admin/{resource}/actions";
const ACTION: &str = "/admin/{resource}/actions/{action}";

macro_rules! templates {
    ($($file:literal)*) => {
        [$(($file, include_str!(concat!("../templates/", $file)))),*]
    };
}

const TEMPLATES: [(&str, &str); 23] = templates![
    "action-button.html"
    "alone.html"
    "cell.html"
    "component-plan.html"
    "component.html"
    "components.html"
    "dashboard.html"
    "error.html"
    "field.html"
    "form-body.html"
    "language-link.html"
    "layout.html"
    "login.html"
    "order-detail.html"
    "order-parts.html"
    "resource-action.html"
    "resource-form.html"
    "resource-history.html"
    "resource-list.html"
    "settings.html"
    "short-list.html"
    "shown-once.html"
    "welcome.html"
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_template_is_declared() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let declared: BTreeSet<String> =
            TEMPLATES.iter().map(|(file, _)| (*file).to_owned()).collect();
        assert_eq!(files, declared);
    }
}
