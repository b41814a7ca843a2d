//! Storefront: the pages a shopper sees. It keeps nothing of its own and shows what other components
//! know; whatever is switched off leaves its links and buttons out.
//!
//! Reading order: [`settings`], [`domain`] (forms and what a page shows), [`ops`] (what a page is made
//! of), [`http`] (its address). Each template begins with the data it expects.

mod domain;
mod http;
mod ops;
mod settings;

use std::sync::Arc;

use ::http::Method;
use async_trait::async_trait;
use axum::routing::{get, post};
use hatchery_sdk::prelude::*;

use crate::domain::look::Look;
use crate::http::Shop;
use crate::settings::StorefrontSettings;

/// The shop's pages.
#[component]
pub struct StorefrontComponent;

#[async_trait]
impl Component for StorefrontComponent {
    fn declare(&self) -> Declaration {
        use Access::Public;
        Declaration::new()
            .settings(SettingsSchema::of::<StorefrontSettings>(StorefrontSettings::check))
            .page(Public, Method::GET, "/", get(http::home::show))
            .page(Public, Method::GET, "/products", get(http::products::all))
            .page(Public, Method::GET, "/products/{slug}", get(http::products::one))
            .page(Public, Method::GET, "/categories/{slug}", get(http::products::category))
            .page(Public, Method::GET, "/collections/{slug}", get(http::products::collection))
            .page(Public, Method::GET, "/search", get(http::products::search))
            .page(Public, Method::GET, "/cart", get(http::cart::show))
            .page(Public, Method::POST, "/cart/lines", post(http::cart::add))
            .page(Public, Method::POST, "/cart/lines/{id}", post(http::cart::change))
            .page(Public, Method::GET, "/checkout", get(http::checkout::show))
            .page(Public, Method::POST, "/checkout", post(http::checkout::submit))
            .page(Public, Method::GET, "/orders/{number}", get(http::orders::show))
            .page(Public, Method::POST, "/orders/{number}/cancel", post(http::orders::cancel))
            .page(Public, Method::POST, "/orders/{number}/returns", post(http::orders::send_back))
            .page(Public, Method::POST, "/orders/{number}/payments", post(http::orders::pay_again))
            .page(Public, Method::GET, "/look/{file}", get(http::look::show))
            .open_while_suspended(["/orders", "/look"])
            .templates(TEMPLATES)
            .messages(Locale::en(), include_str!("../messages/en.ftl"))
            .messages(Locale::en(), include_str!("../messages/countries.en.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/zh-CN.ftl"))
            .messages(Locale::zh_cn(), include_str!("../messages/countries.zh-CN.ftl"))
            .asset("site.css", "text/css; charset=utf-8", include_bytes!("../assets/site.css"))
            .asset("site.js", "text/javascript; charset=utf-8", include_bytes!("../assets/site.js"))
            .asset("icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg"))
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let settings = Arc::new(store.settings::<StorefrontSettings>()?);
        let look = Look::of(settings.wishes());
        Ok(Instance::new(Arc::new(Shop { settings, look })))
    }
}

macro_rules! templates {
    ($($file:literal)*) => {
        [$(($file, include_str!(concat!("../templates/", $file)))),*]
    };
}

const TEMPLATES: [(&str, &str); 23] = templates![
    "address-fields.html"
    "address.html"
    "breadcrumbs.html"
    "cart.html"
    "checkout.html"
    "error.html"
    "field.html"
    "home.html"
    "icon-search.html"
    "language-link.html"
    "layout.html"
    "lines-compact.html"
    "list-title.html"
    "offer.html"
    "order.html"
    "payment-methods.html"
    "picture.html"
    "price.html"
    "product-card.html"
    "product-strip.html"
    "product.html"
    "products.html"
    "totals.html"
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
